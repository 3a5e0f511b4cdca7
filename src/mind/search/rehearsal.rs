//! What the shipped ranker learns before it meets a shop: rehearsals with small shops cut from the phrasings of all
//! topics.
//!
//! A rehearsal takes some topics as the entries of a shop, a few phrasings of each as what the shop wrote down, and
//! asks it with phrasings that neither the shop nor the semantic model saw, half of them retyped with noise. Questions
//! about topics that the shop does not have must be refused. Several semantic models take turns, each trained without
//! the questions of its rehearsals and without some topics altogether, because a real shop has topics of its own.
//!
//! For knowledge that is no shop's, rehearsals are cut from pairs of questions that mean the same.

use crate::model::knowledge::FaqEntry;
use crate::search::analyser::Analyser;
use crate::search::faq::{Common, FaqIndex, SearchError, Without};
use crate::search::features::{Group, PairFeatures};
use crate::search::lesson::{Lessons, note_ranking, pairs};
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

/// One knowledge base and what it is asked.
struct Rehearsal {
    index: FaqIndex,
    questions: Vec<Question>,
}

/// What is asked in a rehearsal.
struct Question {
    text: Text,
    /// The entry that answers, if any.
    right: Option<usize>,
    /// The candidates' features, and whether each is the right one.
    pairs: Vec<(PairFeatures, bool)>,
}

/// Rehearsals, and what a ranker learns from them.
pub struct Rehearsals {
    rehearsals: Vec<Rehearsal>,
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

    /// Rehearses `shops` shops; `progress` hears the number of each finished shop.
    ///
    /// # Errors
    /// [`SearchError`] where an index cannot be built.
    pub fn rehearse(
        &self,
        semantic: &[SemanticModel],
        shops: usize,
        seed: u64,
        progress: impl Fn(usize),
    ) -> Result<Rehearsals, SearchError> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut rehearsals = Vec::with_capacity(shops);
        for shop in 0..shops {
            let fold = shop % FOLDS;
            rehearsals.push(self.shop(fold, semantic.get(fold).cloned(), &mut random)?);
            progress(shop + 1);
        }
        Ok(Rehearsals { rehearsals })
    }

    /// The same with questions to another field, each known in two phrasings: one is the only phrasing of an entry, the
    /// other is asked. What the topics of shops say of them is little. `semantic` are two models, each without one half
    /// of the pairs, see [`without_half`]; each rehearses the half that it did not see.
    ///
    /// # Errors
    /// [`SearchError`] where an index cannot be built.
    pub fn rehearse_paraphrases(
        &self,
        semantic: &[SemanticModel; 2],
        pairs: &[(String, String)],
        seed: u64,
    ) -> Result<Rehearsals, SearchError> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut rehearsals = Vec::new();
        for (half, semantic) in semantic.iter().enumerate() {
            let mut unseen = without_half(pairs, 1 - half);
            unseen.shuffle(&mut random);
            self.rehearse_bases(semantic, &unseen, &mut rehearsals, &mut random)?;
        }
        Ok(Rehearsals { rehearsals })
    }

    /// Cuts pairs into knowledge bases of several sizes.
    fn rehearse_bases(
        &self,
        semantic: &SemanticModel,
        pairs: &[(String, String)],
        rehearsals: &mut Vec<Rehearsal>,
        random: &mut impl Rng,
    ) -> Result<(), SearchError> {
        let mut rest = pairs;
        for size in PARAPHRASES.into_iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (base, others) = rest.split_at(size.min(rest.len()));
            rest = others;
            let known = base.iter().enumerate().map(|(number, (question, _))| (number.to_string(), question.as_str()));
            let asked: Vec<(&str, usize)> =
                base.iter().enumerate().map(|(number, (_, other))| (other.as_str(), number)).collect();
            let near: Vec<&str> = others.iter().map(|(_, question)| question.as_str()).collect();
            rehearsals.push(self.paraphrases(semantic, known, &asked, &near, random)?);
        }
        Ok(())
    }

    /// The same with one big collection of questions: `known` by id, and what was asked with the place of the one that
    /// means the same.
    ///
    /// # Errors
    /// [`SearchError`] where the index cannot be built.
    pub fn rehearse_collection(
        &self,
        semantic: &SemanticModel,
        known: &[(String, String)],
        asked: &[(&str, usize)],
        seed: u64,
    ) -> Result<Rehearsals, SearchError> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let known = known.iter().map(|(id, question)| (id.clone(), question.as_str()));
        Ok(Rehearsals { rehearsals: vec![self.paraphrases(semantic, known, asked, &[], &mut random)?] })
    }

    /// One rehearsal of paraphrases; `near` are questions of the same field that no entry answers.
    fn paraphrases<'a>(
        &self,
        semantic: &SemanticModel,
        known: impl Iterator<Item = (String, &'a str)>,
        asked: &[(&str, usize)],
        near: &[&str],
        random: &mut impl Rng,
    ) -> Result<Rehearsal, SearchError> {
        let entries: Vec<FaqEntry> =
            known.map(|(id, question)| FaqEntry { id, question: question.to_owned(), ..FaqEntry::default() }).collect();
        let common = Common { semantic: Some(semantic.clone()), rankers: Rankers::default() };
        let index = FaqIndex::build(Analyser::new(self.language.clone(), &[]), &entries, common)?;
        let mut questions: Vec<(Text, Option<usize>)> =
            asked.iter().map(|(text, right)| (self.language.read(text), Some(*right))).collect();
        let far: Vec<&Topic> = self.topics.iter().filter(|topic| !topic.is_entry()).collect();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        for _ in 0..(asked.len() as f64 * REFUSED_SHARE) as usize {
            let far = far.choose(random).and_then(|topic| topic.phrasings.choose(random)).map(String::as_str);
            let near = near.choose(random).copied();
            let text = if random.random_bool(NEAR_SHARE) { near.or(far) } else { far };
            questions.extend(text.map(|text| (self.language.read(text), None)));
        }
        Rehearsal::new(index, questions)
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
        Rehearsal::new(index, questions)
    }

    /// As it stands, or retyped.
    fn typed(&self, text: &str, random: &mut impl Rng) -> Text {
        let text = if random.random_bool(0.5) { self.noise.retype(text, random) } else { text.to_owned() };
        self.language.read(&text)
    }
}

impl Rehearsal {
    /// Asks once, and keeps what the candidates look like.
    fn new(index: FaqIndex, questions: Vec<(Text, Option<usize>)>) -> Result<Self, SearchError> {
        let noted = questions.into_iter().map(|(text, right)| {
            let result = index.ask_without(&text, Without::default())?;
            Ok(Question { text, right, pairs: pairs(&result, right).collect() })
        });
        let questions = noted.collect::<Result<_, SearchError>>()?;
        Ok(Self { index, questions })
    }
}

impl Rehearsals {
    /// A ranker that learned from all questions; `left_out` says nothing to it.
    ///
    /// # Errors
    /// [`SearchError`] where the index cannot be read or the fit refused.
    pub fn teach(&mut self, left_out: Option<Group>) -> Result<Ranker, SearchError> {
        self.teach_from(left_out, |_| true)
    }

    /// How well a ranker ranks questions that it did not learn from, each part of them in turn: how often the right
    /// entry comes first, and the mean reciprocal rank among the first ten.
    ///
    /// # Errors
    /// [`SearchError`] where the index cannot be read or the fit refused.
    pub fn cross_validate(&mut self, parts: usize, left_out: Option<Group>) -> Result<(f64, f64), SearchError> {
        let (mut first, mut reciprocal, mut asked) = (0.0, 0.0, 0.0);
        for part in 0..parts {
            self.teach_from(left_out, |number| number % parts != part)?;
            for rehearsal in &self.rehearsals {
                let held_out = rehearsal.questions.iter().enumerate().filter(|(number, _)| number % parts == part);
                for question in held_out.map(|(_, question)| question).filter(|question| question.right.is_some()) {
                    let result = rehearsal.index.ask_without(&question.text, Without::default())?;
                    let rank = result.ranked.iter().take(10).position(|ranked| Some(ranked.entry) == question.right);
                    first += f64::from(u8::from(rank == Some(0)));
                    reciprocal += rank.map_or(0.0, |rank| 1.0 / (rank + 1) as f64);
                    asked += 1.0;
                }
            }
        }
        Ok((first / f64::max(asked, 1.0), reciprocal / f64::max(asked, 1.0)))
    }

    fn teach_from(&mut self, left_out: Option<Group>, learns: impl Fn(usize) -> bool) -> Result<Ranker, SearchError> {
        let mut ranker = Ranker::default();
        let taught = self.rehearsals.iter().flat_map(|rehearsal| rehearsal.questions.iter().enumerate());
        let pairs: Vec<(PairFeatures, bool)> = taught
            .filter(|(number, _)| learns(*number))
            .flat_map(|(_, question)| &question.pairs)
            .map(|(features, right)| (left_out.map_or(*features, |group| features.without(group)), *right))
            .collect();
        ranker.learn_pairs(&pairs, C).map_err(SearchError::Fit)?;
        let mut lessons = Lessons::default();
        for rehearsal in &mut self.rehearsals {
            rehearsal.index.set_ranker(ranker.clone());
            for (_, question) in rehearsal.questions.iter().enumerate().filter(|(number, _)| learns(*number)) {
                let result = rehearsal.index.ask_without(&question.text, Without::default())?;
                note_ranking(&mut lessons, &result, question.right, left_out);
            }
        }
        ranker.learn_confidence(&lessons.rankings, C).map_err(SearchError::Fit)?;
        ranker.learn_answerable(&lessons.signs, C).map_err(SearchError::Fit)?;
        Ok(ranker)
    }
}

/// Every other pair.
pub fn without_half(pairs: &[(String, String)], half: usize) -> Vec<(String, String)> {
    pairs.iter().enumerate().filter(|(number, _)| number % 2 != half).map(|(_, pair)| pair.clone()).collect()
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
