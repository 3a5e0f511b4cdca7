//! What is known of a person: to see, to take along, to forget.

use super::*;
use xiaoer::model::customer::Role;

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_says_where_each_field_comes_from_and_can_be_exported_and_erased() {
    let clock = clock();
    let app = start(&clock).await;
    let console = Console::admin(&app).await;
    let mut shopper = Visitor::who_agrees(&app).await;
    shopper.is("c-1", &clock, &json!({ "name": "林岚", "phone": "13800138000" })).await;
    for (kind, sku) in [(EventKind::View, "SS-001"), (EventKind::View, "SS-002"), (EventKind::Buy, "SS-001")] {
        shopper.does(kind, sku).await;
        clock.advance(Duration::from_secs(60));
    }
    shopper.says("退款多久到账").await;
    console.done("POST", "/api/admin/segments", &json!({ "name": "买过", "rule": "订单数>=1" })).await;
    run(&console, "您好", plan(json!({ "kind": "segment_entry" }), json!({ "audience": "订单数 >= 1" }))).await;
    assert_eq!(app.marketing.tick().await.expect("looked"), 1);

    let (db, id) = (&app.chat.db, shopper.shopper);
    let conversation = xiaoer::store::shopper::by_token(db, &xiaoer::service::token::token_hash(&shopper.token)).await;
    let conversation = conversation.expect("read").expect("known").1;
    let agent = Console::hire(&app, "wang", Role::Agent).await;
    let path = format!("/api/desk/conversations/{conversation}/profile");
    assert_eq!(agent.call("GET", &path, &Value::Null).await.0, 404, "not their conversation");
    shopper.says("转人工").await;
    let case = app.chat.db.clone();
    let case = xiaoer::store::desk::case::unfinished(&case, conversation).await.expect("read").expect("a case");
    agent.done("POST", &format!("/api/desk/cases/{}/claim", case.id), &json!({})).await;
    let profile = agent.get(&path).await;
    let field = |name: &str| {
        let all = profile["fields"].as_array().expect("a list").iter();
        all.clone().find(|one| one["field"] == name).cloned().unwrap_or_default()
    };
    assert_eq!(
        (field("spent")["value"].as_str(), field("spent")["source"].as_str()),
        (Some("269"), Some("浏览与购物行为"))
    );
    assert_eq!(
        (field("category")["value"].as_str(), field("category")["source"].as_str()),
        (Some("运动鞋"), Some("浏览与购物行为"))
    );
    assert!(field("spent")["at"].as_i64().is_some_and(|at| at > 0));
    assert!(!field("phone")["value"].as_str().expect("a number").contains("13800138000"), "agents see it masked");
    assert_eq!(profile["segments"][0], json!({ "name": "买过", "why": ["订单数 1 单（>= 1）"] }));
    assert_eq!(profile["touches"][0]["campaign"], "您好");
    assert_eq!(agent.call("GET", "/api/admin/profiles/c:c-1/export", &Value::Null).await.0, 403);

    let exported = console.get("/api/admin/profiles/c:c-1/export").await;
    assert_eq!(exported["data"]["event"]["rows"].as_array().map(Vec::len), Some(3));
    assert_eq!(exported["visitors"], json!([id]));
    assert!(exported["profile"].as_array().expect("a list").iter().any(|one| one["value"] == "13800138000"));
    let gone = console.done("DELETE", "/api/admin/profiles/c:c-1", &Value::Null).await;
    let rows = |table: &str| {
        let all = gone["gone"].as_array().expect("a list").iter();
        all.clone().find(|one| one["table"] == table).and_then(|one| one["rows"].as_i64())
    };
    assert_eq!((rows("event"), rows("campaign_delivery"), rows("conversation")), (Some(3), Some(1), Some(1)), "{gone}");
    assert_eq!(console.call("GET", "/api/admin/profiles/c:c-1/export", &Value::Null).await.0, 404, "nothing is left");
    let audit = console.get("/api/admin/audit").await.to_string();
    assert!(audit.contains("person_exported") && audit.contains("person_erased"), "{audit}");
    assert!(!audit.contains("c:c-1"), "the record names nobody: {audit}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_outlives_the_erasure() {
    let clock = clock();
    let app = start(&clock).await;
    let console = Console::admin(&app).await;
    let mut shopper = Visitor::who_agrees(&app).await;
    shopper.is("c-1", &clock, &json!({})).await;
    shopper.says("TD").await;
    console.done("DELETE", "/api/admin/profiles/c:c-1", &Value::Null).await;
    let back = Visitor::new(&app).await;
    back.is("c-1", &clock, &json!({})).await;
    let dry =
        json!({ "name": "x", "plan": plan(json!({ "kind": "segment_entry" }), json!({ "audience": "已登录 = 是" })) });
    let made = console.done("POST", "/api/admin/campaigns", &dry).await;
    let run = console
        .done("POST", &format!("/api/admin/campaigns/{}/dry-run", made["id"].as_str().expect("an id")), &json!({}))
        .await;
    assert_eq!(run["refused"][0]["reason"], "opted_out", "{run}");
}
