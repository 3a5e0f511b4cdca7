//! One flow from its file. Every problem is named with its line; texts keep their place in the file until they have
//! been checked.

use super::Problem;
use crate::dialogue::flows::fill::placeholders;
use crate::model::flow::{Check, Choice, Flow, Slot, SlotKind};
use crate::model::order::ORDER_FACTS;
use crate::text::normalize::normalize;
use serde::Deserialize;
use std::collections::{BTreeMap, HashSet};
use toml::Spanned;

/// Names that every wording may use: of the flow itself, of the signed-in customer, of what the shop's system said.
const COMMON: [&str; 8] =
    ["task", "wrong", "message", "count", "coupons", "profile_name", "profile_phone", "profile_email"];

/// Outcomes that a wording can be for; `done` and `refused` have variants after a dot.
const OUTCOMES: [&str; 9] =
    ["done", "none", "no_orders", "none_fits", "not_found", "not_signed_in", "refused", "timed_out", "unavailable"];

type Text = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FlowFile {
    title: Text,
    offer: Option<Text>,
    start: StartPart,
    #[serde(default)]
    slot: Vec<Spanned<SlotPart>>,
    #[serde(default)]
    check: Vec<CheckPart>,
    confirm: Option<Text>,
    action: Option<Spanned<ActionPart>>,
    by: Option<Text>,
    outcomes: Spanned<BTreeMap<String, Text>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StartPart {
    #[serde(default)]
    intents: Vec<String>,
    #[serde(default)]
    phrases: Vec<Text>,
    #[serde(default)]
    unless: Vec<Text>,
    #[serde(default)]
    order_number: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SlotPart {
    name: Text,
    title: String,
    kind: SlotKind,
    ask: Option<Text>,
    #[serde(default)]
    invalid: Option<Text>,
    #[serde(default)]
    optional: bool,
    default: Option<Text>,
    when: Option<Spanned<BTreeMap<String, String>>>,
    #[serde(default)]
    options: Vec<OptionPart>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OptionPart {
    value: String,
    #[serde(default)]
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckPart {
    fact: Text,
    is: Vec<String>,
    otherwise: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActionPart {
    name: Text,
    #[serde(default)]
    results: Vec<String>,
}

/// Reads the flow `name` from the text of its file.
///
/// # Errors
/// Every problem, with its line.
pub(super) fn read(file: &str, name: &str, text: &str) -> Result<Flow, Vec<Problem>> {
    let mut reading = Reading { file, text, problems: Vec::new() };
    let parts: FlowFile = match toml::from_str(text) {
        Ok(parts) => parts,
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            reading.report(at, format!("格式不对：{}", error.message()));
            return Err(reading.problems);
        }
    };
    reading.check(&parts);
    if reading.problems.is_empty() { Ok(parts.into_flow(name)) } else { Err(reading.problems) }
}

struct Reading<'a> {
    file: &'a str,
    text: &'a str,
    problems: Vec<Problem>,
}

impl Reading<'_> {
    fn report(&mut self, at: usize, reason: impl Into<String>) {
        let line = self.text[..at.min(self.text.len())].matches('\n').count() + 1;
        self.problems.push(Problem { file: self.file.to_owned(), line, reason: reason.into() });
    }

    fn check(&mut self, parts: &FlowFile) {
        if parts.title.get_ref().trim().is_empty() {
            self.report(parts.title.span().start, "title 不能为空");
        }
        if parts.start.phrases.is_empty() && parts.start.intents.is_empty() && !parts.start.order_number {
            self.report(0, "[start] 里至少要有一句 phrases，不然没有话能开始这个流程");
        }
        for phrase in parts.start.phrases.iter().chain(&parts.start.unless) {
            if normalize(phrase.get_ref()).chars().filter(|c| c.is_alphanumeric()).count() < 1 {
                self.report(phrase.span().start, "有空的说法");
            }
        }
        if let Some(offer) = &parts.offer {
            let begins = |words: &[Text]| {
                words.iter().any(|word| normalize(offer.get_ref()).contains(&normalize(word.get_ref())))
            };
            if !begins(&parts.start.phrases) || begins(&parts.start.unless) {
                self.report(
                    offer.span().start,
                    "点了 offer 这句话要能开始这个流程：里面要有一句 phrases，没有 unless 的词",
                );
            }
        }
        self.slots(parts);
        self.actions(parts);
        self.wordings(parts);
    }

    fn slots(&mut self, parts: &FlowFile) {
        let mut seen = HashSet::new();
        for part in &parts.slot {
            let (at, slot) = (part.span().start, part.get_ref());
            let name = slot.name.get_ref();
            if !is_name(name) {
                self.report(slot.name.span().start, format!("name “{name}” 只能用小写字母、数字和下划线"));
            }
            if !seen.insert(name) {
                self.report(slot.name.span().start, format!("name “{name}” 重复"));
            }
            let asked = slot.ask.as_ref().is_some_and(|ask| !ask.get_ref().trim().is_empty());
            if !slot.optional && !asked {
                self.report(at, format!("“{name}” 缺少 ask：怎么问顾客；不用问的请写 optional = true"));
            }
            if (slot.kind == SlotKind::Choice) != (slot.options.len() > 1) {
                self.report(at, format!("“{name}”：kind = \"choice\" 要有至少两个 options，其他种类没有 options"));
            }
            if let Some(when) = &slot.when {
                let known = when.get_ref().len() == 1 && when.get_ref().keys().all(|other| seen.contains(other));
                if !known {
                    self.report(when.span().start, "when 应当是前面的一个 slot 和它的值，如 { kind = \"换货\" }");
                }
            }
        }
        let orders = parts.slot.iter().filter(|part| part.get_ref().kind == SlotKind::Order).count();
        if orders > 1 {
            self.report(0, "一个流程里只能有一个 kind = \"order\" 的 slot");
        }
    }

    fn actions(&mut self, parts: &FlowFile) {
        let has_order = parts.slot.iter().any(|part| part.get_ref().kind == SlotKind::Order);
        match &parts.action {
            None if !has_order => {
                self.report(0, "没有 [action]，也没有 kind = \"order\" 的 slot，这个流程什么也做不了");
            }
            None if parts.confirm.is_some() => self.report(0, "有 confirm 却没有 [action]"),
            Some(action) if !is_name(action.get_ref().name.get_ref()) => {
                self.report(action.get_ref().name.span().start, "action 的 name 只能用小写字母、数字和下划线");
            }
            _ => {}
        }
        if !has_order && let Some(check) = parts.check.first() {
            self.report(check.fact.span().start, "[[check]] 检查的是订单，要有一个 kind = \"order\" 的 slot");
        }
    }

    fn wordings(&mut self, parts: &FlowFile) {
        let slots = parts.slot.iter().map(|part| part.get_ref().name.get_ref().as_str());
        let results = parts.action.iter().flat_map(|action| action.get_ref().results.iter().map(String::as_str));
        let known: HashSet<&str> = slots.chain(results).chain(ORDER_FACTS).chain(COMMON).collect();
        for part in &parts.slot {
            let slot = part.get_ref();
            for text in slot.ask.iter().chain(&slot.invalid).chain(&slot.default) {
                self.wording(text, &known);
            }
        }
        for text in parts.confirm.iter().chain(parts.check.iter().map(|check| &check.otherwise)) {
            self.wording(text, &known);
        }
        let outcomes = parts.outcomes.get_ref();
        for (outcome, text) in outcomes {
            let (kind, variant) = outcome.split_once('.').unwrap_or((outcome, ""));
            let varies = kind == "refused" || (kind == "done" && parts.by.is_some());
            if !OUTCOMES.contains(&kind) || (!variant.is_empty() && !varies) {
                let at = text.span().start;
                self.report(at, format!("没有“{outcome}”这种结果，可用的有：{}", OUTCOMES.join("、")));
            }
            self.wording(text, &known);
        }
        if !outcomes.contains_key("done") {
            self.report(parts.outcomes.span().start, "[outcomes] 缺少 done");
        }
    }

    fn wording(&mut self, text: &Text, known: &HashSet<&str>) {
        if text.get_ref().trim().is_empty() {
            self.report(text.span().start, "话术不能为空");
        }
        for (number, line) in text.get_ref().lines().enumerate() {
            for name in placeholders(line).filter(|name| !known.contains(name)) {
                // A text of several lines begins after its opening quotes.
                let several = self.text[text.span().start..].starts_with("\"\"\"");
                let first = self.text[..text.span().start].matches('\n').count() + 1 + usize::from(several);
                self.problems.push(Problem {
                    file: self.file.to_owned(),
                    line: first + number,
                    reason: format!("话术里的 {{{name}}} 不是 slot，也不是订单的内容或 results 里的值"),
                });
            }
        }
    }
}

/// A phrase as it stands in a normalised message without spaces.
fn compact(phrase: &str) -> String {
    normalize(phrase).split_whitespace().collect()
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

impl FlowFile {
    fn into_flow(self, name: &str) -> Flow {
        // Read once here rather than with every message.
        let texts = |texts: Vec<Text>| texts.iter().map(|text| compact(text.get_ref())).collect();
        let action = self.action.map(Spanned::into_inner);
        let results = action.as_ref().map(|action| action.results.clone()).unwrap_or_default();
        let check = |part: CheckPart| Check {
            fact: part.fact.into_inner(),
            is: part.is,
            otherwise: part.otherwise.into_inner(),
        };
        Flow {
            name: name.to_owned(),
            title: self.title.into_inner(),
            intents: self.start.intents,
            phrases: texts(self.start.phrases),
            unless: texts(self.start.unless),
            order_number: self.start.order_number,
            offer: self.offer.map(Spanned::into_inner).unwrap_or_default(),
            slots: self.slot.into_iter().map(|part| part.into_inner().into_slot()).collect(),
            checks: self.check.into_iter().map(check).collect(),
            confirm: self.confirm.map(Spanned::into_inner),
            action: action.map(|action| action.name.into_inner()),
            by: self.by.map(Spanned::into_inner),
            results,
            outcomes: self.outcomes.into_inner().into_iter().map(|(key, text)| (key, text.into_inner())).collect(),
        }
    }
}

impl SlotPart {
    fn into_slot(self) -> Slot {
        let text = |text: Option<Text>| text.map(Spanned::into_inner);
        Slot {
            name: self.name.into_inner(),
            title: self.title,
            kind: self.kind,
            ask: text(self.ask).unwrap_or_default(),
            invalid: text(self.invalid).unwrap_or_default(),
            optional: self.optional,
            default: text(self.default),
            when: self.when.and_then(|when| when.into_inner().into_iter().next()),
            options: (self.options.into_iter())
                .map(|option| Choice { value: option.value, words: option.words })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
title = "催发货"
offer = "帮我催发货"
confirm = """
订单 {order}
留言：{note}
"""

[start]
phrases = ["催发货"]

[[slot]]
name = "order"
title = "订单"
kind = "order"
ask = "要催哪个订单？"

[[slot]]
name = "note"
title = "留言"
kind = "choice"
ask = "想说什么？"
options = [{ value = "尽快" }, { value = "周末前", words = ["周末"] }]

[action]
name = "urge"
results = ["promised"]

[outcomes]
done = "{promised}前发出。"
"refused.already" = "催过了。"
"#;

    fn problems(text: &str) -> Vec<(usize, String)> {
        let problems = read("flows/urge.toml", "urge", text).err().unwrap_or_default();
        problems.into_iter().map(|problem| (problem.line, problem.reason)).collect()
    }

    #[test]
    fn a_flow_reads_as_documented() {
        let flow = read("flows/urge.toml", "urge", GOOD).unwrap();
        assert_eq!((flow.name.as_str(), flow.slots.len(), flow.action.as_deref()), ("urge", 2, Some("urge")));
        assert_eq!(flow.slots[1].options[1].words, ["周末"]);
        assert_eq!(flow.outcomes.len(), 2);
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (right, wrong, line, reason) in [
            ("留言：{note}", "留言：{nota}", 6, "{nota}"),
            ("done = \"{promised}", "done = \"{when}", 30, "{when}"),
            ("\"refused.already\"", "\"forbidden\"", 31, "forbidden"),
            ("kind = \"order\"", "kind = \"parcel\"", 15, "格式不对"),
            ("title = \"留言\"", "titel = \"留言\"", 20, "格式不对"),
            ("name = \"note\"", "name = \"order\"", 19, "重复"),
            ("ask = \"想说什么？\"\n", "", 18, "缺少 ask"),
            (", { value = \"周末前\", words = [\"周末\"] }", "", 18, "至少两个 options"),
            ("offer = \"帮我催发货\"", "offer = \"快一点\"", 3, "offer"),
            ("done = ", "none = ", 29, "缺少 done"),
            ("kind = \"choice\"", "kind = \"choice\"\nwhen = { colour = \"红\" }", 22, "when"),
        ] {
            assert!(GOOD.contains(right), "{right}");
            let found = problems(&GOOD.replacen(right, wrong, 1));
            assert!(found.iter().any(|(at, text)| *at == line && text.contains(reason)), "{wrong}: {found:?}");
        }
        assert!(problems("title = ").iter().all(|(line, _)| *line == 1));
    }

    #[test]
    fn a_flow_that_can_do_nothing_is_refused() {
        let empty = "title = \"x\"\n[start]\nphrases = [\"x\"]\n[outcomes]\ndone = \"x\"\n";
        assert!(problems(empty).iter().any(|(_, reason)| reason.contains("什么也做不了")));
    }
}
