//! What speaks for an entry: a query and the phrasings of the entry, compared feature by feature.

use crate::search::analyser::{Analyser, Views};
use crate::search::features::{Feature, PairFeatures};
use crate::search::likeness::{echo, run};
use crate::search::overlap::{Marked, MarkedTerms, MarkedTopics};
use crate::search::semantic::{Meaning, SemanticModel};
use crate::search::terms::{TermSet, TermWeights, share};
use crate::text::Text;
use crate::text::word_vectors::WordVectors;

/// The views of a text, in the order of the index.
pub const VIEWS: [&str; 3] = ["words", "characters", "sounds"];

/// Place of the words in [`VIEWS`].
pub const WORDS: usize = 0;

/// Place of the characters in [`VIEWS`].
pub const CHARACTERS: usize = 1;

/// Place of the sounds in [`VIEWS`].
pub const SOUNDS: usize = 2;

/// BM25 of a term approaches `k1 + 1` times its weight; with k1 = 1.2.
const BM25_CEILING: f64 = 2.2;

/// Phrasings of an entry that are compared closely.
const NEAREST: usize = 3;

/// Words that turn a question round.
const NEGATIONS: [&str; 8] = ["不", "没", "别", "未", "无", "唔", "冇", "勿"];

/// A text as it is compared: a query, or one phrasing of an entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The normalised text.
    pub normal: String,
    /// Terms by view.
    pub terms: [TermSet; 3],
    /// What it means; empty without a semantic model.
    pub meaning: Meaning,
    /// Numbers of the words that have a vector, in reading order; empty without word vectors.
    words: Vec<u32>,
    negates: bool,
    /// Numbers in it, sorted.
    numbers: Vec<String>,
}

/// Weights of the terms of one index, by view, and what else reading takes.
pub struct Reader {
    /// How a text becomes terms.
    pub analyser: Analyser,
    /// By view.
    pub weights: [TermWeights; 3],
    /// Reads what a text means, if there is such a model.
    pub semantic: Option<SemanticModel>,
}

impl Reader {
    /// Reads a text whose views are known.
    pub fn read(&self, text: &Text, views: &Views) -> Reading {
        let [words, characters, sounds] = &self.weights;
        let mut reading = Reading::new(
            text,
            Default::default(),
            self.semantic.as_ref().map(|model| model.read(text)).unwrap_or_default(),
            self.analyser.language().vectors(),
        );
        reading.terms = [words.set(&views.words), characters.set(&views.characters), sounds.set(&views.sounds)];
        reading
    }
}

impl Reading {
    /// A text whose terms are all known by number; what they weigh is not known yet.
    pub fn new(text: &Text, terms: [Vec<u32>; VIEWS.len()], meaning: Meaning, vectors: Option<&WordVectors>) -> Self {
        let mut numbers: Vec<String> = (text.words())
            .filter(|word| word.chars().all(|character| character.is_ascii_digit()))
            .map(str::to_owned)
            .collect();
        numbers.sort();
        Self {
            normal: text.normal.clone(),
            terms: terms.map(|terms| TermSet { terms, ..TermSet::default() }),
            meaning,
            words: vectors
                .map(|vectors| text.words().filter_map(|word| vectors.number(word)).collect())
                .unwrap_or_default(),
            negates: NEGATIONS.iter().any(|negation| text.normal.contains(negation)),
            numbers,
        }
    }
}

impl Reader {
    /// A query, marked for comparing.
    pub fn mark(&self, query: &Reading) -> Marked {
        Marked {
            terms: [WORDS, CHARACTERS, SOUNDS].map(|view| MarkedTerms::new(&query.terms[view], &self.weights[view])),
            topics: MarkedTopics::new(&query.meaning),
            characters: query.normal.chars().collect(),
        }
    }
}

/// An entry as it is compared.
pub struct Subject<'a> {
    /// Its phrasings, the standard question first.
    pub phrasings: &'a [Reading],
    /// Places, among `phrasings`, of those that the index found.
    pub found: Vec<usize>,
    /// Best BM25 score by view.
    pub scores: [f64; 3],
    /// What its phrasings mean together.
    pub meaning: &'a Meaning,
    /// Words and characters of all its phrasings together.
    pub together: &'a [Vec<u32>; 2],
    /// The words of its answer.
    pub answer: &'a TermSet,
}

impl Subject<'_> {
    /// The phrasings that are compared: those that the index found, or the one nearest in meaning.
    fn looked_at(&self, query: &Reading) -> Vec<usize> {
        if !self.found.is_empty() {
            return self.found.clone();
        }
        let near = |place: &usize| query.meaning.cosine(&self.phrasings[*place].meaning);
        let nearest = (0..self.phrasings.len()).max_by(|a, b| near(a).total_cmp(&near(b)).then(b.cmp(a)));
        nearest.into_iter().collect()
    }
}

/// Compares; `marked` is the same query. How the candidates stand side by side is
/// [`PairFeatures::stand_side_by_side`]'s.
pub fn compare(reader: &Reader, query: &Reading, marked: &Marked, subject: &Subject<'_>) -> PairFeatures {
    let mut features = PairFeatures::default();
    for (view, score) in
        [(WORDS, Feature::WordScore), (CHARACTERS, Feature::CharacterScore), (SOUNDS, Feature::SoundScore)]
    {
        features.set(score, share(subject.scores[view], BM25_CEILING * query.terms[view].weight));
    }
    let mut overlaps: Vec<(f64, usize)> = Vec::with_capacity(subject.found.len());
    for place in subject.looked_at(query) {
        overlaps.push((phrasing(&mut features, query, marked, &subject.phrasings[place]), place));
    }
    overlaps.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, place) in overlaps.into_iter().take(NEAREST) {
        nearest(&mut features, reader, query, marked, &subject.phrasings[place]);
    }
    entry(&mut features, query, marked, subject);
    meaning(&mut features, query, marked, subject);
    features
}

/// Features that are too dear for more than the nearest phrasings.
fn nearest(features: &mut PairFeatures, reader: &Reader, query: &Reading, marked: &Marked, phrasing: &Reading) {
    if let Some(vectors) = reader.analyser.language().vectors() {
        let echo = echo(vectors, &query.words, &phrasing.words);
        features.raise(Feature::QueryWordsEchoed, echo.first_covered);
        features.raise(Feature::PhrasingWordsEchoed, echo.second_covered);
        features.raise(Feature::Direction, echo.direction);
    }
    let run = run(&marked.characters, &phrasing.normal.chars().collect::<Vec<char>>());
    features.raise(Feature::SameOrder, run.of_longer);
    features.raise(Feature::OrderOverlap, run.of_both);
    features.raise(Feature::LengthShare, run.lengths);
    for (view, feature) in [(WORDS, Feature::WordJaccard), (CHARACTERS, Feature::CharacterJaccard)] {
        let terms = &phrasing.terms[view];
        let common = marked.terms[view].common(&terms.terms);
        let either = query.terms[view].count() + terms.count() - common;
        features.raise(feature, share(common as f64, either as f64));
    }
}

/// Features that take the best of the phrasings; returns the overlap of characters.
fn phrasing(features: &mut PairFeatures, query: &Reading, marked: &Marked, phrasing: &Reading) -> f64 {
    let shared = [WORDS, CHARACTERS, SOUNDS].map(|view| marked.terms[view].shared(&phrasing.terms[view].terms));
    let weight = |view: usize| (query.terms[view].weight, phrasing.terms[view].weight);
    let overlap = |view: usize| share(2.0 * shared[view], weight(view).0 + weight(view).1);
    let covered = share(shared[CHARACTERS], weight(CHARACTERS).0);
    let second = covered.min(features.get(Feature::QueryCharactersCovered));
    features.raise(Feature::SecondPhrasing, second);
    for (feature, value) in [
        (Feature::QueryWordsCovered, share(shared[WORDS], weight(WORDS).0)),
        (Feature::PhrasingWordsCovered, share(shared[WORDS], weight(WORDS).1)),
        (Feature::QueryCharactersCovered, covered),
        (Feature::PhrasingCharactersCovered, share(shared[CHARACTERS], weight(CHARACTERS).1)),
        (Feature::CharacterOverlap, overlap(CHARACTERS)),
        (Feature::QuerySoundsCovered, share(shared[SOUNDS], weight(SOUNDS).0)),
        (Feature::SoundOverlap, overlap(SOUNDS)),
        (Feature::Identical, f64::from(u8::from(query.normal == phrasing.normal))),
    ] {
        features.raise(feature, value);
    }
    overlap(CHARACTERS)
}

/// Features of the entry as a whole.
fn entry(features: &mut PairFeatures, query: &Reading, marked: &Marked, subject: &Subject<'_>) {
    let any = |view: usize| share(marked.terms[view].shared(&subject.together[view]), query.terms[view].weight);
    features.set(Feature::EntryWordsCover, any(WORDS));
    features.set(Feature::EntryCharactersCover, any(CHARACTERS));
    if let Some(standard) = subject.phrasings.first() {
        let shared = marked.terms[CHARACTERS].shared(&standard.terms[CHARACTERS].terms);
        features.set(Feature::StandardQuestionCovers, share(shared, query.terms[CHARACTERS].weight));
    }
    let answered = marked.terms[WORDS].shared(&subject.answer.terms);
    features.set(Feature::AnswerCovers, share(answered, query.terms[WORDS].weight));
    features.set(Feature::PhrasingsFound, share(subject.found.len() as f64, subject.phrasings.len() as f64));
    let agrees = |same: bool| f64::from(u8::from(same));
    let negation = subject.phrasings.iter().any(|phrasing| phrasing.negates == query.negates);
    features.set(Feature::NegationAgrees, agrees(negation));
    let numbers = subject.phrasings.iter().any(|phrasing| phrasing.numbers == query.numbers);
    features.set(Feature::NumbersAgree, agrees(numbers));
}

fn meaning(features: &mut PairFeatures, query: &Reading, marked: &Marked, subject: &Subject<'_>) {
    if query.meaning.vector.is_empty() {
        return;
    }
    features.set(Feature::TopicOfEntry, f64::from(marked.topics.agreement(subject.meaning)));
    features.set(Feature::AngleToEntry, f64::from(query.meaning.cosine(subject.meaning)));
    features.set(Feature::SenseOfEntry, f64::from(query.meaning.same_sense(subject.meaning)));
    for phrasing in subject.phrasings {
        features.raise(Feature::TopicOfPhrasing, f64::from(marked.topics.agreement(&phrasing.meaning)));
        features.raise(Feature::AngleToPhrasing, f64::from(query.meaning.cosine(&phrasing.meaning)));
        features.raise(Feature::SenseOfPhrasing, f64::from(query.meaning.same_sense(&phrasing.meaning)));
    }
}
