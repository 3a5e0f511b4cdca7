//! How long the shop's own recommender takes for a page, as it answers in the running shop: the blend fitted on the
//! training part, reasons and diversity included; first when nothing has happened since, then when the acts of the whole
//! validation part were learned one by one.

use crate::clock::Timestamp;
use crate::model::catalogue::{Money, Product};
use crate::model::customer::{Event, EventKind};
use crate::model::id::ShopperId;
use crate::recommend::experiment::Arm;
use crate::recommend::interactions::Act;
use crate::recommend::measure::Target;
use crate::recommend::model::Models;
use crate::recommend::ranking_metrics::ndcg;
use crate::recommend::recipe::HybridRecipe;
use crate::recommend::recommender::Recommender;
use crate::recommend::relation::Material;
use crate::recommend::scorer::best;
use serde::Serialize;
use std::hint::black_box;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Products of a list.
const LIST: usize = 10;

/// Lists that are made before the clock counts.
const WARM_UP: usize = 20;

/// The running shop's waiting times, one thread, in microseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LiveFigures {
    /// With nothing new since the blend was fitted.
    pub settled: Waits,
    /// With everything new of the validation part.
    pub fresh: Waits,
    /// How many acts that is.
    pub fresh_acts: usize,
    /// Microseconds to learn one of them, on average.
    pub learn_us: f64,
}

/// Percentiles over shoppers, and how well the scores foretell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Waits {
    /// NDCG of the ten best that these shoppers have not dealt with: what is learned without a fit should show here.
    pub ndcg10: f64,
    /// From a shopper's id to the scores of all products: the median.
    pub taste_p50_us: f64,
    /// The 95th percentile.
    pub taste_p95_us: f64,
    /// From a shopper's id to ten products with their reasons: the median.
    pub list_p50_us: f64,
    /// The 95th percentile.
    pub list_p95_us: f64,
}

/// Measures on these users; `None` where the shop is too large for the recipe.
pub fn measure(
    recipe: &HybridRecipe,
    material: &Material,
    parts: [&[Act]; 2],
    items: usize,
    targets: &[Target],
) -> Option<LiveFigures> {
    let products: Vec<Product> = (0..items).map(product).collect();
    let [fitted, since] = parts.map(|acts| acts.iter().map(event).collect::<Vec<_>>());
    let now = since.iter().chain(&fitted).map(|event| event.at).max().unwrap_or_default();
    let mut recommender = Recommender::learn(&products, &[], &fitted, now);
    let generation = recommender.lesson().generation;
    recommender.settle(&generation, Models::fit(recipe.clone(), material)?);
    let settled = waits(&recommender, targets, now);
    let begun = Instant::now();
    since.iter().for_each(|event| recommender.observe(event));
    let learn_us = begun.elapsed().as_secs_f64() * 1e6 / since.len().max(1) as f64;
    Some(LiveFigures { settled, fresh: waits(&recommender, targets, now), fresh_acts: since.len(), learn_us })
}

fn waits(recommender: &Recommender, targets: &[Target], now: Timestamp) -> Waits {
    let users: Vec<u32> = targets.iter().filter_map(|target| target.user).collect();
    let [taste_p50_us, taste_p95_us] = times(&users, |shopper| {
        black_box(recommender.taste(Some(shopper), None, Arm::A, now));
    });
    let [list_p50_us, list_p95_us] = times(&users, |shopper| {
        black_box(recommender.list(Some(shopper), None, Arm::A, now, LIST, usize::MAX));
    });
    Waits { ndcg10: quality(recommender, targets, now), taste_p50_us, taste_p95_us, list_p50_us, list_p95_us }
}

fn quality(recommender: &Recommender, targets: &[Target], now: Timestamp) -> f64 {
    let skus: Vec<&str> = recommender.products().iter().map(|product| product.sku.as_str()).collect();
    let mut list = Vec::new();
    let gains = targets.iter().map(|target| {
        let taste = recommender.taste(target.user.map(shopper), None, Arm::A, now);
        let mut scores: Vec<f32> = skus.iter().map(|sku| taste.score(sku).map_or(0.0, |score| score as f32)).collect();
        best(&mut scores, &[], LIST, &mut list);
        let is_hit = |place: &usize| target.items.binary_search(&list[*place]).is_ok();
        let hits: Vec<usize> = (0..list.len()).filter(is_hit).collect();
        ndcg(&hits, LIST, target.relevant)
    });
    gains.sum::<f64>() / targets.len().max(1) as f64
}

/// The files name no brands; a catalogue does, and lists are diversified by them.
fn product(item: usize) -> Product {
    Product {
        sku: item.to_string(),
        name: item.to_string(),
        category: format!("category {}", item % 16),
        brand: format!("brand {}", item % 48),
        price: Money(1_000 + item as i64 % 512 * 100),
        stock: 1,
        ..Product::default()
    }
}

fn shopper(user: u32) -> ShopperId {
    ShopperId(Uuid::from_u128(u128::from(user) + 1))
}

fn event(act: &Act) -> Event {
    let (shopper, sku, at) = (shopper(act.user), act.item.to_string(), Timestamp(act.at as i64));
    Event { shopper, sku, kind: EventKind::Cart, value: 1.0, at }
}

fn times(users: &[u32], ask: impl Fn(ShopperId)) -> [f64; 2] {
    users.iter().take(WARM_UP).for_each(|user| ask(shopper(*user)));
    let mut times: Vec<Duration> = (users.iter())
        .map(|user| {
            let begun = Instant::now();
            ask(shopper(*user));
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    [0.5, 0.95].map(|share| {
        let place = ((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1));
        times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e6)
    })
}
