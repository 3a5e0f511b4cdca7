//! The admin's routes: who may, what is refused, what is written down.

use super::*;
use xiaoer::model::customer::Role;

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_may() {
    let app = start(&clock()).await;
    let agent = Console::hire(&app, "wang", Role::Agent).await;
    let boss = Console::hire(&app, "boss", Role::Supervisor).await;
    let id = Uuid::now_v7();
    let segment = json!({ "name": "x", "rule": "订单数 > 1" });
    let campaign = json!({ "name": "x", "plan": plan(json!({ "kind": "back_in_stock" }), json!({})) });
    let limits = json!({ "cap": { "times": 1, "days": 1 }, "quiet": { "from": 0, "until": 0 } });
    for (method, path, body) in [
        ("GET", "/api/admin/segments".to_owned(), Value::Null),
        ("POST", "/api/admin/segments".to_owned(), segment.clone()),
        ("PUT", format!("/api/admin/segments/{id}"), segment),
        ("DELETE", format!("/api/admin/segments/{id}"), Value::Null),
        ("GET", "/api/admin/segments/members?rule=x".to_owned(), Value::Null),
        ("GET", "/api/admin/campaigns".to_owned(), Value::Null),
        ("POST", "/api/admin/campaigns".to_owned(), campaign.clone()),
        ("GET", format!("/api/admin/campaigns/{id}"), Value::Null),
        ("PUT", format!("/api/admin/campaigns/{id}"), campaign),
        ("DELETE", format!("/api/admin/campaigns/{id}"), Value::Null),
        ("PUT", format!("/api/admin/campaigns/{id}/state"), json!({ "state": "running" })),
        ("POST", format!("/api/admin/campaigns/{id}/dry-run"), json!({})),
        ("GET", format!("/api/admin/campaigns/{id}/report"), Value::Null),
        ("GET", "/api/admin/marketing/limits".to_owned(), Value::Null),
        ("PUT", "/api/admin/marketing/limits".to_owned(), limits),
        ("GET", "/api/admin/profiles/c:1".to_owned(), Value::Null),
        ("GET", "/api/admin/profiles/c:1/export".to_owned(), Value::Null),
        ("DELETE", "/api/admin/profiles/c:1".to_owned(), Value::Null),
    ] {
        for staff in [&agent, &boss] {
            assert_eq!(staff.call(method, &path, &body).await.0, 403, "{method} {path}");
        }
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let signed_out = app.http(method, &path, &[("X-Xiaoer-Csrf", "1")], &text).await;
        assert_eq!(signed_out.status, 401, "{method} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn segments_are_counted_live_and_say_why() {
    let clock = clock();
    let app = start(&clock).await;
    let console = Console::admin(&app).await;
    let buyer = Visitor::new(&app).await;
    buyer.is("c-1", &clock, &json!({ "name": "林岚" })).await;
    buyer.does(EventKind::Buy, "SS-001").await;
    Visitor::new(&app).await;
    let (status, bad) = console.post("/api/admin/segments", &json!({ "name": "x", "rule": "订单数 >= 三" })).await;
    assert_eq!((status, bad["problems"][0]["column"].as_str()), (400, Some("rule")));
    assert!(bad["problems"][0]["reason"].as_str().expect("a reason").starts_with("第 8 个字"), "{bad}");
    let made = console
        .done("POST", "/api/admin/segments", &json!({ "name": "大客户", "rule": "累计消费>=200 且（订单数>=1）" }))
        .await;
    let (status, _) = console.post("/api/admin/segments", &json!({ "name": "大客户", "rule": "订单数 > 0" })).await;
    assert_eq!(status, 409, "the name is taken");
    let all = console.get("/api/admin/segments").await;
    assert_eq!(all["everybody"].as_i64(), Some(2));
    assert_eq!(all["segments"][0]["name"], "大客户");
    assert_eq!(
        (all["segments"][0]["rule"].as_str(), all["segments"][0]["count"].as_i64()),
        (Some("累计消费 >= 200 且 订单数 >= 1"), Some(1))
    );
    assert_eq!(all["segments"].as_array().map(Vec::len), Some(1 + 8), "and eight groups; one customer is no cluster");
    let rule = "%E7%B4%AF%E8%AE%A1%E6%B6%88%E8%B4%B9%20%3E%3D%20200";
    let members = console.get(&format!("/api/admin/segments/members?rule={rule}")).await;
    assert_eq!(
        (members["total"].as_i64(), members["items"][0]["person"].as_str(), members["items"][0]["name"].as_str()),
        (Some(1), Some("c:c-1"), Some("林*"))
    );
    assert_eq!(members["items"][0]["why"], json!([{ "text": "累计消费 269 元（>= 200）", "holds": true }]));
    let id = made["id"].as_str().expect("an id");
    console
        .done("PUT", &format!("/api/admin/segments/{id}"), &json!({ "name": "老客户", "rule": "订单数 >= 2" }))
        .await;
    console.done("DELETE", &format!("/api/admin/segments/{id}"), &Value::Null).await;
    let audit = console.get(&format!("/api/admin/audit?subject={id}")).await;
    let actions: Vec<&str> =
        audit["items"].as_array().expect("rows").iter().filter_map(|row| row["action"].as_str()).collect();
    assert_eq!(actions, ["segment_removed", "segment_saved", "segment_saved"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_is_written_tried_started_and_kept() {
    let clock = clock();
    let app = start(&clock).await;
    let console = Console::admin(&app).await;
    let mut shopper = Visitor::who_agrees(&app).await;
    Visitor::new(&app).await;
    let mut broken = plan(json!({ "kind": "segment_entry" }), json!({}));
    broken["variants"][0]["text"] = json!("{who}");
    let (status, bad) = console.post("/api/admin/campaigns", &json!({ "name": "x", "plan": broken })).await;
    let places: Vec<&str> =
        bad["problems"].as_array().expect("problems").iter().filter_map(|one| one["column"].as_str()).collect();
    assert_eq!((status, places), (400, vec!["audience", "variants[0].text"]));
    let good = plan(json!({ "kind": "segment_entry" }), json!({ "audience": "距首次到访 <= 1" }));
    let made = console.done("POST", "/api/admin/campaigns", &json!({ "name": "欢迎", "plan": good })).await;
    let path = format!("/api/admin/campaigns/{}", made["id"].as_str().expect("an id"));
    let dry = console.done("POST", &format!("{path}/dry-run"), &json!({})).await;
    assert_eq!(
        (dry["everybody"].as_i64(), dry["variants"].clone(), dry["refused_persons"].as_i64()),
        (Some(2), json!([1]), Some(1))
    );
    assert_eq!(dry["would_get"][0]["text"], "您，测试小店上新啦");
    assert_eq!(dry["would_not"][0]["reasons"], json!(["没有同意接收"]));
    assert!(shopper.got().await.is_empty(), "a dry run sends nothing");
    let form = json!({ "name": "欢迎光临", "plan": good, "revision": made["revision"] });
    console.done("PUT", &path, &form).await;
    assert_eq!(console.call("PUT", &path, &form).await.0, 409, "somebody else was faster");
    let to = |state: &str| json!({ "state": state });
    assert_eq!(console.call("PUT", &format!("{path}/state"), &to("paused")).await.0, 409);
    console.done("PUT", &format!("{path}/state"), &to("running")).await;
    let running = console.get(&path).await;
    let form = json!({ "name": "x", "plan": good, "revision": running["revision"] });
    assert_eq!(console.call("PUT", &path, &form).await.0, 409, "what runs is not changed");
    assert_eq!(console.call("DELETE", &path, &Value::Null).await.0, 409);
    console.done("PUT", &format!("{path}/state"), &to("paused")).await;
    assert_eq!(app.marketing.tick().await.expect("looked"), 0, "it pauses");
    console.done("PUT", &format!("{path}/state"), &to("running")).await;
    assert_eq!(app.marketing.tick().await.expect("looked"), 1);
    console.done("PUT", &format!("{path}/state"), &to("ended")).await;
    assert_eq!(console.call("PUT", &format!("{path}/state"), &to("running")).await.0, 409, "over is over");
    let audit = console.get(&format!("/api/admin/audit?subject={}", made["id"].as_str().expect("an id"))).await;
    assert_eq!(audit["items"].as_array().map(Vec::len), Some(6), "{audit}");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_checked_kept_and_in_force() {
    let app = start(&clock()).await;
    let console = Console::admin(&app).await;
    let path = "/api/admin/marketing/limits";
    assert_eq!(
        console.get(path).await,
        json!({ "cap": { "times": 3, "days": 7 }, "quiet": { "from": 1_260, "until": 540 } })
    );
    let bad = json!({ "cap": { "times": 0, "days": 7 }, "quiet": { "from": 1_440, "until": 0 } });
    let (status, body) = console.call("PUT", path, &bad).await;
    assert_eq!((status, body["problems"].as_array().map(Vec::len)), (400, Some(2)));
    let good = json!({ "cap": { "times": 1, "days": 1 }, "quiet": { "from": 0, "until": 0 } });
    console.done("PUT", path, &good).await;
    assert_eq!(console.get(path).await, good);
}
