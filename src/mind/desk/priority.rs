//! The order of the queue, and an honest estimate.
//!
//! Everybody is ranked by the moment they came, less a head start for what makes their case pressing. Because a head
//! start is bounded by [`LONGEST`], nobody starves: whoever comes more than that later ranks behind, whatever their
//! case. And because the rank does not change while somebody waits, the queue is an index of the database.

use crate::clock::Timestamp;
use crate::model::catalogue::Money;
use crate::model::chat::HandoverReason;
use std::time::Duration;

/// No case is put further in front than this.
pub const LONGEST: Duration = Duration::from_secs(30 * 60);

/// From this level on a shopper is furious.
const FURIOUS: f64 = -1.5;

/// From this level on a shopper is upset.
const UPSET: f64 = -0.5;

/// What makes a case pressing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pressing {
    /// Why a person is needed.
    pub reason: HandoverReason,
    /// The shopper's mood, from -2 to 2.
    pub mood: f64,
    /// Whether it presses.
    pub urgent: bool,
    /// What the shopper has bought.
    pub spent: Money,
    /// The head start that a rule of the shop gives.
    pub by_rule: Duration,
}

/// The head start of a case.
pub fn head_start(case: &Pressing) -> Duration {
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    let reason = match case.reason {
        HandoverReason::Danger => LONGEST,
        HandoverReason::Risk => minutes(15),
        HandoverReason::Mood => minutes(8),
        HandoverReason::Requested | HandoverReason::Unanswered | HandoverReason::Rule => Duration::ZERO,
    };
    let mood = if case.mood <= FURIOUS {
        minutes(5)
    } else if case.mood <= UPSET {
        minutes(3)
    } else {
        Duration::ZERO
    };
    let value = match case.spent.0 {
        200_000.. => minutes(4),
        50_000.. => minutes(2),
        _ => Duration::ZERO,
    };
    let urgent = if case.urgent { minutes(2) } else { Duration::ZERO };
    (reason + mood + value + urgent + case.by_rule).min(LONGEST)
}

/// The place of a case in the queue: lower is served sooner.
pub fn rank(came: Timestamp, head_start: Duration) -> Timestamp {
    let head_start = head_start.min(LONGEST);
    Timestamp(came.0.saturating_sub(i64::try_from(head_start.as_millis()).unwrap_or(i64::MAX)))
}

/// How long somebody waits who has so many people ahead, where agents together hold `slots` conversations and one takes
/// `handling` of late: slots free up one after the other, every `handling / slots`. None where nothing honest can be said:
/// nobody is there, or nothing is known of how long it takes.
pub fn estimate(ahead: usize, slots: usize, handling: Option<Duration>) -> Option<Duration> {
    let (turns, slots) = (u32::try_from(ahead + 1).ok()?, u32::try_from(slots).ok().filter(|slots| *slots > 0)?);
    Some(handling? * turns / slots)
}

/// The middle one of the times that conversations took; none where too few are known.
pub fn typical(mut times: Vec<i64>) -> Option<Duration> {
    const ENOUGH: usize = 3;
    times.sort_unstable();
    let middle = times.get(times.len() / 2).filter(|_| times.len() >= ENOUGH)?;
    u64::try_from(*middle).ok().map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn case(reason: HandoverReason) -> Pressing {
        Pressing { reason, mood: 0.0, urgent: false, spent: Money(0), by_rule: Duration::ZERO }
    }

    #[test]
    fn danger_goes_first_then_risk_then_anger() {
        let starts = [HandoverReason::Danger, HandoverReason::Risk, HandoverReason::Mood, HandoverReason::Requested]
            .map(|reason| head_start(&case(reason)));
        assert!(starts.windows(2).all(|pair| pair[0] > pair[1]), "{starts:?}");
    }

    #[test]
    fn nothing_is_promised_that_is_not_known() {
        let minutes = |n: u64| Some(Duration::from_secs(60 * n));
        assert_eq!(estimate(0, 0, minutes(5)), None);
        assert_eq!(estimate(3, 2, None), None);
        assert_eq!(estimate(3, 2, minutes(5)), minutes(10));
        assert_eq!((typical(vec![1, 2]), typical(vec![9, 1, 5])), (None, Some(Duration::from_millis(5))));
    }

    fn pressing() -> impl Strategy<Value = Pressing> {
        let reason = prop::sample::select(vec![
            HandoverReason::Danger,
            HandoverReason::Requested,
            HandoverReason::Risk,
            HandoverReason::Mood,
            HandoverReason::Unanswered,
            HandoverReason::Rule,
        ]);
        (reason, -2.0..2.0_f64, any::<bool>(), 0_i64..1_000_000, 0_u64..10_000).prop_map(
            |(reason, mood, urgent, spent, rule)| Pressing {
                reason,
                mood,
                urgent,
                spent: Money(spent),
                by_rule: Duration::from_secs(rule),
            },
        )
    }

    proptest! {
        #[test]
        fn nobody_starves(first in pressing(), second in pressing(), came in 0_i64..1_000_000_000, later in 1_i64..100_000_000) {
            let bound = i64::try_from(LONGEST.as_millis()).unwrap();
            let (a, b) = (rank(Timestamp(came), head_start(&first)), rank(Timestamp(came + bound + later), head_start(&second)));
            prop_assert!(a < b, "whoever comes half an hour later is served later");
        }

        #[test]
        fn among_equals_the_longest_wait_goes_first(one in pressing(), came in 0_i64..1_000_000, later in 1_i64..1_000_000) {
            prop_assert!(rank(Timestamp(came), head_start(&one)) < rank(Timestamp(came + later), head_start(&one)));
        }
    }
}
