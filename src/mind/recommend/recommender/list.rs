//! Lists for the shop's pages: what is personal first, then what is popular of late, then what the catalogue says.

use crate::clock::Timestamp;
use crate::model::catalogue::{Product, Sku};
use crate::model::id::ShopperId;
use crate::recommend::diversity::{Look, diversified};
use crate::recommend::engine::Engine;
use crate::recommend::experiment::Arm;
use crate::recommend::recommender::Recommender;
use crate::recommend::scorer::best;
use crate::recommend::source::Source;
use crate::recommend::taste::{Personal, Taste};

/// Candidates for each place of a list, at first: all are considered where these are too much alike.
const CANDIDATES: usize = 4;

impl Recommender {
    /// A list for a place of the shop's pages: with a product, what goes with it, whoever looks; without, what suits the
    /// shopper. Diverse, in stock, without what is withheld; filled up in the declared order.
    pub fn list(
        &self,
        shopper: Option<ShopperId>,
        on_page: Option<&str>,
        arm: Arm,
        now: Timestamp,
        count: usize,
        category_cap: usize,
    ) -> Vec<(Sku, Personal)> {
        let taste = self.taste(shopper.filter(|_| on_page.is_none()), on_page, arm, now);
        let mut hidden = self.sold_out.clone();
        hidden.extend(shopper.into_iter().flat_map(|shopper| self.engine.withheld(shopper)));
        hidden.extend(on_page.and_then(|sku| self.engine.number(sku)).map(|item| item as u32));
        let mut scores = self.list_scores(&taste);
        let mut wanted = count * CANDIDATES;
        let chosen = loop {
            let (chosen, all) = self.chosen(&taste, &mut scores, &hidden, wanted, (count, category_cap));
            if all || chosen.len() == count {
                break chosen;
            }
            wanted *= CANDIDATES;
        };
        let items: Vec<u32> = chosen.iter().map(|(item, _)| *item).collect();
        (chosen.into_iter().zip(taste.explain(&items)))
            .map(|((item, score), personal)| {
                let item = item as usize;
                (self.products[item].sku.clone(), personal.unwrap_or_else(|| self.stand_in(item, score, &taste)))
            })
            .collect()
    }

    /// What is personal from 1 to 2, everything else below.
    fn list_scores(&self, taste: &Taste) -> Vec<f32> {
        let scale = 1.0 / taste.greatest;
        let columns = taste.scores.iter().zip(&self.standing);
        columns.map(|(score, standing)| if *score > 0.0 { 1.0 + score * scale } else { *standing }).collect()
    }

    /// Products for a list from so many candidates, with their scores, and whether there are no more candidates.
    fn chosen(
        &self,
        taste: &Taste,
        scores: &mut [f32],
        hidden: &[u32],
        candidates: usize,
        (count, category_cap): (usize, usize),
    ) -> (Vec<(u32, f64)>, bool) {
        let mut items = Vec::with_capacity(candidates.min(scores.len()) + 1);
        best(scores, hidden, candidates, &mut items);
        let all = items.len() < candidates;
        let greatest = self.engine.greatest_popularity();
        let ranked: Vec<(f64, &Look)> = (items.iter())
            .map(|item| {
                let item = *item as usize;
                let score = taste.score_of(item).unwrap_or_else(|| self.stand_in_score(item, greatest));
                (score, &self.looks[item])
            })
            .collect();
        let places = diversified(&ranked, count, category_cap).into_iter();
        (places.map(|place| (items[place], ranked[place].0)).collect(), all)
    }

    /// What orders products of which nothing personal is known, from 0 to a quarter: below everything that is personal.
    fn stand_in_score(&self, item: usize, greatest: f64) -> f64 {
        let popularity = self.engine.popularity(item).ln_1p() / greatest.ln_1p().max(f64::MIN_POSITIVE);
        0.2 * popularity + 0.05 * esteem(&self.products[item])
    }

    /// Where nothing is known of the shopper: popularity; where nothing is known of anybody: the catalogue.
    fn stand_in(&self, item: usize, score: f64, taste: &Taste) -> Personal {
        let source = if self.engine.popularity(item) > 0.0 { Source::Popularity } else { Source::Catalogue };
        Personal { score, reason: taste.said_of(item), source }
    }
}

/// Popularity, then rating and sales, from 0 to 1.
pub(super) fn standing(engine: &Engine, products: &[Product], item: usize) -> f32 {
    let worth = engine.popularity(item) + 0.2 * esteem(&products[item]);
    (1.0 - 1.0 / (1.0 + worth)) as f32
}

/// Rating and sales, from 0 to 1.
fn esteem(product: &Product) -> f64 {
    (product.rating / 5.0 * 0.5 + (product.sold.max(0) as f64).ln_1p() / 30.0).min(1.0)
}
