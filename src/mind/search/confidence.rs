//! What a ranking looks like, from which two things are judged: whether its first entry answers the query, and whether
//! any entry does.
//!
//! A right first entry stands alone: probable, far above the second, with little in the query that it does not cover.
//! A question from outside looks different: words that no entry knows, nothing that runs the same way. Between the two
//! lie questions that several entries could answer; there it is worth asking back.

use crate::search::faq::RankedEntry;
use crate::search::features::{FEATURES, Feature, Group};

/// How many values the shape of a ranking has.
pub const SHAPE_VALUES: usize = OWN_VALUES + OF_FIRST.len();

/// Values of a ranking and its query, before those of the first entry.
const OWN_VALUES: usize = 8;

/// Features of the first entry that say how sure it is.
const OF_FIRST: [Feature; 16] = [
    Feature::QueryWordsCovered,
    Feature::QueryCharactersCovered,
    Feature::EntryCharactersCover,
    Feature::CharacterOverlap,
    Feature::TopicOfEntry,
    Feature::TopicOfPhrasing,
    Feature::AngleToPhrasing,
    Feature::SenseOfPhrasing,
    Feature::Identical,
    Feature::SameOrder,
    Feature::QueryWordsEchoed,
    Feature::PhrasingWordsEchoed,
    Feature::Direction,
    Feature::OrderOverlap,
    Feature::WordJaccard,
    Feature::CharacterJaccard,
];

/// The shape of a ranking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankingShape(pub [f64; SHAPE_VALUES]);

/// How many values speak for any answer.
pub const SIGN_VALUES: usize = FEATURES + QUERY_VALUES;

/// What speaks for any answer: the best value of each feature among all candidates, and the query itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AnswerSigns(pub [f64; SIGN_VALUES]);

/// Values of a [`QueryShape`].
const QUERY_VALUES: usize = 4;

/// What is known of the query itself.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct QueryShape {
    /// Share of its words, by weight, that no entry has.
    pub unknown_words: f64,
    /// Share of its characters, by weight, that no entry has.
    pub unknown_characters: f64,
    /// How many characters it has.
    pub characters: usize,
    /// Probability that it is about something that no shop answers.
    pub outside: f64,
}

impl QueryShape {
    /// All between 0 and about 1.
    fn values(&self) -> [f64; QUERY_VALUES] {
        [self.unknown_words, self.unknown_characters, (self.characters as f64).ln_1p() / 4.0, self.outside]
    }
}

impl AnswerSigns {
    /// From the best value of each feature.
    pub fn of(best: &[f64; FEATURES], query: &QueryShape) -> Self {
        let mut signs = [0.0; SIGN_VALUES];
        signs[..FEATURES].copy_from_slice(best);
        signs[FEATURES..].copy_from_slice(&query.values());
        Self(signs)
    }

    /// The same without what a group says.
    #[must_use]
    pub fn without(mut self, group: Group) -> Self {
        for feature in Feature::ALL.into_iter().filter(|feature| feature.group() == group) {
            self.0[feature as usize] = 0.0;
        }
        self
    }
}

impl RankingShape {
    /// The shape of a ranking, best entry first.
    pub fn of(ranked: &[RankedEntry], query: &QueryShape) -> Self {
        let probability = |rank: usize| ranked.get(rank).map_or(0.0, |entry| entry.probability);
        let log_odds = |p: f64| (p.clamp(1e-6, 1.0 - 1e-6) / (1.0 - p.clamp(1e-6, 1.0 - 1e-6))).ln() / 5.0;
        let (first, second) = (probability(0), probability(1));
        let others: f64 = ranked.iter().skip(1).map(|entry| entry.probability).sum();
        let [unknown_words, unknown_characters, characters, outside] = query.values();
        let mut shape = [0.0; SHAPE_VALUES];
        shape[..OWN_VALUES].copy_from_slice(&[
            log_odds(first),
            log_odds(first) - log_odds(second),
            first,
            first / (first + others).max(1e-9),
            unknown_words,
            unknown_characters,
            characters,
            outside,
        ]);
        for (value, feature) in shape[OWN_VALUES..].iter_mut().zip(OF_FIRST) {
            *value = ranked.first().map_or(0.0, |entry| entry.features.get(feature));
        }
        Self(shape)
    }

    /// The same without what a group says.
    #[must_use]
    pub fn without(mut self, group: Group) -> Self {
        for (value, feature) in self.0[OWN_VALUES..].iter_mut().zip(OF_FIRST) {
            if feature.group() == group {
                *value = 0.0;
            }
        }
        self
    }

    /// The probability of the first entry, seen alone.
    pub fn first_alone(&self) -> f64 {
        self.0[2]
    }
}
