//! Examples as the fit sees them: the features that are counted, how much each counts, and a row for each example.

use super::{Example, TrainSettings};
use crate::classify::features::{FeatureSet, count_vocabulary};
use crate::classify::fit::Weights;
use crate::classify::representation::{Meaning, Representation};
use crate::classify::sparse::SparseRows;
use crate::text::tokenizer::Pipeline;
use crate::text::{Language, Text};

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

/// Examples as the fit sees them.
pub struct Design {
    pub(super) representation: Representation,
    /// Sorted.
    pub labels: Vec<String>,
    /// One row for each example.
    pub rows: SparseRows,
    /// The place of each example's label.
    pub classes: Vec<usize>,
}

impl Design {
    /// Counts the vocabulary and the weights of its features on the examples.
    pub fn new(language: &Language, examples: &[&Example], settings: &TrainSettings) -> Self {
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
