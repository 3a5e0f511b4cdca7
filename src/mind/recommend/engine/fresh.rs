//! What shoppers did together that the blend in force does not know yet, as a score for every product.
//!
//! Two products are as alike as the cosine of their columns of commitments, shrunk where few shoppers stand behind it:
//! `sim(i, j) = Σ_u w_ui · w_uj / (‖i‖ · ‖j‖ + λ)` (Sarwar et al., 2001; shrinkage after Bell and Koren, 2007), where
//! the sum goes over what is fresh and the norms over everything.

use crate::recommend::engine::companions::Companions;
use crate::recommend::engine::profile::Known;

/// λ of the cosine: pairs with little support are pulled towards zero.
pub const SHRINKAGE: f32 = 10.0;

/// Pairs since the blend in force was fitted.
#[derive(Debug, Clone, Default)]
pub struct Fresh {
    /// Since the log was last copied to fit a blend.
    since_copy: Companions,
    /// Before that copy, but after the one that the blend in force was fitted on.
    before_copy: Companions,
}

impl Fresh {
    /// Nothing is fresh.
    pub fn new(items: usize) -> Self {
        Self { since_copy: Companions::new(items), before_copy: Companions::new(items) }
    }

    /// Adds to the sum of two products.
    pub fn add(&mut self, item: u32, other: u32, change: f32) {
        self.since_copy.add(item, other, change);
    }

    /// The log was copied: a blend that is fitted on it will know all that is fresh now.
    pub fn copied(&mut self, items: usize) {
        self.before_copy.absorb(std::mem::replace(&mut self.since_copy, Companions::new(items)));
    }

    /// The blend that was fitted on the last copy is in force.
    pub fn settled(&mut self, items: usize) {
        self.before_copy = Companions::new(items);
    }

    /// The same with products in other places.
    #[must_use]
    pub fn moved(&self, places: &[Option<usize>], size: usize) -> Self {
        Self { since_copy: self.since_copy.moved(places, size), before_copy: self.before_copy.moved(places, size) }
    }

    /// What each of the newest deeds of a shopper says about other products.
    pub fn alike(&self, known: &Known, norms: &[f32]) -> Vec<Share> {
        let mut shares = Vec::new();
        for place in known.newest() {
            let (item, weight) = (known.items[place], known.weights[place]);
            let norm = norms[item as usize];
            shares.extend(self.since_copy.of(item).chain(self.before_copy.of(item)).map(|(other, sum)| {
                let value = weight * sum / (norm * norms[other as usize] + SHRINKAGE);
                Share { item: other, place: place as u32, value }
            }));
        }
        shares
    }
}

/// What one deed says for one product.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// The product that it speaks for.
    pub item: u32,
    /// Place of the deed in what is known of the shopper.
    pub place: u32,
    /// The commitment, multiplied by the similarity.
    pub value: f32,
}

/// Shares of one product added up: much more than 1 says hardly more than 1.
pub fn saturated(sum: f32) -> f32 {
    sum / (sum + 1.0)
}
