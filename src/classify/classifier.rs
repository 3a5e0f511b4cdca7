//! Features, weights and calibration as one thing that can be trained, asked, questioned, saved and loaded.

use crate::classify::features::{FeatureSet, VocabularySettings, count_vocabulary};
use crate::classify::fit::{FitError, FitReport, FitSettings, Weights, fit, fit_from, softmax};
use crate::classify::metrics;
use crate::classify::representation::{Meaning, Representation};
use crate::classify::sparse::SparseRows;
use crate::text::tokenizer::{Pipeline, PipelineError};
use crate::text::word_vectors::WordVectors;
use crate::text::{Language, Text};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// First bytes of a weights file: name and version of the format.
const MAGIC: &[u8; 8] = b"XIAOER03";

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

/// Examples as the fit sees them.
pub(crate) struct Design {
    representation: Representation,
    /// Sorted.
    pub(crate) labels: Vec<String>,
    /// One row for each example.
    pub(crate) rows: SparseRows,
    /// The place of each example's label.
    pub(crate) classes: Vec<usize>,
}

impl Design {
    /// Counts the vocabulary and the weights of its features on the examples.
    pub(crate) fn new(language: &Language, examples: &[&Example], settings: &TrainSettings) -> Self {
        let mut labels: Vec<String> = examples.iter().map(|example| example.label.clone()).collect();
        labels.sort();
        labels.dedup();
        let texts: Vec<&Text> = examples.iter().map(|example| &example.text).collect();
        let features = settings.vocabulary.features;
        let (vocabulary, mut feature_weights) = count_vocabulary(&texts, &settings.vocabulary);
        let pipeline = language.pipeline(vocabulary);
        let classes: Vec<usize> =
            examples.iter().map(|example| labels.binary_search(&example.label).unwrap_or(0)).collect();
        if settings.weighting == Weighting::Telling {
            let telling = how_telling(&texts, &classes, labels.len(), features, &pipeline);
            for (weight, telling) in feature_weights.iter_mut().zip(telling) {
                *weight *= telling;
            }
        }
        let meaning = (language.vectors().filter(|_| settings.meaning > 0.0))
            .map(|vectors| Meaning { vectors: vectors.clone(), share: settings.meaning });
        let representation = Representation { pipeline, features, feature_weights, meaning };
        let mut rows = SparseRows::new(representation.width());
        for text in texts {
            rows.push(representation.row(text));
        }
        Self { representation, labels, rows, classes }
    }

    /// Scores of another text under weights that were fitted to this design.
    pub(crate) fn scores(&self, text: &Text, weights: &Weights) -> Vec<f64> {
        let row = self.representation.row(text);
        weights.scores(row.into_iter().map(|(id, value)| (id as usize, f64::from(value))))
    }
}

/// How much a feature counts before anything is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Weighting {
    /// By rarity alone: the inverse document frequency.
    #[default]
    Rarity,
    /// By rarity and by how unevenly it falls on the labels: the penalty then weighs less on features that tell
    /// something. A smooth form of the log-count ratios of Wang and Manning (2012), for any number of labels.
    Telling,
}

/// A text with its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The text after reading.
    pub text: Text,
    /// Its label.
    pub label: String,
}

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
    /// Not a file of this program.
    #[error("not a model file of this program")]
    Foreign,
    /// Cut short or changed.
    #[error("the model file is damaged: its checksum does not match")]
    Damaged,
    /// The parts do not belong together.
    #[error("tokenizer and weights do not belong together: {0}")]
    Mismatch(String),
}

/// Everything but the tokenizer, as it is saved.
#[derive(Serialize, Deserialize)]
struct Header {
    labels: Vec<String>,
    feature_set: FeatureSet,
    features: usize,
    /// Word vectors that the weights were fitted to, and how much they count.
    meaning: Option<MeaningHeader>,
    temperature: f64,
    /// Weights are saved in this many steps to each side of zero.
    scale: f32,
}

/// Which word vectors a model needs.
#[derive(Serialize, Deserialize)]
struct MeaningHeader {
    checksum: String,
    share: f32,
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

    /// `tokenizer.json`.
    pub fn tokenizer_json(&self) -> String {
        self.representation.pipeline.to_json()
    }

    /// Everything else, with weights rounded to 16 bits; the rounding moves a probability by less than 0.001.
    pub fn weights_bytes(&self) -> Vec<u8> {
        let largest = self.weights.weights.iter().fold(f64::MIN_POSITIVE, |largest, weight| weight.abs().max(largest));
        #[allow(clippy::cast_possible_truncation)]
        let scale = (largest / f64::from(i16::MAX)) as f32;
        let Representation { features, feature_weights, meaning, .. } = &self.representation;
        let meaning = (meaning.as_ref())
            .map(|meaning| MeaningHeader { checksum: meaning.vectors.checksum().to_owned(), share: meaning.share });
        let header = Header {
            labels: self.labels.clone(),
            feature_set: *features,
            features: feature_weights.len(),
            meaning,
            temperature: self.temperature,
            scale,
        };
        let header = serde_json::to_vec(&header).unwrap_or_default();
        let mut bytes = MAGIC.to_vec();
        bytes.extend((header.len() as u32).to_le_bytes());
        bytes.extend(header);
        bytes.extend(feature_weights.iter().flat_map(|value| value.to_le_bytes()));
        bytes.extend(self.weights.biases.iter().flat_map(|value| value.to_le_bytes()));
        for weight in &self.weights.weights {
            #[allow(clippy::cast_possible_truncation)]
            let steps = (weight / f64::from(scale)).round() as i16;
            bytes.extend(steps.to_le_bytes());
        }
        let checksum = Sha256::digest(&bytes);
        bytes.extend(checksum);
        bytes
    }

    /// Loads what was saved. `pipeline` is the model's `tokenizer.json` after loading; `vectors` are needed by a model
    /// that was trained with them.
    ///
    /// # Errors
    /// [`ModelError`] where the bytes are foreign, damaged, or belong to another tokenizer or other vectors.
    pub fn load(pipeline: Pipeline, vectors: Option<&WordVectors>, bytes: &[u8]) -> Result<Self, ModelError> {
        let content = bytes.strip_prefix(MAGIC.as_slice()).ok_or(ModelError::Foreign)?;
        let split = bytes.len().checked_sub(32).filter(|split| *split >= MAGIC.len()).ok_or(ModelError::Damaged)?;
        if Sha256::digest(&bytes[..split])[..] != bytes[split..] {
            return Err(ModelError::Damaged);
        }
        let mut rest = Reader { bytes: &content[..content.len() - 32] };
        let length = u32::from_le_bytes(rest.array()?) as usize;
        let header: Header = serde_json::from_slice(rest.take(length)?).map_err(|_| ModelError::Foreign)?;
        if header.features != pipeline.vocabulary_size() {
            return Err(ModelError::Mismatch(format!(
                "{} features against a vocabulary of {}",
                header.features,
                pipeline.vocabulary_size()
            )));
        }
        let meaning = match header.meaning {
            Some(MeaningHeader { checksum, share }) => {
                let vectors = vectors.filter(|vectors| vectors.checksum() == checksum);
                let vectors = vectors.ok_or_else(|| ModelError::Mismatch(format!("word vectors {checksum}")))?;
                Some(Meaning { vectors: vectors.clone(), share })
            }
            None => None,
        };
        let classes = header.labels.len();
        let feature_weights =
            (0..header.features).map(|_| rest.array().map(f32::from_le_bytes)).collect::<Result<_, _>>()?;
        let biases = (0..classes).map(|_| rest.array().map(f64::from_le_bytes)).collect::<Result<_, _>>()?;
        let representation = Representation { pipeline, features: header.feature_set, feature_weights, meaning };
        let weights = (0..representation.width() * classes)
            .map(|_| rest.array().map(|steps| f64::from(i16::from_le_bytes(steps)) * f64::from(header.scale)))
            .collect::<Result<_, _>>()?;
        let weights = Weights { classes, weights, biases };
        Ok(Self { representation, labels: header.labels, weights, temperature: header.temperature })
    }
}

/// A class's value against the mean: scores are only defined up to a constant.
fn relative(values: &[f64], class: usize) -> f64 {
    values[class] - values.iter().sum::<f64>() / values.len() as f64
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], ModelError> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or(ModelError::Damaged)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ModelError> {
        self.take(N)?.try_into().map_err(|_| ModelError::Damaged)
    }
}

/// For each feature how unevenly it falls on the labels: the square root of the largest log-ratio, over labels, of its
/// share among the features of the label to its share among those of the others, by documents, one added to each.
fn how_telling(
    texts: &[&Text],
    classes: &[usize],
    labels: usize,
    features: FeatureSet,
    pipeline: &Pipeline,
) -> Vec<f32> {
    let width = pipeline.vocabulary_size();
    let mut documents = vec![1.0_f32; width * labels];
    let mut ids = Vec::new();
    for (text, class) in texts.iter().zip(classes) {
        ids.clear();
        features.each(text, |name| ids.extend(pipeline.id(name)));
        ids.sort_unstable();
        ids.dedup();
        for id in &ids {
            documents[*id as usize * labels + class] += 1.0;
        }
    }
    let mut of_label = vec![0.0_f32; labels];
    for counts in documents.chunks_exact(labels) {
        for (sum, count) in of_label.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    let all: f32 = of_label.iter().sum();
    (documents.chunks_exact(labels))
        .map(|counts| {
            let total: f32 = counts.iter().sum();
            let ratio = |label: usize| {
                let inside = counts[label] / of_label[label];
                let outside = (total - counts[label]).max(1.0) / (all - of_label[label]).max(1.0);
                (inside / outside).ln().abs()
            };
            ((0..labels).map(ratio).fold(0.0, f32::max) + 0.1).sqrt()
        })
        .collect()
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

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
        assert!(matches!(Classifier::load(pipeline(), None, b"GIF89a"), Err(ModelError::Foreign)));
        assert!(matches!(Classifier::load(pipeline(), None, &bytes[..bytes.len() - 7]), Err(ModelError::Damaged)));
        assert!(matches!(Classifier::load(pipeline(), None, &bytes[..12]), Err(ModelError::Damaged)));
        let other = language.pipeline(Default::default());
        assert!(matches!(Classifier::load(other, None, &bytes), Err(ModelError::Mismatch(_))));
    }
}
