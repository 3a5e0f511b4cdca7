//! What several models say about the candidates of many shoppers, put down once, so that thousands of ways to blend
//! them can be compared in seconds.
//!
//! The candidates of a shopper are the best of each model alone and what is popular of late: whatever a blend would
//! bring to the top stands high in one of its parts.

use crate::recommend::interactions::Interactions;
use crate::recommend::measure::Target;
use crate::recommend::ranking_metrics::ndcg;
use crate::recommend::recipe::HybridRecipe;
use crate::recommend::scorer::{ItemToItem, Recency, Scorer, Scratch, best};
use crate::recommend::similarity::Neighbours;
use rayon::prelude::*;
use std::sync::Arc;

/// Candidates that each model names.
const NAMED: usize = 100;

/// Places that a blend is judged by.
const LENGTH: usize = 20;

/// Ways in which a history may count.
pub const POWERS: [f32; 6] = [0.0, 0.2, 0.4, 0.7, 1.0, 1.5];

/// The power whose best items become candidates.
const NAMING_POWERS: [usize; 2] = [1, 4];

/// The table.
pub struct Stock {
    shoppers: Vec<Candidates>,
    models: usize,
}

struct Candidates {
    items: Vec<u32>,
    /// One column for each model and power, as long as `items`.
    values: Vec<f32>,
    came_true: Vec<bool>,
    relevant: usize,
}

/// What a blend needs to know about items.
pub struct ItemSide<'a> {
    /// Factor of what the models say.
    pub factors: &'a [f32],
    /// What is added.
    pub base: &'a [f32],
}

impl Stock {
    /// Asks every model, in each power, about the candidates of each shopper.
    pub fn new(log: &Interactions, targets: &[Target], models: &[Arc<Neighbours>], popular: &[f32]) -> Self {
        let scorers: Vec<ItemToItem> = (models.iter())
            .flat_map(|model| {
                POWERS.map(|power| ItemToItem { neighbours: Arc::clone(model), recency: Recency::new(power) })
            })
            .collect();
        let shoppers = (targets.par_iter().filter(|target| target.user.is_some()))
            .map_init(Scratch::default, |scratch, target| Candidates::new(log, target, &scorers, popular, scratch))
            .collect();
        Self { shoppers, models: models.len() }
    }

    /// Mean NDCG of the twenty best under a blend: `weights` and places in [`POWERS`] of each model.
    pub fn ndcg(&self, weights: &[(f32, usize)], side: &ItemSide<'_>) -> f64 {
        let sum: f64 = (self.shoppers.par_iter())
            .map_init(
                || (Vec::new(), Vec::new()),
                |(scores, list), shopper| {
                    shopper.blend(weights, side, scores);
                    best(scores, &[], LENGTH, list);
                    let hits: Vec<usize> =
                        (0..list.len()).filter(|place| shopper.came_true[list[*place] as usize]).collect();
                    ndcg(&hits, LENGTH, shopper.relevant)
                },
            )
            .collect::<Vec<f64>>()
            .into_iter()
            .sum();
        sum / self.shoppers.len().max(1) as f64
    }

    /// Candidates one by one: whether it came true, its item, and what each model says at the given powers.
    pub fn pairs<'a>(&'a self, powers: &'a [usize]) -> impl Iterator<Item = (bool, u32, Vec<f32>)> + 'a {
        debug_assert_eq!(powers.len(), self.models);
        self.shoppers.iter().flat_map(move |shopper| {
            (0..shopper.items.len()).map(move |place| {
                let values = (powers.iter().enumerate())
                    .map(|(model, power)| shopper.column(model * POWERS.len() + power)[place])
                    .collect();
                (shopper.came_true[place], shopper.items[place], values)
            })
        })
    }
}

impl Candidates {
    fn new(
        log: &Interactions,
        target: &Target,
        scorers: &[ItemToItem],
        popular: &[f32],
        scratch: &mut Scratch,
    ) -> Self {
        let past = target.user.map_or_else(Default::default, |user| log.past(user as usize));
        let (mut items, mut list) = (Vec::new(), Vec::new());
        scratch.scores.clear();
        scratch.scores.extend_from_slice(popular);
        best(&mut scratch.scores, past.items, NAMED, &mut list);
        items.extend_from_slice(&list);
        let mut all = Vec::with_capacity(scorers.len());
        for (column, scorer) in scorers.iter().enumerate() {
            scorer.score(past, scratch);
            all.push(scratch.scores.clone());
            if NAMING_POWERS.contains(&(column % POWERS.len())) {
                best(&mut scratch.scores, past.items, NAMED, &mut list);
                items.extend_from_slice(&list);
            }
        }
        items.sort_unstable();
        items.dedup();
        let values = all.iter().flat_map(|scores| items.iter().map(|item| scores[*item as usize])).collect();
        let came_true = items.iter().map(|item| target.items.binary_search(item).is_ok()).collect();
        Self { items, values, came_true, relevant: target.relevant }
    }

    fn column(&self, column: usize) -> &[f32] {
        &self.values[column * self.items.len()..(column + 1) * self.items.len()]
    }

    fn blend(&self, weights: &[(f32, usize)], side: &ItemSide<'_>, scores: &mut Vec<f32>) {
        scores.clear();
        scores.resize(self.items.len(), 0.0);
        for (model, (weight, power)) in weights.iter().enumerate().filter(|(_, (weight, _))| *weight != 0.0) {
            for (score, value) in scores.iter_mut().zip(self.column(model * POWERS.len() + power)) {
                *score += weight * value;
            }
        }
        for (score, item) in scores.iter_mut().zip(&self.items) {
            *score = *score * side.factors[*item as usize] + side.base[*item as usize];
        }
    }
}

/// The places in [`POWERS`] of a recipe's parts.
pub fn power_places(recipe: &HybridRecipe) -> Vec<usize> {
    let place = |power: f32| POWERS.iter().position(|known| *known == power).unwrap_or(0);
    recipe.parts.iter().map(|part| place(part.power)).collect()
}
