//! Why the assistant said what it said, in words and numbers.

use crate::classify::mood::MoodReading;
use crate::dialogue::Assistant;
use crate::dialogue::policy::{Act, Thresholds};
use crate::dialogue::understand::{Heard, HeardIntent};
use crate::recommend::wish::Wish;
use crate::search::faq::{FaqResult, RankedEntry};
use crate::text::entity::Entities;
use crate::text::mask::mask;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::sync::Arc;

/// Intents and entries that a trace keeps.
const KEPT: usize = 3;

/// Contributions that are named, at most; the others are kept as one sum, so that the whole still adds up.
const NAMED: usize = 6;

/// What the sum of the other contributions is called.
const OTHERS: &str = "everything else";

/// Contributions are kept to so many parts of one: more digits explain nothing.
const PARTS: f64 = 10_000.0;

/// What a decision was based on. All of it follows from the message and the assistant, so that it is written once for
/// a message that many send. Personal numbers are masked: a trace is read by more people than the conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grounds {
    /// Version of the knowledge that answered.
    pub knowledge_version: i64,
    /// The message after normalisation.
    pub normal: String,
    /// Its words.
    pub words: Vec<String>,
    /// The most probable intents.
    pub intents: Vec<HeardIntent>,
    /// The mood of the message.
    pub mood: MoodReading,
    /// What the words say about goods.
    pub wish: Wish,
    /// Order numbers, amounts, sizes; telephone numbers are masked.
    pub entities: Entities,
    /// The FAQ entries that came into question.
    pub entries: Vec<TracedEntry>,
    /// Calibrated probability that the first entry answers.
    pub confidence: f64,
    /// The lines in force.
    pub thresholds: Thresholds,
}

/// One FAQ entry of a trace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TracedEntry {
    /// Its id.
    pub id: String,
    /// The ranker's probability for this entry alone.
    pub probability: f64,
    /// What moved it: feature and contribution to the log-odds, the strongest first.
    pub because: Vec<(String, f64)>,
}

/// The record of one decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// [`Grounds`] as the members of a JSON object, without its closing brace.
    grounds: Arc<str>,
    /// What was decided.
    pub act: Act,
}

impl Trace {
    /// Records a decision.
    pub fn new(grounds: &Arc<str>, act: &Act) -> Self {
        Self { grounds: Arc::clone(grounds), act: act.clone() }
    }

    /// The grounds and the act as one JSON object.
    ///
    /// # Errors
    /// serde's, which no act causes.
    pub fn to_json(&self) -> serde_json::Result<Box<RawValue>> {
        let act = serde_json::to_string(&self.act)?;
        RawValue::from_string(format!("{},\"act\":{act}}}", self.grounds))
    }
}

impl Grounds {
    /// Writes down what was heard and found.
    pub fn of(assistant: &Assistant, heard: &Heard, faq: &FaqResult) -> Self {
        let mut entities = heard.entities.clone();
        for phone in &mut entities.phones {
            *phone = mask(phone).into_owned();
        }
        Self {
            knowledge_version: assistant.version,
            normal: mask(&heard.text.normal).into_owned(),
            words: heard.text.words().map(|word| mask(word).into_owned()).collect(),
            intents: heard.intents.iter().take(KEPT).cloned().collect(),
            mood: heard.mood.clone(),
            wish: heard.wish.clone(),
            entities,
            entries: faq.ranked.iter().take(KEPT).map(|entry| traced(assistant, entry)).collect(),
            confidence: faq.confidence,
            thresholds: assistant.thresholds,
        }
    }

    /// As the members of a JSON object, for [`Trace::new`].
    ///
    /// # Errors
    /// serde's, which no grounds cause.
    pub fn written(&self) -> serde_json::Result<Arc<str>> {
        let json = serde_json::to_string(self)?;
        Ok(json.strip_suffix('}').unwrap_or(&json).into())
    }
}

fn traced(assistant: &Assistant, entry: &RankedEntry) -> TracedEntry {
    let mut all = assistant.knowledge.faq.explain(entry);
    all.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let others = all.split_off(all.len().min(NAMED));
    if !others.is_empty() {
        all.push((OTHERS, others.iter().map(|(_, contribution)| contribution).sum()));
    }
    let rounded = |value: f64| (value * PARTS).round() / PARTS;
    let because = all.into_iter().map(|(feature, value)| (feature.to_owned(), rounded(value))).collect();
    TracedEntry { id: entry.id.clone(), probability: rounded(entry.probability), because }
}
