//! Every change that an admin makes leaves a row: who, when, before, after.

use crate::knowledge::Console;
use crate::support::TestApp;
use serde_json::{Value, json};
use xiaoer::store::audit;

/// A change: its row's action, and whether there was something before and is something after.
struct Change {
    action: &'static str,
    method: &'static str,
    path: String,
    body: Value,
    before: bool,
    after: bool,
}

fn change(action: &'static str, method: &'static str, path: &str, body: Value, before: bool, after: bool) -> Change {
    Change { action, method, path: path.to_owned(), body, before, after }
}

#[tokio::test(flavor = "multi_thread")]
async fn line_16_every_admin_change_leaves_a_row_with_who_when_before_and_after() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let person = json!({ "name": "wang", "password": "correct horse", "role": "agent" });
    let person = admin.done("POST", "/api/admin/staff", &person).await["id"].as_str().expect("an id").to_owned();
    let key = admin.done("POST", "/api/admin/api-keys", &json!({ "name": "一", "scopes": ["audit_read"] })).await;
    let key = key["key"]["id"].as_str().expect("an id").to_owned();
    let entries = admin.get("/api/admin/faq/entries").await;
    let entry = entries["items"][0]["id"].as_str().expect("an entry").to_owned();
    let held = admin.get(&format!("/api/admin/faq/entries/{entry}")).await;
    let mut content = held["content"].clone();
    content["answer"] = json!("另一个答案");
    let saved = json!({ "revision": held["revision"], "content": content });
    let lines = admin.get("/api/admin/settings/thresholds").await["lines"].clone();
    let limits = json!({ "cap": { "times": 1, "days": 1 }, "quiet": { "from": 22, "until": 8 } });
    let (staff, keys) = (format!("/api/admin/staff/{person}"), format!("/api/admin/api-keys/{key}"));
    let changes = [
        change("staff_changed", "PUT", &staff, json!({ "role": "supervisor" }), true, true),
        change("api_key_revoked", "DELETE", &keys, Value::Null, true, false),
        change("widget_look_put", "PUT", "/api/admin/settings/widget", json!({ "color": "#1a56b0" }), true, true),
        change("thresholds_put", "PUT", "/api/admin/settings/thresholds", lines, true, true),
        change("faq_saved", "PUT", &format!("/api/admin/faq/entries/{entry}"), saved, true, true),
        change("marketing_limits_saved", "PUT", "/api/admin/marketing/limits", limits, true, true),
        change(
            "segment_saved",
            "POST",
            "/api/admin/segments",
            json!({ "name": "常客", "rule": "订单数 > 1" }),
            false,
            true,
        ),
    ];
    for Change { action, method, path, body, before, after } in changes {
        admin.done(method, &path, &body).await;
        let row = audit::rows(&app.chat.db, &audit::Filter::default(), 1).await.expect("read").remove(0);
        assert_eq!((row.actor.as_str(), row.action.as_str()), ("admin", action), "{path}");
        assert!(row.at.0 > 0 && !row.subject.is_empty(), "{path}");
        let sides = (!row.detail["before"].is_null(), !row.detail["after"].is_null());
        assert_eq!(sides, (before, after), "{path}: {}", row.detail);
    }
}
