//! Whether a text speaks well or ill of what it is about. Trained on product reviews.

use crate::classify::classifier::{Classifier, Contribution, ModelError};
use crate::text::Text;
use crate::text::segment::Segmenter;
use crate::text::tokenizer::Pipeline;

/// Label of texts that speak well.
pub const POSITIVE: &str = "1";

/// Label of texts that speak ill.
pub const NEGATIVE: &str = "0";

/// The reviews model.
pub struct SentimentModel {
    classifier: Classifier,
}

impl SentimentModel {
    /// Loads `tokenizer.json` and `weights.bin`. The model was trained without any shop's words; the shop's segmenter
    /// only adds words that it does not know, so it may be used.
    ///
    /// # Errors
    /// [`ModelError`] where the files are foreign, damaged, or do not belong together.
    pub fn from_files(tokenizer: &str, weights: &[u8], segmenter: Segmenter) -> Result<Self, ModelError> {
        let pipeline = Pipeline::from_json_with_more_words(tokenizer, segmenter)?;
        Ok(Self { classifier: Classifier::load(pipeline, None, weights)? })
    }

    /// The classifier inside.
    pub fn classifier(&self) -> &Classifier {
        &self.classifier
    }

    /// Probability that the text speaks well.
    pub fn positive(&self, text: &Text) -> f64 {
        let place = self.classifier.labels().iter().position(|label| label == POSITIVE);
        place.map_or(0.5, |place| self.classifier.probabilities(text)[place])
    }

    /// What each token did towards speaking well.
    pub fn explain(&self, text: &Text) -> Vec<Contribution> {
        self.classifier.explain(text, POSITIVE)
    }
}
