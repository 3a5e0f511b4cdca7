//! The ranker: a logistic regression over the features of a pair.

use crate::classify::fit::{FitSettings, Weights, fit, softmax};
use crate::classify::sparse::SparseRows;
use crate::search::features::{PAIR_FEATURE_NAMES, PAIR_FEATURES, PairFeatures};

/// A binary logistic regression over a fixed number of dense features.
#[derive(Debug, Clone, PartialEq)]
pub struct DenseModel {
    weights: Vec<f64>,
    bias: f64,
}

impl DenseModel {
    /// Fits to rows with their truths; without any positive or any negative row nothing can be learned, and every
    /// probability is one half.
    ///
    /// # Errors
    /// What the fit refused.
    pub fn fit<'a>(width: usize, rows: impl IntoIterator<Item = (&'a [f64], bool)>) -> Result<Self, String> {
        let (mut matrix, mut labels) = (SparseRows::new(width), Vec::new());
        for (row, truth) in rows {
            #[allow(clippy::cast_possible_truncation)]
            matrix.push(row.iter().zip(0_u32..).map(|(value, column)| (column, *value as f32)));
            labels.push(usize::from(truth));
        }
        if !(labels.contains(&0) && labels.contains(&1)) {
            return Ok(Self { weights: vec![0.0; width], bias: 0.0 });
        }
        let settings = FitSettings { c: 10.0, gradient_tolerance: 1e-5, max_iterations: 300 };
        let (weights, _) = fit(&matrix, &labels, 2, &settings).map_err(|error| error.to_string())?;
        Ok(Self::from_two_classes(&weights))
    }

    fn from_two_classes(weights: &Weights) -> Self {
        let differences = weights.weights.chunks_exact(2).map(|pair| pair[1] - pair[0]).collect();
        Self { weights: differences, bias: weights.biases[1] - weights.biases[0] }
    }

    /// What each feature adds to the log-odds.
    pub fn contributions<'a>(&'a self, features: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        self.weights.iter().zip(features).map(|(weight, feature)| weight * feature)
    }

    /// Log-odds that the truth is yes.
    pub fn log_odds(&self, features: &[f64]) -> f64 {
        self.bias + self.contributions(features).sum::<f64>()
    }

    /// Probability that the truth is yes.
    pub fn probability(&self, features: &[f64]) -> f64 {
        let mut scores = [0.0, self.log_odds(features)];
        softmax(&mut scores);
        scores[1]
    }
}

/// Whether an entry answers a query.
#[derive(Debug, Clone, PartialEq)]
pub struct PairModel(DenseModel);

impl Default for PairModel {
    /// Before anything was learned, every feature speaks for the entry alike.
    fn default() -> Self {
        Self(DenseModel { weights: vec![1.0; PAIR_FEATURES], bias: 0.0 })
    }
}

impl PairModel {
    /// Fits to pairs that were judged.
    ///
    /// # Errors
    /// What the fit refused.
    pub fn fit(pairs: impl Iterator<Item = (PairFeatures, bool)>) -> Result<Self, String> {
        let pairs: Vec<(PairFeatures, bool)> = pairs.collect();
        // Too few pairs would teach chance: the plain sum ranks better.
        if pairs.iter().filter(|(_, truth)| *truth).count() < 10 {
            return Ok(Self::default());
        }
        DenseModel::fit(PAIR_FEATURES, pairs.iter().map(|(row, truth)| (row.as_slice(), *truth))).map(Self)
    }

    /// Probability that the entry answers the query.
    pub fn probability(&self, features: &PairFeatures) -> f64 {
        self.0.probability(features)
    }

    /// Name and contribution of each feature.
    pub fn contributions(&self, features: &[f64]) -> Vec<(&'static str, f64)> {
        PAIR_FEATURE_NAMES.into_iter().zip(self.0.contributions(features)).collect()
    }
}
