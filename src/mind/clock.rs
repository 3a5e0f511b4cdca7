//! Time as a value.
//!
//! Pure floors receive a [`Timestamp`]; only the service floor and above ask a [`Clock`] for one. Tests use
//! [`Clock::fixed`] and move it by hand, so that nothing sleeps to wait for time to pass.
//!
//! What a computation costs is measured from outside as well: it tells a [`Watch`] when each of its parts has ended.

use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01 UTC; stored as BIGINT in both databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This moment plus a duration; saturates at the end of time.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(millis))
    }

    /// How long ago `earlier` was; zero if it lies in the future.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }

    /// Whole days since the epoch in the shop's time zone, China Standard Time (UTC+8, no daylight saving).
    pub fn china_day(self) -> i64 {
        (self.0 + 8 * 3_600_000).div_euclid(86_400_000)
    }
}

/// Where the upper floors get the time from.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    /// Shared, so that a test holds one end and the server the other.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until [`Clock::advance`] is called.
    pub fn fixed(at: Timestamp) -> Self {
        Self(Source::Fixed(Arc::new(AtomicI64::new(at.0))))
    }

    /// The current moment.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Source::Fixed(millis) => Timestamp(millis.load(Ordering::SeqCst)),
        }
    }

    /// Sets a fixed clock, also back; does nothing to the machine's.
    pub fn set(&self, to: Timestamp) {
        if let Source::Fixed(millis) = &self.0 {
            millis.store(to.0, Ordering::SeqCst);
        }
    }

    /// Moves a fixed clock forward; does nothing to the machine's.
    pub fn advance(&self, by: Duration) {
        if let Source::Fixed(millis) = &self.0 {
            millis.fetch_add(i64::try_from(by.as_millis()).unwrap_or(0), Ordering::SeqCst);
        }
    }
}

/// Hears when the parts of a computation end: a benchmark with a stopwatch. `()` does not listen.
pub trait Watch {
    /// This part has just ended.
    fn done(&mut self, part: &'static str);
}

impl Watch for () {
    fn done(&mut self, _: &'static str) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_by_hand() {
        let clock = Clock::fixed(Timestamp(1_000));
        let other = clock.clone();
        clock.advance(Duration::from_secs(2));
        assert_eq!(other.now(), Timestamp(3_000));
        assert_eq!(other.now().since(Timestamp(1_000)), Duration::from_secs(2));
        assert_eq!(Timestamp(0).since(Timestamp(5)), Duration::ZERO);
    }

    #[test]
    fn the_day_changes_at_midnight_in_china() {
        let sixteen_utc = Timestamp(16 * 3_600_000);
        assert_eq!(sixteen_utc.china_day(), 1);
        assert_eq!(Timestamp(sixteen_utc.0 - 1).china_day(), 0);
    }
}
