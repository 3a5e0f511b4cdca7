//! The shadow test: is a model that has learned something new at least as good as before on what it knew?
//!
//! Every fifth example of before is held out. Both models are fitted to the rest, the candidate also to what is new;
//! neither sees what they are measured on. The candidate passes where it is not worse on the held-out part, within
//! what that part can tell.

use crate::classify::classifier::{Classifier, Example, ModelError, TrainSettings};
use crate::classify::metrics;
use crate::text::Language;
use serde::{Deserialize, Serialize};

/// Every so many examples one is held out.
const HELD_OUT: usize = 5;

/// Accuracy that the candidate may lose: below what a few hundred texts can tell from chance.
const ACCURACY: f64 = 0.005;

/// Log-loss that the candidate may gain, as a share.
const LOSS: f64 = 0.01;

/// How one model does.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Standing {
    /// Share of right labels on the held-out part.
    pub accuracy: f64,
    /// Mean negative logarithm of the probability of the right label there.
    pub log_loss: f64,
    /// Share of right labels on the new examples.
    pub new_right: f64,
}

/// Both models side by side.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Comparison {
    /// Texts held out.
    pub held_out: usize,
    /// New examples.
    pub new: usize,
    /// Without the new examples.
    pub before: Standing,
    /// With them.
    pub after: Standing,
}

impl Comparison {
    /// Whether the candidate may be published.
    pub fn is_not_worse(&self) -> bool {
        self.after.accuracy >= self.before.accuracy - ACCURACY
            && self.after.log_loss <= self.before.log_loss * (1.0 + LOSS)
    }
}

/// Tests `new` examples against those `known` before.
///
/// # Errors
/// [`ModelError`] where there is nothing to fit.
pub fn compare(
    language: &Language,
    known: &[Example],
    new: &[Example],
    settings: &TrainSettings,
) -> Result<Comparison, ModelError> {
    let (held_out, kept): (Vec<_>, Vec<_>) = known.iter().enumerate().partition(|(place, _)| place % HELD_OUT == 0);
    let held_out: Vec<&Example> = held_out.into_iter().map(|(_, example)| example).collect();
    let mut training: Vec<Example> = kept.into_iter().map(|(_, example)| example.clone()).collect();
    let (before, _) = Classifier::train(language, &training, settings)?;
    training.extend(new.iter().cloned());
    let (after, _) = Classifier::train_from(Some(&before), language, &training, settings)?;
    let standing = |model: &Classifier| {
        let on_held_out = predictions(model, held_out.iter().copied());
        Standing {
            accuracy: metrics::accuracy(&on_held_out),
            log_loss: metrics::log_loss(&on_held_out),
            new_right: metrics::accuracy(&predictions(model, new.iter())),
        }
    };
    Ok(Comparison { held_out: held_out.len(), new: new.len(), before: standing(&before), after: standing(&after) })
}

/// Predictions with the place of the truth; a label that the model lacks counts as a class of no probability.
fn predictions<'e>(model: &Classifier, examples: impl Iterator<Item = &'e Example>) -> Vec<(Vec<f64>, usize)> {
    examples
        .map(|example| {
            let mut probabilities = model.probabilities(&example.text);
            let unknown = probabilities.len();
            probabilities.push(0.0);
            (probabilities, model.labels().binary_search(&example.label).unwrap_or(unknown))
        })
        .collect()
}
