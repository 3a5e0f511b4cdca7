//! A classifier as a file ([`crate::text::model_file`]). The tokenizer is a file of its own, in the format of Hugging Face.

use super::{Classifier, ModelError};
use crate::classify::features::FeatureSet;
use crate::classify::fit::Weights;
use crate::classify::representation::{Meaning, Representation};
use crate::text::model_file::{self, ModelFile};
use crate::text::tokenizer::Pipeline;
use crate::text::word_vectors::WordVectors;
use serde::{Deserialize, Serialize};

/// Kind and version of the file.
const KIND: [u8; 8] = *b"XIAOER03";

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
        let Weights { weights, biases, .. } = &self.weights;
        let feature_weights = feature_weights.iter().flat_map(|value| value.to_le_bytes());
        let biases = biases.iter().flat_map(|value| value.to_le_bytes());
        #[allow(clippy::cast_possible_truncation)]
        let weights = weights.iter().flat_map(|weight| ((weight / f64::from(scale)).round() as i16).to_le_bytes());
        model_file::write(KIND, &header, feature_weights.chain(biases).chain(weights))
    }

    /// Loads what was saved. `pipeline` is the model's `tokenizer.json` after loading; `vectors` are needed by a model
    /// that was trained with them.
    ///
    /// # Errors
    /// [`ModelError`] where the bytes are foreign, damaged, or belong to another tokenizer or other vectors.
    pub fn load(pipeline: Pipeline, vectors: Option<&WordVectors>, bytes: &[u8]) -> Result<Self, ModelError> {
        let (header, mut rest) = ModelFile::open::<Header>(KIND, bytes)?;
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
        let feature_weights = rest.floats(header.features)?;
        let biases = (0..classes).map(|_| rest.array().map(f64::from_le_bytes)).collect::<Result<_, _>>()?;
        let representation = Representation { pipeline, features: header.feature_set, feature_weights, meaning };
        let weights = (0..representation.width() * classes)
            .map(|_| rest.array().map(|steps| f64::from(i16::from_le_bytes(steps)) * f64::from(header.scale)))
            .collect::<Result<_, _>>()?;
        let weights = Weights { classes, weights, biases };
        Ok(Self { representation, labels: header.labels, weights, temperature: header.temperature })
    }
}
