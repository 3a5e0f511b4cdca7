//! From traces to facts: what the assistant did, in short, a little after it did it.

use super::{Keeper, Refused};
use crate::store::turn_fact::{self, TurnFact, Unread};
use serde::Deserialize;

/// Traces that are read at once.
const AT_ONCE: i64 = 500;

/// Traces that are read in passing: answering comes first.
pub(super) const IN_PASSING: usize = 2_000;

/// Traces that are read while somebody waits for figures.
pub(super) const ON_DEMAND: usize = 20_000;

/// Longest question that is kept, in characters.
const QUESTION: usize = 200;

/// What a fact needs of a trace.
#[derive(Deserialize)]
struct Brief {
    act: BriefAct,
    #[serde(default)]
    confidence: f64,
    #[serde(default)]
    intents: Vec<BriefIntent>,
    mood: BriefMood,
    #[serde(default)]
    normal: String,
}

#[derive(Deserialize)]
struct BriefAct {
    act: String,
    entry: Option<String>,
    #[serde(default)]
    answers: Vec<BriefAnswer>,
    #[serde(default)]
    also: Vec<BriefAnswer>,
}

#[derive(Deserialize)]
struct BriefAnswer {
    entry: String,
}

#[derive(Deserialize)]
struct BriefIntent {
    name: String,
}

#[derive(Deserialize)]
struct BriefMood {
    #[serde(default)]
    mood: String,
    #[serde(default)]
    value: f64,
}

impl Keeper {
    /// Reads traces that have come since, at most `most` and what is read with them; returns how many.
    ///
    /// # Errors
    /// [`Refused`] where the database fails.
    pub async fn follow_turns(&self, most: usize) -> Result<usize, Refused> {
        let mut read = 0;
        while read < most {
            let unread = turn_fact::unread(&self.db, AT_ONCE).await?;
            if unread.is_empty() {
                break;
            }
            read += unread.len();
            let facts: Vec<TurnFact> = unread.iter().map(fact).collect();
            turn_fact::add(&self.db, &facts).await?;
        }
        Ok(read)
    }
}

/// A trace that cannot be read becomes a fact without an act, so that it is not read again.
fn fact(unread: &Unread) -> TurnFact {
    let brief: Option<Brief> = serde_json::from_str(unread.trace.get())
        .inspect_err(|error| tracing::warn!(%error, message = %unread.message, "a trace cannot be read"))
        .ok();
    let mut fact = TurnFact {
        message: unread.message,
        conversation: unread.conversation,
        sequence: unread.sequence,
        at: unread.at,
        act: String::new(),
        entry: None,
        intent: None,
        mood: String::new(),
        mood_value: 0.0,
        confidence: 0.0,
        question: String::new(),
    };
    if let Some(brief) = brief {
        let several = brief.act.answers.into_iter().chain(brief.act.also).map(|answer| answer.entry).next();
        fact.act = brief.act.act;
        fact.entry = brief.act.entry.or(several);
        fact.intent = brief.intents.into_iter().next().map(|intent| intent.name);
        fact.mood = brief.mood.mood;
        fact.mood_value = brief.mood.value;
        fact.confidence = brief.confidence;
        fact.question = brief.normal.chars().take(QUESTION).collect();
    }
    fact
}
