//! What a query and many other texts have in common, term by term.
//!
//! A query is compared with a hundred phrasings. Its terms are marked once in an array over all terms of the index, and
//! each phrasing is then summed up by looking its terms up, without a branch. The sums are those of
//! [`TermWeights::shared`], in the same order.

use crate::search::features::{TermSet, TermWeights};

/// The known terms of a query in one view.
pub struct MarkedTerms {
    /// By term: its place in `weights`; 0 where the query does not have it.
    places: Vec<u16>,
    /// Weights of the query's terms, behind a zero.
    weights: Vec<f64>,
}

impl MarkedTerms {
    /// Marks a set. Of more than 65,534 distinct terms the rest is left out; a message has at most some thousands.
    pub fn new(set: &TermSet, weights: &TermWeights) -> Self {
        let mut marked = Self { places: vec![0; weights.len()], weights: Vec::with_capacity(set.terms.len() + 1) };
        marked.weights.push(0.0);
        for (place, term) in (1..u16::MAX).zip(&set.terms) {
            marked.places[*term as usize] = place;
            marked.weights.push(weights.weight(*term));
        }
        marked
    }

    /// Weight of the terms, which must be distinct, that the query has too.
    pub fn shared(&self, terms: &[u32]) -> f64 {
        terms.iter().map(|term| self.weights[usize::from(self.places[*term as usize])]).sum()
    }
}

/// The terms of several sets together, ascending, each once.
pub fn union<'a>(sets: impl IntoIterator<Item = &'a TermSet>) -> Vec<u32> {
    let mut terms: Vec<u32> = sets.into_iter().flat_map(|set| set.terms.iter().copied()).collect();
    terms.sort_unstable();
    terms.dedup();
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_terms_share_what_merged_sets_share() {
        let texts = [["a", "b", "c"], ["b", "c", "d"], ["d", "e", "f"]].map(|text| text.map(str::to_owned));
        let weights = TermWeights::count(texts.iter().map(|text| vec![text.as_slice()]));
        let sets = texts.each_ref().map(|text| weights.set(text));
        let query = weights.set(&["b", "c", "e", "x"].map(str::to_owned));
        let marked = MarkedTerms::new(&query, &weights);
        for set in &sets {
            assert_eq!(marked.shared(&set.terms), weights.shared(&query, set));
        }
        let together = marked.shared(&union(&sets));
        assert_eq!(together, query.weight - query.unknown_weight);
    }
}
