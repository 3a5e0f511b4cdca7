//! The probability that a shopper buys an item next, by logistic regression on what the item-to-item models, the
//! item's popularity and its trend say about the pair.
//!
//! Features, standardised: `score / (score + 0.2)` of each model, which tells little from much and much from more
//! hardly at all; `ln(1 + acts)` of the item; and the logarithm of its trend. The regression learns from pairs that came true in a later part of the log and from a sample
//! of those that did not; the bias is corrected for the sampling, so that probabilities stay probabilities (King and
//! Zeng, 2001).

use crate::classify::fit::{FitSettings, fit};
use crate::classify::sparse::SparseRows;
use crate::recommend::interactions::Past;
use crate::recommend::popularity::{counts, span, trend};
use crate::recommend::relation::{Material, Relation};
use crate::recommend::scorer::{ItemToItem, Recency, Scorer, Scratch};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// The score that counts half of what the largest counts.
const HALFWAY: f32 = 0.2;

/// Inverse strength of the penalty: there are a handful of features and thousands of pairs.
const C: f64 = 1.0;

/// A fitted regression with what its features are made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PropensityRecipe {
    /// The models whose scores are features, with the power of the recency.
    pub relations: Vec<(Relation, f32)>,
    /// Share of the log's time in which a trend halves.
    pub trend: f64,
    /// One for each relation, then popularity, then trend, for features as they are.
    pub weights: Vec<f64>,
    /// Log-odds where all features are 0.
    pub bias: f64,
}

/// Pairs to learn from.
#[derive(Debug, Clone, Default)]
pub struct Pairs {
    /// Features of each pair: scores of the relations as they are, then popularity, then trend.
    pub features: Vec<Vec<f64>>,
    /// Whether it came true.
    pub came_true: Vec<bool>,
    /// Which share of those that did not come true are among them.
    pub sampled: f64,
}

/// What a score counts.
pub fn damped(score: f32) -> f32 {
    let positive = score.max(0.0);
    positive / (positive + HALFWAY)
}

/// Popularity and trend of all items, as features.
pub fn item_features(material: &Material, share: f64) -> (Vec<f32>, Vec<f32>) {
    let popularity = counts(&material.log, None).into_iter().map(|count| count.ln_1p() as f32).collect();
    let span = span(&material.log);
    let trends = if span > 0.0 { trend(&material.log, share * span, 1.0) } else { vec![1.0; material.log.items()] };
    (popularity, trends.into_iter().map(f32::ln).collect())
}

impl PropensityRecipe {
    /// Learns the weights. `None` without a pair of each kind.
    pub fn learn(relations: Vec<(Relation, f32)>, trend: f64, pairs: &Pairs) -> Option<Self> {
        let width = relations.len() + 2;
        let count = pairs.features.len() as f64;
        let mean = |place: usize| pairs.features.iter().map(|row| row[place]).sum::<f64>() / count;
        let means: Vec<f64> = (0..width).map(mean).collect();
        let deviation = |place: usize| {
            let squares = pairs.features.iter().map(|row| (row[place] - means[place]).powi(2)).sum::<f64>();
            (squares / count).sqrt()
        };
        let deviations: Vec<f64> = (0..width).map(deviation).collect();
        let mut rows = SparseRows::new(width);
        for row in &pairs.features {
            let scaled = |place: usize| match deviations[place] {
                0.0 => 0.0,
                deviation => ((row[place] - means[place]) / deviation) as f32,
            };
            rows.push((0..width).map(|place| (place as u32, scaled(place))));
        }
        let labels: Vec<usize> = pairs.came_true.iter().map(|yes| usize::from(*yes)).collect();
        if !labels.contains(&0) || !labels.contains(&1) {
            return None;
        }
        let (fitted, _) = fit(&rows, &labels, 2, &FitSettings { c: C, ..FitSettings::default() }).ok()?;
        let slope = |place: usize| match deviations[place] {
            0.0 => 0.0,
            deviation => (fitted.weights[place * 2 + 1] - fitted.weights[place * 2]) / deviation,
        };
        let weights: Vec<f64> = (0..width).map(slope).collect();
        let at_means: f64 = weights.iter().zip(&means).map(|(weight, mean)| weight * mean).sum();
        let bias = fitted.biases[1] - fitted.biases[0] - at_means + pairs.sampled.ln();
        Some(Self { relations, trend, weights, bias })
    }

    /// Learns the models and puts the features of the items together.
    pub fn fit(&self, material: &Material) -> Option<PropensityScorer> {
        let models: Option<Vec<ItemToItem>> = (self.relations.iter())
            .map(|(relation, power)| {
                let neighbours = Arc::new(relation.learn(material)?);
                Some(ItemToItem { neighbours, recency: Recency::new(*power) })
            })
            .collect();
        let (popularity, trends) = item_features(material, self.trend);
        let (first, second) =
            (self.weights[self.relations.len()] as f32, self.weights[self.relations.len() + 1] as f32);
        let base = popularity.iter().zip(&trends).map(|(a, b)| self.bias as f32 + first * a + second * b).collect();
        let weights = self.weights.iter().map(|weight| *weight as f32).collect();
        Some(PropensityScorer { models: models?, base, weights })
    }
}

/// The models with the regression; a score is the logarithm of the odds.
pub struct PropensityScorer {
    models: Vec<ItemToItem>,
    base: Vec<f32>,
    weights: Vec<f32>,
}

impl Scorer for PropensityScorer {
    fn score(&self, past: Past<'_>, scratch: &mut Scratch) {
        let Scratch { scores, part, weighted, .. } = scratch;
        scores.clear();
        scores.extend_from_slice(&self.base);
        for (model, factor) in self.models.iter().zip(&self.weights) {
            part.clear();
            part.resize(self.base.len(), 0.0);
            model.recency.weigh(past, weighted);
            model.neighbours.add(weighted, part);
            for (score, own) in scores.iter_mut().zip(part.iter()) {
                *score += factor * damped(*own);
            }
        }
    }
}

impl fmt::Display for PropensityRecipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "logistic regression {:.2}", self.bias)?;
        for ((relation, power), weight) in self.relations.iter().zip(&self.weights) {
            write!(f, " + {weight:.2}·damped({relation} recency^{power})")?;
        }
        let own = &self.weights[self.relations.len()..];
        write!(f, " + {:.2}·ln(acts) + {:.2}·ln(trend({}))", own[0], own[1], self.trend)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bias_is_corrected_for_the_sampling() {
        // Without information the probability is that of the whole population: 10 of 10 + 90 / 0.1.
        let pairs = Pairs {
            features: vec![vec![0.0, 0.0]; 100],
            came_true: (0..100).map(|place| place < 10).collect(),
            sampled: 0.1,
        };
        let recipe = PropensityRecipe::learn(Vec::new(), 0.1, &pairs).unwrap();
        let probability = 1.0 / (1.0 + (-recipe.bias).exp());
        assert!((probability - 10.0 / 910.0).abs() < 1e-4, "{probability}");
        assert!(PropensityRecipe::learn(Vec::new(), 0.1, &Pairs::default()).is_none());
    }
}
