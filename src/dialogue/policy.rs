//! What to do about a message. Pure: the same inputs give the same act.
//!
//! # The order of precedence
//! 1. A person is in charge: stay silent.
//! 2. The shopper wants a person: hand over, whatever else was heard.
//! 3. Words of serious risk: hand over.
//! 4. Anger: care first, with the answer where one is known, never products; anger that stays is handed over.
//! 5. A sure answer from the FAQ, or products where products were asked for.
//! 6. Greetings and small talk, only where no business was heard.
//! 7. Two likely answers: ask which. Almost nothing said: ask for more.
//! 8. Otherwise: admit it, offer the nearest questions, keep the question; after several in a row offer a person.

use crate::classify::mood::Mood;
use crate::dialogue::Found;
use crate::dialogue::state::State;
use crate::dialogue::understand::Heard;
use crate::marketing::contact::{self, Moment, Refusal};
use crate::model::catalogue::Sku;
use crate::model::chat::{HandoverReason, Status};
use crate::model::knowledge::{Lane, SuggestionLimits};
use crate::recommend::in_conversation::Suggestions;
use serde::{Deserialize, Serialize};

/// Lines between answering, asking and admitting, as probabilities that the first entry answers the question.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// From here on the entry is the answer.
    pub answer: f64,
    /// From here on, below `answer`, the best entries are offered as a question back.
    pub clarify: f64,
    /// Probability from which a greeting or small talk is one.
    pub chitchat: f64,
    /// Unanswered messages in a row after which a person is called.
    pub failures: u32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { answer: 0.5, clarify: 0.3, chitchat: 0.55, failures: 3 }
    }
}

/// The situation around a message: what neither its words nor the dialogue's memory know.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// Who answers at the moment.
    pub status: Status,
    /// How much may be suggested.
    pub limits: &'a SuggestionLimits,
    /// The lines in force.
    pub thresholds: &'a Thresholds,
}

/// What the assistant does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// Says nothing: a person is in charge.
    Silent,
    /// Answers from the FAQ, with care first where the shopper is upset.
    Answer {
        /// The entry.
        entry: String,
        /// Calibrated probability that it answers the question.
        confidence: f64,
        /// Whether words of care come first and a person is offered.
        with_care: bool,
    },
    /// Asks which of these is meant.
    Clarify {
        /// The entries, best first.
        entries: Vec<String>,
    },
    /// Asks for more words.
    AskForMore,
    /// Shows products.
    Suggest {
        /// Which, and what had to be let go.
        suggestions: Suggestions,
    },
    /// Sets two products side by side.
    Compare {
        /// The first.
        first: Sku,
        /// The other.
        second: Sku,
    },
    /// Asks what the product should be like: nothing was said yet that could choose one.
    AskForWish,
    /// Calls a person.
    HandOver {
        /// Why.
        reason: HandoverReason,
        /// Whether a call was open already.
        again: bool,
    },
    /// Shows care to an upset shopper where no answer is known, and offers a person.
    Comfort,
    /// Greets, thanks, chats, or says what is out of scope.
    SmallTalk {
        /// Key of the wording.
        wording: String,
    },
    /// Says that it does not know, and keeps the question.
    Unsure {
        /// The nearest entries, to offer.
        nearest: Vec<String>,
    },
}

/// Entries that are offered as buttons, at most.
const OFFERED: usize = 3;

/// Decides.
pub fn decide(state: &State, heard: &Heard, found: &Found, about: &Situation<'_>) -> Act {
    if about.status == Status::Agent {
        return Act::Silent;
    }
    if let Some(reason) = needs_person(state, heard) {
        return Act::HandOver { reason, again: about.status == Status::Waiting };
    }
    if heard.is_upset() {
        return care(found, about.thresholds);
    }
    if heard.text.is_wordless() {
        let wording = if heard.text.normal.is_empty() { "empty_message" } else { "only_symbols" };
        return Act::SmallTalk { wording: wording.to_owned() };
    }
    business(state, heard, found, about)
        .or_else(|| small_talk(heard, found, about.thresholds))
        .unwrap_or_else(|| uncertain(state, heard, found, about))
}

/// Whether a person must be called, and why.
fn needs_person(state: &State, heard: &Heard) -> Option<HandoverReason> {
    let asked = heard.calls_for_person || heard.intent().is_some_and(|intent| intent.lane == Lane::Human);
    if asked {
        Some(HandoverReason::Requested)
    } else if !heard.mood.risk.is_empty() {
        Some(HandoverReason::Risk)
    } else if heard.is_upset() && state.mood.stays_upset() {
        Some(HandoverReason::Mood)
    } else {
        None
    }
}

/// Care first; the answer only where it is sure.
fn care(found: &Found, thresholds: &Thresholds) -> Act {
    match found.faq.ranked.first() {
        Some(first) if found.faq.confidence >= thresholds.answer => {
            Act::Answer { entry: first.id.clone(), confidence: found.faq.confidence, with_care: true }
        }
        _ => Act::Comfort,
    }
}

/// An answer or products, where one of them is what was asked for.
fn business(state: &State, heard: &Heard, found: &Found, about: &Situation<'_>) -> Option<Act> {
    let compared = found.compared.clone().filter(|_| may_show(state, heard, about).is_ok());
    if let Some((first, second)) = compared {
        return Some(Act::Compare { first, second });
    }
    let products = suggestion(state, heard, found, about).ok().flatten();
    let sure = found.faq.ranked.first().filter(|_| found.faq.confidence >= about.thresholds.answer);
    let answer =
        sure.map(|first| Act::Answer { entry: first.id.clone(), confidence: found.faq.confidence, with_care: false });
    let product_lane = heard.lane(Lane::Product);
    if product_lane > found.faq.confidence || (heard.wants_products() && heard.wish.names_goods()) {
        products.or(answer)
    } else {
        answer.or(products)
    }
}

/// Products for the wish, if they were asked for and may be shown.
fn suggestion(state: &State, heard: &Heard, found: &Found, about: &Situation<'_>) -> Result<Option<Act>, Refusal> {
    if !heard.wants_products() {
        return Ok(None);
    }
    may_show(state, heard, about)?;
    if state.wish.is_empty() && found.products.products.is_empty() {
        return Ok(Some(Act::AskForWish));
    }
    Ok(Some(Act::Suggest { suggestions: found.products.clone() }))
}

/// Whether products that were asked for may be shown now.
fn may_show(state: &State, heard: &Heard, about: &Situation<'_>) -> Result<(), Refusal> {
    let moment = Moment {
        upset: heard.is_upset() || state.mood.level() <= Mood::Upset,
        open_complaint: state.open_complaint && about.status == Status::Waiting,
        asked: true,
        turns_since_last: state.turns_since_suggestion(),
    };
    contact::may_suggest(&moment, about.limits)
}

/// Chitchat never beats business: it is heard only where the FAQ is not nearly sure.
fn small_talk(heard: &Heard, found: &Found, thresholds: &Thresholds) -> Option<Act> {
    let intent = heard.intents.first()?;
    let chats = heard.lane(Lane::Chitchat) + heard.lane(Lane::Dialogue) >= thresholds.chitchat;
    if chats && matches!(intent.lane, Lane::Chitchat | Lane::Dialogue) && found.faq.confidence < thresholds.answer {
        return Some(Act::SmallTalk { wording: intent.name.clone() });
    }
    None
}

/// Neither sure answer nor small talk.
fn uncertain(state: &State, heard: &Heard, found: &Found, about: &Situation<'_>) -> Act {
    let nearest: Vec<String> = found.faq.ranked.iter().take(OFFERED).map(|entry| entry.id.clone()).collect();
    let out_of_scope = heard.lane(Lane::OutOfScope) >= about.thresholds.chitchat;
    if out_of_scope && found.faq.confidence < about.thresholds.clarify {
        return Act::SmallTalk { wording: "out_of_scope".to_owned() };
    }
    if found.faq.confidence >= about.thresholds.clarify && nearest.len() > 1 {
        return Act::Clarify { entries: nearest };
    }
    if heard.text.words().count() <= 2 && heard.entities.orders.is_empty() && state.failures == 0 {
        return Act::AskForMore;
    }
    if state.failures + 1 >= about.thresholds.failures {
        return Act::HandOver { reason: HandoverReason::Unanswered, again: about.status == Status::Waiting };
    }
    Act::Unsure { nearest }
}
