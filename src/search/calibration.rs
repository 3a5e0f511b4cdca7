//! Calibration of the confidence on questions that people asked.
//!
//! Rehearsals ([`crate::search::rehearsal`]) are harder than life: their models miss topics and phrasings on purpose, so
//! a confidence that was learned there is too modest. Two numbers are fitted to real questions to set that right.

use crate::model::knowledge::FaqEntry;
use crate::search::analyser::Analyser;
use crate::search::faq::{Common, FaqIndex, SearchError};
use crate::search::lesson::{Lessons, note_ranking};
use crate::search::ranking::Ranker;
use crate::text::Language;
use rand::SeedableRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;

/// Shops that are cut from one knowledge to calibrate on.
const CUT: usize = 24;

/// Entries of each.
const CUT_ENTRIES: usize = 60;

/// Phrasings that each keeps of an entry.
const CUT_PHRASINGS: usize = 4;

/// A knowledge and what people asked about it.
pub struct Asked<'a> {
    /// The knowledge.
    pub faq: &'a [FaqEntry],
    /// Questions with the places of the entries that answer them.
    pub questions: &'a [(String, usize)],
    /// Questions that no entry answers.
    pub foreign: &'a [String],
}

/// Makes a ranker's confidence mean what it says, on questions that people asked about a knowledge: many small shops
/// are cut from it, each is asked the questions about its entries, and, for every four of them, one that nothing
/// answers.
///
/// # Errors
/// [`SearchError`] where an index cannot be built.
pub fn calibrate(
    ranker: &mut Ranker,
    language: &Language,
    common: &Common,
    asked: &Asked<'_>,
    seed: u64,
) -> Result<(), SearchError> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut lessons = Lessons::default();
    for _ in 0..CUT {
        let mut places: Vec<usize> = (0..asked.faq.len()).collect();
        places.shuffle(&mut random);
        places.truncate(CUT_ENTRIES);
        let entries: Vec<FaqEntry> = (places.iter())
            .map(|place| {
                let mut entry = asked.faq[*place].clone();
                entry.similar.shuffle(&mut random);
                entry.similar.truncate(CUT_PHRASINGS);
                entry
            })
            .collect();
        let mut index = FaqIndex::build(Analyser::new(language.clone(), &[]), &entries, common.clone())?;
        index.set_ranker(ranker.clone());
        let mut answered = 0;
        for (question, entry) in asked.questions {
            let Some(right) = places.iter().position(|place| place == entry) else { continue };
            note_ranking(&mut lessons, &index.ask(&language.read(question))?, Some(right), None);
            answered += 1;
        }
        for question in asked.foreign.sample(&mut random, answered / 4) {
            note_ranking(&mut lessons, &index.ask(&language.read(question))?, None, None);
        }
    }
    ranker.calibrate(&lessons.rankings).map_err(SearchError::Fit)
}
