//! Index terms as numbers with weights, and what two sets of them share.

use std::collections::HashMap;

/// The numbers and weights of index terms. Rarer terms weigh more; a term that no document has weighs most, because
/// it says that something of the query is nowhere in the knowledge.
#[derive(Debug, Clone, Default)]
pub struct TermWeights {
    numbers: HashMap<String, u32>,
    /// Inverse document frequency by number, natural logarithm, at least zero.
    weights: Vec<f64>,
    /// The weight of a term that no document has.
    unknown: f64,
    shared_by_chance: f64,
}

/// Counts in how many groups each term occurs, while the texts go by. A group is an entry with all its phrasings: a
/// word that one entry repeats in every phrasing is still a rare word.
#[derive(Debug, Clone, Default)]
pub struct TermCounter {
    numbers: HashMap<String, u32>,
    /// By number: groups that have the term, and the last of them.
    counts: Vec<(u32, u32)>,
    groups: u32,
}

impl TermCounter {
    /// What follows belongs to another group.
    pub fn begin_group(&mut self) {
        self.groups += 1;
    }

    /// Counts a text; returns the numbers of its distinct terms, ascending.
    pub fn add(&mut self, terms: &[String]) -> Vec<u32> {
        let mut numbers = Vec::with_capacity(terms.len());
        for term in terms {
            let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
            numbers.push(match self.numbers.get(term) {
                Some(number) => *number,
                None => {
                    self.numbers.insert(term.clone(), next);
                    self.counts.push((0, 0));
                    next
                }
            });
        }
        numbers.sort_unstable();
        numbers.dedup();
        numbers.shrink_to_fit();
        for number in &numbers {
            let (groups, last) = &mut self.counts[*number as usize];
            if *last != self.groups {
                (*groups, *last) = (*groups + 1, self.groups);
            }
        }
        numbers
    }

    /// The weights of all terms that were counted.
    pub fn finish(self) -> TermWeights {
        let total = f64::from(self.groups);
        let inverse = |frequency: f64| ((total + 1.0) / (frequency + 0.5)).ln().max(0.0);
        let weights: Vec<f64> = self.counts.iter().map(|(groups, _)| inverse(f64::from(*groups))).collect();
        let (mut shared, mut whole) = (0.0, 0.0);
        for (weight, (groups, _)) in weights.iter().zip(&self.counts) {
            let frequency = f64::from(*groups) / total.max(1.0);
            shared += weight * frequency * frequency;
            whole += weight * frequency;
        }
        TermWeights { numbers: self.numbers, weights, unknown: inverse(0.5), shared_by_chance: share(shared, whole) }
    }
}

/// The distinct terms of one text in one view, sorted by number, with the weight of those that are unknown.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TermSet {
    /// Numbers of the known terms, ascending.
    pub terms: Vec<u32>,
    /// Weight of all distinct terms, known or not.
    pub weight: f64,
    /// Weight of the terms that no document has.
    pub unknown_weight: f64,
    /// How many terms no document has.
    pub unknown: usize,
}

impl TermSet {
    /// How many distinct terms there are, known or not.
    pub fn count(&self) -> usize {
        self.terms.len() + self.unknown
    }
}

impl TermWeights {
    /// Counts in how many groups each term occurs; see [`TermCounter`].
    pub fn count<'a>(groups: impl IntoIterator<Item = Vec<&'a [String]>>) -> Self {
        let mut counter = TermCounter::default();
        for group in groups {
            counter.begin_group();
            for terms in group {
                counter.add(terms);
            }
        }
        counter.finish()
    }

    /// What a group shares with another one that was drawn at random, as a share of its weight: much where all groups
    /// talk about the same few things.
    pub fn shared_by_chance(&self) -> f64 {
        self.shared_by_chance
    }

    /// Weight of known terms together.
    pub fn sum(&self, terms: &[u32]) -> f64 {
        terms.iter().map(|term| self.weight(*term)).sum()
    }

    /// How many terms are known; their numbers are smaller.
    pub fn len(&self) -> usize {
        self.weights.len()
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// The weight of a known term.
    pub fn weight(&self, term: u32) -> f64 {
        self.weights[term as usize]
    }

    /// The distinct terms of a text.
    pub fn set(&self, terms: &[String]) -> TermSet {
        let mut distinct: Vec<&String> = terms.iter().collect();
        distinct.sort_unstable();
        distinct.dedup();
        let mut set = TermSet::default();
        for term in distinct {
            match self.numbers.get(term) {
                Some(number) => {
                    set.terms.push(*number);
                    set.weight += self.weights[*number as usize];
                }
                None => {
                    set.unknown_weight += self.unknown;
                    set.weight += self.unknown;
                    set.unknown += 1;
                }
            }
        }
        set.terms.sort_unstable();
        set
    }

    /// Weight of the terms that two sets share.
    pub fn shared(&self, a: &TermSet, b: &TermSet) -> f64 {
        let (mut weight, mut rest) = (0.0, b.terms.iter().peekable());
        for term in &a.terms {
            while rest.next_if(|other| *other < term).is_some() {}
            if rest.peek() == Some(&term) {
                weight += self.weights[*term as usize];
            }
        }
        weight
    }
}

/// `part / whole`, and 0 where the whole is nothing.
pub fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(list: &[&str]) -> Vec<String> {
        list.iter().map(|term| (*term).to_owned()).collect()
    }

    #[test]
    fn rare_terms_weigh_more_and_unknown_ones_most() {
        let groups = [terms(&["退款", "多久"]), terms(&["发货", "多久"]), terms(&["多久"])];
        let weights = TermWeights::count(groups.iter().map(|group| vec![group.as_slice()]));
        let (common, rare) = (weights.set(&terms(&["多久"])), weights.set(&terms(&["退款"])));
        let unknown = weights.set(&terms(&["火星"]));
        assert!(common.weight < rare.weight && rare.weight < unknown.weight);
        assert_eq!(unknown.unknown_weight, unknown.weight);
        // idf of a term in one of three groups: ln((3 + 1) / (1 + 0.5)).
        assert!((rare.weight - (4.0_f64 / 1.5).ln()).abs() < 1e-12);
    }

    #[test]
    fn groups_about_the_same_share_more_by_chance() {
        let of = |groups: &[Vec<String>]| TermWeights::count(groups.iter().map(|group| vec![group.as_slice()]));
        // idf of a, in two of two groups: ln 1.2; of b and c: ln 2; of a group's weight ln 1.2 + ln 2 it shares with a
        // random one all of a and half of its other term.
        let alike = of(&[terms(&["a", "b"]), terms(&["a", "c"])]);
        let (a, rest) = (1.2_f64.ln(), 2.0_f64.ln());
        assert!((alike.shared_by_chance() - (a + rest / 2.0) / (a + rest)).abs() < 1e-12);
        assert!(of(&[terms(&["a", "b"]), terms(&["c", "d"])]).shared_by_chance() < alike.shared_by_chance());
        assert_eq!(of(&[]).shared_by_chance(), 0.0);
    }

    #[test]
    fn shared_weight_counts_each_common_term_once() {
        let groups = [terms(&["a", "b"]), terms(&["b", "c"])];
        let weights = TermWeights::count(groups.iter().map(|group| vec![group.as_slice()]));
        let (left, right) = (weights.set(&terms(&["a", "b", "b", "x"])), weights.set(&terms(&["c", "b"])));
        assert!((weights.shared(&left, &right) - weights.set(&terms(&["b"])).weight).abs() < 1e-12);
        assert_eq!(share(1.0, 0.0), 0.0);
    }
}
