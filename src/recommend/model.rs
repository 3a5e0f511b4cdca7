//! The blend in force: the same [`HybridRecipe`] that `evaluate recommend` chooses and measures, fitted on the shop's log,
//! together with its parts, so that it can say which part and which product of a history decided.

use crate::recommend::interactions::Past;
use crate::recommend::recipe::{Decay, HybridPart, HybridRecipe};
use crate::recommend::relation::{Material, Relation};
use crate::recommend::scorer::{Blend, ItemToItem, Recency, Scorer, Scratch};
use crate::recommend::source::Source;
use std::sync::Arc;

/// Neighbours by content that are kept of each item, before anything was learned.
const ALIKE: usize = 30;

/// A fitted blend.
#[derive(Debug)]
pub struct Model {
    recipe: HybridRecipe,
    blend: Blend,
    parts: Vec<Part>,
}

/// A relation by itself.
#[derive(Debug)]
struct Part {
    source: Source,
    weight: f32,
    scorer: ItemToItem,
}

/// What decided the score of an item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decisive {
    /// Which part.
    pub source: Source,
    /// What it added, on the scale of the blend.
    pub value: f32,
    /// The item of the history that it owes most to; none for popularity.
    pub cause: Option<u32>,
}

/// The recipe of a shop that has too little to learn one from: content, and a little popularity. What shoppers do
/// together comes from the running sums.
pub fn first_recipe() -> HybridRecipe {
    HybridRecipe {
        parts: vec![HybridPart { relation: Relation::Content { keep: ALIKE }, power: 0.4, weight: 0.3 }],
        trend: (0.05, 0.0),
        decay: Decay { half_life: Some(0.2) },
        popularity: 0.1,
        keep: ALIKE,
        damping: 0.0,
    }
}

impl Model {
    /// Fits a recipe. `None` where the shop is too large for it.
    pub fn fit(recipe: HybridRecipe, material: &Material) -> Option<Self> {
        let learned = recipe.learn(material)?;
        let blend = recipe.blend(&learned, material);
        let parts = (recipe.parts.iter().zip(learned))
            .map(|(part, neighbours)| Part {
                source: Source::of(&part.relation),
                weight: part.weight,
                scorer: ItemToItem { neighbours: Arc::new(neighbours), recency: Recency::new(part.power) },
            })
            .collect();
        Some(Self { recipe, blend, parts })
    }

    /// What was fitted.
    pub fn recipe(&self) -> &HybridRecipe {
        &self.recipe
    }

    /// How many items it knows.
    pub fn items(&self) -> usize {
        self.blend.base.len()
    }

    /// What a product is worth that every part names with full strength: the scale of the scores.
    pub fn scale(&self) -> f32 {
        self.recipe.parts.iter().map(|part| part.weight.abs()).sum::<f32>().max(1.0)
    }

    /// Writes the score of every item into `scratch.scores`.
    pub fn score(&self, past: Past<'_>, scratch: &mut Scratch) {
        self.blend.score(past, scratch);
    }

    /// The part that added most to an item's score, and the item of the history that it owes most to.
    pub fn decisive(&self, past: Past<'_>, item: usize) -> Decisive {
        let popular = Decisive { source: Source::Popularity, value: self.blend.base[item], cause: None };
        let mut weighted = Vec::with_capacity(past.items.len());
        self.parts
            .iter()
            .filter_map(|part| part.says(past, item, &mut weighted))
            .fold(popular, |best, next| if next.value > best.value { next } else { best })
    }
}

impl Part {
    fn says(&self, past: Past<'_>, item: usize, weighted: &mut Vec<(u32, f32)>) -> Option<Decisive> {
        self.scorer.recency.weigh(past, weighted);
        let (mut sum, mut most) = (0.0, (0.0, None));
        for (known, weight) in weighted.iter() {
            let (items, weights) = self.scorer.neighbours.of(*known as usize);
            if let Ok(place) = items.binary_search(&(item as u32)) {
                let added = weight * weights[place];
                sum += added;
                if added > most.0 {
                    most = (added, Some(*known));
                }
            }
        }
        Some(Decisive { source: self.source, value: sum * self.weight, cause: Some(most.1?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::content::Traits;
    use crate::recommend::interactions::{Act, Interactions};
    use crate::recommend::similarity::Measure;

    #[test]
    fn the_decisive_part_is_the_one_that_added_most() {
        // Items 0 and 1 are bought together, 0 and 2 are alike, 3 is only popular.
        let mut acts: Vec<Act> = (0..4).flat_map(|user| [0, 1].map(|item| Act { user, item, at: 0.0 })).collect();
        acts.extend((4..9).map(|user| Act { user, item: 3, at: 0.0 }));
        let traits = Traits::new(&[vec!["x".into()], vec![], vec!["x".into()], vec![]]);
        let material = Material::new(Interactions::new(9, 4, &acts), traits);
        let cosine = Relation::Shoppers { measure: Measure::Cosine, shrinkage: 0.0, keep: 5 };
        let part = |relation, weight| HybridPart { relation, power: 0.0, weight };
        let parts = vec![part(cosine, 1.0), part(Relation::Content { keep: 5 }, 0.5)];
        let model = Model::fit(HybridRecipe { parts, ..first_recipe() }, &material).unwrap();
        let past = Past { items: &[0], ages: &[0] };
        let told = |item| {
            let decisive = model.decisive(past, item);
            (decisive.source, decisive.cause)
        };
        assert_eq!(told(1), (Source::ItemCf, Some(0)));
        assert_eq!(told(2), (Source::Content, Some(0)));
        assert_eq!(told(3), (Source::Popularity, None));
        let mut scratch = Scratch::default();
        model.score(past, &mut scratch);
        assert!(scratch.scores[1] > scratch.scores[2] && scratch.scores[2] > scratch.scores[3]);
    }
}
