//! What the shop's system answered, and where the task goes from there.

use super::{Because, Moved, Offered, Stage, Step, Task, choose, proceed};
use crate::model::date::Date;
use crate::model::flow::Flow;
use crate::model::order::{Done, Order, Outcome};

/// Orders that are offered as buttons, at most.
pub const OFFERED: usize = 5;

/// The task after an outcome of its request.
pub fn learn(flow: &Flow, task: &Task, outcome: &Outcome) -> Moved {
    let mut task = Task { waiting: None, ..task.clone() };
    match outcome {
        Outcome::Done(done) => {
            task.facts.extend(done.values.clone());
            match task.stage {
                Stage::Acting => acted(flow, task, done),
                _ => fetched(flow, task, done),
            }
        }
        Outcome::NotFound if task.stage == Stage::Fetching => not_found(flow, task),
        Outcome::Refused { code, message } => {
            let own = format!("refused.{code}");
            let outcome = if flow.outcomes.contains_key(&own) { own } else { "refused".to_owned() };
            if !message.is_empty() {
                task.facts.insert("message".to_owned(), message.clone());
            }
            Moved { task, step: Step::Finish { outcome } }
        }
        other => Moved { task, step: Step::Finish { outcome: other.name().to_owned() } },
    }
}

/// The action was done.
fn acted(flow: &Flow, mut task: Task, done: &Done) -> Moved {
    if let Some(order) = done.orders.first() {
        task.facts.extend(order.facts());
    }
    let coupons: Vec<String> = (done.coupons.iter())
        .map(|coupon| format!("- **{}**：{}可用，{}前有效", coupon.title, coupon.scope, coupon.until.in_words()))
        .collect();
    if !coupons.is_empty() {
        task.facts.insert("count".to_owned(), coupons.len().to_string());
        task.facts.insert("coupons".to_owned(), coupons.join("\n"));
    }
    let nothing = done.coupons.is_empty() && done.orders.is_empty() && flow.outcomes.contains_key("none");
    let outcome = if nothing { "none".to_owned() } else { proceed::variant(flow, &task.facts) };
    Moved { task, step: Step::Finish { outcome } }
}

/// The orders, or one of them, are known.
fn fetched(flow: &Flow, mut task: Task, done: &Done) -> Moved {
    let Some(slot) = flow.order_slot() else { return proceed::proceed(flow, task) };
    if let (Some(_), Some(order)) = (task.slots.get(&slot.name), done.orders.first()) {
        return with_order(flow, task, order);
    }
    if done.orders.is_empty() {
        return Moved { task, step: Step::Finish { outcome: "no_orders".to_owned() } };
    }
    if let Some(before) = task.instead_of.take() {
        // Whichever is chosen, the checks say what is possible.
        let others = done.orders.iter().filter(|order| order.number != before);
        task.offered = others.take(OFFERED).map(offered).collect();
        return proceed::ask(task, &slot.name, Because::Corrected);
    }
    let fitting: Vec<&Order> =
        done.orders.iter().filter(|order| proceed::failing(flow, &order.facts()).is_none()).collect();
    match fitting[..] {
        [] if done.orders.len() == 1 => with_order(flow, task, &done.orders[0]),
        [] => Moved { task, step: Step::Finish { outcome: "none_fits".to_owned() } },
        [only] if task.hint.day.is_none() && task.hint.amount.is_none() => with_order(flow, task, only),
        _ => {
            let all: Vec<Offered> = done.orders.iter().map(offered).collect();
            let hinted = choose::choose(&all, &task.hint).map(|order| order.number.clone());
            if let Some(order) = hinted.and_then(|number| done.orders.iter().find(|order| order.number == number)) {
                return with_order(flow, task, order);
            }
            task.offered = fitting.into_iter().take(OFFERED).map(offered).collect();
            proceed::proceed(flow, task)
        }
    }
}

fn with_order(flow: &Flow, mut task: Task, order: &Order) -> Moved {
    if let Some(slot) = flow.order_slot() {
        task.slots.insert(slot.name.clone(), order.number.clone());
    }
    task.facts.extend(order.facts());
    task.misses = 0;
    proceed::proceed(flow, task)
}

fn offered(order: &Order) -> Offered {
    Offered {
        number: order.number.clone(),
        items: order.items_in_words(),
        status: order.status.title().to_owned(),
        placed_on: Date::of(order.placed_at),
        total: order.total,
    }
}

/// The number is wrong: it is asked for again.
fn not_found(flow: &Flow, mut task: Task) -> Moved {
    let Some(slot) = flow.order_slot() else {
        return Moved { task, step: Step::Finish { outcome: "not_found".to_owned() } };
    };
    if let Some(wrong) = task.slots.remove(&slot.name) {
        task.facts.insert("wrong".to_owned(), wrong);
    }
    task.misses += 1;
    if task.misses >= super::PATIENCE {
        return Moved { task, step: Step::Person };
    }
    proceed::ask(task, &slot.name, Because::NotFound)
}
