//! The shop's recommender: a blend that learns from each event as it happens, and what stands in for it.
//!
//! # The declared order
//! 1. **A shopper of whom something is known**: the blend. Its parts are item-based collaborative filtering
//!    ([`Engine`]), likeness of content, and popularity with decay; their weights are those of a logistic regression
//!    that foretells, from the older events, what shoppers put into the basket or bought in the newest tenth.
//! 2. **A new shopper, or one who opted out**: what is popular of late.
//! 3. **A new product**: its content, and a bonus that puts it before some shoppers each day until it has been shown
//!    often enough to be judged by what came of it.
//! 4. **An empty shop**: rating and sales of the catalogue.
//!
//! Every score names the part that decided it; that is its source in the log and its reason on the card.

use crate::classify::fit::{FitSettings, fit};
use crate::classify::sparse::SparseRows;
use crate::clock::Timestamp;
use crate::model::catalogue::{Product, Sku};
use crate::model::customer::{Event, EventKind};
use crate::model::id::ShopperId;
use crate::recommend::content::{Traits, price_band, words};
use crate::recommend::diversity::diversified;
use crate::recommend::engine::{Catalogue, Engine, Score};
use crate::recommend::experiment::{Arm, hash};
use crate::recommend::similarity::Neighbours;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Products alike by content that are kept of each.
const ALIKE: usize = 30;

/// Impressions after which a new product is judged by what came of them.
const EXPLORED: i64 = 200;

/// What a new product may gain, at most.
const BONUS: f64 = 0.4;

/// Commitments, squared and summed, below which a product counts as new.
const NEW: f64 = 30.0;

/// Acts of the newest tenth that weights are learned from, at most.
const LESSONS: usize = 2_000;

/// Products that did not come true, for each that did.
const CONTRASTS: usize = 4;

/// A product's score for one shopper.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Personal {
    /// From 0 to 1; 1 is the best of this shopper.
    pub score: f64,
    /// The probability that this shopper buys it next.
    pub probability: f64,
    /// Why, for the shopper.
    pub reason: String,
    /// Which part decided.
    pub source: Source,
}

/// Which part of the recommender decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Shoppers of a product also liked this one.
    ItemCf,
    /// It is like a product that the shopper liked.
    Content,
    /// Many buy it of late.
    Popularity,
    /// It is new and should become known.
    Exploration,
    /// Rating and sales of the catalogue.
    Catalogue,
}

impl Source {
    /// The name in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::ItemCf => "item-cf",
            Self::Content => "content",
            Self::Popularity => "popularity",
            Self::Exploration => "exploration",
            Self::Catalogue => "catalogue",
        }
    }
}

/// Weights of collaborative filtering, content and popularity, and the bias.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BlendWeights {
    parts: [f64; 3],
    bias: f64,
}

impl Default for BlendWeights {
    /// Where there is nothing to learn from.
    fn default() -> Self {
        Self { parts: [3.0, 2.0, 1.0], bias: -4.0 }
    }
}

/// What recommends; learns event by event.
#[derive(Debug, Clone, Default)]
pub struct Recommender {
    engine: Engine,
    products: Vec<Product>,
    content: Neighbours,
    weights: BlendWeights,
    shown: Vec<i64>,
    opted_out: HashSet<ShopperId>,
}

impl Recommender {
    /// Learns from events in the order of time: sums from all of them, weights of the blend from the newest tenth.
    pub fn learn(products: &[Product], consumable: &[String], events: &[Event], now: Timestamp) -> Self {
        let catalogue = Catalogue::new(products, consumable);
        let (older, newer) = events.split_at(events.len() - events.len() / 10);
        let traits: Vec<Vec<String>> = products.iter().map(traits_of).collect();
        let mut recommender = Self {
            engine: Engine::learn(catalogue, older, now),
            content: Traits::new(&traits).neighbours(ALIKE),
            products: products.to_vec(),
            weights: BlendWeights::default(),
            shown: vec![0; products.len()],
            opted_out: HashSet::new(),
        };
        recommender.take_lessons(newer);
        recommender
    }

    /// Foretells each act of commitment before learning it, and fits the weights to what came true.
    fn take_lessons(&mut self, events: &[Event]) {
        let mut rows = SparseRows::new(3);
        let mut labels = Vec::new();
        for (number, event) in events.iter().enumerate() {
            let committed = matches!(event.kind, EventKind::Cart | EventKind::Buy);
            if let Some(item) = self.engine.number(&event.sku).filter(|_| committed && labels.len() < LESSONS * 5) {
                let parts = self.parts(&self.engine.interests(event.shopper, None));
                let salted = hash(&number.to_le_bytes(), event.shopper);
                let others =
                    (1..=CONTRASTS as u64).map(|n| (salted.wrapping_mul(n) % self.products.len() as u64) as usize);
                for (candidate, came_true) in std::iter::once((item, 1)).chain(others.map(|other| (other, 0))) {
                    let features = self.features(&parts, candidate);
                    rows.push((0_u32..).zip(features.map(|value| value as f32)));
                    labels.push(came_true);
                }
            }
            self.engine.observe(event);
        }
        if !labels.contains(&1) {
            return;
        }
        if let Ok((fitted, _)) = fit(&rows, &labels, 2, &FitSettings::default()) {
            let slope = |place: usize| fitted.weights[place * 2 + 1] - fitted.weights[place * 2];
            // Of the products that did not come true, only a few of the shop were shown to the regression.
            let sampled = (CONTRASTS as f64 / self.products.len().max(CONTRASTS) as f64).ln();
            let bias = fitted.biases[1] - fitted.biases[0] + sampled;
            // What speaks against a product when it is popular or alike would be chance.
            self.weights = BlendWeights { parts: [slope(0), slope(1), slope(2)].map(|weight| weight.max(0.0)), bias };
        }
    }

    /// Learns one more event; the next answer knows it.
    pub fn observe(&mut self, event: &Event) {
        self.engine.observe(event);
    }

    /// Counts products that were shown.
    pub fn count_shown<'a>(&mut self, shown: impl IntoIterator<Item = (&'a Sku, i64)>) {
        for (sku, times) in shown {
            if let Some(number) = self.engine.number(sku) {
                self.shown[number] += times;
            }
        }
    }

    /// Keeps or withdraws a shopper's opt-out.
    pub fn set_opt_out(&mut self, shopper: ShopperId, opted_out: bool) {
        if opted_out {
            self.opted_out.insert(shopper);
        } else {
            self.opted_out.remove(&shopper);
        }
    }

    /// What the sums say by themselves.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The weights in force: collaborative filtering, content, popularity.
    pub fn weights(&self) -> [f64; 3] {
        self.weights.parts
    }

    /// Scores of products for a shopper who may be looking at one. Empty where nothing is known of the shopper and
    /// nothing is new: then the words, the popularity and the catalogue decide.
    pub fn personal(&self, shopper: ShopperId, on_page: Option<&str>, arm: Arm) -> HashMap<Sku, Personal> {
        let interests = if self.opted_out.contains(&shopper) {
            self.engine.interests(ShopperId::default(), on_page)
        } else {
            self.engine.interests(shopper, on_page)
        };
        let parts = self.parts(&interests);
        let day = self.engine.learned_until().china_day();
        let scored: Vec<(usize, Personal)> = (0..self.products.len())
            .filter(|item| !interests.contains_key(item) || self.engine.is_consumable(*item))
            .filter_map(|item| Some((item, self.judge(&parts, item, self.bonus(shopper, item, day), arm)?)))
            .collect();
        let best = scored.iter().map(|(_, one)| one.score).fold(f64::MIN_POSITIVE, f64::max);
        (scored.into_iter())
            .map(|(item, one)| (self.engine.sku(item).clone(), Personal { score: one.score / best, ..one }))
            .collect()
    }

    /// A list for a place of the shop's pages: with a product, what goes with it; without, what suits the shopper.
    /// Diverse, in stock, without what is withheld; filled up in the declared order.
    pub fn list(
        &self,
        shopper: ShopperId,
        on_page: Option<&str>,
        arm: Arm,
        count: usize,
        category_cap: usize,
    ) -> Vec<(Sku, Personal)> {
        let mut scores = self.personal(shopper, on_page, arm);
        let withheld = self.engine.withheld(shopper);
        let greatest = self.engine.greatest_popularity();
        let candidates: Vec<(Personal, &Product)> = (self.products.iter().enumerate())
            .filter(|(_, product)| {
                product.in_stock() && !withheld.contains(&product.sku) && on_page != Some(product.sku.as_str())
            })
            .map(|(item, product)| {
                (scores.remove(&product.sku).unwrap_or_else(|| self.stand_in(item, greatest)), product)
            })
            .collect();
        let ranked: Vec<(f64, &Product)> = candidates.iter().map(|(one, product)| (one.score, *product)).collect();
        (diversified(&ranked, count, category_cap).into_iter())
            .map(|place| (candidates[place].1.sku.clone(), candidates[place].0.clone()))
            .collect()
    }

    /// Where nothing is known of the shopper: popularity; where nothing is known of anybody: the catalogue.
    fn stand_in(&self, item: usize, greatest: f64) -> Personal {
        let popularity = self.popularity(item, greatest);
        let product = &self.products[item];
        let esteem = product.rating / 5.0 * 0.5 + (product.sold.max(0) as f64).ln_1p() / 30.0;
        let (reason, source) = if popularity > 0.0 {
            ("最近很多人买".to_owned(), Source::Popularity)
        } else if product.rating > 0.0 {
            (format!("店里评分 {:.1}", product.rating), Source::Catalogue)
        } else {
            ("店里新品".to_owned(), Source::Catalogue)
        };
        // Below everything that is personal.
        Personal { score: 0.2 * popularity + 0.05 * esteem.min(1.0), probability: 0.0, reason, source }
    }

    /// What the interests say about every product: collaborative filtering with its cause, content with its cause.
    fn parts(&self, interests: &BTreeMap<usize, (f64, EventKind)>) -> Parts {
        let mut content: HashMap<usize, (f64, f64, usize)> = HashMap::new();
        for (item, (weight, _)) in interests {
            let (others, likenesses) = self.content.of(*item);
            for (other, likeness) in others.iter().zip(likenesses) {
                let part = weight * f64::from(*likeness);
                let entry = content.entry(*other as usize).or_insert((0.0, 0.0, *item));
                entry.0 += part;
                if part > entry.1 {
                    (entry.1, entry.2) = (part, *item);
                }
            }
        }
        Parts { greatest: self.engine.greatest_popularity(), alike: self.engine.alike(interests), content }
    }

    /// Collaborative filtering, content, popularity, each from 0 to 1.
    fn features(&self, parts: &Parts, item: usize) -> [f64; 3] {
        let saturated = |value: f64| value / (value + 1.0);
        let alike = parts.alike.get(&item).map_or(0.0, |score| score.sum);
        let content = parts.content.get(&item).map_or(0.0, |(sum, _, _)| *sum);
        [saturated(alike), saturated(content), self.popularity(item, parts.greatest)]
    }

    fn popularity(&self, item: usize, greatest: f64) -> f64 {
        self.engine.popularity(item).ln_1p() / greatest.ln_1p().max(f64::MIN_POSITIVE)
    }

    fn judge(&self, parts: &Parts, item: usize, bonus: f64, arm: Arm) -> Option<Personal> {
        let features = self.features(parts, item);
        if features[0] == 0.0 && features[1] == 0.0 && bonus == 0.0 {
            return None;
        }
        let [cf, content, popular] = match arm {
            Arm::A => [0, 1, 2].map(|part| features[part] * self.weights.parts[part]),
            Arm::B => [features[0] * self.weights.parts[0], 0.0, 0.0],
        };
        let sum = cf + content + popular;
        let probability = 1.0 / (1.0 + (-(self.weights.bias + sum)).exp());
        let (source, reason) = if bonus > sum {
            (Source::Exploration, "店里新品".to_owned())
        } else if let Some(score) = parts.alike.get(&item).filter(|_| cf >= content.max(popular)) {
            (Source::ItemCf, self.engine.reason(score))
        } else if let Some((_, _, cause)) = parts.content.get(&item).filter(|_| content >= popular) {
            (Source::Content, format!("和您看过的「{}」相似", self.engine.name(*cause)))
        } else {
            (Source::Popularity, "最近很多人买".to_owned())
        };
        let score = sum + bonus;
        (score > 0.0).then_some(Personal { score, probability, reason, source })
    }

    /// A new product's gain before this shopper on this day: a fair draw that every node makes alike.
    fn bonus(&self, shopper: ShopperId, item: usize, day: i64) -> f64 {
        if self.engine.support(item) >= NEW || self.shown[item] >= EXPLORED || !self.products[item].in_stock() {
            return 0.0;
        }
        let salt: Vec<u8> = day.to_le_bytes().into_iter().chain((item as u64).to_le_bytes()).collect();
        let drawn = (hash(&salt, shopper) % 1_000) as f64 / 1_000.0;
        BONUS * (drawn - 0.8).max(0.0) / 0.2 * (1.0 - self.shown[item] as f64 / EXPLORED as f64)
    }
}

struct Parts {
    /// The largest popularity of all products.
    greatest: f64,
    alike: HashMap<usize, Score>,
    /// Sum, strongest part and its cause.
    content: HashMap<usize, (f64, f64, usize)>,
}

/// Words of the name and the tags, attributes, price band.
fn traits_of(product: &Product) -> Vec<String> {
    let mut traits = words(&product.name);
    traits.extend(product.tags.iter().map(|tag| format!("tag={tag}")));
    traits.extend(product.attributes.iter().map(|(name, value)| format!("{name}={value}")));
    traits.extend(product.persons.iter().map(|person| format!("person={person}")));
    traits.extend(product.occasions.iter().map(|occasion| format!("occasion={occasion}")));
    traits.extend([format!("category={}", product.category), format!("brand={}", product.brand)]);
    traits.extend(price_band(product.price.yuan()));
    traits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalogue::Money;
    use uuid::Uuid;

    fn product(sku: &str, category: &str, yuan: i64) -> Product {
        Product {
            sku: sku.into(),
            name: format!("{category} {sku}"),
            category: category.into(),
            price: Money(yuan * 100),
            stock: 5,
            rating: 4.5,
            sold: 10,
            ..Product::default()
        }
    }

    fn shop() -> Vec<Product> {
        let mut products: Vec<Product> = ["a", "b", "c"].map(|sku| product(sku, "shoes", 100)).into();
        products.extend(["d", "e", "f"].map(|sku| product(sku, "food", 20)));
        products
    }

    fn shopper(n: u128) -> ShopperId {
        ShopperId(Uuid::from_u128(n))
    }

    fn event(who: u128, sku: &str, kind: EventKind, at: i64) -> Event {
        Event { shopper: shopper(who), sku: sku.into(), kind, value: 1.0, at: Timestamp(at) }
    }

    /// With the weights of a shop that has nothing to learn them from.
    fn recommender(events: &[Event]) -> Recommender {
        let learned = Recommender::learn(&shop(), &["food".to_owned()], events, Timestamp(0));
        Recommender { weights: BlendWeights::default(), ..learned }
    }

    /// Forty shoppers who buy a and b together.
    fn pairs() -> Vec<Event> {
        let both = |who| [event(who, "a", EventKind::Buy, who as i64), event(who, "b", EventKind::Buy, who as i64)];
        (1..=40).flat_map(both).collect()
    }

    #[test]
    fn the_declared_order_of_fallbacks() {
        // Empty shop: the catalogue.
        let list = recommender(&[]).list(shopper(99), None, Arm::A, 3, 9);
        assert!(list.iter().all(|(_, one)| matches!(one.source, Source::Catalogue | Source::Exploration)));
        // New shopper: popularity for what is known.
        let learned = recommender(&pairs());
        let list = learned.list(shopper(99), None, Arm::A, 6, 9);
        let popular = list.iter().find(|(sku, _)| sku == "a").expect("a popular product");
        assert_eq!(popular.1.source, Source::Popularity);
        // A shopper who looked at something: collaborative filtering, with the true reason.
        let mut learned = recommender(&pairs());
        learned.observe(&event(99, "a", EventKind::View, 100));
        let personal = learned.personal(shopper(99), None, Arm::A);
        assert_eq!(personal["b"].source, Source::ItemCf);
        assert_eq!(personal["b"].reason, "看过「shoes a」的人也喜欢");
        assert!(personal["b"].score > personal.get("c").map_or(0.0, |one| one.score));
        // A new product: nobody bought c, but it is like a.
        assert!(matches!(personal["c"].source, Source::Content | Source::Exploration));
    }

    #[test]
    fn an_opt_out_is_kept_and_can_be_withdrawn() {
        let mut learned = recommender(&pairs());
        learned.observe(&event(99, "a", EventKind::View, 100));
        learned.set_opt_out(shopper(99), true);
        let personal = learned.personal(shopper(99), None, Arm::A);
        assert!(personal.values().all(|one| one.source == Source::Exploration), "{personal:?}");
        learned.set_opt_out(shopper(99), false);
        assert_eq!(learned.personal(shopper(99), None, Arm::A)["b"].source, Source::ItemCf);
    }

    #[test]
    fn what_was_bought_is_not_shown_again_unless_it_is_consumed() {
        let mut learned = recommender(&pairs());
        learned.observe(&event(99, "a", EventKind::Buy, 100));
        learned.observe(&event(99, "d", EventKind::Buy, 101));
        let list = learned.list(shopper(99), None, Arm::A, 6, 9);
        assert!(list.iter().all(|(sku, _)| sku != "a"));
        assert!(list.iter().any(|(sku, _)| sku == "d"));
    }

    #[test]
    fn new_products_become_known_to_some_and_are_then_judged() {
        let mut learned = recommender(&pairs());
        let explored = |learned: &Recommender| {
            let by =
                |n| learned.personal(shopper(n), None, Arm::A).values().any(|one| one.source == Source::Exploration);
            (1_000..1_200).filter(|n| by(*n)).count()
        };
        let some = explored(&learned);
        assert!((40..180).contains(&some), "{some}");
        let all: Vec<Sku> = shop().into_iter().map(|product| product.sku).collect();
        learned.count_shown(all.iter().map(|sku| (sku, EXPLORED)));
        assert_eq!(explored(&learned), 0);
    }

    #[test]
    fn weights_are_learned_from_what_came_true() {
        let learned = Recommender::learn(&shop(), &["food".to_owned()], &pairs(), Timestamp(0));
        assert_ne!(learned.weights(), BlendWeights::default().parts);
        assert!(learned.weights().iter().all(|weight| *weight >= 0.0));
        let personal = {
            let mut learned = learned;
            learned.observe(&event(99, "a", EventKind::Cart, 100));
            learned.personal(shopper(99), None, Arm::A)
        };
        assert!(personal["b"].probability > personal["c"].probability && personal["b"].probability < 1.0);
    }
}
