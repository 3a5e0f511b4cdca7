//! Training of the semantic model: its topics here, its sense in [`super::contrast`].
//!
//! The topics are a softmax regression through a bottleneck, by stochastic gradient descent with one
//! step size per parameter (AdaGrad; Duchi et al., 2011).
//!
//! Each text is seen in every epoch as it stands or retyped ([`super::noise`]), and with a part of its features left
//! out, so that no single feature carries a topic alone. One thread, one generator: the same data and seed give the
//! same bytes.

use super::contrast::{self, Paraphrases};
use super::noise::Noise;
use super::{Inner, SemanticModel};
use crate::classify::features::{FeatureSet, VocabularySettings, count_vocabulary, vector};
use crate::classify::fit::softmax;
use crate::text::rounded::Rounded;
use crate::text::tokenizer::Pipeline;
use crate::text::{Language, Text};
use rand::seq::SliceRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// How to train.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SemanticSettings {
    /// Length of a vector.
    pub dimensions: usize,
    /// Times that each text is seen.
    pub epochs: usize,
    /// Texts that a feature must occur in.
    pub min_documents: u32,
    /// Features kept, at most.
    pub max_features: usize,
    /// First step of every parameter.
    pub step: f32,
    /// Share of the features that are left out.
    pub dropout: f64,
    /// Share of the truth that is spread over all topics, against overconfidence.
    pub smoothing: f64,
    /// Length of a sense.
    pub sense_dimensions: usize,
    /// Times that each pair is seen.
    pub sense_epochs: usize,
    /// Pairs that are told apart at a time.
    pub sense_batch: usize,
    /// First step of every parameter of the sense.
    pub sense_step: f32,
    /// Share of the features that are left out where the sense is learned.
    pub sense_dropout: f64,
    /// What cosines are divided by before they become probabilities.
    pub temperature: f32,
    /// Seed of the generator.
    pub seed: u64,
}

impl Default for SemanticSettings {
    fn default() -> Self {
        Self {
            dimensions: 64,
            epochs: 30,
            min_documents: 2,
            max_features: 60_000,
            step: 0.1,
            dropout: 0.3,
            smoothing: 0.1,
            sense_dimensions: 40,
            sense_epochs: 8,
            sense_batch: 128,
            sense_step: 0.05,
            sense_dropout: 0.2,
            temperature: 0.07,
            seed: 7,
        }
    }
}

/// A text and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lesson {
    /// The text.
    pub text: String,
    /// Name of its topic; a topic that no shop answers begins with [`OUTSIDE`].
    pub topic: String,
}

/// Residuals below this move nothing.
const NEGLIGIBLE: f32 = 1e-3;

/// How the names of topics begin that no shop answers.
pub const OUTSIDE: &str = "outside";

/// Trains the topics, without a sense yet. The vocabulary is counted on the lessons and on `others`, texts that the
/// sense will be learned from; `progress` hears the number of each finished epoch.
pub fn train(
    language: &Language,
    lessons: &[Lesson],
    others: &[(String, String)],
    settings: &SemanticSettings,
    progress: impl Fn(usize),
) -> SemanticModel {
    let mut topics: Vec<String> = lessons.iter().map(|lesson| lesson.topic.clone()).collect();
    topics.sort();
    topics.dedup();
    let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
    let noise = Noise::new(lessons.iter().map(|lesson| lesson.text.as_str()));
    let (pipeline, feature_weights) = count(language, lessons, others, &noise, settings, &mut random);
    let width = feature_weights.len();
    let mut learner = Learner::new(width, topics.len(), settings, &mut random);
    let mut order: Vec<usize> = (0..lessons.len()).collect();
    for epoch in 0..settings.epochs {
        order.shuffle(&mut random);
        for place in &order {
            let lesson = &lessons[*place];
            let text =
                if random.random_bool(0.5) { noise.retype(&lesson.text, &mut random) } else { lesson.text.clone() };
            let mut row = vector(&language.read(&text), FeatureSet::Sound, &pipeline, &feature_weights);
            row.retain(|_| !random.random_bool(settings.dropout));
            let topic = topics.binary_search(&lesson.topic).unwrap_or(0);
            learner.learn(&row, topic);
        }
        progress(epoch + 1);
    }
    let outside = topics.iter().map(|topic| topic.starts_with(OUTSIDE)).collect();
    let inner = Inner {
        pipeline,
        feature_weights,
        topics,
        outside,
        embeddings: Rounded::new(&learner.embeddings.values, settings.dimensions),
        senses: Rounded::default(),
        topic_vectors: learner.topic_vectors.values,
        topic_biases: learner.topic_biases.values,
    };
    SemanticModel { inner: Arc::new(inner) }
}

/// Gives a model its sense; see [`super::contrast`].
pub fn train_sense(
    language: &Language,
    model: &SemanticModel,
    paraphrases: Paraphrases<'_>,
    settings: &SemanticSettings,
) -> SemanticModel {
    let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
    let inner = &*model.inner;
    let read_by = (&inner.pipeline, inner.feature_weights.as_slice());
    let senses = contrast::train(language, paraphrases, read_by, settings, &mut random);
    let senses = Rounded::new(&senses, settings.sense_dimensions);
    let inner = Inner { senses, ..inner.clone() };
    SemanticModel { inner: Arc::new(inner) }
}

/// Counts the vocabulary on the texts, on one retyped version of each lesson, and on the others.
fn count(
    language: &Language,
    lessons: &[Lesson],
    others: &[(String, String)],
    noise: &Noise,
    settings: &SemanticSettings,
    random: &mut impl Rng,
) -> (Pipeline, Vec<f32>) {
    let texts: Vec<Text> = (lessons.iter())
        .flat_map(|lesson| [lesson.text.clone(), noise.retype(&lesson.text, random)])
        .chain(others.iter().flat_map(|(a, b)| [a.clone(), b.clone()]))
        .map(|text| language.read(&text))
        .collect();
    let vocabulary = VocabularySettings {
        features: FeatureSet::Sound,
        min_documents: settings.min_documents,
        max_features: settings.max_features,
    };
    let (vocabulary, weights) = count_vocabulary(&texts.iter().collect::<Vec<_>>(), &vocabulary);
    (language.pipeline(vocabulary), weights)
}

/// Parameters with the sum of their squared gradients.
pub(super) struct Parameters {
    pub(super) values: Vec<f32>,
    squares: Vec<f32>,
}

impl Parameters {
    pub(super) fn new(values: Vec<f32>) -> Self {
        let squares = vec![1e-6; values.len()];
        Self { values, squares }
    }

    pub(super) fn descend(&mut self, place: usize, gradient: f32, step: f32) {
        self.squares[place] += gradient * gradient;
        self.values[place] -= step * gradient / self.squares[place].sqrt();
    }
}

struct Learner {
    dimensions: usize,
    step: f32,
    smoothing: f64,
    embeddings: Parameters,
    topic_vectors: Parameters,
    topic_biases: Parameters,
}

impl Learner {
    fn new(features: usize, topics: usize, settings: &SemanticSettings, random: &mut impl Rng) -> Self {
        let mut small = |count: usize| Parameters::new((0..count).map(|_| random.random_range(-0.1..0.1)).collect());
        Self {
            dimensions: settings.dimensions,
            step: settings.step,
            smoothing: settings.smoothing,
            embeddings: small(features * settings.dimensions),
            topic_vectors: small(topics * settings.dimensions),
            topic_biases: Parameters::new(vec![0.0; topics]),
        }
    }

    fn learn(&mut self, row: &[(u32, f32)], topic: usize) {
        let dimensions = self.dimensions;
        let mut sum = vec![0.0_f32; dimensions];
        for (feature, value) in row {
            let start = *feature as usize * dimensions;
            for (sum, weight) in sum.iter_mut().zip(&self.embeddings.values[start..start + dimensions]) {
                *sum += value * weight;
            }
        }
        let mut residuals: Vec<f64> = (self.topic_vectors.values.chunks_exact(dimensions))
            .zip(&self.topic_biases.values)
            .map(|(topic, bias)| f64::from(bias + topic.iter().zip(&sum).map(|(a, b)| a * b).sum::<f32>()))
            .collect();
        softmax(&mut residuals);
        let spread = self.smoothing / residuals.len() as f64;
        for residual in &mut residuals {
            *residual -= spread;
        }
        residuals[topic] -= 1.0 - self.smoothing;

        let mut back = vec![0.0_f32; dimensions];
        for (topic, residual) in residuals.iter().enumerate() {
            let residual = *residual as f32;
            // Most topics are far away; their share of the gradient is noise, and leaving it out saves most of the time.
            if residual.abs() < NEGLIGIBLE {
                continue;
            }
            for (axis, back) in back.iter_mut().enumerate() {
                let place = topic * dimensions + axis;
                *back += residual * self.topic_vectors.values[place];
                self.topic_vectors.descend(place, residual * sum[axis], self.step);
            }
            self.topic_biases.descend(topic, residual, self.step);
        }
        for (feature, value) in row {
            let start = *feature as usize * dimensions;
            for (axis, back) in back.iter().enumerate() {
                self.embeddings.descend(start + axis, value * back, self.step);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::model_file::FileError;

    fn lessons() -> Vec<Lesson> {
        let refund = ["退款多久到账", "钱什么时候退", "退款几天", "退钱要多久"];
        let weather = ["今天天气怎么样", "明天下雨吗", "天气预报", "外面冷不冷"];
        let of = |topic: &'static str| move |text: &str| Lesson { text: text.to_owned(), topic: topic.to_owned() };
        refund.into_iter().map(of("refund")).chain(weather.into_iter().map(of("outside-weather"))).collect()
    }

    fn small() -> (Language, SemanticModel) {
        let language = Language::new(&[]);
        let settings = SemanticSettings { dimensions: 8, epochs: 30, min_documents: 1, ..SemanticSettings::default() };
        let model = train(&language, &lessons(), &[], &settings, |_| {});
        let paraphrases = Paraphrases { lessons: &lessons(), pairs: &[] };
        let model = train_sense(&language, &model, paraphrases, &settings);
        (language, model)
    }

    #[test]
    fn texts_of_one_topic_come_together() {
        let (language, model) = small();
        let read = |text: &str| model.read(&language.read(text));
        let (a, b, far) = (read("退款要几天"), read("tuikuan多久"), read("今天冷吗"));
        assert!(a.topic_agreement(&b) > a.topic_agreement(&far));
        assert!(a.cosine(&b) > a.cosine(&far) && a.same_sense(&b) > a.same_sense(&far));
        assert!(far.outside > 0.5 && a.outside < 0.5);
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_a_saved_model_reads_alike() {
        let (language, model) = small();
        let bytes = model.weights_bytes();
        assert_eq!(bytes, small().1.weights_bytes());
        let loaded =
            SemanticModel::load(&model.tokenizer_json(), &bytes.clone().into(), language.segmenter().clone()).unwrap();
        let (before, after) = (model.read(&language.read("退款")), loaded.read(&language.read("退款")));
        assert!(before.cosine(&after) > 0.999 && before.same_sense(&after) > 0.999);
        let damaged = SemanticModel::load(
            &model.tokenizer_json(),
            &bytes[..bytes.len() - 3].to_vec().into(),
            language.segmenter().clone(),
        );
        assert!(matches!(damaged, Err(super::super::SemanticError::File(FileError::Damaged))));
    }
}
