//! Conversations with the customers of a shop that has a system of its own.

use super::shop_system::{Reply, ShopSystem};
use super::{Script, clock, knowledge_base, morning};
use crate::support::TestApp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;
use std::time::Duration;
use xiaoer::clock::Clock;
use xiaoer::config::Config;
use xiaoer::live::limits::Limits;
use xiaoer::live::protocol::ClientFrame;
use xiaoer::marketing::traces::OrderHead;
use xiaoer::model::catalogue::Money;
use xiaoer::model::order::OrderStatus;
use xiaoer::service::identity::{IdentityKey, KeyAlgorithm};
use xiaoer::service::orders::{System, sign};
use xiaoer::store::marketing::order as kept_order;

const SECRET: &str = "the secret that signs webhooks, 32 bytes";
const KEY: &str = "the secret that signs identities, 32 byte";

fn with_webhook(config: &mut Config, system: &ShopSystem) {
    config.knowledge.folder = knowledge_base();
    config.identity.keys = vec![IdentityKey {
        id: "a".into(),
        algorithm: KeyAlgorithm::HS256,
        secret: Some(KEY.into()),
        ..IdentityKey::default()
    }];
    config.limits = Limits::none();
    config.orders.system = System::Webhook;
    let webhook = &mut config.orders.webhook;
    webhook.url = format!("http://{}/xiaoer", system.address);
    webhook.secrets = vec![SECRET.into()];
    webhook.allow = vec!["127.0.0.0/8".into()];
    webhook.retry_ms = 1;
    webhook.breaker_failures = 2;
}

/// A shop whose system may take as long as a test needs.
async fn patient(clock: &Clock, system: &ShopSystem) -> TestApp {
    TestApp::start_at_with(clock, |config| {
        with_webhook(config, system);
        config.orders.webhook.attempt_ms = 15_000;
        config.orders.webhook.deadline_ms = 15_000;
    })
    .await
}

fn token() -> String {
    let exp = morning().0 / 1_000 + 600;
    let claims = json!({"sub": "c-1", "aud": "xiaoer", "exp": exp, "name": "林岚", "email": "lin@example.com"});
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(KEY.as_bytes())).unwrap()
}

fn order(status: &str) -> serde_json::Value {
    json!({
        "number": "SG202611250003", "status": status, "placed_at": morning().0 - 86_400_000, "total": 26900,
        "items": [{"sku": "SS-001", "name": "拾光 云朵缓震跑步鞋", "variant": "雾蓝 38 码", "price": 26900}],
        "facts": {"address": "杭州市西湖区文三路 100 号", "invoice": "none", "refund": "none"},
    })
}

fn numbered(number: &str, status: &str) -> serde_json::Value {
    let mut order = order(status);
    order["number"] = json!(number);
    order
}

fn orders(status: &str) -> Reply {
    Reply::Json(json!({"outcome": "done", "orders": [order(status)]}).to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_shops_system_does_there_is_an_answer() {
    let (system, clock) = (ShopSystem::start().await, clock());
    let app = TestApp::start_at_with(&clock, |config| {
        with_webhook(config, &system);
        config.orders.webhook.attempt_ms = 700;
        config.orders.webhook.attempts = 2;
    })
    .await;
    let mut script = Script::open(&app, "林岚，已登录，店铺有自己的系统", Some(&token())).await;
    requests_are_signed(&system, &mut script).await;
    faults_have_words(&system, &mut script, &clock).await;
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!("shops_own_system", script.written));
}

/// The shop can tell that a request is ours, new, and whole.
async fn requests_are_signed(system: &ShopSystem, script: &mut Script) {
    system.will(&[orders("paid")]);
    script.say("我的订单到哪了").await;
    let asked = system.asked().pop().expect("asked");
    let signed = sign(&[SECRET.into()], asked.timestamp.parse().unwrap(), asked.body.as_bytes());
    assert_eq!((asked.signature, asked.timestamp), (signed.signature, (morning().0 / 1_000).to_string()));
    let body: serde_json::Value = serde_json::from_str(&asked.body).expect("JSON");
    assert_eq!(
        (&body["action"], &body["customer"], &body["sequence"]),
        (&json!("list_orders"), &json!("c-1"), &json!(1))
    );
}

async fn faults_have_words(system: &ShopSystem, script: &mut Script, clock: &Clock) {
    // A fault that passes is tried again under the same key.
    let before = system.asked().len();
    system.will(&[Reply::Status(503), orders("paid")]);
    script.say("我的订单到哪了").await;
    let keys: Vec<String> = system.asked()[before..].iter().map(|asked| asked.key.clone()).collect();
    assert!(keys.len() == 2 && keys[0] == keys[1], "{keys:?}");
    // The shop's rules.
    system.will(&[orders("paid"), Reply::Json(json!({"outcome": "refused", "code": "already_shipped"}).to_string())]);
    script.say("把地址改成上海市徐汇区漕溪路 9 号").await;
    script.say("确认").await;
    // A rule that the flow has no wording for.
    let refused = json!({"outcome": "refused", "code": "abroad", "message": "不支持寄到海外。"});
    system.will(&[orders("paid"), Reply::Json(refused.to_string())]);
    script.say("把地址改成上海市徐汇区漕溪路 9 号").await;
    script.say("确认").await;
    // No answer in time.
    system.will(&[orders("paid"), Reply::Hang(String::new())]);
    script.say("把地址改成上海市徐汇区漕溪路 9 号").await;
    script.say("确认").await;
    // Redirects are not followed, and what cannot be read is no answer.
    system.will(&[Reply::Status(302)]);
    script.say("我的订单到哪了").await;
    // Two requests have failed in a row: the third is not sent.
    let before = system.asked().len();
    script.say("我的订单到哪了").await;
    assert_eq!(system.asked().len(), before, "the breaker is open");
    // After a pause it is tried again.
    clock.advance(Duration::from_secs(31));
    system.will(&[orders("shipped")]);
    script.say("我的订单到哪了").await;
    assert_eq!(system.asked().len(), before + 1);
    // The token is good no longer.
    clock.advance(Duration::from_secs(600));
    script.say("我的订单到哪了").await;
    assert_eq!(system.asked().len(), before + 1, "nothing is asked for somebody who is not signed in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_a_dead_node_is_done_by_another_and_told_once() {
    let (system, clock) = (ShopSystem::start().await, clock());
    let app = patient(&clock, &system).await;
    let mut script = Script::open(&app, "林岚", Some(&token())).await;
    system.will(&[orders("paid")]);
    script.say("把地址改成上海市徐汇区漕溪路 9 号").await;
    let other = app.beside().await;
    // The first node asks and is never heard of again.
    let done = json!({"outcome": "done", "orders": [order("paid")]}).to_string();
    system.will(&[Reply::Hang(done.clone()), Reply::Json(done)]);
    let before = system.asked().len();
    let confirmed = ClientFrame::Say { client_id: "yes".into(), text: "确认".into(), page: None };
    script.client.send(&confirmed).await;
    while system.asked().len() == before {
        system.came.notified().await;
    }
    other.chat.take_over_requests().await.expect("looked");
    assert_eq!(system.asked().len(), before + 1, "it still belongs to the first");
    clock.advance(Duration::from_secs(31));
    other.chat.take_over_requests().await.expect("done");
    let keys: Vec<String> = system.asked()[before..].iter().map(|asked| asked.key.clone()).collect();
    assert!(keys.len() == 2 && keys[0] == keys[1], "the same key: {keys:?}");
    // The first node comes back with the same outcome; nobody waits for it.
    system.release.notify_waiters();
    script.say("满多少包邮？").await;
    let told = other.messages_of(&mut script.client).await;
    let outcomes = told.iter().filter(|message| message.body.text.contains("改好了")).count();
    assert_eq!(outcomes, 1, "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_while_it_was_asked_is_newer_than_the_answer() {
    const NUMBERS: [&str; 2] = ["SG202611250003", "SG202611250004"];
    let (system, clock) = (ShopSystem::start().await, clock());
    let app = patient(&clock, &system).await;
    let mut script = Script::open(&app, "林岚", Some(&token())).await;
    let answered: Vec<serde_json::Value> = NUMBERS.iter().map(|number| numbered(number, "unpaid")).collect();
    system.will(&[Reply::Hang(json!({"outcome": "done", "orders": answered}).to_string())]);
    let asks = ClientFrame::Say { client_id: "where".into(), text: "我的订单到哪了".into(), page: None };
    script.client.send(&asks).await;
    while system.asked().is_empty() {
        system.came.notified().await;
    }
    clock.advance(Duration::from_secs(1));
    for (number, status) in NUMBERS.into_iter().zip([OrderStatus::Paid, OrderStatus::Unpaid]) {
        let (placed_at, total) = (morning(), Money(19_900));
        let told = OrderHead { number: number.into(), status, placed_at, total, skus: Vec::new() };
        app.marketing.order_changed("c-1", &told, clock.now()).await.expect("kept");
    }
    system.release.notify_waiters();
    script.answer().await;
    let [paid, cheaper] = NUMBERS.map(|number| kept_order::by_number(&app.chat.db, number));
    let (_, paid) = paid.await.expect("read").expect("known");
    assert_eq!(paid.status, OrderStatus::Paid, "who has paid is not reminded");
    let (_, cheaper) = cheaper.await.expect("read").expect("known");
    assert_eq!((cheaper.status, cheaper.total), (OrderStatus::Unpaid, Money(19_900)));
}

#[tokio::test(flavor = "multi_thread")]
async fn line_44_an_answer_that_comes_after_a_deletion_brings_no_order_back() {
    let (system, clock) = (ShopSystem::start().await, clock());
    let app = patient(&clock, &system).await;
    let mut script = Script::open(&app, "林岚", Some(&token())).await;
    system.will(&[orders("paid")]);
    script.say("把地址改成上海市徐汇区漕溪路 9 号").await;
    assert_eq!(kept_order::all(&app.chat.db).await.expect("read").len(), 1, "kept while its request stands");
    let done = json!({"outcome": "done", "orders": [order("paid")]}).to_string();
    system.will(&[Reply::Hang(done)]);
    let before = system.asked().len();
    let confirmed = ClientFrame::Say { client_id: "yes".into(), text: "确认".into(), page: None };
    script.client.send(&confirmed).await;
    let asked = async |times: usize| {
        while system.asked().len() < before + times {
            system.came.notified().await;
        }
    };
    asked(1).await;
    // Once more, as after a crash, so that the test knows when the answer was worked with.
    clock.advance(Duration::from_secs(31));
    let person = app.personal.by_key("c:c-1").await.expect("read").expect("known");
    let deleted_meanwhile = async {
        asked(2).await;
        app.personal.erase(&person, "admin").await.expect("erased");
        system.release.notify_waiters();
    };
    let (answered, ()) = tokio::join!(app.chat.take_over_requests(), deleted_meanwhile);
    answered.expect("looked");
    let kept = kept_order::all(&app.chat.db).await.expect("read");
    assert!(kept.is_empty(), "nothing of the customer is kept: {kept:?}");
}
