//! Features of a pair (query, FAQ entry), from which the ranker judges whether the entry answers the query.
//!
//! All are ratios between 0 and 1 or small counts, so that weights trained on one shop's knowledge mean the same at
//! another query length. Where an entry has several phrasings in the candidates, each feature takes the best of them.

use std::collections::HashMap;

/// One feature of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Feature {
    /// Words: BM25 share of the query.
    WordScore,
    /// Characters: BM25 share of the query.
    CharacterScore,
    /// Sounds: BM25 share of the query.
    SoundScore,
    /// Words: BM25 against the best candidate.
    WordScoreAgainstBest,
    /// Characters: BM25 against the best candidate.
    CharacterScoreAgainstBest,
    /// Sounds: BM25 against the best candidate.
    SoundScoreAgainstBest,
    /// Words: query covered by the phrasing.
    QueryWordsCovered,
    /// Words: phrasing covered by the query.
    PhrasingWordsCovered,
    /// Characters: query covered by the phrasing.
    QueryCharactersCovered,
    /// Characters: phrasing covered by the query.
    PhrasingCharactersCovered,
    /// Characters: Dice overlap.
    CharacterOverlap,
    /// Sounds: query covered by the phrasing.
    QuerySoundsCovered,
    /// Sounds: Dice overlap.
    SoundOverlap,
    /// Same characters in the same order.
    Identical,
    /// Words: query covered by all phrasings together.
    EntryWordsCover,
    /// Characters: query covered by all phrasings together.
    EntryCharactersCover,
    /// Standard question: query covered.
    StandardQuestionCovers,
    /// Answer: query words covered.
    AnswerCovers,
    /// Share of the entry's phrasings among the candidates.
    PhrasingsFound,
    /// Second-best phrasing: query covered.
    SecondPhrasing,
    /// Topic: agreement with the entry.
    TopicOfEntry,
    /// Topic: agreement with the nearest phrasing.
    TopicOfPhrasing,
    /// Topic: agreement against the best candidate.
    TopicAgainstBest,
    /// Meaning: cosine with the entry.
    AngleToEntry,
    /// Meaning: cosine with the nearest phrasing.
    AngleToPhrasing,
    /// Meaning: cosine below the best candidate.
    AngleAgainstBest,
    /// Words in the sense of their company: query covered by the phrasing, see [`crate::search::likeness`].
    QueryWordsEchoed,
    /// Words in the sense of their company: phrasing covered by the query.
    PhrasingWordsEchoed,
    /// Words in the sense of their company: cosine of the whole.
    Direction,
    /// Characters: those of the longer text that the shorter one has in the same order.
    SameOrder,
    /// Negation: both or neither.
    NegationAgrees,
    /// Numbers: both the same or none.
    NumbersAgree,
}

/// How many features a pair has.
pub const PAIR_FEATURES: usize = 32;

/// Names of the features, in order, as explanations show them.
pub const PAIR_FEATURE_NAMES: [&str; PAIR_FEATURES] = [
    "words: BM25 share of the query",
    "characters: BM25 share of the query",
    "sounds: BM25 share of the query",
    "words: BM25 against the best candidate",
    "characters: BM25 against the best candidate",
    "sounds: BM25 against the best candidate",
    "words: query covered by the phrasing",
    "words: phrasing covered by the query",
    "characters: query covered by the phrasing",
    "characters: phrasing covered by the query",
    "characters: Dice overlap",
    "sounds: query covered by the phrasing",
    "sounds: Dice overlap",
    "same characters in the same order",
    "words: query covered by all phrasings together",
    "characters: query covered by all phrasings together",
    "standard question: query covered",
    "answer: query words covered",
    "share of the entry's phrasings among the candidates",
    "second-best phrasing: query covered",
    "topic: agreement with the entry",
    "topic: agreement with the nearest phrasing",
    "topic: agreement against the best candidate",
    "meaning: cosine with the entry",
    "meaning: cosine with the nearest phrasing",
    "meaning: cosine below the best candidate",
    "company: query words echoed by the phrasing",
    "company: phrasing words echoed by the query",
    "company: cosine of the whole",
    "characters: in the same order",
    "negation: both or neither",
    "numbers: both the same or none",
];

/// The values of all features for one pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairFeatures(pub [f64; PAIR_FEATURES]);

impl Default for PairFeatures {
    fn default() -> Self {
        Self([0.0; PAIR_FEATURES])
    }
}

impl PairFeatures {
    /// The value of a feature.
    pub fn get(&self, feature: Feature) -> f64 {
        self.0[feature as usize]
    }

    /// Sets a feature.
    pub fn set(&mut self, feature: Feature, value: f64) {
        self.0[feature as usize] = value;
    }

    /// Raises a feature to a value, if it is lower: the best phrasing speaks for its entry.
    pub fn raise(&mut self, feature: Feature, value: f64) {
        let known = &mut self.0[feature as usize];
        *known = known.max(value);
    }
}

/// The numbers and weights of index terms. Rarer terms weigh more; a term that no document has weighs most, because
/// it says that something of the query is nowhere in the knowledge.
#[derive(Debug, Clone, Default)]
pub struct TermWeights {
    numbers: HashMap<String, u32>,
    /// Inverse document frequency by number, natural logarithm, at least zero.
    weights: Vec<f64>,
    /// The weight of a term that no document has.
    unknown: f64,
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
        let weights = self.counts.iter().map(|(groups, _)| inverse(f64::from(*groups))).collect();
        TermWeights { numbers: self.numbers, weights, unknown: inverse(0.5) }
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
    fn shared_weight_counts_each_common_term_once() {
        let groups = [terms(&["a", "b"]), terms(&["b", "c"])];
        let weights = TermWeights::count(groups.iter().map(|group| vec![group.as_slice()]));
        let (left, right) = (weights.set(&terms(&["a", "b", "b", "x"])), weights.set(&terms(&["c", "b"])));
        assert!((weights.shared(&left, &right) - weights.set(&terms(&["b"])).weight).abs() < 1e-12);
        assert_eq!(share(1.0, 0.0), 0.0);
    }
}
