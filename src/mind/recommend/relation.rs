//! The item-to-item models by name and settings, and the data that they are learned from.

use crate::recommend::content::Traits;
use crate::recommend::interactions::Interactions;
use crate::recommend::linear::{Gram, LinearSettings, TraitProducts};
use crate::recommend::sequence::{SequenceSettings, follow};
use crate::recommend::similarity::{Measure, Neighbours, between_items, strongest};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::{Arc, OnceLock};

/// What relates two items.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// The same shoppers.
    Shoppers {
        /// How alike two sets of shoppers are.
        measure: Measure,
        /// See [`Measure::shrunk`].
        shrinkage: f64,
        /// Neighbours that are kept of each item.
        keep: usize,
    },
    /// Words, attributes, price.
    Content {
        /// Neighbours that are kept of each item.
        keep: usize,
    },
    /// One after the other.
    Order(SequenceSettings),
    /// The linear model.
    Linear(LinearSettings),
}

/// A log with the traits of its items, to learn from.
pub struct Material {
    /// Who dealt with what.
    pub log: Arc<Interactions>,
    /// What the items are.
    pub traits: Traits,
    gram: OnceLock<Option<Gram>>,
    trait_products: OnceLock<TraitProducts>,
}

impl Material {
    /// Without having learned anything.
    pub fn new(log: Interactions, traits: Traits) -> Self {
        Self { log: Arc::new(log), traits, gram: OnceLock::new(), trait_products: OnceLock::new() }
    }

    fn gram(&self) -> Option<&Gram> {
        self.gram.get_or_init(|| Gram::new(&self.log)).as_ref()
    }

    fn linear(&self, settings: &LinearSettings) -> Option<Neighbours> {
        let gram = self.gram()?;
        let traits = (settings.trait_weight > 0.0)
            .then(|| self.trait_products.get_or_init(|| TraitProducts::new(self.log.items(), &self.traits)));
        gram.fit(settings, traits)
    }

    /// The sums of the linear model are what is counted here, where there are any.
    fn alike(&self, measure: Measure, shrinkage: f64, keep: usize) -> Neighbours {
        match self.gram() {
            Some(gram) => from_shared(&self.log, gram, measure, shrinkage, keep),
            None => between_items(&self.log, measure, shrinkage, keep),
        }
    }
}

/// [`between_items`] from counts that are there already.
fn from_shared(log: &Interactions, gram: &Gram, measure: Measure, shrinkage: f64, keep: usize) -> Neighbours {
    let all = log.users() as f64;
    let size = |item: usize| log.audience(item).len() as f64;
    let lists = (0..log.items())
        .into_par_iter()
        .map(|item| {
            let others = (0..log.items()).filter(|other| *other != item);
            let shared = others.map(|other| (other, gram.shared(item, other))).filter(|(_, both)| *both > 0.0);
            let list = shared.map(|(other, both)| {
                (other as u32, measure.shrunk(f64::from(both), size(item), size(other), all, shrinkage) as f32)
            });
            strongest(list.collect(), keep)
        })
        .collect();
    Neighbours::from_lists(lists)
}

/// Learns several side by side: the linear model keeps one core busy, the others share the rest. `None` where the
/// shop is too large for one of them.
pub fn learn_all(relations: &[Relation], material: &Material) -> Option<Vec<Neighbours>> {
    // What several of them need is counted first: none may wait for another.
    if relations.iter().any(|relation| matches!(relation, Relation::Shoppers { .. } | Relation::Linear(_))) {
        material.gram();
    }
    relations.par_iter().map(|relation| relation.learn(material)).collect()
}

/// The items most like each item by their traits.
pub fn by_content(traits: &Traits, keep: usize) -> Neighbours {
    traits.neighbours(keep).transposed().on_one_scale()
}

impl Relation {
    /// Learns it, with weights on one scale. `None` where the shop is too large for it.
    pub fn learn(&self, material: &Material) -> Option<Neighbours> {
        let learned = match self {
            Self::Shoppers { measure, shrinkage, keep } => material.alike(*measure, *shrinkage, *keep).transposed(),
            Self::Content { keep } => return Some(by_content(&material.traits, *keep)),
            Self::Order(settings) => follow(&material.log, settings),
            Self::Linear(settings) => material.linear(settings)?,
        };
        Some(learned.on_one_scale())
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shoppers { measure, shrinkage, keep } => {
                write!(f, "{measure:?} λ{shrinkage} top{keep}")
            }
            Self::Content { keep } => write!(f, "content top{keep}"),
            Self::Order(SequenceSettings { backward, norm, fading, keep }) => {
                write!(f, "order back{backward} norm{norm} fading{fading} top{keep}")
            }
            Self::Linear(LinearSettings { penalty, trait_weight, keep }) => {
                write!(f, "linear λ{penalty} traits{trait_weight} top{keep}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::interactions::Act;

    #[test]
    fn counts_of_the_linear_model_give_the_same_neighbours() {
        let acts: Vec<Act> =
            (0..60_u32).map(|n| Act { user: n % 7, item: (n * n + n / 3) % 9, at: f64::from(n) }).collect();
        let log = Interactions::new(7, 9, &acts);
        let gram = Gram::new(&log).unwrap();
        for measure in [Measure::Cosine, Measure::Jaccard, Measure::Pearson] {
            let (sparse, dense) = (between_items(&log, measure, 2.0, 4), from_shared(&log, &gram, measure, 2.0, 4));
            assert!((0..9).all(|item| sparse.of(item) == dense.of(item)), "{measure:?}");
        }
    }
}
