//! Words: synonyms, the user dictionary, stop words; and the laboratory that shows what a change of them would do.

use super::{Keeper, Problem, Refused};
use crate::clock::Timestamp;
use crate::model::knowledge::{DictionaryWord, Knowledge};
use crate::search::analyser::Analyser;
use crate::service::apart::apart;
use crate::store::audit::Deed;
use crate::store::faq::draft;
use crate::store::{knowledge, turn_fact, word_draft};
use crate::text::Language;
use crate::text::normalize::normalize;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};
use utoipa::ToSchema;

/// Segmentations and entries that are shown, at most.
const SHOWN: usize = 200;

/// Longest word, in characters, and words of each kind, at most.
const LONGEST: usize = 30;
const MOST: usize = 20_000;

/// How far back real questions are looked at, in milliseconds, and how many of them.
const ASKED_WITHIN: i64 = 7 * 86_400_000;
const ASKED: i64 = 5_000;

/// Words of the shop.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Words {
    /// Groups with one meaning; the first is the canonical one.
    pub synonyms: Vec<Vec<String>>,
    /// Words that stay whole.
    pub dictionary: Vec<DictionaryWord>,
    /// Words that say nothing about what is asked.
    pub stop_words: Vec<String>,
}

/// Other words; what is left out stays.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub struct WordChange {
    /// Instead of all groups.
    pub synonyms: Option<Vec<Vec<String>>>,
    /// Instead of the whole dictionary.
    pub dictionary: Option<Vec<DictionaryWord>>,
    /// Instead of all stop words.
    pub stop_words: Option<Vec<String>>,
}

/// The words that are worked on.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkingWords {
    /// Of the drafts; 0 where there are none.
    pub revision: i64,
    /// What is live with the drafts over it.
    pub words: Words,
    /// Names of the documents that differ from what is live.
    pub changed: Vec<String>,
    /// When they were saved.
    pub updated_at: Option<Timestamp>,
    /// Who saved them.
    pub updated_by: Option<String>,
}

/// A phrasing that is cut differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Segmentation {
    /// The phrasing.
    pub text: String,
    /// Its entry.
    pub entry: String,
    /// Its words.
    pub before: Vec<String>,
    /// What they would be.
    pub after: Vec<String>,
}

/// An entry whose phrasings are read differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AffectedEntry {
    /// Its id.
    pub id: String,
    /// Its standard question.
    pub question: String,
    /// How many of its phrasings.
    pub phrasings: usize,
}

/// What a change of words would do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct WordPreview {
    /// What would stop it.
    pub problems: Vec<Problem>,
    /// Phrasings that are cut differently, at most 200.
    pub segmentations: Vec<Segmentation>,
    /// How many there are.
    pub segmentations_total: usize,
    /// Entries that are read differently, at most 200.
    pub entries: Vec<AffectedEntry>,
    /// How many there are.
    pub entries_total: usize,
    /// Questions of the last week that are read differently.
    pub questions_asked: i64,
}

impl Words {
    fn with(self, change: WordChange) -> Self {
        Self {
            synonyms: change.synonyms.map_or(self.synonyms, |groups| {
                let tidy = |group: Vec<String>| group.into_iter().map(|word| word.trim().to_owned()).collect();
                groups.into_iter().map(tidy).collect()
            }),
            dictionary: change.dictionary.unwrap_or(self.dictionary),
            stop_words: change.stop_words.unwrap_or(self.stop_words),
        }
    }

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut seen = HashSet::new();
        for group in &self.synonyms {
            if group.len() < 2 {
                problems.push(Problem::field("synonyms", format!("“{}”这一组至少要有两个词", group.join(" "))));
            }
            for word in group {
                if !seen.insert(normalize(word)) {
                    problems.push(Problem::field("synonyms", format!("“{word}”出现了两次")));
                }
            }
        }
        let (mut known, mut stops) = (HashSet::new(), HashSet::new());
        let twice = self.dictionary.iter().filter(|entry| !known.insert(normalize(&entry.word)));
        problems.extend(twice.map(|entry| Problem::field("dictionary", format!("“{}”重复", entry.word))));
        let twice = self.stop_words.iter().filter(|word| !stops.insert(normalize(word)));
        problems.extend(twice.map(|word| Problem::field("stop_words", format!("“{word}”重复"))));
        let rare = self.dictionary.iter().filter(|entry| entry.frequency.is_some_and(|number| number > 100_000_000));
        problems.extend(rare.map(|entry| Problem::field("dictionary", format!("“{}”的词频太大", entry.word))));
        let all = (self.synonyms.iter().flatten().map(|word| ("synonyms", word)))
            .chain(self.dictionary.iter().map(|entry| ("dictionary", &entry.word)))
            .chain(self.stop_words.iter().map(|word| ("stop_words", word)));
        for (field, word) in all {
            let unfit = normalize(word).is_empty() || word.contains(char::is_whitespace) || word.contains('\0');
            if unfit || word.chars().count() > LONGEST {
                let reason = format!("“{word}”不是一个词：要有 1 到 {LONGEST} 个字，中间没有空格");
                problems.push(Problem::field(field, reason));
            }
        }
        for (field, count) in [
            ("synonyms", self.synonyms.len()),
            ("dictionary", self.dictionary.len()),
            ("stop_words", self.stop_words.len()),
        ] {
            if count > MOST {
                problems.push(Problem::field(field, format!("太多了，最多 {MOST} 个")));
            }
        }
        problems
    }

    /// The words of which at least one thing is different, normalised.
    fn different(&self, other: &Self) -> HashSet<String> {
        let parts = |words: &Self| -> BTreeMap<String, Vec<String>> {
            let mut parts: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for group in &words.synonyms {
                for word in group {
                    parts.entry(normalize(word)).or_default().push(format!("s{}", group.first().map_or("", |w| w)));
                }
            }
            for entry in &words.dictionary {
                let note = format!("d{:?}{:?}", entry.frequency, entry.tag);
                parts.entry(normalize(&entry.word)).or_default().push(note);
            }
            for word in &words.stop_words {
                parts.entry(normalize(word)).or_default().push("t".to_owned());
            }
            parts
        };
        let (mine, theirs) = (parts(self), parts(other));
        let words = mine.keys().chain(theirs.keys());
        words.filter(|word| mine.get(*word) != theirs.get(*word)).cloned().collect()
    }
}

impl Keeper {
    /// The words that are worked on.
    ///
    /// # Errors
    /// [`Refused`] where the database fails.
    pub async fn words(&self) -> Result<WorkingWords, Refused> {
        Ok(self.working_words().await?.1)
    }

    async fn working_words(&self) -> Result<(Words, WorkingWords), Refused> {
        let (synonyms, dictionary, stop_words) = knowledge::words(&self.db).await?;
        let live = Words { synonyms, dictionary, stop_words };
        let documents = draft::documents(&self.db).await?;
        let mut change = WordChange::default();
        for (name, document, _) in &documents {
            match name.as_str() {
                "synonyms" => change.synonyms = Some(Deserialize::deserialize(document)?),
                "dictionary" => change.dictionary = Some(Deserialize::deserialize(document)?),
                "stop_words" => change.stop_words = Some(Deserialize::deserialize(document)?),
                _ => {}
            }
        }
        let touched = word_draft::newest(&self.db).await?;
        let working = WorkingWords {
            revision: documents.iter().map(|(_, _, revision)| *revision).max().unwrap_or(0),
            words: live.clone().with(change),
            changed: documents.into_iter().map(|(name, ..)| name).collect(),
            updated_at: touched.as_ref().map(|(at, _)| *at),
            updated_by: touched.map(|(_, by)| by),
        };
        Ok((live, working))
    }

    /// Saves other words as a draft over the revision that was edited.
    ///
    /// # Errors
    /// [`Refused`]; nothing was saved then.
    pub async fn save_words(&self, by: &str, revision: i64, change: WordChange) -> Result<WorkingWords, Refused> {
        let (live, working) = self.working_words().await?;
        if working.revision != revision {
            return Err(Refused::Stale);
        }
        let words = working.words.clone().with(change);
        Refused::unless_fine(words.problems())?;
        let now = self.clock.now();
        let next = now.0.max(revision + 1);
        let mut drafts = Vec::new();
        if words.synonyms != live.synonyms {
            drafts.push(("synonyms", serde_json::to_value(&words.synonyms)?));
        }
        if words.dictionary != live.dictionary {
            drafts.push(("dictionary", serde_json::to_value(&words.dictionary)?));
        }
        if words.stop_words != live.stop_words {
            drafts.push(("stop_words", serde_json::to_value(&words.stop_words)?));
        }
        let side = |words: &Words| {
            serde_json::json!({ "synonyms": words.synonyms, "dictionary": words.dictionary,
                "stop_words": words.stop_words })
        };
        let deed = Deed::new(by, "words_saved", "words", now).from_to(Some(side(&working.words)), Some(side(&words)));
        if !word_draft::replace(&self.db, &drafts, revision, next, &deed).await? {
            return Err(Refused::Stale);
        }
        self.words().await
    }

    /// Forgets the drafts of words.
    ///
    /// # Errors
    /// [`Refused::NotFound`] where there are none.
    pub async fn discard_words(&self, by: &str) -> Result<(), Refused> {
        let working = self.words().await?;
        if working.revision == 0 {
            return Err(Refused::NotFound("词库草稿".to_owned()));
        }
        let deed = Deed::new(by, "words_discarded", "words", self.clock.now())
            .from_to(Some(serde_json::json!({ "changed": working.changed })), None);
        let done = word_draft::replace(&self.db, &[], working.revision, 0, &deed).await?;
        if done { Ok(()) } else { Err(Refused::Stale) }
    }

    /// What other words would do to what is live.
    ///
    /// # Errors
    /// [`Refused`] where something fails inside.
    pub async fn preview_words(&self, change: WordChange) -> Result<WordPreview, Refused> {
        let (live, working) = self.working_words().await?;
        let words = working.words.with(change);
        let problems = words.problems();
        if !problems.is_empty() {
            return Ok(WordPreview { problems, ..WordPreview::default() });
        }
        self.follow_turns(super::facts::IN_PASSING).await?;
        let since = Timestamp(self.clock.now().0 - ASKED_WITHIN);
        let asked = turn_fact::questions(&self.db, since, ASKED).await?;
        let assistant = self.publisher.published().assistant();
        let preview = apart(move || {
            let different = live.different(&words);
            let same = words.dictionary == live.dictionary;
            let language = if same { assistant.models.language.clone() } else { Language::new(&words.dictionary) };
            let after = Analyser::new(language, &words.synonyms).without(&words.stop_words);
            compare(&assistant.knowledge.content, assistant.knowledge.faq.analyser(), &after, &different, &asked)
        });
        Ok(preview.await?)
    }
}

/// Only a text that has one of the words in it can be read differently.
fn compare(
    content: &Knowledge,
    before: &Analyser,
    after: &Analyser,
    different: &HashSet<String>,
    asked: &[(String, i64)],
) -> WordPreview {
    let mut preview = WordPreview::default();
    let touches = |normal: &str| different.iter().any(|word| normal.contains(word.as_str()));
    let cut = |analyser: &Analyser, normal: &str| -> Vec<String> {
        let ranges = analyser.language().segmenter().words(normal);
        ranges.into_iter().map(|range| normal[range].to_owned()).filter(|word| !word.trim().is_empty()).collect()
    };
    let mut affected: HashMap<&str, usize> = HashMap::new();
    for entry in &content.faq {
        for phrasing in entry.phrasings() {
            let normal = normalize(phrasing);
            if !touches(&normal) {
                continue;
            }
            let (was, becomes) = (cut(before, &normal), cut(after, &normal));
            if was != becomes {
                preview.segmentations_total += 1;
                if preview.segmentations.len() < SHOWN {
                    let (text, entry) = (phrasing.to_owned(), entry.id.clone());
                    preview.segmentations.push(Segmentation { text, entry, before: was, after: becomes });
                }
            }
            if before.read(phrasing).words != after.read(phrasing).words {
                *affected.entry(&entry.id).or_default() += 1;
            }
        }
    }
    preview.entries_total = affected.len();
    let entries = content.faq.iter().filter_map(|entry| {
        let phrasings = *affected.get(entry.id.as_str())?;
        Some(AffectedEntry { id: entry.id.clone(), question: entry.question.clone(), phrasings })
    });
    preview.entries = entries.take(SHOWN).collect();
    let reads = |question: &str| before.read(question).words != after.read(question).words;
    let changed = asked.iter().filter(|(question, _)| touches(question) && reads(question));
    preview.questions_asked = changed.map(|(_, count)| count).sum();
    preview
}
