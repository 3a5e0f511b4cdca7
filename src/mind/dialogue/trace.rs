//! Why the assistant said what it said, in words and numbers.

use crate::classify::explanation::{Explanation, feature_in_words};
use crate::classify::intent::Verdict;
use crate::classify::mood::{MoodReading, Trend};
use crate::dialogue::context::Carried;
use crate::dialogue::memo::Understood;
use crate::dialogue::noted::Noted;
use crate::dialogue::policy::{Act, Thresholds};
use crate::dialogue::state::State;
use crate::dialogue::understand::{Heard, HeardIntent};
use crate::dialogue::{Assistant, Found};
use crate::recommend::wish::Wish;
use crate::search::faq::{FaqIndex, FaqResult, ViewMatch};
use crate::text::entity::Entities;
use crate::text::mask::{mask, without_digits};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use std::sync::Arc;

/// Intents and entries that a trace keeps.
const KEPT: usize = 3;

/// Reasons that a trace keeps of a score.
const REASONS: usize = 5;

/// Features of the FAQ ranker that a trace keeps of an entry; the others are summed up.
const FEATURES: usize = 8;

/// The record of one decision. Personal numbers in it are masked: a trace is read by more people than the
/// conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// What was understood of the message.
    #[serde(flatten)]
    pub reading: Arc<Noted<TracedReading>>,
    /// What the FAQ said to it.
    #[serde(flatten)]
    pub search: Arc<Noted<TracedSearch>>,
    /// What was made of both.
    #[serde(flatten)]
    pub decision: TracedDecision,
}

/// What was understood of a message, whoever said it and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TracedReading {
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
    /// Whether the intent is sure, one of two, or none of the shop's.
    #[serde(default)]
    pub verdict: Verdict,
    /// The first intent's score taken apart.
    #[serde(default)]
    pub intent_because: Option<Explanation>,
    /// The level's score taken apart.
    #[serde(default)]
    pub mood_because: Option<Explanation>,
}

/// What the FAQ said to a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TracedSearch {
    /// The FAQ entries that came into question.
    pub entries: Vec<TracedEntry>,
    /// The words by which the first of them was found, view by view.
    #[serde(default)]
    pub matched: Vec<ViewMatch>,
}

/// What was made of a message in its conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TracedDecision {
    /// What was carried over from an earlier message.
    #[serde(default)]
    pub context: Option<Carried>,
    /// Calibrated probability that the first entry answers.
    pub confidence: f64,
    /// Probability that any entry answers.
    #[serde(default)]
    pub answerable: f64,
    /// Where the mood of the conversation is going.
    #[serde(default)]
    pub trend: Trend,
    /// The parts of the message, where it asks several things.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<TracedPart>,
    /// What the shop's system answered, where the turn follows from that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Whether the open question of a task was said again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reminded: bool,
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
    /// What moved it: feature and contribution to the log-odds, the strongest first, then all others together. With the
    /// bias they sum to the log-odds of the probability.
    pub because: Vec<(String, f64)>,
}

/// A part of a message that asks several things.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TracedPart {
    /// What was typed.
    pub said: String,
    /// The first entry.
    pub entry: Option<String>,
    /// Calibrated probability that it answers the part.
    pub confidence: f64,
}

impl Trace {
    /// The record as JSON, ready to be stored.
    ///
    /// # Errors
    /// serde's, which no trace causes.
    pub fn to_json(&self) -> serde_json::Result<Box<RawValue>> {
        to_raw_value(self)
    }

    /// Records one decision.
    pub fn of(assistant: &Assistant, state: &State, understood: &Understood, found: &Found, act: &Act) -> Self {
        let reading = understood.traced(|heard| TracedReading::of(assistant, heard));
        let search = found.faq.traced(|result| TracedSearch::of(&assistant.knowledge.faq, result));
        let decision = TracedDecision {
            context: found.carried.clone().map(Carried::masked),
            confidence: found.faq.confidence,
            answerable: found.faq.answerable,
            trend: state.mood.trend(),
            parts: (found.parts.iter())
                .map(|part| TracedPart {
                    said: mask(&part.said).into_owned(),
                    entry: part.faq.ranked.first().map(|entry| entry.id.clone()),
                    confidence: part.faq.confidence,
                })
                .collect(),
            outcome: None,
            reminded: false,
            thresholds: assistant.thresholds,
            act: act.clone(),
        };
        Self { reading: Arc::clone(reading), search: Arc::clone(search), decision }
    }
}

impl TracedReading {
    fn of(assistant: &Assistant, heard: &Heard) -> Self {
        let models = &assistant.models;
        let mut entities = heard.entities.clone();
        for phone in &mut entities.phones {
            *phone = mask(phone).into_owned();
        }
        entities.emails.iter_mut().for_each(|email| *email = "***".to_owned());
        let normal = mask(&heard.text.normal);
        // Its pieces are too short to show a personal number: where the whole has one, no digit of them is kept.
        let kept = |piece: &str| if normal == heard.text.normal { piece.to_owned() } else { without_digits(piece) };
        let because = |mut explanation: Explanation| {
            explanation.strongest.iter_mut().for_each(|one| one.feature = kept(&one.feature));
            explanation
        };
        Self {
            knowledge_version: assistant.version,
            analyser: assistant.knowledge.faq.analyser().version().to_owned(),
            words: heard.text.words().map(kept).collect(),
            intents: heard.intents.iter().take(KEPT).cloned().collect(),
            mood: heard.mood.clone(),
            wish: heard.wish.clone(),
            entities,
            verdict: heard.verdict(),
            intent_because: (heard.intents.first())
                .map(|intent| because(intent_because(assistant, heard, &intent.name))),
            mood_because: Some(because(models.mood.explain(&heard.text, heard.mood.mood, REASONS))),
            normal: normal.into_owned(),
        }
    }
}

impl TracedSearch {
    fn of(faq: &FaqIndex, result: &FaqResult) -> Self {
        let entries = (result.ranked.iter().take(KEPT))
            .map(|entry| TracedEntry {
                id: entry.id.clone(),
                probability: entry.probability,
                bias: faq.ranker().bias(),
                because: strongest(faq.explain(entry)),
            })
            .collect();
        let matched = result.ranked.first().and_then(|first| faq.matches(result, first.entry).ok());
        Self { entries, matched: matched.unwrap_or_default() }
    }
}

/// The strongest contributions to six decimals and the sum of the others, which takes up what rounding left.
fn strongest(mut contributions: Vec<(&'static str, f64)>) -> Vec<(String, f64)> {
    let whole: f64 = contributions.iter().map(|(_, part)| part).sum();
    contributions.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let others = contributions.len().saturating_sub(FEATURES);
    let mut because: Vec<(String, f64)> = (contributions.into_iter().take(FEATURES))
        .map(|(feature, part)| (feature.to_owned(), (part * 1e6).round() / 1e6))
        .collect();
    if others > 0 {
        let kept: f64 = because.iter().map(|(_, part)| part).sum();
        because.push((format!("其余 {others} 项"), whole - kept));
    }
    because
}

fn intent_because(assistant: &Assistant, heard: &Heard, intent: &str) -> Explanation {
    let mut because = assistant.models.intents.explain(&heard.text, intent, REASONS);
    for one in &mut because.strongest {
        one.feature = feature_in_words(&one.feature);
    }
    because
}
