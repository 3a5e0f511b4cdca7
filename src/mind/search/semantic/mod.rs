//! What a text means, as far as all Chinese shops have it in common.
//!
//! Two phrasings can share no character and ask the same: "钱都付了怎么还叫我付" and "扣款后订单显示未付款". A small model
//! that was trained on many phrasings of the topics of online shopping brings them together. Its features (words,
//! characters, sounds) each have a vector; the vector of a text is their weighted sum; a softmax regression over the
//! topics reads from it what the text is about. So the regression's weight matrix has low rank, which is why it fits
//! into a few megabytes and costs microseconds (the linear model of Joulin et al., 2017, with Chinese features).
//!
//! Beside it each feature has a second vector for the sense of a text, learned from pairs that mean the same
//! ([`contrast`]): topics tell a refund from an invoice, the sense tells "how long" from "why".
//!
//! The topics are those of all shops. A shop's own entries need not be among them: a query and an entry are compared
//! by how their distributions over the topics agree, and by the angle between their vectors.

pub mod contrast;
pub mod noise;
pub mod train;

use crate::classify::features::{FeatureSet, vector};
use crate::classify::fit::softmax;
use crate::text::Text;
use crate::text::model_file::{self, FileError, ModelFile};
use crate::text::rounded::{self, Rounded};
use crate::text::segment::Segmenter;
use crate::text::tokenizer::{Pipeline, PipelineError};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;

/// Kind and version of a weights file.
const KIND: [u8; 8] = *b"XIAOSEM2";

/// Topics that are kept of a distribution.
const KEPT_TOPICS: usize = 12;

/// The trained model. Cloning is cheap.
#[derive(Clone)]
pub struct SemanticModel {
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    pipeline: Pipeline,
    feature_weights: Vec<f32>,
    topics: Vec<String>,
    /// Topics that no shop answers: weather, songs, other companies.
    outside: Vec<bool>,
    /// One vector for each feature.
    embeddings: Rounded,
    /// One vector for each topic, side by side: they are few, and each text is held against all of them.
    topic_vectors: Vec<f32>,
    topic_biases: Vec<f32>,
    /// A second vector for each feature; none where the model has no sense.
    senses: Rounded,
}

/// What a text means.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Meaning {
    /// Of length one; all zeros where no feature of the text is known.
    pub vector: Vec<f32>,
    /// Of length one too: near those of texts that mean the same.
    pub sense: Vec<f32>,
    /// The most probable topics by number, with their probabilities, ascending by number.
    pub topics: Vec<(u16, f32)>,
    /// Probability of all topics together that no shop answers.
    pub outside: f32,
}

/// Why a model could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum SemanticError {
    /// The tokenizer cannot be read.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// The file of the vectors is foreign or damaged.
    #[error(transparent)]
    File(#[from] FileError),
}

#[derive(Serialize, Deserialize)]
struct Header {
    topics: Vec<String>,
    outside: Vec<bool>,
    dimensions: usize,
    sense_dimensions: usize,
    features: usize,
}

impl Meaning {
    /// Cosine of the angle between two vectors, -1 to 1.
    pub fn cosine(&self, other: &Self) -> f32 {
        dot(&self.vector, &other.vector)
    }

    /// Cosine of the angle between two senses, -1 to 1.
    pub fn same_sense(&self, other: &Self) -> f32 {
        dot(&self.sense, &other.sense)
    }

    /// Agreement of two distributions over the topics, 0 to 1: the Bhattacharyya coefficient `Σ √(p·q)`.
    pub fn topic_agreement(&self, other: &Self) -> f32 {
        let (mut sum, mut rest) = (0.0, other.topics.iter().peekable());
        for (topic, probability) in &self.topics {
            while rest.next_if(|(known, _)| known < topic).is_some() {}
            if let Some((_, known)) = rest.next_if(|(known, _)| known == topic) {
                sum += (probability * known).sqrt();
            }
        }
        sum
    }

    /// The mean of several meanings: of the phrasings of one entry.
    pub fn mean<'a>(meanings: impl IntoIterator<Item = &'a Self>) -> Self {
        let (mut vector, mut sense) = (Vec::<f32>::new(), Vec::<f32>::new());
        let (mut topics, mut outside) = (std::collections::BTreeMap::new(), 0.0);
        let mut count = 0.0_f32;
        for meaning in meanings {
            add(&mut vector, &meaning.vector);
            add(&mut sense, &meaning.sense);
            for (topic, probability) in &meaning.topics {
                *topics.entry(*topic).or_insert(0.0) += probability;
            }
            outside += meaning.outside;
            count += 1.0;
        }
        scale_to_one(&mut vector);
        scale_to_one(&mut sense);
        let topics = topics.into_iter().map(|(topic, sum)| (topic, sum / count.max(1.0))).collect();
        Self { vector, sense, topics, outside: outside / count.max(1.0) }
    }
}

impl SemanticModel {
    /// Reads a text's meaning.
    pub fn read(&self, text: &Text) -> Meaning {
        let model = &*self.inner;
        let row = vector(text, FeatureSet::Sound, &model.pipeline, &model.feature_weights);
        let mut sum = weighted_sum(&row, &model.embeddings);
        let mut sense = weighted_sum(&row, &model.senses);
        let (topics, outside) = model.distribution(&sum);
        scale_to_one(&mut sum);
        scale_to_one(&mut sense);
        Meaning { vector: sum, sense, topics, outside }
    }

    /// Names of the topics, by number.
    pub fn topics(&self) -> &[String] {
        &self.inner.topics
    }

    /// `tokenizer.json`.
    pub fn tokenizer_json(&self) -> String {
        self.inner.pipeline.to_json()
    }

    /// Everything else; each vector is rounded to 8 bits with a scale of its own.
    pub fn weights_bytes(&self) -> Vec<u8> {
        let model = &*self.inner;
        let header = Header {
            topics: model.topics.clone(),
            outside: model.outside.clone(),
            dimensions: model.embeddings.dimensions(),
            sense_dimensions: model.senses.dimensions(),
            features: model.feature_weights.len(),
        };
        let topic_vectors = Rounded::new(&model.topic_vectors, model.embeddings.dimensions());
        let numbers = model.feature_weights.iter().chain(&model.topic_biases).flat_map(|value| value.to_le_bytes());
        let vectors = [&model.embeddings, &topic_vectors, &model.senses].into_iter().flat_map(|vectors| {
            (0..vectors.len()).flat_map(|number| {
                let steps = vectors.steps(number).map(i8::cast_unsigned);
                vectors.scale(number).to_le_bytes().into_iter().chain(steps)
            })
        });
        model_file::write(KIND, &header, numbers.chain(vectors))
    }

    /// Loads what was saved; vectors that are part of the program stay where they are. A shop's segmenter may know more
    /// words than the one that the model was trained with.
    ///
    /// # Errors
    /// [`SemanticError`] where the files are foreign, damaged, or do not belong together.
    #[expect(clippy::ptr_arg, reason = "bytes that are borrowed from the program are not copied")]
    pub fn load(tokenizer: &str, file: &Cow<'static, [u8]>, segmenter: Segmenter) -> Result<Self, SemanticError> {
        let pipeline = Pipeline::from_json_with_more_words(tokenizer, segmenter)?;
        let (header, mut rest) = ModelFile::open::<Header>(KIND, file)?;
        if header.features != pipeline.vocabulary_size() || header.outside.len() != header.topics.len() {
            return Err(FileError::Foreign.into());
        }
        let feature_weights = rest.floats(header.features)?;
        let topic_biases = rest.floats(header.topics.len())?;
        let embeddings = vectors(&mut rest, file, header.features, header.dimensions)?;
        let of_topics = vectors(&mut rest, file, header.topics.len(), header.dimensions)?;
        let topic_vectors = (0..of_topics.len()).flat_map(|topic| of_topics.vector(topic)).collect();
        let senses = match header.sense_dimensions {
            0 => Rounded::default(),
            dimensions => vectors(&mut rest, file, header.features, dimensions)?,
        };
        let inner = Inner {
            pipeline,
            feature_weights,
            topics: header.topics,
            outside: header.outside,
            embeddings,
            topic_vectors,
            topic_biases,
            senses,
        };
        Ok(Self { inner: Arc::new(inner) })
    }
}

impl Inner {
    /// The most probable topics and the probability of all that lie outside.
    fn distribution(&self, sum: &[f32]) -> (Vec<(u16, f32)>, f32) {
        let mut scores: Vec<f64> = (self.topic_vectors.chunks_exact(self.embeddings.dimensions()))
            .zip(&self.topic_biases)
            .map(|(topic, bias)| f64::from(bias + dot(topic, sum)))
            .collect();
        softmax(&mut scores);
        let outside: f64 = scores.iter().zip(&self.outside).filter(|(_, outside)| **outside).map(|(p, _)| p).sum();
        let mut topics: Vec<(u16, f32)> = (0_u16..).zip(scores.iter().map(|score| *score as f32)).collect();
        if topics.len() > KEPT_TOPICS {
            topics.select_nth_unstable_by(KEPT_TOPICS, |a, b| b.1.total_cmp(&a.1));
            topics.truncate(KEPT_TOPICS);
        }
        topics.sort_unstable_by_key(|(topic, _)| *topic);
        (topics, outside as f32)
    }
}

/// Scalar product, in eight sums side by side: so the compiler may use the processor's wide registers.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 8;
    let (a_whole, a_rest) = a.as_chunks::<LANES>();
    let (b_whole, b_rest) = b.as_chunks::<LANES>();
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a_whole.iter().zip(b_whole) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>()
}

/// The sum of the vectors of a text's features.
fn weighted_sum(row: &[(u32, f32)], vectors: &Rounded) -> Vec<f32> {
    let mut sum = vec![0.0_f32; vectors.dimensions()];
    if !vectors.is_empty() {
        row.iter().for_each(|(feature, value)| vectors.add_to(&mut sum, *feature as usize, *value));
    }
    sum
}

/// Adds a vector to a sum, which is empty before the first one.
fn add(sum: &mut Vec<f32>, vector: &[f32]) {
    sum.resize(vector.len(), 0.0);
    sum.iter_mut().zip(vector).for_each(|(sum, value)| *sum += value);
}

fn scale_to_one(vector: &mut [f32]) {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        for value in vector {
            *value /= length;
        }
    }
}

/// The next vectors of a file, each behind its scale. They stay where they are, if the file is part of the program.
#[expect(clippy::ptr_arg, reason = "bytes that are borrowed from the program are not copied")]
fn vectors(
    rest: &mut ModelFile<'_>,
    file: &Cow<'static, [u8]>,
    count: usize,
    dimensions: usize,
) -> Result<Rounded, FileError> {
    let stride = size_of::<f32>() + dimensions;
    let first = rest.position();
    let block = rest.take(count.checked_mul(stride).ok_or(FileError::Damaged)?)?;
    let scales = (block.chunks_exact(stride))
        .map(|vector| vector.first_chunk().map_or(0.0, |scale| f32::from_le_bytes(*scale)))
        .collect();
    let steps = match block.len() {
        0 => Cow::default(),
        length => rounded::part(file, first + size_of::<f32>()..first + length),
    };
    Ok(Rounded::of_steps(dimensions, scales, steps, stride))
}
