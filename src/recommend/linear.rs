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
use faer::{Mat, Par, Side, set_global_parallelism, unzip, zip};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Items above which no dense model is built: 8,000 need a quarter of a gigabyte and some ten seconds on two cores.
pub const DENSE_LIMIT: usize = 8_000;

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
        Some(Self { shared: products(items, &ones) })
    }

    /// How many shoppers two items share.
    pub fn shared(&self, item: usize, other: usize) -> f32 {
        self.shared[(other, item)]
    }

    /// Fits. `None` where the penalty is too small for the matrix to be inverted.
    pub fn fit(&self, settings: &LinearSettings, traits: Option<&TraitProducts>) -> Option<Neighbours> {
        let items = self.shared.nrows();
        let weight = settings.trait_weight * settings.trait_weight;
        let mut regularised = self.shared.clone();
        if let Some(traits) = traits.filter(|_| weight > 0.0) {
            zip!(&mut regularised, &traits.products).for_each(|unzip!(sum, own)| *sum += weight * own);
        }
        for item in 0..items {
            regularised[(item, item)] += settings.penalty;
        }
        // One thread: on a busy machine the threads of a dense solver wait for each other longer than they work, and
        // the sums do not depend on how many there are.
        set_global_parallelism(Par::Seq);
        let inverse = regularised.llt(Side::Lower).ok()?.inverse();
        // A history's item i adds B_ij = −P_ij / P_jj to the score of j.
        let diagonal: Vec<f32> = (0..items).map(|item| inverse[(item, item)]).collect();
        let lists = (0..items)
            .into_par_iter()
            .map(|item| {
                let row = (0..items).filter(|other| *other != item);
                let list = row.map(|other| (other as u32, -inverse[(other, item)] / diagonal[other]));
                largest(list.collect(), settings.keep)
            })
            .collect();
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
        let gram = Gram::new(&log).unwrap();
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
