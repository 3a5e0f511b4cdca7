//! The ranker: a logistic regression over the features of a pair, one over the shape of the whole ranking, and one over
//! the signs that anything answers at all.
//!
//! What makes a phrasing and an entry belong together is alike in all shops: [`Rankers::shipped`] learned it from many
//! small shops that were cut from the phrasings of all topics, with questions that none of them could answer. Why a
//! shop's own FAQ does not teach its ranker stands in [`crate::search::lesson`].
//!
//! It is not alike in all knowledge: where every entry is about the same few things, a shared word says little; where
//! entries are about everything, it says nearly all. So there are three rankers, and a knowledge base chooses by what it
//! is ([`Knowledge`]).

use crate::classify::fit::{FitSettings, Weights, fit, softmax};
use crate::classify::sparse::SparseRows;
use crate::search::confidence::{AnswerSigns, RankingShape, SHAPE_VALUES, SIGN_VALUES};
use crate::search::features::{PAIR_VALUE_NAMES, PAIR_VALUES, PairFeatures};
use serde::{Deserialize, Serialize};

/// A binary logistic regression over a fixed number of dense features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DenseModel {
    weights: Vec<f64>,
    bias: f64,
}

impl DenseModel {
    /// The plain sum of the features, before anything was learned.
    pub fn sum(width: usize) -> Self {
        Self { weights: vec![1.0; width], bias: 0.0 }
    }

    /// Fits to rows with their truths; `None` where the truths are all the same, because then nothing can be learned.
    ///
    /// # Errors
    /// What the fit refused.
    pub fn fit<'a>(
        width: usize,
        rows: impl IntoIterator<Item = (&'a [f64], bool)>,
        c: f64,
    ) -> Result<Option<Self>, String> {
        let (mut matrix, mut labels) = (SparseRows::new(width), Vec::new());
        for (row, truth) in rows {
            #[allow(clippy::cast_possible_truncation)]
            matrix.push(row.iter().zip(0_u32..).map(|(value, column)| (column, *value as f32)));
            labels.push(usize::from(truth));
        }
        if !(labels.contains(&0) && labels.contains(&1)) {
            return Ok(None);
        }
        let settings = FitSettings { c, dropout: 0.0, gradient_tolerance: 1e-6, max_iterations: 500 };
        let (weights, _) = fit(&matrix, &labels, 2, &settings).map_err(|error| error.to_string())?;
        Ok(Some(Self::from_two_classes(&weights)))
    }

    fn from_two_classes(weights: &Weights) -> Self {
        let differences = weights.weights.chunks_exact(2).map(|pair| pair[1] - pair[0]).collect();
        Self { weights: differences, bias: weights.biases[1] - weights.biases[0] }
    }

    /// The same model with its log-odds stretched and shifted.
    #[must_use]
    pub fn rescaled(&self, slope: f64, shift: f64) -> Self {
        Self { weights: self.weights.iter().map(|weight| weight * slope).collect(), bias: self.bias * slope + shift }
    }

    /// The same model with slope and shift fitted to rows whose truth is known; as it is where they cannot teach.
    fn calibrated<'a>(self, rows: impl Iterator<Item = (&'a [f64], bool)>) -> Result<Self, String> {
        let rows: Vec<([f64; 1], bool)> = rows.map(|(row, truth)| ([self.log_odds(row)], truth)).collect();
        let fitted = Self::fit(1, rows.iter().map(|(row, truth)| (row.as_slice(), *truth)), UNPENALISED)?;
        Ok(match fitted.filter(|model| model.weights[0] > 0.0) {
            Some(Self { weights, bias }) => self.rescaled(weights[0], bias),
            None => self,
        })
    }

    /// What each feature adds to the log-odds.
    pub fn contributions<'a>(&'a self, features: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        self.weights.iter().zip(features).map(|(weight, feature)| weight * feature)
    }

    /// Log-odds that the truth is yes.
    pub fn log_odds(&self, features: &[f64]) -> f64 {
        self.bias + self.contributions(features).sum::<f64>()
    }

    /// Probability that the truth is yes.
    pub fn probability(&self, features: &[f64]) -> f64 {
        let mut scores = [0.0, self.log_odds(features)];
        softmax(&mut scores);
        scores[1]
    }
}

/// Judges pairs and rankings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ranker {
    /// Does the entry answer the query?
    pair: DenseModel,
    /// Does the first entry of a ranking answer the query? `None` before anything was learned.
    confidence: Option<DenseModel>,
    /// Does any entry answer the query? `None` before anything was learned.
    answerable: Option<DenseModel>,
}

impl Default for Ranker {
    /// Every feature speaks for the entry alike.
    fn default() -> Self {
        Self { pair: DenseModel::sum(PAIR_VALUES), confidence: None, answerable: None }
    }
}

/// The rankers that come with the program.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Rankers {
    /// For what online shops are asked; trusts the topics.
    pub retail: Ranker,
    /// For questions about one other field, a bank's for example; trusts no single word.
    pub field: Ranker,
    /// For questions about everything; trusts words and characters.
    pub everyday: Ranker,
}

/// What a knowledge base is like, as far as ranking is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Knowledge {
    /// How much it is about what online shops are asked, 0 to 1.
    pub retail: f64,
    /// What an entry shares with a random other one, 0 to 1; see
    /// [`crate::search::terms::TermWeights::shared_by_chance`].
    pub shared_by_chance: f64,
}

/// From here on a knowledge base is that of an online shop.
const RETAIL: f64 = 0.3;

/// From here on it is about one field. Half-way, on a logarithmic scale, between what 10,060 questions about everything
/// share (.015; .025 for 200 of them) and 200 questions to a bank (.046 to .052).
const FIELD: f64 = 0.035;

/// Inverse penalty where two numbers are fitted to many questions.
const UNPENALISED: f64 = 1e4;

/// Why a shipped ranker was refused.
#[derive(Debug, thiserror::Error)]
pub enum RankerError {
    /// Not the JSON of a ranker.
    #[error("the ranker cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Made by another version of the program.
    #[error("the ranker was made for other features; train it again")]
    OtherFeatures,
}

impl Rankers {
    /// Reads rankers that were trained before.
    ///
    /// # Errors
    /// [`RankerError`] where they are malformed or belong to another version.
    pub fn shipped(json: &str) -> Result<Self, RankerError> {
        let rankers: Self = serde_json::from_str(json)?;
        let fit = [&rankers.retail, &rankers.field, &rankers.everyday].into_iter().all(Ranker::fits);
        if fit { Ok(rankers) } else { Err(RankerError::OtherFeatures) }
    }

    /// The one for a knowledge base.
    pub fn choose(&self, knowledge: &Knowledge) -> &Ranker {
        if knowledge.retail >= RETAIL {
            &self.retail
        } else if knowledge.shared_by_chance >= FIELD {
            &self.field
        } else {
            &self.everyday
        }
    }
}

impl Ranker {
    fn fits(&self) -> bool {
        let wide = |model: &Option<DenseModel>, width| model.as_ref().is_none_or(|model| model.weights.len() == width);
        self.pair.weights.len() == PAIR_VALUES
            && wide(&self.confidence, SHAPE_VALUES)
            && wide(&self.answerable, SIGN_VALUES)
    }

    /// Learns what makes a pair belong together. Keeps what it knew where the pairs cannot teach.
    ///
    /// # Errors
    /// What the fit refused.
    pub fn learn_pairs(&mut self, pairs: &[(PairFeatures, bool)], c: f64) -> Result<(), String> {
        let rows = pairs.iter().map(|(features, truth)| (features.0.as_slice(), *truth));
        if let Some(learned) = DenseModel::fit(PAIR_VALUES, rows, c)? {
            self.pair = learned;
        }
        Ok(())
    }

    /// Learns when the first entry of a ranking is right.
    ///
    /// # Errors
    /// What the fit refused.
    pub fn learn_confidence(&mut self, judged: &[(RankingShape, bool)], c: f64) -> Result<(), String> {
        let rows = judged.iter().map(|(shape, right)| (shape.0.as_slice(), *right));
        if let Some(learned) = DenseModel::fit(SHAPE_VALUES, rows, c)? {
            self.confidence = Some(learned);
        }
        Ok(())
    }

    /// Learns when anything answers.
    ///
    /// # Errors
    /// What the fit refused.
    pub fn learn_answerable(&mut self, judged: &[(AnswerSigns, bool)], c: f64) -> Result<(), String> {
        let rows = judged.iter().map(|(signs, answered)| (signs.0.as_slice(), *answered));
        if let Some(learned) = DenseModel::fit(SIGN_VALUES, rows, c)? {
            self.answerable = Some(learned);
        }
        Ok(())
    }

    /// Makes both probabilities mean what they say on questions that people really asked: slope and shift of their
    /// log-odds are fitted to them (Platt, 1999). Keeps what cannot be taught.
    ///
    /// # Errors
    /// What the fit refused.
    pub fn calibrate(
        &mut self,
        rankings: &[(RankingShape, bool)],
        signs: &[(AnswerSigns, bool)],
    ) -> Result<(), String> {
        let rankings = rankings.iter().map(|(shape, right)| (shape.0.as_slice(), *right));
        let signs = signs.iter().map(|(signs, answered)| (signs.0.as_slice(), *answered));
        self.confidence = self.confidence.take().map(|model| model.calibrated(rankings)).transpose()?;
        self.answerable = self.answerable.take().map(|model| model.calibrated(signs)).transpose()?;
        Ok(())
    }

    /// Probability that the entry answers the query, seen alone.
    pub fn pair_probability(&self, features: &PairFeatures) -> f64 {
        self.pair.probability(&features.0)
    }

    /// Probability that the first entry answers the query; before anything was learned, that of the pair alone.
    pub fn confidence(&self, shape: &RankingShape) -> f64 {
        self.confidence.as_ref().map_or(shape.first_alone(), |model| model.probability(&shape.0))
    }

    /// Probability that any entry answers the query; 1 before anything was learned.
    pub fn answerable(&self, signs: &AnswerSigns) -> f64 {
        self.answerable.as_ref().map_or(1.0, |model| model.probability(&signs.0))
    }

    /// Log-odds of a pair without any feature.
    pub fn bias(&self) -> f64 {
        self.pair.bias
    }

    /// Name and contribution of each feature to the log-odds of a pair; with the bias they sum to the log-odds.
    pub fn contributions(&self, features: &[f64]) -> Vec<(&'static str, f64)> {
        PAIR_VALUE_NAMES.into_iter().zip(self.pair.contributions(features)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contributions_and_bias_sum_to_the_log_odds() {
        let rows = [([0.0, 1.0], false), ([1.0, 0.2], true), ([0.9, 0.4], true), ([0.1, 0.3], false)];
        let model =
            DenseModel::fit(2, rows.iter().map(|(row, truth)| (row.as_slice(), *truth)), 10.0).unwrap().unwrap();
        let row = [0.4, 0.6];
        let sum = model.contributions(&row).sum::<f64>() + model.bias;
        assert!((model.log_odds(&row) - sum).abs() < 1e-12);
        assert!(model.probability(&[1.0, 0.2]) > 0.5);
    }

    #[test]
    fn knowledge_chooses_its_ranker() {
        let mut rankers = Rankers::default();
        rankers.retail.pair.bias = 1.0;
        rankers.field.pair.bias = 2.0;
        let chosen = |retail, shared_by_chance| rankers.choose(&Knowledge { retail, shared_by_chance }).bias();
        assert_eq!((chosen(0.6, 0.02), chosen(0.1, 0.05), chosen(0.1, 0.02)), (1.0, 2.0, 0.0));
    }

    #[test]
    fn rankers_of_other_versions_are_refused() {
        let json = serde_json::to_string(&Rankers::default()).unwrap();
        assert_eq!(Rankers::shipped(&json).unwrap(), Rankers::default());
        let short = r#"{"pair":{"weights":[1.0],"bias":0.0},"confidence":null,"answerable":null}"#;
        let short = format!(r#"{{"retail":{short},"field":{short},"everyday":{short}}}"#);
        assert!(matches!(Rankers::shipped(&short), Err(RankerError::OtherFeatures)));
        assert!(matches!(Rankers::shipped("{"), Err(RankerError::Malformed(_))));
    }
}
