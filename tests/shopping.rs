//! Whole dialogues about goods in the demo shop, as a shopper reads them. A change of wording or of choice shows here as
//! a difference that somebody has to agree with.

use crate::support::DEMO;
use std::fmt::Write as _;
use xiaoer::dialogue::state::State;
use xiaoer::dialogue::{Context, Turn};
use xiaoer::model::chat::PageContext;

fn talk(page: Option<&str>, said: &[&str]) -> Vec<Turn> {
    let page = page.map(|sku| PageContext { sku: Some(sku.to_owned()), ..PageContext::default() });
    let about = Context { page, ..Context::default() };
    let mut state = State::default();
    let turns = said.iter().map(|text| {
        let turn = DEMO.turn(&state, text, &about).expect("a turn");
        state = turn.state.clone();
        turn
    });
    turns.collect()
}

/// What both say, with buttons and cards.
fn transcript(page: Option<&str>, said: &[&str]) -> String {
    let mut text = page.map_or_else(String::new, |sku| format!("（在 {sku} 的页面）\n"));
    for (said, turn) in said.iter().zip(talk(page, said)) {
        let reply = turn.reply.expect("a reply");
        let _ = write!(text, "顾客：{said}\n小二：{}\n", reply.text);
        reply.questions.iter().for_each(|question| text.push_str(&format!("  [{question}]\n")));
        for card in reply.products {
            let _ = writeln!(text, "  {} {} {} 元｜{}", card.sku, card.name, card.price, card.reason);
        }
    }
    text
}

#[test]
fn cards_are_compared_and_asked_about_by_their_places() {
    let said = ["推荐几双跑步鞋", "第一个和第三个哪个好", "第二个多少钱", "这几个哪个好"];
    insta::assert_snapshot!("by_place", transcript(None, &said));
}

#[test]
fn on_a_page_it_is_asked_what_to_compare_with() {
    let said = ["这两款哪个好", "拾光 云朵缓震跑步鞋 和 拾光 轻弹入门慢跑鞋 哪个好"];
    insta::assert_snapshot!("on_a_page", transcript(Some("SS-001"), &said));
}

#[test]
fn a_gift_with_person_and_price_is_found_without_a_question() {
    let said = ["给我妈买件礼物，预算两百", "有没有便宜点的", "换一批"];
    insta::assert_snapshot!("gift_for_mother", transcript(None, &said));
    insta::assert_snapshot!("gift_in_slots", transcript(None, &["送妈妈的，两百以内", "有没有红色的"]));
}

#[test]
fn a_gift_dialogue_asks_one_question() {
    for said in
        [&["想送个礼物", "送女朋友", "三百左右吧", "有没有粉色的"][..], &["想给女朋友买个礼物", "200", "换一批"]]
    {
        let turns = talk(None, said);
        let asks = |turn: &&Turn| turn.reply.as_ref().is_some_and(|reply| !reply.questions.is_empty());
        assert_eq!(turns.iter().filter(asks).count(), 1, "{said:?}");
    }
    insta::assert_snapshot!("gift_asked", transcript(None, &["想送个礼物", "送女朋友", "三百左右吧", "有没有粉色的"]));
    insta::assert_snapshot!("gift_budget", transcript(None, &["想给女朋友买个礼物", "200", "换一批"]));
}

#[test]
fn cheaper_than_this_goes_on_holding() {
    let said = ["比这个便宜点的", "有没有黑色的", "再便宜点"];
    insta::assert_snapshot!("cheaper", transcript(Some("SS-001"), &said));
}

#[test]
fn a_colour_on_a_page_is_asked_of_its_product() {
    insta::assert_snapshot!("colour", transcript(Some("SS-001"), &["有没有黑色的", "有45码吗"]));
    insta::assert_snapshot!("other_colour", transcript(Some("SS-001"), &["有白色的吗", "第一个有货吗"]));
}

#[test]
fn shoes_go_with_trousers_of_the_same_person() {
    let said = ["配这条裤子穿什么鞋", "有没有白色的", "换一批"];
    insta::assert_snapshot!("goes_with", transcript(Some("MW-004"), &said));
}

#[test]
fn somebody_upset_is_shown_nothing() {
    let turns = talk(None, &["推荐几双跑步鞋", "什么破店，气死我了，退款", "第一个和第三个哪个好"]);
    assert!(turns[1..].iter().all(|turn| turn.reply.as_ref().is_none_or(|reply| reply.products.is_empty())));
}

#[test]
fn other_questions_are_not_taken_for_wishes() {
    for (page, said) in [
        (Some("SS-001"), "优惠券和满减可以一起用吗"),
        (Some("SS-001"), "黑色的会掉色吗"),
        (Some("SS-001"), "可以当礼物包装一下吗"),
        (Some("SS-001"), "尺码怎么选"),
        (None, "退款多久到账"),
        (None, "我要换货"),
    ] {
        let turn = talk(page, &[said]).remove(0);
        // A task that first asks the shop's system replies when it has answered.
        let reply = turn.reply.unwrap_or_default();
        assert!(reply.products.is_empty(), "{said}: {}", reply.text);
    }
}
