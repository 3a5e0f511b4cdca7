//! Learning the blend from the shop's own log: the recipe is chosen on its newest tenth by what was done in the rest,
//! exactly as `evaluate recommend --method hybrid` does it, and then fitted on all of it.
//!
//! A recipe is chosen anew when the log has grown by a quarter; in between the same recipe is fitted on what is there.

use crate::recommend::content::Traits;
use crate::recommend::generation::Generation;
use crate::recommend::interactions::{Act, Interactions};
use crate::recommend::measure::Target;
use crate::recommend::method::Method;
use crate::recommend::model::Models;
use crate::recommend::recipe::{HybridRecipe, Recipe};
use crate::recommend::relation::Material;
use crate::recommend::selection::Chooser;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Acts below which nothing can be learned from a log.
pub const ENOUGH_ACTS: usize = 2_000;

/// Shoppers of the newest tenth below which nothing can be chosen.
const ENOUGH_SHOPPERS: usize = 50;

/// Shoppers that a recipe is chosen on, at most.
const CHOSEN_ON: usize = 500;

/// A log to learn from, apart from the recommender that goes on answering.
#[derive(Debug)]
pub struct Lesson {
    /// How many shoppers.
    pub users: usize,
    /// Each shopper's newest act on each product.
    pub acts: Vec<Act>,
    /// What the products are.
    pub traits: Traits,
    /// How many products.
    pub items: usize,
    /// Which recommender it was taken from.
    pub generation: Generation,
}

/// A recipe with what it was chosen on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    /// The recipe.
    pub recipe: HybridRecipe,
    /// Acts of the log when it was chosen.
    pub acts: usize,
    /// NDCG@20 on the newest tenth of that log.
    pub ndcg20: f64,
}

impl Learned {
    /// Whether the log has grown so much that another recipe may be better.
    pub fn is_outgrown(&self, acts: usize) -> bool {
        acts * 4 > self.acts * 5
    }
}

impl Lesson {
    /// Chooses a recipe, for as long as `go_on` says so. `None` where the log is too small.
    pub fn choose(&self, go_on: &dyn Fn() -> bool) -> Option<Learned> {
        if self.acts.len() < ENOUGH_ACTS {
            return None;
        }
        let (older, newer) = self.split();
        let targets = targets(&older, &newer);
        if targets.len() < ENOUGH_SHOPPERS {
            return None;
        }
        let material = Material::new(Interactions::new(self.users, self.items, &older), self.traits.clone());
        let mut chooser = Chooser::new(&material, &targets, go_on);
        let (Recipe::Hybrid(recipe), ndcg20) = chooser.choose(Method::Hybrid)? else { return None };
        if recipe.parts.is_empty() {
            return None;
        }
        Some(Learned { recipe, acts: self.acts.len(), ndcg20 })
    }

    /// Fits a recipe on the whole log. `None` where the shop is too large for it.
    pub fn fit(&self, recipe: HybridRecipe) -> Option<Models> {
        let log = Interactions::new(self.users, self.items, &self.acts);
        Models::fit(recipe, &Material::new(log, self.traits.clone()))
    }

    /// By time: the newest tenth of all acts is what has to be foretold.
    fn split(&self) -> (Vec<Act>, Vec<Act>) {
        let mut acts = self.acts.clone();
        acts.sort_by(|a, b| a.at.total_cmp(&b.at).then(a.user.cmp(&b.user)).then(a.item.cmp(&b.item)));
        let newer = acts.split_off(acts.len() - acts.len() / 10);
        (acts, newer)
    }
}

/// What shoppers of whom the older part knows something did in the newer one; evenly sampled.
fn targets(older: &[Act], newer: &[Act]) -> Vec<Target> {
    let known: std::collections::HashSet<u32> = older.iter().map(|act| act.user).collect();
    let mut of_users: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    newer.iter().filter(|act| known.contains(&act.user)).for_each(|act| {
        of_users.entry(act.user).or_default().push(act.item);
    });
    let step = of_users.len().div_ceil(CHOSEN_ON).max(1);
    (of_users.into_iter().step_by(step))
        .map(|(user, mut items)| {
            items.sort_unstable();
            let relevant = items.len();
            Target { user: Some(user), items, relevant }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shoppers who walk through the products in the order of their numbers, each from another one.
    fn walks(users: u32) -> Lesson {
        let acts = (0..users)
            .flat_map(|user| {
                (0..12).map(move |step| Act { user, item: (user * 7 + step) % 40, at: f64::from(step * 1_000 + user) })
            })
            .collect();
        let traits = Traits::new(&vec![Vec::new(); 40]);
        Lesson { users: users as usize, acts, traits, items: 40, generation: Generation::default() }
    }

    #[test]
    fn a_recipe_is_learned_from_what_came_later() {
        let lesson = walks(300);
        let learned = lesson.choose(&|| true).expect("enough to learn from");
        assert!(learned.ndcg20 > 0.3, "{learned:?}");
        assert!(!learned.is_outgrown(3_700) && learned.is_outgrown(4_600));
        let models = lesson.fit(learned.recipe).expect("a small shop");
        assert_eq!((models.blend.items(), models.control.items()), (40, 40));
    }

    #[test]
    fn a_small_log_or_no_time_teaches_nothing() {
        assert_eq!(walks(10).choose(&|| true), None);
        assert_eq!(walks(300).choose(&|| false), None);
    }
}
