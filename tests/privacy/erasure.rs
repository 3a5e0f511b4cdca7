//! A person asks for their data, or for its deletion.

use super::{count, dump};
use crate::knowledge::Console;
use crate::marketing::{Visitor, clock, plan, run, settings, start};
use crate::support::TestApp;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;
use xiaoer::clock::Clock;
use xiaoer::live::protocol::close;
use xiaoer::model::customer::{EventKind, Role};
use xiaoer::service::leases::Leases;

/// Leaves a trace in as many tables as one person can: returns the id of the conversation.
async fn lives(app: &TestApp, clock: &Clock, console: &Console<'_>, shopper: &mut Visitor<'_>) -> Uuid {
    shopper.is("lin-lan-77", clock, &json!({ "name": "林岚", "phone": "13912345678" })).await;
    for (kind, sku) in [(EventKind::View, "SS-001"), (EventKind::View, "SS-002"), (EventKind::Buy, "SS-001")] {
        shopper.does(kind, sku).await;
        clock.advance(Duration::from_secs(60));
    }
    let order = json!({ "number": "SG202611180099", "status": "paid", "placed_at": clock.now().0, "total": 26_900, "skus": ["SS-001"] });
    let order = serde_json::from_value::<Value>(order).expect("JSON");
    xiaoer::store::marketing::order::put(
        &app.chat.db,
        "lin-lan-77",
        &xiaoer::marketing::traces::OrderHead {
            number: order["number"].as_str().expect("a number").to_owned(),
            status: xiaoer::model::order::OrderStatus::Paid,
            placed_at: clock.now(),
            total: xiaoer::model::catalogue::Money(26_900),
            skus: vec!["SS-001".to_owned()],
        },
        clock.now(),
    )
    .await
    .expect("kept");
    shopper.says("蓝鲸牌量子纺车几点开门营业").await;
    shopper.says("打我电话13912345678，蓝鲸牌的").await;
    shopper.says("推荐一双跑步鞋").await;
    let conversation = (app.chat).visitor(&shopper.token, "127.0.0.1".parse().expect("an address")).await;
    let conversation = conversation.expect("read").expect("known").conversation;
    let rate =
        xiaoer::live::protocol::ClientFrame::Rate { sequence: 2, verdict: xiaoer::model::chat::Verdict::Unsolved };
    shopper.client.send(&rate).await;
    console.done("POST", "/api/admin/segments", &json!({ "name": "买过", "rule": "订单数>=1" })).await;
    run(console, "您好", plan(json!({ "kind": "segment_entry" }), json!({ "audience": "订单数 >= 1" }))).await;
    app.marketing.tick().await.expect("looked");
    shopper.says("转人工").await;
    let agent = Console::hire(app, "wang", Role::Agent).await;
    let case = xiaoer::store::desk::case::unfinished(&app.chat.db, conversation).await.expect("read").expect("a case");
    agent.done("POST", &format!("/api/desk/cases/{}/claim", case.id), &json!({})).await;
    let note = json!({ "text": "蓝鲸牌的客人", "kind": "note" });
    let notes = format!("/api/desk/conversations/{conversation}/notes");
    let (status, _) = agent.post(&notes, &note).await;
    assert!(status < 500, "{status}");
    conversation.0
}

#[tokio::test(flavor = "multi_thread")]
async fn line_44_an_admin_exports_and_deletes_one_person_over_everything() {
    let clock = clock();
    let app = start(&clock).await;
    let console = Console::admin(&app).await;
    let mut other = Visitor::new(&app).await;
    other.says("退款多久到账").await;
    other.does(EventKind::View, "SS-002").await;
    let mut shopper = Visitor::who_agrees(&app).await;
    let id = shopper.shopper;
    let conversation = lives(&app, &clock, &console, &mut shopper).await;
    let (messages, before) = (count(&app, "message").await, dump(&app).await);
    assert!(before.contains("13912345678") && before.contains("蓝鲸牌") && before.contains("lin-lan-77"));

    let exported = console.get("/api/admin/profiles/c:lin-lan-77/export").await;
    for table in
        ["message", "event", "customer_order", "shopper_identity", "desk_case", "marketing_consent", "turn_fact"]
    {
        assert!(exported["data"][table].is_object(), "{table} is part of the export");
    }
    let said = exported["data"]["message"]["rows"].to_string();
    assert!(said.contains("打我电话13912345678"), "the person's own words stand in full: {said}");
    let exported = exported.to_string();
    for secret in ["token_hash", "link_hash", "蓝鲸牌的客人", &shopper.token] {
        assert!(!exported.contains(secret), "{secret} is not handed out");
    }

    let gone = console.done("DELETE", "/api/admin/profiles/c:lin-lan-77", &Value::Null).await;
    assert_eq!(shopper.client.close_code().await, Some(close::SIGNED_OUT), "what is deleted is no longer shown");
    let after = dump(&app).await;
    let ids = [id.0.simple().to_string(), conversation.simple().to_string()];
    for trace in ["13912345678", "蓝鲸牌", "lin-lan-77", "林岚", "sg202611180099"].map(str::to_owned).iter().chain(&ids)
    {
        let line = after.lines().find(|line| line.contains(trace.as_str()));
        assert_eq!(line, None, "{trace} is nowhere");
    }
    let all = gone["gone"].as_array().expect("a list");
    assert!(all.iter().all(|one| one["rows"].as_i64() > Some(0) && one["title"].as_str() != Some("")), "{gone}");
    let left = count(&app, "message").await;
    let told = all.iter().find(|one| one["table"] == "message").and_then(|one| one["rows"].as_i64());
    assert_eq!(told, Some(messages - left), "the report counts what went");
    assert_eq!(left, 2, "nobody else's messages");
    assert_eq!(count(&app, "event").await, 1, "nobody else's behaviour");

    let listed = console.get("/api/admin/settings/erasures").await;
    assert_eq!((&listed["erasures"][0]["report"], &listed["erasures"][0]["by"]), (&gone, &json!("admin")), "{listed}");
    let record = console.get("/api/admin/audit?action=person_erased").await;
    assert_eq!(record["items"][0]["subject"], gone["number"], "{record}");
    assert_eq!(app.marketing.known_by(id).await.expect("read"), None, "no profile");
    assert_eq!(app.marketing.known("c:lin-lan-77").await.expect("read"), None, "also not of those that were assembled");
    let token = json!({ "token": shopper.token }).to_string();
    assert_eq!(app.http("POST", "/api/shop/my-data/export", &[], &token).await.status, 404);
    let (_, welcome) = app.shopper(Some(&shopper.token), 0).await;
    assert_ne!(crate::support::token(&welcome), shopper.token, "the token is good no longer");
}

#[tokio::test(flavor = "multi_thread")]
async fn line_44_the_recommender_forgets_at_once_and_on_every_node() {
    let clock = clock();
    let app = start(&clock).await;
    let shopper = Visitor::new(&app).await;
    let other = Visitor::new(&app).await;
    other.does(EventKind::View, "SS-002").await;
    for _ in 0..3 {
        shopper.does(EventKind::View, "SS-001").await;
        clock.advance(Duration::from_secs(1));
    }
    let acts =
        |behaviour: &xiaoer::service::behaviour::Behaviour| behaviour.lesson(0).expect("something new").acts.len();
    assert_eq!(acts(&app.behaviour), 2);
    let second = if crate::support::is_cluster() { Some(app.beside().await) } else { None };
    let leases = Leases::new(app.chat.db.clone(), clock.clone());
    if let Some(second) = &second {
        second.personal.look(&leases).await.expect("looked");
    }
    assert_eq!(app.behaviour.popular(1), ["SS-001"]);
    let person = app.personal.by_holder(shopper.shopper).await.expect("read");
    app.personal.erase(&person, "admin").await.expect("erased");
    assert_eq!(acts(&app.behaviour), 1, "what the person did is gone at once");
    app.personal.look(&leases).await.expect("looked");
    assert_eq!(app.behaviour.popular(1), ["SS-002"], "the share in what is liked by all is gone after the next look");
    assert_eq!(acts(&app.behaviour), 1, "the next build is made of what is left");
    if let Some(second) = &second {
        second.personal.look(&leases).await.expect("looked");
        assert_eq!(acts(&second.behaviour), 1, "another node has seen it in the database");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn line_44_data_of_one_are_handed_out_without_looking_at_everybody_each_time() {
    let clock = clock();
    let app = start(&clock).await;
    let shopper = Visitor::new(&app).await;
    let person = app.personal.by_holder(shopper.shopper).await.expect("read");
    let looked_once = async || {
        let everybody = app.marketing.crowd().await.expect("read");
        app.personal.export(&person, "admin").await.expect("handed out");
        Arc::ptr_eq(&everybody, &app.marketing.crowd().await.expect("read"))
    };
    // Campaigns may look at everybody in between, though not every time.
    assert!(looked_once().await || looked_once().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_44_a_shopper_asks_for_deletion_in_the_chat_and_can_take_it_back() {
    let clock = clock();
    let app = start(&clock).await;
    let mut shopper = Visitor::new(&app).await;
    let leases = Leases::new(app.chat.db.clone(), clock.clone());
    let export = shopper.says("导出我的数据").await;
    assert!(export.body.text.contains("我的数据"), "{}", export.body.text);
    let asked = shopper.says("删除我的数据").await;
    assert!(asked.body.questions.contains(&"确认删除我的数据".to_owned()), "{asked:?}");
    assert_eq!(count(&app, "erasure_request").await, 0, "the first word only leads to the question");
    shopper.says("确认删除我的数据").await;
    assert_eq!(count(&app, "erasure_request").await, 1);
    shopper.says("取消删除").await;
    assert_eq!(count(&app, "erasure_request").await, 0);
    shopper.says("删除我的数据").await;
    shopper.says("退款多久到账").await;
    let stale = shopper.says("是的").await;
    assert_eq!(count(&app, "erasure_request").await, 0, "another subject ended the question: {stale:?}");

    shopper.says("删除我的数据").await;
    let confirmed = shopper.says("确认删除我的数据").await;
    assert!(confirmed.body.text.contains("10 分钟"), "the time is said: {}", confirmed.body.text);
    assert_eq!(app.personal.look(&leases).await.expect("looked"), 0, "not before its time");
    clock.advance(Duration::from_secs(601));
    app.personal.look(&leases).await.expect("looked");
    assert_eq!(shopper.client.close_code().await, Some(close::SIGNED_OUT));
    assert_eq!((count(&app, "message").await, count(&app, "shopper").await), (0, 0));
    // It stands beside those of the console, with its report, and names nobody.
    let console = Console::admin(&app).await;
    let listed = console.get("/api/admin/settings/erasures").await;
    let one = &listed["erasures"][0];
    assert!(one["by"].is_null() && one["at"].as_i64() == Some(clock.now().0), "{listed}");
    let gone = one["report"]["gone"].as_array().expect("a list");
    assert!(gone.iter().any(|gone| gone["table"] == "message" && gone["rows"].as_i64() > Some(0)), "{listed}");
    assert!(!listed.to_string().contains(&shopper.shopper.to_string()), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn line_44_a_shopper_is_handed_and_deleted_by_token_and_speaks_for_the_customer_only_while_the_shop_vouches() {
    let clock = clock();
    let app = TestApp::start_at_with(&clock, settings).await;
    let mut shopper = Visitor::new(&app).await;
    let at_home = Visitor::new(&app).await;
    shopper.is("c-9", &clock, &json!({})).await;
    at_home.is("c-9", &clock, &json!({})).await;
    at_home.does(EventKind::View, "SS-001").await;
    shopper.says("退款多久到账").await;
    let export = async || {
        let body = json!({ "token": shopper.token }).to_string();
        app.http("POST", "/api/shop/my-data/export", &[], &body).await.json()
    };
    assert_eq!(export().await["visitors"].as_array().map(Vec::len), Some(2), "all browsers of the customer");
    clock.advance(Duration::from_secs(3_600));
    assert_eq!(export().await["visitors"], json!([shopper.shopper]), "later this browser alone");

    let form = |confirmed: bool| json!({ "token": shopper.token, "confirmed": confirmed }).to_string();
    assert_eq!(app.http("POST", "/api/shop/my-data/erase", &[], &form(false)).await.status, 400);
    let erased = app.http("POST", "/api/shop/my-data/erase", &[], &form(true)).await;
    assert_eq!(erased.status, 200, "{}", erased.body);
    assert_eq!(count(&app, "shopper").await, 1, "the other browser stays");
    assert_eq!(count(&app, "event").await, 1);
    let wrong = json!({ "token": "not a token", "confirmed": true }).to_string();
    assert_eq!(app.http("POST", "/api/shop/my-data/erase", &[], &wrong).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_44_a_turn_under_way_does_not_bring_a_deleted_conversation_back() {
    let clock = clock();
    let app = start(&clock).await;
    let mut shopper = Visitor::new(&app).await;
    shopper.says("你好").await;
    let visitor = app.chat.visitor(&shopper.token, "127.0.0.1".parse().expect("an address")).await;
    let visitor = visitor.expect("read").expect("known");
    let person = app.personal.by_holder(shopper.shopper).await.expect("read");
    let (said, erased) =
        tokio::join!(app.chat.say(visitor, "late", "退款多久到账", None), app.personal.erase(&person, "admin"));
    erased.expect("erased");
    drop(said);
    assert!(app.chat.say(visitor, "later", "退款多久到账", None).await.is_err(), "there is no such conversation");
    assert_eq!((count(&app, "message").await, count(&app, "turn_trace").await), (0, 0));
}
