//! How an index teaches its ranker: by being asked about itself.
//!
//! Every phrasing is asked against an index without it, which shows what a right entry looks like; and against an
//! index without its whole entry, which shows what it looks like when the answer is not there.

use crate::model::knowledge::FaqEntry;
use crate::search::confidence::RankingShape;
use crate::search::faq::{FaqIndex, FaqResult, SearchError, Without};
use crate::search::features::PairFeatures;
use crate::search::ranking::Ranker;
use crate::text::Text;

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

/// Inverse strength of the penalty for rankers that learn from one shop alone.
const C: f64 = 10.0;

/// Pairs of the right kind below which a shop alone teaches chance.
const ENOUGH: usize = 10;

/// A ranker that one shop's own knowledge teaches; `foreign` are questions that no entry answers.
///
/// # Errors
/// [`SearchError`] where the index cannot be read.
pub fn learn_from_itself(index: &mut FaqIndex, faq: &[FaqEntry], foreign: &[&str]) -> Result<(), SearchError> {
    let language = index.analyser().language().clone();
    let mut asked: Vec<(Text, usize, usize)> = Vec::new();
    for (number, entry) in faq.iter().enumerate() {
        let places = index.phrasings_of(number);
        // An entry with a single phrasing would be asked against an index that does not know it.
        if places.len() > 1 {
            asked.extend(
                places.zip(entry.phrasings()).map(|(place, phrasing)| (language.read(phrasing), place, number)),
            );
        }
    }
    let mut lessons = Lessons::default();
    for (text, place, entry) in &asked {
        let result = index.ask_without(text, Without { phrasing: Some(*place), entry: None })?;
        note_pairs(&mut lessons, &result, Some(*entry));
    }
    if lessons.pairs.iter().filter(|(_, right)| *right).count() < ENOUGH {
        return Ok(());
    }
    let mut ranker = Ranker::default();
    ranker.learn_pairs(&lessons.pairs, C).map_err(SearchError::Fit)?;
    index.set_ranker(ranker.clone());
    for (text, place, entry) in &asked {
        let with = index.ask_without(text, Without { phrasing: Some(*place), entry: None })?;
        note_ranking(&mut lessons, &with, Some(*entry));
        let without = index.ask_without(text, Without { phrasing: Some(*place), entry: Some(*entry) })?;
        note_ranking(&mut lessons, &without, None);
    }
    for question in foreign {
        let result = index.ask_without(&language.read(question), Without::default())?;
        note_ranking(&mut lessons, &result, None);
    }
    ranker.learn_confidence(&lessons.rankings, C).map_err(SearchError::Fit)?;
    index.set_ranker(ranker);
    Ok(())
}
