//! The mood model: logistic regressions over named evidence, one over the five levels and one over urgency.

use crate::classify::fit::{FitError, FitReport, FitSettings, Weights, fit, softmax};
use crate::classify::metrics;
use crate::classify::mood::evidence::Evidence;
use crate::classify::mood::lexicon::Lexicon;
use crate::classify::sparse::SparseRows;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Folds of the cross-validation that the temperature is chosen on.
const FOLDS: usize = 5;

/// Examples that a word must occur in.
const MIN_EXAMPLES: usize = 2;

/// Lexicon, level and urgency as one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoodModel {
    /// Where the evidence is found.
    pub lexicon: Lexicon,
    /// Five classes, the worst first.
    pub levels: NamedRegression,
    /// Two classes: it does not press, it presses.
    pub urgency: NamedRegression,
}

/// A logistic regression whose features are known by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedRegression {
    /// One for each class.
    biases: Vec<f64>,
    /// Scores are divided by it before the softmax.
    temperature: f64,
    /// Weights by feature, one for each class.
    weights: BTreeMap<String, Vec<f64>>,
}

/// Why a file was refused.
#[derive(Debug, thiserror::Error)]
pub enum MoodFileError {
    /// Not the JSON of such a model.
    #[error("not a mood model: {0}")]
    Malformed(#[from] serde_json::Error),
    /// A feature has other classes than the model.
    #[error("not a mood model: {0} classes instead of {1}")]
    Classes(usize, usize),
    /// A number that is none.
    #[error("not a mood model: a weight is not finite or the temperature not positive")]
    Number,
}

impl MoodModel {
    /// Reads a file.
    ///
    /// # Errors
    /// [`MoodFileError`] for anything but such a file.
    pub fn from_json(json: &str) -> Result<Self, MoodFileError> {
        let model: Self = serde_json::from_str(json)?;
        model.levels.check(5)?;
        model.urgency.check(2)?;
        Ok(model)
    }
}

impl NamedRegression {
    /// Fits to examples with their classes; the temperature is chosen on folds that a fit did not see.
    ///
    /// # Errors
    /// [`FitError`] where there are no examples.
    pub fn train(
        examples: &[(Vec<Evidence>, usize)],
        classes: usize,
        settings: &FitSettings,
    ) -> Result<(Self, FitReport), FitError> {
        let held_out = Self::held_out_scores(examples, classes, settings)?;
        let (mut model, report) = Self::fit(examples, classes, settings)?;
        model.temperature = metrics::best_temperature(&held_out);
        Ok((model, report))
    }

    /// Scores of every example under a model that was fitted to the others.
    ///
    /// # Errors
    /// [`FitError`] where there are no examples.
    pub fn held_out_scores(
        examples: &[(Vec<Evidence>, usize)],
        classes: usize,
        settings: &FitSettings,
    ) -> Result<Vec<(Vec<f64>, usize)>, FitError> {
        let mut held_out = Vec::with_capacity(examples.len());
        for fold in 0..FOLDS {
            let inside: Vec<_> =
                examples.iter().enumerate().filter(|(at, _)| at % FOLDS != fold).map(|(_, one)| one.clone()).collect();
            let (model, _) = Self::fit(&inside, classes, settings)?;
            let outside = examples.iter().skip(fold).step_by(FOLDS);
            held_out.extend(outside.map(|(evidence, class)| (model.scores(evidence), *class)));
        }
        Ok(held_out)
    }

    fn fit(
        examples: &[(Vec<Evidence>, usize)],
        classes: usize,
        settings: &FitSettings,
    ) -> Result<(Self, FitReport), FitError> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for one in examples.iter().flat_map(|(evidence, _)| evidence) {
            *counts.entry(&one.name).or_default() += 1;
        }
        counts.retain(|_, count| *count >= MIN_EXAMPLES);
        let numbers: BTreeMap<&str, u32> = counts.into_keys().zip(0..).collect();
        let mut rows = SparseRows::new(numbers.len());
        for (evidence, _) in examples {
            #[allow(clippy::cast_possible_truncation)]
            rows.push(evidence.iter().filter_map(|one| Some((*numbers.get(one.name.as_str())?, one.value as f32))));
        }
        let labels: Vec<usize> = examples.iter().map(|(_, class)| *class).collect();
        let (Weights { weights, biases, .. }, report) = fit(&rows, &labels, classes, settings)?;
        let weights = numbers.into_keys().zip(weights.chunks_exact(classes)).map(|(name, weights)| {
            (name.to_owned(), weights.iter().map(|weight| (weight * 1e4).round() / 1e4).collect())
        });
        Ok((Self { biases, temperature: 1.0, weights: weights.collect() }, report))
    }

    /// Scores of the classes: log-odds up to a constant, after division by the temperature.
    pub fn scores(&self, evidence: &[Evidence]) -> Vec<f64> {
        let mut scores = self.biases.clone();
        for one in evidence {
            for (score, weight) in scores.iter_mut().zip(self.weights.get(&one.name).into_iter().flatten()) {
                *score += one.value * weight;
            }
        }
        for score in &mut scores {
            *score /= self.temperature;
        }
        scores
    }

    /// Calibrated probabilities of the classes.
    pub fn probabilities(&self, evidence: &[Evidence]) -> Vec<f64> {
        let mut scores = self.scores(evidence);
        softmax(&mut scores);
        scores
    }

    /// What each piece of evidence did to the score of a class, relative to the mean over all classes. Together with
    /// [`NamedRegression::bias`] they sum to the class's score relative to the mean.
    pub fn contributions<'e>(&self, evidence: &'e [Evidence], class: usize) -> Vec<(&'e Evidence, f64)> {
        let known = evidence.iter().filter_map(|one| Some((one, self.weights.get(&one.name)?)));
        known.map(|(one, weights)| (one, one.value * relative(weights, class) / self.temperature)).collect()
    }

    /// What the score of a class begins with, relative to the mean over all classes.
    pub fn bias(&self, class: usize) -> f64 {
        relative(&self.biases, class) / self.temperature
    }

    /// How many features it knows.
    pub fn features(&self) -> usize {
        self.weights.len()
    }

    fn check(&self, classes: usize) -> Result<(), MoodFileError> {
        let rows = std::iter::once(&self.biases).chain(self.weights.values());
        for row in rows {
            if row.len() != classes {
                return Err(MoodFileError::Classes(row.len(), classes));
            }
            if row.iter().any(|value| !value.is_finite()) {
                return Err(MoodFileError::Number);
            }
        }
        if self.temperature > 0.0 && self.temperature.is_finite() { Ok(()) } else { Err(MoodFileError::Number) }
    }
}

fn relative(values: &[f64], class: usize) -> f64 {
    values[class] - values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str) -> Vec<Evidence> {
        vec![Evidence { name: name.into(), value: 1.0, said: Vec::new() }]
    }

    fn small() -> NamedRegression {
        let examples: Vec<_> = (0..20).map(|i| (one(["good", "bad"][i % 2]), i % 2)).collect();
        NamedRegression::train(&examples, 2, &FitSettings::default()).unwrap().0
    }

    #[test]
    fn contributions_sum_to_the_score() {
        let model = small();
        let evidence = one("good");
        let scores = model.scores(&evidence);
        let mean = scores.iter().sum::<f64>() / 2.0;
        let explained: f64 = model.contributions(&evidence, 0).iter().map(|(_, score)| score).sum();
        assert!((explained + model.bias(0) - (scores[0] - mean)).abs() < 1e-9);
        assert!(model.probabilities(&evidence)[0] > 0.5);
    }

    #[test]
    fn foreign_files_are_refused() {
        let lexicon = Lexicon::parse("insult = ['x']").unwrap();
        let five = NamedRegression { biases: vec![0.0; 5], temperature: 1.0, weights: BTreeMap::new() };
        let model = MoodModel { lexicon, levels: five, urgency: small() };
        let json = serde_json::to_string(&model).unwrap();
        assert_eq!(MoodModel::from_json(&json).unwrap(), model);
        assert!(MoodModel::from_json("{}").is_err() && MoodModel::from_json(&json[..json.len() / 2]).is_err());
        let odd = MoodModel { levels: small(), ..model };
        let odd = serde_json::to_string(&odd).unwrap();
        assert!(matches!(MoodModel::from_json(&odd), Err(MoodFileError::Classes(2, 5))));
        let cold = json.replacen("\"temperature\":1.0", "\"temperature\":0.0", 1);
        assert!(matches!(MoodModel::from_json(&cold), Err(MoodFileError::Number)));
    }
}
