//! What the recommender says of one shopper: a score for every product, and on demand why.
//!
//! A copy of what is needed, so that no lock is held while a reply is decided.

use crate::model::catalogue::Sku;
use crate::recommend::engine::buyers::BoughtByMany;
use crate::recommend::engine::fresh::{Share, saturated};
use crate::recommend::engine::profile::Known;
use crate::recommend::goods::Goods;
use crate::recommend::model::{Decisive, Model};
use crate::recommend::source::Source;
use serde::{Deserialize, Serialize};
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
    /// What scored; none where nothing is known of the shopper.
    pub(super) model: Option<Arc<Model>>,
    pub(super) known: Known,
    /// By number of the product; at most 0 where nothing speaks for it.
    pub(super) scores: Vec<f32>,
    pub(super) greatest: f32,
    /// What shoppers did together of late, with what each saturated sum is multiplied by.
    pub(super) fresh: Vec<Share>,
    pub(super) fresh_scale: f32,
    /// What new products gain.
    pub(super) explored: Vec<(u32, f32)>,
    pub(super) bought_by_many: BoughtByMany,
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
        self.explain(&[self.goods.number(sku)? as u32]).pop()?
    }

    /// What the shopper dealt with, the newest first; the product on the screen is the newest.
    pub fn recent(&self) -> impl Iterator<Item = &Sku> {
        self.known.items.iter().rev().map(|item| self.goods.sku(*item as usize))
    }

    /// Why some products have the scores that they have; nothing where nothing speaks for one.
    pub(super) fn explain(&self, items: &[u32]) -> Vec<Option<Personal>> {
        let nothing = Decisive { source: Source::Popularity, value: 0.0, cause: None };
        let decisive = match &self.model {
            Some(model) => model.decisive(self.known.past(), items),
            None => vec![nothing; items.len()],
        };
        let fresh = self.fresh_of(items);
        let columns = items.iter().zip(decisive).zip(fresh);
        columns.map(|((item, decisive), fresh)| self.explain_one(*item, decisive, fresh)).collect()
    }

    /// What was fresh of each of some products: its value, and the place of the deed that it owes most to.
    fn fresh_of(&self, items: &[u32]) -> Vec<(f32, Option<usize>)> {
        // Places count from one: zero marks all others.
        let mut marks = vec![0_u16; self.scores.len()];
        (1..).zip(items).for_each(|(mark, item)| marks[*item as usize] = mark);
        let mut owed: Vec<(f32, f32, Option<usize>)> = vec![(0.0, 0.0, None); items.len()];
        for share in &self.fresh {
            let mark = usize::from(marks[share.item as usize]);
            if mark != 0 {
                let (sum, most, cause) = &mut owed[mark - 1];
                *sum += share.value;
                if share.value > *most {
                    (*most, *cause) = (share.value, Some(share.place as usize));
                }
            }
        }
        owed.into_iter().map(|(sum, _, cause)| (saturated(sum) * self.fresh_scale, cause)).collect()
    }

    /// What added most decides: exploration, what shoppers did of late, or a part of the blend.
    fn explain_one(&self, item: u32, blended: Decisive, fresh: (f32, Option<usize>)) -> Option<Personal> {
        let score = self.score_of(item as usize)?;
        let explored = self.explored.iter().find(|(new, _)| *new == item).map_or(0.0, |(_, bonus)| *bonus);
        let (source, cause) = match fresh {
            (value, _) if explored > blended.value.max(value) => (Source::Exploration, None),
            (value, Some(cause)) if value >= blended.value => (Source::ItemCf, Some(cause)),
            _ => (blended.source, blended.cause),
        };
        let reason = match cause {
            Some(place) => {
                let cause = self.known.items[place] as usize;
                source.because_of(self.goods.name(cause), self.known.kinds[place])
            }
            None if source == Source::Exploration => "店里新品".to_owned(),
            None => self.said_of(item as usize),
        };
        Some(Personal { score, reason, source })
    }

    /// What is true of a product that nothing the shopper did speaks for. Popularity alone is no reason: it counts looks as
    /// well, and never quite forgets.
    pub(super) fn said_of(&self, item: usize) -> String {
        if self.bought_by_many.has(item) { "最近很多人买".to_owned() } else { self.goods.word_of_catalogue(item) }
    }
}
