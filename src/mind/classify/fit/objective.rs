//! What a fit minimises: the mean negative log-likelihood plus an L2 penalty on the weights (not on the biases),
//! `F(W) = -1/n Σ log p(y_i | x_i) + λ/2 ‖W‖²`, with `λ = 1/(C·n)` in the notation of scikit-learn.
//!
//! # Dropout without noise
//! Leaving out each feature at random with odds `δ` while fitting acts, to second order, like a penalty of its own on
//! each weight: `δ/2 Σ_j w_j² Σ_i p_i (1 - p_i) x_ij²` (Wager, Wang and Liang, Dropout training as adaptive
//! regularization, 2013). Features that often decide close calls are held back, rare but telling ones are not. The
//! sums are taken at the plain optimum and then held fixed, so the second problem is strictly convex too.
//!
//! # Threads
//! Two classes need one column of weights, more classes one each. The gradient is the transposed matrix times the
//! residuals: rows are spread over threads for the residuals, features for the gradient. Each sum is taken by one
//! thread in a fixed order, so the result does not depend on how many there are.

use super::{FitSettings, Weights, softmax};
use crate::classify::sparse::SparseRows;
use rayon::prelude::*;

/// Rows with their classes, seen as a function of a point: the coordinates of all weights, then those of the biases.
pub(super) struct Objective<'a> {
    rows: &'a SparseRows,
    /// The same values by feature.
    columns: SparseRows,
    labels: &'a [usize],
    classes: usize,
    /// Columns of weights: one for two classes, otherwise one for each class.
    width: usize,
    penalty: f64,
    /// A weight is its coordinate times its scale, so that one penalty on the coordinates is another on each weight,
    /// and the minimiser meets a rounder problem. Empty where all are one.
    scales: Vec<f64>,
}

impl<'a> Objective<'a> {
    pub(super) fn new(rows: &'a SparseRows, labels: &'a [usize], classes: usize, penalty: f64) -> Self {
        let width = if classes == 2 { 1 } else { classes };
        Self { rows, columns: rows.transposed(), labels, classes, width, penalty, scales: Vec::new() }
    }

    pub(super) fn dimension(&self) -> usize {
        (self.rows.width() + 1) * self.width
    }

    /// The point of given weights.
    pub(super) fn contract(&self, weights: &Weights) -> Option<Vec<f64>> {
        if weights.classes != self.classes || weights.weights.len() != self.rows.width() * self.classes {
            return None;
        }
        let both = weights.weights.iter().chain(&weights.biases);
        if self.classes != 2 {
            return Some(both.copied().collect());
        }
        let both: Vec<f64> = both.copied().collect();
        Some(both.chunks_exact(2).map(|pair| pair[1] - pair[0]).collect())
    }

    /// The weights of a point. Two classes share one column's weights, half each, so that they sum to zero as the
    /// columns of more classes do.
    pub(super) fn expand(&self, point: &[f64]) -> Weights {
        let expanded: Vec<f64> = match self.classes {
            2 => point.iter().flat_map(|value| [-value / 2.0, value / 2.0]).collect(),
            _ => point.to_vec(),
        };
        let (weights, biases) = expanded.split_at(self.rows.width() * self.classes);
        Weights { classes: self.classes, weights: weights.to_vec(), biases: biases.to_vec() }
    }

    /// Sets the scales so that each weight bears its own dropout penalty beside the common one.
    pub(super) fn scale_for_dropout(&mut self, plain: &[f64], settings: &FitSettings) {
        let mut scales = self.squares(&self.spread(plain));
        for scale in &mut scales {
            *scale = (1.0 + settings.c * settings.dropout * *scale).sqrt().recip();
        }
        self.scales = scales;
    }

    /// `p (1 - p)` of each row and class at a point of weights: how open the row still is.
    fn spread(&self, point: &[f64]) -> Vec<f64> {
        let (mut residuals, _) = self.residuals(point);
        residuals.par_chunks_exact_mut(self.width).zip(self.labels).for_each(|(residuals, label)| {
            for (class, residual) in residuals.iter_mut().enumerate() {
                let truth = if self.width == 1 { *label } else { usize::from(*label == class) };
                let probability = *residual + truth as f64;
                *residual = probability * (1.0 - probability);
            }
        });
        residuals
    }

    /// For each weight the squares of its feature's values, summed over the rows by how open they are.
    fn squares(&self, spread: &[f64]) -> Vec<f64> {
        let mut squares = vec![0.0; self.rows.width() * self.width];
        squares.par_chunks_exact_mut(self.width).enumerate().for_each(|(feature, squares)| {
            for (row, value) in self.columns.row(feature) {
                for (sum, spread) in squares.iter_mut().zip(&spread[row * self.width..(row + 1) * self.width]) {
                    *sum += value * value * spread;
                }
            }
        });
        squares
    }

    /// Diagonal of the Hessian at a point: how much the slope along each coordinate changes with it.
    pub(super) fn diagonal(&self, point: &[f64]) -> Vec<f64> {
        let spread = self.spread(&self.unscaled(point));
        let mean = 1.0 / self.rows.len() as f64;
        let mut diagonal = self.squares(&spread);
        diagonal.iter_mut().zip(&self.scales).for_each(|(value, scale)| *value *= scale * scale);
        diagonal.iter_mut().for_each(|value| *value = *value * mean + self.penalty);
        let of_biases = (0..self.width).map(|class| spread.iter().skip(class).step_by(self.width).sum::<f64>() * mean);
        diagonal.extend(of_biases.map(|value| value.max(self.penalty)));
        diagonal
    }

    /// Coordinates of a point of weights.
    pub(super) fn scaled(&self, point: &[f64]) -> Vec<f64> {
        let mut point = point.to_vec();
        point.iter_mut().zip(&self.scales).for_each(|(weight, scale)| *weight /= scale);
        point
    }

    /// Weights at a point of coordinates.
    pub(super) fn unscaled(&self, point: &[f64]) -> Vec<f64> {
        let mut point = point.to_vec();
        point.iter_mut().zip(&self.scales).for_each(|(coordinate, scale)| *coordinate *= scale);
        point
    }

    /// Probability minus truth of each row and class, and the loss of each row, at a point of weights.
    fn residuals(&self, point: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (weights, biases) = point.split_at(self.rows.width() * self.width);
        let mut residuals = vec![0.0; self.rows.len() * self.width];
        let losses: Vec<f64> = (residuals.par_chunks_exact_mut(self.width).enumerate())
            .map(|(row, residuals)| {
                residuals.copy_from_slice(biases);
                for (feature, value) in self.rows.row(row) {
                    let weights = &weights[feature * self.width..(feature + 1) * self.width];
                    for (score, weight) in residuals.iter_mut().zip(weights) {
                        *score += value * weight;
                    }
                }
                self.loss(residuals, self.labels[row])
            })
            .collect();
        (residuals, losses)
    }

    /// The objective and its gradient at a point (coordinates of the weights, then biases).
    pub(super) fn evaluate(&self, point: &[f64]) -> (f64, Vec<f64>) {
        let (residuals, losses) = self.residuals(&self.unscaled(point));
        let coordinates = &point[..self.rows.width() * self.width];
        let mean = 1.0 / self.rows.len() as f64;
        let mut gradient = vec![0.0; point.len()];
        let (of_weights, of_biases) = gradient.split_at_mut(coordinates.len());
        let squares: Vec<f64> = (of_weights.par_chunks_exact_mut(self.width).enumerate())
            .map(|(feature, gradient)| {
                let own = feature * self.width..(feature + 1) * self.width;
                for (row, value) in self.columns.row(feature) {
                    for (sum, residual) in gradient.iter_mut().zip(&residuals[row * self.width..(row + 1) * self.width])
                    {
                        *sum += value * residual;
                    }
                }
                if let Some(scales) = self.scales.get(own.clone()) {
                    gradient.iter_mut().zip(scales).for_each(|(value, scale)| *value *= scale);
                }
                for (value, coordinate) in gradient.iter_mut().zip(&coordinates[own.clone()]) {
                    *value = *value * mean + self.penalty * coordinate;
                }
                coordinates[own].iter().map(|coordinate| coordinate * coordinate).sum()
            })
            .collect();
        for residuals in residuals.chunks_exact(self.width) {
            for (sum, residual) in of_biases.iter_mut().zip(residuals) {
                *sum += residual * mean;
            }
        }
        (losses.iter().sum::<f64>() * mean + 0.5 * self.penalty * squares.iter().sum::<f64>(), gradient)
    }

    /// Turns the scores of a row into residuals (probability minus truth) and returns its loss.
    fn loss(&self, scores: &mut [f64], label: usize) -> f64 {
        if self.width > 1 {
            let own = scores[label];
            let loss = softmax(scores) - own;
            scores[label] -= 1.0;
            return loss;
        }
        let score = scores[0];
        let truth = label as f64;
        // log(1 + e^s) without overflow.
        let loss = score.max(0.0) + (-score.abs()).exp().ln_1p() - truth * score;
        scores[0] = 1.0 / (1.0 + (-score).exp()) - truth;
        loss
    }
}
