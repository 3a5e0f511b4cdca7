//! Training: the fit on all examples, and a temperature chosen on those that a fit has not seen.

use super::{Classifier, Design, ModelError, Weighting};
use crate::classify::features::VocabularySettings;
use crate::classify::fit::{FitReport, FitSettings, Weights, fit, fit_from};
use crate::classify::metrics;
use crate::text::{Language, Text};
use std::fmt;

/// Folds of the cross-validation that the temperature is chosen on.
const FOLDS: usize = 3;

/// How to train.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainSettings {
    /// Fitting.
    pub fit: FitSettings,
    /// Which features are kept.
    pub vocabulary: VocabularySettings,
    /// How much each feature counts before anything is fitted.
    pub weighting: Weighting,
    /// How much the meaning of the words counts beside the named features, which count 1; 0, or a language without
    /// word vectors, leaves it out.
    pub meaning: f32,
    /// What scores are divided by, where it is known already; otherwise held-out folds tell.
    pub temperature: Option<f64>,
}

impl fmt::Display for TrainSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let VocabularySettings { features, min_documents, .. } = self.vocabulary;
        let FitSettings { c, dropout, .. } = self.fit;
        let (weighting, meaning) = (self.weighting, self.meaning);
        write!(f, "{features:?}, {weighting:?}, meaning {meaning}, C = {c}, dropout {dropout}, df ≥ {min_documents}")
    }
}

/// A text with its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The text after reading.
    pub text: Text,
    /// Its label.
    pub label: String,
}

impl Classifier {
    /// Trains on examples and calibrates on held-out folds.
    ///
    /// # Errors
    /// [`ModelError::Fit`] where there are no examples.
    pub fn train<'a>(
        language: &Language,
        examples: impl IntoIterator<Item = &'a Example>,
        settings: &TrainSettings,
    ) -> Result<(Self, FitReport), ModelError> {
        Self::train_from(None, language, examples, settings)
    }

    /// The same, beginning with the weights of a former model: it ends at the same optimum, sooner.
    ///
    /// # Errors
    /// [`ModelError::Fit`] where there are no examples.
    pub fn train_from<'a>(
        former: Option<&Self>,
        language: &Language,
        examples: impl IntoIterator<Item = &'a Example>,
        settings: &TrainSettings,
    ) -> Result<(Self, FitReport), ModelError> {
        let examples: Vec<&Example> = examples.into_iter().collect();
        let design = Design::new(language, &examples, settings);
        let temperature = match settings.temperature {
            Some(known) => known,
            None => choose_temperature(language, &examples, settings)?,
        };
        let start = former.map(|former| former.carried_over(&design));
        let (weights, report) =
            fit_from(start.as_ref(), &design.rows, &design.classes, design.labels.len(), &settings.fit)?;
        let Design { representation, labels, .. } = design;
        Ok((Self { representation, labels, weights, temperature }, report))
    }

    /// The weights of what a design has in common with this model; nothing for the rest.
    fn carried_over(&self, design: &Design) -> Weights {
        let classes = design.labels.len();
        let mut carried = Weights::zeros(design.representation.width(), classes);
        let (own, other) = (&self.representation, &design.representation);
        let places: Vec<Option<usize>> =
            design.labels.iter().map(|label| self.labels.binary_search(label).ok()).collect();
        for (class, place) in places.iter().enumerate() {
            carried.biases[class] = place.map_or(0.0, |place| self.weights.biases[place]);
        }
        for (id, weights) in (0_u32..).zip(carried.weights.chunks_exact_mut(classes.max(1))) {
            let Some(known) = own.column_like(other, id) else { continue };
            let known = self.weights_of(known as usize);
            for (weight, place) in weights.iter_mut().zip(&places) {
                *weight = place.map_or(0.0, |place| known[place]);
            }
        }
        carried
    }
}

/// The temperature with the least log-loss on examples that nothing was learned from, neither weights nor vocabulary nor
/// how telling a feature is: what has seen their labels would look surer than it is.
fn choose_temperature(language: &Language, examples: &[&Example], settings: &TrainSettings) -> Result<f64, ModelError> {
    if examples.len() < 10 * FOLDS {
        return Ok(1.0);
    }
    let mut held_out: Vec<(Vec<f64>, usize)> = Vec::with_capacity(examples.len());
    for fold in 0..FOLDS {
        let inside = examples.iter().enumerate().filter(|(place, _)| place % FOLDS != fold);
        let inside: Vec<&Example> = inside.map(|(_, example)| *example).collect();
        let design = Design::new(language, &inside, settings);
        let (weights, _) = fit(&design.rows, &design.classes, design.labels.len(), &settings.fit)?;
        for example in examples.iter().skip(fold).step_by(FOLDS) {
            if let Ok(truth) = design.labels.binary_search(&example.label) {
                held_out.push((design.scores(&example.text, &weights), truth));
            }
        }
    }
    Ok(metrics::best_temperature(&held_out))
}
