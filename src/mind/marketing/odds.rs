//! The probability that somebody buys within the next 30 days, by the project's logistic regression on what they did
//! before.
//!
//! The model learns from the shop's own log: at a day 30 days before the newest event, what was known of each person is
//! the row, and whether they bought in the 30 days after it is the label. So nothing of the future is in a row. Features
//! are counts and ages as `ln(1 + x)`: a tenth look says less than the first.

use crate::classify::fit::{FitSettings, Weights, fit, softmax};
use crate::classify::sparse::SparseRows;
use crate::clock::Timestamp;
use crate::model::customer::{Event, EventKind};

const DAY: i64 = 86_400_000;

/// Days that are predicted.
pub const HORIZON: i64 = 30;

/// Features of a row.
const WIDTH: usize = 7;

/// Persons of each kind without which nothing is learned.
const LEAST: usize = 10;

/// The fitted model.
#[derive(Debug, Clone, PartialEq)]
pub struct Odds(Weights);

/// What is known of somebody at a moment; nothing of what comes after it.
fn row(events: &[Event], now: Timestamp) -> Option<[f64; WIDTH]> {
    let past = || events.iter().filter(|event| event.at < now);
    let newest = past().map(|event| event.at.0).max()?;
    let days = |at: i64| ((now.0 - at) as f64 / DAY as f64).max(0.0);
    let lately = |kind: EventKind| {
        past().filter(|event| event.kind == kind && now.0 - event.at.0 <= HORIZON * DAY).count() as f64
    };
    let bought = || past().filter(|event| event.kind == EventKind::Buy);
    let last = bought().map(|event| event.at.0).max();
    Some(
        [
            days(newest),
            lately(EventKind::View) + lately(EventKind::Click) + lately(EventKind::Search),
            lately(EventKind::Cart),
            lately(EventKind::Buy),
            bought().count() as f64,
            last.map_or(3_650.0, days),
            past().count() as f64,
        ]
        .map(f64::ln_1p),
    )
}

fn sparse(row: &[f64; WIDTH]) -> impl Iterator<Item = (u32, f32)> + '_ {
    (0..).zip(row).map(|(place, value)| (place, *value as f32))
}

impl Odds {
    /// Learns from what everybody did, person by person. None where too few bought, or too few did not, or the log is
    /// shorter than what is predicted.
    pub fn learn<'a>(people: impl Iterator<Item = &'a [Event]> + Clone) -> Option<Self> {
        let newest = people.clone().flatten().map(|event| event.at).max()?;
        let cut = Timestamp(newest.0 - HORIZON * DAY);
        let (mut rows, mut labels) = (SparseRows::new(WIDTH), Vec::new());
        for events in people {
            if let Some(row) = row(events, cut) {
                rows.push(sparse(&row));
                let came = |event: &Event| event.kind == EventKind::Buy && event.at >= cut;
                labels.push(usize::from(events.iter().any(came)));
            }
        }
        let bought = labels.iter().sum::<usize>();
        if bought < LEAST || labels.len() - bought < LEAST {
            return None;
        }
        fit(&rows, &labels, 2, &FitSettings::default()).ok().map(|(weights, _)| Self(weights))
    }

    /// The probability for somebody now; none where nothing is known of them.
    pub fn of(&self, events: &[Event], now: Timestamp) -> Option<f64> {
        let row = row(events, now)?;
        let mut scores = self.0.scores((0..).zip(row));
        softmax(&mut scores);
        scores.get(1).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::ShopperId;

    fn event(kind: EventKind, day: i64) -> Event {
        Event { shopper: ShopperId::default(), sku: "a".into(), kind, value: 1.0, at: Timestamp(day * DAY) }
    }

    /// Forty who look and buy every three weeks, forty who looked once long ago.
    fn shop() -> Vec<Vec<Event>> {
        let regular = |start: i64| {
            (0..5).flat_map(move |time| {
                [event(EventKind::View, start + time * 21), event(EventKind::Buy, start + time * 21)]
            })
        };
        let guest = |start: i64| [event(EventKind::View, start)].into_iter();
        let regulars = (0..40).map(|place| regular(place % 15).collect());
        regulars.chain((0..40).map(|place| guest(place % 15).collect())).collect()
    }

    #[test]
    fn who_bought_lately_is_likelier_to_buy() {
        let shop = shop();
        let odds = Odds::learn(shop.iter().map(Vec::as_slice)).unwrap();
        let now = Timestamp(100 * DAY);
        let (regular, guest) = (odds.of(&shop[0], now).unwrap(), odds.of(&shop[60], now).unwrap());
        assert!(regular > 0.8 && guest < 0.2, "{regular} {guest}");
        assert_eq!(odds.of(&[], now), None);
    }

    #[test]
    fn what_happened_later_is_in_no_row() {
        let events = [event(EventKind::View, 1), event(EventKind::Buy, 5)];
        assert_eq!(row(&events, Timestamp(3 * DAY)), row(&events[..1], Timestamp(3 * DAY)));
        assert_eq!(Odds::learn(shop()[40..].iter().map(Vec::as_slice)), None, "nobody bought");
    }
}
