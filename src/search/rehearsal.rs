//! What the shipped ranker learns before it meets a shop: rehearsals with small shops cut from the phrasings of all
//! topics.
//!
//! A rehearsal takes some topics as the entries of a shop, a few phrasings of each as what the shop wrote down, and
//! asks it with phrasings that neither the shop nor the semantic model saw, half of them retyped with noise. Questions
//! about topics that the shop does not have must be refused. Several semantic models take turns, each trained without
//! the questions of its rehearsals and without some topics altogether, because a real shop has topics of its own.

use crate::model::knowledge::FaqEntry;
use crate::search::analyser::Analyser;
use crate::search::faq::{Common, FaqIndex, SearchError, Without};
use crate::search::lesson::{Lessons, note_pairs, note_ranking};
use crate::search::ranking::{Ranker, Rankers};
use crate::search::semantic::SemanticModel;
use crate::search::semantic::noise::Noise;
use crate::search::semantic::train::{Lesson, OUTSIDE};
use crate::text::{Language, Text};
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// Parts that the phrasings are dealt into; each semantic model misses one.
pub const FOLDS: usize = 4;

/// Of so many topics one is unknown to a semantic model altogether.
const UNKNOWN_TOPICS: usize = 7;

/// Sizes that shops have.
const SHOP_SIZES: [usize; 4] = [30, 60, 60, 120];

/// Phrasings that an entry has, at most.
const PHRASINGS: usize = 5;

/// Questions asked about an entry, at most.
const QUESTIONS: usize = 4;

/// Sizes of knowledge bases of paraphrases, in turn.
const PARAPHRASES: [usize; 4] = [200, 200, 1_000, 200];

/// Questions that no entry answers, for each that one answers.
const REFUSED_SHARE: f64 = 0.3;

/// Share of the questions that no entry answers which are still of the same field.
const NEAR_SHARE: f64 = 0.1;

/// How names of topics begin that are talk and not questions.
pub const TALK: &str = "talk";

/// Inverse strength of the penalty: there is much to learn from.
const C: f64 = 100.0;

/// Everything that rehearsals are cut from.
pub struct Material {
    topics: Vec<Topic>,
    noise: Noise,
    language: Language,
}

struct Topic {
    name: String,
    /// Dealt into [`FOLDS`] parts by their place.
    phrasings: Vec<String>,
}

impl Topic {
    /// Whether a shop can have it as an entry.
    fn is_entry(&self) -> bool {
        !self.name.starts_with(OUTSIDE) && !self.name.starts_with(TALK)
    }
}

/// One shop and what it is asked.
struct Rehearsal {
    index: FaqIndex,
    /// Question and the entry that answers, if any.
    questions: Vec<(Text, Option<usize>)>,
}

impl Material {
    /// From phrasings by topic.
    pub fn new(language: &Language, lessons: &[Lesson]) -> Self {
        let mut by_topic: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for lesson in lessons {
            by_topic.entry(&lesson.topic).or_default().push(lesson.text.clone());
        }
        let topics = by_topic.into_iter().map(|(name, phrasings)| Topic { name: name.to_owned(), phrasings }).collect();
        let noise = Noise::new(lessons.iter().map(|lesson| lesson.text.as_str()));
        Self { topics, noise, language: language.clone() }
    }

    /// What the semantic model of a fold may learn from.
    pub fn lessons_without(&self, fold: usize) -> Vec<Lesson> {
        let known = |number: usize| number % UNKNOWN_TOPICS != fold;
        let topics = self.topics.iter().enumerate().filter(|(number, topic)| known(*number) || !topic.is_entry());
        topics
            .flat_map(|(_, topic)| {
                let kept = topic.phrasings.iter().enumerate().filter(move |(place, _)| place % FOLDS != fold);
                kept.map(|(_, text)| Lesson { text: text.clone(), topic: topic.name.clone() })
            })
            .collect()
    }

    /// Rehearses `shops` shops and learns a ranker from them; `progress` hears the number of each finished shop.
    ///
    /// # Errors
    /// [`SearchError`] where an index cannot be built.
    pub fn rehearse(
        &self,
        semantic: &[SemanticModel],
        shops: usize,
        seed: u64,
        progress: impl Fn(usize),
    ) -> Result<Ranker, SearchError> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut rehearsals = Vec::with_capacity(shops);
        for shop in 0..shops {
            let fold = shop % FOLDS;
            rehearsals.push(self.shop(fold, semantic.get(fold).cloned(), &mut random)?);
            progress(shop + 1);
        }
        learn(rehearsals)
    }

    /// The same with questions of any kind, each known in two phrasings: one is the only phrasing of an entry, the
    /// other is asked. What the topics of shops say of them is little.
    ///
    /// # Errors
    /// [`SearchError`] where an index cannot be built.
    pub fn rehearse_paraphrases(
        &self,
        semantic: &SemanticModel,
        pairs: &[(String, String)],
        seed: u64,
    ) -> Result<Ranker, SearchError> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut pairs: Vec<&(String, String)> = pairs.iter().collect();
        pairs.shuffle(&mut random);
        let far: Vec<&Topic> = self.topics.iter().filter(|topic| !topic.is_entry()).collect();
        let mut rehearsals = Vec::new();
        let mut rest = pairs.as_slice();
        for size in PARAPHRASES.into_iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (base, others) = rest.split_at(size.min(rest.len()));
            rest = others;
            let named = |(number, (question, _)): (usize, &&(String, String))| FaqEntry {
                id: number.to_string(),
                question: question.clone(),
                ..FaqEntry::default()
            };
            let entries: Vec<FaqEntry> = base.iter().enumerate().map(named).collect();
            let common = Common { semantic: Some(semantic.clone()), rankers: Rankers::default() };
            let index = FaqIndex::build(Analyser::new(self.language.clone(), &[]), &entries, common)?;
            let mut questions: Vec<(Text, Option<usize>)> =
                base.iter().enumerate().map(|(number, (_, other))| (self.language.read(other), Some(number))).collect();
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            for _ in 0..(base.len() as f64 * REFUSED_SHARE) as usize {
                let far = far.choose(&mut random).and_then(|topic| topic.phrasings.choose(&mut random));
                let near = others.choose(&mut random).map(|(_, question)| question);
                let text = if random.random_bool(NEAR_SHARE) { near.or(far) } else { far };
                questions.extend(text.map(|text| (self.language.read(text), None)));
            }
            rehearsals.push(Rehearsal { index, questions });
        }
        learn(rehearsals)
    }

    fn shop(
        &self,
        fold: usize,
        semantic: Option<SemanticModel>,
        random: &mut impl Rng,
    ) -> Result<Rehearsal, SearchError> {
        let mut chosen: Vec<&Topic> = self.topics.iter().filter(|topic| topic.is_entry()).collect();
        chosen.shuffle(random);
        let size = SHOP_SIZES.choose(random).copied().unwrap_or(SHOP_SIZES[0]).min(chosen.len() / 2);
        let absent = chosen.split_off(size);
        let mut entries = Vec::with_capacity(size);
        let mut questions = Vec::new();
        for (number, topic) in chosen.iter().enumerate() {
            let (asked, written) = deal(topic, fold, random);
            questions.extend(asked.into_iter().take(QUESTIONS).map(|text| (self.typed(text, random), Some(number))));
            entries.push(entry(topic, written));
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let refused = (questions.len() as f64 * REFUSED_SHARE) as usize;
        for number in 0..refused {
            let far: Vec<&Topic> = self.topics.iter().filter(|topic| !topic.is_entry()).collect();
            let from = if number % 2 == 0 { absent.choose(random).copied() } else { far.choose(random).copied() };
            let Some(text) = from.and_then(|topic| deal(topic, fold, random).0.into_iter().next()) else { continue };
            questions.push((self.typed(text, random), None));
        }
        let common = Common { semantic, rankers: Rankers::default() };
        let index = FaqIndex::build(Analyser::new(self.language.clone(), &[]), &entries, common)?;
        Ok(Rehearsal { index, questions })
    }

    /// As it stands, or retyped.
    fn typed(&self, text: &str, random: &mut impl Rng) -> Text {
        let text = if random.random_bool(0.5) { self.noise.retype(text, random) } else { text.to_owned() };
        self.language.read(&text)
    }
}

fn learn(rehearsals: Vec<Rehearsal>) -> Result<Ranker, SearchError> {
    let mut lessons = Lessons::default();
    for rehearsal in &rehearsals {
        for (question, right) in &rehearsal.questions {
            note_pairs(&mut lessons, &rehearsal.index.ask_without(question, Without::default())?, *right);
        }
    }
    let mut ranker = Ranker::default();
    ranker.learn_pairs(&lessons.pairs, C).map_err(SearchError::Fit)?;
    for mut rehearsal in rehearsals {
        rehearsal.index.set_ranker(ranker.clone());
        for (question, right) in &rehearsal.questions {
            note_ranking(&mut lessons, &rehearsal.index.ask_without(question, Without::default())?, *right);
        }
    }
    ranker.learn_confidence(&lessons.rankings, C).map_err(SearchError::Fit)?;
    Ok(ranker)
}

/// The phrasings of a topic as questions (of the fold) and as what a shop wrote down (of the others), shuffled.
fn deal<'a>(topic: &'a Topic, fold: usize, random: &mut impl Rng) -> (Vec<&'a str>, Vec<&'a str>) {
    let (mut asked, mut written) = (Vec::new(), Vec::new());
    for (place, text) in topic.phrasings.iter().enumerate() {
        if place % FOLDS == fold { asked.push(text.as_str()) } else { written.push(text.as_str()) }
    }
    asked.shuffle(random);
    written.shuffle(random);
    (asked, written)
}

fn entry(topic: &Topic, written: Vec<&str>) -> FaqEntry {
    let mut written = written.into_iter().map(str::to_owned);
    FaqEntry {
        id: topic.name.clone(),
        question: written.next().unwrap_or_default(),
        similar: written.take(PHRASINGS - 1).collect(),
        ..FaqEntry::default()
    }
}
