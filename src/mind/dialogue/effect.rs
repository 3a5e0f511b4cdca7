//! What a turn entails, as data. The service floor performs it in the commit that keeps the reply.

use super::assistant::Assistant;
use super::flows::Step;
use super::policy::Act;
use super::privacy::Word;
use super::respond;
use super::state::State;
use super::understand::Heard;
use crate::model::chat::{Body, HandoverReason};
use crate::model::order::Request;
use crate::recommend::in_conversation::Suggestion;
use crate::text::mask::mask;

/// Something to do, as data.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Keep a question that could not be answered; personal numbers are masked.
    KeepUnknownQuestion {
        /// The question.
        question: String,
        /// Ids of the nearest entries.
        nearest: Vec<String>,
    },
    /// Call a person.
    CallPerson {
        /// Why.
        reason: HandoverReason,
    },
    /// Keep or withdraw the wish not to be recommended to by what one did.
    SetOptOut {
        /// Whether it may no longer be used.
        opted_out: bool,
    },
    /// Keep the wish for messages of campaigns, or for none any longer.
    SetMarketing {
        /// Whether they are wanted.
        wanted: bool,
    },
    /// Keep whether the shopper agrees to the notice about their data.
    SetConsent {
        /// Whether they do.
        agreed: bool,
    },
    /// Have everything about the shopper deleted, or no longer.
    AskErasure {
        /// Whether it is wanted.
        wanted: bool,
    },
    /// Ask the shop's system; its answer leads to the next turn.
    AskShop {
        /// What.
        request: Request,
    },
    /// Log which products were shown and why.
    LogSuggestions {
        /// The products.
        shown: Vec<Suggestion>,
    },
}

impl Assistant {
    /// What an act entails; `state` is the memory after it.
    pub(super) fn effects(&self, act: &Act, heard: &Heard, state: &State, reply: Option<&Body>) -> Vec<Effect> {
        let mut effects = of_act(act, heard);
        effects.extend(shown_with_an_answer(act, reply));
        effects.extend(self.request(act, state));
        effects
    }

    /// The request that a step sends.
    fn request(&self, act: &Act, state: &State) -> Option<Effect> {
        let Act::Task { flow, step: Step::Request { action }, .. } = act else { return None };
        let (flow, task) = (self.knowledge.flow(flow)?, state.task.as_ref()?);
        Some(Effect::AskShop { request: task.request(flow, action, task.waiting?) })
    }
}

fn of_act(act: &Act, heard: &Heard) -> Vec<Effect> {
    let question = || mask(&heard.text.raw).into_owned();
    match act {
        Act::Unsure { nearest } => {
            vec![Effect::KeepUnknownQuestion { question: question(), nearest: nearest.clone() }]
        }
        Act::HandOver { reason, again: false } => {
            let call = Effect::CallPerson { reason: *reason };
            let unanswered = *reason == HandoverReason::Unanswered;
            let keep = Effect::KeepUnknownQuestion { question: question(), nearest: Vec::new() };
            if unanswered { vec![call, keep] } else { vec![call] }
        }
        Act::AnswerSeveral { open, .. } if !open.is_empty() => {
            // One row of a turn is kept: the first question that stays open.
            let (question, nearest) = (mask(&open[0].said).into_owned(), open[0].nearest.clone());
            vec![Effect::KeepUnknownQuestion { question, nearest }]
        }
        Act::Suggest { suggestions, .. } | Act::Variant { suggestions, .. } if !suggestions.products.is_empty() => {
            vec![Effect::LogSuggestions { shown: suggestions.products.clone() }]
        }
        Act::SetRecommendations { on } => vec![Effect::SetOptOut { opted_out: !on }],
        Act::SetMarketing { on } => vec![Effect::SetMarketing { wanted: *on }],
        Act::Privacy { word: Word::Agree } => vec![Effect::SetConsent { agreed: true }],
        Act::Privacy { word: Word::Refuse } => vec![Effect::SetConsent { agreed: false }],
        Act::Privacy { word: Word::Erase } => vec![Effect::AskErasure { wanted: true }],
        Act::Privacy { word: Word::KeepAll } => vec![Effect::AskErasure { wanted: false }],
        _ => Vec::new(),
    }
}

/// Products that belong to an answer are logged like all others that are shown.
fn shown_with_an_answer(act: &Act, reply: Option<&Body>) -> Option<Effect> {
    let body = reply.filter(|body| matches!(act, Act::Answer { .. }) && !body.products.is_empty())?;
    let shown = body.products.iter().map(|card| Suggestion {
        sku: card.sku.clone(),
        reason: card.reason.clone(),
        source: respond::OF_AN_ANSWER.to_owned(),
        score: 0.0,
    });
    Some(Effect::LogSuggestions { shown: shown.collect() })
}
