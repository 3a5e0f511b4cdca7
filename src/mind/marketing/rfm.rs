//! Recency, frequency, monetary value: when somebody bought last, how often, for how much (Hughes, "Strategic Database
//! Marketing", 1994).
//!
//! Each of the three is scored from 1 to 5 by fifths of the customers: `1 + ⌊5 · s / n⌋` where `s` of `n` customers are
//! strictly worse. So equals have equal scores, and the same customers have the same scores in whatever order they come.
//! Whether each score is above the middle gives the eight groups that Chinese shops work with: 重要价值, 重要挽留, …

use crate::clock::Timestamp;
use crate::model::catalogue::Money;
use crate::model::date::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Parts that customers are split into.
const PARTS: usize = 5;

/// The score above which a value is high.
const MIDDLE: u8 = 3;

/// One order that was paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purchase<C> {
    /// Who.
    pub customer: C,
    /// When.
    pub at: Timestamp,
    /// For how much.
    pub amount: Money,
}

/// What is known of one customer's purchases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rfm {
    /// Days since the last purchase.
    pub recency_days: i64,
    /// Days since the first one.
    pub age_days: i64,
    /// How many purchases.
    pub orders: u32,
    /// For how much, in fen.
    pub spent: Money,
}

impl Rfm {
    /// What a purchase was worth on average.
    pub fn average(&self) -> Money {
        Money(self.spent.0 / i64::from(self.orders.max(1)))
    }
}

/// Scores from 1, the worst, to 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Scores {
    /// Of the last purchase: 5 is the most recent.
    pub recency: u8,
    /// Of the number of purchases.
    pub frequency: u8,
    /// Of what was spent.
    pub monetary: u8,
}

/// What a customer is to the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// 重要价值: lately, often, much.
    Champion,
    /// 重要发展: lately and much, not often.
    Promising,
    /// 重要保持: often and much, not lately.
    Sleeping,
    /// 重要挽留: much, neither lately nor often.
    Leaving,
    /// 一般价值: lately and often, not much.
    Regular,
    /// 一般发展: lately.
    New,
    /// 一般保持: often.
    Fading,
    /// 一般挽留: none of it.
    Lost,
}

impl Group {
    /// Every group, the most valuable first, with what its customers are like.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Champion, "最近买过、买得勤、花得多"),
        (Self::Promising, "最近买过、花得多，次数还少"),
        (Self::Sleeping, "买得勤、花得多，最近没来"),
        (Self::Leaving, "花得多，最近没来、次数也少"),
        (Self::Regular, "最近买过、买得勤，花得不多"),
        (Self::New, "最近买过，次数和花费还少"),
        (Self::Fading, "买得勤，最近没来、花得不多"),
        (Self::Lost, "很久没来，次数和花费都少"),
    ];

    /// The name that shops use.
    pub fn title(self) -> &'static str {
        match self {
            Self::Champion => "重要价值客户",
            Self::Promising => "重要发展客户",
            Self::Sleeping => "重要保持客户",
            Self::Leaving => "重要挽留客户",
            Self::Regular => "一般价值客户",
            Self::New => "一般发展客户",
            Self::Fading => "一般保持客户",
            Self::Lost => "一般挽留客户",
        }
    }
}

impl Scores {
    /// The group of these scores.
    pub fn group(self) -> Group {
        let high = |score: u8| score > MIDDLE;
        match (high(self.recency), high(self.frequency), high(self.monetary)) {
            (true, true, true) => Group::Champion,
            (true, false, true) => Group::Promising,
            (false, true, true) => Group::Sleeping,
            (false, false, true) => Group::Leaving,
            (true, true, false) => Group::Regular,
            (true, false, false) => Group::New,
            (false, true, false) => Group::Fading,
            (false, false, false) => Group::Lost,
        }
    }
}

/// What the purchases until a day say of each customer.
pub fn measure<C: Copy + Ord>(purchases: &[Purchase<C>], today: Date) -> BTreeMap<C, Rfm> {
    let mut customers: BTreeMap<C, Rfm> = BTreeMap::new();
    for purchase in purchases {
        let days = today.0 - Date::of(purchase.at).0;
        let none = Rfm { recency_days: i64::MAX, age_days: 0, orders: 0, spent: Money(0) };
        let customer = customers.entry(purchase.customer).or_insert(none);
        customer.recency_days = customer.recency_days.min(days);
        customer.age_days = customer.age_days.max(days);
        customer.orders += 1;
        customer.spent.0 += purchase.amount.0;
    }
    customers
}

/// The scores of each customer among all of them.
pub fn score<C: Copy + Ord>(customers: &BTreeMap<C, Rfm>) -> BTreeMap<C, Scores> {
    let recency = Fifths::of(customers.values().map(|rfm| -rfm.recency_days));
    let frequency = Fifths::of(customers.values().map(|rfm| i64::from(rfm.orders)));
    let monetary = Fifths::of(customers.values().map(|rfm| rfm.spent.0));
    let scores = |rfm: &Rfm| Scores {
        recency: recency.score(-rfm.recency_days),
        frequency: frequency.score(i64::from(rfm.orders)),
        monetary: monetary.score(rfm.spent.0),
    };
    customers.iter().map(|(customer, rfm)| (*customer, scores(rfm))).collect()
}

/// All values of one kind, in order.
struct Fifths(Vec<i64>);

impl Fifths {
    fn of(values: impl Iterator<Item = i64>) -> Self {
        let mut values: Vec<i64> = values.collect();
        values.sort_unstable();
        Self(values)
    }

    fn score(&self, value: i64) -> u8 {
        let worse = self.0.partition_point(|other| *other < value);
        u8::try_from(1 + PARTS * worse / self.0.len().max(1)).unwrap_or(u8::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn purchase(customer: u32, days_ago: i64, yuan: i64) -> Purchase<u32> {
        Purchase { customer, at: Date(20_000 - days_ago).begin(), amount: Money(yuan * 100) }
    }

    #[test]
    fn what_purchases_say() {
        let purchases = [purchase(1, 3, 100), purchase(1, 40, 50), purchase(2, 0, 10)];
        let customers = measure(&purchases, Date(20_000));
        let first = Rfm { recency_days: 3, age_days: 40, orders: 2, spent: Money(15_000) };
        assert_eq!(customers[&1], first);
        assert_eq!(first.average(), Money(7_500));
        assert_eq!((customers[&2].recency_days, customers[&2].orders), (0, 1));
    }

    #[test]
    fn scores_are_fifths_and_equals_are_equal() {
        let mut purchases: Vec<Purchase<u32>> =
            (0..10).map(|place| purchase(place, i64::from(place), 10 + i64::from(place))).collect();
        let customers = measure(&purchases, Date(20_000));
        let scores = score(&customers);
        let of = |customer: u32| (scores[&customer].recency, scores[&customer].frequency, scores[&customer].monetary);
        // Everybody bought once: nobody is better in that.
        assert_eq!((of(0), of(9), of(4)), ((5, 1, 1), (1, 1, 5), (3, 1, 3)));
        purchases.reverse();
        assert_eq!(score(&measure(&purchases, Date(20_000))), scores);
        assert!(score::<u32>(&BTreeMap::new()).is_empty());
    }

    #[test]
    fn eight_groups() {
        let group = |recency, frequency, monetary| Scores { recency, frequency, monetary }.group();
        assert_eq!((group(5, 5, 5), group(1, 1, 1), group(3, 3, 4)), (Group::Champion, Group::Lost, Group::Leaving));
        assert_eq!(group(4, 1, 1).title(), "一般发展客户");
    }
}
