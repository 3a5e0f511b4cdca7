//! The shop's recommender: a blend learned from the log, kept up to date by each event as it happens.
//!
//! # The declared order
//! 1. **A shopper of whom something is known**: the blend of [`Models`], whose recipe was chosen on the shop's own log; a
//!    shop with too little of one begins with what shoppers do together, content and a little popularity. Added to it is
//!    what shoppers did together since it was fitted ([`Engine::freshly_alike`]), so that nothing waits for the next fit.
//! 2. **A new shopper, or one who opted out**: what is popular of late.
//! 3. **A new product**: its content, and a bonus that puts it before some shoppers each day until it has been shown
//!    often enough to be judged by what came of it.
//! 4. **An empty shop**: rating and sales of the catalogue.
//!
//! Every score names the part that decided it; that is its source in the log and its reason on the card.

mod list;

use crate::clock::Timestamp;
use crate::model::catalogue::{Product, Sku};
use crate::model::customer::Event;
use crate::model::id::ShopperId;
use crate::recommend::content::{Traits, traits_of};
use crate::recommend::diversity::{Look, looks};
use crate::recommend::engine::Engine;
use crate::recommend::engine::fresh::{Share, saturated};
use crate::recommend::experiment::{Arm, hash};
use crate::recommend::generation::Generation;
use crate::recommend::goods::Goods;
use crate::recommend::interactions::Interactions;
use crate::recommend::model::{Models, together};
use crate::recommend::relation::Material;
use crate::recommend::scorer::Scratch;
use crate::recommend::similarity::Neighbours;
use crate::recommend::taste::Taste;
use crate::recommend::training::Lesson;
use list::standing;
use std::collections::HashSet;
use std::sync::Arc;

/// Impressions after which a new product is judged by what came of them.
const EXPLORED: i64 = 200;

/// What a new product may gain, at most, as a share of the scale of the blend.
const BONUS: f64 = 0.4;

/// Commitments, squared and summed, below which a product counts as new.
const NEW: f64 = 30.0;

/// New products that are considered for one shopper on one day, at most.
const CONSIDERED: usize = 16;

/// What recommends; learns event by event.
#[derive(Debug, Clone)]
pub struct Recommender {
    engine: Engine,
    products: Vec<Product>,
    looks: Vec<Look>,
    traits: Traits,
    models: Models,
    /// Numbers of what is sold out.
    sold_out: Vec<u32>,
    /// What orders products of which nothing personal is known, from 0 to 1: popularity, then the catalogue.
    standing: Vec<f32>,
    /// Numbers, ascending, of what is in stock, little known, and not shown often yet.
    new: Vec<u32>,
    shown: Vec<i64>,
    opted_out: HashSet<ShopperId>,
    /// Another one where products have other numbers, or everything was learned anew.
    generation: Generation,
}

impl Recommender {
    /// Learns from events in the order of time; the blend is the first one until [`Recommender::settle`].
    pub fn learn(products: &[Product], consumable: &[String], events: &[Event], now: Timestamp) -> Self {
        let engine = Engine::learn(Goods::new(products, consumable), events, now);
        Self::of(engine, products, None, vec![0; products.len()])
    }

    /// The same knowledge of other goods, with the first blend until [`Recommender::settle`]; what was learned of
    /// products that are no longer there is forgotten. Where every product keeps its number, as with other stock or prices,
    /// a lesson that is being learned from still counts.
    #[must_use]
    pub fn moved_to(&self, products: &[Product], consumable: &[String]) -> Self {
        let engine = self.engine.moved_to(Goods::new(products, consumable));
        let (former, goods) = (self.engine.goods(), engine.goods());
        let shown =
            goods.places_in(&former).into_iter().map(|place| place.map_or(0, |place| self.shown[place])).collect();
        let pairs = self.models.together().moved(&former.places_in(&goods), products.len());
        let generation = if goods.are_numbered_as(&former) { self.generation.clone() } else { Generation::default() };
        let opted_out = self.opted_out.clone();
        Self { opted_out, generation, ..Self::of(engine, products, Some(pairs), shown) }
    }

    /// With the first blend, as a generation of its own. Pairs that are known from elsewhere leave those that are fresh as
    /// fresh as they are.
    fn of(engine: Engine, products: &[Product], pairs: Option<Neighbours>, shown: Vec<i64>) -> Self {
        let traits = Traits::new(&products.iter().map(traits_of).collect::<Vec<_>>());
        let (users, acts) = engine.log();
        let material = Material::new(Interactions::new(users, products.len(), &acts), traits.clone());
        let models = Models::first(pairs.unwrap_or_else(|| together(&material.log)), &material);
        let is_new =
            |item: &usize| products[*item].in_stock() && engine.support(*item) < NEW && shown[*item] < EXPLORED;
        let new = (0..products.len()).filter(is_new).map(|item| item as u32).collect();
        let sold_out = (0..).zip(products).filter(|(_, product)| !product.in_stock()).map(|(item, _)| item).collect();
        let standing = (0..products.len()).map(|item| standing(&engine, products, item)).collect();
        let (looks, products) = (looks(products), products.to_vec());
        let (opted_out, generation) = (HashSet::new(), Generation::default());
        Self { engine, products, looks, traits, models, sold_out, standing, new, shown, opted_out, generation }
    }

    /// Products in stock by popularity, older events counting less.
    pub fn popular(&self, count: usize) -> Vec<Sku> {
        let mut items: Vec<usize> = (0..self.products.len()).filter(|item| self.products[*item].in_stock()).collect();
        items.sort_by(|a, b| self.engine.popularity(*b).total_cmp(&self.engine.popularity(*a)).then(a.cmp(b)));
        items.into_iter().take(count).map(|item| self.products[item].sku.clone()).collect()
    }

    /// The log to learn a blend from. What happens from here on is fresh to that blend.
    pub fn lesson(&mut self) -> Lesson {
        let (users, acts) = self.engine.copy_log();
        let (traits, generation) = (self.traits.clone(), self.generation.clone());
        Lesson { users, acts, traits, items: self.products.len(), generation }
    }

    /// Puts models in force that were learned from the last [`Recommender::lesson`], of that generation. Says whether they
    /// still fit: of another one they would score other products than they learned of, or bring back who was deleted.
    pub fn settle(&mut self, generation: &Generation, models: Models) -> bool {
        let fits = self.generation == *generation;
        if fits {
            self.models = models;
            self.engine.settle();
        }
        fits
    }

    /// Learns one more event; the next answer knows it.
    pub fn observe(&mut self, event: &Event) {
        self.engine.observe(event);
        let Some(item) = self.engine.number(&event.sku) else { return };
        self.standing[item] = standing(&self.engine, &self.products, item);
        if self.engine.support(item) >= NEW {
            self.is_known(item);
        }
    }

    /// Forgets a shopper. What all shoppers did together has their share in it until it is learned anew.
    pub fn forget(&mut self, shopper: ShopperId) {
        self.engine.forget(shopper);
        self.opted_out.remove(&shopper);
    }

    /// Counts products that were shown.
    pub fn count_shown<'a>(&mut self, shown: impl IntoIterator<Item = (&'a Sku, i64)>) {
        for (sku, times) in shown {
            if let Some(number) = self.engine.number(sku) {
                self.shown[number] += times;
                if self.shown[number] >= EXPLORED {
                    self.is_known(number);
                }
            }
        }
    }

    fn is_known(&mut self, item: usize) {
        if let Ok(place) = self.new.binary_search(&(item as u32)) {
            self.new.remove(place);
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

    /// Whether a shopper opted out.
    pub fn has_opted_out(&self, shopper: ShopperId) -> bool {
        self.opted_out.contains(&shopper)
    }

    /// The products that it lists.
    pub fn products(&self) -> &[Product] {
        &self.products
    }

    /// What was learned event by event.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Products that this shopper should not be shown: dismissed, or bought and not consumed.
    pub fn withheld(&self, shopper: ShopperId) -> HashSet<Sku> {
        self.engine.withheld(shopper).map(|item| self.products[item as usize].sku.clone()).collect()
    }

    /// What a shopper may like who may be looking at a product. It knows nothing where nothing is known of the shopper
    /// and nothing is new: then the words, the popularity and the catalogue decide.
    pub fn taste(&self, shopper: Option<ShopperId>, on_page: Option<&str>, arm: Arm, now: Timestamp) -> Taste {
        let tracked = shopper.filter(|shopper| !self.opted_out.contains(shopper));
        let known = self.engine.known(tracked, on_page);
        let explored = shopper.map_or_else(Vec::new, |shopper| self.explored(shopper));
        let model = match arm {
            Arm::A => &self.models.blend,
            Arm::B => &self.models.control,
        };
        let mut taste = Taste {
            goods: self.engine.goods(),
            explored,
            fresh_scale: model.scale(),
            bought_by_many: self.engine.bought_by_many(now),
            ..Taste::default()
        };
        let mut scratch = Scratch::default();
        if known.is_empty() {
            scratch.scores.resize(self.products.len(), 0.0);
        } else {
            model.score(known.past(), &mut scratch);
            taste.model = Some(Arc::clone(model));
            taste.fresh = self.engine.freshly_alike(&known);
        }
        let scores = &mut scratch.scores;
        add_fresh(scores, &taste.fresh, taste.fresh_scale);
        taste.explored.iter().for_each(|(item, bonus)| scores[*item as usize] += bonus);
        for item in known.items.iter().filter(|item| !self.engine.is_consumable(**item as usize)) {
            scores[*item as usize] = 0.0;
        }
        taste.greatest = greatest(scores);
        (taste.scores, taste.known) = (scratch.scores, known);
        taste
    }

    /// What new products gain before this shopper on this day: a fair draw that every node makes alike.
    fn explored(&self, shopper: ShopperId) -> Vec<(u32, f32)> {
        if self.new.is_empty() {
            return Vec::new();
        }
        let day = self.engine.learned_until().china_day();
        let begin = hash(&day.to_le_bytes(), shopper) as usize % self.new.len();
        let considered = (self.new[begin..].iter().chain(&self.new[..begin])).take(CONSIDERED);
        (considered.map(|item| (*item, self.bonus(shopper, *item, day)))).filter(|(_, bonus)| *bonus > 0.0).collect()
    }

    fn bonus(&self, shopper: ShopperId, item: u32, day: i64) -> f32 {
        let salt: Vec<u8> = day.to_le_bytes().into_iter().chain(u64::from(item).to_le_bytes()).collect();
        let drawn = (hash(&salt, shopper) % 1_000) as f64 / 1_000.0;
        let unknown = 1.0 - self.shown[item as usize] as f64 / EXPLORED as f64;
        (BONUS * (drawn - 0.8).max(0.0) / 0.2 * unknown * f64::from(self.models.blend.scale())) as f32
    }
}

/// Adds the shares of each product, saturated and on the scale of the blend.
fn add_fresh(scores: &mut [f32], shares: &[Share], scale: f32) {
    if shares.is_empty() {
        return;
    }
    let mut sums = vec![0.0; scores.len()];
    shares.iter().for_each(|share| sums[share.item as usize] += share.value);
    scores.iter_mut().zip(sums).for_each(|(score, sum)| *score += saturated(sum) * scale);
}

/// The largest score, or next to nothing where none is above zero. Eight at a time, which one after the other would wait for.
fn greatest(scores: &[f32]) -> f32 {
    let mut lanes = [f32::MIN_POSITIVE; 8];
    for chunk in scores.chunks(8) {
        for (lane, score) in lanes.iter_mut().zip(chunk) {
            *lane = if *score > *lane { *score } else { *lane };
        }
    }
    lanes.into_iter().fold(f32::MIN_POSITIVE, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalogue::Money;
    use crate::model::customer::EventKind;
    use crate::recommend::model::first_recipe;
    use crate::recommend::recipe::{HybridPart, HybridRecipe};
    use crate::recommend::relation::Relation;
    use crate::recommend::source::Source;
    use crate::recommend::taste::Personal;
    use std::collections::HashMap;
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

    fn recommender(events: &[Event]) -> Recommender {
        Recommender::learn(&shop(), &["food".to_owned()], events, Timestamp(0))
    }

    fn personal(learned: &Recommender, who: u128) -> HashMap<Sku, Personal> {
        let taste = learned.taste(Some(shopper(who)), None, Arm::A, Timestamp(0));
        shop().into_iter().filter_map(|product| Some((product.sku.clone(), taste.of(&product.sku)?))).collect()
    }

    /// Forty shoppers who buy a and b together.
    fn pairs() -> Vec<Event> {
        let both = |who| [event(who, "a", EventKind::Buy, who as i64), event(who, "b", EventKind::Buy, who as i64)];
        (1..=40).flat_map(both).collect()
    }

    #[test]
    fn the_declared_order_of_fallbacks() {
        // Empty shop: the catalogue.
        let list = recommender(&[]).list(Some(shopper(99)), None, Arm::A, Timestamp(0), 3, 9);
        assert!(list.iter().all(|(_, one)| matches!(one.source, Source::Catalogue | Source::Exploration)));
        // New shopper: popularity for what is known.
        let learned = recommender(&pairs());
        let list = learned.list(Some(shopper(99)), None, Arm::A, Timestamp(0), 6, 9);
        let popular = list.iter().find(|(sku, _)| sku == "a").expect("a popular product");
        assert_eq!((popular.1.source, popular.1.reason.as_str()), (Source::Popularity, "最近很多人买"));
        // A shopper who looked at something: collaborative filtering, with the true reason.
        let mut learned = recommender(&pairs());
        learned.observe(&event(99, "a", EventKind::View, 100));
        let told = personal(&learned, 99);
        assert_eq!(told["b"].source, Source::ItemCf);
        assert_eq!(told["b"].reason, "看过「shoes a」的人也喜欢");
        assert!(told["b"].score > told.get("c").map_or(0.0, |one| one.score));
        // A new product: nobody bought c, but it is like a.
        assert!(matches!(told["c"].source, Source::Content | Source::Exploration));
    }

    #[test]
    fn an_opt_out_is_kept_and_can_be_withdrawn() {
        let mut learned = recommender(&pairs());
        learned.observe(&event(99, "a", EventKind::View, 100));
        learned.set_opt_out(shopper(99), true);
        let told = personal(&learned, 99);
        assert!(told.values().all(|one| one.source == Source::Exploration), "{told:?}");
        learned.set_opt_out(shopper(99), false);
        assert_eq!(personal(&learned, 99)["b"].source, Source::ItemCf);
    }

    #[test]
    fn what_was_bought_is_not_shown_again_unless_it_is_consumed() {
        let mut learned = recommender(&pairs());
        learned.observe(&event(99, "a", EventKind::Buy, 100));
        learned.observe(&event(99, "d", EventKind::Buy, 101));
        let list = learned.list(Some(shopper(99)), None, Arm::A, Timestamp(0), 6, 9);
        assert!(list.iter().all(|(sku, _)| sku != "a"));
        assert!(list.iter().any(|(sku, _)| sku == "d"));
    }

    #[test]
    fn new_products_become_known_to_some_and_are_then_judged() {
        let mut learned = recommender(&pairs());
        let explored = |learned: &Recommender| {
            let by = |n| personal(learned, n).values().any(|one| one.source == Source::Exploration);
            (1_000..1_200).filter(|n| by(*n)).count()
        };
        let some = explored(&learned);
        assert!((40..180).contains(&some), "{some}");
        let all: Vec<Sku> = shop().into_iter().map(|product| product.sku).collect();
        learned.count_shown(all.iter().map(|sku| (sku, EXPLORED)));
        assert_eq!(explored(&learned), 0);
    }

    #[test]
    fn a_fitted_blend_goes_on_learning_from_events() {
        let mut learned = recommender(&pairs());
        let lesson = learned.lesson();
        let content = vec![HybridPart { relation: Relation::Content { keep: 9 }, power: 0.4, weight: 1.0 }];
        let models = lesson.fit(HybridRecipe { parts: content, ..first_recipe() }).expect("a small shop");
        assert!(learned.settle(&lesson.generation, models));
        learned.observe(&event(99, "a", EventKind::View, 100));
        // This recipe knows no pairs, and those of the lesson are settled: content is left.
        assert_eq!(personal(&learned, 99)["b"].source, Source::Content);
        // What happens after the lesson counts at once.
        (50..60).for_each(|who| {
            learned.observe(&event(who, "a", EventKind::Buy, 200));
            learned.observe(&event(who, "e", EventKind::Buy, 201));
        });
        assert_eq!(personal(&learned, 99)["e"].source, Source::ItemCf);
    }

    #[test]
    fn a_blend_is_put_in_force_only_where_it_was_learned() {
        let mut learned = recommender(&pairs());
        let lesson = learned.lesson();
        let models = lesson.fit(first_recipe()).expect("a small shop");
        let consumable = ["food".to_owned()];
        let (mut restocked, mut reordered, mut replaced) = (shop(), shop(), shop());
        restocked[0].stock = 1;
        reordered.reverse();
        replaced[5].sku = "new".into();
        assert!(learned.moved_to(&restocked, &consumable).settle(&lesson.generation, models.clone()));
        for goods in [reordered, replaced] {
            let mut moved = learned.moved_to(&goods, &consumable);
            assert!(!moved.settle(&lesson.generation, models.clone()), "a number stands for another product");
            moved.observe(&event(99, "a", EventKind::View, 100));
            assert_eq!(personal(&moved, 99)["b"].source, Source::ItemCf);
        }
        let mut anew = recommender(&pairs()[2..]);
        assert!(!anew.settle(&lesson.generation, models), "it would bring back who was deleted");
    }

    #[test]
    fn only_what_many_bought_of_late_is_said_to_be_bought() {
        let looks = (1..=40).map(|who| event(who, "a", EventKind::View, 0));
        let purchases = (1..=4).map(|who| event(who, "a", EventKind::Buy, 1));
        let mut learned = recommender(&looks.chain(purchases).collect::<Vec<_>>());
        learned.observe(&event(99, "d", EventKind::View, 2));
        // To somebody unknown on a page, and to somebody whom the blend knows.
        let said = |learned: &Recommender, days: i64| {
            let now = Timestamp(days * 86_400_000);
            let list = learned.list(Some(shopper(98)), None, Arm::A, now, 6, 9);
            let on_page = list.into_iter().find(|(sku, _)| sku == "a").map(|(_, one)| one);
            let told = [on_page, learned.taste(Some(shopper(99)), None, Arm::A, now).of("a")];
            let told = told.map(|one| one.expect("a popular product"));
            assert!(told.iter().all(|one| one.source == Source::Popularity), "{told:?}");
            told.map(|one| one.reason)
        };
        assert_eq!(said(&learned, 0), ["店里评分 4.5"; 2], "forty looked, four bought");
        learned.observe(&event(5, "a", EventKind::Buy, 2));
        assert_eq!(said(&learned, 0), ["最近很多人买"; 2]);
        assert_eq!(said(&learned, 31), ["店里评分 4.5"; 2], "that was long ago");
    }
}
