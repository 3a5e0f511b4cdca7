//! Logistic regression for two classes or more.
//!
//! `objective` says what is minimised, `lbfgs` how. The problem is strictly convex in the weights, so every fit ends at the
//! same optimum, wherever it begins.

mod lbfgs;
mod objective;

use crate::classify::sparse::SparseRows;
use objective::Objective;

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
    let mut objective = Objective::new(rows, labels, classes, 1.0 / (settings.c * rows.len() as f64));
    let start = match start {
        Some(start) => objective.contract(start).ok_or(FitError::Start)?,
        None => vec![0.0; objective.dimension()],
    };
    if settings.dropout == 0.0 {
        let (point, report) = lbfgs::minimise(&objective, start, settings);
        return Ok((objective.expand(&point), report));
    }
    let roughly = FitSettings { gradient_tolerance: settings.gradient_tolerance * ROUGHLY, ..*settings };
    let (plain, _) = lbfgs::minimise(&objective, start, &roughly);
    objective.scale_for_dropout(&plain, settings);
    let (point, report) = lbfgs::minimise(&objective, objective.scaled(&plain), settings);
    Ok((objective.expand(&objective.unscaled(&point)), report))
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
        let objective = Objective::new(&rows, &[0, 2, 1], 3, 0.1);
        let point: Vec<f64> = (0..objective.dimension()).map(|i| (i as f64 * 0.7).sin()).collect();
        let (_, gradient) = objective.evaluate(&point);
        for axis in 0..point.len() {
            let mut moved = point.clone();
            moved[axis] += 1e-6;
            let (above, _) = objective.evaluate(&moved);
            moved[axis] -= 2e-6;
            let (below, _) = objective.evaluate(&moved);
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
