//! Notice and consent: seen before the first word, refused without losing the answers, taken back at any time.

use super::{count, dump};
use crate::marketing::{Visitor, clock, start};
use crate::support::DEMO;
use xiaoer::dialogue::state::State;
use xiaoer::dialogue::{Context, Effect};
use xiaoer::live::protocol::ServerFrame;
use xiaoer::model::chat::{Action, Author};
use xiaoer::model::customer::EventKind;

#[tokio::test(flavor = "multi_thread")]
async fn line_42_the_notice_is_seen_before_anything_is_said() {
    let app = start(&clock()).await;
    let (mut client, welcome) = app.shopper(None, 0).await;
    let ServerFrame::Welcome { shop, messages, .. } = welcome else { panic!("a welcome") };
    assert!(messages.is_empty() && shop.greeting.contains("隐私说明"), "{}", shop.greeting);
    let (_, notice) = client.ask("1", "隐私说明").await;
    for right in ["导出我的数据", "删除我的数据", "撤回同意", "不同意隐私说明"] {
        assert!(notice.body.text.contains(right), "{right}: {}", notice.body.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn line_42_whoever_refuses_gets_basic_answers_and_nothing_personal_is_kept() {
    let clock = clock();
    let app = start(&clock).await;
    let mut shopper = Visitor::who_agrees(&app).await;
    shopper.does(EventKind::View, "SS-001").await;
    let refused = shopper.says("不同意隐私说明").await;
    assert_eq!(refused.author, Author::Bot);
    assert!(app.behaviour.has_opted_out(shopper.shopper), "no longer recommended to by what they did");
    let chosen = app.marketing.chosen(shopper.shopper).await.expect("read");
    assert!(chosen.iter().all(|(_, granted)| !granted), "no messages of campaigns: {chosen:?}");
    let answer = shopper.says("退款多久到账").await;
    assert!(answer.body.ratable && !answer.body.text.is_empty(), "basic questions are answered: {answer:?}");
    shopper.says("我的电话是１３９ 1234 5678").await;
    let all = dump(&app).await;
    assert!(!all.contains("13912345678") && all.contains("139****5678"), "no number is kept");
    let person = shopper.says("转人工").await;
    assert_ne!(person.body.text, answer.body.text, "a person is reachable");
}

#[tokio::test(flavor = "multi_thread")]
async fn line_42_consent_is_kept_and_withdrawn() {
    let clock = clock();
    let app = start(&clock).await;
    let mut shopper = Visitor::new(&app).await;
    let agreed = async || xiaoer::store::personal::agreed(&app.chat.db, shopper.shopper).await.expect("read");
    assert_eq!(agreed().await, None);
    let id = shopper.shopper;
    shopper.says("同意隐私说明").await;
    let kept = async || xiaoer::store::personal::agreed(&app.chat.db, id).await.expect("read");
    assert_eq!(kept().await, Some(true));
    shopper.says("撤回同意").await;
    assert_eq!(kept().await, Some(false));
    assert_eq!(count(&app, "privacy_consent").await, 1);
}

#[test]
fn line_42_a_task_that_needs_something_personal_says_what_for_and_is_not_done_for_whoever_refuses() {
    let about = Context { today: "2026-11-26".parse().expect("a date"), ..Context::default() };
    let turn = |state: &State, text: &str| DEMO.turn(state, text, &about).expect("a turn");
    let refused = turn(&State::default(), "撤回同意");
    assert!(matches!(refused.effects.as_slice(), [Effect::SetConsent { agreed: false }]), "{:?}", refused.effects);
    let asked = turn(&refused.state, "帮我改收货地址");
    let reply = asked.reply.expect("a reply");
    assert!(reply.text.contains("隐私说明") && reply.actions.contains(&Action::CallHuman), "{}", reply.text);
    assert!(asked.state.task.is_none() && asked.effects.is_empty());
    let answer = turn(&asked.state, "满多少包邮？").reply.expect("a reply");
    assert!(answer.ratable, "{}", answer.text);
    let again = turn(&turn(&asked.state, "同意隐私说明").state, "帮我改收货地址");
    assert!(again.state.task.is_some(), "after consent it begins");
}
