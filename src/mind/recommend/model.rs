//! The blend in force: the same [`HybridRecipe`] that `evaluate recommend` chooses and measures, fitted on the shop's log,
//! together with its parts, so that it can say which part and which product of a history decided.

use crate::recommend::interactions::{Interactions, Past};
use crate::recommend::recipe::{Decay, HybridPart, HybridRecipe};
use crate::recommend::relation::{Material, Relation, by_content};
use crate::recommend::scorer::{Blend, Recency, Scorer, Scratch};
use crate::recommend::similarity::{Measure, Neighbours, between_items};
use crate::recommend::source::Source;
use std::sync::Arc;

/// Neighbours by content that are kept of each item, before anything was learned.
const ALIKE: usize = 30;

/// Measure, shrinkage and length of the lists of what shoppers do together: settings that suit most shops.
const TOGETHER: (Measure, f64, usize) = (Measure::Cosine, 10.0, 100);

/// The blend in force with what it is compared with.
#[derive(Debug, Clone)]
pub struct Models {
    /// The blend.
    pub blend: Arc<Model>,
    /// Item-based collaborative filtering alone.
    pub control: Arc<Model>,
}

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
    neighbours: Neighbours,
    recency: Recency,
}

/// What decided the score of an item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decisive {
    /// Which part.
    pub source: Source,
    /// What it added, on the scale of the blend.
    pub value: f32,
    /// Place in the history of the product that it owes most to; none for popularity.
    pub cause: Option<usize>,
}

impl Models {
    /// Before a recipe was learned: what shoppers do together, content, a little popularity.
    pub fn first(together: Neighbours, material: &Material) -> Self {
        let learned = vec![together.clone(), by_content(&material.traits, ALIKE)];
        let blend = Model::assembled(first_recipe(), learned, material);
        Self { blend: Arc::new(blend), control: Arc::new(control(together, material)) }
    }

    /// Fits a recipe. `None` where the shop is too large for it.
    pub fn fit(recipe: HybridRecipe, material: &Material) -> Option<Self> {
        let blend = Model::fit(recipe, material)?;
        Some(Self { blend: Arc::new(blend), control: Arc::new(control(together(&material.log), material)) })
    }

    /// What shoppers do together.
    pub fn together(&self) -> &Neighbours {
        &self.control.parts[0].neighbours
    }
}

/// What shoppers do together, counted pair by pair: a start needs no dense matrix.
pub fn together(log: &Interactions) -> Neighbours {
    let (measure, shrinkage, keep) = TOGETHER;
    between_items(log, measure, shrinkage, keep).transposed().on_one_scale()
}

fn control(together: Neighbours, material: &Material) -> Model {
    let part = HybridPart { relation: shoppers(), power: 0.0, weight: 1.0 };
    Model::assembled(HybridRecipe { parts: vec![part], popularity: 0.0, ..first_recipe() }, vec![together], material)
}

fn shoppers() -> Relation {
    let (measure, shrinkage, keep) = TOGETHER;
    Relation::Shoppers { measure, shrinkage, keep }
}

/// The recipe of a shop that has too little to learn one from.
pub fn first_recipe() -> HybridRecipe {
    let together = HybridPart { relation: shoppers(), power: 0.4, weight: 1.0 };
    let alike = HybridPart { relation: Relation::Content { keep: ALIKE }, power: 0.4, weight: 0.3 };
    HybridRecipe {
        parts: vec![together, alike],
        trend: (0.05, 0.0),
        decay: Decay { half_life: Some(0.2) },
        popularity: 0.1,
        keep: TOGETHER.2,
        damping: 0.0,
    }
}

impl Model {
    /// Fits a recipe. `None` where the shop is too large for it.
    pub fn fit(recipe: HybridRecipe, material: &Material) -> Option<Self> {
        let learned = recipe.learn(material)?;
        Some(Self::assembled(recipe, learned, material))
    }

    /// A recipe whose relations were learned elsewhere, in the order of its parts.
    pub fn assembled(recipe: HybridRecipe, learned: Vec<Neighbours>, material: &Material) -> Self {
        let blend = recipe.blend(&learned, material);
        let parts = (recipe.parts.iter().zip(learned))
            .map(|(part, neighbours)| Part {
                source: Source::of(&part.relation),
                weight: part.weight,
                neighbours,
                recency: Recency::new(part.power),
            })
            .collect();
        Self { recipe, blend, parts }
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

    /// What decided the scores of some items: popularity, or the product of the history that each owes most to, by the
    /// part that relates the two most. One pass over the history for all of them.
    pub fn decisive(&self, past: Past<'_>, items: &[u32]) -> Vec<Decisive> {
        let mut weighted = Vec::with_capacity(past.items.len());
        let owed = self.owed(past, items, &mut weighted);
        let mut found: Vec<(Source, f32)> = vec![(Source::ItemCf, 0.0); items.len()];
        for part in &self.parts {
            part.recency.weigh(past, &mut weighted);
            for ((owed, item), best) in owed.iter().zip(items).zip(&mut found) {
                let Some((cause, weight)) = owed.cause.and_then(|place| weighted.get(place)) else { continue };
                let added = part.weight * weight * part.between(*cause, *item);
                if added > best.1 {
                    *best = (part.source, added);
                }
            }
        }
        (owed.iter().zip(items).zip(found))
            .map(|((owed, item), (source, _))| {
                let base = self.blend.base[*item as usize];
                if owed.cause.is_some() && owed.added > base {
                    Decisive { source, value: owed.added, cause: owed.cause }
                } else {
                    Decisive { source: Source::Popularity, value: base, cause: None }
                }
            })
            .collect()
    }

    /// What the history adds to each of some items, and the place in it of the product that adds most.
    fn owed(&self, past: Past<'_>, items: &[u32], weighted: &mut Vec<(u32, f32)>) -> Vec<Owed> {
        let mut owed = vec![Owed::default(); items.len()];
        // Places count from one: zero marks all others.
        let mut marks = vec![0_u16; self.items()];
        (1..).zip(items).for_each(|(mark, item)| marks[*item as usize] = mark);
        for group in &self.blend.groups {
            group.recency.weigh(past, weighted);
            for (place, (known, weight)) in weighted.iter().enumerate() {
                let (others, likeness) = group.neighbours.of(*known as usize);
                for (at, other) in others.iter().enumerate() {
                    let mark = marks[*other as usize];
                    if mark != 0 {
                        owed[usize::from(mark) - 1].add(place, weight * likeness[at]);
                    }
                }
            }
        }
        owed
    }
}

/// What a history adds to an item.
#[derive(Debug, Clone, Copy, Default)]
struct Owed {
    added: f32,
    most: f32,
    cause: Option<usize>,
}

impl Owed {
    fn add(&mut self, place: usize, part: f32) {
        self.added += part;
        if part > self.most {
            (self.most, self.cause) = (part, Some(place));
        }
    }
}

impl Part {
    fn between(&self, known: u32, item: u32) -> f32 {
        let (items, weights) = self.neighbours.of(known as usize);
        items.binary_search(&item).map_or(0.0, |place| weights[place])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::content::Traits;
    use crate::recommend::interactions::Act;

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
        let told = model.decisive(past, &[1, 2, 3]).into_iter().map(|decisive| (decisive.source, decisive.cause));
        let expected = [(Source::ItemCf, Some(0)), (Source::Content, Some(0)), (Source::Popularity, None)];
        assert!(told.eq(expected));
        let mut scratch = Scratch::default();
        model.score(past, &mut scratch);
        assert!(scratch.scores[1] > scratch.scores[2] && scratch.scores[2] > scratch.scores[3]);
    }
}
