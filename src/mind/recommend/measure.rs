//! How well a model foretells what shoppers deal with next: all items are ranked, but for those that a shopper knows
//! already; no negatives are sampled.

use crate::recommend::interactions::{Interactions, Past};
use crate::recommend::ranking_metrics::{gini, ndcg, precision, recall};
use crate::recommend::scorer::{Scorer, Scratch, best};
use rayon::prelude::*;
use serde::Serialize;
use std::sync::Arc;

/// Length of the longer list.
const LONG: usize = 20;

/// Length of the list that is shown.
const SHORT: usize = 10;

/// What one shopper dealt with later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The shopper's number in the log; none where the log does not know them.
    pub user: Option<u32>,
    /// The items, ascending, as far as the log knows them.
    pub items: Vec<u32>,
    /// How many there were, unknown ones included: they can only be missed.
    pub relevant: usize,
}

/// The figures. All lie between 0 and 1, averaged over shoppers.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Figures {
    /// Hits among ten, by ten.
    pub precision10: f64,
    /// Hits among ten, by what could be hit.
    pub recall10: f64,
    /// Hits among twenty, by what could be hit.
    pub recall20: f64,
    /// Normalised discounted cumulative gain of ten.
    pub ndcg10: f64,
    /// The same of twenty.
    pub ndcg20: f64,
    /// Items that stand in any list of ten, by all items.
    pub coverage10: f64,
    /// Gini coefficient of how often items stand in lists of ten: 0 where all are shown alike.
    pub gini10: f64,
}

/// A model with what stands in for it where nothing is known of a shopper.
pub struct Ranking {
    /// The model.
    pub scorer: Box<dyn Scorer>,
    /// Popularity.
    pub fallback: Arc<Vec<f32>>,
}

impl Ranking {
    /// The best items for a past, without those in it.
    pub fn top(&self, past: Past<'_>, count: usize, scratch: &mut Scratch, list: &mut Vec<u32>) {
        if past.items.is_empty() {
            scratch.scores.clear();
            scratch.scores.extend_from_slice(&self.fallback);
        } else {
            self.scorer.score(past, scratch);
        }
        best(&mut scratch.scores, past.items, count, list);
    }

    /// Measures on what shoppers dealt with after the log.
    pub fn measure(&self, log: &Interactions, targets: &[Target]) -> Figures {
        let lists: Vec<(Figures, Vec<u32>)> = targets
            .par_iter()
            .map_init(Scratch::default, |scratch, target| {
                let past = target.user.map_or_else(Past::default, |user| log.past(user as usize));
                let mut list = Vec::with_capacity(LONG + 1);
                self.top(past, LONG, scratch, &mut list);
                let figures = figures_of(&list, target);
                list.truncate(SHORT);
                (figures, list)
            })
            .collect();
        averaged(&lists, log.items())
    }
}

fn figures_of(list: &[u32], target: &Target) -> Figures {
    let hits: Vec<usize> = (0..list.len()).filter(|place| target.items.binary_search(&list[*place]).is_ok()).collect();
    Figures {
        precision10: precision(&hits, SHORT),
        recall10: recall(&hits, SHORT, target.relevant),
        recall20: recall(&hits, LONG, target.relevant),
        ndcg10: ndcg(&hits, SHORT, target.relevant),
        ndcg20: ndcg(&hits, LONG, target.relevant),
        ..Figures::default()
    }
}

fn averaged(lists: &[(Figures, Vec<u32>)], items: usize) -> Figures {
    let mut shown = vec![0_usize; items];
    lists.iter().flat_map(|(_, list)| list).for_each(|item| shown[*item as usize] += 1);
    let mean = |pick: fn(&Figures) -> f64| {
        lists.iter().map(|(figures, _)| pick(figures)).sum::<f64>() / lists.len().max(1) as f64
    };
    Figures {
        precision10: mean(|figures| figures.precision10),
        recall10: mean(|figures| figures.recall10),
        recall20: mean(|figures| figures.recall20),
        ndcg10: mean(|figures| figures.ndcg10),
        ndcg20: mean(|figures| figures.ndcg20),
        coverage10: shown.iter().filter(|count| **count > 0).count() as f64 / items.max(1) as f64,
        gini10: gini(&shown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::interactions::Act;
    use crate::recommend::scorer::Constant;

    #[test]
    fn a_protocol_worked_out_by_hand() {
        let act = |user, item| Act { user, item, at: 0.0 };
        // Four items; shopper 0 knows item 0, shopper 1 knows item 1.
        let log = Interactions::new(2, 4, &[act(0, 0), act(1, 1)]);
        let popular = Arc::new(vec![0.9, 0.8, 0.7, 0.1]);
        let ranking = Ranking { scorer: Box::new(Constant(Arc::clone(&popular))), fallback: popular };
        let targets = [
            // Ranked 1, 2, 3: a hit in the second place; an item that the log does not know is missed.
            Target { user: Some(0), items: vec![2], relevant: 2 },
            // Ranked 0, 2, 3: a hit in the first place.
            Target { user: Some(1), items: vec![0], relevant: 1 },
            // Unknown, so ranked by popularity: 0, 1, 2, 3.
            Target { user: None, items: vec![], relevant: 1 },
        ];
        let figures = ranking.measure(&log, &targets);
        assert!((figures.precision10 - (0.1 + 0.1) / 3.0).abs() < 1e-12);
        assert!((figures.recall10 - (0.5 + 1.0) / 3.0).abs() < 1e-12);
        let second = 1.0 / 3.0_f64.log2();
        assert!((figures.ndcg10 - (second / (1.0 + second) + 1.0) / 3.0).abs() < 1e-12);
        assert!((figures.coverage10 - 1.0).abs() < 1e-12);
    }
}
