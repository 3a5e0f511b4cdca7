//! What the assistant remembers of a conversation between two messages.

use crate::classify::mood::Trajectory;
use crate::dialogue::policy::Act;
use crate::dialogue::understand::Heard;
use crate::model::catalogue::Sku;
use crate::recommend::in_conversation::Suggestions;
use crate::recommend::wish::Wish;
use serde::{Deserialize, Serialize};

/// Products that are remembered as shown, at most.
const SHOWN: usize = 24;

/// The memory of one conversation. Fields that an older program did not know are filled with their defaults.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// Messages of the shopper so far.
    pub turns: u32,
    /// The shopper's mood over the messages.
    pub mood: Trajectory,
    /// What the shopper wants to buy, gathered over several messages.
    pub wish: Wish,
    /// Products shown of late, the newest last.
    pub shown: Vec<Sku>,
    /// How many of them the last list had.
    pub shown_last: usize,
    /// The turn in which products were last shown.
    pub suggested_at: Option<u32>,
    /// Messages in a row that could not be answered.
    pub failures: u32,
    /// The FAQ entry that was answered last; none once something else was talked about.
    pub answered: Option<String>,
    /// The turn of that answer.
    pub answered_at: Option<u32>,
    /// The product that was shown or described last.
    pub product: Option<Sku>,
    /// Whether a complaint was heard and nobody has taken care of it yet.
    pub open_complaint: bool,
    /// Whether it was asked already for whom a gift is, or what it may cost.
    pub gift_asked: bool,
}

impl State {
    /// The state after hearing a message, before it is decided how to answer; `wish` is what is wanted now, where the
    /// message says something of it.
    #[must_use]
    pub fn hear(&self, heard: &Heard, wish: Option<Wish>) -> Self {
        let mut state = self.clone();
        state.turns += 1;
        state.mood = self.mood.after(&heard.mood);
        state.open_complaint |= heard.is_complaint();
        if let Some(wish) = wish {
            state.gift_asked &= wish.is_gift();
            state.wish = wish;
        }
        state
    }

    /// The state after acting.
    #[must_use]
    pub fn after(mut self, act: &Act) -> Self {
        self.failures = if matches!(act, Act::Unsure { .. } | Act::AskForMore) { self.failures + 1 } else { 0 };
        if act.changes_the_subject() {
            (self.answered, self.answered_at) = (None, None);
        }
        match act {
            Act::AskForGift => self.gift_asked = true,
            Act::Suggest { suggestions, asks_budget, .. } => {
                self.gift_asked |= asks_budget;
                self.show(suggestions);
            }
            Act::Variant { suggestions, .. } if !suggestions.products.is_empty() => self.show(suggestions),
            Act::Answer { entry, .. } => {
                (self.answered, self.answered_at) = (Some(entry.clone()), Some(self.turns));
            }
            Act::Describe { sku, .. } | Act::Variant { sku, .. } => {
                (self.product, self.suggested_at) = (Some(sku.clone()), Some(self.turns));
            }
            Act::AnswerSeveral { answers, .. } => {
                (self.answered, self.answered_at) = (answers.last().map(|last| last.entry.clone()), Some(self.turns));
            }
            _ => {}
        }
        self
    }

    fn show(&mut self, suggestions: &Suggestions) {
        self.suggested_at = Some(self.turns);
        self.product = suggestions.products.first().map(|product| product.sku.clone());
        self.shown_last = suggestions.products.len();
        self.shown.extend(suggestions.products.iter().map(|product| product.sku.clone()));
        let surplus = self.shown.len().saturating_sub(SHOWN);
        self.shown.drain(..surplus);
    }

    /// The products of the last list, in its order.
    pub fn last_list(&self) -> &[Sku] {
        &self.shown[self.shown.len().saturating_sub(self.shown_last)..]
    }

    /// Turns since products were last shown.
    pub fn turns_since_suggestion(&self) -> Option<u32> {
        self.suggested_at.map(|turn| self.turns.saturating_sub(turn))
    }
}
