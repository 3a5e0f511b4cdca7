//! A model as a file: name and version of the format, a header as JSON, the weights, and a checksum over all of it. The
//! tokenizer is a file of its own, in the format of Hugging Face.

use super::{Classifier, ModelError};
use crate::classify::features::FeatureSet;
use crate::classify::fit::Weights;
use crate::classify::representation::{Meaning, Representation};
use crate::text::tokenizer::Pipeline;
use crate::text::word_vectors::WordVectors;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// First bytes of the file: name and version of the format.
const MAGIC: &[u8; 8] = b"XIAOER03";

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

/// What has not been read yet.
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
