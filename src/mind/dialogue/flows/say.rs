//! How a step of a task is worded: the flow's own wording first, else the shop's wording for all tasks.

use super::fill::{fill, plain};
use super::{Because, Offered, Step, Task};
use crate::dialogue::respond::Wording;
use crate::model::chat::{Action, Body};
use crate::model::flow::{Flow, Slot, SlotKind};
use crate::model::order::Facts;

/// Buttons under a request for a yes.
const CONFIRM_BUTTONS: [&str; 3] = ["确认", "不对，要修改", "算了"];

/// Button for whoever does not know the number.
const ALL_ORDERS: &str = "看我的全部订单";

/// Outcomes after which a person is offered.
const NEEDS_HELP: [&str; 5] = ["not_signed_in", "not_found", "refused", "unavailable", "timed_out"];

/// The message of a step; none where the answer follows later.
pub fn say(step: &Step, task: &Task, flow: &Flow, wording: &Wording<'_>) -> Option<Body> {
    let saying = Saying { task, flow, wording };
    Some(match step {
        Step::Request { .. } => return None,
        Step::Ask { slot, because } => saying.ask(flow.slot(slot)?, *because),
        Step::Confirm => {
            let text = fill(flow.confirm.as_deref().unwrap_or_default(), &saying.values());
            Body { questions: CONFIRM_BUTTONS.map(str::to_owned).to_vec(), ..Body::text(text) }
        }
        Step::AskWhich => Body { questions: saying.titles(), ..Body::text(saying.common("task_which")) },
        Step::Finish { outcome } => saying.finish(outcome),
        Step::Refuse { check } => {
            let otherwise = flow.checks.get(*check).map_or("", |check| check.otherwise.as_str());
            Body { actions: vec![Action::CallHuman], ..Body::text(fill(otherwise, &saying.values())) }
        }
        Step::GiveUp => Body::text(saying.common("task_given_up")),
        Step::Wait => Body::text(saying.common("task_wait")),
        Step::Person => return None,
    })
}

/// The open question of a task again, under an answer to something else.
pub fn remind(body: Body, task: &Task, flow: &Flow, wording: &Wording<'_>) -> Body {
    let step = match &task.stage {
        super::Stage::Asking(slot) => Step::Ask { slot: slot.clone(), because: Because::Missing },
        super::Stage::Confirming => Step::Confirm,
        super::Stage::Correcting => Step::AskWhich,
        super::Stage::Fetching | super::Stage::Acting => return body,
    };
    let Some(open) = say(&step, task, flow, wording) else { return body };
    let reminder = Saying { task, flow, wording }.common("task_reminder");
    let questions = if body.questions.is_empty() { open.questions } else { body.questions };
    Body { text: format!("{}\n\n{reminder}\n\n{}", body.text, open.text), questions, ..body }
}

struct Saying<'a> {
    task: &'a Task,
    flow: &'a Flow,
    wording: &'a Wording<'a>,
}

impl Saying<'_> {
    /// Values as they may stand in Markdown: what a shopper typed has no marks.
    fn values(&self) -> Facts {
        let mut values = self.task.values();
        for name in self.task.slots.keys() {
            values.entry(name.clone()).and_modify(|value| *value = plain(value));
        }
        values.insert("task".to_owned(), self.flow.title.clone());
        values
    }

    /// A wording that all tasks share.
    fn common(&self, key: &str) -> String {
        fill(&self.wording.text(key, &[]), &self.values())
    }

    fn ask(&self, slot: &Slot, because: Because) -> Body {
        let ask = fill(&slot.ask, &self.values());
        let text = match because {
            Because::Missing => ask,
            Because::Invalid if slot.invalid.is_empty() => format!("{}\n\n{ask}", self.common("task_invalid")),
            Because::Invalid => fill(&slot.invalid, &self.values()),
            Because::NotFound => self.common("task_order_not_found"),
            Because::Corrected => format!("{}\n\n{ask}", self.common("task_corrected")),
        };
        let questions = match slot.kind {
            SlotKind::Order if self.task.offered.is_empty() => vec![ALL_ORDERS.to_owned()],
            SlotKind::Order => self.task.offered.iter().map(label).collect(),
            _ => slot.options.iter().map(|option| option.value.clone()).collect(),
        };
        let stuck = because == Because::NotFound || self.task.misses > 1;
        Body { questions, actions: if stuck { vec![Action::CallHuman] } else { Vec::new() }, ..Body::text(text) }
    }

    /// The titles of what is known, to be named by a tap.
    fn titles(&self) -> Vec<String> {
        let known =
            self.flow.slots.iter().filter(|slot| self.task.matters(slot) && self.task.slots.contains_key(&slot.name));
        known.map(|slot| slot.title.clone()).collect()
    }

    fn finish(&self, outcome: &str) -> Body {
        let kind = outcome.split('.').next().unwrap_or(outcome);
        let own = self.flow.outcomes.get(outcome).or_else(|| self.flow.outcomes.get(kind));
        let text = own.map_or_else(|| self.common(&format!("task_{kind}")), |own| fill(own, &self.values()));
        let actions = if NEEDS_HELP.contains(&kind) { vec![Action::CallHuman] } else { Vec::new() };
        let again = matches!(kind, "not_signed_in" | "unavailable") && !self.flow.offer.is_empty();
        let questions = if again { vec![self.flow.offer.clone()] } else { Vec::new() };
        Body { actions, questions, ..Body::text(text) }
    }
}

/// An order as a button: its number comes first, so that a tap says which.
fn label(order: &Offered) -> String {
    let title = order.items.split('（').next().unwrap_or_default();
    format!("{} {title}（{}）", order.number, order.status)
}
