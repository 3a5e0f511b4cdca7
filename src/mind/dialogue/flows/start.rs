//! Which flow a message begins.
//!
//! A wish to have something done is told from a question about the rules by plain means that a shop can read and change:
//! the flow's own phrases, unless a word of a question about rules is there too; or an order's number together with an
//! intent of the flow.

use super::value::{Ear, value};
use super::words;
use super::{Hint, Moved, Task, proceed};
use crate::model::flow::{Flow, SlotKind};

/// Probability from which an intent counts beside an order's number.
const MEANT: f64 = 0.25;

/// The flow that a message begins where none is under way.
pub fn begun<'a>(flows: &'a [Flow], ear: &Ear<'_>) -> Option<&'a Flow> {
    by_phrase(flows, ear).or_else(|| by_number(flows, ear))
}

/// The flow whose phrase a message holds; the longest phrase wins: 查退款 over 查一下.
pub fn by_phrase<'a>(flows: &'a [Flow], ear: &Ear<'_>) -> Option<&'a Flow> {
    let compact: String = ear.heard.text.normal.split_whitespace().collect();
    let contains = |words: &[String]| words.iter().any(|word| compact.contains(word.as_str()));
    let matching = flows.iter().filter_map(|flow| {
        let phrases = flow.phrases.iter().filter(|phrase| compact.contains(phrase.as_str()));
        phrases.map(|phrase| phrase.chars().count()).max().map(|length| (length, flow))
    });
    let begun = matching.filter(|(_, flow)| !contains(&flow.unless));
    begun.max_by_key(|(length, _)| *length).map(|(_, flow)| flow)
}

/// By an order's number, with an intent of a flow; with nothing else said, the flow for numbers alone.
fn by_number<'a>(flows: &'a [Flow], ear: &Ear<'_>) -> Option<&'a Flow> {
    let number = ear.heard.entities.orders.first()?;
    let meant = ear.heard.intents.iter().filter(|intent| intent.probability >= MEANT);
    let by_intent = meant.filter_map(|intent| flows.iter().find(|flow| flow.intents.contains(&intent.name))).next();
    let alone = ear.heard.text.normal.chars().filter(|c| c.is_alphanumeric()).count() <= number.chars().count() + 4;
    by_intent.filter(|_| !alone).or_else(|| flows.iter().find(|flow| flow.order_number))
}

/// A flow begins, with everything that its first message says already.
pub fn begin(flow: &Flow, ear: &Ear<'_>) -> Moved {
    let mut task =
        Task { flow: flow.name.clone(), hint: hint(ear), with_care: ear.heard.is_upset(), ..Task::default() };
    for slot in &flow.slots {
        let found = value(slot, ear, false).or_else(|| known_order(ear).filter(|_| slot.kind == SlotKind::Order));
        if let Some(value) = found {
            task.slots.insert(slot.name.clone(), value);
        }
    }
    proceed::proceed(flow, task)
}

/// The order that nobody needs to name: the one on the screen, or the one that is pointed at.
fn known_order(ear: &Ear<'_>) -> Option<String> {
    let pointed = ear.last_order.filter(|_| words::points_at_order(&ear.heard.text.normal));
    ear.page_order.or(pointed).map(str::to_owned)
}

/// What a message says about the order that is meant.
pub fn hint(ear: &Ear<'_>) -> Hint {
    let entities = &ear.heard.entities;
    Hint {
        day: entities.days.iter().find_map(|day| day.resolve(ear.today)),
        amount: entities.amounts.first().copied(),
        text: ear.heard.text.normal.clone(),
    }
}
