//! What the assistant may do about a message. An act is data: [`crate::dialogue::respond`] words it, the service floor
//! performs what it entails, and it is stored with the reply.

use crate::dialogue::flows::Step;
use crate::dialogue::privacy::Word;
use crate::dialogue::product_facts::Fact;
use crate::model::catalogue::Sku;
use crate::model::chat::HandoverReason;
use crate::recommend::in_conversation::Suggestions;
use serde::{Deserialize, Serialize};

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
    /// Answers several questions of one message.
    AnswerSeveral {
        /// The entries, in the order of the questions.
        answers: Vec<Answered>,
        /// Questions that stay open.
        open: Vec<Open>,
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
        /// Answers to what else was asked.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        also: Vec<Answered>,
        /// Whether it is asked what it may cost, too.
        #[serde(default)]
        asks_budget: bool,
    },
    /// Says whether the product on the screen comes in a colour or size, or what else does.
    Variant {
        /// The product.
        sku: Sku,
        /// What was asked for, in words.
        asked: String,
        /// What is said of the product.
        facts: Vec<Fact>,
        /// Whether the product has it.
        there: bool,
        /// Others that have it, where the product has not.
        suggestions: Suggestions,
    },
    /// Says what the catalogue knows of a product.
    Describe {
        /// Which.
        sku: Sku,
        /// What was asked; empty for everything.
        facts: Vec<Fact>,
    },
    /// Keeps the wish not to be recommended to by what one did, or withdraws it.
    SetRecommendations {
        /// Whether to recommend from now on.
        on: bool,
    },
    /// Keeps the wish for no more messages of campaigns, or withdraws it.
    SetMarketing {
        /// Whether they are wanted from now on.
        on: bool,
    },
    /// Says something about the shopper's own data, and keeps what they said about it.
    Privacy {
        /// What.
        word: Word,
    },
    /// Puts a wish for products off: there is too much to do for suggestions.
    PutOff,
    /// Sets products side by side.
    Compare {
        /// Two or three.
        skus: Vec<Sku>,
    },
    /// Asks what a product should be compared with.
    CompareWith {
        /// The product.
        sku: Sku,
        /// Others that it may be compared with.
        others: Vec<Sku>,
    },
    /// Asks for whom a gift is and what it may cost: nothing was said yet that could choose one.
    AskForGift,
    /// Asks what the product should be like: nothing was said yet that could choose one.
    AskForWish,
    /// Takes a step in a task.
    Task {
        /// Name of the flow.
        flow: String,
        /// Which step.
        step: Step,
        /// Whether words of care come first.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        with_care: bool,
    },
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

/// An entry that answers a part of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// The entry.
    pub entry: String,
    /// Calibrated probability that it answers the part.
    pub confidence: f64,
}

/// A part of a message of which no answer is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Open {
    /// What was typed.
    pub said: String,
    /// The nearest entries.
    pub nearest: Vec<String>,
}

impl Act {
    /// The name in the database, in traces and in figures.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Answer { .. } => "answer",
            Self::AnswerSeveral { .. } => "answer_several",
            Self::Clarify { .. } => "clarify",
            Self::AskForMore => "ask_for_more",
            Self::Suggest { .. } => "suggest",
            Self::Variant { .. } => "variant",
            Self::Describe { .. } => "describe",
            Self::SetRecommendations { .. } => "set_recommendations",
            Self::SetMarketing { .. } => "set_marketing",
            Self::Privacy { .. } => "privacy",
            Self::PutOff => "put_off",
            Self::Compare { .. } => "compare",
            Self::CompareWith { .. } => "compare_with",
            Self::AskForGift => "ask_for_gift",
            Self::AskForWish => "ask_for_wish",
            Self::Task { .. } => "task",
            Self::HandOver { .. } => "hand_over",
            Self::Comfort => "comfort",
            Self::SmallTalk { .. } => "small_talk",
            Self::Unsure { .. } => "unsure",
        }
    }

    /// Whether nothing was understood that could be answered.
    pub(super) fn is_helpless(&self) -> bool {
        match self {
            Self::AskForMore | Self::Unsure { .. } | Self::Clarify { .. } => true,
            Self::HandOver { reason, .. } => *reason == HandoverReason::Unanswered,
            Self::SmallTalk { wording } => ![THANKS, GREETING].contains(&wording.as_str()),
            _ => false,
        }
    }

    /// Whether it answers from the FAQ, calmly.
    pub fn answers(&self) -> bool {
        matches!(self, Self::Answer { with_care: false, .. } | Self::AnswerSeveral { with_care: false, .. })
    }

    /// Whether the open question of a task is said again after it.
    pub fn allows_reminder(&self) -> bool {
        matches!(
            self,
            Self::Answer { with_care: false, .. }
                | Self::AnswerSeveral { with_care: false, .. }
                | Self::Suggest { .. }
                | Self::Describe { .. }
                | Self::Compare { .. }
                | Self::CompareWith { .. }
                | Self::Variant { .. }
                | Self::SmallTalk { .. }
                | Self::SetRecommendations { .. }
                | Self::SetMarketing { .. }
                | Self::Privacy { word: Word::Notice | Word::Export | Word::KeepAll | Word::Agree }
        )
    }

    /// Whether what was answered before is no longer what the talk is about.
    pub fn changes_the_subject(&self) -> bool {
        match self {
            Self::Suggest { .. }
            | Self::Clarify { .. }
            | Self::Unsure { .. }
            | Self::HandOver { .. }
            | Self::Task { .. }
            | Self::Comfort => true,
            Self::SmallTalk { wording } => wording == OUT_OF_SCOPE,
            _ => false,
        }
    }
}

/// Wording for what no shop can do.
pub(super) const OUT_OF_SCOPE: &str = "out_of_scope";

/// Wordings for courtesy, which no task takes for an answer.
const THANKS: &str = "thanks";
const GREETING: &str = "greeting";
