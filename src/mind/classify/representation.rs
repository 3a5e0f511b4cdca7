//! How a classifier sees a text: a sparse part of named features and, where there are word vectors, a dense part that
//! tells what the words mean.
//!
//! Both parts have a fixed length, the sparse one 1 and the dense one [`Meaning::share`]. A dense number means nothing
//! by itself; explanations therefore tell what each word did through its vector, which sums to the same.

use crate::classify::features::{FeatureSet, vector};
use crate::text::Text;
use crate::text::tokenizer::Pipeline;
use crate::text::word_vectors::WordVectors;

/// Mark of a word's part in the dense contribution, in front of its name; see [`crate::classify::features`].
const MEANING: &str = "m";

/// How texts become rows of numbers.
#[derive(Clone)]
pub(crate) struct Representation {
    /// Numbers the named features.
    pub(crate) pipeline: Pipeline,
    /// Which are looked at.
    pub(crate) features: FeatureSet,
    /// How much each counts.
    pub(crate) feature_weights: Vec<f32>,
    /// The dense part.
    pub(crate) meaning: Option<Meaning>,
}

/// The dense part of a representation.
#[derive(Debug, Clone)]
pub(crate) struct Meaning {
    pub(crate) vectors: WordVectors,
    /// Its length, where the sparse part has length one.
    pub(crate) share: f32,
}

impl Representation {
    /// How many columns a row has: named features, then the axes of the dense part.
    pub(crate) fn width(&self) -> usize {
        self.feature_weights.len() + self.meaning.as_ref().map_or(0, |meaning| meaning.vectors.dimensions())
    }

    /// The column that means the same as a column of another representation: the feature of the same name, or the same
    /// axis of the same word vectors.
    pub(crate) fn column_like(&self, other: &Self, column: u32) -> Option<u32> {
        if (column as usize) < other.feature_weights.len() {
            return other.pipeline.token(column).and_then(|name| self.pipeline.id(name));
        }
        let (own, others) = (self.meaning.as_ref()?, other.meaning.as_ref()?);
        let axis = column as usize - other.feature_weights.len();
        let same = own.vectors.checksum() == others.vectors.checksum();
        #[allow(clippy::cast_possible_truncation)]
        same.then(|| (self.feature_weights.len() + axis) as u32)
    }

    /// The row of a text, ascending by column.
    pub(crate) fn row(&self, text: &Text) -> Vec<(u32, f32)> {
        let mut row = vector(text, self.features, &self.pipeline, &self.feature_weights);
        if let Some(Meaning { vectors, share }) = &self.meaning {
            let (direction, _) = vectors.direction(text, |_, _| {});
            #[allow(clippy::cast_possible_truncation)]
            let first = self.feature_weights.len() as u32;
            row.extend((first..).zip(direction.into_iter().map(|value| value * share)));
        }
        row
    }

    /// What each feature and each word's meaning adds to a score whose weight for a column is `weight`.
    pub(crate) fn contributions(&self, text: &Text, weight: impl Fn(usize) -> f64) -> Vec<(String, f64)> {
        let mut parts: Vec<(String, f64)> = (vector(text, self.features, &self.pipeline, &self.feature_weights)
            .into_iter())
        .map(|(id, value)| {
            (self.pipeline.token(id).unwrap_or_default().to_owned(), f64::from(value) * weight(id as usize))
        })
        .collect();
        if let Some(Meaning { vectors, share }) = &self.meaning {
            let first = self.feature_weights.len();
            let mut words: Vec<(&str, f64)> = Vec::new();
            let (_, factor) = vectors.direction(text, |word, weighted| {
                let axes = (first..).zip(&weighted.vector);
                let along: f64 = axes.map(|(column, value)| f64::from(*value) * weight(column)).sum();
                words.push((word, f64::from(weighted.weight) * along));
            });
            let scale = f64::from(*share) * f64::from(factor);
            parts.extend(words.into_iter().map(|(word, along)| (format!("{MEANING}{word}"), along * scale)));
        }
        parts
    }
}
