//! Item-based collaborative filtering that learns from each event as it happens.
//!
//! A shopper's interest in a product is a weight that grows with commitment (view < click < basket < purchase). Two
//! products are as similar as the cosine of their columns of weights, shrunk where few shoppers stand behind it:
//! `sim(i, j) = Σ_u w_ui · w_uj / (‖i‖ · ‖j‖ + λ)` (Sarwar et al., 2001; shrinkage after Bell and Koren, 2007).
//!
//! Sums and norms are kept, not the quotient: a new event changes a handful of sums exactly, without a retrain.

use crate::clock::Timestamp;
use crate::model::catalogue::{Product, Sku};
use crate::model::customer::{Event, EventKind};
use crate::model::id::ShopperId;
use std::collections::{BTreeMap, HashMap, HashSet};

/// λ of the cosine: pairs with little support are pulled towards zero.
const SHRINKAGE: f64 = 10.0;

/// Days in which the popularity of an old event halves.
const HALF_LIFE_DAYS: f64 = 30.0;

/// What the engine needs to know about the goods.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    numbers: HashMap<Sku, usize>,
    items: Vec<Item>,
}

#[derive(Debug, Clone)]
struct Item {
    sku: Sku,
    name: String,
    in_stock: bool,
    /// Bought again and again, so that a purchase is no reason to hold it back.
    consumable: bool,
}

impl Catalogue {
    /// The goods of a shop; `consumable` holds category ids.
    pub fn new(products: &[Product], consumable: &[String]) -> Self {
        let items: Vec<Item> = products
            .iter()
            .map(|product| Item {
                sku: product.sku.clone(),
                name: product.name.clone(),
                in_stock: product.in_stock(),
                consumable: consumable.contains(&product.category),
            })
            .collect();
        let numbers = items.iter().enumerate().map(|(number, item)| (item.sku.clone(), number)).collect();
        Self { numbers, items }
    }
}

/// What was learned so far.
#[derive(Debug, Clone, Default)]
pub struct Engine {
    catalogue: Catalogue,
    shoppers: HashMap<ShopperId, Profile>,
    /// Σ_u w_ui · w_uj by pair, both directions.
    together: Vec<HashMap<usize, f64>>,
    /// Σ_u w_ui² by product.
    squares: Vec<f64>,
    /// Commitment to each product, older events counting less.
    popularity: Vec<f64>,
    /// The moment from which popularity is discounted.
    origin: Timestamp,
    learned_until: Timestamp,
}

#[derive(Debug, Clone, Default)]
struct Profile {
    /// Weight and strongest kind by product.
    interests: BTreeMap<usize, (f64, EventKind)>,
    dismissed: HashSet<usize>,
}

impl Engine {
    /// Learns from events in the order of time.
    pub fn learn(catalogue: Catalogue, events: &[Event], now: Timestamp) -> Self {
        let size = catalogue.items.len();
        let mut engine = Self {
            catalogue,
            together: vec![HashMap::new(); size],
            squares: vec![0.0; size],
            popularity: vec![0.0; size],
            origin: now,
            ..Self::default()
        };
        for event in events {
            engine.observe(event);
        }
        engine
    }

    /// Learns from one more event; products that the catalogue does not have are passed over.
    pub fn observe(&mut self, event: &Event) {
        let Some(item) = self.catalogue.numbers.get(&event.sku).copied() else { return };
        self.learned_until = self.learned_until.max(event.at);
        let profile = self.shoppers.entry(event.shopper).or_default();
        if event.kind == EventKind::Dismiss {
            profile.dismissed.insert(item);
            return;
        }
        let weight = commitment(event.kind, event.value);
        let age_days = (self.origin.0 - event.at.0) as f64 / 86_400_000.0;
        self.popularity[item] += weight * (-age_days / HALF_LIFE_DAYS).exp2();

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
                *self.together[item].entry(*other).or_default() += change;
                *self.together[*other].entry(item).or_default() += change;
            }
        }
    }

    /// Whether the catalogue has this product.
    pub fn knows(&self, sku: &str) -> bool {
        self.catalogue.numbers.contains_key(sku)
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

    /// Why a product suits, in the words for the shopper.
    pub fn reason(&self, score: &Score) -> String {
        let cause = &self.catalogue.items[score.cause].name;
        match score.kind {
            EventKind::Buy => format!("买过「{cause}」的人也常买"),
            EventKind::Cart => format!("和您加购的「{cause}」常一起买"),
            _ => format!("看过「{cause}」的人也喜欢"),
        }
    }

    /// How many products there are.
    pub fn size(&self) -> usize {
        self.catalogue.items.len()
    }

    /// The number of a product.
    pub fn number(&self, sku: &str) -> Option<usize> {
        self.catalogue.numbers.get(sku).copied()
    }

    /// The product of a number.
    pub fn sku(&self, number: usize) -> &Sku {
        &self.catalogue.items[number].sku
    }

    /// The name of a product.
    pub fn name(&self, number: usize) -> &str {
        &self.catalogue.items[number].name
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
        self.catalogue.items[number].consumable
    }

    /// The sum of squared commitments to a product; 0 for a new one.
    pub fn support(&self, number: usize) -> f64 {
        self.squares[number]
    }

    /// Products that this shopper should not be shown: dismissed, or bought and not consumed.
    pub fn withheld(&self, shopper: ShopperId) -> HashSet<Sku> {
        let Some(profile) = self.shoppers.get(&shopper) else { return HashSet::new() };
        let bought = (profile.interests.iter())
            .filter(|(item, (_, kind))| *kind == EventKind::Buy && !self.catalogue.items[**item].consumable)
            .map(|(item, _)| item);
        bought.chain(&profile.dismissed).map(|item| self.catalogue.items[*item].sku.clone()).collect()
    }

    /// Products in stock that go with one, most similar first, with the reason.
    pub fn related(&self, sku: &str, count: usize) -> Vec<(Sku, String)> {
        let Some(item) = self.catalogue.numbers.get(sku).copied() else { return Vec::new() };
        let mut others: Vec<(f64, usize)> = (self.together[item].keys())
            .filter(|other| self.catalogue.items[**other].in_stock)
            .map(|other| (self.similarity(item, *other), *other))
            .collect();
        others.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let reason = "看过这件的人也常看";
        others
            .into_iter()
            .take(count)
            .map(|(_, other)| (self.catalogue.items[other].sku.clone(), reason.to_owned()))
            .collect()
    }

    /// Products in stock by popularity, older events counting less.
    pub fn popular(&self, count: usize) -> Vec<Sku> {
        let mut items: Vec<usize> =
            (0..self.catalogue.items.len()).filter(|item| self.catalogue.items[*item].in_stock).collect();
        items.sort_by(|a, b| self.popularity[*b].total_cmp(&self.popularity[*a]).then(a.cmp(b)));
        items.into_iter().take(count).map(|item| self.catalogue.items[item].sku.clone()).collect()
    }

    fn similarity(&self, a: usize, b: usize) -> f64 {
        let together = self.together[a].get(&b).copied().unwrap_or(0.0);
        together / ((self.squares[a] * self.squares[b]).sqrt() + SHRINKAGE)
    }
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
    use uuid::Uuid;

    fn engine(events: &[(u128, &str, EventKind)]) -> Engine {
        let items: Vec<Item> = ["a", "b", "c", "d"]
            .map(|sku| Item { sku: sku.into(), name: sku.to_uppercase(), in_stock: sku != "d", consumable: sku == "c" })
            .into();
        let numbers = items.iter().enumerate().map(|(number, item)| (item.sku.clone(), number)).collect();
        let events: Vec<Event> = (events.iter())
            .map(|(shopper, sku, kind)| Event {
                shopper: ShopperId(Uuid::from_u128(*shopper)),
                sku: (*sku).to_owned(),
                kind: *kind,
                value: 1.0,
                at: Timestamp(0),
            })
            .collect();
        Engine::learn(Catalogue { numbers, items }, &events, Timestamp(0))
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
        assert_eq!(learned.reason(&score), "看过「A」的人也喜欢");
    }

    #[test]
    fn bought_and_dismissed_goods_are_withheld_but_not_consumed_ones() {
        use EventKind::{Buy, Dismiss};
        let learned = engine(&[(1, "a", Buy), (1, "c", Buy), (1, "b", Dismiss)]);
        assert_eq!(learned.withheld(shopper(1)), HashSet::from(["a".to_owned(), "b".to_owned()]));
    }

    #[test]
    fn what_is_sold_out_is_not_proposed() {
        use EventKind::{Buy, View};
        let learned = engine(&[(1, "a", View), (1, "d", Buy), (2, "d", Buy), (1, "b", View)]);
        assert_eq!(learned.popular(2), ["a", "b"]);
        assert!(learned.related("a", 5).iter().all(|(sku, _)| sku != "d"));
    }
}
