//! The order of those who wait, and an honest estimate.

use crate::clock::Timestamp;
use crate::model::chat::HandoverReason;
use crate::model::id::ConversationId;
use std::time::Duration;

/// Somebody who waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Whose conversation.
    pub conversation: ConversationId,
    /// Why a person is needed.
    pub reason: HandoverReason,
    /// Since when.
    pub since: Timestamp,
}

/// The order in which the waiting are served: danger and risk first, then anger, then everybody else; the longest wait first
/// among equals.
pub fn in_order(mut waiting: Vec<Waiting>) -> Vec<Waiting> {
    waiting.sort_by_key(|one| (urgency(one.reason), one.since, one.conversation));
    waiting
}

fn urgency(reason: HandoverReason) -> u8 {
    match reason {
        HandoverReason::Danger => 0,
        HandoverReason::Risk => 1,
        HandoverReason::Mood => 2,
        HandoverReason::Requested | HandoverReason::Unanswered | HandoverReason::Rule => 3,
    }
}

/// How long somebody waits who has so many people ahead, where each of `agents` needs `handling` for one
/// conversation. None without agents: then nothing honest can be said.
pub fn estimate(ahead: usize, agents: usize, handling: Duration) -> Option<Duration> {
    let rounds = u32::try_from(ahead / agents.max(1) + 1).ok()?;
    (agents > 0).then(|| handling * rounds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn waiting(n: u128, reason: HandoverReason, since: i64) -> Waiting {
        Waiting { conversation: ConversationId(Uuid::from_u128(n)), reason, since: Timestamp(since) }
    }

    #[test]
    fn risk_and_anger_go_first_then_the_longest_wait() {
        let order = in_order(vec![
            waiting(1, HandoverReason::Requested, 10),
            waiting(2, HandoverReason::Unanswered, 5),
            waiting(3, HandoverReason::Mood, 20),
            waiting(4, HandoverReason::Risk, 30),
        ]);
        let numbers: Vec<u128> = order.iter().map(|one| one.conversation.0.as_u128()).collect();
        assert_eq!(numbers, [4, 3, 2, 1]);
    }

    #[test]
    fn nothing_is_promised_without_agents() {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        assert_eq!(estimate(0, 0, minutes(5)), None);
        assert_eq!(estimate(0, 2, minutes(5)), Some(minutes(5)));
        assert_eq!(estimate(4, 2, minutes(5)), Some(minutes(15)));
    }
}
