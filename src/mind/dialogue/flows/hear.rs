//! What a message means to the task under way, or which task it begins.

use super::value::{Ear, value};
use super::{Because, Hint, Moved, PATIENCE, Stage, Step, Task, choose, proceed, start, words};
use crate::model::flow::{Flow, Slot, SlotKind};
use crate::model::order::LIST_ORDERS;
use crate::text::normalize::normalize;

/// Whether a message belongs to a task.
#[derive(Debug, Clone, PartialEq)]
pub enum Reaction {
    /// It does.
    Taken(Moved),
    /// The task has no use for it; this is said only where nothing else answers it.
    Missed(Moved),
}

impl Reaction {
    /// The task after it.
    pub fn moved(&self) -> &Moved {
        match self {
            Self::Taken(moved) | Self::Missed(moved) => moved,
        }
    }
}

/// What a message means to the task, if there is one, or which one it begins.
pub fn hear(flows: &[Flow], task: Option<&Task>, ear: &Ear<'_>) -> Option<Reaction> {
    let under_way = task.and_then(|task| Some((task, flows.iter().find(|flow| flow.name == task.flow)?)));
    let Some((task, flow)) = under_way else {
        return start::begun(flows, ear).map(|flow| Reaction::Taken(start::begin(flow, ear)));
    };
    // A number alone belongs to the task.
    let begun = start::by_phrase(flows, ear);
    let normal = ear.heard.text.normal.as_str();
    if words::gives_up(normal) || (words::may_give_up(normal) && !names_an_option(flow, task, ear)) {
        return Some(Reaction::Taken(give_up(task)));
    }
    if task.waiting.is_some() {
        let wait = Moved { task: task.clone(), step: Step::Wait };
        return Some(if begun.is_some() { Reaction::Taken(wait) } else { Reaction::Missed(wait) });
    }
    if let Some(other) = begun.filter(|other| other.name != flow.name) {
        return Some(Reaction::Taken(start::begin(other, ear)));
    }
    let mut task = task.clone();
    task.with_care = ear.heard.is_upset();
    let moved = match &task.stage {
        Stage::Confirming => confirming(flow, &task, ear),
        Stage::Correcting => corrected(flow, &task, ear).or_else(|| named_slot(flow, &task, normal)),
        Stage::Asking(slot) => {
            let slot = flow.slot(slot)?;
            corrected(flow, &task, ear).or_else(|| answered(flow, slot, &task, ear))
        }
        Stage::Fetching | Stage::Acting => None,
    };
    Some(match moved {
        Some(mut moved) => {
            moved.task.interruptions = 0;
            // Whether a number was any good is known when the shop's system has answered.
            if !matches!(moved.step, Step::Request { .. }) {
                moved.task.misses = 0;
            }
            Reaction::Taken(moved)
        }
        None => match begun {
            Some(again) => Reaction::Taken(start::begin(again, ear)),
            None => Reaction::Missed(missed(task)),
        },
    })
}

/// Whether a normalised message is one of the options that the task offers, word for word.
pub fn is_an_option(flows: &[Flow], task: Option<&Task>, normal: &str) -> bool {
    let asked = task.and_then(|task| {
        let Stage::Asking(slot) = &task.stage else { return None };
        flows.iter().find(|flow| flow.name == task.flow)?.slot(slot)
    });
    asked.is_some_and(|slot| slot.options.iter().any(|option| normalize(&option.value) == normal))
}

/// Whether a message chooses one of the options that the task offers.
fn names_an_option(flow: &Flow, task: &Task, ear: &Ear<'_>) -> bool {
    let Stage::Asking(slot) = &task.stage else { return false };
    flow.slot(slot).is_some_and(|slot| slot.kind == SlotKind::Choice && value(slot, ear, true).is_some())
}

/// A lookup may be forgotten; what the shopper agreed to is on its way.
fn give_up(task: &Task) -> Moved {
    Moved { task: task.clone(), step: if task.is_on_its_way() { Step::Wait } else { Step::GiveUp } }
}

/// The open question again, with help; after several times a person.
fn missed(mut task: Task) -> Moved {
    task.misses += 1;
    if task.misses >= PATIENCE {
        return Moved { task, step: Step::Person };
    }
    let step = match &task.stage {
        Stage::Asking(slot) => Step::Ask { slot: slot.clone(), because: Because::Invalid },
        Stage::Confirming => Step::Confirm,
        Stage::Correcting => Step::AskWhich,
        Stage::Fetching | Stage::Acting => Step::Wait,
    };
    Moved { task, step }
}

fn confirming(flow: &Flow, task: &Task, ear: &Ear<'_>) -> Option<Moved> {
    let normal = ear.heard.text.normal.as_str();
    if words::is_yes(normal) {
        return Some(proceed::request(task.clone(), Stage::Acting, flow.action.as_deref()?));
    }
    if let Some(moved) = corrected(flow, task, ear) {
        return Some(moved);
    }
    words::is_no(normal).then(|| {
        let task = Task { stage: Stage::Correcting, ..task.clone() };
        Moved { task, step: Step::AskWhich }
    })
}

/// Something that was known already is said to be different.
fn corrected(flow: &Flow, task: &Task, ear: &Ear<'_>) -> Option<Moved> {
    let normal = ear.heard.text.normal.as_str();
    let order =
        flow.order_slot().filter(|slot| task.slots.contains_key(&slot.name) && task.facts.contains_key("number"));
    if let Some(slot) = order {
        let other = ear.heard.entities.orders.iter().find(|number| task.slots.get(&slot.name) != Some(*number));
        if let Some(number) = other {
            let mut task = without_order(task, slot);
            task.slots.insert(slot.name.clone(), number.clone());
            return Some(proceed::proceed(flow, task));
        }
        if words::corrects(normal) && words::names_order(normal) {
            return Some(another_order(slot, task));
        }
    }
    let asks_something_else = ear.asks && ear.known;
    let expects = matches!(task.stage, Stage::Confirming | Stage::Correcting) && !asks_something_else;
    let correcting = expects || words::corrects(normal);
    if !correcting {
        return None;
    }
    let known = flow.slots.iter().filter(|slot| slot.kind != SlotKind::Order && task.slots.contains_key(&slot.name));
    let changed: Vec<(String, String)> = known
        .filter_map(|slot| Some((slot.name.clone(), value(slot, ear, false)?)))
        .filter(|(name, value)| task.slots.get(name) != Some(value))
        .collect();
    if !changed.is_empty() {
        let mut task = task.clone();
        task.slots.extend(changed);
        return Some(proceed::proceed(flow, task));
    }
    words::corrects(normal).then(|| named_slot(flow, task, normal))?
}

/// The slot whose title a message names is asked for again.
fn named_slot(flow: &Flow, task: &Task, normal: &str) -> Option<Moved> {
    let slot = flow.slots.iter().find(|slot| task.matters(slot) && normal.contains(normalize(&slot.title).as_str()))?;
    if slot.kind == SlotKind::Order {
        return Some(another_order(slot, task));
    }
    let mut task = task.clone();
    task.slots.remove(&slot.name);
    Some(proceed::ask(task, &slot.name, Because::Corrected))
}

fn without_order(task: &Task, slot: &Slot) -> Task {
    let mut task = task.clone();
    task.slots.remove(&slot.name);
    task.facts.retain(|name, _| name.starts_with("profile_"));
    task
}

/// All other orders are asked for, to be offered.
fn another_order(slot: &Slot, task: &Task) -> Moved {
    let instead_of = task.slots.get(&slot.name).cloned();
    let task = Task { instead_of, offered: Vec::new(), hint: Hint::default(), ..without_order(task, slot) };
    proceed::request(task, Stage::Fetching, LIST_ORDERS)
}

/// The answer to the question for a slot, and whatever else the message says.
fn answered(flow: &Flow, slot: &Slot, task: &Task, ear: &Ear<'_>) -> Option<Moved> {
    let normal = ear.heard.text.normal.as_str();
    let mut task = task.clone();
    if slot.kind == SlotKind::Order {
        let chosen = value(slot, ear, true).or_else(|| {
            choose::choose(&task.offered, &start::hint(ear))
                .filter(|_| !ear.known || !ear.asks)
                .map(|order| order.number.clone())
        });
        let Some(number) = chosen else {
            let all = words::wants_all_orders(normal);
            return all.then(|| proceed::request(task, Stage::Fetching, LIST_ORDERS));
        };
        task.slots.insert(slot.name.clone(), number);
        return Some(proceed::proceed(flow, task));
    }
    let own = value(slot, ear, true)?;
    task.slots.insert(slot.name.clone(), own);
    for other in flow.slots.iter().filter(|other| other.name != slot.name && other.kind != SlotKind::Order) {
        if let Some(value) = value(other, ear, false).filter(|_| other.kind != slot.kind) {
            task.slots.insert(other.name.clone(), value);
        }
    }
    Some(proceed::proceed(flow, task))
}
