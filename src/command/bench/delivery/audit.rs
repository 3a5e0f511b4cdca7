//! A client's ledger beside what the server holds. Pure.

use super::talker::Ledger;
use crate::model::chat::{Author, Message};
use std::collections::HashMap;

/// What does not balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Count {
    /// Acknowledged and not there, or there and never shown.
    pub(super) lost: u64,
    /// There, answered or shown more than once.
    pub(super) duplicated: u64,
    /// There or shown in another order than it was said.
    pub(super) reordered: u64,
    /// One where the transcripts are not equal, message for message.
    pub(super) unequal: u64,
}

impl Count {
    pub(super) fn add(&mut self, other: &Self) {
        self.lost += other.lost;
        self.duplicated += other.duplicated;
        self.reordered += other.reordered;
        self.unequal += other.unequal;
    }
}

/// Compares.
pub(super) fn compare(ledger: &Ledger, held: &[Message]) -> Count {
    let own: Vec<&Message> = held.iter().filter(|message| message.author == Author::Shopper).collect();
    let mut by_id: HashMap<&str, Vec<&Message>> = HashMap::new();
    for message in &own {
        by_id.entry(message.client_id.as_deref().unwrap_or_default()).or_default().push(message);
    }
    let mut count = Count { duplicated: ledger.shown_twice, reordered: ledger.shown_out_of_order, ..Count::default() };
    for (client_id, text) in &ledger.said {
        let there = by_id.get(client_id.as_str()).map_or(&[][..], Vec::as_slice);
        let acknowledged = ledger.acknowledged.get(client_id);
        let kept = there.iter().any(|one| one.body.text == *text && Some(&one.sequence) == acknowledged);
        count.lost += u64::from(acknowledged.is_some() && !kept);
        count.duplicated += (there.len() as u64).saturating_sub(1);
    }
    count.duplicated += ledger.acknowledged_differently;
    // What the client was shown is the server's transcript from some place on: a snapshot may have begun it later.
    let begin = ledger.transcript.first().map_or(0, |message| message.sequence);
    let expected: Vec<&Message> = held.iter().filter(|message| message.sequence >= begin).collect();
    let shown: HashMap<i64, &Message> = ledger.transcript.iter().map(|message| (message.sequence, message)).collect();
    count.lost += expected.iter().filter(|message| shown.get(&message.sequence) != Some(message)).count() as u64;
    count.unequal = u64::from(ledger.transcript.iter().collect::<Vec<_>>() != expected);
    let gaps = held.iter().enumerate().filter(|(place, message)| message.sequence != *place as i64 + 1);
    count.reordered += gaps.count() as u64;
    let (unanswered, unasked) = answers(held);
    count.lost += unanswered;
    count.duplicated += unasked;
    let place: HashMap<&str, usize> = ledger.said.iter().enumerate().map(|(at, (id, _))| (id.as_str(), at)).collect();
    let order: Vec<usize> = own.iter().filter_map(|one| place.get(one.client_id.as_deref()?).copied()).collect();
    count.reordered += order.windows(2).filter(|pair| pair[0] > pair[1]).count() as u64;
    count
}

/// Messages without an answer, and answers without a message. Each message has one answer, and none comes before its
/// message; but where the shop's system is asked, other messages may come between the two.
pub(super) fn answers(transcript: &[Message]) -> (u64, u64) {
    let (mut waiting, mut unasked) = (0_u64, 0);
    for message in transcript {
        match (message.author, waiting) {
            (Author::Shopper, _) => waiting += 1,
            (_, 0) => unasked += 1,
            _ => waiting -= 1,
        }
    }
    (waiting, unasked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::model::chat::Body;
    use crate::model::id::MessageId;
    use uuid::Uuid;

    fn message(sequence: i64, client_id: Option<&str>, text: &str) -> Message {
        Message {
            sequence,
            id: MessageId(Uuid::from_u128(sequence as u128)),
            client_id: client_id.map(str::to_owned),
            author: if client_id.is_some() { Author::Shopper } else { Author::Bot },
            at: Timestamp(sequence),
            body: Body::text(text),
        }
    }

    fn talk() -> (Ledger, Vec<Message>) {
        let held = vec![
            message(1, Some("a"), "一"),
            message(2, None, "答"),
            message(3, Some("b"), "二"),
            message(4, None, "答"),
        ];
        let ledger = Ledger {
            said: vec![("a".into(), "一".into()), ("b".into(), "二".into())],
            acknowledged: HashMap::from([("a".into(), 1), ("b".into(), 3)]),
            transcript: held.clone(),
            ..Ledger::default()
        };
        (ledger, held)
    }

    #[test]
    fn a_ledger_that_balances_counts_nothing() {
        let (ledger, held) = talk();
        assert_eq!(compare(&ledger, &held), Count::default());
    }

    #[test]
    fn an_answer_may_come_after_the_next_message_but_not_before_its_own() {
        let (a, b) = (message(1, Some("a"), "一"), message(2, Some("b"), "二"));
        let answer = |sequence| message(sequence, None, "答");
        assert_eq!(answers(&[a.clone(), b.clone(), answer(3), answer(4)]), (0, 0));
        assert_eq!(answers(&[a.clone(), b.clone(), answer(3)]), (1, 0));
        assert_eq!(answers(&[a, answer(2), answer(3), b]), (1, 1));
    }

    #[test]
    fn every_fault_is_found() {
        let (ledger, held) = talk();
        let lost = compare(&ledger, &held[..2]);
        assert!(lost.lost > 0 && lost.unequal == 1, "{lost:?}");
        let mut twice = held.clone();
        twice.extend([message(5, Some("b"), "二"), message(6, None, "答")]);
        assert!(compare(&ledger, &twice).duplicated > 0);
        let mut two_answers = held.clone();
        two_answers.push(message(5, None, "答"));
        assert!(compare(&ledger, &two_answers).duplicated > 0);
        let swapped =
            [message(1, Some("b"), "二"), message(2, None, "答"), message(3, Some("a"), "一"), message(4, None, "答")];
        assert!(compare(&ledger, &swapped).reordered > 0);
        let mut gap = held;
        gap[3].sequence = 5;
        assert!(compare(&ledger, &gap).reordered > 0);
        let (mut missed, held) = talk();
        missed.transcript.pop();
        assert!(compare(&missed, &held).lost > 0);
    }
}
