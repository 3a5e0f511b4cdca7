//! What shoppers do, learned event by event: nothing waits for the next fit of a blend.
//!
//! - [`profile`]: what each shopper did, from which a blend answers;
//! - [`fresh`]: what shoppers did together that the blend in force does not know yet;
//! - [`buyers`]: who bought each product last, as many as it takes to say that many did;
//! - popularity of late.
//!
//! An event costs a bounded effort, and so does an answer: pairs are formed with the newest products of a shopper alone, and
//! of each product only its heaviest [`companions`] are kept.

pub mod buyers;
pub mod companions;
pub mod fresh;
pub mod profile;

use crate::clock::Timestamp;
use crate::model::customer::{Event, EventKind};
use crate::model::id::ShopperId;
use crate::recommend::goods::Goods;
use crate::recommend::interactions::Act;
use buyers::{BoughtByMany, Buyers};
use fresh::{Fresh, Share};
use profile::{Deed, Known, Profile};
use std::collections::HashMap;
use std::sync::Arc;

/// Stars from which on a rating says that a product is liked; fewer say that it should not be shown again.
const LIKED: f64 = 3.0;

/// Days in which the popularity of an old event halves.
const HALF_LIFE_DAYS: f64 = 30.0;

/// What was learned so far.
#[derive(Debug, Clone, Default)]
pub struct Engine {
    goods: Arc<Goods>,
    shoppers: HashMap<ShopperId, Profile>,
    fresh: Fresh,
    /// Σ_u w_ui² by product.
    squares: Vec<f64>,
    /// Their roots.
    norms: Vec<f32>,
    /// Commitment to each product, older events counting less, and the largest of all.
    popularity: Vec<f64>,
    greatest_popularity: f64,
    buyers: Buyers,
    /// The moment from which popularity is discounted.
    origin: Timestamp,
    learned_until: Timestamp,
}

impl Engine {
    /// Learns from events in the order of time. Pairs are not formed: a blend that knows them is fitted on
    /// [`Engine::log`].
    pub fn learn(goods: Goods, events: &[Event], now: Timestamp) -> Self {
        let mut engine = Self { origin: now, ..Self::without_events(goods) };
        events.iter().for_each(|event| {
            engine.note(event);
        });
        engine
    }

    fn without_events(goods: Goods) -> Self {
        let size = goods.len();
        Self {
            goods: Arc::new(goods),
            fresh: Fresh::new(size),
            squares: vec![0.0; size],
            norms: vec![0.0; size],
            popularity: vec![0.0; size],
            buyers: Buyers::new(size),
            ..Self::default()
        }
    }

    /// Learns from one more event; products that the catalogue does not have are passed over.
    pub fn observe(&mut self, event: &Event) {
        let Some((item, growth)) = self.note(event).filter(|(_, growth)| *growth > 0.0) else { return };
        for deed in self.shoppers[&event.shopper].newest().iter().filter(|deed| deed.item != item) {
            self.fresh.add(item, deed.item, growth * deed.weight);
        }
    }

    /// Notes an event. Returns the product and by how much the shopper's commitment to it grew.
    fn note(&mut self, event: &Event) -> Option<(u32, f32)> {
        let item = self.goods.number(&event.sku)?;
        self.learned_until = self.learned_until.max(event.at);
        let profile = self.shoppers.entry(event.shopper).or_default();
        let disliked = event.kind == EventKind::Rate && event.value < LIKED;
        if event.kind == EventKind::Dismiss || disliked {
            profile.set_dismissed(item as u32, true);
            return None;
        }
        if event.kind == EventKind::Rate {
            profile.set_dismissed(item as u32, false);
        }
        let deed = deed(item, event);
        let (before, after) = profile.note(deed);
        if deed.bought {
            self.buyers.note(item, event.shopper, event.at);
        }
        self.squares[item] += f64::from(after * after - before * before);
        self.norms[item] = self.squares[item].sqrt() as f32;
        let age_days = (self.origin.0 - event.at.0) as f64 / 86_400_000.0;
        self.popularity[item] += f64::from(deed.weight) * (-age_days / HALF_LIFE_DAYS).exp2();
        self.greatest_popularity = self.greatest_popularity.max(self.popularity[item]);
        Some((deed.item, after - before))
    }

    /// Forgets what one shopper did. Sums over all shoppers keep their share, which cannot be taken out of them.
    pub fn forget(&mut self, shopper: ShopperId) {
        let Some(profile) = self.shoppers.remove(&shopper) else { return };
        for deed in profile.deeds().iter().filter(|deed| deed.bought) {
            self.buyers.forget(deed.item as usize, shopper);
        }
    }

    /// The same knowledge of other goods: what was learned of products that they lack is forgotten.
    #[must_use]
    pub fn moved_to(&self, goods: Goods) -> Self {
        let (size, places) = (goods.len(), self.goods.places_in(&goods));
        let mut moved = Self { origin: self.origin, learned_until: self.learned_until, ..Self::without_events(goods) };
        for (item, place) in places.iter().enumerate().filter_map(|(item, place)| Some((item, (*place)?))) {
            (moved.squares[place], moved.norms[place]) = (self.squares[item], self.norms[item]);
            moved.popularity[place] = self.popularity[item];
        }
        moved.greatest_popularity = moved.popularity.iter().copied().fold(0.0, f64::max);
        moved.shoppers = self.shoppers.iter().map(|(id, profile)| (*id, profile.moved(&places))).collect();
        moved.fresh = self.fresh.moved(&places, size);
        moved.buyers = self.buyers.moved(&places, size);
        moved
    }

    /// The [`Engine::log`] for a blend to be fitted on. What is learned from here on is fresh to it.
    pub fn copy_log(&mut self) -> (usize, Vec<Act>) {
        self.fresh.copied(self.goods.len());
        self.log()
    }

    /// All shoppers' newest acts on each product, shoppers numbered.
    pub fn log(&self) -> (usize, Vec<Act>) {
        let mut shoppers: Vec<(&ShopperId, &Profile)> = self.shoppers.iter().collect();
        shoppers.sort_by_key(|(id, _)| **id);
        let acts = (0_u32..).zip(&shoppers).flat_map(|(user, (_, profile))| {
            profile.deeds().iter().map(move |deed| Act { user, item: deed.item, at: deed.at.0 as f64 })
        });
        let acts = acts.collect();
        (shoppers.len(), acts)
    }

    /// How many products all shoppers together dealt with.
    pub fn acts(&self) -> usize {
        self.shoppers.values().map(|profile| profile.deeds().len()).sum()
    }

    /// A blend that was fitted on the last copy is in force.
    pub fn settle(&mut self) {
        self.fresh.settled(self.goods.len());
    }

    /// Whether the catalogue has this product.
    pub fn knows(&self, sku: &str) -> bool {
        self.goods.number(sku).is_some()
    }

    /// The moment of the newest event.
    pub fn learned_until(&self) -> Timestamp {
        self.learned_until
    }

    /// What is known of a shopper, with the product on the screen as something that was clicked.
    pub fn known(&self, shopper: Option<ShopperId>, on_page: Option<&str>) -> Known {
        let page = on_page.and_then(|sku| self.number(sku)).map(|item| Deed {
            at: self.learned_until,
            item: item as u32,
            weight: commitment(EventKind::Click, 1.0) as f32,
            kind: EventKind::View,
            bought: false,
        });
        Known::new(shopper.and_then(|shopper| self.shoppers.get(&shopper)), page)
    }

    /// What the blend in force does not know yet of the products that go with those.
    pub fn freshly_alike(&self, known: &Known) -> Vec<Share> {
        self.fresh.alike(known, &self.norms)
    }

    /// The goods, shared.
    pub fn goods(&self) -> Arc<Goods> {
        Arc::clone(&self.goods)
    }

    /// The number of a product.
    pub fn number(&self, sku: &str) -> Option<usize> {
        self.goods.number(sku)
    }

    /// Commitment to a product of late.
    pub fn popularity(&self, number: usize) -> f64 {
        self.popularity[number]
    }

    /// The largest of all.
    pub fn greatest_popularity(&self) -> f64 {
        self.greatest_popularity
    }

    /// What many shoppers bought of late.
    pub fn bought_by_many(&self, now: Timestamp) -> BoughtByMany {
        self.buyers.of_late(now)
    }

    /// Whether a product is bought again and again.
    pub fn is_consumable(&self, number: usize) -> bool {
        self.goods.is_consumable(number)
    }

    /// The sum of squared commitments to a product; 0 for a new one.
    pub fn support(&self, number: usize) -> f64 {
        self.squares[number]
    }

    /// Products that this shopper should not be shown: dismissed, or bought and not consumed.
    pub fn withheld(&self, shopper: ShopperId) -> impl Iterator<Item = u32> + '_ {
        let profile = self.shoppers.get(&shopper);
        let deeds = profile.map_or(&[][..], Profile::deeds).iter();
        let bought = deeds.filter(|deed| deed.bought && !self.goods.is_consumable(deed.item as usize));
        bought.map(|deed| deed.item).chain(profile.into_iter().flat_map(Profile::dismissed))
    }
}

fn deed(item: usize, event: &Event) -> Deed {
    let weight = commitment(event.kind, event.value) as f32;
    Deed { at: event.at, item: item as u32, weight, kind: event.kind, bought: event.kind == EventKind::Buy }
}

/// How much an act says about interest.
fn commitment(kind: EventKind, value: f64) -> f64 {
    match kind {
        EventKind::View => 1.0,
        EventKind::Search => 1.2,
        EventKind::Click => 1.5,
        EventKind::Cart => 3.0,
        EventKind::Buy => 5.0,
        EventKind::Rate => value,
        EventKind::Dismiss => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalogue::Product;
    use fresh::SHRINKAGE;
    use uuid::Uuid;

    fn event(who: u128, sku: &str, kind: EventKind) -> Event {
        Event { shopper: shopper(who), sku: sku.to_owned(), kind, value: 1.0, at: Timestamp(0) }
    }

    fn engine(events: &[(u128, &str, EventKind)]) -> Engine {
        let products = ["a", "b", "c", "d"].map(|sku| Product {
            sku: sku.into(),
            name: sku.to_uppercase(),
            category: if sku == "c" { "food".into() } else { String::new() },
            ..Product::default()
        });
        let goods = Goods::new(&products, &["food".to_owned()]);
        let mut engine = Engine::learn(goods, &[], Timestamp(0));
        events.iter().for_each(|(who, sku, kind)| engine.observe(&event(*who, sku, *kind)));
        engine
    }

    fn shopper(n: u128) -> ShopperId {
        ShopperId(Uuid::from_u128(n))
    }

    /// What somebody unknown would be told who looks at a product.
    fn beside(learned: &Engine, sku: &str) -> Vec<(u32, f32)> {
        let shares = learned.freshly_alike(&learned.known(None, Some(sku)));
        shares.into_iter().map(|share| (share.item, share.value)).collect()
    }

    #[test]
    fn similarity_is_the_shrunk_cosine() {
        use EventKind::{Buy, View};
        let learned = engine(&[(1, "a", View), (1, "b", Buy), (2, "a", Buy), (3, "b", View)]);
        // a = (1, 5, 0), b = (5, 0, 1): product 5, norms √26 · √26 = 26; a look at a counts 1.5.
        let sum = 1.5 * 5.0 / (26.0 + SHRINKAGE);
        let told = beside(&learned, "a");
        assert!(told.len() == 1 && told[0].0 == 1 && (told[0].1 - sum).abs() < 1e-6, "{told:?}");
    }

    #[test]
    fn learning_event_by_event_equals_the_strongest_act() {
        use EventKind::{Buy, Cart, View};
        let stepwise = engine(&[(1, "a", View), (1, "b", View), (1, "a", Cart), (1, "a", Buy), (1, "a", View)]);
        let at_once = engine(&[(1, "a", Buy), (1, "b", View)]);
        assert_eq!(beside(&stepwise, "a"), beside(&at_once, "a"));
        assert_eq!(stepwise.support(0), at_once.support(0));
    }

    #[test]
    fn a_new_event_changes_the_next_answer() {
        let mut learned = engine(&[(1, "a", EventKind::Buy), (1, "b", EventKind::Buy)]);
        assert!(learned.freshly_alike(&learned.known(Some(shopper(9)), None)).is_empty());
        learned.observe(&event(9, "a", EventKind::View));
        let shares = learned.freshly_alike(&learned.known(Some(shopper(9)), None));
        assert_eq!((shares.len(), shares[0].item, shares[0].place), (1, 1, 0));
    }

    #[test]
    fn only_what_a_blend_does_not_know_is_fresh() {
        use EventKind::{Buy, View};
        let mut learned = engine(&[(1, "a", Buy), (1, "b", Buy)]);
        let (users, acts) = learned.copy_log();
        assert_eq!((users, acts.len()), (1, 2));
        learned.observe(&event(2, "a", View));
        learned.observe(&event(2, "c", View));
        assert_eq!(beside(&learned, "a").len(), 2, "the blend that knows the first pair is not in force yet");
        learned.settle();
        let fresh = beside(&learned, "a");
        assert!(fresh.len() == 1 && fresh[0].0 == 2, "{fresh:?}");
    }

    #[test]
    fn bought_and_dismissed_goods_are_withheld_but_not_consumed_ones() {
        use EventKind::{Buy, Dismiss};
        let learned = engine(&[(1, "a", Buy), (1, "c", Buy), (1, "b", Dismiss)]);
        assert_eq!(learned.withheld(shopper(1)).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn who_is_forgotten_is_as_unknown_as_somebody_new() {
        use EventKind::{Buy, Dismiss};
        let mut learned = engine(&[(1, "a", Buy), (1, "b", Dismiss), (2, "a", Buy)]);
        learned.forget(shopper(1));
        assert!(learned.known(Some(shopper(1)), None).is_empty());
        assert_eq!((learned.withheld(shopper(1)).count(), learned.acts()), (0, 1));
    }

    #[test]
    fn a_bad_rating_is_no_liking() {
        use EventKind::{Buy, Rate};
        let mut learned = engine(&[(1, "a", Buy), (1, "b", Buy)]);
        let before = learned.popularity(0);
        let rating = |value| Event { value, ..event(9, "a", Rate) };
        learned.observe(&rating(2.0));
        assert!(learned.known(Some(shopper(9)), None).is_empty() && learned.popularity(0) == before);
        assert_eq!(learned.withheld(shopper(9)).collect::<Vec<_>>(), [0]);
        learned.observe(&rating(4.0));
        let known = learned.known(Some(shopper(9)), None);
        assert_eq!((known.weights[0], known.kinds[0]), (4.0, Rate));
        assert_eq!(learned.withheld(shopper(9)).count(), 0, "a better rating takes the worse one back");
    }

    #[test]
    fn other_goods_keep_what_was_learned_of_those_that_stay() {
        use EventKind::{Buy, Dismiss, View};
        let learned = engine(&[(1, "a", Buy), (1, "b", Buy), (1, "d", View), (2, "a", View), (2, "d", Dismiss)]);
        let products = ["new", "d", "b", "a"].map(|sku| Product { sku: sku.into(), ..Product::default() });
        let moved = learned.moved_to(Goods::new(&products, &[]));
        let renamed = beside(&learned, "a").into_iter().map(|(item, value)| ([3, 2, 9, 1][item as usize], value));
        assert_eq!(beside(&moved, "a"), renamed.collect::<Vec<_>>());
        assert_eq!(moved.popularity(3), learned.popularity(0));
        assert_eq!(moved.known(Some(shopper(1)), None).items, [3, 2, 1]);
        assert_eq!(moved.withheld(shopper(2)).collect::<Vec<_>>(), [1]);
    }
}
