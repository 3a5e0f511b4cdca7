//! The shape of a ranking, from which it is judged whether its first entry answers the query.
//!
//! A right first entry stands alone: probable, far above the second, with little in the query that it does not cover.
//! A question from outside looks different: several weak entries side by side, words that no entry knows.

use crate::search::faq::RankedEntry;
use crate::search::features::Feature;

/// How many features a ranking has.
pub const SHAPE_FEATURES: usize = 20;

/// The shape of a ranking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankingShape(pub [f64; SHAPE_FEATURES]);

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

impl RankingShape {
    /// The shape of a ranking, best entry first.
    pub fn of(ranked: &[RankedEntry], query: &QueryShape) -> Self {
        let probability = |rank: usize| ranked.get(rank).map_or(0.0, |entry| entry.probability);
        let log_odds = |p: f64| (p.clamp(1e-6, 1.0 - 1e-6) / (1.0 - p.clamp(1e-6, 1.0 - 1e-6))).ln() / 5.0;
        let (first, second) = (probability(0), probability(1));
        let feature = |feature: Feature| ranked.first().map_or(0.0, |entry| entry.features.get(feature));
        let others: f64 = ranked.iter().skip(1).map(|entry| entry.probability).sum();
        Self([
            log_odds(first),
            log_odds(first) - log_odds(second),
            first,
            first / (first + others).max(1e-9),
            query.unknown_words,
            query.unknown_characters,
            (query.characters as f64).ln_1p() / 4.0,
            query.outside,
            feature(Feature::QueryWordsCovered),
            feature(Feature::QueryCharactersCovered),
            feature(Feature::EntryCharactersCover),
            feature(Feature::CharacterOverlap),
            feature(Feature::TopicOfEntry),
            feature(Feature::TopicOfPhrasing),
            feature(Feature::AngleToPhrasing),
            feature(Feature::Identical),
            feature(Feature::SameOrder),
            feature(Feature::QueryWordsEchoed),
            feature(Feature::PhrasingWordsEchoed),
            feature(Feature::Direction),
        ])
    }

    /// The probability of the first entry, seen alone.
    pub fn first_alone(&self) -> f64 {
        self.0[2]
    }
}
