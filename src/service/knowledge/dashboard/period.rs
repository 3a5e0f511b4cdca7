//! A stretch of time with its steps.

use crate::clock::Timestamp;
use crate::service::knowledge::Refused;
use crate::store::figures::CHINA;

const HOUR: i64 = 3_600_000;
pub(super) const DAY: i64 = 24 * HOUR;

/// Steps of a series, at most.
const STEPS: i64 = 400;

/// A stretch of time with its steps; the period before is as long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Inside.
    pub from: Timestamp,
    /// Outside.
    pub to: Timestamp,
    /// Milliseconds of a step.
    pub width: i64,
}

impl Period {
    /// A period, by default the last seven days in days. What has too many steps is refused.
    ///
    /// # Errors
    /// [`Refused::Bad`].
    pub fn new(from: Option<i64>, to: Option<i64>, step: &str, now: Timestamp) -> Result<Self, Refused> {
        let width = match step {
            "hour" => HOUR,
            "" | "day" => DAY,
            "week" => 7 * DAY,
            _ => return Err(Refused::Bad("step 只能是 hour、day 或 week".to_owned())),
        };
        let to = to.unwrap_or(now.0).clamp(0, 1 << 47);
        let from = from.unwrap_or(to - 7 * DAY).clamp(0, 1 << 47);
        if from >= to {
            return Err(Refused::Bad("开始时间必须早于结束时间".to_owned()));
        }
        if (to - from) / width >= STEPS {
            return Err(Refused::Bad(format!("时间段太长，最多 {STEPS} 格，请用更大的步长")));
        }
        Ok(Self { from: Timestamp(from), to: Timestamp(to), width })
    }

    /// The period before.
    #[must_use]
    pub fn before(self) -> Self {
        let length = self.to.0 - self.from.0;
        Self { from: Timestamp((self.from.0 - length).max(0)), to: self.from, ..self }
    }

    /// Numbers of the steps that it touches.
    pub(super) fn steps(self) -> std::ops::RangeInclusive<i64> {
        self.step_of(self.from.0)..=self.step_of(self.to.0 - 1)
    }

    pub(super) fn step_of(self, at: i64) -> i64 {
        (at + CHINA).div_euclid(self.width)
    }

    /// When a step begins.
    pub(super) fn begin(self, step: i64) -> i64 {
        step * self.width - CHINA
    }
}
