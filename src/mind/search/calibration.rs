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

/// A small shop cut from a knowledge, and what it is asked.
pub struct Cut {
    /// Its entries, each with a few of its phrasings.
    pub entries: Vec<FaqEntry>,
    /// Questions with the place of the entry that answers, if any: four that are answered for each one that is not.
    pub questions: Vec<(String, Option<usize>)>,
}

/// Cuts two dozen small shops.
pub fn cut(asked: &Asked<'_>, seed: u64) -> Vec<Cut> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..CUT).map(|_| one_cut(asked, &mut random)).collect()
}

fn one_cut(asked: &Asked<'_>, random: &mut ChaCha8Rng) -> Cut {
    let mut places: Vec<usize> = (0..asked.faq.len()).collect();
    places.shuffle(random);
    places.truncate(CUT_ENTRIES);
    let few_phrasings = |place: &usize| {
        let mut entry = asked.faq[*place].clone();
        entry.similar.shuffle(random);
        entry.similar.truncate(CUT_PHRASINGS);
        entry
    };
    let entries: Vec<FaqEntry> = places.iter().map(few_phrasings).collect();
    let place_of = |entry: usize| places.iter().position(|place| *place == entry);
    let mut questions: Vec<(String, Option<usize>)> = (asked.questions.iter())
        .filter_map(|(question, entry)| place_of(*entry).map(|place| (question.clone(), Some(place))))
        .collect();
    let foreign = asked.foreign.sample(random, questions.len() / 4);
    questions.extend(foreign.map(|question| (question.clone(), None)));
    Cut { entries, questions }
}

/// Makes a ranker's confidence mean what it says, on questions that people asked about a knowledge: many small shops
/// are cut from it, each is asked the questions about its entries, and some that nothing answers.
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
    let mut lessons = Lessons::default();
    for Cut { entries, questions } in cut(asked, seed) {
        let mut index = FaqIndex::build(Analyser::new(language.clone(), &[]), &entries, common.clone())?;
        index.set_ranker(ranker.clone());
        for (question, right) in &questions {
            note_ranking(&mut lessons, &index.ask(&language.read(question))?, *right, None);
        }
    }
    ranker.calibrate(&lessons.rankings, &lessons.signs).map_err(SearchError::Fit)
}
