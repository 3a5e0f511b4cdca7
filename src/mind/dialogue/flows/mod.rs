//! Tasks in conversation: a flow of the shop, executed step by step.
//!
//! # The machine
//! A [`Task`] is a flow under way. It moves on two occasions: when the shopper says something ([`hear::hear`]), and when
//! the shop's system has answered ([`learn::learn`]). Both are pure and give a [`Moved`]: the task after it and the
//! [`Step`] that the assistant takes. [`proceed::proceed`] alone decides what is missing next:
//!
//! ```text
//! order known? ── no ──> ask the shop's system ──> several: offer them
//!      │ yes
//! checks hold? ── no ──> say why, end
//!      │ yes
//! slots filled? ── no ──> ask for the first one that is missing
//!      │ yes
//! agreed to? ── no ──> ask
//!      │ yes
//! action ──> wording of its outcome, end
//! ```
//!
//! # Invariants
//! - Nothing is changed in the shop's system without the shopper's yes to a sentence that says all of it, where the
//!   flow has one.
//! - While a request is under way the task waits for it, and for nothing else: an answer to another request is not
//!   taken, a second one is not sent.
//! - A message that a task cannot take is answered as if there were none; then the open question is said again.

pub mod choose;
pub mod fill;
pub mod hear;
pub mod learn;
pub mod proceed;
pub mod say;
pub mod start;
pub mod value;
pub mod words;

use crate::model::catalogue::Money;
use crate::model::date::Date;
use crate::model::flow::{Flow, Slot, SlotKind};
use crate::model::order::{Facts, GET_ORDER, LIST_ORDERS, Request};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Messages that a task could not take, after which a person is called.
pub const PATIENCE: u32 = 3;

/// Interruptions after which an open question is no longer repeated.
pub const REMINDERS: u32 = 3;

/// A flow under way.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Task {
    /// Name of the flow.
    pub flow: String,
    /// What it waits for.
    pub stage: Stage,
    /// What is known, by the names of the slots.
    pub slots: BTreeMap<String, String>,
    /// Orders that the shopper may choose from.
    pub offered: Vec<Offered>,
    /// The order that is not meant, where the shopper wants another one.
    pub instead_of: Option<String>,
    /// What the shop's system said: of the order, of the customer.
    pub facts: Facts,
    /// The number of the request that is under way.
    pub waiting: Option<u32>,
    /// What the first message said about the order that is meant.
    pub hint: Hint,
    /// Messages in a row that did not give what was asked for.
    pub misses: u32,
    /// Other questions that were answered meanwhile.
    pub interruptions: u32,
    /// Whether the shopper was upset when the request was sent.
    pub with_care: bool,
}

/// What a task waits for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The orders, or one of them.
    #[default]
    Fetching,
    /// The value of a slot.
    Asking(String),
    /// The shopper's yes.
    Confirming,
    /// Which slot is wrong.
    Correcting,
    /// The action.
    Acting,
}

/// An order that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    /// Its number.
    pub number: String,
    /// What was bought, in words.
    pub items: String,
    /// How far it has come, in words.
    pub status: String,
    /// When it was placed.
    pub placed_on: Date,
    /// What it cost.
    pub total: Money,
}

/// What a message says about the order that is meant, besides its number.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Hint {
    /// When it was placed.
    pub day: Option<Date>,
    /// What it cost.
    pub amount: Option<Money>,
    /// What was said, normalised.
    pub text: String,
}

/// What the assistant does in a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Asks for the value of a slot.
    Ask {
        /// Which.
        slot: String,
        /// Why.
        because: Because,
    },
    /// Says everything that is about to be done, and asks for a yes.
    Confirm,
    /// Asks which slot is wrong.
    AskWhich,
    /// Asks the shop's system; the answer to the shopper follows with its outcome.
    Request {
        /// What.
        action: String,
    },
    /// Says what came of it; the task is over.
    Finish {
        /// Key of the wording.
        outcome: String,
    },
    /// Says why the order does not allow it; the task is over.
    Refuse {
        /// Place of the check in the flow.
        check: usize,
    },
    /// Gives the task up, as the shopper wished.
    GiveUp,
    /// Says that the request is still under way.
    Wait,
    /// A person has to go on.
    Person,
}

/// Why a slot is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// It is not known yet.
    Missing,
    /// What was said does not have its form.
    Invalid,
    /// The shop's system does not know it.
    NotFound,
    /// The shopper wants to change it.
    Corrected,
}

/// A task after a move.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// The task; what it ends with still belongs to it.
    pub task: Task,
    /// What the assistant does.
    pub step: Step,
}

impl Step {
    /// What is done, in Chinese; what the flow, where it is known, calls its slots.
    pub fn in_words(&self, flow: Option<&Flow>) -> String {
        match self {
            Self::Ask { slot, because } => {
                let because = match because {
                    Because::Missing => "还不知道",
                    Because::Invalid => "没听懂回答",
                    Because::NotFound => "店铺系统里没有",
                    Because::Corrected => "顾客要改",
                };
                let called = flow.and_then(|flow| flow.slot(slot)).map_or(slot.as_str(), |slot| slot.title.as_str());
                format!("问{called}，{because}")
            }
            Self::Confirm => "请顾客确认".to_owned(),
            Self::AskWhich => "问哪里不对".to_owned(),
            Self::Request { .. } => "请店铺系统办理".to_owned(),
            Self::Finish { outcome } => format!("告知结果：{}", outcome_in_words(outcome)),
            Self::Refuse { check } => format!("订单不符合第 {} 个条件", check + 1),
            Self::GiveUp => "顾客不办了".to_owned(),
            Self::Wait => "还在等店铺系统".to_owned(),
            Self::Person => "几次都没听懂，请人工".to_owned(),
        }
    }

    /// Whether the task is over with it.
    pub fn ends(&self) -> bool {
        matches!(self, Self::Finish { .. } | Self::Refuse { .. } | Self::GiveUp | Self::Person)
    }
}

/// What came of a task, in Chinese; what follows a dot is the shop's own word for it.
fn outcome_in_words(outcome: &str) -> &str {
    match outcome.split('.').next().unwrap_or(outcome) {
        "done" => "办好了",
        "none" => "没有查到",
        "no_orders" => "顾客没有订单",
        "none_fits" => "没有符合条件的订单",
        "refused" => "店铺规则不允许",
        "not_signed_in" => "顾客没有登录",
        "not_found" => "店铺系统里没有",
        "timed_out" => "店铺系统没有按时答复",
        "unavailable" => "店铺系统用不了",
        _ => outcome,
    }
}

impl Task {
    /// Everything that a wording may name.
    pub fn values(&self) -> Facts {
        let mut values = self.facts.clone();
        values.extend(self.slots.iter().filter(|(_, value)| !value.is_empty()).map(|(k, v)| (k.clone(), v.clone())));
        values
    }

    /// The request of a step, to be sent by whoever performs effects.
    pub fn request(&self, flow: &Flow, action: &str, number: u32) -> Request {
        let order = flow.order_slot().and_then(|slot| self.slots.get(&slot.name));
        let its_number = || order.map(|order| ("number".to_owned(), order.clone())).into_iter().collect();
        let arguments: Facts = match action {
            LIST_ORDERS => Facts::new(),
            GET_ORDER => its_number(),
            _ => {
                let mut arguments: Facts = its_number();
                let others = flow.slots.iter().filter(|slot| slot.kind != SlotKind::Order && self.matters(slot));
                arguments.extend(others.filter_map(|slot| {
                    let value = self.slots.get(&slot.name).filter(|value| !value.is_empty())?;
                    Some((slot.name.clone(), value.clone()))
                }));
                arguments
            }
        };
        Request { number, action: action.to_owned(), arguments }
    }

    /// Whether a slot matters, as far as it depends on another.
    pub fn matters(&self, slot: &Slot) -> bool {
        slot.when.as_ref().is_none_or(|(other, value)| self.slots.get(other) == Some(value))
    }

    /// Whether the task has asked the shopper something.
    pub fn asks(&self) -> bool {
        self.waiting.is_none() && !matches!(self.stage, Stage::Fetching | Stage::Acting)
    }

    /// Whether what the shopper agreed to is under way.
    pub fn is_on_its_way(&self) -> bool {
        self.waiting.is_some() && self.stage == Stage::Acting
    }
}
