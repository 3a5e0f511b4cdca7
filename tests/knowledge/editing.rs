//! Drafts: the list, saving, what is refused, review.

use super::Console;
use crate::support::TestApp;
use serde_json::{Value, json};
use xiaoer::model::customer::Role;

fn columns(body: &Value) -> Vec<&str> {
    let problems = body["problems"].as_array().expect("problems");
    problems.iter().filter_map(|problem| problem["column"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_edited_as_a_draft_and_nothing_answers_differently() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let list = admin.get("/api/admin/faq/entries?limit=3").await;
    assert_eq!((list["total"].as_i64(), list["items"].as_array().map(Vec::len)), (Some(8), Some(3)));
    assert_eq!(list["items"][0]["similar_count"], 6);
    let saved = admin.answer_with("shipping-fee", "全场包邮。").await;
    assert_eq!((saved["state"].as_str(), saved["change"].as_str()), (Some("draft"), Some("changed")));
    let pieces = saved["fields"][0]["pieces"].as_array().expect("pieces");
    assert!(pieces.iter().any(|piece| piece["kind"] == "removed"), "{saved}");
    let (mut shopper, _) = app.shopper(None, 0).await;
    assert_eq!(shopper.ask("1", "运费怎么算").await.1.body.text, "满 59 元包邮，不满收 8 元运费。");

    let pending = admin.get("/api/admin/faq/entries?state=pending").await;
    assert_eq!((pending["total"].as_i64(), pending["counts"]["draft"].as_i64()), (Some(1), Some(1)));
    let waits = admin.get("/api/admin/knowledge/pending").await;
    assert_eq!((waits["changed"].as_i64(), waits["ready"].as_i64()), (Some(1), Some(1)));
    let changes = admin.get("/api/admin/knowledge/pending/changes").await;
    assert_eq!(changes["items"][0]["title"], "运费怎么算？");

    // Somebody else read the entry before and saves over it.
    let stale = json!({ "revision": 0, "content": saved["content"] });
    let (status, body) = admin.call("PUT", "/api/admin/faq/entries/shipping-fee", &stale).await;
    assert_eq!((status, body["code"].as_str()), (409, Some("stale")));
    // What is the same as what is live is no draft.
    let same = json!({ "revision": saved["revision"], "content": saved["live"] });
    let same = admin.done("PUT", "/api/admin/faq/entries/shipping-fee", &same).await;
    assert_eq!((same["state"].as_str(), same["revision"].as_i64()), (Some("published"), Some(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_contradicts_is_refused_with_every_reason() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let (status, body) = admin
        .post(
            "/api/admin/faq/entries",
            &json!({ "category": "", "question": "邮费多少啊？", "similar": ["新问法", "新问法！"], "answer": "",
                "related": ["nothing"], "products": ["XX-1"], "valid_from": 2000, "valid_until": 1000,
                "variants": [{ "answer": "x" }] }),
        )
        .await;
    assert_eq!((status, body["code"].as_str()), (400, Some("invalid")));
    let mut named = columns(&body);
    named.sort_unstable();
    let expected = ["answer", "category", "products", "question", "related", "similar", "valid_until", "variants"];
    assert_eq!(named, expected, "{body}");

    let form = json!({ "category": "测试/新", "question": "可以自提吗", "answer": "可以，<b>门店</b>自提。" });
    let (status, new) = admin.post("/api/admin/faq/entries", &form).await;
    assert_eq!((status, new["change"].as_str()), (201, Some("added")), "{new}");
    let again = json!({ "category": "测试", "question": "可以自提吗？", "answer": "x" });
    let (status, body) = admin.post("/api/admin/faq/entries", &again).await;
    assert_eq!((status, columns(&body)), (400, vec!["question"]), "a phrasing of a draft is taken as well");

    let checked = json!({ "id": null, "content": { "question": "我想退货咋弄呀", "similar": ["邮费多少啊"] } });
    let found = admin.done("POST", "/api/admin/faq/check", &checked).await;
    let warnings = found["warnings"].as_array().expect("warnings");
    let kinds: Vec<&str> = warnings.iter().filter_map(|warning| warning["kind"].as_str()).collect();
    assert!(kinds.contains(&"owned") && kinds.contains(&"near_duplicate"), "{found}");

    let tree = admin.get("/api/admin/faq/categories").await;
    assert_eq!(tree["categories"][0]["total"], 9);
    assert_eq!(tree["categories"][0]["children"][0]["path"], "测试/新");
    let id = new["id"].as_str().expect("an id");
    let gone = admin.done("DELETE", &format!("/api/admin/faq/entries/{id}"), &Value::Null).await;
    assert_eq!(gone["gone"], true);
    assert_eq!(admin.call("GET", &format!("/api/admin/faq/entries/{id}"), &Value::Null).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pairs_of_eyes_where_the_shop_wants_them() {
    let app = TestApp::start().await;
    let (admin, other) = (Console::admin(&app).await, Console::hire(&app, "second", Role::Admin).await);
    admin.done("PUT", "/api/admin/knowledge/settings", &json!({ "review_required": true })).await;
    admin.answer_with("invoice", "都可以开。").await;
    admin.answer_with("coupon", "都可以用。").await;
    let (status, body) = admin.post("/api/admin/knowledge/publish", &json!({})).await;
    assert_eq!((status, body["code"].as_str()), (409, Some("nothing_to_publish")));
    let path = "/api/admin/faq/entries/invoice/state";
    admin.done("POST", path, &json!({ "state": "in_review" })).await;
    assert_eq!(admin.post(path, &json!({ "state": "approved" })).await.0, 409, "not one's own");
    let back = other.done("POST", path, &json!({ "state": "draft", "note": "口径不对" })).await;
    assert_eq!((back["state"].as_str(), back["review_note"].as_str()), (Some("draft"), Some("口径不对")));
    admin.done("POST", path, &json!({ "state": "in_review" })).await;
    other.done("POST", path, &json!({ "state": "approved" })).await;
    let published = admin.publish().await;
    assert_eq!((published["changed"].as_i64(), published["version"].as_i64()), (Some(1), Some(2)));
    let left = admin.get("/api/admin/faq/entries?state=pending").await;
    assert_eq!(left["items"][0]["id"], "coupon");
    let bulk = json!({ "ids": ["coupon", "size"], "action": "tag", "tag": "双11" });
    assert_eq!(admin.done("POST", "/api/admin/faq/bulk", &bulk).await["changed"], 2);
    assert_eq!(admin.get("/api/admin/faq/entries?tag=%E5%8F%8C11").await["total"], 2);
    let moved = json!({ "from": "测试", "to": "帮助/常见" });
    assert_eq!(admin.done("POST", "/api/admin/faq/categories/move", &moved).await["changed"], 8);
    assert_eq!(admin.get("/api/admin/faq/entries?category=%E5%B8%AE%E5%8A%A9").await["total"], 8);
}
