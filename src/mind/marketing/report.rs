//! What came of a campaign, from its rows.
//!
//! **Definitions.** Sent, seen, clicked and unsubscribed count messages. *Seen*: the chat was read up to the message, or a
//! link of it was opened; nothing is hidden in e-mail to find out. *Clicked*: a link of it was opened, or a product that
//! it shows was opened or put into the basket within the credited days. *Bought* counts persons who bought anything, or
//! paid the order that the message is about, within the credited days after the first decision about them.
//!
//! The lift compares everybody who was meant to get a message with everybody who was held out: also those whose message
//! failed or was withdrawn, because who pays before the message is out has bought all the same (intention to treat).

use super::lift::{Lift, Proportion, lift};
use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// On its way.
    Claimed,
    /// Out.
    Sent,
    /// It could not be sent, or it is not certain.
    Failed,
    /// The person is held out.
    Holdout,
    /// No longer wanted before it was out.
    Withdrawn,
}

impl Fate {
    /// Every fate with its name in the database.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Claimed, "claimed"),
        (Self::Sent, "sent"),
        (Self::Failed, "failed"),
        (Self::Holdout, "holdout"),
        (Self::Withdrawn, "withdrawn"),
    ];
}

/// A message, or somebody held out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Who.
    pub person: String,
    /// Number of the variant.
    pub variant: Option<usize>,
    /// What became of it.
    pub fate: Fate,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// Whether it was seen.
    pub seen: bool,
    /// Whether it was clicked.
    pub clicked: bool,
    /// Whether the person bought.
    pub bought: bool,
    /// Whether they unsubscribed because of it.
    pub unsubscribed: bool,
}

/// Figures of one variant, or of those held out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Figures {
    /// Persons.
    pub persons: u64,
    /// Messages that are out.
    pub sent: u64,
    /// Of them, seen.
    pub seen: u64,
    /// Of them, clicked.
    pub clicked: u64,
    /// Of them, answered by unsubscribing.
    pub unsubscribed: u64,
    /// Messages that failed.
    pub failed: u64,
    /// Messages that were withdrawn.
    pub withdrawn: u64,
    /// Persons who bought.
    pub bought: u64,
}

/// A day of a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Its beginning in China.
    pub at: Timestamp,
    /// Messages sent on it.
    pub sent: u64,
    /// Of them, clicked.
    pub clicked: u64,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// All messages together.
    pub total: Figures,
    /// Those held out.
    pub holdout: Figures,
    /// Variant by variant.
    pub variants: Vec<Figures>,
    /// What the campaign has brought: share of buyers among those meant, less that among those held out.
    pub lift: Option<Lift>,
    /// The first variant against each other one, in shares of buyers.
    pub against_first: Vec<Option<Lift>>,
    /// Day by day, from the first to the last.
    pub days: Vec<Day>,
}

impl Figures {
    fn add(&mut self, row: &Row) {
        let sent = row.fate == Fate::Sent;
        self.sent += u64::from(sent);
        self.seen += u64::from(sent && (row.seen || row.clicked));
        self.clicked += u64::from(sent && row.clicked);
        self.unsubscribed += u64::from(sent && row.unsubscribed);
        self.failed += u64::from(row.fate == Fate::Failed);
        self.withdrawn += u64::from(row.fate == Fate::Withdrawn);
    }

    fn buyers(self) -> Proportion {
        Proportion { part: self.bought, whole: self.persons }
    }
}

/// Sums the rows up.
pub fn report(rows: &[Row], variants: usize) -> Report {
    let mut first: HashMap<&str, &Row> = HashMap::new();
    for row in rows {
        let kept = first.entry(&row.person).or_insert(row);
        if row.decided_at < kept.decided_at {
            *kept = row;
        }
    }
    let mut found = vec![Figures::default(); variants.max(1)];
    let (mut total, mut holdout) = (Figures::default(), Figures::default());
    let mut days: BTreeMap<i64, Day> = BTreeMap::new();
    for row in rows {
        let is_first = first.get(row.person.as_str()).is_some_and(|kept| std::ptr::eq(*kept, row));
        let groups = match row.variant {
            None => vec![&mut holdout],
            Some(number) => std::iter::once(&mut total).chain(found.get_mut(number)).collect(),
        };
        for figures in groups {
            figures.add(row);
            figures.persons += u64::from(is_first);
            figures.bought += u64::from(is_first && row.bought);
        }
        if row.fate == Fate::Sent {
            let number = row.decided_at.china_day();
            let begin = crate::model::date::Date(number).begin();
            let day = days.entry(number).or_insert(Day { at: begin, sent: 0, clicked: 0 });
            day.sent += 1;
            day.clicked += u64::from(row.clicked);
        }
    }
    Report {
        lift: lift(total.buyers(), holdout.buyers()),
        against_first: found.iter().skip(1).map(|other| lift(other.buyers(), found[0].buyers())).collect(),
        total,
        holdout,
        variants: found,
        days: days.into_values().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(person: &str, variant: Option<usize>, fate: Fate, bought: bool) -> Row {
        let decided_at = Timestamp(86_400_000 * 10);
        Row {
            person: person.into(),
            variant,
            fate,
            decided_at,
            seen: false,
            clicked: false,
            bought,
            unsubscribed: false,
        }
    }

    #[test]
    fn messages_and_persons_are_counted_apart() {
        let again = Row {
            decided_at: Timestamp(86_400_000 * 12),
            clicked: true,
            bought: false,
            ..row("a", Some(0), Fate::Sent, false)
        };
        let rows = [
            Row { seen: true, ..row("a", Some(0), Fate::Sent, true) },
            again,
            row("b", Some(1), Fate::Failed, false),
            row("c", Some(1), Fate::Withdrawn, true),
            Row { unsubscribed: true, ..row("d", Some(1), Fate::Sent, false) },
            row("e", None, Fate::Holdout, false),
            row("f", None, Fate::Holdout, true),
        ];
        let report = report(&rows, 2);
        let total =
            Figures { persons: 4, sent: 3, seen: 2, clicked: 1, unsubscribed: 1, failed: 1, withdrawn: 1, bought: 2 };
        assert_eq!(report.total, total);
        assert_eq!((report.holdout.persons, report.holdout.bought, report.holdout.sent), (2, 1, 0));
        assert_eq!((report.variants[0].persons, report.variants[1].persons), (1, 3));
        assert_eq!(report.lift.unwrap().value, 0.0);
        assert!((report.against_first[0].unwrap().value - (1.0 / 3.0 - 1.0)).abs() < 1e-12);
        assert_eq!(report.days.iter().map(|day| (day.sent, day.clicked)).collect::<Vec<_>>(), [(2, 0), (1, 1)]);
    }

    #[test]
    fn nobody_held_out_gives_no_lift() {
        assert_eq!(report(&[row("a", Some(0), Fate::Sent, true)], 1).lift, None);
    }
}
