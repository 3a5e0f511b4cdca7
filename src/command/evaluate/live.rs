//! How long the shop's own recommender takes for a page, as it answers in the running shop: the blend fitted on the
//! training part, the acts of the validation part learned one by one since, reasons and diversity included.

use crate::clock::Timestamp;
use crate::model::catalogue::Product;
use crate::model::customer::{Event, EventKind};
use crate::model::id::ShopperId;
use crate::recommend::experiment::Arm;
use crate::recommend::interactions::Act;
use crate::recommend::model::Model;
use crate::recommend::recipe::HybridRecipe;
use crate::recommend::recommender::Recommender;
use crate::recommend::relation::Material;
use serde::Serialize;
use std::hint::black_box;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Products of a list.
const LIST: usize = 10;

/// Lists that are made before the clock counts.
const WARM_UP: usize = 20;

/// Percentiles over shoppers, one thread, in microseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LiveFigures {
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
    users: &[u32],
) -> Option<LiveFigures> {
    let products: Vec<Product> = (0..items)
        .map(|item| Product { sku: item.to_string(), name: item.to_string(), stock: 1, ..Product::default() })
        .collect();
    let [fitted, since] = parts.map(|acts| acts.iter().map(event).collect::<Vec<_>>());
    let now = since.iter().chain(&fitted).map(|event| event.at).max().unwrap_or_default();
    let mut recommender = Recommender::learn(&products, &[], &fitted, now);
    recommender.settle(Model::fit(recipe.clone(), material)?);
    since.iter().for_each(|event| recommender.observe(event));
    let [taste_p50_us, taste_p95_us] = times(users, |shopper| {
        black_box(recommender.taste(Some(shopper), None, Arm::A));
    });
    let [list_p50_us, list_p95_us] = times(users, |shopper| {
        black_box(recommender.list(Some(shopper), None, Arm::A, LIST, usize::MAX));
    });
    Some(LiveFigures { taste_p50_us, taste_p95_us, list_p50_us, list_p95_us })
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
