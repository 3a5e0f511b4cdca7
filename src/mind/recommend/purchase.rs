//! The probability that a visit ends with a purchase, from a table of what is known about visits: the project's
//! logistic regression on encoded columns.
//!
//! Columns of words, and columns of codes (whole numbers from 1, few different ones), become one feature for each
//! value; a value that was not seen in training has none. Numbers are put on a logarithmic scale, `sign(x)·ln(1 + s·|x|)`
//! with `s` the inverse of the mean magnitude, standardised, and joined by what [`Transform`] says. How numbers are
//! transformed and how strong the penalty is, is chosen on rows that were not learned from.

use crate::classify::fit::{FitError, FitSettings, Weights, fit};
use crate::classify::metrics::log_loss;
use crate::classify::sparse::SparseRows;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Different codes that a column of codes has, at most.
const CODES: usize = 40;

/// Bins that numbers are put in.
const BINS: usize = 8;

/// A table: columns by name, rows of texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visits {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// One text for each column.
    pub rows: Vec<Vec<String>>,
    /// Whether it ended with a purchase.
    pub bought: Vec<bool>,
}

/// What a number becomes besides its logarithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// Nothing.
    Log,
    /// Whether it is zero.
    LogAndZero,
    /// Which of eight bins of equal size it lies in.
    LogAndBins,
}

/// How one column becomes features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Encoding {
    /// Not at all: the same everywhere, or another in every row.
    Ignored,
    /// One feature for each value.
    Codes(BTreeMap<String, u32>),
    /// A standardised logarithm, and bins between borders.
    Number { scale: f64, mean: f64, deviation: f64, borders: Vec<f64> },
}

/// A fitted model.
#[derive(Debug, Clone, PartialEq)]
pub struct PurchaseModel {
    encodings: Vec<Encoding>,
    starts: Vec<u32>,
    width: usize,
    weights: Weights,
}

/// What was chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PurchaseSettings {
    /// How numbers are transformed.
    pub transform: Transform,
    /// Inverse strength of the penalty.
    pub c: f64,
}

impl PurchaseModel {
    /// Fits.
    ///
    /// # Errors
    /// Where there are no rows.
    pub fn fit(visits: &Visits, settings: &PurchaseSettings) -> Result<Self, FitError> {
        let encodings: Vec<Encoding> =
            (0..visits.columns.len()).map(|column| Encoding::of(visits, column, settings.transform)).collect();
        let mut starts = Vec::with_capacity(encodings.len());
        let mut width = 0;
        for encoding in &encodings {
            starts.push(width);
            width += encoding.width();
        }
        let width = width as usize;
        let weights = Weights::zeros(width, 2);
        let mut model = Self { encodings, starts, width, weights };
        let mut rows = SparseRows::new(model.width);
        visits.rows.iter().for_each(|row| rows.push(model.features(row)));
        let labels: Vec<usize> = visits.bought.iter().map(|bought| usize::from(*bought)).collect();
        let fitting = FitSettings { c: settings.c, dropout: 0.0, gradient_tolerance: 1e-6, max_iterations: 500 };
        model.weights = fit(&rows, &labels, 2, &fitting)?.0;
        Ok(model)
    }

    /// The probability of a purchase.
    pub fn probability(&self, row: &[String]) -> f64 {
        let scores =
            self.weights.scores(self.features(row).into_iter().map(|(f, value)| (f as usize, f64::from(value))));
        1.0 / (1.0 + (scores[0] - scores[1]).exp())
    }

    fn features(&self, row: &[String]) -> Vec<(u32, f32)> {
        let mut features = Vec::with_capacity(row.len() * 2);
        for ((encoding, start), text) in self.encodings.iter().zip(&self.starts).zip(row) {
            encoding.features(*start, text, &mut features);
        }
        features
    }
}

/// Chooses transformation and penalty by the log-loss on rows that are not learned from.
///
/// # Errors
/// Where there are no rows.
pub fn choose(train: &Visits, valid: &Visits) -> Result<(PurchaseSettings, f64), FitError> {
    let mut best: Option<(PurchaseSettings, f64)> = None;
    for transform in [Transform::Log, Transform::LogAndZero, Transform::LogAndBins] {
        for c in [0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0] {
            let settings = PurchaseSettings { transform, c };
            let model = PurchaseModel::fit(train, &settings)?;
            let predictions: Vec<(Vec<f64>, usize)> = (valid.rows.iter().zip(&valid.bought))
                .map(|(row, bought)| {
                    let probability = model.probability(row);
                    (vec![1.0 - probability, probability], usize::from(*bought))
                })
                .collect();
            let loss = log_loss(&predictions);
            if best.is_none_or(|(_, known)| loss < known) {
                best = Some((settings, loss));
            }
        }
    }
    best.ok_or(FitError::Shape { rows: train.rows.len(), labels: train.bought.len() })
}

impl Encoding {
    fn of(visits: &Visits, column: usize, transform: Transform) -> Self {
        let texts = || visits.rows.iter().map(|row| row[column].trim());
        let numbers: Option<Vec<f64>> = texts().map(|text| text.parse().ok().filter(|n: &f64| n.is_finite())).collect();
        let mut values: Vec<&str> = texts().collect();
        values.sort_unstable();
        values.dedup();
        if values.len() < 2 {
            return Self::Ignored;
        }
        let Some(numbers) = numbers else { return Self::codes(&values) };
        let whole = numbers.iter().all(|number| number.fract() == 0.0);
        if whole && values.len() == visits.rows.len() {
            return Self::Ignored;
        }
        let counts_from_one = whole && numbers.iter().all(|number| *number >= 1.0);
        if counts_from_one && values.len() <= CODES { Self::codes(&values) } else { Self::number(&numbers, transform) }
    }

    fn codes(values: &[&str]) -> Self {
        Self::Codes(values.iter().zip(0_u32..).map(|(value, place)| ((*value).to_owned(), place)).collect())
    }

    fn number(numbers: &[f64], transform: Transform) -> Self {
        let count = numbers.len() as f64;
        let magnitude = numbers.iter().map(|number| number.abs()).sum::<f64>() / count;
        let scale = if magnitude > 0.0 { 1.0 / magnitude } else { 1.0 };
        let scaled: Vec<f64> = numbers.iter().map(|number| logarithm(*number, scale)).collect();
        let mean = scaled.iter().sum::<f64>() / count;
        let variance = scaled.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        let mut sorted = numbers.to_vec();
        sorted.sort_by(f64::total_cmp);
        let mut borders: Vec<f64> = match transform {
            Transform::Log => Vec::new(),
            Transform::LogAndZero => vec![f64::MIN_POSITIVE],
            Transform::LogAndBins => (1..BINS).map(|bin| sorted[sorted.len() * bin / BINS]).collect(),
        };
        borders.dedup();
        Self::Number { scale, mean, deviation: variance.sqrt().max(1e-9), borders }
    }

    fn width(&self) -> u32 {
        match self {
            Self::Ignored => 0,
            Self::Codes(codes) => codes.len() as u32,
            Self::Number { borders, .. } if borders.is_empty() => 1,
            Self::Number { borders, .. } => borders.len() as u32 + 2,
        }
    }

    fn features(&self, start: u32, text: &str, features: &mut Vec<(u32, f32)>) {
        match self {
            Self::Ignored => {}
            Self::Codes(codes) => features.extend(codes.get(text.trim()).map(|code| (start + code, 1.0))),
            Self::Number { scale, mean, deviation, borders } => {
                let Ok(number) = text.trim().parse::<f64>() else { return };
                features.push((start, ((logarithm(number, *scale) - mean) / deviation) as f32));
                if !borders.is_empty() {
                    let bin = borders.partition_point(|border| *border <= number) as u32;
                    features.push((start + 1 + bin, 1.0));
                }
            }
        }
    }
}

fn logarithm(number: f64, scale: f64) -> f64 {
    number.signum() * (scale * number.abs()).ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visits() -> Visits {
        let mut visits = Visits { columns: vec!["id".into(), "pages".into(), "os".into()], ..Visits::default() };
        for id in 0..200_i32 {
            let pages = id % 20;
            visits.rows.push(vec![id.to_string(), format!("{pages}.5"), (1 + id % 3).to_string()]);
            visits.bought.push(pages > 12 || id % 17 == 0);
        }
        visits
    }

    #[test]
    fn columns_are_read_for_what_they_are() {
        let visits = visits();
        let of = |column| Encoding::of(&visits, column, Transform::LogAndZero);
        assert_eq!(of(0), Encoding::Ignored);
        assert!(matches!(of(1), Encoding::Number { .. }));
        assert_eq!(of(2).width(), 3);
    }

    #[test]
    fn what_leads_to_purchases_is_learned_and_unknown_values_do_no_harm() {
        let visits = visits();
        let model =
            PurchaseModel::fit(&visits, &PurchaseSettings { transform: Transform::LogAndBins, c: 1.0 }).unwrap();
        let row = |pages: &str, os: &str| vec!["0".to_owned(), pages.to_owned(), os.to_owned()];
        assert!(model.probability(&row("19.5", "1")) > 0.8);
        assert!(model.probability(&row("3.5", "1")) < 0.2);
        assert!(model.probability(&row("nonsense", "99")).is_finite());
    }
}
