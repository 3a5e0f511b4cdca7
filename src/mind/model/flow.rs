//! A task in conversation as the shop has written it down: what begins it, what has to be known, what is done with it,
//! and how each outcome is worded. It is executed by [`crate::dialogue::flows`].

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One task: 改收货地址.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Flow {
    /// Stable name, the name of its file: `change_address`.
    pub name: String,
    /// What it does, as shoppers read it.
    pub title: String,
    /// Intents that begin it where an order is named.
    pub intents: Vec<String>,
    /// Phrases that begin it, normalised and without spaces.
    pub phrases: Vec<String>,
    /// Words with which the phrases ask about rules instead, in the same form: then the FAQ answers.
    pub unless: Vec<String>,
    /// Whether an order number alone begins it.
    pub order_number: bool,
    /// What a shopper can tap to begin it.
    pub offer: String,
    /// What has to be known, in the order in which it is asked for.
    pub slots: Vec<Slot>,
    /// What has to hold of the order.
    pub checks: Vec<Check>,
    /// What the shopper agrees to before the action; none where nothing is changed.
    pub confirm: Option<String>,
    /// What is asked of the shop's system in the end; none where the order itself is the answer.
    pub action: Option<String>,
    /// The fact of the order by which the outcome `done` has variants: `done.shipped`.
    pub by: Option<String>,
    /// Names of the values that the action gives back, for the wording.
    pub results: Vec<String>,
    /// Wording by outcome: `done`, `refused.already_shipped`, `not_found`.
    pub outcomes: BTreeMap<String, String>,
}

/// Something that has to be known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Slot {
    /// Its name in wordings and arguments: `address`.
    pub name: String,
    /// What it is called: 收货地址.
    pub title: String,
    /// Which form it has.
    pub kind: SlotKind,
    /// How it is asked for.
    pub ask: String,
    /// What is said to an answer that does not have the form.
    pub invalid: String,
    /// Whether it is only taken where it is said, and never asked for.
    pub optional: bool,
    /// Where the value comes from unless the shopper says another: `{profile_email}`.
    pub default: Option<String>,
    /// Another slot and the value that it must have for this one to matter.
    pub when: Option<(String, String)>,
    /// What can be chosen, for [`SlotKind::Choice`].
    pub options: Vec<Choice>,
}

/// One of several values.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Choice {
    /// The value, as shown on the button.
    pub value: String,
    /// Other words for it.
    pub words: Vec<String>,
}

/// The form of a slot's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotKind {
    /// One of the customer's orders.
    Order,
    /// A mobile number.
    Phone,
    /// An e-mail address.
    Email,
    /// A postal address.
    Address,
    /// A day, also in words: 上周三.
    Date,
    /// An amount in yuan.
    Amount,
    /// A size.
    Size,
    /// A colour.
    Color,
    /// One of the options.
    Choice,
    /// Any words.
    #[default]
    Text,
}

/// Something that has to hold of the order for the task to go on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Check {
    /// Which fact: `status`.
    pub fact: String,
    /// The values that are right.
    pub is: Vec<String>,
    /// What is said otherwise.
    pub otherwise: String,
}

impl Flow {
    /// The slot of this name.
    pub fn slot(&self, name: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.name == name)
    }

    /// The slot that names the order.
    pub fn order_slot(&self) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.kind == SlotKind::Order)
    }
}
