//! What a ranker learns from: questions whose answers are known, asked of an index.
//!
//! A shop's own phrasings are not among them. Asked each against an index without it, they do teach a ranker to rank
//! such phrasings (mean reciprocal rank of the demo shop from .80 to .83 on held-out ones), but it then ranks what
//! shoppers ask worse (first place from .88 to .80 on the questions of `tests/evaluation/faq/dev.tsv`, from .94 to .92 in
//! small shops): people who write phrasings on purpose make them unlike each other, and a ranker that sees nothing else
//! learns to trust words less than it should. So the rankers that come with the program stay as they are.

use crate::search::confidence::{AnswerSigns, RankingShape};
use crate::search::faq::FaqResult;
use crate::search::features::{Group, PairFeatures};

/// What was learned of rankings whose truth is known.
#[derive(Default)]
pub struct Lessons {
    /// Shapes of rankings, and whether the first entry answers the query.
    pub rankings: Vec<(RankingShape, bool)>,
    /// Signs that anything answers the query, and whether an entry does.
    pub signs: Vec<(AnswerSigns, bool)>,
}

/// The candidates of a question, and whether each is the right one.
pub fn pairs(result: &FaqResult, right: Option<usize>) -> impl Iterator<Item = (PairFeatures, bool)> {
    result.ranked.iter().map(move |ranked| (ranked.features, Some(ranked.entry) == right))
}

/// Notes a ranking, without what a group says.
pub fn note_ranking(lessons: &mut Lessons, result: &FaqResult, right: Option<usize>, left_out: Option<Group>) {
    let Some(first) = result.ranked.first() else { return };
    let (mut shape, mut signs) = (result.shape, result.signs);
    if let Some(group) = left_out {
        (shape, signs) = (shape.without(group), signs.without(group));
    }
    lessons.rankings.push((shape, Some(first.entry) == right));
    lessons.signs.push((signs, right.is_some()));
}
