//! Choosing: for each method the settings that foretell best what shoppers did after the log, and among the methods the
//! best of all. Only data that is given here is looked at; what a method is judged by in the end is never seen.

use crate::recommend::ascent::{HALF_LIVES, climb};
use crate::recommend::linear::LinearSettings;
use crate::recommend::measure::{Ranking, Target};
use crate::recommend::method::Method;
use crate::recommend::popularity::{popularity, span};
use crate::recommend::propensity::{Pairs, PropensityRecipe, damped, item_features};
use crate::recommend::recipe::{Decay, HybridPart, HybridRecipe, Recipe};
use crate::recommend::relation::{Material, Relation};
use crate::recommend::scorer::{ItemToItem, Recency};
use crate::recommend::sequence::SequenceSettings;
use crate::recommend::similarity::{Measure, Neighbours};
use crate::recommend::stock::{Stock, power_places};
use crate::recommend::user_cf::UserCf;
use std::collections::HashMap;
use std::sync::Arc;

/// Neighbours that are kept of each item, where it is not chosen.
const KEEP: usize = 200;

/// Neighbours that are kept of each item in a sum of relations: what an answer costs grows with them.
const BLENDED: usize = 160;

/// Share of the hybrid's NDCG that must be left when the popular give way.
const SACRIFICE: f64 = 0.95;

/// Pairs that did not come true, of which each gets a place in the regression: one in so many.
const SAMPLED: usize = 8;

/// Chooses on what shoppers did after the log.
pub struct Chooser<'a> {
    material: &'a Material,
    targets: &'a [Target],
    /// Asked before each fit: whether there is time for it. What was found before is chosen among then.
    go_on: &'a dyn Fn() -> bool,
    chosen: HashMap<Method, (Recipe, f64)>,
    models: HashMap<Method, Arc<Neighbours>>,
    /// What the hybrid was chosen on, and the hybrid with the parts that got no weight: the regression uses both.
    blended: Option<(Stock, HybridRecipe)>,
}

impl<'a> Chooser<'a> {
    /// With what is known and what came later.
    pub fn new(material: &'a Material, targets: &'a [Target], go_on: &'a dyn Fn() -> bool) -> Self {
        Self { material, targets, go_on, chosen: HashMap::new(), models: HashMap::new(), blended: None }
    }

    /// The best recipe of a method with its NDCG@20. `None` where the shop is too large for the method, or has
    /// nothing that it could learn from.
    pub fn choose(&mut self, method: Method) -> Option<(Recipe, f64)> {
        if let Some(known) = self.chosen.get(&method) {
            return Some(known.clone());
        }
        let chosen = match method {
            Method::Popularity => self.popularity(),
            Method::UserCosine => self.users(Measure::Cosine),
            Method::UserPearson => self.users(Measure::Pearson),
            Method::ItemCosine => self.items(method, Measure::Cosine),
            Method::ItemJaccard => self.items(method, Measure::Jaccard),
            Method::Content => self.content(),
            Method::Order => self.order(),
            Method::Linear => self.linear(),
            Method::Hybrid => self.hybrid(),
            Method::Fair => self.fair(),
            Method::Purchase => self.purchase(),
            Method::Auto => self.auto(),
        }?;
        self.chosen.insert(method, chosen.clone());
        Some(chosen)
    }

    /// By twenty items although ten are shown: with few shoppers to choose on, ten are at the mercy of chance.
    fn judge(&self, ranking: &Ranking) -> f64 {
        ranking.measure(&self.material.log, self.targets).ndcg20
    }

    fn judge_recipe(&self, recipe: &Recipe) -> Option<f64> {
        Some(self.judge(&recipe.fit(self.material)?))
    }

    fn best_of(&self, recipes: impl IntoIterator<Item = Recipe>) -> Option<(Recipe, f64)> {
        let judged = (recipes.into_iter().take_while(|_| (self.go_on)()))
            .filter_map(|recipe| Some((self.judge_recipe(&recipe)?, recipe)));
        // The first of equals.
        let better = |best: (f64, Recipe), next: (f64, Recipe)| if next.0 > best.0 { next } else { best };
        judged.reduce(better).map(|(ndcg, recipe)| (recipe, ndcg))
    }

    fn popularity(&self) -> Option<(Recipe, f64)> {
        let decays = std::iter::once(None).chain(HALF_LIVES.map(Some));
        self.best_of(decays.map(|half_life| Recipe::Popularity(Decay { half_life })))
    }

    fn users(&self, measure: Measure) -> Option<(Recipe, f64)> {
        let mut grid = Vec::new();
        for neighbours in [40, 80, 120, 200] {
            for shrinkage in [0.0, 10.0] {
                for amplification in [1.0, 2.0, 3.0] {
                    grid.push(Recipe::Users(UserCf { measure, neighbours, shrinkage, amplification }));
                }
            }
        }
        self.best_of(grid)
    }

    /// Tries relations, each with several powers; the best model is kept for the blends.
    fn relations(
        &mut self,
        method: Method,
        relations: impl IntoIterator<Item = Relation>,
        powers: &[f32],
    ) -> Option<(Recipe, f64)> {
        let fallback = Arc::new(popularity(&self.material.log, None));
        let mut best: Option<(Relation, f32, f64)> = None;
        for relation in relations {
            if !(self.go_on)() {
                break;
            }
            let Some(neighbours) = relation.learn(self.material).map(Arc::new) else { continue };
            for power in powers {
                let scorer = ItemToItem { neighbours: Arc::clone(&neighbours), recency: Recency::new(*power) };
                let ndcg = self.judge(&Ranking { scorer: Box::new(scorer), fallback: Arc::clone(&fallback) });
                if best.is_none_or(|(_, _, known)| ndcg > known) {
                    best = Some((relation, *power, ndcg));
                    self.models.insert(method, Arc::clone(&neighbours));
                }
            }
        }
        best.map(|(relation, power, ndcg)| (Recipe::Items { relation, power }, ndcg))
    }

    fn items(&mut self, method: Method, measure: Measure) -> Option<(Recipe, f64)> {
        let mut grid = Vec::new();
        for keep in [20, 50, 100, 200] {
            for shrinkage in [0.0, 5.0, 15.0, 50.0] {
                grid.push(Relation::Shoppers { measure, shrinkage, keep });
            }
        }
        self.relations(method, grid, &[0.0])
    }

    fn content(&mut self) -> Option<(Recipe, f64)> {
        if self.material.traits.is_empty() {
            return None;
        }
        let grid = [50, KEEP, 1_000].map(|keep| Relation::Content { keep });
        self.relations(Method::Content, grid, &[0.0, 0.4, 1.0])
    }

    /// One setting after the other, each at the best of those before.
    fn order(&mut self) -> Option<(Recipe, f64)> {
        let mut best = SequenceSettings { backward: 0.2, norm: 0.3, fading: 0.5, keep: KEEP };
        let mut found = None;
        let grids: [fn(SequenceSettings) -> Vec<SequenceSettings>; 3] = [
            |base| [0.1, 0.2, 0.3, 0.4, 0.5].map(|norm| SequenceSettings { norm, ..base }).into(),
            |base| [0.1, 0.2, 0.4, 1.0].map(|backward| SequenceSettings { backward, ..base }).into(),
            |base| [0.25, 0.5, 1.0].map(|fading| SequenceSettings { fading, ..base }).into(),
        ];
        for grid in grids {
            let better = self.relations(Method::Order, grid(best).into_iter().map(Relation::Order), &[0.4, 1.0]);
            if let Some((Recipe::Items { relation: Relation::Order(settings), .. }, _)) = &better {
                best = *settings;
            }
            found = better.or(found);
        }
        found
    }

    /// First the penalty without traits, then the traits at that penalty: each fit costs the cube of the items.
    fn linear(&mut self) -> Option<(Recipe, f64)> {
        let relation = |penalty, trait_weight| Relation::Linear(LinearSettings { penalty, trait_weight, keep: KEEP });
        let plain = [100.0, 200.0, 400.0, 800.0].map(|penalty| relation(penalty, 0.0));
        let best = self.relations(Method::Linear, plain, &[0.0, 0.2, 0.4])?;
        if self.material.traits.is_empty() {
            return Some(best);
        }
        let Recipe::Items { relation: Relation::Linear(LinearSettings { penalty, .. }), .. } = best.0 else {
            return Some(best);
        };
        let plain = self.models.get(&Method::Linear).cloned();
        let with_traits = [2.0, 4.0, 8.0].map(|weight| relation(penalty, weight));
        let richer = self.relations(Method::Linear, with_traits, &[0.0, 0.2, 0.4]);
        match richer {
            Some(richer) if richer.1 > best.1 => Some(richer),
            _ => {
                self.models.extend(plain.map(|plain| (Method::Linear, plain)));
                Some(best)
            }
        }
    }

    /// The relations that a blend may use, each at its best.
    fn parts(&mut self) -> Vec<(Relation, Arc<Neighbours>)> {
        let methods = [Method::Linear, Method::ItemCosine, Method::Order, Method::Content];
        let mut parts = Vec::new();
        for method in methods {
            if let Some((Recipe::Items { relation, .. }, _)) = self.choose(method)
                && let Some(model) = self.models.get(&method)
            {
                parts.push((relation, Arc::clone(model)));
            }
        }
        parts
    }

    fn hybrid(&mut self) -> Option<(Recipe, f64)> {
        let parts = self.parts();
        let (relations, models): (Vec<Relation>, Vec<Arc<Neighbours>>) = parts.into_iter().unzip();
        let span = span(&self.material.log);
        let recent = popularity(&self.material.log, Some(0.05 * span).filter(|half_life| *half_life > 0.0));
        let stock = Stock::new(&self.material.log, self.targets, &models, &recent);
        let mut recipe = HybridRecipe {
            parts: relations
                .iter()
                .map(|relation| HybridPart { relation: *relation, power: 0.0, weight: 0.0 })
                .collect(),
            trend: (0.05, 0.0),
            decay: Decay { half_life: None },
            popularity: 0.001,
            keep: BLENDED,
            damping: 0.0,
        };
        if let Some(first) = recipe.parts.first_mut() {
            first.weight = 1.0;
        }
        climb(&mut recipe, &stock, self.material, self.go_on);
        let mut lean = recipe.clone();
        lean.parts.retain(|part| part.weight != 0.0);
        self.blended = Some((stock, recipe));
        let chosen = Recipe::Hybrid(lean);
        let ndcg = self.judge_recipe(&chosen)?;
        Some((chosen, ndcg))
    }

    fn purchase(&mut self) -> Option<(Recipe, f64)> {
        self.choose(Method::Hybrid)?;
        let (stock, full) = self.blended.as_ref()?;
        let share = full.trend.0;
        let (popularity, trends) = item_features(self.material, share);
        let mut pairs = Pairs { sampled: 1.0 / SAMPLED as f64, ..Pairs::default() };
        for (place, (came_true, item, values)) in stock.pairs(&power_places(full)).enumerate() {
            if came_true || place % SAMPLED == 0 {
                let mut row: Vec<f64> = values.into_iter().map(|value| f64::from(damped(value))).collect();
                row.push(f64::from(popularity[item as usize]));
                row.push(f64::from(trends[item as usize]));
                pairs.features.push(row);
                pairs.came_true.push(came_true);
            }
        }
        let relations = full.parts.iter().map(|part| (part.relation, part.power)).collect();
        let recipe = Recipe::Purchase(PropensityRecipe::learn(relations, share, &pairs)?);
        let ndcg = self.judge_recipe(&recipe)?;
        Some((recipe, ndcg))
    }

    /// The hybrid that favours the popular least and still foretells nearly as well.
    fn fair(&mut self) -> Option<(Recipe, f64)> {
        let (Recipe::Hybrid(hybrid), best) = self.choose(Method::Hybrid)? else { return None };
        let mut fair = (Recipe::Hybrid(hybrid.clone()), best);
        for damping in [0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5] {
            let recipe = Recipe::Hybrid(HybridRecipe { damping, ..hybrid.clone() });
            let ndcg = self.judge_recipe(&recipe)?;
            if ndcg < best * SACRIFICE {
                break;
            }
            fair = (recipe, ndcg);
        }
        Some(fair)
    }

    fn auto(&mut self) -> Option<(Recipe, f64)> {
        let mut best: Option<(Recipe, f64)> = None;
        for method in Method::ALL.into_iter().filter(|method| *method != Method::Auto) {
            if let Some(next) = self.choose(method)
                && best.as_ref().is_none_or(|best| next.1 > best.1)
            {
                best = Some(next);
            }
        }
        best
    }
}
