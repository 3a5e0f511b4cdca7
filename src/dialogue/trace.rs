//! Why the assistant said what it said, in words and numbers.

use crate::classify::mood::MoodReading;
use crate::dialogue::context::Carried;
use crate::dialogue::policy::{Act, Thresholds};
use crate::dialogue::understand::{Heard, HeardIntent};
use crate::dialogue::{Assistant, Found};
use crate::recommend::wish::Wish;
use crate::search::faq::ViewMatch;
use crate::text::entity::Entities;
use crate::text::mask::mask;
use serde::{Deserialize, Serialize};

/// Intents and entries that a trace keeps.
const KEPT: usize = 3;

/// The record of one decision. Personal numbers in it are masked: a trace is read by more people than the
/// conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// Version of the knowledge that answered.
    pub knowledge_version: i64,
    /// What index and query were read with; see [`crate::search::analyser::Analyser::version`].
    #[serde(default)]
    pub analyser: String,
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
    /// What was carried over from an earlier message.
    #[serde(default)]
    pub context: Option<Carried>,
    /// The FAQ entries that came into question.
    pub entries: Vec<TracedEntry>,
    /// The words by which the first of them was found, view by view.
    #[serde(default)]
    pub matched: Vec<ViewMatch>,
    /// Calibrated probability that the first entry answers.
    pub confidence: f64,
    /// The lines in force.
    pub thresholds: Thresholds,
    /// What was decided.
    pub act: Act,
}

/// One FAQ entry of a trace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TracedEntry {
    /// Its id.
    pub id: String,
    /// The ranker's probability for this entry alone.
    pub probability: f64,
    /// Log-odds before anything moved it.
    #[serde(default)]
    pub bias: f64,
    /// What moved it: feature and contribution to the log-odds, the strongest first. With the bias they sum to the
    /// log-odds of the probability.
    pub because: Vec<(String, f64)>,
}

impl Trace {
    /// Records one decision.
    pub fn of(assistant: &Assistant, heard: &Heard, found: &Found, act: &Act) -> Self {
        let entries = (found.faq.ranked.iter().take(KEPT))
            .map(|entry| {
                let mut because: Vec<(String, f64)> = (assistant.knowledge.faq.explain(entry).into_iter())
                    .map(|(feature, contribution)| (feature.to_owned(), contribution))
                    .collect();
                because.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
                TracedEntry {
                    id: entry.id.clone(),
                    probability: entry.probability,
                    bias: assistant.knowledge.faq.ranker().bias(),
                    because,
                }
            })
            .collect();
        let first = found.faq.ranked.first();
        let matched = first.and_then(|first| assistant.knowledge.faq.matches(&found.faq, first.entry).ok());
        let mut entities = heard.entities.clone();
        for phone in &mut entities.phones {
            *phone = mask(phone).into_owned();
        }
        Self {
            knowledge_version: assistant.version,
            analyser: assistant.knowledge.faq.analyser().version().to_owned(),
            normal: mask(&heard.text.normal).into_owned(),
            words: heard.text.words().map(|word| mask(word).into_owned()).collect(),
            intents: heard.intents.iter().take(KEPT).cloned().collect(),
            mood: heard.mood.clone(),
            wish: heard.wish.clone(),
            entities,
            context: found.carried.clone(),
            entries,
            matched: matched.unwrap_or_default(),
            confidence: found.faq.confidence,
            thresholds: assistant.thresholds,
            act: act.clone(),
        }
    }
}
