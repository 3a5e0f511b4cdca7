//! Who bought each product last: just as many shoppers as make many, so that a card says so only where it is true.
//!
//! # Invariants
//! - A shopper counts once for a product, by the newest purchase, in whatever order purchases are learned, and however often
//!   the same one is.
//! - Who is forgotten counts no longer. Those whose place they had taken come back when everything is learned anew: until
//!   then too little is said, never too much.

use crate::clock::Timestamp;
use crate::model::id::ShopperId;
use std::sync::Arc;
use std::time::Duration;

/// Shoppers that are many: two or three may be one family.
const MANY: usize = 5;

/// How long a purchase is recent.
const RECENT: Duration = Duration::from_hours(30 * 24);

/// The newest buyers of each product.
#[derive(Debug, Clone, Default)]
pub struct Buyers {
    /// By product the newest purchases, each of another shopper, oldest first; at most [`MANY`].
    newest: Vec<Vec<(Timestamp, ShopperId)>>,
    /// By product the moment since which many bought it; none where fewer ever did. Shared with who was told.
    many_since: Arc<Vec<Option<Timestamp>>>,
}

/// What many shoppers bought of late, as it was at a moment.
#[derive(Debug, Clone, Default)]
pub struct BoughtByMany {
    since: Arc<Vec<Option<Timestamp>>>,
    now: Timestamp,
}

impl Buyers {
    /// Nobody.
    pub fn new(items: usize) -> Self {
        Self { newest: vec![Vec::new(); items], many_since: Arc::new(vec![None; items]) }
    }

    /// Notes a purchase.
    pub fn note(&mut self, item: usize, shopper: ShopperId, at: Timestamp) {
        let newest = &mut self.newest[item];
        let known = newest.iter().position(|(_, known)| *known == shopper).map(|place| newest.remove(place).0);
        let at = known.map_or(at, |known| known.max(at));
        newest.insert(newest.partition_point(|(known, _)| *known <= at), (at, shopper));
        if newest.len() > MANY {
            newest.remove(0);
        }
        self.count(item);
    }

    /// Forgets what a shopper bought.
    pub fn forget(&mut self, item: usize, shopper: ShopperId) {
        self.newest[item].retain(|(_, known)| *known != shopper);
        self.count(item);
    }

    /// Writes only where something changes: the list is copied where somebody was told of it and still thinks.
    fn count(&mut self, item: usize) {
        let newest = &self.newest[item];
        let since = newest.first().filter(|_| newest.len() == MANY).map(|(at, _)| *at);
        if self.many_since[item] != since {
            Arc::make_mut(&mut self.many_since)[item] = since;
        }
    }

    /// The same with products in other places.
    #[must_use]
    pub fn moved(&self, places: &[Option<usize>], size: usize) -> Self {
        let mut moved = Self::new(size);
        for (newest, place) in self.newest.iter().zip(places).filter_map(|(newest, place)| Some((newest, (*place)?))) {
            moved.newest[place].clone_from(newest);
            moved.count(place);
        }
        moved
    }

    /// What many bought of late.
    pub fn of_late(&self, now: Timestamp) -> BoughtByMany {
        BoughtByMany { since: Arc::clone(&self.many_since), now }
    }
}

impl BoughtByMany {
    /// Whether many bought this product of late.
    pub fn has(&self, item: usize) -> bool {
        let since = self.since.get(item).copied().flatten();
        since.is_some_and(|since| self.now.since(since) <= RECENT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const DAY: i64 = 86_400_000;

    fn shopper(n: u128) -> ShopperId {
        ShopperId(Uuid::from_u128(n))
    }

    /// The first product bought by these shoppers on these days.
    fn bought(purchases: &[(u128, i64)]) -> Buyers {
        let mut buyers = Buyers::new(2);
        purchases.iter().for_each(|(who, day)| buyers.note(0, shopper(*who), Timestamp(day * DAY)));
        buyers
    }

    fn on(buyers: &Buyers, day: i64) -> bool {
        buyers.of_late(Timestamp(day * DAY)).has(0)
    }

    #[test]
    fn many_are_different_shoppers_within_the_time() {
        assert!(!on(&bought(&[(1, 1), (1, 2), (1, 3), (2, 4), (2, 5), (3, 6), (4, 7)]), 7), "four");
        let many = bought(&[(1, 1), (2, 4), (3, 6), (4, 7), (5, 9)]);
        assert!(on(&many, 31) && !on(&many, 32), "the first of the five is recent for thirty days");
        assert!(!many.of_late(Timestamp(9 * DAY)).has(1), "nobody bought the other product");
    }

    #[test]
    fn the_order_and_a_repetition_change_nothing() {
        let late_news = bought(&[(5, 50), (4, 49), (3, 48), (2, 47), (1, 2), (1, 46), (1, 2), (6, 1), (6, 1)]);
        assert!(on(&late_news, 76) && !on(&late_news, 77));
    }

    #[test]
    fn who_is_told_keeps_what_was_true_and_who_is_forgotten_counts_no_longer() {
        let mut buyers = bought(&[(1, 1), (2, 1), (3, 1), (4, 1), (5, 1)]);
        let told = buyers.of_late(Timestamp(DAY));
        buyers.forget(0, shopper(3));
        assert!(told.has(0) && !on(&buyers, 1));
    }

    #[test]
    fn products_take_their_buyers_to_other_places() {
        let moved = bought(&[(1, 1), (2, 1), (3, 1), (4, 1), (5, 1)]).moved(&[Some(2), None], 3);
        let told = moved.of_late(Timestamp(DAY));
        assert_eq!([0, 1, 2, 3].map(|item| told.has(item)), [false, false, true, false]);
    }
}
