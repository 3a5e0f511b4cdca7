//! What a shopper wants.

use crate::classify::classifier::{Classifier, Example, ModelError, Scored, TrainSettings, Weighting};
use crate::classify::explanation::Explanation;
use crate::classify::features::{FeatureSet, VocabularySettings};
use crate::classify::fit::{FitReport, FitSettings};
use crate::classify::shadow::{self, Comparison};
use crate::model::knowledge::{Correction, Intent};
use crate::text::model_file::FileError;
use crate::text::normalize::normalize;
use crate::text::tokenizer::Pipeline;
use crate::text::{Language, Text};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Chosen by cross-validation on the demo shop's utterances.
const SETTINGS: TrainSettings = TrainSettings {
    fit: FitSettings { c: 16.0, dropout: 1.0, gradient_tolerance: 1e-4, max_iterations: 200 },
    vocabulary: VocabularySettings { features: FeatureSet::Topic, min_documents: 1, max_features: 60_000 },
    weighting: Weighting::Telling,
    meaning: 0.6,
    temperature: None,
};

/// A classifier over the intents of one shop.
pub struct IntentModel {
    classifier: Classifier,
}

/// The intents of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct IntentReading {
    /// All intents, the most probable first.
    pub ranked: Vec<Scored>,
}

/// Probability below which the first intent is not taken for what is meant.
pub const FLOOR: f64 = 0.5;

/// Distance to the second intent below which either may be meant.
pub const MARGIN: f64 = 0.15;

/// Whether a message has an intent that one may act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The first intent is meant.
    Sure,
    /// One of the first two is meant, but which?
    Ambiguous,
    /// None of the shop's intents is heard.
    #[default]
    Rejected,
}

impl Verdict {
    /// The verdict on the probabilities of the first two intents. The first alone must reach [`FLOOR`] and keep
    /// [`MARGIN`]; two that reach the floor together and lie closer are ambiguous.
    pub fn of(first: f64, second: f64) -> Self {
        if first >= FLOOR && first - second >= MARGIN {
            Self::Sure
        } else if first + second >= FLOOR && first - second < MARGIN {
            Self::Ambiguous
        } else {
            Self::Rejected
        }
    }
}

impl IntentModel {
    /// Names the settings in force, so that a model that was trained under others is trained again.
    pub fn settings() -> String {
        SETTINGS.to_string()
    }

    /// Trains on the utterances of the intents.
    ///
    /// # Errors
    /// [`ModelError`] where there are none.
    pub fn train(language: &Language, intents: &[Intent]) -> Result<(Self, FitReport), ModelError> {
        Self::train_from(None, language, &Self::examples(language, intents, &[]))
    }

    /// Trains on examples, beginning with a former model.
    ///
    /// # Errors
    /// [`ModelError`] where there are none.
    pub fn train_from<'a>(
        former: Option<&Self>,
        language: &Language,
        examples: impl IntoIterator<Item = &'a Example>,
    ) -> Result<(Self, FitReport), ModelError> {
        let former = former.map(|former| &former.classifier);
        let (classifier, report) = Classifier::train_from(former, language, examples, &SETTINGS)?;
        Ok((Self { classifier }, report))
    }

    /// The utterances of the intents and what was corrected since. A correction takes the place of an utterance that
    /// says the same, and of an earlier correction.
    pub fn examples(language: &Language, intents: &[Intent], corrections: &[Correction]) -> Vec<Example> {
        let newest: HashMap<String, &Correction> =
            corrections.iter().map(|correction| (normalize(&correction.said), correction)).collect();
        let utterances = (intents.iter())
            .flat_map(|intent| intent.utterances.iter().map(move |utterance| (utterance, &intent.name)))
            .filter(|(utterance, _)| newest.is_empty() || !newest.contains_key(&normalize(utterance)));
        // Every intent was deleted that no one knows any more; an empty list of intents knows all.
        let known = |name: &str| intents.is_empty() || intents.iter().any(|intent| intent.name == name);
        let corrected = corrections.iter().filter(|one| {
            known(&one.intent) && newest.get(&normalize(&one.said)).is_some_and(|newest| std::ptr::eq(*newest, *one))
        });
        (utterances.chain(corrected.map(|one| (&one.said, &one.intent))))
            .map(|(said, name)| Example { text: language.read(said), label: name.clone() })
            .collect()
    }

    /// The shadow test of new examples against those known before, at the calibration of the current model.
    ///
    /// # Errors
    /// [`ModelError`] where there is nothing to fit.
    pub fn compare(
        language: &Language,
        known: &[Example],
        new: &[Example],
        current: &Self,
    ) -> Result<Comparison, ModelError> {
        let settings = TrainSettings { temperature: Some(current.classifier.temperature()), ..SETTINGS };
        shadow::compare(language, known, new, &settings)
    }

    /// Reads a message.
    pub fn read(&self, text: &Text) -> IntentReading {
        IntentReading { ranked: self.classifier.predict(text) }
    }

    /// An intent's score taken apart, with the strongest `kept` features.
    pub fn explain(&self, text: &Text, intent: &str, kept: usize) -> Explanation {
        Explanation::new(intent, self.classifier.bias(intent), self.classifier.explain(text, intent), kept)
    }

    /// The classifier inside.
    pub fn classifier(&self) -> &Classifier {
        &self.classifier
    }

    /// Tokenizer and weights as one, with a checksum over both.
    pub fn to_bytes(&self) -> Vec<u8> {
        let tokenizer = self.classifier.tokenizer_json();
        let mut bytes = (tokenizer.len() as u64).to_le_bytes().to_vec();
        bytes.extend(tokenizer.as_bytes());
        bytes.extend(self.classifier.weights_bytes());
        let checksum = Sha256::digest(&bytes);
        bytes.extend(checksum);
        bytes
    }

    /// What [`IntentModel::to_bytes`] gave.
    ///
    /// # Errors
    /// [`ModelError`] for anything else, or where the shop's dictionary has changed since.
    pub fn from_bytes(bytes: &[u8], language: &Language) -> Result<Self, ModelError> {
        let split = bytes.len().checked_sub(32).ok_or(FileError::Damaged)?;
        let (bytes, checksum) = bytes.split_at(split);
        if Sha256::digest(bytes)[..] != *checksum {
            return Err(FileError::Damaged.into());
        }
        let (length, rest) = bytes.split_first_chunk::<8>().ok_or(FileError::Damaged)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| FileError::Damaged)?;
        let (tokenizer, weights) = rest.split_at_checked(length).ok_or(FileError::Damaged)?;
        let tokenizer = std::str::from_utf8(tokenizer).map_err(|_| FileError::Damaged)?;
        let pipeline = Pipeline::from_json(tokenizer, language.segmenter())?;
        Ok(Self { classifier: Classifier::load(pipeline, language.vectors(), weights)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_intent_must_reach_the_floor_and_keep_its_distance() {
        assert_eq!(Verdict::of(0.8, 0.1), Verdict::Sure);
        assert_eq!(Verdict::of(0.45, 0.4), Verdict::Ambiguous);
        assert_eq!(Verdict::of(0.52, 0.45), Verdict::Ambiguous);
        assert_eq!(Verdict::of(0.4, 0.1), Verdict::Rejected);
        assert_eq!(Verdict::of(0.2, 0.2), Verdict::Rejected);
    }
}
