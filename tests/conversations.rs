//! Conversations as tables: who is where, what is said, what the assistant does. They run on the test shop without a
//! server, through the same function that the server calls.

use crate::support::shop;
use std::sync::LazyLock;
use xiaoer::classify::intent::IntentModel;
use xiaoer::dialogue::explain::{Node, explain};
use xiaoer::dialogue::policy::{Act, Thresholds};
use xiaoer::dialogue::state::State;
use xiaoer::dialogue::{Assistant, Context, Effect, Turn};
use xiaoer::model::chat::{HandoverReason, PageContext};
use xiaoer::service::shipped::ShippedModels;
use xiaoer::service::{import, publish};
use xiaoer::store::knowledge::Published;
use xiaoer::text::Language;

static ASSISTANT: LazyLock<Assistant> = LazyLock::new(|| {
    let knowledge = import::read_folder(&shop()).expect("the test shop");
    let language = Language::new(&knowledge.dictionary);
    let (intents, _) = IntentModel::train(&language, &knowledge.intents).expect("the intents");
    let stored = Published { version: 7, checksum: String::new(), knowledge };
    let shipped = ShippedModels::load(None).expect("the models");
    publish::assemble(stored, language, intents, &shipped, Thresholds::default()).expect("an assistant")
});

/// What the table says of an act: `shipping-fee`, `?` for a request for more words, `product SS-001`.
fn short(act: &Act) -> String {
    match act {
        Act::Answer { entry, .. } => entry.clone(),
        Act::AskForMore => "?".to_owned(),
        Act::Clarify { .. } => "which".to_owned(),
        Act::Unsure { .. } => "unsure".to_owned(),
        Act::Describe { sku, .. } => format!("product {sku}"),
        Act::Suggest { .. } => "products".to_owned(),
        Act::SmallTalk { wording } => wording.clone(),
        Act::HandOver { reason, .. } => format!("person: {reason:?}"),
        other => format!("{other:?}"),
    }
}

fn talk(page: Option<&str>, said: &[&str]) -> Vec<Turn> {
    let page = page.map(|sku| PageContext { sku: Some(sku.to_owned()), ..PageContext::default() });
    let about = Context { page, ..Context::default() };
    let mut state = State::default();
    let mut turns = Vec::new();
    for text in said {
        let turn = ASSISTANT.turn(&state, text, &about).expect("a turn");
        state = turn.state.clone();
        turns.push(turn);
    }
    turns
}

fn holds(page: Option<&str>, conversation: &[(&str, &str)]) {
    let said: Vec<&str> = conversation.iter().map(|(said, _)| *said).collect();
    let acts: Vec<String> = talk(page, &said).iter().map(|turn| short(&turn.trace.decision.act)).collect();
    let expected: Vec<&str> = conversation.iter().map(|(_, act)| *act).collect();
    assert_eq!(acts, expected, "{said:?}");
}

#[test]
fn a_message_is_completed_by_what_was_answered() {
    holds(None, &[("怎么申请退货", "return-how"), ("那运费呢", "shipping-fee"), ("那发票呢", "invoice")]);
    holds(None, &[("付款后多久发货", "shipping-time"), ("那退款呢", "refund-time")]);
    holds(None, &[("退款多久到账", "refund-time"), ("上面说的那个要几天", "refund-time")]);
    holds(None, &[("运费怎么算", "shipping-fee"), ("谢谢", "thanks"), ("上面说的那个怎么算", "shipping-fee")]);
}

#[test]
fn the_trace_says_what_was_carried_over() {
    let turns = talk(None, &["退款多久到账", "那要多久"]);
    let carried = turns[1].trace.decision.context.as_ref().expect("something carried over");
    assert_eq!((carried.entry.as_str(), carried.question.as_str()), ("refund-time", "退款多久到账？"));
    assert_eq!(short(&turns[1].trace.decision.act), "refund-time");
    assert!(turns[0].trace.decision.context.is_none());
    assert!(explain(&turns[1].trace, &ASSISTANT.knowledge).to_string().contains("退款多久到账？"));
}

#[test]
fn a_new_topic_and_a_long_silence_carry_nothing_over() {
    let turns = talk(None, &["怎么申请退货", "可以用花呗吗", "电子发票在哪下载"]);
    assert!(turns.iter().all(|turn| turn.trace.decision.context.is_none()));
    // Nothing was answered before.
    holds(None, &[("这个呢", "?")]);
    // What could not be answered is the newest topic; nobody knows it.
    let turns = talk(None, &["退款多久到账", "明天上海的天气怎么样会下雨吗", "那要多久"]);
    assert!(turns[2].trace.decision.context.is_none(), "{:?}", turns[2].trace.decision.act);
    let turns = talk(None, &["退款多久到账", "你好", "你好", "你好", "你好", "那要多久"]);
    assert!(turns[5].trace.decision.context.is_none());
}

#[test]
fn this_one_is_the_product_on_the_page_or_the_one_shown_last() {
    holds(
        Some("SS-003"),
        &[("这个多少钱", "product SS-003"), ("这款有货吗", "product SS-003"), ("有什么颜色", "product SS-003")],
    );
    let turns = talk(Some("SS-003"), &["这个多少钱"]);
    assert!(
        turns[0].reply.as_ref().is_some_and(|reply| reply.text.contains("街头复古球鞋") && reply.text.contains("199"))
    );
    let turns = talk(None, &["推荐一双跑步鞋", "这个有货吗"]);
    let first = turns[0].reply.as_ref().and_then(|reply| reply.products.first()).expect("a card").sku.clone();
    assert_eq!(short(&turns[1].trace.decision.act), format!("product {first}"));
    let turns = talk(Some("FD-001"), &["这个有什么颜色"]);
    assert!(turns[0].reply.as_ref().is_some_and(|reply| reply.text.contains("每日坚果礼盒")));
}

#[test]
fn business_beats_courtesy() {
    holds(None, &[("你好，退款多久到账", "refund-time")]);
    holds(None, &[("在吗？亲，请问怎么开发票，谢谢", "invoice")]);
    holds(None, &[("你好", "greeting"), ("谢谢", "thanks")]);
}

#[test]
fn too_vague_is_asked_back_and_not_for_ever() {
    for vague in ["怎么办", "有问题", "咋整啊", "你好，有个问题"] {
        holds(None, &[(vague, "?")]);
    }
    holds(None, &[("怎么办", "?"), ("有问题", "?"), ("怎么办啊", "person: Unanswered")]);
}

#[test]
fn three_outcomes_for_what_cannot_be_answered() {
    // Nothing fits: admitted, with the nearest questions, and kept for the shop.
    let unsure = talk(None, &["你们仓库的叉车司机招不招夜班工"]).remove(0);
    let outcome = short(&unsure.trace.decision.act);
    assert!(["unsure", "out_of_scope"].contains(&outcome.as_str()), "{outcome}");
    if outcome == "unsure" {
        assert!(unsure.effects.iter().any(|effect| matches!(effect, Effect::KeepUnknownQuestion { .. })));
    }
}

#[test]
fn danger_to_life_gets_care_numbers_and_a_person() {
    for text in ["我不想活了", "你们再不退款我就去跳楼", "孩子误食了干燥剂中毒了怎么办", "活着没意思，退款还没到"]
    {
        let turn = talk(None, &[text]).remove(0);
        assert_eq!(short(&turn.trace.decision.act), "person: Danger", "{text}");
        let reply = turn.reply.expect("a reply");
        assert!(["12356", "120", "110"].iter().all(|number| reply.text.contains(number)), "{}", reply.text);
        assert!(turn.effects.contains(&Effect::CallPerson { reason: HandoverReason::Danger }));
    }
    holds(None, &[("跳楼价吗，运费怎么算", "shipping-fee")]);
}

#[test]
fn the_parts_of_an_explanation_sum_to_what_they_claim() {
    for turn in talk(None, &["你好，郵費多少呀", "那退款呢", "zenme开发飘"]) {
        let entry = &turn.trace.search.entries[0];
        let log_odds = entry.bias + entry.because.iter().map(|(_, part)| part).sum::<f64>();
        assert!((1.0 / (1.0 + (-log_odds).exp()) - entry.probability).abs() < 1e-9);
        for found in &turn.trace.search.matched {
            let sum: f64 = found.terms.iter().map(|(_, score)| score).sum();
            assert!((sum - found.score).abs() < 1e-4, "{found:?}");
        }
        assert!(!turn.trace.search.matched.is_empty());
        let tree = explain(&turn.trace, &ASSISTANT.knowledge);
        check(&tree);
        let again: Node =
            explain(&serde_json::from_value(serde_json::to_value(&turn.trace).unwrap()).unwrap(), &ASSISTANT.knowledge);
        assert_eq!(serde_json::to_value(&again).unwrap()["text"], serde_json::to_value(&tree).unwrap()["text"]);
    }
}

fn check(node: &Node) {
    if node.sums {
        let sum: f64 = node.because.iter().filter_map(|part| part.value).sum();
        assert!((sum - node.value.expect("a sum has a value")).abs() < 1e-9, "{node}");
    }
    node.because.iter().for_each(check);
}

#[test]
fn what_is_remembered_of_a_text_changes_no_turn_and_no_stored_reason() {
    let said = ["你好，发票怎么开", "那要几天", "退货怎么弄，另外发票能补吗", "推荐一双跑鞋", "那运费呢", "发票怎么开"];
    for _ in 0..4 {
        let (mut state, about) = (State::default(), Context::default());
        for text in said {
            let remembered = ASSISTANT.turn(&state, text, &about).expect("a turn");
            let anew = ASSISTANT.turn_without_memo(&state, text, &about, &mut ()).expect("a turn");
            assert_eq!(remembered, anew, "{text}");
            let json = |turn: &Turn| turn.trace.to_json().expect("a trace can be kept").get().to_owned();
            assert_eq!(json(&remembered), json(&anew), "{text}");
            state = remembered.state;
        }
    }
}
