//! Item-based collaborative filtering that learns from each event as it happens.
//!
//! A shopper's interest in a product is a weight that grows with commitment (view < click < basket < purchase). Two
//! products are as similar as the cosine of their columns of weights, shrunk where few shoppers stand behind it:
//! `sim(i, j) = Σ_u w_ui · w_uj / (‖i‖ · ‖j‖ + λ)` (Sarwar et al., 2001; shrinkage after Bell and Koren, 2007).
//!
//! Sums and norms are kept, not the quotient: a new event changes a handful of sums exactly, without a retrain.

use crate::clock::Timestamp;
use crate::model::catalogue::Sku;
use crate::model::customer::{Event, EventKind};
use crate::model::id::ShopperId;
use crate::recommend::goods::Goods;
use crate::recommend::interactions::{Act, ages_of};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// λ of the cosine: pairs with little support are pulled towards zero.
const SHRINKAGE: f64 = 10.0;

/// Stars from which on a rating says that a product is liked; fewer say that it should not be shown again.
const LIKED: f64 = 3.0;

/// Days in which the popularity of an old event halves.
const HALF_LIFE_DAYS: f64 = 30.0;

/// What was learned so far.
#[derive(Debug, Clone, Default)]
pub struct Engine {
    goods: Arc<Goods>,
    shoppers: HashMap<ShopperId, Profile>,
    /// Σ_u w_ui · w_uj by pair, both directions.
    together: Sums,
    /// What of those sums the blend in force does not know.
    fresh: Fresh,
    /// Whether the blend in force knows any pairs: before, all of `together` is fresh.
    settled: bool,
    /// Σ_u w_ui² by product.
    squares: Vec<f64>,
    /// Commitment to each product, older events counting less.
    popularity: Vec<f64>,
    /// The moment from which popularity is discounted.
    origin: Timestamp,
    learned_until: Timestamp,
}

/// Sums by pair, both directions.
type Sums = Vec<HashMap<usize, f64>>;

/// What a fitted blend does not know yet.
#[derive(Debug, Clone, Default)]
struct Fresh {
    /// Since the log was last copied to fit one.
    since_copy: Sums,
    /// Before that copy, but after the one that the blend in force was fitted on.
    before_copy: Sums,
}

#[derive(Debug, Clone, Default)]
struct Profile {
    /// Weight and strongest kind by product.
    interests: BTreeMap<usize, (f64, EventKind)>,
    /// The newest act on each product, oldest first.
    acts: Vec<(Timestamp, u32)>,
    dismissed: HashSet<usize>,
}

impl Profile {
    fn moved(&self, places: &[Option<usize>]) -> Self {
        let interests = self.interests.iter().filter_map(|(item, interest)| Some((places[*item]?, *interest)));
        let acts = self.acts.iter().filter_map(|(at, item)| Some((*at, places[*item as usize]? as u32)));
        let dismissed = self.dismissed.iter().filter_map(|item| places[*item]);
        Self { interests: interests.collect(), acts: acts.collect(), dismissed: dismissed.collect() }
    }
}

impl Engine {
    /// Learns from events in the order of time.
    pub fn learn(goods: Goods, events: &[Event], now: Timestamp) -> Self {
        let size = goods.len();
        let mut engine = Self {
            goods: Arc::new(goods),
            together: vec![HashMap::new(); size],
            fresh: Fresh { since_copy: vec![HashMap::new(); size], before_copy: vec![HashMap::new(); size] },
            squares: vec![0.0; size],
            popularity: vec![0.0; size],
            origin: now,
            ..Self::default()
        };
        events.iter().for_each(|event| engine.observe(event));
        // Before a blend knows pairs, nothing needs to be told apart.
        engine.fresh.since_copy.iter_mut().for_each(HashMap::clear);
        engine
    }

    /// Learns from one more event; products that the catalogue does not have are passed over.
    pub fn observe(&mut self, event: &Event) {
        let Some(item) = self.goods.number(&event.sku) else { return };
        self.learned_until = self.learned_until.max(event.at);
        let profile = self.shoppers.entry(event.shopper).or_default();
        let disliked = event.kind == EventKind::Rate && event.value < LIKED;
        if event.kind == EventKind::Dismiss || disliked {
            profile.dismissed.insert(item);
            return;
        }
        if event.kind == EventKind::Rate {
            profile.dismissed.remove(&item);
        }
        let weight = commitment(event.kind, event.value);
        let age_days = (self.origin.0 - event.at.0) as f64 / 86_400_000.0;
        self.popularity[item] += weight * (-age_days / HALF_LIFE_DAYS).exp2();

        profile.acts.retain(|(at, known)| *known != item as u32 || *at > event.at);
        if profile.acts.iter().all(|(_, known)| *known != item as u32) {
            let place = profile.acts.partition_point(|(at, _)| *at <= event.at);
            profile.acts.insert(place, (event.at, item as u32));
        }
        let (before, kind) = profile.interests.get(&item).copied().unwrap_or((0.0, event.kind));
        // The strongest act counts: ten views do not make a purchase.
        if weight <= before {
            return;
        }
        profile.interests.insert(item, (weight, kind.max(event.kind)));
        self.squares[item] += weight * weight - before * before;
        for (other, (other_weight, _)) in &profile.interests {
            if *other != item {
                let change = (weight - before) * other_weight;
                add_pair(&mut self.together, item, *other, change);
                add_pair(&mut self.fresh.since_copy, item, *other, change);
            }
        }
    }

    /// The same knowledge of other goods: what was learned of products that they lack is forgotten. No blend is in force
    /// then.
    #[must_use]
    pub fn moved_to(&self, goods: Goods) -> Self {
        let (size, places) = (goods.len(), self.goods.places_in(&goods));
        let mut moved = Self {
            together: vec![HashMap::new(); size],
            fresh: Fresh { since_copy: vec![HashMap::new(); size], before_copy: vec![HashMap::new(); size] },
            squares: vec![0.0; size],
            popularity: vec![0.0; size],
            origin: self.origin,
            learned_until: self.learned_until,
            ..Self::default()
        };
        for (item, place) in places.iter().enumerate().filter_map(|(item, place)| Some((item, (*place)?))) {
            (moved.squares[place], moved.popularity[place]) = (self.squares[item], self.popularity[item]);
            let others = self.together[item].iter();
            moved.together[place] = others.filter_map(|(other, sum)| Some((places[*other]?, *sum))).collect();
        }
        moved.shoppers = self.shoppers.iter().map(|(id, profile)| (*id, profile.moved(&places))).collect();
        moved.goods = Arc::new(goods);
        moved
    }

    /// All shoppers' newest acts on each product, shoppers numbered, for a blend to be fitted on. What is learned from
    /// here on is fresh to it.
    pub fn copy_log(&mut self) -> (usize, Vec<Act>) {
        let size = self.size();
        let moved = std::mem::replace(&mut self.fresh.since_copy, vec![HashMap::new(); size]);
        if self.settled {
            for (item, others) in moved.into_iter().enumerate() {
                for (other, change) in others {
                    *self.fresh.before_copy[item].entry(other).or_default() += change;
                }
            }
        }
        let mut shoppers: Vec<(&ShopperId, &Profile)> = self.shoppers.iter().collect();
        shoppers.sort_by_key(|(id, _)| **id);
        let acts = (0_u32..).zip(&shoppers).flat_map(|(user, (_, profile))| {
            profile.acts.iter().map(move |(at, item)| Act { user, item: *item, at: at.0 as f64 })
        });
        let acts = acts.collect();
        (shoppers.len(), acts)
    }

    /// How many products all shoppers together dealt with.
    pub fn acts(&self) -> usize {
        self.shoppers.values().map(|profile| profile.acts.len()).sum()
    }

    /// A blend that was fitted on the last copy is in force.
    pub fn settle(&mut self) {
        self.fresh.before_copy.iter_mut().for_each(HashMap::clear);
        self.settled = true;
    }

    /// Whether the catalogue has this product.
    pub fn knows(&self, sku: &str) -> bool {
        self.goods.number(sku).is_some()
    }

    /// The moment of the newest event.
    pub fn learned_until(&self) -> Timestamp {
        self.learned_until
    }

    /// What a shopper showed interest in, with the product that is on the screen: number, weight, strongest act.
    pub fn interests(&self, shopper: ShopperId, on_page: Option<&str>) -> BTreeMap<usize, (f64, EventKind)> {
        let mut interests = self.shoppers.get(&shopper).map(|profile| profile.interests.clone()).unwrap_or_default();
        if let Some(item) = on_page.and_then(|sku| self.number(sku)) {
            interests.entry(item).or_insert((commitment(EventKind::Click, 1.0), EventKind::View));
        }
        interests
    }

    /// What those interests say about other products: number, weighted sum of similarities, what contributed most.
    pub fn alike(&self, interests: &BTreeMap<usize, (f64, EventKind)>) -> HashMap<usize, Score> {
        let mut scores: HashMap<usize, Score> = HashMap::new();
        for (item, (weight, kind)) in interests {
            for other in self.together[*item].keys() {
                let part = weight * self.similarity(*item, *other);
                scores.entry(*other).or_default().add(part, *item, *kind);
            }
        }
        scores
    }

    /// The same from what the blend in force does not know yet.
    pub fn freshly_alike(&self, interests: &BTreeMap<usize, (f64, EventKind)>) -> HashMap<usize, Score> {
        if !self.settled {
            return self.alike(interests);
        }
        let mut scores: HashMap<usize, Score> = HashMap::new();
        for (item, (weight, kind)) in interests {
            for (other, sum) in self.fresh.since_copy[*item].iter().chain(&self.fresh.before_copy[*item]) {
                let norm = (self.squares[*item] * self.squares[*other]).sqrt() + SHRINKAGE;
                scores.entry(*other).or_default().add(weight * sum / norm, *item, *kind);
            }
        }
        scores
    }

    /// A shopper's newest act on each product, oldest first, the product on the screen last.
    pub fn past(&self, shopper: Option<ShopperId>, on_page: Option<&str>) -> (Vec<u32>, Vec<u32>) {
        let page = on_page.and_then(|sku| self.number(sku)).map(|item| item as u32);
        let acts = shopper.and_then(|shopper| self.shoppers.get(&shopper)).map_or(&[][..], |profile| &profile.acts);
        let known = acts.iter().filter(|(_, item)| Some(*item) != page);
        let (times, items): (Vec<f64>, Vec<u32>) =
            known.map(|(at, item)| (at.0 as f64, *item)).chain(page.map(|item| (f64::MAX, item))).unzip();
        (items, ages_of(&times))
    }

    /// The goods, shared.
    pub fn goods(&self) -> Arc<Goods> {
        Arc::clone(&self.goods)
    }

    /// How many products there are.
    pub fn size(&self) -> usize {
        self.goods.len()
    }

    /// The number of a product.
    pub fn number(&self, sku: &str) -> Option<usize> {
        self.goods.number(sku)
    }

    /// The product of a number.
    pub fn sku(&self, number: usize) -> &Sku {
        self.goods.sku(number)
    }

    /// Commitment to a product of late.
    pub fn popularity(&self, number: usize) -> f64 {
        self.popularity[number]
    }

    /// The largest of all.
    pub fn greatest_popularity(&self) -> f64 {
        self.popularity.iter().copied().fold(0.0, f64::max)
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
    pub fn withheld(&self, shopper: ShopperId) -> HashSet<Sku> {
        let Some(profile) = self.shoppers.get(&shopper) else { return HashSet::new() };
        let bought = (profile.interests.iter())
            .filter(|(item, (_, kind))| *kind == EventKind::Buy && !self.goods.is_consumable(**item))
            .map(|(item, _)| item);
        bought.chain(&profile.dismissed).map(|item| self.goods.sku(*item).clone()).collect()
    }

    fn similarity(&self, a: usize, b: usize) -> f64 {
        let together = self.together[a].get(&b).copied().unwrap_or(0.0);
        together / ((self.squares[a] * self.squares[b]).sqrt() + SHRINKAGE)
    }
}

fn add_pair(sums: &mut Sums, item: usize, other: usize, change: f64) {
    *sums[item].entry(other).or_default() += change;
    *sums[other].entry(item).or_default() += change;
}

/// A sum with the interest that contributed most to it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Score {
    /// The sum.
    pub sum: f64,
    strongest: f64,
    /// Number of the product that contributed most.
    pub cause: usize,
    /// What was done with it.
    pub kind: EventKind,
}

impl Score {
    fn add(&mut self, part: f64, cause: usize, kind: EventKind) {
        self.sum += part;
        // Equal parts are decided by the product's place, not by the order of a hash map.
        if part > self.strongest || (part == self.strongest && cause < self.cause) {
            (self.strongest, self.cause, self.kind) = (part, cause, kind);
        }
    }
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
    use uuid::Uuid;

    fn engine(events: &[(u128, &str, EventKind)]) -> Engine {
        let products = ["a", "b", "c", "d"].map(|sku| Product {
            sku: sku.into(),
            name: sku.to_uppercase(),
            category: if sku == "c" { "food".into() } else { String::new() },
            ..Product::default()
        });
        let goods = Goods::new(&products, &["food".to_owned()]);
        let events: Vec<Event> = (events.iter())
            .map(|(shopper, sku, kind)| Event {
                shopper: ShopperId(Uuid::from_u128(*shopper)),
                sku: (*sku).to_owned(),
                kind: *kind,
                value: 1.0,
                at: Timestamp(0),
            })
            .collect();
        Engine::learn(goods, &events, Timestamp(0))
    }

    fn shopper(n: u128) -> ShopperId {
        ShopperId(Uuid::from_u128(n))
    }

    #[test]
    fn similarity_is_the_shrunk_cosine() {
        use EventKind::{Buy, View};
        let learned = engine(&[(1, "a", View), (1, "b", Buy), (2, "a", Buy), (3, "b", View)]);
        // a = (1, 5, 0), b = (5, 0, 1): product 5, norms √26 · √26 = 26.
        assert!((learned.similarity(0, 1) - 5.0 / (26.0 + SHRINKAGE)).abs() < 1e-12);
        assert_eq!(learned.similarity(0, 2), 0.0);
    }

    #[test]
    fn learning_event_by_event_equals_the_strongest_act() {
        use EventKind::{Buy, Cart, View};
        let stepwise = engine(&[(1, "a", View), (1, "b", View), (1, "a", Cart), (1, "a", Buy), (1, "a", View)]);
        let at_once = engine(&[(1, "a", Buy), (1, "b", View)]);
        assert!((stepwise.similarity(0, 1) - at_once.similarity(0, 1)).abs() < 1e-12);
    }

    #[test]
    fn a_new_event_changes_the_next_answer() {
        use EventKind::{Buy, View};
        let mut learned = engine(&[(1, "a", Buy), (1, "b", Buy)]);
        assert!(learned.alike(&learned.interests(shopper(9), None)).is_empty());
        learned.observe(&Event { shopper: shopper(9), sku: "a".into(), kind: View, value: 1.0, at: Timestamp(1) });
        let score = learned.alike(&learned.interests(shopper(9), None))[&1];
        assert!(score.sum > 0.0);
        assert_eq!((score.cause, score.kind), (0, View));
        assert_eq!(learned.past(Some(shopper(9)), Some("c")), (vec![0, 2], vec![1, 0]));
    }

    #[test]
    fn only_what_a_blend_does_not_know_is_fresh() {
        use EventKind::{Buy, View};
        let mut learned = engine(&[(1, "a", Buy), (1, "b", Buy)]);
        let of_a = |learned: &Engine| learned.freshly_alike(&learned.interests(shopper(9), Some("a")));
        assert!(of_a(&learned).contains_key(&1), "nothing is fitted yet");
        let (users, acts) = learned.copy_log();
        assert_eq!((users, acts.len()), (1, 2));
        learned.observe(&Event { shopper: shopper(2), sku: "a".into(), kind: View, value: 1.0, at: Timestamp(1) });
        learned.observe(&Event { shopper: shopper(2), sku: "c".into(), kind: View, value: 1.0, at: Timestamp(2) });
        learned.settle();
        let fresh = of_a(&learned);
        assert!(fresh.contains_key(&2) && !fresh.contains_key(&1));
    }

    #[test]
    fn bought_and_dismissed_goods_are_withheld_but_not_consumed_ones() {
        use EventKind::{Buy, Dismiss};
        let learned = engine(&[(1, "a", Buy), (1, "c", Buy), (1, "b", Dismiss)]);
        assert_eq!(learned.withheld(shopper(1)), HashSet::from(["a".to_owned(), "b".to_owned()]));
    }

    #[test]
    fn a_bad_rating_is_no_liking() {
        use EventKind::{Buy, Rate};
        let mut learned = engine(&[(1, "a", Buy), (1, "b", Buy)]);
        let before = learned.popularity(0);
        let rating = |value| Event { shopper: shopper(9), sku: "a".into(), kind: Rate, value, at: Timestamp(1) };
        learned.observe(&rating(2.0));
        assert!(learned.interests(shopper(9), None).is_empty() && learned.popularity(0) == before);
        assert!(learned.withheld(shopper(9)).contains("a"));
        learned.observe(&rating(4.0));
        assert_eq!(learned.interests(shopper(9), None)[&0], (4.0, Rate));
        assert!(learned.withheld(shopper(9)).is_empty(), "a better rating takes the worse one back");
    }

    #[test]
    fn other_goods_keep_what_was_learned_of_those_that_stay() {
        use EventKind::{Buy, Dismiss, View};
        let learned = engine(&[(1, "a", Buy), (1, "b", Buy), (1, "d", View), (2, "a", View), (2, "d", Dismiss)]);
        let products = ["new", "d", "b", "a"].map(|sku| Product { sku: sku.into(), ..Product::default() });
        let moved = learned.moved_to(Goods::new(&products, &[]));
        assert_eq!(moved.similarity(3, 2), learned.similarity(0, 1));
        assert_eq!(moved.popularity(3), learned.popularity(0));
        assert_eq!(moved.interests(shopper(1), None).keys().copied().collect::<Vec<_>>(), [1, 2, 3]);
        let withheld = moved.withheld(shopper(2));
        assert_eq!(withheld, HashSet::from(["d".to_owned()]));
        assert!(moved.freshly_alike(&moved.interests(shopper(9), Some("a"))).contains_key(&2));
    }
}
