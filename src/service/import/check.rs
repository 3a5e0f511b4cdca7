//! What must hold before knowledge is published: nothing empty, nothing twice, no contradictions.

use super::Problem;
use super::read::{Folder, Located};
use crate::model::knowledge::FaqEntry;
use crate::text::entity::EntityReader;
use crate::text::normalize::{essence, normalize};
use std::collections::{HashMap, HashSet};

/// Wordings that the program uses; each needs at least one variant.
const WORDINGS: [&str; 51] = [
    "greeting",
    "thanks",
    "goodbye",
    "chitchat",
    "out_of_scope",
    "unknown",
    "clarify",
    "too_vague",
    "empathy",
    "handover_requested",
    "handover_mood",
    "handover_risk",
    "handover_danger",
    "handover_already",
    "handover_closed_hours",
    "products_found",
    "products_none",
    "products_nothing",
    "products_no_more",
    "products_picked",
    "compare_with",
    "variant_there",
    "variant_others",
    "variant_missing",
    "ask_gift",
    "gift_budget",
    "products_reason_price",
    "product_facts",
    "product_question_unknown",
    "ask_price_range",
    "empty_message",
    "only_symbols",
    "message_too_long",
    "affirm",
    "deny",
    "error_busy",
    "suggestions_later",
    "recommendations_off",
    "recommendations_on",
    "marketing_off",
    "marketing_on",
    "privacy_greeting",
    "privacy_notice",
    "privacy_purpose",
    "privacy_export",
    "privacy_confirm_erasure",
    "privacy_erase",
    "privacy_keep_all",
    "privacy_agreed",
    "privacy_refused",
    "privacy_needed",
];

/// Wordings that tasks use besides; needed where there are flows.
const TASK_WORDINGS: [&str; 18] = [
    "task_care",
    "task_corrected",
    "task_given_up",
    "task_invalid",
    "task_no_orders",
    "task_none_fits",
    "task_not_found",
    "task_not_signed_in",
    "task_order_not_found",
    "task_refused",
    "task_reminder",
    "task_timed_out",
    "task_unavailable",
    "task_wait",
    "task_which",
    "task_working",
    "task_done",
    "task_none",
];

/// Every problem of a folder.
pub(super) fn all(folder: &Folder) -> Vec<Problem> {
    let mut problems = faq(&folder.faq);
    problems.extend(intents(folder));
    problems.extend(words(folder));
    problems.extend(products(folder));
    problems.extend(shop(folder));
    problems.extend(flows(folder));
    problems
}

fn faq(entries: &[Located<FaqEntry>]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut ids = HashSet::new();
    let mut phrasings: HashMap<String, &str> = HashMap::new();
    for located in entries {
        let entry = &located.value;
        for (field, text) in
            [("id", &entry.id), ("category", &entry.category), ("question", &entry.question), ("answer", &entry.answer)]
        {
            if text.trim().is_empty() {
                problems.push(located.problem(format!("{field} 不能为空")));
            }
        }
        if !ids.insert(&entry.id) {
            problems.push(located.problem(format!("id “{}” 重复", entry.id)));
        }
        for phrasing in entry.phrasings() {
            let essence = essence(phrasing);
            if essence.is_empty() {
                problems.push(located.problem("有空的问法"));
            } else if let Some(other) = phrasings.insert(essence, &entry.id) {
                let place = if other == entry.id { "本条".to_owned() } else { format!("“{other}”") };
                problems.push(located.problem(format!("问法“{phrasing}”在{place}里已经有了")));
            }
        }
    }
    if entries.is_empty() {
        problems.push(Problem { file: "faq".into(), line: 0, reason: "一条问答也没有".into() });
    }
    problems
}

fn intents(folder: &Folder) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut owners: HashMap<String, &str> = HashMap::new();
    for intent in &folder.intents {
        for utterance in &intent.utterances {
            let essence = essence(&utterance.value);
            // Symbols alone are utterances too, and compared as they are.
            let essence = if essence.is_empty() { utterance.value.clone() } else { essence };
            if let Some(other) = owners.insert(essence, &intent.name) {
                problems.push(utterance.problem(format!("“{}”在意图 {other} 里已经有了", utterance.value)));
            }
        }
        if intent.utterances.len() < 2 {
            let file = format!("intents/{}.txt", intent.name);
            problems.push(Problem { file, line: 0, reason: "至少要有两句例句".into() });
        }
    }
    problems
}

fn words(folder: &Folder) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut seen = HashSet::new();
    for group in &folder.synonyms {
        if group.value.len() < 2 {
            problems.push(group.problem("同义词一组至少两个词"));
        }
        for word in &group.value {
            if !seen.insert(normalize(word)) {
                problems.push(group.problem(format!("同义词“{word}”出现了两次")));
            }
        }
    }
    let mut dictionary = HashSet::new();
    for word in &folder.dictionary {
        if !dictionary.insert(normalize(&word.value.word)) {
            problems.push(word.problem(format!("词“{}”重复", word.value.word)));
        }
    }
    problems
}

fn products(folder: &Folder) -> Vec<Problem> {
    let mut problems = Vec::new();
    let categories: HashSet<&str> = folder.categories.iter().map(|category| category.id.as_str()).collect();
    let (mut skus, mut names) = (HashSet::new(), HashSet::new());
    for located in &folder.products {
        let product = &located.value;
        let wrong = [
            (product.sku.trim().is_empty(), "sku 不能为空"),
            (product.name.trim().is_empty(), "name 不能为空"),
            (product.description.trim().is_empty(), "description 不能为空"),
            (product.price.0 <= 0, "price 必须大于 0"),
            (product.original_price < product.price, "original_price 不能低于 price"),
            (product.stock < 0, "stock 不能是负数"),
            (!(0.0..=5.0).contains(&product.rating), "rating 应在 0 到 5 之间"),
            (!is_color(&product.image_color), "image_color 应当形如 #7a9e9f"),
            (!is_file_name(&product.picture), "picture 只能用小写字母、数字和连字符"),
            (!categories.contains(product.category.as_str()), "没有这个分类"),
            (!skus.insert(&product.sku), "sku 重复"),
            (!names.insert(&product.name), "商品名重复"),
        ];
        problems.extend(wrong.into_iter().filter(|(is, _)| *is).map(|(_, reason)| located.problem(reason)));
    }
    problems
}

/// What one file of a flow cannot know: the intents, the wordings that all tasks share, the other flows.
fn flows(folder: &Folder) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut phrases: HashMap<&str, &str> = HashMap::new();
    for located in &folder.flows {
        let flow = &located.value;
        let unknown = flow.intents.iter().filter(|name| folder.intents.iter().all(|intent| intent.name != **name));
        problems.extend(unknown.map(|name| located.problem(format!("intents.toml 里没有意图 {name}"))));
        for phrase in &flow.phrases {
            if let Some(other) = phrases.insert(phrase, &flow.name) {
                problems.push(located.problem(format!("说法“{phrase}”在流程 {other} 里已经有了")));
            }
        }
    }
    if folder.flows.iter().filter(|flow| flow.value.order_number).count() > 1 {
        let reason = "只能有一个流程写 order_number = true".to_owned();
        problems.push(Problem { file: "flows".into(), line: 0, reason });
    }
    let missing = |key: &&&str| folder.replies.get(**key).is_none_or(|variants| variants.is_empty());
    if !folder.flows.is_empty() {
        problems.extend(TASK_WORDINGS.iter().filter(missing).map(|key| Problem {
            file: "replies.toml".into(),
            line: 0,
            reason: format!("缺少话术 {key}，flows 里的流程要用"),
        }));
    }
    problems
}

/// `#rrggbb`; anything else could smuggle markup into the picture.
fn is_color(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Nothing that could lead out of the folder of pictures; empty for none.
fn is_file_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn shop(folder: &Folder) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Err(error) = EntityReader::new(&folder.shop.order_number_pattern) {
        let reason = format!("order_number_pattern 不是有效的正则表达式：{error}");
        problems.push(Problem { file: "shop.toml".into(), line: 0, reason });
    }
    for key in WORDINGS {
        let variants = folder.replies.get(key);
        if variants.is_none_or(|variants| variants.is_empty() || variants.iter().any(|text| text.trim().is_empty())) {
            problems.push(Problem { file: "replies.toml".into(), line: 0, reason: format!("缺少话术 {key}") });
        }
    }
    let mut words: HashMap<String, &str> = HashMap::new();
    for category in &folder.categories {
        for word in &category.words {
            if let Some(other) = words.insert(normalize(word), &category.id) {
                let reason = format!("商品词“{word}”同时在 {other} 和 {} 里", category.id);
                problems.push(Problem { file: "categories.toml".into(), line: 0, reason });
            }
        }
    }
    problems
}
