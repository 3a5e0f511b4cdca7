//! What a query and many other texts have in common, term by term and topic by topic.
//!
//! A query is compared with some hundred phrasings. Its terms are marked once in an array over all terms of the index,
//! and each phrasing is then summed up by looking its terms up, without a branch. The sums are those of
//! [`TermWeights::shared`] and [`Meaning::topic_agreement`].

use crate::search::semantic::Meaning;
use crate::search::terms::{TermSet, TermWeights};
use std::cell::RefCell;

/// Sums that are kept side by side, so that an addition need not wait for the one before it.
const LANES: usize = 4;

/// A query, marked for comparing.
pub struct Marked {
    /// Its terms by view.
    pub terms: [MarkedTerms; 3],
    /// Its topics.
    pub topics: MarkedTopics,
    /// The characters of its normalised text.
    pub characters: Vec<char>,
}

/// The known terms of a query in one view.
pub struct MarkedTerms {
    /// By term: its place in `weights`; 0 where the query does not have it.
    places: Vec<u16>,
    /// Weights of the query's terms, behind a zero.
    weights: Vec<f64>,
    /// The terms that are marked.
    terms: Vec<u32>,
}

thread_local! {
    /// Arrays of former queries of this thread, all zero: to allocate them anew would cost more than to mark.
    static ZEROS: RefCell<Vec<Vec<u16>>> = const { RefCell::new(Vec::new()) };
}

impl Drop for MarkedTerms {
    fn drop(&mut self) {
        let mut places = std::mem::take(&mut self.places);
        for term in &self.terms {
            places[*term as usize] = 0;
        }
        ZEROS.with_borrow_mut(|zeros| zeros.push(places));
    }
}

impl MarkedTerms {
    /// Marks a set. Of more than 65,534 distinct terms the rest is left out; a message has at most some thousands.
    pub fn new(set: &TermSet, weights: &TermWeights) -> Self {
        let mut places = ZEROS.with_borrow_mut(Vec::pop).unwrap_or_default();
        if places.len() < weights.len() {
            places.resize(weights.len(), 0);
        }
        let mut marked = Self { places, weights: Vec::with_capacity(set.terms.len() + 1), terms: set.terms.clone() };
        marked.weights.push(0.0);
        for (place, term) in (1..u16::MAX).zip(&set.terms) {
            marked.places[*term as usize] = place;
            marked.weights.push(weights.weight(*term));
        }
        marked
    }

    /// Weight of the terms, which must be distinct, that the query has too.
    pub fn shared(&self, terms: &[u32]) -> f64 {
        let weight = |term: u32| self.weights[usize::from(self.places[term as usize])];
        let (whole, rest) = terms.as_chunks::<LANES>();
        let mut sums = [0.0; LANES];
        for terms in whole {
            for lane in 0..LANES {
                sums[lane] += weight(terms[lane]);
            }
        }
        sums.iter().sum::<f64>() + rest.iter().map(|term| weight(*term)).sum::<f64>()
    }

    /// How many of the terms, which must be distinct, the query has too.
    pub fn common(&self, terms: &[u32]) -> usize {
        terms.iter().filter(|term| self.places[**term as usize] != 0).count()
    }
}

/// The topics of a query.
pub struct MarkedTopics {
    /// Probability by topic; zero where the query hardly has it.
    probabilities: Vec<f32>,
}

impl MarkedTopics {
    /// Marks what a query means.
    pub fn new(meaning: &Meaning) -> Self {
        let length = meaning.topics.iter().map(|(topic, _)| usize::from(*topic) + 1).max().unwrap_or(0);
        let mut probabilities = vec![0.0; length];
        for (topic, probability) in &meaning.topics {
            probabilities[usize::from(*topic)] = *probability;
        }
        Self { probabilities }
    }

    /// Agreement with another distribution, 0 to 1; see [`Meaning::topic_agreement`].
    pub fn agreement(&self, other: &Meaning) -> f32 {
        let known = |topic: u16| self.probabilities.get(usize::from(topic)).copied().unwrap_or(0.0);
        other.topics.iter().map(|(topic, probability)| (known(*topic) * probability).sqrt()).sum()
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
            assert!((marked.shared(&set.terms) - weights.shared(&query, set)).abs() < 1e-12);
        }
        let together = marked.shared(&union(&sets));
        assert!((together - (query.weight - query.unknown_weight)).abs() < 1e-12);
    }

    #[test]
    fn marked_topics_agree_as_distributions_do() {
        let meaning = |topics: &[(u16, f32)]| Meaning { topics: topics.to_vec(), ..Meaning::default() };
        let query = meaning(&[(1, 0.5), (4, 0.3), (9, 0.2)]);
        for other in [meaning(&[(1, 0.1), (9, 0.9)]), meaning(&[(0, 0.6), (30, 0.4)]), Meaning::default()] {
            let expected = query.topic_agreement(&other);
            assert!((MarkedTopics::new(&query).agreement(&other) - expected).abs() < 1e-6);
        }
    }
}
