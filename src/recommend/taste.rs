//! What the recommender says of one shopper: a score for every product, and on demand why.
//!
//! A copy of what is needed, so that no lock is held while a reply is decided.

use crate::model::customer::EventKind;
use crate::recommend::engine::Score;
use crate::recommend::goods::Goods;
use crate::recommend::interactions::Past;
use crate::recommend::model::Model;
use crate::recommend::source::Source;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A product's score for one shopper, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Personal {
    /// From 0 to 1; 1 is the best of this shopper.
    pub score: f64,
    /// Why, for the shopper.
    pub reason: String,
    /// Which part decided.
    pub source: Source,
}

/// What one shopper may like. The default knows nothing.
#[derive(Debug, Clone, Default)]
pub struct Taste {
    pub(super) goods: Arc<Goods>,
    /// The blend; none in the half of an experiment that goes without.
    pub(super) model: Option<Arc<Model>>,
    pub(super) items: Vec<u32>,
    pub(super) ages: Vec<u32>,
    pub(super) interests: BTreeMap<usize, (f64, EventKind)>,
    /// By number of the product; at most 0 where nothing speaks for it.
    pub(super) scores: Vec<f32>,
    pub(super) greatest: f32,
    /// Running sums of what shoppers do together, with what each is multiplied by.
    pub(super) sums: HashMap<usize, Score>,
    pub(super) sums_scale: f32,
    /// What new products gain.
    pub(super) explored: HashMap<usize, f32>,
}

impl Taste {
    /// A product's score from 0 to 1; nothing where nothing speaks for it.
    pub fn score(&self, sku: &str) -> Option<f64> {
        self.score_of(self.goods.number(sku)?)
    }

    pub(super) fn score_of(&self, item: usize) -> Option<f64> {
        let score = self.scores.get(item).copied().filter(|score| *score > 0.0)?;
        Some(f64::from(score / self.greatest))
    }

    /// The same with the reason.
    pub fn of(&self, sku: &str) -> Option<Personal> {
        self.explain(self.goods.number(sku)?)
    }

    /// The part that added most decides the reason.
    pub(super) fn explain(&self, item: usize) -> Option<Personal> {
        let score = self.score_of(item)?;
        let past = Past { items: &self.items, ages: &self.ages };
        let explored = self.explored.get(&item).copied().unwrap_or(0.0);
        let sums = self.sums.get(&item).map(|sum| (saturated(sum) * self.sums_scale, sum));
        let blended = self.model.as_ref().map(|model| model.decisive(past, item));
        let most = blended.map_or(0.0, |decisive| decisive.value);
        let (source, cause) = match (sums, blended) {
            (sums, _) if explored > most.max(sums.map_or(0.0, |(value, _)| value)) => (Source::Exploration, None),
            (Some((value, sum)), _) if value >= most => (Source::ItemCf, Some((sum.cause, sum.kind))),
            (_, Some(decisive)) => {
                let cause = decisive.cause.map(|cause| cause as usize);
                let done = |cause| self.interests.get(&cause).map_or(EventKind::View, |(_, kind)| *kind);
                (decisive.source, cause.map(|cause| (cause, done(cause))))
            }
            _ => return None,
        };
        let reason = match cause {
            Some((cause, done)) => source.because_of(self.goods.name(cause), done),
            None if source == Source::Exploration => "店里新品".to_owned(),
            None => "最近很多人买".to_owned(),
        };
        Some(Personal { score, reason, source })
    }
}

/// What a running sum counts: much more than 1 says hardly more than 1.
pub(super) fn saturated(score: &Score) -> f32 {
    (score.sum / (score.sum + 1.0)) as f32
}
