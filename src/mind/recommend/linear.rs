//! A linear model in closed form: each item's column is predicted from all the others (EASE; Steck, 2019).
//!
//! `min_B ‖X − X·B‖² + λ‖B‖²` with a zero diagonal has the solution `B = I − P·diag(1/P_jj)`, `P = (XᵀX + λI)⁻¹`. Traits
//! of the items are further rows of `X`, as if each trait were a shopper who likes what carries it, with a weight of
//! their own; so items of which little is known lean on what they are (collective EASE; Jeunen et al., 2020).
//!
//! The inverse needs memory for the square of the items and time for their cube. Above [`DENSE_LIMIT`] items the model
//! is not built; the neighbourhood methods, which are sparse throughout, take its place.

use crate::recommend::content::Traits;
use crate::recommend::interactions::Interactions;
use crate::recommend::similarity::{Neighbours, largest};
use faer::linalg::solvers::DenseSolveCore;
use faer::{Mat, Par, Side, set_global_parallelism};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Items above which no dense model is built: 8,000 need a quarter of a gigabyte and some ten seconds on two cores.
pub const DENSE_LIMIT: usize = 8_000;

/// Shoppers that an item needs to take part: of rarer ones a weight for each other item says nothing, and there are
/// many of them.
const RARE: usize = 5;

/// How the model is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LinearSettings {
    /// λ: larger trusts single pairs less.
    pub penalty: f32,
    /// How many times a trait counts like a shopper; 0 leaves traits out.
    pub trait_weight: f32,
    /// Neighbours that are kept of each item.
    pub keep: usize,
}

/// `XᵀX` of a log: how many shoppers each pair of items shares. It is the same for every setting that is tried, and
/// what the neighbourhood methods count as well.
pub struct Gram {
    shared: Mat<f32>,
    /// Items that take part in the inverse.
    known: Vec<usize>,
}

/// The same sums over the traits of the items.
pub struct TraitProducts {
    products: Mat<f32>,
}

impl TraitProducts {
    /// For a shop of at most [`DENSE_LIMIT`] items.
    pub fn new(items: usize, traits: &Traits) -> Self {
        let carriers: Vec<Vec<(u32, f32)>> = (0..traits.len()).map(|number| traits.carriers(number).to_vec()).collect();
        Self { products: products(items, &carriers) }
    }
}

impl Gram {
    /// `None` above [`DENSE_LIMIT`] items.
    pub fn new(log: &Interactions) -> Option<Self> {
        let items = log.items();
        if items == 0 || items > DENSE_LIMIT {
            return None;
        }
        let ones: Vec<Vec<(u32, f32)>> =
            (0..log.users()).map(|user| log.paired(user).iter().map(|item| (*item, 1.0)).collect()).collect();
        let known = (0..items).filter(|item| log.audience(*item).len() >= RARE).collect();
        Some(Self { shared: products(items, &ones), known })
    }

    /// How many shoppers two items share.
    pub fn shared(&self, item: usize, other: usize) -> f32 {
        self.shared[(other, item)]
    }

    /// Fits. `None` where the penalty is too small for the matrix to be inverted.
    pub fn fit(&self, settings: &LinearSettings, traits: Option<&TraitProducts>) -> Option<Neighbours> {
        let size = self.known.len();
        let weight = settings.trait_weight * settings.trait_weight;
        let traits = traits.filter(|_| weight > 0.0);
        let regularised = Mat::from_fn(size, size, |row, column| {
            let (item, other) = (self.known[row], self.known[column]);
            let penalty = if row == column { settings.penalty } else { 0.0 };
            self.shared[(item, other)] + traits.map_or(0.0, |traits| weight * traits.products[(item, other)]) + penalty
        });
        // One thread: on a busy machine the threads of a dense solver wait for each other longer than they work, and
        // the sums do not depend on how many there are.
        set_global_parallelism(Par::Seq);
        let inverse = regularised.llt(Side::Lower).ok()?.inverse();
        // A history's item i adds B_ij = −P_ij / P_jj to the score of j.
        let scales: Vec<f32> = (0..size).map(|place| -1.0 / inverse[(place, place)]).collect();
        let known: Vec<Vec<(u32, f32)>> = (0..size)
            .into_par_iter()
            .map(|place| {
                let row = (0..size).filter(|other| *other != place);
                let list = row.map(|other| (self.known[other] as u32, inverse[(other, place)] * scales[other]));
                largest(list.collect(), settings.keep)
            })
            .collect();
        let mut lists = vec![Vec::new(); self.shared.nrows()];
        for (item, list) in self.known.iter().zip(known) {
            lists[*item] = list;
        }
        Some(Neighbours::from_lists(lists))
    }
}

/// Sums the products of all pairs of each row. Rows are sparse; each column of the result is summed by one thread.
fn products(items: usize, rows: &[Vec<(u32, f32)>]) -> Mat<f32> {
    let mut of_items: Vec<Vec<(u32, f32)>> = vec![Vec::new(); items];
    for (row, number) in rows.iter().zip(0_u32..) {
        for (item, value) in row {
            of_items[*item as usize].push((number, *value));
        }
    }
    let mut result = Mat::zeros(items, items);
    result.par_col_iter_mut().zip(&of_items).for_each(|(column, own)| {
        // A column of a matrix that was just made is contiguous.
        let Some(sums) = column.try_as_col_major_mut() else { return };
        let sums = sums.as_slice_mut();
        for (row, value) in own {
            for (other, other_value) in &rows[*row as usize] {
                sums[*other as usize] += value * other_value;
            }
        }
    });
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::interactions::Act;

    #[test]
    fn the_solution_worked_out_by_hand() {
        // Two items, both bought by one shopper, the first by another: G = [[2, 1], [1, 1]], λ = 1.
        // P = [[3, 1], [1, 2]]⁻¹ = 1/5 · [[2, -1], [-1, 3]]; B_01 = -P_01/P_11 = 1/3, B_10 = -P_10/P_00 = 1/2.
        let act = |user, item| Act { user, item, at: 0.0 };
        let log = Interactions::new(2, 2, &[act(0, 0), act(0, 1), act(1, 0)]);
        let gram = Gram { known: vec![0, 1], ..Gram::new(&log).unwrap() };
        assert_eq!((gram.shared(0, 0), gram.shared(0, 1)), (2.0, 1.0));
        let model = gram.fit(&LinearSettings { penalty: 1.0, trait_weight: 0.0, keep: 10 }, None).unwrap();
        assert!((model.of(0).1[0] - 1.0 / 3.0).abs() < 1e-5);
        assert!((model.of(1).1[0] - 0.5).abs() < 1e-5);
    }

    #[test]
    fn many_items_get_no_dense_model() {
        let log = Interactions::new(1, DENSE_LIMIT + 1, &[]);
        assert!(Gram::new(&log).is_none());
    }
}
