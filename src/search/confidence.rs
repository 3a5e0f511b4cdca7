//! Whether the first entry of a ranking answers the query: a logistic regression over the shape of the ranking.
//!
//! It is trained on questions whose truth is known from the knowledge itself: phrasings that were held out (right, if
//! their own entry comes first) and phrasings whose whole entry was held out (always wrong). So its probabilities are
//! those of questions like this shop's, and a threshold on them means the same in every shop.

use crate::search::faq::RankedEntry;
use crate::search::ranking::DenseModel;

/// How many features a ranking has.
const FEATURES: usize = 10;

/// The shape of a ranking.
#[derive(Debug, Clone, PartialEq)]
pub struct RankingShape([f64; FEATURES]);

impl RankingShape {
    /// The shape of a ranking, best entry first, for a query of so many characters, some of whose words and
    /// characters (as shares of weight) are nowhere in the knowledge.
    pub fn of(ranked: &[RankedEntry], unknown_words: f64, unknown_characters: f64, characters: usize) -> Self {
        let probability = |rank: usize| ranked.get(rank).map_or(0.0, |entry| entry.probability);
        let log_odds = |p: f64| (p.clamp(1e-6, 1.0 - 1e-6) / (1.0 - p.clamp(1e-6, 1.0 - 1e-6))).ln() / 5.0;
        let (first, second) = (probability(0), probability(1));
        let feature = |number: usize| ranked.first().map_or(0.0, |entry| entry.features[number]);
        Self([
            log_odds(first),
            log_odds(first) - log_odds(second),
            first,
            unknown_words,
            unknown_characters,
            feature(4),
            feature(6),
            feature(8),
            feature(9),
            (characters as f64).ln_1p() / 4.0,
        ])
    }
}

/// The probability that the first entry is right.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ConfidenceModel(Option<DenseModel>);

impl ConfidenceModel {
    /// Fits to rankings that were judged. With fewer than twenty nothing is learned.
    ///
    /// # Errors
    /// What the fit refused.
    pub fn fit(judged: &[(RankingShape, bool)]) -> Result<Self, String> {
        if judged.len() < 20 {
            return Ok(Self(None));
        }
        let rows = judged.iter().map(|(shape, right)| (shape.0.as_slice(), *right));
        Ok(Self(Some(DenseModel::fit(FEATURES, rows)?)))
    }

    /// The probability; before anything was learned, that of the first entry seen alone.
    pub fn probability(&self, shape: &RankingShape) -> f64 {
        self.0.as_ref().map_or(shape.0[2], |model| model.probability(&shape.0))
    }
}
