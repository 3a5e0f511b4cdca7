//! What a ranker learns from: questions whose answers are known, asked of an index.
//!
//! A shop's own phrasings are not among them. Asked each against an index without it, they do teach a ranker to rank
//! such phrasings (mean reciprocal rank of the demo shop from .80 to .83 on held-out ones), but it then ranks what
//! shoppers ask worse (first place from .88 to .80 on the questions of `tests/evaluation/faq/dev.tsv`, from .94 to .92 in
//! small shops): people who write phrasings on purpose make them unlike each other, and a ranker that sees nothing else
//! learns to trust words less than it should. So the rankers that come with the program stay as they are.

use crate::search::confidence::RankingShape;
use crate::search::faq::FaqResult;
use crate::search::features::PairFeatures;

/// What was learned of rankings whose truth is known.
#[derive(Default)]
pub struct Lessons {
    /// Features of pairs, and whether the entry answers the query.
    pub pairs: Vec<(PairFeatures, bool)>,
    /// Shapes of rankings, and whether the first entry answers the query.
    pub rankings: Vec<(RankingShape, bool)>,
}

/// Asks and notes the pairs; `right` is the entry that answers.
pub fn note_pairs(lessons: &mut Lessons, result: &FaqResult, right: Option<usize>) {
    lessons.pairs.extend(result.ranked.iter().map(|ranked| (ranked.features, Some(ranked.entry) == right)));
}

/// Notes the ranking.
pub fn note_ranking(lessons: &mut Lessons, result: &FaqResult, right: Option<usize>) {
    if let Some(first) = result.ranked.first() {
        lessons.rankings.push((result.shape, Some(first.entry) == right));
    }
}
