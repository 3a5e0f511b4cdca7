//! Training of the sense of a text: questions that mean the same come together, all others part.
//!
//! A batch holds pairs of phrasings of the same question. Of each phrasing the model must find the other one among all
//! of the batch: a softmax over the cosines, both ways (the in-batch objective of Henderson et al., 2017; with a
//! temperature, van den Oord et al., 2018). Pairs of one group are not told apart. One thread, one generator: the same
//! data and seed give the same numbers.

use super::noise::Noise;
use super::train::{Lesson, Parameters, SemanticSettings};
use crate::classify::features::{FeatureSet, vector};
use crate::classify::fit::softmax;
use crate::search::semantic::dot;
use crate::text::Language;
use crate::text::tokenizer::Pipeline;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, RngExt};
use std::collections::BTreeMap;

/// Features of a text with their weights.
type Row = Vec<(u32, f32)>;

/// What the sense is learned from.
#[derive(Debug, Clone, Copy)]
pub struct Paraphrases<'a> {
    /// Phrasings of one topic mean about the same.
    pub lessons: &'a [Lesson],
    /// Pairs of questions that mean the same.
    pub pairs: &'a [(String, String)],
}

/// Two phrasings of the same question.
struct Pair {
    rows: [Row; 2],
    /// Pairs of one group mean the same.
    group: usize,
}

/// Learns a vector for each feature.
pub(super) fn train(
    language: &Language,
    paraphrases: Paraphrases<'_>,
    (pipeline, feature_weights): (&Pipeline, &[f32]),
    settings: &SemanticSettings,
    random: &mut impl Rng,
) -> Vec<f32> {
    let read = |text: &str| vector(&language.read(text), FeatureSet::Sound, pipeline, feature_weights);
    let fixed: Vec<[Row; 2]> = paraphrases.pairs.iter().map(|(a, b)| [read(a), read(b)]).collect();
    let mut topics: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for lesson in paraphrases.lessons {
        topics.entry(&lesson.topic).or_default().push(&lesson.text);
    }
    let noise = Noise::new(paraphrases.lessons.iter().map(|lesson| lesson.text.as_str()));
    let width = feature_weights.len() * settings.sense_dimensions;
    let mut table = Parameters::new((0..width).map(|_| random.random_range(-0.1..0.1)).collect());
    for _ in 0..settings.sense_epochs {
        let mut pairs: Vec<Pair> = Vec::with_capacity(fixed.len() + paraphrases.lessons.len());
        for (group, phrasings) in topics.values().enumerate() {
            for phrasing in phrasings {
                let other = phrasings.choose(random).unwrap_or(phrasing);
                let typed = if random.random_bool(0.5) { noise.retype(other, random) } else { (*other).to_owned() };
                pairs.push(Pair { rows: [read(phrasing), read(&typed)], group });
            }
        }
        let own_group = |(number, rows): (usize, &[Row; 2])| Pair { rows: rows.clone(), group: topics.len() + number };
        pairs.extend(fixed.iter().enumerate().map(own_group));
        for row in pairs.iter_mut().flat_map(|pair| &mut pair.rows) {
            row.retain(|_| !random.random_bool(settings.sense_dropout));
        }
        pairs.shuffle(random);
        for batch in pairs.chunks(settings.sense_batch) {
            learn(&mut table, batch, settings);
        }
    }
    table.values
}

/// A text's vector: its direction and how long it was.
struct Direction {
    unit: Vec<f32>,
    length: f32,
}

fn direction(table: &Parameters, row: &Row, dimensions: usize) -> Direction {
    let mut sum = vec![0.0_f32; dimensions];
    for (feature, value) in row {
        let start = *feature as usize * dimensions;
        sum.iter_mut().zip(&table.values[start..start + dimensions]).for_each(|(sum, weight)| *sum += value * weight);
    }
    let length = dot(&sum, &sum).sqrt().max(1e-6);
    sum.iter_mut().for_each(|value| *value /= length);
    Direction { unit: sum, length }
}

/// One step on one batch.
fn learn(table: &mut Parameters, batch: &[Pair], settings: &SemanticSettings) {
    let (size, dimensions) = (batch.len(), settings.sense_dimensions);
    let [left, right] =
        [0, 1].map(|side| batch.iter().map(|pair| direction(table, &pair.rows[side], dimensions)).collect::<Vec<_>>());
    let cosines: Vec<f32> = (left.iter()).flat_map(|a| right.iter().map(|b| dot(&a.unit, &b.unit))).collect();
    // Derivative of the loss by each cosine, of both ways together.
    let mut slopes = vec![0.0_f32; size * size];
    for own in 0..size {
        let of_left = choose(batch, own, |other| cosines[own * size + other], settings.temperature);
        let of_right = choose(batch, own, |other| cosines[other * size + own], settings.temperature);
        for other in 0..size {
            slopes[own * size + other] += of_left[other];
            slopes[other * size + own] += of_right[other];
        }
    }
    for own in 0..size {
        let by_left = weighted(&right, |other| slopes[own * size + other], dimensions);
        let by_right = weighted(&left, |other| slopes[other * size + own], dimensions);
        descend(table, &batch[own].rows[0], &left[own], by_left, settings);
        descend(table, &batch[own].rows[1], &right[own], by_right, settings);
    }
}

/// Derivative of one phrasing's softmax by its cosines: probability less truth, by the temperature, half for each way.
fn choose(batch: &[Pair], own: usize, cosine: impl Fn(usize) -> f32, temperature: f32) -> Vec<f32> {
    let mut scores: Vec<f64> = (0..batch.len())
        .map(|other| {
            let same = other != own && batch[other].group == batch[own].group;
            if same { f64::NEG_INFINITY } else { f64::from(cosine(other) / temperature) }
        })
        .collect();
    softmax(&mut scores);
    scores[own] -= 1.0;
    scores.into_iter().map(|slope| slope as f32 / (2.0 * temperature)).collect()
}

fn weighted(vectors: &[Direction], weight: impl Fn(usize) -> f32, dimensions: usize) -> Vec<f32> {
    let mut sum = vec![0.0_f32; dimensions];
    for (place, vector) in vectors.iter().enumerate() {
        let weight = weight(place);
        sum.iter_mut().zip(&vector.unit).for_each(|(sum, value)| *sum += weight * value);
    }
    sum
}

/// Carries the derivative by a direction back to the features that it was summed from.
fn descend(table: &mut Parameters, row: &Row, own: &Direction, mut slope: Vec<f32>, settings: &SemanticSettings) {
    let along = dot(&slope, &own.unit);
    slope.iter_mut().zip(&own.unit).for_each(|(slope, unit)| *slope = (*slope - along * unit) / own.length);
    for (feature, value) in row {
        let start = *feature as usize * settings.sense_dimensions;
        for (axis, slope) in slope.iter().enumerate() {
            table.descend(start + axis, value * slope, settings.sense_step);
        }
    }
}
