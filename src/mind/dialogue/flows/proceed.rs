//! What a task needs next. The only place that knows the order of things.

use super::{Because, Moved, Stage, Step, Task, fill};
use crate::model::flow::{Flow, Slot, SlotKind};
use crate::model::order::{Facts, GET_ORDER, LIST_ORDERS};

/// The next step.
pub fn proceed(flow: &Flow, mut task: Task) -> Moved {
    if let Some(step) = order(flow, &mut task) {
        return Moved { task, step };
    }
    if let Some(check) = failing(flow, &task.facts) {
        return Moved { task, step: Step::Refuse { check } };
    }
    for slot in &flow.slots {
        let default = slot.default.as_ref().map(|default| fill::fill(default, &task.facts));
        if let Some(default) = default.filter(|default| !default.is_empty() && !task.slots.contains_key(&slot.name)) {
            task.slots.insert(slot.name.clone(), default);
        }
    }
    if let Some(slot) = missing(flow, &task) {
        return ask(task, &slot.name.clone(), Because::Missing);
    }
    let Some(action) = &flow.action else {
        let outcome = variant(flow, &task.facts);
        return Moved { task, step: Step::Finish { outcome } };
    };
    if flow.confirm.is_some() {
        task.stage = Stage::Confirming;
        return Moved { task, step: Step::Confirm };
    }
    request(task, Stage::Acting, action)
}

/// Asks for a slot.
pub fn ask(mut task: Task, slot: &str, because: Because) -> Moved {
    task.stage = Stage::Asking(slot.to_owned());
    Moved { task, step: Step::Ask { slot: slot.to_owned(), because } }
}

/// Asks the shop's system.
pub fn request(mut task: Task, stage: Stage, action: &str) -> Moved {
    task.stage = stage;
    Moved { task, step: Step::Request { action: action.to_owned() } }
}

/// What has to be done until the order is known; nothing where it is, or the flow is about none.
fn order(flow: &Flow, task: &mut Task) -> Option<Step> {
    let slot = flow.order_slot()?;
    let number = task.slots.get(&slot.name);
    if number.is_some() && task.facts.get("number") == number {
        return None;
    }
    if number.is_none() && !task.offered.is_empty() {
        task.stage = Stage::Asking(slot.name.clone());
        return Some(Step::Ask { slot: slot.name.clone(), because: Because::Missing });
    }
    task.stage = Stage::Fetching;
    let action = if number.is_some() { GET_ORDER } else { LIST_ORDERS };
    Some(Step::Request { action: action.to_owned() })
}

/// The first check that an order does not pass.
pub fn failing(flow: &Flow, facts: &Facts) -> Option<usize> {
    let passes = |fact: &str, is: &[String]| is.iter().any(|right| facts.get(fact).map_or("", String::as_str) == right);
    flow.checks.iter().position(|check| !passes(&check.fact, &check.is))
}

fn missing<'a>(flow: &'a Flow, task: &Task) -> Option<&'a Slot> {
    let wanted = flow.slots.iter().filter(|slot| slot.kind != SlotKind::Order && !slot.optional && task.matters(slot));
    wanted.into_iter().find(|slot| !task.slots.contains_key(&slot.name))
}

/// `done`, or its variant for this order.
pub fn variant(flow: &Flow, facts: &Facts) -> String {
    let value = flow.by.as_ref().and_then(|by| facts.get(by));
    let key = value.map(|value| format!("done.{value}")).filter(|key| flow.outcomes.contains_key(key));
    key.unwrap_or_else(|| "done".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialogue::flows::learn::learn;
    use crate::model::flow::Check;
    use crate::model::order::{Done, Order, OrderStatus, Outcome};

    fn flow() -> Flow {
        let slot = |name: &str, kind| Slot { name: name.into(), title: name.into(), kind, ..Slot::default() };
        let size = Slot { when: Some(("kind".into(), "换货".into())), ..slot("size", SlotKind::Size) };
        Flow {
            name: "return".into(),
            slots: vec![slot("order", SlotKind::Order), slot("kind", SlotKind::Choice), size],
            checks: vec![Check { fact: "status".into(), is: vec!["delivered".into()], otherwise: "不行".into() }],
            confirm: Some("对吗".into()),
            action: Some("request_return".into()),
            ..Flow::default()
        }
    }

    fn order(number: &str, status: OrderStatus) -> Order {
        Order { number: number.into(), status, ..Order::default() }
    }

    fn found(orders: Vec<Order>) -> Outcome {
        Outcome::Done(Done { orders, ..Done::default() })
    }

    #[test]
    fn the_order_of_things() {
        let flow = flow();
        let moved = proceed(&flow, Task { flow: flow.name.clone(), ..Task::default() });
        assert_eq!(moved.step, Step::Request { action: LIST_ORDERS.into() });
        // One that passes among two is the one.
        let both = found(vec![order("A", OrderStatus::Shipped), order("B", OrderStatus::Delivered)]);
        let moved = learn(&flow, &moved.task, &both);
        assert_eq!(moved.step, Step::Ask { slot: "kind".into(), because: Because::Missing });
        let mut task = moved.task;
        task.slots.insert("kind".into(), "退货".into());
        let moved = proceed(&flow, task.clone());
        assert_eq!((moved.step, moved.task.stage), (Step::Confirm, Stage::Confirming));
        task.slots.insert("kind".into(), "换货".into());
        assert_eq!(proceed(&flow, task.clone()).step, Step::Ask { slot: "size".into(), because: Because::Missing });
        task.slots.insert("size".into(), "42".into());
        let request = task.request(&flow, "request_return", 7);
        assert_eq!((request.number, request.arguments["number"].as_str()), (7, "B"));
        assert_eq!((request.arguments["size"].as_str(), request.arguments.len()), ("42", 3));
    }

    #[test]
    fn orders_that_do_not_pass_are_told_apart() {
        let flow = flow();
        let task = Task { flow: flow.name.clone(), ..Task::default() };
        let one = learn(&flow, &task, &found(vec![order("A", OrderStatus::Shipped)]));
        assert_eq!(one.step, Step::Refuse { check: 0 });
        let several = vec![order("A", OrderStatus::Shipped), order("B", OrderStatus::Paid)];
        assert_eq!(learn(&flow, &task, &found(several)).step, Step::Finish { outcome: "none_fits".into() });
        assert_eq!(learn(&flow, &task, &found(Vec::new())).step, Step::Finish { outcome: "no_orders".into() });
        let two = vec![order("A", OrderStatus::Delivered), order("B", OrderStatus::Delivered)];
        let asked = learn(&flow, &task, &found(two));
        assert_eq!(asked.task.offered.len(), 2);
        assert_eq!(asked.step, Step::Ask { slot: "order".into(), because: Because::Missing });
    }

    #[test]
    fn a_wrong_number_is_asked_for_again_and_then_a_person_comes() {
        let flow = flow();
        let mut task = Task { flow: flow.name.clone(), ..Task::default() };
        for expected in [true, true, false] {
            task.slots.insert("order".into(), "X".into());
            task.stage = Stage::Fetching;
            let moved = learn(&flow, &task, &Outcome::NotFound);
            let asks = moved.step == Step::Ask { slot: "order".into(), because: Because::NotFound };
            assert!(asks == expected && (asks || moved.step == Step::Person), "{:?}", moved.step);
            task = moved.task;
        }
    }
}
