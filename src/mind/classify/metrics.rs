//! How good probabilities are.

use crate::classify::fit::softmax;

/// Bins of the expected calibration error.
const BINS: usize = 15;

/// Mean negative logarithm of the probability that was given to the truth.
pub fn log_loss(predictions: &[(Vec<f64>, usize)]) -> f64 {
    let sum: f64 = predictions.iter().map(|(probabilities, truth)| -probabilities[*truth].max(1e-15).ln()).sum();
    sum / predictions.len().max(1) as f64
}

/// Share of predictions whose most probable class is the truth.
pub fn accuracy(predictions: &[(Vec<f64>, usize)]) -> f64 {
    let right = predictions.iter().filter(|(probabilities, truth)| best(probabilities).0 == *truth).count();
    right as f64 / predictions.len().max(1) as f64
}

/// F1 of each class, averaged; a class that neither occurs nor is predicted counts as 0.
pub fn macro_f1(predictions: &[(Vec<f64>, usize)], classes: usize) -> f64 {
    let (mut hits, mut predicted, mut real) = (vec![0.0; classes], vec![0.0; classes], vec![0.0; classes]);
    for (probabilities, truth) in predictions {
        let guess = best(probabilities).0;
        predicted[guess] += 1.0;
        real[*truth] += 1.0;
        if guess == *truth {
            hits[guess] += 1.0;
        }
    }
    let f1 = |class: usize| {
        let both: f64 = predicted[class] + real[class];
        if both > 0.0 { 2.0 * hits[class] / both } else { 0.0 }
    };
    (0..classes).map(f1).sum::<f64>() / classes.max(1) as f64
}

/// Area under the ROC curve of a score for a binary truth: the probability that a positive one gets a higher score
/// than a negative one, ties counting half (Mann-Whitney).
pub fn auc(scores: &[(f64, bool)]) -> f64 {
    let mut sorted = scores.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut pairs) = (0.0, 0.0);
    let mut positives = 0.0;
    for ties in sorted.chunk_by(|a, b| a.0 == b.0) {
        let up = ties.iter().filter(|(_, truth)| *truth).count() as f64;
        let down = ties.len() as f64 - up;
        pairs += up * (below + 0.5 * down);
        below += down;
        positives += up;
    }
    if positives * below > 0.0 { pairs / (positives * below) } else { 0.5 }
}

/// Expected calibration error of the most probable class in fifteen bins of equal width (Naeini et al., 2015).
pub fn calibration_error(predictions: &[(Vec<f64>, usize)]) -> f64 {
    let gaps = reliability(predictions).into_iter().map(|bin| bin.count as f64 * (bin.confidence - bin.accuracy).abs());
    gaps.sum::<f64>() / predictions.len().max(1) as f64
}

/// Predictions of about the same confidence, and how often they are right.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ReliabilityBin {
    /// How many.
    pub count: usize,
    /// Mean probability of the most probable class; 0 in an empty bin.
    pub confidence: f64,
    /// Share of them that are right; 0 in an empty bin.
    pub accuracy: f64,
}

/// Fifteen bins of equal width over the probability of the most probable class, from 0 to 1.
pub fn reliability(predictions: &[(Vec<f64>, usize)]) -> Vec<ReliabilityBin> {
    let mut bins = vec![ReliabilityBin::default(); BINS];
    for (probabilities, truth) in predictions {
        let (class, probability) = best(probabilities);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let bin = &mut bins[((probability * BINS as f64) as usize).min(BINS - 1)];
        bin.count += 1;
        bin.confidence += probability;
        bin.accuracy += f64::from(u8::from(class == *truth));
    }
    for bin in bins.iter_mut().filter(|bin| bin.count > 0) {
        bin.confidence /= bin.count as f64;
        bin.accuracy /= bin.count as f64;
    }
    bins
}

/// Log-loss of scores with their truths after division by a temperature.
pub fn log_loss_at(scores: &[(Vec<f64>, usize)], temperature: f64) -> f64 {
    let losses = scores.iter().map(|(scores, truth)| {
        let mut scaled: Vec<f64> = scores.iter().map(|score| score / temperature).collect();
        let own = scaled[*truth];
        softmax(&mut scaled) - own
    });
    losses.sum::<f64>() / scores.len().max(1) as f64
}

/// The temperature with the least log-loss on scores with their truths, by golden-section search over its logarithm:
/// the loss is convex in `1/T`, so there is one minimum.
pub fn best_temperature(scores: &[(Vec<f64>, usize)]) -> f64 {
    let loss = |log_temperature: f64| log_loss_at(scores, log_temperature.exp());
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (-2.0_f64, 2.0_f64);
    for _ in 0..30 {
        let (left, right) = (high - golden * (high - low), low + golden * (high - low));
        if loss(left) < loss(right) { high = right } else { low = left }
    }
    ((low + high) / 2.0).exp()
}

fn best(probabilities: &[f64]) -> (usize, f64) {
    let mut best = (0, f64::NEG_INFINITY);
    for (class, probability) in probabilities.iter().copied().enumerate() {
        if probability > best.1 {
            best = (class, probability);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_worked_out_by_hand() {
        let predictions = [(vec![0.8, 0.2], 0), (vec![0.6, 0.4], 1)];
        assert!((accuracy(&predictions) - 0.5).abs() < 1e-12);
        assert!((log_loss(&predictions) - (-(0.8_f64.ln()) - 0.4_f64.ln()) / 2.0).abs() < 1e-12);
        // Both are taken for class 0: F1 is 2/3 there and 0 for class 1.
        assert!((macro_f1(&predictions, 2) - 1.0 / 3.0).abs() < 1e-12);
        // Two bins of one: |0.8 - 1| and |0.6 - 0|, weighted by a half each.
        assert!((calibration_error(&predictions) - 0.4).abs() < 1e-12);
    }

    #[test]
    fn auc_counts_ordered_pairs() {
        let scores = [(0.1, false), (0.4, false), (0.35, true), (0.8, true)];
        assert!((auc(&scores) - 0.75).abs() < 1e-12);
        assert!((auc(&[(0.5, true), (0.5, false)]) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn overconfident_scores_get_a_temperature_above_one() {
        let scores: Vec<(Vec<f64>, usize)> = (0..10).map(|i| (vec![4.0, 0.0], usize::from(i < 3))).collect();
        // Seven of ten are right, so the best temperature makes 4/T the log-odds of 0.7.
        let expected = 4.0 / (0.7_f64 / 0.3).ln();
        assert!((best_temperature(&scores) - expected).abs() < 0.01);
    }
}
