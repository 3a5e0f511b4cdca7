//! From what a shopper dealt with to the items that suit best.
//!
//! Every model scores all items for a [`Past`] into buffers that are used again, so that an answer allocates nothing
//! once the buffers have grown. [`best`] then takes the first ten in one pass.

use crate::recommend::interactions::{Interactions, Past};
use crate::recommend::similarity::Neighbours;
use crate::recommend::user_cf::UserCf;
use std::sync::Arc;

/// Ages that have a weight of their own; whatever is older weighs like the last.
const AGES: usize = 512;

/// Scores items for a shopper.
pub trait Scorer: Sync + Send {
    /// Writes the score of every item into `scratch.scores`.
    fn score(&self, past: Past<'_>, scratch: &mut Scratch);
}

/// Buffers that are used again for the next shopper.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    /// One score an item.
    pub scores: Vec<f32>,
    pub(super) part: Vec<f32>,
    pub(super) weighted: Vec<(u32, f32)>,
    pub(super) together: Vec<u32>,
    pub(super) touched: Vec<u32>,
    pub(super) alike: Vec<(f64, u32)>,
}

/// How much the items of a history count by their age: `1 / (1 + age)^power`, brought to length one, so that a long
/// history does not outweigh everything that does not depend on its length.
#[derive(Debug, Clone)]
pub struct Recency {
    weights: Vec<f32>,
}

impl Recency {
    /// With power 0 all items count alike.
    pub fn new(power: f32) -> Self {
        Self { weights: (0..AGES).map(|age| (1.0 + age as f32).powf(-power)).collect() }
    }

    /// The items of a past with their weights.
    pub fn weigh(&self, past: Past<'_>, weighted: &mut Vec<(u32, f32)>) {
        weighted.clear();
        let mut squares = 0.0;
        weighted.extend(past.items.iter().zip(past.ages).map(|(item, age)| {
            let weight = self.weights[(*age as usize).min(AGES - 1)];
            squares += weight * weight;
            (*item, weight)
        }));
        let length = squares.sqrt().max(f32::MIN_POSITIVE);
        weighted.iter_mut().for_each(|(_, weight)| *weight /= length);
    }
}

/// The same for everybody: popularity.
#[derive(Debug, Clone)]
pub struct Constant(pub Arc<Vec<f32>>);

impl Scorer for Constant {
    fn score(&self, _: Past<'_>, scratch: &mut Scratch) {
        scratch.scores.clear();
        scratch.scores.extend_from_slice(&self.0);
    }
}

/// One item-to-item model.
#[derive(Debug, Clone)]
pub struct ItemToItem {
    /// The model.
    pub neighbours: Arc<Neighbours>,
    /// How the history counts in it.
    pub recency: Recency,
}

impl Scorer for ItemToItem {
    fn score(&self, past: Past<'_>, scratch: &mut Scratch) {
        scratch.scores.clear();
        scratch.scores.resize(self.neighbours.len(), 0.0);
        self.recency.weigh(past, &mut scratch.weighted);
        self.neighbours.add(&scratch.weighted, &mut scratch.scores);
    }
}

/// Shoppers who are alike.
#[derive(Clone)]
pub struct UserToUser {
    /// How they are found.
    pub settings: UserCf,
    /// Whose histories are searched.
    pub log: Arc<Interactions>,
}

impl Scorer for UserToUser {
    fn score(&self, past: Past<'_>, scratch: &mut Scratch) {
        scratch.scores.clear();
        scratch.scores.resize(self.log.items(), 0.0);
        self.settings.score(&self.log, past.items, scratch);
    }
}

/// Item-to-item models that count the history alike, added up beforehand, over a base of popularity.
#[derive(Debug, Clone)]
pub struct Blend {
    /// One sum of models for each way in which a history counts.
    pub groups: Vec<ItemToItem>,
    /// Score of each item before anything is known.
    pub base: Arc<Vec<f32>>,
}

impl Scorer for Blend {
    fn score(&self, past: Past<'_>, scratch: &mut Scratch) {
        scratch.scores.clear();
        scratch.scores.extend_from_slice(&self.base);
        for group in &self.groups {
            group.recency.weigh(past, &mut scratch.weighted);
            group.neighbours.add(&scratch.weighted, &mut scratch.scores);
        }
    }
}

/// The best `count` items that are not withheld, best first; equal scores in the order of the items. The scores of
/// withheld items are overwritten.
pub fn best(scores: &mut [f32], withheld: &[u32], count: usize, best: &mut Vec<u32>) {
    best.clear();
    if count == 0 {
        return;
    }
    for item in withheld {
        scores[*item as usize] = f32::NEG_INFINITY;
    }
    let mut line = f32::NEG_INFINITY;
    for (item, score) in (0_u32..).zip(scores.iter().copied()) {
        if score > line {
            let place = best.partition_point(|known| scores[*known as usize] >= score);
            best.insert(place, item);
            best.truncate(count);
            if best.len() == count {
                line = scores[best[count - 1] as usize];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_come_first_and_what_is_withheld_never() {
        let mut list = Vec::new();
        best(&mut [0.1, 0.9, 0.5, 0.9, 0.3], &[1], 3, &mut list);
        assert_eq!(list, [3, 2, 4]);
        best(&mut [0.1], &[0], 3, &mut list);
        assert!(list.is_empty());
        best(&mut [0.5, 0.5, 0.5, 0.5], &[], 2, &mut list);
        assert_eq!(list, [0, 1]);
    }

    #[test]
    fn recent_items_count_more_and_weights_have_length_one() {
        let mut weighted = Vec::new();
        Recency::new(1.0).weigh(Past { items: &[5, 6], ages: &[1, 0] }, &mut weighted);
        let length = 1.25_f32.sqrt();
        assert!((weighted[0].1 - 0.5 / length).abs() < 1e-6 && (weighted[1].1 - 1.0 / length).abs() < 1e-6);
    }

    #[test]
    fn a_blend_adds_its_groups_to_its_base() {
        let neighbours = Arc::new(Neighbours::from_lists(vec![vec![(1, 2.0)], vec![], vec![]]));
        let group = |power| ItemToItem { neighbours: Arc::clone(&neighbours), recency: Recency::new(power) };
        let blend = Blend { groups: vec![group(0.0), group(1.0)], base: Arc::new(vec![0.0, 0.5, 1.0]) };
        let mut scratch = Scratch::default();
        blend.score(Past { items: &[0], ages: &[0] }, &mut scratch);
        assert_eq!(scratch.scores, [0.0, 4.5, 1.0]);
        // Nothing is known of a new shopper: popularity remains.
        blend.score(Past::default(), &mut scratch);
        assert_eq!(scratch.scores, [0.0, 0.5, 1.0]);
    }
}
