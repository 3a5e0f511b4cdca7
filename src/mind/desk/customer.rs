//! What a shopper is worth to the shop and which segments they are in, from what they did there.

use crate::clock::Timestamp;
use crate::model::catalogue::Money;
use crate::model::customer::{Event, EventKind};
use crate::model::desk::Segment;
use std::collections::{BTreeMap, HashSet};

const DAY: i64 = 86_400_000;

/// Purchases, or an amount, that make a shopper loyal.
const LOYAL: (usize, Money) = (3, Money(200_000));

/// A shopper's value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Value {
    /// Everything bought.
    pub spent: Money,
    /// Purchases: what was bought at one moment is one.
    pub purchases: usize,
    /// The largest purchase of the last 30 days.
    pub largest: Money,
    /// Segments.
    pub segments: Vec<Segment>,
}

/// Values a shopper by their events; `price` knows the catalogue.
pub fn value(events: &[Event], price: impl Fn(&str) -> Option<Money>, now: Timestamp) -> Value {
    let mut purchases: BTreeMap<Timestamp, i64> = BTreeMap::new();
    for event in events.iter().filter(|event| event.kind == EventKind::Buy) {
        #[allow(clippy::cast_possible_truncation)]
        let pieces = event.value.max(1.0) as i64;
        let amount = price(&event.sku).map_or(0, |price| price.0.saturating_mul(pieces));
        *purchases.entry(event.at).or_default() += amount;
    }
    let spent = Money(purchases.values().sum());
    let lately = purchases.iter().filter(|(at, _)| now.0 - at.0 < 30 * DAY).map(|(_, amount)| *amount);
    let largest = Money(lately.max().unwrap_or_default());
    let mut segments = match purchases.len() {
        0 => vec![Segment::New],
        count if count >= LOYAL.0 || spent >= LOYAL.1 => vec![Segment::Customer, Segment::Loyal],
        _ => vec![Segment::Customer],
    };
    let bought: HashSet<&str> =
        events.iter().filter(|event| event.kind == EventKind::Buy).map(|event| event.sku.as_str()).collect();
    let undecided = events.iter().any(|event| {
        event.kind == EventKind::Cart && now.0 - event.at.0 < 7 * DAY && !bought.contains(event.sku.as_str())
    });
    segments.extend(undecided.then_some(Segment::Undecided));
    Value { spent, purchases: purchases.len(), largest, segments }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::ShopperId;

    fn event(kind: EventKind, sku: &str, value: f64, day: i64) -> Event {
        Event { shopper: ShopperId::default(), sku: sku.into(), kind, value, at: Timestamp(day * DAY) }
    }

    #[test]
    fn what_was_bought_together_is_one_purchase() {
        let events = [
            event(EventKind::Buy, "a", 2.0, 1),
            event(EventKind::Buy, "b", 1.0, 1),
            event(EventKind::Buy, "a", 1.0, 99),
            event(EventKind::Cart, "c", 1.0, 98),
            event(EventKind::Cart, "a", 1.0, 98),
        ];
        let price = |sku: &str| Some(Money(if sku == "a" { 10_000 } else { 500 }));
        let worth = value(&events, price, Timestamp(100 * DAY));
        assert_eq!((worth.spent, worth.purchases, worth.largest), (Money(30_500), 2, Money(10_000)));
        assert_eq!(worth.segments, [Segment::Customer, Segment::Undecided]);
        assert_eq!(value(&[], price, Timestamp(0)).segments, [Segment::New]);
        let often: Vec<Event> = (0..3).map(|day| event(EventKind::Buy, "b", 1.0, day)).collect();
        assert_eq!(value(&often, price, Timestamp(0)).segments, [Segment::Customer, Segment::Loyal]);
    }
}
