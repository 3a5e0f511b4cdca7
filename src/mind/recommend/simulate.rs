//! A behaviour log for a shop that has none yet: seeded, with structure that a recommender can find.
//!
//! - Each shopper has a few favourite categories, a price level and a favourite colour.
//! - Seasons move demand: a product of the month's season is looked at three times as often.
//! - Purchases come in baskets: what complements a bought product is often bought with it, in the same visit.
//! - Good and well-selling products are looked at more often, so there is a popularity bias to reduce.

use crate::clock::Timestamp;
use crate::model::catalogue::{Category, Product};
use crate::model::customer::{Event, EventKind};
use crate::model::id::ShopperId;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::collections::HashMap;
use uuid::Uuid;

const DAY: i64 = 86_400_000;
const MINUTE: i64 = 60_000;

/// Size and seed of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Simulation {
    /// The same seed gives the same log.
    pub seed: u64,
    /// How many people.
    pub shoppers: u32,
    /// Length in days.
    pub days: u32,
    /// The end of the last day.
    pub ends: Timestamp,
}

/// What one shopper likes.
struct Taste {
    /// Weight of each category.
    categories: Vec<f64>,
    /// Logarithm of the price that suits, as an offset from the category's mean: negative looks for bargains.
    price_level: f64,
    color: Option<String>,
}

/// The catalogue as the simulation sees it.
struct Market<'a> {
    products: &'a [Product],
    categories: &'a [Category],
    /// Places of the products of each category.
    shelves: Vec<Vec<usize>>,
    /// Mean logarithm of the price in each category.
    price_means: Vec<f64>,
}

/// Generates the log, in the order of time.
pub fn simulate(products: &[Product], categories: &[Category], simulation: &Simulation) -> Vec<Event> {
    let market = Market::new(products, categories);
    let mut events = Vec::new();
    for number in 0..simulation.shoppers {
        // Each shopper has a stream of their own: a change in one does not move all others.
        let mut random = ChaCha8Rng::seed_from_u64(simulation.seed);
        random.set_stream(u64::from(number));
        let shopper = ShopperId(Uuid::from_u64_pair(simulation.seed, u64::from(number)));
        let taste = market.taste(&mut random);
        // Few come often, most rarely.
        let visits = 1 + (random.random::<f64>().powi(3) * 12.0) as u32;
        for _ in 0..visits {
            let age = (random.random::<f64>() * f64::from(simulation.days) * DAY as f64) as i64;
            let visit = Visit { shopper, start: simulation.ends.0 - age };
            market.visit(&visit, &taste, &mut random, &mut events);
        }
    }
    events.sort_by(|a, b| (a.at, a.shopper, &a.sku, a.kind).cmp(&(b.at, b.shopper, &b.sku, b.kind)));
    events.dedup_by(|a, b| (a.at, a.shopper, &a.sku, a.kind) == (b.at, b.shopper, &b.sku, b.kind));
    events
}

struct Visit {
    shopper: ShopperId,
    start: i64,
}

impl Visit {
    fn event(&self, product: &Product, kind: EventKind, value: f64, step: i64) -> Event {
        Event {
            shopper: self.shopper,
            sku: product.sku.clone(),
            kind,
            value,
            at: Timestamp(self.start + step * MINUTE),
        }
    }
}

impl<'a> Market<'a> {
    fn new(products: &'a [Product], categories: &'a [Category]) -> Self {
        let numbers: HashMap<&str, usize> =
            categories.iter().enumerate().map(|(number, category)| (category.id.as_str(), number)).collect();
        let mut shelves = vec![Vec::new(); categories.len()];
        for (place, product) in products.iter().enumerate() {
            if let Some(number) = numbers.get(product.category.as_str()) {
                shelves[*number].push(place);
            }
        }
        let mean = |shelf: &Vec<usize>| {
            let sum: f64 = shelf.iter().map(|place| products[*place].price.yuan().ln()).sum();
            sum / shelf.len().max(1) as f64
        };
        let price_means = shelves.iter().map(mean).collect();
        Self { products, categories, shelves, price_means }
    }

    fn taste(&self, random: &mut ChaCha8Rng) -> Taste {
        let mut categories = vec![0.05; self.categories.len()];
        for _ in 0..random.random_range(1..=3) {
            if let Some(at) = choose(random, &vec![1.0; categories.len()]) {
                categories[at] += 1.0;
            }
        }
        let place = choose(random, &vec![1.0; self.products.len()]);
        let color = place.and_then(|place| self.products[place].colors.first().cloned());
        Taste { categories, price_level: random.random::<f64>() * 1.6 - 0.8, color }
    }

    fn visit(&self, visit: &Visit, taste: &Taste, random: &mut ChaCha8Rng, events: &mut Vec<Event>) {
        let Some(category) = choose(random, &taste.categories) else { return };
        let looks = random.random_range(1..=5);
        let mut step = 0;
        for _ in 0..looks {
            let Some(place) = self.pick(category, taste, visit.start, random) else { return };
            let product = &self.products[place];
            events.push(visit.event(product, EventKind::View, 1.0, step));
            step += 1;
            let fit = self.appeal(place, category, taste, visit.start);
            if random.random::<f64>() > 0.25 * fit.min(1.6) {
                continue;
            }
            events.push(visit.event(product, EventKind::Cart, 1.0, step));
            step += 1;
            if product.in_stock() && random.random::<f64>() < 0.55 {
                events.push(visit.event(product, EventKind::Buy, 1.0, step));
                step += 1;
                self.complement(category, visit, step, taste, random, events);
                self.rate(product, visit, random, events);
            }
        }
    }

    /// What goes with a purchase, in the same basket.
    fn complement(
        &self,
        category: usize,
        visit: &Visit,
        step: i64,
        taste: &Taste,
        random: &mut ChaCha8Rng,
        events: &mut Vec<Event>,
    ) {
        let complements = &self.categories[category].complements;
        if complements.is_empty() || random.random::<f64>() > 0.4 {
            return;
        }
        let wanted = &complements[random.random_range(0..complements.len())];
        let Some(number) = self.categories.iter().position(|category| category.id == *wanted) else { return };
        let Some(place) = self.pick(number, taste, visit.start, random) else { return };
        let product = &self.products[place];
        events.push(visit.event(product, EventKind::View, 1.0, step + 1));
        if product.in_stock() {
            events.push(visit.event(product, EventKind::Buy, 1.0, step + 2));
        }
    }

    /// Some rate what they bought, days later.
    fn rate(&self, product: &Product, visit: &Visit, random: &mut ChaCha8Rng, events: &mut Vec<Event>) {
        if random.random::<f64>() < 0.3 {
            let stars = (product.rating + random.random::<f64>() * 2.0 - 1.0).round().clamp(1.0, 5.0);
            events.push(visit.event(product, EventKind::Rate, stars, 5 * 24 * 60));
        }
    }

    fn pick(&self, category: usize, taste: &Taste, at: i64, random: &mut ChaCha8Rng) -> Option<usize> {
        let shelf = &self.shelves[category];
        let weights: Vec<f64> = shelf.iter().map(|place| self.appeal(*place, category, taste, at)).collect();
        choose(random, &weights).map(|chosen| shelf[chosen])
    }

    /// How much a product draws this shopper at this moment.
    fn appeal(&self, place: usize, category: usize, taste: &Taste, at: i64) -> f64 {
        let product = &self.products[place];
        let distance = product.price.yuan().ln() - self.price_means[category] - taste.price_level;
        let price = (-distance * distance).exp();
        let color = if taste.color.as_ref().is_some_and(|color| product.colors.contains(color)) { 1.6 } else { 1.0 };
        let fame = 0.4 + (product.sold.max(0) as f64).ln_1p() / 10.0 + (product.rating - 4.0).max(0.0);
        price * color * fame * season_factor(&product.season, month(at)) + 0.02
    }
}

/// Three times for what is in season, a third for what is out of it.
fn season_factor(season: &str, month: u32) -> f64 {
    let names = ["冬", "春", "夏", "秋"];
    let now = names[(month % 12 / 3) as usize];
    if !names.iter().any(|name| season.contains(name)) {
        1.0
    } else if season.contains(now) {
        3.0
    } else {
        0.33
    }
}

/// Month from 1 to 12 in China, close enough for seasons: years of 365.25 days, months of equal length.
fn month(at: i64) -> u32 {
    let day_of_year = (Timestamp(at).china_day() as f64).rem_euclid(365.25);
    (day_of_year / 30.44) as u32 % 12 + 1
}

/// An index by weight.
fn choose(random: &mut ChaCha8Rng, weights: &[f64]) -> Option<usize> {
    let total: f64 = weights.iter().sum();
    let mut left = random.random::<f64>() * total;
    for (index, weight) in weights.iter().enumerate() {
        left -= weight;
        if left <= 0.0 {
            return Some(index);
        }
    }
    weights.len().checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalogue::Money;
    use std::collections::{BTreeMap, HashSet};

    fn market() -> (Vec<Product>, Vec<Category>) {
        let categories: Vec<Category> = [("shoes", "socks"), ("socks", ""), ("lamps", "")]
            .map(|(id, complement)| Category {
                id: id.into(),
                name: id.into(),
                words: Vec::new(),
                description: String::new(),
                consumable: false,
                complements: [complement].iter().filter(|c| !c.is_empty()).map(ToString::to_string).collect(),
            })
            .into();
        let mut products = Vec::new();
        for category in &categories {
            for number in 0..6_i32 {
                products.push(Product {
                    sku: format!("{}-{number}", category.id),
                    name: format!("{} {number}", category.id),
                    category: category.id.clone(),
                    brand: String::new(),
                    price: Money(5_000 * i64::from(number + 1)),
                    original_price: Money(5_000 * i64::from(number + 1)),
                    stock: 10,
                    colors: vec![["red", "blue"][number as usize % 2].into()],
                    sizes: Vec::new(),
                    attributes: BTreeMap::new(),
                    tags: Vec::new(),
                    persons: Vec::new(),
                    occasions: Vec::new(),
                    season: ["夏季", "冬季", "四季"][number as usize % 3].into(),
                    description: String::new(),
                    image_color: String::new(),
                    picture: String::new(),
                    rating: 4.5,
                    sold: 100,
                    listed_on: String::new(),
                });
            }
        }
        (products, categories)
    }

    fn log(seed: u64) -> Vec<Event> {
        let (products, categories) = market();
        let ends = Timestamp(1_795_000_000_000);
        simulate(&products, &categories, &Simulation { seed, shoppers: 800, days: 180, ends })
    }

    #[test]
    fn the_same_seed_gives_the_same_log() {
        assert_eq!(log(1), log(1));
        assert_ne!(log(1), log(2));
        assert!(log(1).windows(2).all(|pair| pair[0].at <= pair[1].at));
    }

    #[test]
    fn socks_are_bought_with_shoes_more_often_than_lamps() {
        let mut bought: BTreeMap<ShopperId, HashSet<String>> = BTreeMap::new();
        for event in log(1).into_iter().filter(|event| event.kind == EventKind::Buy) {
            let category = event.sku.split('-').next().unwrap_or_default().to_owned();
            bought.entry(event.shopper).or_default().insert(category);
        }
        let with_shoes: Vec<_> = bought.values().filter(|categories| categories.contains("shoes")).collect();
        let share = |category: &str| {
            with_shoes.iter().filter(|categories| categories.contains(category)).count() as f64
                / with_shoes.len() as f64
        };
        assert!(share("socks") > share("lamps") + 0.1, "{} against {}", share("socks"), share("lamps"));
    }

    #[test]
    fn demand_follows_the_season() {
        assert!(season_factor("夏季", 7) > season_factor("夏季", 1));
        assert_eq!(season_factor("四季", 7), 1.0);
        // 2026-07-15 and 2026-01-15.
        assert_eq!((month(1_784_073_600_000), month(1_768_435_200_000)), (7, 1));
    }
}
