//! From FAQ entries to an index that can be asked, in one pass: a phrasing's terms become numbers at once, because as
//! strings they would take ten times the memory of the finished index.

use crate::model::knowledge::FaqEntry;
use crate::search::analyser::{Analyser, Views};
use crate::search::evidence::{CHARACTERS, Reader, Reading, VIEWS, WORDS};
use crate::search::faq::{Common, FaqIndex, IndexedEntry, SearchError, essence};

use crate::search::overlap::union;
use crate::search::ranking::Knowledge;
use crate::search::semantic::Meaning;
use crate::search::terms::{TermCounter, TermSet};
use crate::search::topic_lists::TopicLists;
use crate::search::view_index::ViewIndexBuilder;
use crate::text::Text;
use rayon::prelude::*;
use std::ops::Range;

/// Entries that are analysed at a time, on all processors.
const CHUNK: usize = 512;

/// A phrasing after analysis.
type Analysed = (Views, Text, Meaning);

/// What the first pass finds.
struct Found {
    /// Places of each entry's phrasings.
    ranges: Vec<Range<usize>>,
    phrasings: Vec<Reading>,
    counters: [TermCounter; VIEWS.len()],
    index: ViewIndexBuilder,
    answers: ViewIndexBuilder,
}

impl FaqIndex {
    /// Indexes the entries.
    ///
    /// # Errors
    /// [`SearchError`] where the index cannot be built.
    pub fn build(analyser: Analyser, faq: &[FaqEntry], common: Common) -> Result<Self, SearchError> {
        let Found { ranges, mut phrasings, counters, index, answers } = read(&analyser, faq, &common)?;
        let weights = counters.map(TermCounter::finish);
        for phrasing in &mut phrasings {
            for (terms, weights) in phrasing.terms.iter_mut().zip(&weights) {
                terms.weight = weights.sum(&terms.terms);
            }
        }
        let reader = Reader { analyser, weights, semantic: common.semantic };
        let answer_words: Vec<TermSet> = (faq.par_iter())
            .map(|entry| reader.weights[WORDS].set(&reader.analyser.read(&entry.answer).words))
            .collect();
        let mut entry_of = vec![0; phrasings.len()];
        let mut entries = Vec::with_capacity(faq.len());
        for (number, ((entry, answer), range)) in faq.iter().zip(answer_words).zip(ranges).enumerate() {
            entry_of[range.clone()].fill(number);
            let own = &phrasings[range.clone()];
            entries.push(IndexedEntry {
                id: entry.id.clone(),
                phrasings: range,
                meaning: Meaning::mean(own.iter().map(|phrasing| &phrasing.meaning)),
                together: together(own),
                answer,
            });
        }
        let topics = TopicLists::new(entries.iter().map(|entry| &entry.meaning));
        let exact =
            phrasings.iter().zip(&entry_of).map(|(phrasing, entry)| (essence(&phrasing.normal), *entry)).collect();
        let knowledge = Knowledge {
            retail: familiarity(&entries),
            shared_by_chance: reader.weights[CHARACTERS].shared_by_chance(),
        };
        let ranker = common.rankers.choose(&knowledge).clone();
        let (index, answers) = (index.finish()?, answers.finish()?);
        Ok(Self { reader, index, answers, topics, entries, phrasings, entry_of, exact, ranker, knowledge })
    }
}

/// Analyses, counts and hands to tantivy, a chunk of entries at a time.
fn read(analyser: &Analyser, faq: &[FaqEntry], common: &Common) -> Result<Found, SearchError> {
    let mut found = Found {
        ranges: Vec::with_capacity(faq.len()),
        phrasings: Vec::new(),
        counters: Default::default(),
        index: ViewIndexBuilder::new(&VIEWS)?,
        answers: ViewIndexBuilder::new(&["answers"])?,
    };
    let analyse = |phrasing: &str| {
        let text = analyser.language().read(phrasing);
        let meaning = common.semantic.as_ref().map(|model| model.read(&text)).unwrap_or_default();
        (analyser.views(&text), text, meaning)
    };
    for chunk in faq.chunks(CHUNK) {
        let analysed: Vec<(Vec<Analysed>, Views)> = (chunk.par_iter())
            .map(|entry| (entry.phrasings().map(analyse).collect(), analyser.read(&entry.answer)))
            .collect();
        for (phrasings, answer) in analysed {
            found.answers.add(&[&answer.words])?;
            found.counters.iter_mut().for_each(TermCounter::begin_group);
            let first = found.phrasings.len();
            for (views, text, meaning) in phrasings {
                let terms = [&views.words[..], &views.characters, &views.sounds];
                found.index.add(&terms)?;
                let mut numbers = found.counters.iter_mut().zip(terms).map(|(counter, terms)| counter.add(terms));
                let sets = [(); VIEWS.len()].map(|()| numbers.next().unwrap_or_default());
                found.phrasings.push(Reading::new(&text, sets, meaning, analyser.language().vectors()));
            }
            found.ranges.push(first..found.phrasings.len());
        }
    }
    Ok(found)
}

/// How well topics tell the entries apart: how sure the semantic model is of their topics, the mean probability of the
/// most probable one that shops have, times the share of entries that differ in it.
fn familiarity(entries: &[IndexedEntry]) -> f64 {
    let mut surest = Vec::with_capacity(entries.len());
    let mut sum = 0.0;
    for entry in entries {
        let (topic, probability) =
            entry.meaning.topics.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or_default();
        sum += f64::from(probability * (1.0 - entry.meaning.outside));
        surest.push(topic);
    }
    surest.sort_unstable();
    surest.dedup();
    let count = entries.len().max(1) as f64;
    sum / count * (surest.len() as f64 / count)
}

/// Words and characters of several phrasings together.
fn together(phrasings: &[Reading]) -> [Vec<u32>; 2] {
    [WORDS, CHARACTERS].map(|view| union(phrasings.iter().map(|phrasing| &phrasing.terms[view])))
}
