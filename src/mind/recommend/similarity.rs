//! How alike two sets are: the shoppers of two items, or the items of two shoppers.
//!
//! With `a` and `b` the sizes of the sets, `both` the size of their intersection and `all` the number of things that
//! could be in them, vectors of zeros and ones give
//!
//! - cosine: `both / √(a·b)` (Sarwar et al., 2001);
//! - Pearson's correlation: `(all·both − a·b) / √(a·(all − a)·b·(all − b))` (Resnick et al., 1994);
//! - Jaccard: `both / (a + b − both)`.
//!
//! Where few stand behind a pair, chance looks like likeness: each is multiplied by `both / (both + shrinkage)` (after
//! Bell and Koren, 2007).

use crate::recommend::interactions::Interactions;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Which likeness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The cosine of the angle.
    Cosine,
    /// Pearson's correlation.
    Pearson,
    /// Shared among all.
    Jaccard,
}

impl Measure {
    /// The likeness of two sets; 0 where it is not defined.
    pub fn of(self, both: f64, a: f64, b: f64, all: f64) -> f64 {
        let (part, whole) = match self {
            Self::Cosine => (both, (a * b).sqrt()),
            Self::Pearson => (all * both - a * b, (a * (all - a) * b * (all - b)).sqrt()),
            Self::Jaccard => (both, a + b - both),
        };
        if whole > 0.0 { part / whole } else { 0.0 }
    }

    /// The likeness, drawn towards zero where few stand behind it.
    pub fn shrunk(self, both: f64, a: f64, b: f64, all: f64, shrinkage: f64) -> f64 {
        self.of(both, a, b, all) * both / (both + shrinkage).max(f64::MIN_POSITIVE)
    }
}

/// For each item the items most like it, with how much.
#[derive(Debug, Clone, Default)]
pub struct Neighbours {
    starts: Vec<usize>,
    items: Vec<u32>,
    weights: Vec<f32>,
}

impl Neighbours {
    /// From lists, one for each item.
    pub fn from_lists(lists: Vec<Vec<(u32, f32)>>) -> Self {
        let mut neighbours = Self { starts: vec![0], ..Self::default() };
        for list in lists {
            for (item, weight) in list {
                neighbours.items.push(item);
                neighbours.weights.push(weight);
            }
            neighbours.starts.push(neighbours.items.len());
        }
        neighbours
    }

    /// The neighbours of an item with their weights.
    pub fn of(&self, item: usize) -> (&[u32], &[f32]) {
        let range = self.starts[item]..self.starts[item + 1];
        (&self.items[range.clone()], &self.weights[range])
    }

    /// Adds the neighbours of each item of a history, weighted, to scores.
    pub fn add(&self, history: &[(u32, f32)], scores: &mut [f32]) {
        for (item, weight) in history {
            let (items, weights) = self.of(*item as usize);
            for (other, likeness) in items.iter().zip(weights) {
                scores[*other as usize] += weight * likeness;
            }
        }
    }

    /// From lists of the items that speak for each item to lists of the items that each speaks for. So every item has
    /// the same number of advocates, however popular they are.
    #[must_use]
    pub fn transposed(&self) -> Self {
        let size = self.len();
        let mut starts = vec![0; size + 1];
        self.items.iter().for_each(|item| starts[*item as usize + 1] += 1);
        for item in 0..size {
            starts[item + 1] += starts[item];
        }
        let mut next = starts.clone();
        let (mut items, mut weights) = (vec![0; self.items.len()], vec![0.0; self.items.len()]);
        for item in 0..size {
            let (others, own) = self.of(item);
            for (other, weight) in others.iter().zip(own) {
                let at = &mut next[*other as usize];
                (items[*at], weights[*at]) = (item as u32, *weight);
                *at += 1;
            }
        }
        Self { starts, items, weights }
    }

    /// The same of items in other places; those without a place are forgotten.
    #[must_use]
    pub fn moved(&self, places: &[Option<usize>], size: usize) -> Self {
        let mut lists = vec![Vec::new(); size];
        for (item, place) in places.iter().enumerate().filter_map(|(item, place)| Some((item, (*place)?))) {
            let (items, weights) = self.of(item);
            let moved =
                items.iter().zip(weights).filter_map(|(other, own)| Some((places[*other as usize]? as u32, *own)));
            lists[place] = moved.collect();
            lists[place].sort_unstable_by_key(|(item, _)| *item);
        }
        Self::from_lists(lists)
    }

    /// How many items have a list.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The same with weights that are 1 on average for the strongest neighbour of an item, so that models of
    /// different scales can be added.
    #[must_use]
    pub fn on_one_scale(mut self) -> Self {
        let strongest = (0..self.len()).filter_map(|item| self.of(item).1.iter().copied().reduce(f32::max));
        let (sum, count) = strongest.fold((0.0_f64, 0_u32), |(sum, count), one| (sum + f64::from(one), count + 1));
        if sum > 0.0 {
            let factor = (f64::from(count) / sum) as f32;
            self.weights.iter_mut().for_each(|weight| *weight *= factor);
        }
        self
    }

    /// The weighted sum of several models, each weight multiplied by a factor of the item it leads to; of each list
    /// the `keep` weights of the largest magnitude remain.
    pub fn blend(parts: &[(&Self, f32)], factors: &[f32], keep: usize) -> Self {
        let size = factors.len();
        let lists = (0..size)
            .into_par_iter()
            .map_init(
                || (vec![0.0_f32; size], vec![false; size]),
                |(sums, seen), item| {
                    let mut touched = Vec::new();
                    for (model, weight) in parts {
                        let (items, weights) = model.of(item);
                        for (other, own) in items.iter().zip(weights) {
                            if !std::mem::replace(&mut seen[*other as usize], true) {
                                touched.push(*other);
                            }
                            sums[*other as usize] += weight * own;
                        }
                    }
                    let list = touched.into_iter().map(|other| {
                        seen[other as usize] = false;
                        (other, std::mem::take(&mut sums[other as usize]) * factors[other as usize])
                    });
                    largest(list.collect(), keep)
                },
            )
            .collect();
        Self::from_lists(lists)
    }
}

/// The `keep` weights of the largest magnitude, by item: what speaks against an item counts too.
pub fn largest(mut list: Vec<(u32, f32)>, keep: usize) -> Vec<(u32, f32)> {
    if list.len() > keep {
        list.select_nth_unstable_by(keep, |a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
        list.truncate(keep);
    }
    list.sort_unstable_by_key(|(item, _)| *item);
    list
}

/// The `keep` largest weights of a list, by item; weights of zero or less are left out.
pub fn strongest(mut list: Vec<(u32, f32)>, keep: usize) -> Vec<(u32, f32)> {
    list.retain(|(_, weight)| *weight > 0.0);
    if list.len() > keep {
        list.select_nth_unstable_by(keep, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        list.truncate(keep);
    }
    list.sort_unstable_by_key(|(item, _)| *item);
    list
}

/// The items most like each item by their shoppers.
pub fn between_items(log: &Interactions, measure: Measure, shrinkage: f64, keep: usize) -> Neighbours {
    let all = log.users() as f64;
    let lists = (0..log.items())
        .into_par_iter()
        .map_init(
            || vec![0_u32; log.items()],
            |together, item| {
                let mut touched = Vec::new();
                for user in log.audience(item) {
                    for other in log.paired(*user as usize) {
                        let count = &mut together[*other as usize];
                        if *count == 0 {
                            touched.push(*other);
                        }
                        *count += 1;
                    }
                }
                let own = log.audience(item).len() as f64;
                let list = touched.into_iter().map(|other| {
                    let both = f64::from(std::mem::take(&mut together[other as usize]));
                    let size = log.audience(other as usize).len() as f64;
                    (other, measure.shrunk(both, own, size, all, shrinkage) as f32)
                });
                strongest(list.filter(|(other, _)| *other as usize != item).collect(), keep)
            },
        )
        .collect();
    Neighbours::from_lists(lists)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::interactions::Act;

    #[test]
    fn measures_worked_out_by_hand() {
        // {1,2,3} and {2,3,4,5} of ten: two in common.
        let (both, a, b, all) = (2.0, 3.0, 4.0, 10.0);
        assert!((Measure::Cosine.of(both, a, b, all) - 2.0 / 12.0_f64.sqrt()).abs() < 1e-12);
        assert!((Measure::Jaccard.of(both, a, b, all) - 0.4).abs() < 1e-12);
        // (20 - 12) / √(3·7·4·6)
        assert!((Measure::Pearson.of(both, a, b, all) - 8.0 / 504.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!(Measure::Pearson.of(0.0, 0.0, 4.0, 10.0), 0.0);
        assert!((Measure::Jaccard.shrunk(both, a, b, all, 2.0) - 0.2).abs() < 1e-12);
    }

    #[test]
    fn models_are_added_on_one_scale() {
        let model = |value: f32| Neighbours::from_lists(vec![vec![(1, value), (2, value / 2.0)], vec![], vec![]]);
        let (small, large) = (model(0.01).on_one_scale(), model(50.0).on_one_scale());
        let both = Neighbours::blend(&[(&small, 1.0), (&large, 2.0)], &[1.0, 1.0, 4.0], 5);
        assert_eq!(both.of(0).0, [1, 2]);
        let turned = model(1.0).transposed();
        assert_eq!((turned.of(1), turned.of(2)), ((&[0][..], &[1.0][..]), (&[0][..], &[0.5][..])));
        let moved = model(1.0).moved(&[Some(2), Some(1), None], 3);
        assert_eq!((moved.of(2), moved.of(0).0.len()), ((&[1][..], &[1.0][..]), 0));
        assert!((both.of(0).1[0] - 3.0).abs() < 1e-5 && (both.of(0).1[1] - 6.0).abs() < 1e-5);
        assert_eq!(largest(vec![(4, 0.1), (1, 0.5), (2, -1.0), (3, 0.3)], 2), [(1, 0.5), (2, -1.0)]);
    }

    #[test]
    fn neighbours_of_a_small_shop() {
        let act = |user, item| Act { user, item, at: 0.0 };
        let log = Interactions::new(3, 3, &[act(0, 0), act(0, 1), act(1, 0), act(1, 1), act(2, 1), act(2, 2)]);
        let neighbours = between_items(&log, Measure::Cosine, 0.0, 5);
        let (items, weights) = neighbours.of(0);
        assert_eq!(items, [1]);
        assert!((weights[0] - 2.0 / 6.0_f32.sqrt()).abs() < 1e-6);
        let mut scores = vec![0.0; 3];
        neighbours.add(&[(0, 2.0)], &mut scores);
        assert!((scores[1] - 4.0 / 6.0_f32.sqrt()).abs() < 1e-6);
        assert_eq!(strongest(vec![(4, 0.1), (1, 0.5), (2, -1.0), (3, 0.3)], 2), [(1, 0.5), (3, 0.3)]);
    }
}
