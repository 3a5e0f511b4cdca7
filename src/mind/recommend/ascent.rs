//! How a blend gets its weights: coordinate ascent on the NDCG of what shoppers did after the log.

use crate::recommend::popularity::{popularity, span, trend};
use crate::recommend::recipe::{Decay, HybridPart, HybridRecipe};
use crate::recommend::relation::Material;
use crate::recommend::stock::{ItemSide, POWERS, Stock, power_places};

/// By how much, relatively, a step of a blend has to be better to be taken: smaller steps are noise.
const WORTHWHILE: f64 = 1.000_5;

/// Ways in which a history may count in one blend: each is a pass over the history.
const PASSES: usize = 2;

/// Coordinate ascent: each setting in turn takes its best value, until a round changes nothing or there is no time left.
pub fn climb(recipe: &mut HybridRecipe, stock: &Stock, material: &Material, go_on: &dyn Fn() -> bool) {
    let sides = Sides::new(material);
    let mut best = 0.0;
    for _ in 0..8 {
        let before = best;
        for place in (0..recipe.parts.len()).take_while(|_| go_on()) {
            for power in POWERS {
                // The first gives the scale: it keeps its weight or goes.
                let weights = if place == 0 { &ANCHOR[..] } else { &WEIGHTS[..] };
                for weight in weights.iter().copied() {
                    let mut next = recipe.clone();
                    next.parts[place] = HybridPart { power, weight, ..next.parts[place] };
                    step(recipe, next, &mut best, stock, &sides);
                }
            }
        }
        for half_life in HALF_LIVES {
            for exponent in EXPONENTS {
                let mut next = recipe.clone();
                next.trend = (half_life, exponent);
                step(recipe, next, &mut best, stock, &sides);
            }
        }
        for half_life in std::iter::once(None).chain(HALF_LIVES.map(Some)) {
            for popularity in BASES {
                let mut next = recipe.clone();
                (next.decay.half_life, next.popularity) = (half_life, popularity);
                step(recipe, next, &mut best, stock, &sides);
            }
        }
        if best <= before * WORTHWHILE || !go_on() {
            break;
        }
    }
}

/// Weights of the first relation.
const ANCHOR: [f32; 2] = [1.0, 0.0];

/// Weights of the others.
const WEIGHTS: [f32; 16] = [0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0, 1.4, 2.0, 3.0, 5.0, 8.0, 12.0];

/// Weights of popularity. Never none: among items of which nothing else is known, the popular come first.
const BASES: [f32; 7] = [0.001, 0.01, 0.03, 0.1, 0.25, 0.5, 1.0];

/// Shares of the log's time in which an act's weight may halve.
pub const HALF_LIVES: [f64; 6] = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2];

/// Exponents of the trend.
const EXPONENTS: [f64; 8] = [0.0, 0.15, 0.3, 0.5, 0.7, 0.9, 1.2, 1.6];

fn step(recipe: &mut HybridRecipe, next: HybridRecipe, best: &mut f64, stock: &Stock, sides: &Sides) {
    if (next == *recipe && *best > 0.0) || passes(&next) > PASSES {
        return;
    }
    let weights: Vec<(f32, usize)> = next.parts.iter().map(|part| part.weight).zip(power_places(&next)).collect();
    let factors = sides.factors(next.trend);
    let base: Vec<f32> = sides.popular(next.decay).iter().map(|value| value * next.popularity).collect();
    let ndcg = stock.ndcg(&weights, &ItemSide { factors: &factors, base: &base });
    if ndcg > *best * WORTHWHILE {
        (*recipe, *best) = (next, ndcg);
    }
}

fn passes(recipe: &HybridRecipe) -> usize {
    let mut powers: Vec<f32> = recipe.parts.iter().filter(|part| part.weight != 0.0).map(|part| part.power).collect();
    powers.sort_by(f32::total_cmp);
    powers.dedup();
    powers.len()
}

/// Trends and popularities for every half-life that is tried.
struct Sides {
    trends: Vec<Vec<f32>>,
    popular: Vec<Vec<f32>>,
}

impl Sides {
    fn new(material: &Material) -> Self {
        let span = span(&material.log);
        let flat = || vec![1.0; material.log.items()];
        let of = |share: f64| if span > 0.0 { trend(&material.log, share * span, 1.0) } else { flat() };
        let decays = std::iter::once(None).chain(HALF_LIVES.map(Some));
        Self {
            trends: HALF_LIVES.map(of).into(),
            popular: decays.map(|half_life| popularity(&material.log, Decay { half_life }.in_units(span))).collect(),
        }
    }

    fn factors(&self, (share, exponent): (f64, f64)) -> Vec<f32> {
        let place = HALF_LIVES.iter().position(|known| *known == share).unwrap_or(0);
        self.trends[place].iter().map(|factor| factor.powf(exponent as f32)).collect()
    }

    fn popular(&self, decay: Decay) -> &[f32] {
        let place = decay.half_life.and_then(|share| HALF_LIVES.iter().position(|known| *known == share));
        &self.popular[place.map_or(0, |place| place + 1)]
    }
}
