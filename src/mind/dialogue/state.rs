//! What the assistant remembers of a conversation between two messages.

use crate::classify::mood::Trajectory;
use crate::dialogue::flows::hear::Reaction;
use crate::dialogue::flows::{REMINDERS, Step, Task};
use crate::dialogue::policy::Act;
use crate::dialogue::privacy::{Privacy, Word};
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
    /// The task under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<Box<Task>>,
    /// Requests to the shop's system so far.
    #[serde(skip_serializing_if = "is_zero")]
    pub requests: u32,
    /// Number of the order that was talked about last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// What the shopper said about their own data.
    #[serde(skip_serializing_if = "Privacy::is_untouched")]
    pub privacy: Privacy,
    /// Whether it was asked already for whom a gift is, or what it may cost.
    pub gift_asked: bool,
}

/// Most conversations never ask the shop's system anything.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(requests: &u32) -> bool {
    *requests == 0
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

    /// The state with the task as it is after a step that the assistant takes.
    #[must_use]
    pub fn in_task(mut self, act: &Act, reaction: Option<&Reaction>) -> Self {
        let moved = reaction.map(Reaction::moved);
        if let (Act::Task { .. }, Some(moved)) = (act, moved) {
            self.task = Some(Box::new(moved.task.clone()));
        }
        self
    }

    /// The state after acting.
    #[must_use]
    pub fn after(mut self, act: &Act) -> Self {
        self.failures = if matches!(act, Act::Unsure { .. } | Act::AskForMore) { self.failures + 1 } else { 0 };
        self.privacy = self.privacy.after(act);
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
            // What is asked of the shop's system is told all the same.
            Act::Privacy { word: Word::Refuse | Word::Needed } => {
                self.task = self.task.take().filter(|task| task.waiting.is_some());
            }
            Act::Task { step, .. } => self.step_taken(step),
            // What is being looked up is told all the same, to whoever then waits for a person.
            Act::HandOver { .. } => self.task = self.task.take().filter(|task| task.waiting.is_some()),
            Act::AnswerSeveral { answers, .. } => {
                (self.answered, self.answered_at) = (answers.last().map(|last| last.entry.clone()), Some(self.turns));
            }
            _ => {}
        }
        self
    }

    /// What is left of a task after a step.
    fn step_taken(&mut self, step: &Step) {
        let Some(task) = &mut self.task else { return };
        if let Some(number) = task.facts.get("number") {
            self.order = Some(number.clone());
        }
        if step.ends() {
            self.task = None;
        } else if matches!(step, Step::Request { .. }) {
            self.requests += 1;
            task.waiting = Some(self.requests);
        }
    }

    /// The state after the open question of a task was said again: not for ever.
    #[must_use]
    pub fn reminded(mut self) -> Self {
        if let Some(task) = &mut self.task {
            task.interruptions += 1;
            if task.interruptions >= REMINDERS {
                self.task = None;
            }
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
