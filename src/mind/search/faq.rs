//! The FAQ index: from a question to ranked entries with a confidence.

use crate::clock::Watch;
use crate::search::analyser::{Analyser, Views};
use crate::search::confidence::{AnswerSigns, QueryShape, RankingShape};
use crate::search::evidence::{CHARACTERS, Reader, Reading, Subject, VIEWS, WORDS, compare};
use crate::search::features::{FEATURES, PairFeatures};
use crate::search::overlap::Marked;
use crate::search::ranking::{Knowledge, Ranker, Rankers};
use crate::search::semantic::{Meaning, SemanticModel};
use crate::search::terms::{TermSet, share};
use crate::search::topic_lists::TopicLists;
use crate::search::view_index::ViewIndex;
use crate::text::Text;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// Phrasings that each view proposes.
const HITS_PER_VIEW: usize = 40;

/// Entries that their meaning proposes.
const BY_MEANING: usize = 12;

/// What the search of each view is called where its cost is told.
const CANDIDATES: [&str; VIEWS.len()] = ["candidates by words", "candidates by characters", "candidates by sounds"];

/// Entries that their answers propose.
const BY_ANSWER: usize = 5;

/// Entries that are compared closely, at most.
const COMPARED: usize = 64;

/// Entries that are ranked, at most.
const RANKED: usize = 12;

/// What all FAQ indexes have in common, whatever the shop.
#[derive(Clone, Default)]
pub struct Common {
    /// Reads what a text means; without it only words, characters and sounds count.
    pub semantic: Option<SemanticModel>,
    /// What was learned about ranking before this shop was seen.
    pub rankers: Rankers,
}

/// All FAQ entries of one knowledge version, ready to be asked.
pub struct FaqIndex {
    pub(super) reader: Reader,
    /// The phrasings.
    pub(super) index: ViewIndex,
    /// The answers, one for each entry.
    pub(super) answers: ViewIndex,
    pub(super) topics: TopicLists,
    pub(super) entries: Vec<IndexedEntry>,
    pub(super) phrasings: Vec<Reading>,
    /// The entry of each phrasing.
    pub(super) entry_of: Vec<usize>,
    /// Entry by phrasing without punctuation: asked word for word, there is nothing to guess.
    pub(super) exact: HashMap<String, usize>,
    pub(super) ranker: Ranker,
    pub(super) knowledge: Knowledge,
}

pub(super) struct IndexedEntry {
    pub(super) id: String,
    /// Places of its phrasings; the first is the standard question.
    pub(super) phrasings: std::ops::Range<usize>,
    pub(super) meaning: Meaning,
    /// Words and characters of all its phrasings.
    pub(super) together: [Vec<u32>; 2],
    pub(super) answer: TermSet,
}

/// A question after analysis.
struct Query {
    views: Views,
    reading: Reading,
    marked: Marked,
}

/// One ranked entry.
#[derive(Debug, Clone, PartialEq)]
pub struct RankedEntry {
    /// Place in the list that the index was built from.
    pub entry: usize,
    /// The entry's id.
    pub id: String,
    /// The ranker's probability that the entry answers the query, seen alone.
    pub probability: f64,
    /// What the probability was made of.
    pub features: PairFeatures,
}

/// The answer of the index to one question.
#[derive(Debug, Clone, PartialEq)]
pub struct FaqResult {
    /// Best first; at most a dozen, empty where no term of the query is known.
    pub ranked: Vec<RankedEntry>,
    /// Calibrated probability that the first entry answers the query; 0 where there is none.
    pub confidence: f64,
    /// What the confidence was made of.
    pub shape: RankingShape,
    /// Probability that any entry answers the query.
    pub answerable: f64,
    /// What `answerable` was made of.
    pub signs: AnswerSigns,
    /// The terms that were looked for.
    pub views: Views,
}

/// What one view found of an entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ViewMatch {
    /// The view: words, characters, sounds.
    pub view: String,
    /// The phrasing of the entry that scored best, normalised.
    pub phrasing: String,
    /// Its BM25 score; the terms sum to it.
    pub score: f64,
    /// Each term of the query that the phrasing has, with its part of the score.
    pub terms: Vec<(String, f64)>,
}

/// What is left out when an index is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
pub struct Without {
    /// An entry, as if the knowledge did not have it.
    pub entry: Option<usize>,
}

/// What goes wrong while an index is built or asked.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// tantivy failed.
    #[error("search index: {0}")]
    Index(#[from] tantivy::TantivyError),
    /// What was found could not be written down.
    #[error("writing down what was found: {0}")]
    Written(serde_json::Error),
    /// The models of the ranking could not be fitted.
    #[error("ranking: {0}")]
    Fit(String),
}

impl FaqIndex {
    /// Ranks the entries for a question.
    ///
    /// # Errors
    /// [`SearchError`] where the index cannot be read.
    pub fn ask(&self, text: &Text) -> Result<FaqResult, SearchError> {
        self.watched_ask(text, &mut ())
    }

    /// The same, telling a watch when each part has ended.
    ///
    /// # Errors
    /// [`SearchError`] where the index cannot be read.
    pub fn watched_ask(&self, text: &Text, watch: &mut impl Watch) -> Result<FaqResult, SearchError> {
        let mut result = self.rank(text, Without::default(), watch)?;
        let asked_before = self.exact.get(&essence(&text.normal));
        if let Some(place) = result.ranked.iter().position(|ranked| Some(&ranked.entry) == asked_before) {
            result.ranked[..=place].rotate_right(1);
            (result.confidence, result.answerable) = (1.0, 1.0);
        }
        Ok(result)
    }

    /// Ranks the entries as if one were not there; a phrasing that is asked word for word is no more than another.
    ///
    /// # Errors
    /// [`SearchError`] where the index cannot be read.
    pub fn ask_without(&self, text: &Text, without: Without) -> Result<FaqResult, SearchError> {
        self.rank(text, without, &mut ())
    }

    fn rank(&self, text: &Text, without: Without, watch: &mut impl Watch) -> Result<FaqResult, SearchError> {
        let views = self.reader.analyser.views(text);
        watch.done("views");
        let reading = self.reader.read(text, &views);
        let query = Query { marked: self.reader.mark(&reading), reading, views };
        watch.done("meaning");
        let (compared, best_values) = self.candidates(&query, without, watch)?;
        let mut order: Vec<(f64, usize)> = (compared.iter().enumerate())
            .map(|(place, (_, features))| (self.ranker.pair_probability(features), place))
            .collect();
        // Candidates come in the order of the entries, which breaks ties.
        order.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let best = order.into_iter().take(RANKED).map(|(probability, place)| {
            let (entry, features) = compared[place];
            RankedEntry { entry, id: self.entries[entry].id.clone(), probability, features }
        });
        let ranked: Vec<RankedEntry> = best.collect();
        let asked = query_shape(&query);
        let (shape, signs) = (RankingShape::of(&ranked, &asked), AnswerSigns::of(&best_values, &asked));
        let (confidence, answerable) = match ranked.first() {
            Some(_) => (self.ranker.confidence(&shape), self.ranker.answerable(&signs)),
            None => (0.0, 0.0),
        };
        // That the first entry answers is no more probable than that any does.
        let confidence = confidence.min(answerable);
        watch.done("rank");
        Ok(FaqResult { ranked, confidence, shape, answerable, signs, views: query.views })
    }

    /// How much each feature moved the ranker for an entry of a result: name and contribution to the log-odds. With
    /// the bias they sum to the log-odds of [`RankedEntry::probability`].
    pub fn explain(&self, entry: &RankedEntry) -> Vec<(&'static str, f64)> {
        self.ranker.contributions(&entry.features.0)
    }

    /// How texts are read.
    pub fn analyser(&self) -> &Analyser {
        &self.reader.analyser
    }

    /// The models of the ranking.
    pub fn ranker(&self) -> &Ranker {
        &self.ranker
    }

    /// Puts other models of the ranking in force.
    pub fn set_ranker(&mut self, ranker: Ranker) {
        self.ranker = ranker;
    }

    /// What the entries are like.
    pub fn knowledge(&self) -> Knowledge {
        self.knowledge
    }

    /// The place of an entry.
    pub fn place(&self, id: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.id == id)
    }

    /// Which terms of the question an entry was found by, view by view: of its phrasings the one that scored best.
    ///
    /// # Errors
    /// [`SearchError`] where the index cannot be read.
    pub fn matches(&self, result: &FaqResult, entry: usize) -> Result<Vec<ViewMatch>, SearchError> {
        let views = [&result.views.words, &result.views.characters, &result.views.sounds];
        let mut matches = Vec::with_capacity(VIEWS.len());
        for (view, terms) in views.into_iter().enumerate() {
            let found = self.index.explain(view, terms, self.entries[entry].phrasings.clone())?;
            let best = found.into_iter().reduce(|best, other| if other.score > best.score { other } else { best });
            matches.extend(best.map(|found| ViewMatch {
                view: VIEWS[view].to_owned(),
                phrasing: self.phrasings[found.document].normal.clone(),
                score: f64::from(found.score),
                terms: found.terms.into_iter().map(|(term, score)| (term, f64::from(score))).collect(),
            }));
        }
        Ok(matches)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Features of the entries that a view or their meaning proposes, in the order of the entries; and the best value
    /// of each feature.
    fn candidates(&self, query: &Query, without: Without, watch: &mut impl Watch) -> Result<Candidates, SearchError> {
        let mut found: BTreeMap<usize, Hits> = BTreeMap::new();
        let terms = [&query.views.words, &query.views.characters, &query.views.sounds];
        for (view, terms) in terms.into_iter().enumerate() {
            for hit in self.index.search(view, terms, HITS_PER_VIEW)? {
                let entry = self.entry_of[hit.document];
                if Some(entry) == without.entry {
                    continue;
                }
                let hits = found.entry(entry).or_default();
                let score = f64::from(hit.score);
                hits.scores[view] = hits.scores[view].max(score);
                if !hits.phrasings.contains(&hit.document) {
                    hits.phrasings.push(hit.document);
                }
            }
            watch.done(CANDIDATES[view]);
        }
        for entry in self.nearest_in_meaning(query, without) {
            found.entry(entry).or_default();
        }
        for hit in self.answers.search(0, &query.views.words, BY_ANSWER)? {
            if Some(hit.document) != without.entry {
                found.entry(hit.document).or_default();
            }
        }
        watch.done("candidates by meaning");
        let compared = self.promising(query, found).into_iter().map(|(entry, hits)| {
            let subject = self.subject(entry, &hits);
            (entry, compare(&self.reader, &query.reading, &query.marked, &subject))
        });
        let mut compared: Vec<(usize, PairFeatures)> = compared.collect();
        let best = PairFeatures::stand_side_by_side(compared.iter_mut().map(|(_, features)| features));
        watch.done("compare");
        Ok((compared, best))
    }

    /// The candidates that are worth a close comparison, in the order of the entries: the first by what the views and
    /// the meanings say together.
    fn promising(&self, query: &Query, found: BTreeMap<usize, Hits>) -> Vec<(usize, Hits)> {
        let mut promising: Vec<(usize, Hits)> = found.into_iter().collect();
        if promising.len() <= COMPARED {
            return promising;
        }
        let mut best = [f64::MIN_POSITIVE; VIEWS.len()];
        for (_, hits) in &promising {
            best.iter_mut().zip(hits.scores).for_each(|(best, score)| *best = best.max(score));
        }
        let promise = |(entry, hits): &(usize, Hits)| {
            let meaning = &self.entries[*entry].meaning;
            let alike = query.reading.meaning.cosine(meaning) + query.reading.meaning.same_sense(meaning);
            hits.scores.iter().zip(best).map(|(score, best)| score / best).sum::<f64>() + f64::from(alike)
        };
        let mut ranked: Vec<(f64, (usize, Hits))> =
            promising.drain(..).map(|candidate| (promise(&candidate), candidate)).collect();
        ranked.select_nth_unstable_by(COMPARED, |a, b| b.0.total_cmp(&a.0).then(a.1.0.cmp(&b.1.0)));
        ranked.truncate(COMPARED);
        promising.extend(ranked.into_iter().map(|(_, candidate)| candidate));
        promising.sort_unstable_by_key(|(entry, _)| *entry);
        promising
    }

    fn subject(&self, entry: usize, hits: &Hits) -> Subject<'_> {
        let IndexedEntry { phrasings: places, meaning, together, answer, .. } = &self.entries[entry];
        let found = places.clone().enumerate().filter(|(_, place)| hits.phrasings.contains(place));
        Subject {
            phrasings: &self.phrasings[places.clone()],
            found: found.map(|(at, _)| at).collect(),
            scores: hits.scores,
            meaning,
            together,
            answer,
        }
    }

    fn nearest_in_meaning(&self, query: &Query, without: Without) -> Vec<usize> {
        if query.reading.meaning.vector.is_empty() {
            return Vec::new();
        }
        let mut near = self.topics.near(&query.reading.meaning);
        near.retain(|(_, entry)| Some(*entry) != without.entry);
        if near.len() > BY_MEANING {
            near.select_nth_unstable_by(BY_MEANING, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            near.truncate(BY_MEANING);
        }
        near.into_iter().map(|(_, entry)| entry).collect()
    }
}

/// What is known of a question whatever was found.
fn query_shape(query: &Query) -> QueryShape {
    let unknown = |view: usize| {
        let terms = &query.reading.terms[view];
        share(terms.unknown_weight, terms.weight)
    };
    QueryShape {
        unknown_words: unknown(WORDS),
        unknown_characters: unknown(CHARACTERS),
        characters: query.marked.characters.len(),
        outside: f64::from(query.reading.meaning.outside),
    }
}

/// Entries with their features, and the best value of each feature.
type Candidates = (Vec<(usize, PairFeatures)>, [f64; FEATURES]);

/// What the views found of one entry.
#[derive(Default)]
struct Hits {
    /// Best BM25 score by view.
    scores: [f64; 3],
    /// Places of the phrasings that were hit.
    phrasings: Vec<usize>,
}

/// A text without punctuation and spaces.
pub(super) fn essence(normal: &str) -> String {
    normal.chars().filter(|c| c.is_alphanumeric()).collect()
}
