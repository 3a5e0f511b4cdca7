//! The FAQ index: from a question to ranked entries with a confidence.

use crate::model::knowledge::FaqEntry;
use crate::search::analyser::{Analyser, Views};
use crate::search::confidence::{ConfidenceModel, RankingShape};
use crate::search::features::{PAIR_FEATURES, PairFeatures, TermSet, TermWeights, share};
use crate::search::ranking::PairModel;
use crate::search::view_index::{Hit, ViewIndex};
use crate::text::Text;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// Phrasings that each view proposes.
const HITS_PER_VIEW: usize = 40;

/// Entries that are ranked, at most.
const RANKED: usize = 12;

const WORDS: usize = 0;
const CHARACTERS: usize = 1;

/// All FAQ entries of one knowledge version, ready to be asked.
pub struct FaqIndex {
    analyser: Analyser,
    index: ViewIndex,
    entries: Vec<IndexedEntry>,
    phrasings: Vec<IndexedPhrasing>,
    /// Entry by phrasing without punctuation: asked word for word, there is nothing to guess.
    exact: HashMap<String, usize>,
    word_weights: TermWeights,
    character_weights: TermWeights,
    pair_model: PairModel,
    confidence_model: ConfidenceModel,
}

struct IndexedEntry {
    id: String,
    /// Places of its phrasings; the first is the standard question.
    phrasings: std::ops::Range<usize>,
}

struct IndexedPhrasing {
    entry: usize,
    words: TermSet,
    characters: TermSet,
    normal: String,
}

/// A question after analysis.
struct Query {
    views: Views,
    words: TermSet,
    characters: TermSet,
    normal: String,
}

/// One ranked entry.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RankedEntry {
    /// Place in the list that the index was built from.
    pub entry: usize,
    /// The entry's id.
    pub id: String,
    /// The ranker's probability that the entry answers the query, seen alone.
    pub probability: f64,
    /// What the probability was made of; see [`crate::search::features::PAIR_FEATURE_NAMES`].
    pub features: Vec<f64>,
}

/// The answer of the index to one question.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FaqResult {
    /// Best first; at most a dozen, empty where no term of the query is known.
    pub ranked: Vec<RankedEntry>,
    /// Calibrated probability that the first entry answers the query; 0 where there is none.
    pub confidence: f64,
}

/// What goes wrong while an index is built or asked.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// tantivy failed.
    #[error("search index: {0}")]
    Index(#[from] tantivy::TantivyError),
    /// The models of the ranking could not be fitted.
    #[error("ranking: {0}")]
    Fit(String),
}

/// A candidate entry with what is needed to judge it.
struct Candidate {
    entry: usize,
    features: PairFeatures,
}

impl FaqIndex {
    /// Indexes the entries and trains ranking and confidence on their own phrasings. `foreign` are questions that no
    /// entry answers; they teach the confidence what a stranger looks like.
    ///
    /// # Errors
    /// [`SearchError`] where the index cannot be built.
    pub fn build(analyser: Analyser, faq: &[FaqEntry], foreign: &[&str]) -> Result<Self, SearchError> {
        let mut index = Self::build_untrained(analyser, faq)?;
        index.train(faq, foreign)?;
        Ok(index)
    }

    fn build_untrained(analyser: Analyser, faq: &[FaqEntry]) -> Result<Self, SearchError> {
        let (mut entries, mut views) = (Vec::new(), Vec::<Views>::new());
        let mut normals = Vec::new();
        for entry in faq {
            let first = views.len();
            for phrasing in entry.phrasings() {
                let text = analyser.language().read(phrasing);
                views.push(analyser.views(&text));
                normals.push(text.normal);
            }
            entries.push(IndexedEntry { id: entry.id.clone(), phrasings: first..views.len() });
        }
        let grouped = |pick: fn(&Views) -> &[String]| {
            TermWeights::count(entries.iter().map(|entry| views[entry.phrasings.clone()].iter().map(pick).collect()))
        };
        let word_weights = grouped(|view| &view.words);
        let character_weights = grouped(|view| &view.characters);
        let index = ViewIndex::build(
            &["words", "characters"],
            views.iter().map(|view| vec![view.words.as_slice(), view.characters.as_slice()]),
        )?;
        let mut phrasings = Vec::with_capacity(views.len());
        for (entry, indexed) in entries.iter().enumerate() {
            for place in indexed.phrasings.clone() {
                phrasings.push(IndexedPhrasing {
                    entry,
                    words: word_weights.set(&views[place].words),
                    characters: character_weights.set(&views[place].characters),
                    normal: std::mem::take(&mut normals[place]),
                });
            }
        }
        let exact = phrasings.iter().map(|phrasing| (essence(&phrasing.normal), phrasing.entry)).collect();
        Ok(Self {
            analyser,
            index,
            entries,
            phrasings,
            exact,
            word_weights,
            character_weights,
            pair_model: PairModel::default(),
            confidence_model: ConfidenceModel::default(),
        })
    }

    /// Ranks the entries for a question.
    ///
    /// # Errors
    /// [`SearchError`] where the index cannot be read.
    pub fn ask(&self, text: &Text) -> Result<FaqResult, SearchError> {
        let query = self.query(text);
        let candidates = self.candidates(&query, None)?;
        let mut result = self.rank(&query, candidates, None);
        let asked_before = self.exact.get(&essence(&query.normal));
        if let Some(place) = result.ranked.iter().position(|ranked| Some(&ranked.entry) == asked_before) {
            result.ranked[..=place].rotate_right(1);
            result.confidence = 1.0;
        }
        Ok(result)
    }

    /// How much each feature moved the ranker for an entry of a result: name and contribution to the log-odds. With
    /// the bias they sum to the log-odds of [`RankedEntry::probability`].
    pub fn explain(&self, entry: &RankedEntry) -> Vec<(&'static str, f64)> {
        self.pair_model.contributions(&entry.features)
    }

    fn query(&self, text: &Text) -> Query {
        let views = self.analyser.views(text);
        Query {
            words: self.word_weights.set(&views.words),
            characters: self.character_weights.set(&views.characters),
            views,
            normal: text.normal.clone(),
        }
    }

    /// Features of the entries that either view proposes. One phrasing can be left out, as if it were not indexed.
    fn candidates(&self, query: &Query, without: Option<usize>) -> Result<Vec<Candidate>, SearchError> {
        let left_in =
            |hits: Vec<Hit>| -> Vec<Hit> { hits.into_iter().filter(|hit| Some(hit.document) != without).collect() };
        let words = left_in(self.index.search(WORDS, &query.views.words, HITS_PER_VIEW)?);
        let characters = left_in(self.index.search(CHARACTERS, &query.views.characters, HITS_PER_VIEW)?);
        let best = |hits: &[Hit]| hits.first().map_or(0.0, |hit| f64::from(hit.score));
        let (best_words, best_characters) = (best(&words), best(&characters));

        let mut by_entry: BTreeMap<usize, Evidence> = BTreeMap::new();
        for (hits, view) in [(&words, WORDS), (&characters, CHARACTERS)] {
            for hit in hits {
                let evidence = by_entry.entry(self.phrasings[hit.document].entry).or_default();
                let score = &mut evidence.scores[view];
                *score = score.max(f64::from(hit.score));
                if !evidence.phrasings.contains(&hit.document) {
                    evidence.phrasings.push(hit.document);
                }
            }
        }
        Ok(by_entry
            .into_iter()
            .map(|(entry, evidence)| {
                let features = self.pair_features(query, entry, &evidence, [best_words, best_characters]);
                Candidate { entry, features }
            })
            .collect())
    }

    fn pair_features(&self, query: &Query, entry: usize, evidence: &Evidence, best: [f64; 2]) -> PairFeatures {
        let mut features = [0.0; PAIR_FEATURES];
        features[0] = share(evidence.scores[WORDS], BM25_CEILING * query.words.weight);
        features[1] = share(evidence.scores[CHARACTERS], BM25_CEILING * query.characters.weight);
        features[2] = share(evidence.scores[WORDS], best[WORDS]);
        features[3] = share(evidence.scores[CHARACTERS], best[CHARACTERS]);
        let mut second_best = 0.0_f64;
        for place in &evidence.phrasings {
            let phrasing = &self.phrasings[*place];
            let words = self.word_weights.shared(&query.words, &phrasing.words);
            let characters = self.character_weights.shared(&query.characters, &phrasing.characters);
            let covered = share(characters, query.characters.weight);
            second_best = second_best.max(covered.min(features[6]));
            let both = query.characters.weight + phrasing.characters.weight;
            for (feature, value) in [
                (4, share(words, query.words.weight)),
                (5, share(words, phrasing.words.weight)),
                (6, covered),
                (7, share(characters, phrasing.characters.weight)),
                (8, share(2.0 * characters, both)),
                (9, f64::from(u8::from(query.normal == phrasing.normal))),
            ] {
                features[feature] = features[feature].max(value);
            }
        }
        let indexed = &self.entries[entry];
        let standard = &self.phrasings[indexed.phrasings.start];
        let covered = self.character_weights.shared(&query.characters, &standard.characters);
        features[10] = share(covered, query.characters.weight);
        features[11] = share(evidence.phrasings.len() as f64, indexed.phrasings.len() as f64);
        features[12] = second_best;
        features
    }

    /// Orders candidates and judges the first. One entry can be left out, as if the knowledge did not have it.
    fn rank(&self, query: &Query, candidates: Vec<Candidate>, without: Option<usize>) -> FaqResult {
        let mut ranked: Vec<RankedEntry> = (candidates.into_iter())
            .filter(|candidate| Some(candidate.entry) != without)
            .map(|candidate| RankedEntry {
                entry: candidate.entry,
                id: self.entries[candidate.entry].id.clone(),
                probability: self.pair_model.probability(&candidate.features),
                features: candidate.features.to_vec(),
            })
            .collect();
        ranked.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.entry.cmp(&b.entry)));
        ranked.truncate(RANKED);
        let shape = self.shape(query, &ranked);
        let confidence = if ranked.is_empty() { 0.0 } else { self.confidence_model.probability(&shape) };
        FaqResult { ranked, confidence }
    }

    fn shape(&self, query: &Query, ranked: &[RankedEntry]) -> RankingShape {
        RankingShape::of(
            ranked,
            share(query.words.unknown_weight, query.words.weight),
            share(query.characters.unknown_weight, query.characters.weight),
            query.normal.chars().count(),
        )
    }

    /// Asks every phrasing against an index without it (right if its own entry comes first), and again without its
    /// whole entry (then every answer is wrong).
    fn train(&mut self, faq: &[FaqEntry], foreign: &[&str]) -> Result<(), SearchError> {
        let mut asked = Vec::new();
        for (entry, indexed) in faq.iter().zip(&self.entries) {
            // An entry with a single phrasing would be asked against an index that does not know it.
            if indexed.phrasings.len() < 2 {
                continue;
            }
            for (place, phrasing) in indexed.phrasings.clone().zip(entry.phrasings()) {
                let query = self.query(&self.analyser.language().read(phrasing));
                let candidates = self.candidates(&query, Some(place))?;
                asked.push((self.phrasings[place].entry, query, candidates));
            }
        }
        let pairs = asked.iter().flat_map(|(entry, _, candidates)| {
            candidates.iter().map(move |candidate| (candidate.features, candidate.entry == *entry))
        });
        self.pair_model = PairModel::fit(pairs).map_err(SearchError::Fit)?;

        let mut judged = Vec::new();
        for (entry, query, candidates) in asked {
            let others: Vec<Candidate> = (candidates.iter())
                .map(|candidate| Candidate { entry: candidate.entry, features: candidate.features })
                .collect();
            let with = self.rank(&query, candidates, None);
            let right = with.ranked.first().is_some_and(|first| first.entry == entry);
            judged.push((self.shape(&query, &with.ranked), right));
            let without = self.rank(&query, others, Some(entry));
            judged.push((self.shape(&query, &without.ranked), false));
        }
        for question in foreign {
            let query = self.query(&self.analyser.language().read(question));
            let candidates = self.candidates(&query, None)?;
            let result = self.rank(&query, candidates, None);
            judged.push((self.shape(&query, &result.ranked), false));
        }
        self.confidence_model = ConfidenceModel::fit(&judged).map_err(SearchError::Fit)?;
        Ok(())
    }
}

/// A text without punctuation and spaces.
fn essence(normal: &str) -> String {
    normal.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// What the views say for one entry.
#[derive(Default)]
struct Evidence {
    /// Best BM25 score in each view.
    scores: [f64; 2],
    /// Places of the phrasings that were hit.
    phrasings: Vec<usize>,
}

/// BM25 of a term approaches `k1 + 1` times its weight; with k1 = 1.2.
const BM25_CEILING: f64 = 2.2;
