//! How an act is worded: text, cards, buttons. The shop's own templates speak; the program only fills them in.

use crate::dialogue::flows::fill::plain;
use crate::dialogue::flows::{self, Step};
use crate::dialogue::policy::{Act, Answered, Open};
use crate::dialogue::privacy::Word;
use crate::dialogue::product_facts::{self, Fact};
use crate::dialogue::state::State;
use crate::dialogue::understand::Heard;
use crate::dialogue::{Found, Knowledge};
use crate::model::catalogue::{Product, Sku};
use crate::model::chat::{Action, Body, HandoverReason, ProductCard};
use crate::model::knowledge::{FaqEntry, Listener};
use crate::recommend::comparison::in_words;
use crate::recommend::in_conversation::{Suggestion, Suggestions};
use crate::recommend::wish::Wish;

/// Stock from which a card no longer says how few are left.
const FEW: i64 = 5;

/// Buttons and cards of an answer, at most.
const BUTTONS: usize = 6;

/// What is named as the source of products that belong to an answer.
pub const OF_AN_ANSWER: &str = "answer";

/// The reply, or nothing where the assistant stays silent.
pub fn say(act: &Act, state: &State, knowledge: &Knowledge, listener: &Listener<'_>) -> Option<Body> {
    let wording = Wording { knowledge, listener, turn: state.turns };
    Some(match act {
        Act::Silent => return None,
        Act::Answer { entry, with_care, .. } => answer(&wording, entry, *with_care),
        Act::AnswerSeveral { answers, open, with_care } => several(&wording, answers, open, *with_care),
        Act::Clarify { entries } => Body { questions: knowledge.questions(entries), ..wording.body("clarify") },
        Act::AskForMore => wording.body("too_vague"),
        Act::Describe { sku, facts } => describe(&wording, sku, facts),
        Act::SetMarketing { on: true } => wording.body("marketing_on"),
        Act::SetMarketing { on: false } => wording.body("marketing_off"),
        Act::Privacy { word } => about_data(&wording, *word),
        Act::SetRecommendations { on: true } => wording.body("recommendations_on"),
        Act::SetRecommendations { on: false } => wording.body("recommendations_off"),
        Act::PutOff => wording.body("suggestions_later"),
        Act::AskForWish => wording.body("ask_price_range"),
        Act::AskForGift => Body { questions: budgets(), ..wording.body("ask_gift") },
        Act::Suggest { suggestions, also, asks_budget } => {
            let mut shown = products(&wording, state, suggestions);
            if *asks_budget {
                shown.text = format!("{}\n\n{}", shown.text, wording.text("gift_budget", &[]));
                shown.questions = budgets();
            }
            let Some(answers) = listed(&wording, also) else { return Some(shown) };
            Body { text: format!("{}\n\n{answers}", shown.text), ratable: true, ..shown }
        }
        Act::Compare { skus } => comparison(knowledge, skus),
        Act::CompareWith { sku, others } => compare_with(&wording, sku, others),
        Act::Variant { sku, asked, facts, there, suggestions } => {
            variant(&wording, sku, (asked, facts), *there, suggestions)
        }
        Act::Task { flow, step, with_care } => task(&wording, state, flow, step, *with_care)?,
        Act::HandOver { reason, again } => hand_over(&wording, *reason, *again),
        Act::Comfort => Body { actions: vec![Action::CallHuman], ..wording.body("empathy") },
        Act::SmallTalk { wording: key } => wording.body(key),
        Act::Unsure { nearest } => Body {
            questions: knowledge.questions(nearest),
            actions: vec![Action::CallHuman],
            ..wording.body("unknown")
        },
    })
}

/// What is said about the shopper's data. Whoever cannot be served without it can have a person.
fn about_data(wording: &Wording<'_>, word: Word) -> Body {
    let actions = if word == Word::Needed { vec![Action::CallHuman] } else { Vec::new() };
    let questions = word.replies().iter().map(|reply| (*reply).to_owned()).collect();
    Body { questions, actions, ..wording.body(word.wording()) }
}

/// A question for something personal, with what it is for.
pub fn with_purpose(body: Body, state: &State, knowledge: &Knowledge, listener: &Listener<'_>) -> Body {
    let purpose = Wording { knowledge, listener, turn: state.turns }.text("privacy_purpose", &[]);
    Body { text: format!("{}\n\n{purpose}", body.text), ..body }
}

/// A step of a task, with care first where the shopper is upset.
fn task(wording: &Wording<'_>, state: &State, flow: &str, step: &Step, with_care: bool) -> Option<Body> {
    let (flow, task) = (wording.knowledge.flow(flow)?, state.task.as_ref()?);
    let body = flows::say::say(step, task, flow, wording)?;
    Some(if with_care {
        let text = format!("{}\n\n{}", wording.text("task_care", &[]), body.text);
        Body { text, actions: vec![Action::CallHuman], ..body }
    } else {
        body
    })
}

/// An answer to something else while a task has a question open: the question again.
pub fn remind(body: Body, state: &State, knowledge: &Knowledge, listener: &Listener<'_>) -> Body {
    let open = state.task.as_ref().and_then(|task| Some((task, knowledge.flow(&task.flow)?)));
    let Some((task, flow)) = open else { return body };
    flows::say::remind(body, task, flow, &Wording { knowledge, listener, turn: state.turns })
}

/// An answer about rules to somebody who may want it done: the task as a button.
pub fn offer(body: Body, heard: &Heard, found: &Found, knowledge: &Knowledge) -> Body {
    let begun = found.task.as_ref().and_then(|reaction| knowledge.flow(&reaction.moved().task.flow));
    let meant = || {
        let intent = heard.intent()?;
        knowledge.content.flows.iter().find(|flow| flow.intents.contains(&intent.name))
    };
    let offered = begun.or_else(meant).filter(|flow| !flow.offer.is_empty() && body.questions.is_empty());
    let questions = offered.map(|flow| vec![flow.offer.clone()]).unwrap_or(body.questions);
    Body { questions, ..body }
}

fn answer(wording: &Wording<'_>, entry: &str, with_care: bool) -> Body {
    let Some(entry) = wording.knowledge.entry(entry) else { return Body { ratable: true, ..Body::default() } };
    let answer = entry.answer_for(wording.listener);
    let questions = offered(wording.knowledge, entry);
    if with_care {
        let text = format!("{}\n\n{answer}", wording.text("empathy", &[]));
        Body { text, questions, actions: vec![Action::CallHuman], ratable: true, ..Body::default() }
    } else {
        let products = attached(wording.knowledge, entry);
        Body { text: answer.to_owned(), products, questions, ratable: true, ..Body::default() }
    }
}

/// The buttons of an entry: its quick replies, then the questions of related entries.
fn offered(knowledge: &Knowledge, entry: &FaqEntry) -> Vec<String> {
    let mut offered: Vec<String> = Vec::new();
    let related = entry.extras.related.iter().filter_map(|id| Some(knowledge.entry(id)?.question.clone()));
    for question in entry.extras.quick_replies.iter().cloned().chain(related) {
        if offered.len() < BUTTONS && !offered.contains(&question) {
            offered.push(question);
        }
    }
    offered
}

/// The products of an entry that can be sent, as cards.
fn attached(knowledge: &Knowledge, entry: &FaqEntry) -> Vec<ProductCard> {
    let products = entry.extras.products.iter().filter_map(|sku| knowledge.product(sku)).filter(|one| one.in_stock());
    let as_card = |product: &Product| {
        let (reason, source) = ("答案里提到的商品".to_owned(), OF_AN_ANSWER.to_owned());
        card(product, &Suggestion { sku: product.sku.clone(), reason, source, score: 0.0 })
    };
    products.take(BUTTONS).map(as_card).collect()
}

/// Answers under their questions, then what stays open.
fn several(wording: &Wording<'_>, answers: &[Answered], open: &[Open], with_care: bool) -> Body {
    let care = with_care.then(|| wording.text("empathy", &[]));
    let opened = open.first().map(|open| format!("**{}**\n\n{}", plain(&open.said), wording.text("unknown", &[])));
    let blocks: Vec<String> = care.into_iter().chain(listed(wording, answers)).chain(opened).collect();
    let questions = open.first().map(|open| wording.knowledge.questions(&open.nearest)).unwrap_or_default();
    let actions = if with_care || !open.is_empty() { vec![Action::CallHuman] } else { Vec::new() };
    Body { text: blocks.join("\n\n"), questions, actions, ratable: true, ..Body::default() }
}

/// Each answer under the standard question of its entry.
fn listed(wording: &Wording<'_>, answers: &[Answered]) -> Option<String> {
    let entries = answers.iter().filter_map(|answered| wording.knowledge.entry(&answered.entry));
    let blocks: Vec<String> =
        entries.map(|entry| format!("**{}**\n\n{}", entry.question, entry.answer_for(wording.listener))).collect();
    (!blocks.is_empty()).then(|| blocks.join("\n\n"))
}

fn hand_over(wording: &Wording<'_>, reason: HandoverReason, again: bool) -> Body {
    let key = match (again, reason) {
        (_, HandoverReason::Danger) => "handover_danger",
        (true, _) => "handover_already",
        (false, HandoverReason::Requested | HandoverReason::Unanswered | HandoverReason::Rule) => "handover_requested",
        (false, HandoverReason::Mood) => "handover_mood",
        (false, HandoverReason::Risk) => "handover_risk",
    };
    wording.body(key)
}

fn products(wording: &Wording<'_>, state: &State, suggestions: &Suggestions) -> Body {
    let wished = conditions(wording.knowledge, &state.wish);
    let with = |key: &str, conditions: &str| wording.text(key, &[("conditions", conditions)]);
    let text = match suggestions.products.as_slice() {
        [] if wished.is_empty() => wording.text("too_vague", &[]),
        [] => with("products_nothing", &wished),
        _ if !suggestions.loosened.is_empty() => {
            let key = if state.wish.more { "products_no_more" } else { "products_none" };
            with(key, &suggestions.loosened.join("、"))
        }
        _ if wished.is_empty() => wording.text("products_picked", &[]),
        _ => with("products_found", &wished),
    };
    Body { text, products: cards(wording.knowledge, suggestions), ..Body::default() }
}

fn cards(knowledge: &Knowledge, suggestions: &Suggestions) -> Vec<ProductCard> {
    let shown = suggestions.products.iter();
    shown.filter_map(|suggestion| Some(card(knowledge.product(&suggestion.sku)?, suggestion))).collect()
}

/// What was wished for, in words: the goods first, by their category where no narrower word was used.
fn conditions(knowledge: &Knowledge, wish: &Wish) -> String {
    let mut parts: Vec<String> = Vec::new();
    if wish.goods.is_empty() {
        let named = knowledge.content.categories.iter().filter(|category| wish.categories.contains(&category.id));
        parts.extend(named.map(|category| category.name.clone()));
    }
    parts.extend(Some(wish.in_words()).filter(|words| !words.is_empty()));
    let words = parts.join("、");
    match wish.goes_with.as_deref().and_then(|sku| knowledge.product(sku)) {
        Some(anchor) => format!("搭配「{}」的{words}", anchor.name),
        None => words,
    }
}

/// Answers to what a gift may cost, to press.
fn budgets() -> Vec<String> {
    ["100 元以内", "100 到 300 元", "300 元以上"].map(str::to_owned).into()
}

fn variant(
    wording: &Wording<'_>,
    sku: &str,
    (asked, facts): (&str, &[Fact]),
    there: bool,
    suggestions: &Suggestions,
) -> Body {
    let Some(product) = wording.knowledge.product(sku) else { return wording.body("too_vague") };
    let offered = product_facts::in_words(product, facts).filter(|_| product.in_stock());
    let offered = offered.unwrap_or_else(|| if product.in_stock() { "只有一款" } else { "暂时缺货" }.to_owned());
    let values = [("product", product.name.as_str()), ("asked", asked), ("offered", offered.as_str())];
    if there {
        return wording.filled("variant_there", &values);
    }
    let products = cards(wording.knowledge, suggestions);
    let key = if products.is_empty() { "variant_missing" } else { "variant_others" };
    Body { products, ..wording.filled(key, &values) }
}

fn describe(wording: &Wording<'_>, sku: &str, facts: &[Fact]) -> Body {
    let Some(product) = wording.knowledge.product(sku) else { return wording.body("too_vague") };
    match product_facts::in_words(product, facts) {
        Some(facts) => wording.filled("product_facts", &[("product", &product.name), ("facts", &facts)]),
        None => wording.filled("product_question_unknown", &[("product", &product.name)]),
    }
}

/// What the catalogue says about products, and their cards.
fn comparison(knowledge: &Knowledge, skus: &[Sku]) -> Body {
    let products: Vec<&Product> = skus.iter().filter_map(|sku| knowledge.product(sku)).collect();
    let as_card = |product: &&Product| {
        let reason = format!("评分 {:.1}，已售 {} 件", product.rating, product.sold);
        let source = "comparison".to_owned();
        card(product, &Suggestion { sku: product.sku.clone(), reason, source, score: 0.0 })
    };
    Body { text: in_words(&products), products: products.iter().map(as_card).collect(), ..Body::default() }
}

/// Asks what to compare with; a button names both, so that it is understood by itself.
fn compare_with(wording: &Wording<'_>, sku: &str, others: &[Sku]) -> Body {
    let Some(product) = wording.knowledge.product(sku) else { return wording.body("too_vague") };
    let others = others.iter().filter_map(|other| wording.knowledge.product(other));
    let questions = others.map(|other| format!("{} 和 {} 哪个好", product.name, other.name)).collect();
    Body { questions, ..wording.filled("compare_with", &[("product", &product.name)]) }
}

/// A product with its reason, as shoppers see it.
pub fn card(product: &Product, suggestion: &Suggestion) -> ProductCard {
    ProductCard {
        sku: product.sku.clone(),
        name: product.name.clone(),
        price: product.price,
        original_price: product.original_price,
        picture: format!("/shop-pictures/{}.svg", product.sku),
        url: format!("/product/{}", product.sku),
        reason: suggestion.reason.clone(),
        rating: product.rating,
        few_left: (product.stock < FEW).then_some(product.stock),
    }
}

/// Chooses among the variants of a template by the turn, so that a repeated situation does not sound like a machine
/// and the same conversation still reads the same when it is replayed.
pub struct Wording<'a> {
    knowledge: &'a Knowledge,
    listener: &'a Listener<'a>,
    turn: u32,
}

impl Wording<'_> {
    fn body(&self, key: &str) -> Body {
        Body::text(self.text(key, &[]))
    }

    fn filled(&self, key: &str, values: &[(&str, &str)]) -> Body {
        Body::text(self.text(key, values))
    }

    /// A variant of a template, filled in.
    pub fn text(&self, key: &str, values: &[(&str, &str)]) -> String {
        let variants =
            self.knowledge.content.replies.get(key).or_else(|| self.knowledge.content.replies.get("unknown"));
        let template = variants
            .filter(|variants| !variants.is_empty())
            .map_or("", |variants| variants[self.turn as usize % variants.len()].as_str());
        let shop = &self.knowledge.content.shop;
        let mut text = template.replace("{hours}", &shop.human_hours).replace("{shop}", &shop.name);
        text = text.replace("{phone}", &shop.phone);
        for (name, value) in values {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }
}
