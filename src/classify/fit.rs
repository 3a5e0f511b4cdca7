//! Fitting by L-BFGS.
//!
//! Minimised is the mean negative log-likelihood plus an L2 penalty on the weights (not on the biases):
//! `F(W) = -1/n Σ log p(y_i | x_i) + λ/2 ‖W‖²`, with `λ = 1/(C·n)` in the notation of scikit-learn. The problem is
//! strictly convex in the weights, so every fit ends at the same optimum. Method: limited-memory BFGS with a
//! backtracking line search (Nocedal and Wright, Numerical Optimization, algorithms 7.4 and 3.1) around the diagonal of
//! the Hessian, which is taken anew now and then: frequent and rare features differ a thousandfold in how much they
//! bend the objective, and a method that must learn this by itself takes nearly twice as many steps.
//!
//! # Dropout without noise
//! Leaving out each feature at random with odds `δ` while fitting acts, to second order, like a penalty of its own on
//! each weight: `δ/2 Σ_j w_j² Σ_i p_i (1 - p_i) x_ij²` (Wager, Wang and Liang, Dropout training as adaptive
//! regularization, 2013). Features that often decide close calls are held back, rare but telling ones are not. The
//! sums are taken at the plain optimum and then held fixed, so the second problem is strictly convex too.
//!
//! Two classes need one column of weights, more classes one each. The gradient is the transposed matrix times the
//! residuals: rows are spread over threads for the residuals, features for the gradient. Each sum is taken by one
//! thread in a fixed order, so the result does not depend on how many there are.

use crate::classify::sparse::SparseRows;
use rayon::prelude::*;
use std::collections::VecDeque;

/// Corrections that L-BFGS remembers.
const MEMORY: usize = 10;

/// After so many steps the diagonal of the Hessian is taken anew.
const DIAGONAL_EVERY: usize = 10;

/// How much farther from the optimum the plain fit may end from which the dropout penalties are taken.
const ROUGHLY: f64 = 10.0;

/// How to fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitSettings {
    /// Inverse strength of the penalty; larger trusts the data more.
    pub c: f64,
    /// Odds `δ` at which a feature is imagined to be left out; 0 for the plain penalty alone.
    pub dropout: f64,
    /// The fit ends when no component of the gradient is larger than this.
    pub gradient_tolerance: f64,
    /// Iterations after which it ends anyway.
    pub max_iterations: usize,
}

impl Default for FitSettings {
    fn default() -> Self {
        Self { c: 1.0, dropout: 0.0, gradient_tolerance: 1e-5, max_iterations: 300 }
    }
}

/// Weights of a multinomial model.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// How many classes.
    pub classes: usize,
    /// Weight of each class for each feature: `features × classes`, the classes of a feature side by side.
    pub weights: Vec<f64>,
    /// One for each class.
    pub biases: Vec<f64>,
}

/// How a fit ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitReport {
    /// The minimised value.
    pub objective: f64,
    /// Largest component of the gradient, by magnitude.
    pub gradient_norm: f64,
    /// Steps taken.
    pub iterations: usize,
}

/// Why nothing could be fitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FitError {
    /// No rows, or another number of labels than rows.
    #[error("{rows} rows and {labels} labels cannot be fitted")]
    Shape {
        /// Rows.
        rows: usize,
        /// Labels.
        labels: usize,
    },
    /// A label is not a class.
    #[error("label {label} of row {row} is not among {classes} classes")]
    Label {
        /// The label.
        label: usize,
        /// Its row.
        row: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// The weights to start from have other features or classes.
    #[error("the weights to start from have other features or classes")]
    Start,
}

impl Weights {
    /// Zero weights.
    pub fn zeros(features: usize, classes: usize) -> Self {
        Self { classes, weights: vec![0.0; features * classes], biases: vec![0.0; classes] }
    }

    /// Scores (log-odds up to a constant) of a row, one for each class.
    pub fn scores(&self, row: impl Iterator<Item = (usize, f64)>) -> Vec<f64> {
        let mut scores = self.biases.clone();
        for (feature, value) in row {
            let weights = &self.weights[feature * self.classes..(feature + 1) * self.classes];
            for (score, weight) in scores.iter_mut().zip(weights) {
                *score += value * weight;
            }
        }
        scores
    }
}

/// Turns scores into probabilities in place and returns the logarithm of the normaliser.
pub fn softmax(scores: &mut [f64]) -> f64 {
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - highest).exp();
        sum += *score;
    }
    for score in scores.iter_mut() {
        *score /= sum;
    }
    highest + sum.ln()
}

/// Fits weights to rows with their classes.
///
/// # Errors
/// [`FitError`] where rows and labels do not fit together.
pub fn fit(
    rows: &SparseRows,
    labels: &[usize],
    classes: usize,
    settings: &FitSettings,
) -> Result<(Weights, FitReport), FitError> {
    fit_from(None, rows, labels, classes, settings)
}

/// The same from weights that were fitted before to something similar: it ends at the same optimum, sooner.
///
/// # Errors
/// [`FitError`] where rows, labels and the weights to start from do not fit together.
pub fn fit_from(
    start: Option<&Weights>,
    rows: &SparseRows,
    labels: &[usize],
    classes: usize,
    settings: &FitSettings,
) -> Result<(Weights, FitReport), FitError> {
    if rows.is_empty() || rows.len() != labels.len() {
        return Err(FitError::Shape { rows: rows.len(), labels: labels.len() });
    }
    if let Some((row, label)) = labels.iter().copied().enumerate().find(|(_, label)| *label >= classes) {
        return Err(FitError::Label { label, row, classes });
    }
    let mut problem = Problem::new(rows, labels, classes, 1.0 / (settings.c * rows.len() as f64));
    let start = match start {
        Some(start) => problem.contract(start).ok_or(FitError::Start)?,
        None => vec![0.0; problem.dimension()],
    };
    if settings.dropout == 0.0 {
        let (point, report) = minimise(&problem, start, settings);
        return Ok((problem.expand(&point), report));
    }
    let roughly = FitSettings { gradient_tolerance: settings.gradient_tolerance * ROUGHLY, ..*settings };
    let (plain, _) = minimise(&problem, start, &roughly);
    problem.scale_for_dropout(&plain, settings);
    let (point, report) = minimise(&problem, problem.scaled(&plain), settings);
    Ok((problem.expand(&problem.unscaled(&point)), report))
}

struct Problem<'a> {
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

impl<'a> Problem<'a> {
    fn new(rows: &'a SparseRows, labels: &'a [usize], classes: usize, penalty: f64) -> Self {
        let width = if classes == 2 { 1 } else { classes };
        Self { rows, columns: rows.transposed(), labels, classes, width, penalty, scales: Vec::new() }
    }

    fn dimension(&self) -> usize {
        (self.rows.width() + 1) * self.width
    }

    /// The point of given weights.
    fn contract(&self, weights: &Weights) -> Option<Vec<f64>> {
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
    fn expand(&self, point: &[f64]) -> Weights {
        let expanded: Vec<f64> = match self.classes {
            2 => point.iter().flat_map(|value| [-value / 2.0, value / 2.0]).collect(),
            _ => point.to_vec(),
        };
        let (weights, biases) = expanded.split_at(self.rows.width() * self.classes);
        Weights { classes: self.classes, weights: weights.to_vec(), biases: biases.to_vec() }
    }

    /// Sets the scales so that each weight bears its own dropout penalty beside the common one.
    fn scale_for_dropout(&mut self, plain: &[f64], settings: &FitSettings) {
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
    fn diagonal(&self, point: &[f64]) -> Vec<f64> {
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
    fn scaled(&self, point: &[f64]) -> Vec<f64> {
        let mut point = point.to_vec();
        point.iter_mut().zip(&self.scales).for_each(|(weight, scale)| *weight /= scale);
        point
    }

    /// Weights at a point of coordinates.
    fn unscaled(&self, point: &[f64]) -> Vec<f64> {
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
    fn evaluate(&self, point: &[f64]) -> (f64, Vec<f64>) {
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

/// One correction of L-BFGS.
struct Correction {
    step: Vec<f64>,
    change: Vec<f64>,
    curvature: f64,
}

fn minimise(problem: &Problem<'_>, start: Vec<f64>, settings: &FitSettings) -> (Vec<f64>, FitReport) {
    let mut point = start;
    let (mut value, mut gradient) = problem.evaluate(&point);
    let mut corrections: VecDeque<Correction> = VecDeque::with_capacity(MEMORY);
    let mut iterations = 0;
    let mut diagonal = Vec::new();
    while iterations < settings.max_iterations && largest(&gradient) > settings.gradient_tolerance {
        if iterations % DIAGONAL_EVERY == 0 {
            diagonal = problem.diagonal(&point);
        }
        let direction = descent_direction(&gradient, &corrections, &diagonal);
        let Some((next, next_value, next_gradient)) = line_search(problem, &point, value, &gradient, &direction) else {
            break;
        };
        let step: Vec<f64> = next.iter().zip(&point).map(|(a, b)| a - b).collect();
        let change: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(a, b)| a - b).collect();
        let curvature = dot(&step, &change);
        // Without positive curvature the correction would break the descent.
        if curvature > 1e-14 {
            if corrections.len() == MEMORY {
                corrections.pop_front();
            }
            corrections.push_back(Correction { step, change, curvature });
        }
        (point, value, gradient) = (next, next_value, next_gradient);
        iterations += 1;
    }
    let report = FitReport { objective: value, gradient_norm: largest(&gradient), iterations };
    (point, report)
}

/// The two-loop recursion around the inverse diagonal of the Hessian.
fn descent_direction(gradient: &[f64], corrections: &VecDeque<Correction>, diagonal: &[f64]) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|value| -value).collect();
    let mut shares = Vec::with_capacity(corrections.len());
    for correction in corrections.iter().rev() {
        let share = dot(&correction.step, &direction) / correction.curvature;
        add(&mut direction, &correction.change, -share);
        shares.push(share);
    }
    let scale = corrections.back().map_or(1.0, |newest| {
        let squares = newest.change.iter().zip(diagonal).map(|(change, diagonal)| change * change / diagonal);
        newest.curvature / squares.sum::<f64>()
    });
    direction.iter_mut().zip(diagonal).for_each(|(value, diagonal)| *value *= scale / diagonal);
    for (correction, share) in corrections.iter().zip(shares.into_iter().rev()) {
        let back = dot(&correction.change, &direction) / correction.curvature;
        add(&mut direction, &correction.step, share - back);
    }
    direction
}

/// Halves the step until it decreases the objective enough (Armijo).
fn line_search(
    problem: &Problem<'_>,
    point: &[f64],
    value: f64,
    gradient: &[f64],
    direction: &[f64],
) -> Option<(Vec<f64>, f64, Vec<f64>)> {
    let slope = dot(gradient, direction);
    let mut length = 1.0;
    for _ in 0..40 {
        let next: Vec<f64> = point.iter().zip(direction).map(|(at, towards)| at + length * towards).collect();
        let (next_value, next_gradient) = problem.evaluate(&next);
        if next_value <= value + 1e-4 * length * slope {
            return Some((next, next_value, next_gradient));
        }
        length *= 0.5;
    }
    None
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn add(to: &mut [f64], what: &[f64], times: f64) {
    for (value, other) in to.iter_mut().zip(what) {
        *value += times * other;
    }
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, value| value.abs().max(largest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weights of scikit-learn's solution, by feature.
    const REFERENCE: [f64; 9] = [
        0.56504815,
        -0.22665089,
        -0.33839726,
        -0.74319044,
        -0.11859128,
        0.86178173,
        -0.56881642,
        1.12646615,
        -0.55764973,
    ];

    /// The value of our objective there.
    const REFERENCE_OBJECTIVE: f64 = 0.509555108896;

    fn rows(list: &[&[(u32, f32)]]) -> SparseRows {
        let mut rows = SparseRows::new(3);
        for row in list {
            rows.push(row.iter().copied());
        }
        rows
    }

    #[test]
    fn without_features_the_biases_are_the_log_frequencies() {
        let rows = rows(&[&[], &[], &[], &[]]);
        let (weights, report) = fit(&rows, &[0, 0, 0, 1], 2, &FitSettings::default()).unwrap();
        assert!((weights.biases[0] - weights.biases[1] - 3.0_f64.ln()).abs() < 1e-3);
        assert!(report.gradient_norm <= 1e-5);
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_objective() {
        let rows = rows(&[&[(0, 1.0), (2, 0.5)], &[(1, -2.0)], &[(0, 0.3), (1, 1.0)]]);
        let problem = Problem::new(&rows, &[0, 2, 1], 3, 0.1);
        let point: Vec<f64> = (0..problem.dimension()).map(|i| (i as f64 * 0.7).sin()).collect();
        let (_, gradient) = problem.evaluate(&point);
        for axis in 0..point.len() {
            let mut moved = point.clone();
            moved[axis] += 1e-6;
            let (above, _) = problem.evaluate(&moved);
            moved[axis] -= 2e-6;
            let (below, _) = problem.evaluate(&moved);
            assert!(((above - below) / 2e-6 - gradient[axis]).abs() < 1e-6, "axis {axis}");
        }
    }

    #[test]
    fn the_optimum_is_where_the_penalty_balances_the_data() {
        // One feature, two rows with x = 1 and x = -1: at the optimum λ·w = (1 - p)·x summed over the rows, by n.
        let mut rows = SparseRows::new(1);
        rows.push([(0, 1.0)]);
        rows.push([(0, -1.0)]);
        let settings = FitSettings { c: 1.0, dropout: 0.0, gradient_tolerance: 1e-10, ..FitSettings::default() };
        let (weights, _) = fit(&rows, &[1, 0], 2, &settings).unwrap();
        let w = weights.weights[1] - weights.weights[0];
        let p = 1.0 / (1.0 + (-w).exp());
        assert!((0.5 * w - (1.0 - p)).abs() < 1e-8, "λ = 1/2, w = {w}");
        assert!((weights.weights[0] + weights.weights[1]).abs() < 1e-8);
    }

    #[test]
    fn the_solution_is_that_of_scikit_learn() {
        // sklearn.linear_model.LogisticRegression(C=2, tol=1e-12).fit(X, y) of scikit-learn 1.9.
        let rows = rows(&[
            &[(0, 1.0), (1, 0.5)],
            &[(0, -1.0), (2, 2.0)],
            &[(1, 1.5), (2, -0.5)],
            &[(0, 0.3), (2, 1.0)],
            &[(1, -1.0)],
        ]);
        let settings = FitSettings { c: 2.0, dropout: 0.0, gradient_tolerance: 1e-11, max_iterations: 500 };
        let (weights, report) = fit(&rows, &[0, 1, 2, 1, 0], 3, &settings).unwrap();
        for (ours, reference) in weights.weights.iter().zip(REFERENCE) {
            assert!((ours - reference).abs() < 1e-5, "{:?}", weights.weights);
        }
        assert!((report.objective - REFERENCE_OBJECTIVE).abs() < 1e-8, "{}", report.objective);
    }

    #[test]
    fn a_warm_start_ends_at_the_same_optimum_sooner() {
        let rows = rows(&[&[(0, 1.0)], &[(1, 1.0)], &[(0, 0.5), (2, 1.0)], &[(1, 0.2), (2, -1.0)]]);
        let settings = FitSettings { gradient_tolerance: 1e-9, ..FitSettings::default() };
        let labels = [0, 1, 0, 1];
        let (cold, cold_report) = fit(&rows, &labels, 2, &settings).unwrap();
        let (warm, warm_report) = fit_from(Some(&cold), &rows, &labels, 2, &settings).unwrap();
        assert!(warm_report.iterations < cold_report.iterations);
        assert!(cold.weights.iter().zip(&warm.weights).all(|(a, b)| (a - b).abs() < 1e-7));
        let other = Weights::zeros(2, 2);
        assert!(matches!(fit_from(Some(&other), &rows, &labels, 2, &settings), Err(FitError::Start)));
    }

    #[test]
    fn wrong_shapes_are_refused() {
        let rows = rows(&[&[(0, 1.0)]]);
        assert!(matches!(fit(&rows, &[], 2, &FitSettings::default()), Err(FitError::Shape { .. })));
        assert!(matches!(fit(&rows, &[5], 2, &FitSettings::default()), Err(FitError::Label { .. })));
    }
}
