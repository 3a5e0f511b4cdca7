//! The item-to-item models by name and settings, and the data that they are learned from.

use crate::recommend::content::Traits;
use crate::recommend::interactions::Interactions;
use crate::recommend::linear::{Gram, LinearSettings};
use crate::recommend::sequence::{SequenceSettings, follow};
use crate::recommend::similarity::{Measure, Neighbours, between_items};
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
}

impl Material {
    /// Without having learned anything.
    pub fn new(log: Interactions, traits: Traits) -> Self {
        Self { log: Arc::new(log), traits, gram: OnceLock::new() }
    }

    fn gram(&self) -> Option<&Gram> {
        self.gram.get_or_init(|| Gram::new(&self.log, &self.traits)).as_ref()
    }
}

impl Relation {
    /// Learns it, with weights on one scale. `None` where the shop is too large for it.
    pub fn learn(&self, material: &Material) -> Option<Neighbours> {
        let learned = match self {
            Self::Shoppers { measure, shrinkage, keep } => {
                between_items(&material.log, *measure, *shrinkage, *keep).transposed()
            }
            Self::Content { keep } => material.traits.neighbours(*keep).transposed(),
            Self::Order(settings) => follow(&material.log, settings),
            Self::Linear(settings) => material.gram()?.fit(settings)?,
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
