//! Features, weights and calibration as one thing that can be trained, asked, questioned, saved and loaded.

mod design;
mod file;
mod train;

pub use design::{Design, Weighting};
pub use train::{Example, TrainSettings};

use crate::classify::fit::{FitError, Weights, softmax};
use crate::classify::representation::Representation;
use crate::text::Text;
use crate::text::model_file::FileError;
use crate::text::tokenizer::PipelineError;
use serde::{Deserialize, Serialize};

/// A trained classifier.
pub struct Classifier {
    representation: Representation,
    labels: Vec<String>,
    weights: Weights,
    /// Scores are divided by it before the softmax, so that probabilities mean what they say (Guo et al., 2017).
    temperature: f64,
}

/// A label with its probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scored {
    /// The label.
    pub label: String,
    /// Calibrated probability.
    pub probability: f64,
}

/// What a token did to a decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    /// The feature's name; see [`crate::classify::features`].
    pub feature: String,
    /// What it added to the label's score, relative to the mean over all labels.
    pub score: f64,
}

/// Why a model could not be trained or loaded.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The rows do not fit together.
    #[error("cannot be fitted: {0}")]
    Fit(#[from] FitError),
    /// The tokenizer does not belong to this shop's text.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// The file of the weights is foreign or damaged.
    #[error(transparent)]
    File(#[from] FileError),
    /// The parts do not belong together.
    #[error("tokenizer and weights do not belong together: {0}")]
    Mismatch(String),
}

impl Classifier {
    /// What scores are divided by.
    pub fn temperature(&self) -> f64 {
        self.temperature
    }

    /// Labels by probability, the most probable first.
    pub fn predict(&self, text: &Text) -> Vec<Scored> {
        let mut scored: Vec<Scored> = (self.labels.iter().zip(self.probabilities(text)))
            .map(|(label, probability)| Scored { label: label.clone(), probability })
            .collect();
        scored.sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.label.cmp(&b.label)));
        scored
    }

    /// Probabilities in the order of [`Classifier::labels`].
    pub fn probabilities(&self, text: &Text) -> Vec<f64> {
        self.probabilities_of(&self.row(text))
    }

    /// The text as a row: columns and values, ascending.
    pub fn row(&self, text: &Text) -> Vec<(u32, f32)> {
        self.representation.row(text)
    }

    /// Probabilities of a row that [`Classifier::row`] made.
    pub fn probabilities_of(&self, row: &[(u32, f32)]) -> Vec<f64> {
        let mut scores = self.weights.scores(row.iter().map(|(id, value)| (*id as usize, f64::from(*value))));
        for score in &mut scores {
            *score /= self.temperature;
        }
        softmax(&mut scores);
        scores
    }

    /// The labels, sorted.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// How many named features it knows.
    pub fn features(&self) -> usize {
        self.representation.feature_weights.len()
    }

    /// What each token did to a label's score, the strongest first. Together with [`Classifier::bias`] the
    /// contributions sum to the label's score relative to the mean over all labels.
    pub fn explain(&self, text: &Text, label: &str) -> Vec<Contribution> {
        let Ok(class) = self.labels.binary_search_by(|known| known.as_str().cmp(label)) else { return Vec::new() };
        let parts = self.representation.contributions(text, |column| relative(self.weights_of(column), class));
        let mut contributions: Vec<Contribution> =
            parts.into_iter().map(|(feature, score)| Contribution { feature, score }).collect();
        contributions.sort_by(|a, b| b.score.abs().total_cmp(&a.score.abs()));
        contributions
    }

    /// What a label's score begins with, relative to the mean over all labels.
    pub fn bias(&self, label: &str) -> f64 {
        let class = self.labels.binary_search_by(|known| known.as_str().cmp(label));
        class.map_or(0.0, |class| relative(&self.weights.biases, class))
    }

    fn weights_of(&self, feature: usize) -> &[f64] {
        &self.weights.weights[feature * self.weights.classes..(feature + 1) * self.weights.classes]
    }
}

/// A class's value against the mean: scores are only defined up to a constant.
fn relative(values: &[f64], class: usize) -> f64 {
    values[class] - values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::classify::features::{FeatureSet, VocabularySettings};
    use crate::classify::fit::FitSettings;
    use crate::text::Language;
    use crate::text::tokenizer::Pipeline;

    pub(crate) fn small() -> (Language, Classifier) {
        let language = Language::new(&[]);
        let examples: Vec<Example> = [
            ("怎么退款", "refund"),
            ("我要退款", "refund"),
            ("退钱给我", "refund"),
            ("什么时候发货", "shipping"),
            ("还没发货吗", "shipping"),
            ("快点发货", "shipping"),
        ]
        .map(|(text, label)| Example { text: language.read(text), label: label.to_owned() })
        .into();
        let fit = FitSettings { c: 10.0, ..FitSettings::default() };
        let vocabulary = VocabularySettings { features: FeatureSet::Topic, min_documents: 1, max_features: 10_000 };
        let settings = TrainSettings { fit, vocabulary, weighting: Weighting::Rarity, meaning: 0.0, temperature: None };
        let (classifier, _) = Classifier::train(&language, &examples, &settings).unwrap();
        (language, classifier)
    }

    #[test]
    fn probabilities_sum_to_one_and_the_right_label_leads() {
        let (language, classifier) = small();
        let scored = classifier.predict(&language.read("退款怎么弄"));
        assert_eq!(scored[0].label, "refund");
        assert!((scored.iter().map(|one| one.probability).sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_explanation_sums_to_the_score() {
        let (language, classifier) = small();
        let text = language.read("退款怎么还没到");
        let explained: f64 = classifier.explain(&text, "refund").iter().map(|one| one.score).sum();
        let other: f64 = classifier.explain(&text, "shipping").iter().map(|one| one.score).sum();
        let log_odds = (explained + classifier.bias("refund")) - (other + classifier.bias("shipping"));
        let probabilities = classifier.probabilities(&text);
        assert!((log_odds / classifier.temperature - (probabilities[0] / probabilities[1]).ln()).abs() < 1e-9);
    }

    #[test]
    fn a_saved_model_answers_as_before_and_the_same_data_gives_the_same_bytes() {
        let (language, classifier) = small();
        assert_eq!(classifier.weights_bytes(), small().1.weights_bytes());
        let pipeline = Pipeline::from_json(&classifier.tokenizer_json(), language.segmenter()).unwrap();
        let loaded = Classifier::load(pipeline, None, &classifier.weights_bytes()).unwrap();
        let text = language.read("退款");
        for (a, b) in loaded.probabilities(&text).iter().zip(classifier.probabilities(&text)) {
            assert!((a - b).abs() < 1e-3);
        }
    }

    #[test]
    fn foreign_and_damaged_files_are_refused() {
        let (language, classifier) = small();
        let pipeline = || Pipeline::from_json(&classifier.tokenizer_json(), language.segmenter()).unwrap();
        let bytes = classifier.weights_bytes();
        assert!(matches!(Classifier::load(pipeline(), None, b"GIF89a"), Err(ModelError::File(FileError::Foreign))));
        assert!(matches!(
            Classifier::load(pipeline(), None, &bytes[..bytes.len() - 7]),
            Err(ModelError::File(FileError::Damaged))
        ));
        assert!(matches!(Classifier::load(pipeline(), None, &bytes[..12]), Err(ModelError::File(FileError::Damaged))));
        let other = language.pipeline(Default::default());
        assert!(matches!(Classifier::load(other, None, &bytes), Err(ModelError::Mismatch(_))));
    }
}
