//! Trying a question, saved tests, the publish gate.

use super::Console;
use crate::support::TestApp;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_tried_the_same_way_as_live() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let live = admin.done("POST", "/api/admin/try", &json!({ "text": "邮费多少啊" })).await;
    assert_eq!((live["act"].as_str(), live["entry"].as_str()), (Some("answer"), Some("shipping-fee")), "{live}");
    assert_eq!(live["candidates"][0]["id"], "shipping-fee");
    assert!(live["explanation"]["text"].is_string() && live["lines"].as_array().is_some_and(|lines| lines.len() > 2));
    assert!(live["tokens"].as_array().is_some_and(|tokens| !tokens.is_empty()));
    admin.answer_with("shipping-fee", "全场包邮。").await;
    let draft = admin.done("POST", "/api/admin/try", &json!({ "text": "邮费多少啊", "against": "draft" })).await;
    assert_eq!((draft["reply"]["text"].as_str(), draft["version"].as_i64()), (Some("全场包邮。"), Some(2)));
    let live = admin.done("POST", "/api/admin/try", &json!({ "text": "邮费多少啊" })).await;
    assert_ne!(live["reply"]["text"], draft["reply"]["text"]);
    // What was built for trying is what is published.
    assert_eq!(admin.publish().await["version"], 2);
    let (mut shopper, _) = app.shopper(None, 0).await;
    assert_eq!(shopper.ask("1", "邮费多少啊").await.1.body.text, "全场包邮。");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_draft_would_lose_is_seen_before_it_is_published() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    for number in 0..3 {
        shopper.ask(&format!("{number}"), "怎么开发票").await;
    }
    let file = "问题,期望\n运费怎么算,shipping-fee\n怎么开发票,怎么开发票？\n今天天气怎么样,超范围\n";
    let job = admin.upload("/api/admin/tests/imports?filename=t.csv", file.as_bytes()).await;
    assert_eq!(job["result"]["added"], 3, "{job}");
    let bad = admin.upload("/api/admin/tests/imports", "问题,期望\nx,没有的\n".as_bytes()).await;
    assert_eq!((bad["state"].as_str(), bad["problems"][0]["column"].as_str()), (Some("failed"), Some("期望")));
    let run = admin.done("POST", "/api/admin/tests/run", &json!({})).await;
    let run = admin.finished(&run).await;
    assert_eq!((run["result"]["total"].as_i64(), run["result"]["passed"].as_i64()), (Some(3), Some(3)), "{run}");

    admin.done("DELETE", "/api/admin/faq/entries/invoice", &Value::Null).await;
    let run = admin.done("POST", "/api/admin/tests/run", &json!({ "against": "draft" })).await;
    let run = admin.finished(&run).await;
    assert_eq!(run["result"]["broken"], 1, "{run}");
    let path = format!("/api/admin/tests/runs/{}", run["result"]["run"].as_str().expect("a run"));
    let broken = admin.get(&format!("{path}?show=broken")).await;
    assert_eq!((broken["total"].as_i64(), broken["items"][0]["before"].as_bool()), (Some(1), Some(true)));
    let (status, csv) = admin.bytes("GET", &format!("{path}?format=csv"), b"").await;
    assert!(status == 200 && String::from_utf8_lossy(&csv).contains("不通过"));
    assert_eq!(admin.get("/api/admin/tests/runs").await["total"], 2);
    let tests = admin.get("/api/admin/tests?q=%E5%8F%91%E7%A5%A8").await;
    assert_eq!(tests["items"][0]["last"]["passed"], false, "{tests}");

    let gate = admin.done("POST", "/api/admin/knowledge/gate", &json!({})).await;
    let gate = admin.finished(&gate).await;
    let result = &gate["result"];
    assert_eq!((result["lost"].as_i64(), result["tests"].as_i64()), (Some(2), Some(3)), "{gate}");
    assert_eq!((result["tests_passed_before"].as_i64(), result["tests_passed_after"].as_i64()), (Some(3), Some(2)));
    let first = &result["items"][0];
    assert_eq!((first["kind"].as_str(), first["count"].as_i64()), (Some("lost"), Some(3)), "{gate}");
    let pending = admin.get("/api/admin/knowledge/pending").await;
    assert_eq!((pending["last_gate"]["fresh"].as_bool(), pending["last_gate"]["lost"].as_i64()), (Some(true), Some(2)));
    admin.answer_with("coupon", "一单一张。").await;
    assert_eq!(admin.get("/api/admin/knowledge/pending").await["last_gate"]["fresh"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn saved_tests_tell_what_came_of_them_also_of_entries_that_are_not_live() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let entry = json!({ "id": "pickup", "category": "测试", "question": "可以自提吗", "answer": "可以自提。" });
    admin.done("POST", "/api/admin/faq/entries", &entry).await;
    for (question, expected) in
        [("能自己去拿吗可以自提吗", "pickup"), ("运费怎么算", "shipping-fee"), ("宇宙有多大", "OOS")]
    {
        admin.done("POST", "/api/admin/tests", &json!({ "question": question, "expected": expected })).await;
    }
    let list = admin.get("/api/admin/tests").await;
    let of = |list: &serde_json::Value, expected: &str| {
        let items = list["items"].as_array().expect("items");
        items.iter().find(|item| item["expected"] == expected).expect("a test").clone()
    };
    assert_eq!(of(&list, "pickup")["expected_question"], "可以自提吗", "of a draft");
    assert_eq!(of(&list, "OOS")["expected_question"], serde_json::Value::Null);
    assert!(of(&list, "pickup")["last"].is_null());

    let run = async |against: &str| {
        let begun = admin.done("POST", "/api/admin/tests/run", &json!({ "against": against })).await;
        admin.finished(&begun).await["result"].clone()
    };
    let live = run("live").await;
    assert_eq!((live["total"].as_i64(), live["passed"].as_i64()), (Some(3), Some(2)), "{live}");
    let last = of(&admin.get("/api/admin/tests").await, "pickup")["last"].clone();
    assert!(last["passed"] == false && last["at"].is_i64(), "{last}");
    let drafts = run("draft").await;
    assert_eq!(
        (drafts["passed"].as_i64(), drafts["fixed"].as_i64(), drafts["broken"].as_i64()),
        (Some(3), Some(1), Some(0))
    );
    let list = admin.get("/api/admin/tests").await;
    assert_eq!(of(&list, "pickup")["last"]["entry"], "pickup");
    assert!(of(&list, "shipping-fee")["last"]["confidence"].as_f64() > Some(0.4));
    let path = format!("/api/admin/tests/runs/{}?show=fixed", drafts["run"].as_str().expect("a run"));
    let fixed = admin.get(&path).await;
    assert_eq!(fixed["total"], 1);
    assert_eq!(
        (&fixed["items"][0]["expected_question"], &fixed["items"][0]["before"]),
        (&json!("可以自提吗"), &json!(false))
    );
    let failed = format!("/api/admin/tests/runs/{}?show=failed", live["run"].as_str().expect("a run"));
    assert_eq!(admin.get(&failed).await["items"][0]["passed"], false);
}
