//! The settings room: what is chosen there is in force at once, leaves its row in the audit, and is for admins.

use crate::knowledge::Console;
use crate::support::TestApp;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use xiaoer::clock::{Clock, Timestamp};
use xiaoer::live::protocol::ServerFrame;
use xiaoer::model::customer::Role;
use xiaoer::store::audit;

/// The newest row of an action.
async fn row(app: &TestApp, action: &str) -> Value {
    let filter = audit::Filter { action: action.to_owned(), ..audit::Filter::default() };
    let rows = audit::rows(&app.chat.db, &filter, 1).await.expect("read");
    rows.into_iter().next().unwrap_or_else(|| panic!("a row of {action}")).detail
}

#[tokio::test(flavor = "multi_thread")]
async fn other_thresholds_are_tried_on_yesterdays_questions_and_then_hold() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    // Word for word an entry's question leaves no doubt; this one is put differently.
    let question = "我想知道运费是怎么算的呀";
    let tried = admin.done("POST", "/api/admin/try", &json!({ "text": question, "against": "live" })).await;
    assert!(tried["act"] == "answer" && tried["confidence"].as_f64() < Some(0.999), "{}", tried["lines"]);
    let sure = shopper.ask("1", question).await.1;
    assert_eq!(sure.body.text, "满 59 元包邮，不满收 8 元运费。");
    let view = admin.get("/api/admin/settings/thresholds").await;
    assert_eq!(view["lines"], view["usual"]);
    let mut strict = view["lines"].clone();
    strict["answer"] = json!(1.0);
    let effect = admin.done("POST", "/api/admin/settings/thresholds/preview", &strict).await;
    assert_eq!((effect["questions"].as_i64(), effect["before"]["answered"].as_i64()), (Some(1), Some(1)), "{effect}");
    assert_eq!((effect["after"]["answered"].as_i64(), effect["moved_total"].as_i64()), (Some(0), Some(1)), "{effect}");
    assert_eq!(effect["moved"][0]["question"], question);
    assert_eq!(admin.get("/api/admin/settings/thresholds").await, view, "a trial changes nothing");

    let saved = admin.done("PUT", "/api/admin/settings/thresholds", &strict).await;
    assert_eq!(saved["lines"]["answer"], 1.0);
    assert_ne!(shopper.ask("2", question).await.1.body.text, sure.body.text);
    let detail = row(&app, "thresholds_put").await;
    assert_eq!((&detail["before"]["answer"], &detail["after"]["answer"]), (&json!(0.4), &json!(1.0)));
    // Another node follows, and so does the next start.
    let other = app.beside().await;
    assert!((other.chat.published.assistant().thresholds.answer - 1.0).abs() < 1e-9);
    admin.done("PUT", "/api/admin/settings/thresholds", &view["lines"]).await;
    other.publisher.follow().await.expect("followed");
    assert!((other.chat.published.assistant().thresholds.answer - 0.4).abs() < 1e-9);

    strict["clarify"] = json!(-1);
    strict["failures"] = json!(0);
    let (status, refused) = admin.call("PUT", "/api/admin/settings/thresholds", &strict).await;
    assert_eq!((status, refused["problems"].as_array().map(Vec::len)), (400, Some(2)), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_greeting_is_said_at_once_and_is_a_version() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let path = "/api/admin/settings/presentation";
    let view = admin.get(path).await;
    let before = view["presentation"]["greeting"].clone();
    let mut form = view["presentation"].clone();
    form["greeting"] = json!(" 双十一快乐！ ");
    form["hot_questions"] = json!(["运费怎么算", "宇宙有多大"]);
    let saved = admin.done("PUT", path, &form).await;
    assert_eq!(saved["offered"][0]["entry"], "shipping-fee");
    assert_eq!(saved["offered"][1]["entry"], Value::Null, "nothing answers it, and the admin is told so");
    let (_, ServerFrame::Welcome { shop, .. }) = app.shopper(None, 0).await else { panic!("a welcome") };
    assert!(shop.greeting.starts_with("双十一快乐！\n\n"), "the notice stands under it: {}", shop.greeting);
    assert_eq!(shop.hot_questions.len(), 2);
    let detail = row(&app, "shop_changed").await;
    assert_eq!((&detail["before"]["greeting"], &detail["after"]["greeting"]), (&before, &json!("双十一快乐！")));
    assert_eq!(admin.get("/api/admin/knowledge/versions").await["total"], 2);
    assert_eq!(app.chat.published.assistant().version, 2);
    let (mut shopper, _) = app.shopper(None, 0).await;
    assert_eq!(shopper.ask("1", "运费怎么算").await.1.body.text, "满 59 元包邮，不满收 8 元运费。");
    // What is in force is what the database has: the next publish goes on from it.
    admin.answer_with("shipping-fee", "全场包邮。").await;
    assert_eq!(admin.publish().await["version"], 3);
    assert_eq!(app.chat.published.assistant().knowledge.content.shop.greeting, "双十一快乐！");
    form["greeting"] = json!("");
    form["hot_questions"] = json!(["一样", "一样"]);
    let (status, refused) = admin.call("PUT", path, &form).await;
    assert_eq!((status, refused["problems"].as_array().map(Vec::len)), (400, Some(2)), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_widget_is_dressed_in_a_colour_that_can_be_read() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let path = "/api/admin/settings/widget";
    assert_eq!(admin.get(path).await["palette"]["look"]["color"], "#c2503a");
    let pale = admin.done("POST", &format!("{path}/preview"), &json!({ "color": "#ffe14d" })).await;
    assert_eq!((pale["day"]["ink"].as_str(), pale["warnings"].as_array().map(Vec::len)), (Some("#000000"), Some(2)));
    let chosen = admin.done("PUT", path, &json!({ "color": "#1A56B0", "side": "left" })).await;
    assert_eq!(chosen["palette"]["look"], json!({ "color": "#1a56b0", "side": "left" }));
    let script = "const s=`:host{--brand:#c2503a}/*look*/`";
    let dressed = xiaoer::service::widget_look::dress(&app.chat.db, script).await.expect("dressed");
    assert!(dressed.contains("--brand:#1a56b0") && dressed.contains("left:24px"), "{dressed}");
    assert_eq!(row(&app, "widget_look_put").await["before"]["color"], "#c2503a");
    assert_eq!(admin.call("PUT", path, &json!({ "color": "red}*{display:none" })).await.0, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_add_people_and_take_their_rights_away() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let new = json!({ "name": "小王", "password": "correct horse", "role": "agent" });
    let wang = admin.done("POST", "/api/admin/staff", &new).await;
    assert_eq!(admin.call("POST", "/api/admin/staff", &new).await.0, 409, "the name is taken");
    for (field, value) in [("name", "a b"), ("password", "short")] {
        let mut wrong = new.clone();
        wrong[field] = json!(value);
        assert_eq!(admin.call("POST", "/api/admin/staff", &wrong).await.0, 400, "{field}");
    }
    let cookie = Console::enter(&app, "小王", "correct horse").await.cookie;
    let me = |cookie: String| {
        let app = &app;
        async move { app.http("GET", "/api/staff/me", &[("Cookie", &cookie)], "").await.status }
    };
    assert_eq!(me(cookie.clone()).await, 200);
    let path = format!("/api/admin/staff/{}", wang["id"].as_str().expect("an id"));
    admin.done("PUT", &path, &json!({ "role": "supervisor" })).await;
    assert_eq!(me(cookie).await, 401, "another role is another session");
    let detail = row(&app, "staff_changed").await;
    assert_eq!((&detail["before"]["role"], &detail["after"]["role"]), (&json!("agent"), &json!("supervisor")));
    admin.done("PUT", &path, &json!({ "password": "battery staple" })).await;
    assert!(!row(&app, "staff_changed").await.to_string().contains("battery"));
    let cookie = Console::enter(&app, "小王", "battery staple").await.cookie;
    admin.done("PUT", &path, &json!({ "disabled": true })).await;
    assert_eq!(me(cookie).await, 401);
    let body = json!({ "name": "小王", "password": "battery staple" }).to_string();
    assert_eq!(app.http("POST", "/api/staff/sign-in", &[], &body).await.status, 401, "no way in");
    assert!(
        admin.get("/api/desk/agents").await["agents"]
            .as_array()
            .expect("agents")
            .iter()
            .all(|one| one["name"] != "小王")
    );
    // The shop keeps somebody who keeps it.
    let people = admin.get("/api/admin/staff").await;
    let own = people["people"].as_array().expect("people").iter().find(|one| one["name"] == "admin").expect("oneself");
    let path = format!("/api/admin/staff/{}", own["id"].as_str().expect("an id"));
    for change in [json!({ "disabled": true }), json!({ "role": "agent" })] {
        assert_eq!(admin.call("PUT", &path, &change).await.0, 409);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_seen_and_ended_one_by_one() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let wang = Console::hire(&app, "wang", Role::Agent).await;
    let phone = Console::enter(&app, "wang", "correct horse").await;
    let own = wang.get("/api/staff/sessions").await;
    let own = own["sessions"].as_array().expect("sessions");
    assert_eq!((own.len(), own.iter().filter(|one| one["current"] == true).count()), (2, 1));
    let all = admin.get("/api/admin/sessions").await;
    let all = all["sessions"].as_array().expect("sessions");
    assert_eq!(all.len(), 3);
    let of_admin = all.iter().find(|one| one["name"] == "admin").expect("one's own")["id"].as_str().expect("an id");
    assert_eq!(wang.call("DELETE", &format!("/api/staff/sessions/{of_admin}"), &Value::Null).await.0, 404);
    let of_phone = phone.get("/api/staff/sessions").await;
    let of_phone = of_phone["sessions"].as_array().expect("sessions").iter().find(|one| one["current"] == true);
    let id = of_phone.expect("its own")["id"].as_str().expect("an id").to_owned();
    assert_eq!(wang.call("DELETE", &format!("/api/staff/sessions/{id}"), &Value::Null).await.0, 204);
    assert_eq!(phone.call("GET", "/api/staff/me", &Value::Null).await.0, 401);
    assert_eq!(wang.call("GET", "/api/staff/me", &Value::Null).await.0, 200);
    assert_eq!(row(&app, "session_ended").await["before"]["of"], "wang");
    // Another password ends all sessions but this one.
    let second = Console::enter(&app, "wang", "correct horse").await;
    let change = |old: &str| json!({ "old": old, "new": "battery staple" });
    assert_eq!(wang.post("/api/staff/password", &change("wrong horse")).await.0, 400);
    assert_eq!(wang.post("/api/staff/password", &change("correct horse")).await.0, 204);
    assert_eq!(second.call("GET", "/api/staff/me", &Value::Null).await.0, 401);
    assert_eq!(wang.call("GET", "/api/staff/me", &Value::Null).await.0, 200);
}

/// A request with a key.
async fn with_key(app: &TestApp, key: &str, method: &str, path: &str, body: &str) -> (u16, Value) {
    let answer = app.http(method, path, &[("Authorization", &format!("Bearer {key}"))], body).await;
    (answer.status, serde_json::from_str(&answer.body).unwrap_or(Value::Null))
}

async fn key(admin: &Console<'_>, name: &str, scopes: &[&str]) -> (String, String) {
    let made = admin.done("POST", "/api/admin/api-keys", &json!({ "name": name, "scopes": scopes, "days": 30 })).await;
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    (text(&made["key"]["id"]), text(&made["secret"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_and_does_what_its_scopes_name() {
    let clock = Clock::fixed(Timestamp(1_800_000_000_000));
    let app = TestApp::start_at(&clock).await;
    let admin = Console::admin(&app).await;
    let (id, secret) = key(&admin, "进销存", &["catalogue_write"]).await;
    let listed = admin.get("/api/admin/api-keys").await.to_string();
    assert!(listed.contains("进销存") && !listed.contains(&secret), "{listed}");
    let (hash,): (String,) = match &app.chat.db {
        xiaoer::store::Db::Sqlite { read, .. } => sqlx::query_as("SELECT key_hash FROM api_key").fetch_one(read).await,
        xiaoer::store::Db::Postgres(pool) => sqlx::query_as("SELECT key_hash FROM api_key").fetch_one(pool).await,
    }
    .expect("a row");
    assert!(hash.len() == 64 && !secret.contains(&hash));
    assert!(!row(&app, "api_key_made").await.to_string().contains(&secret));

    let stock = json!({ "items": [{ "sku": "SS-001", "stock": 3 }] }).to_string();
    assert_eq!(with_key(&app, &secret, "POST", "/api/admin/products/stock", &stock).await.0, 200);
    let detail = audit::rows(&app.chat.db, &audit::Filter::default(), 1).await.expect("read").remove(0);
    assert_eq!((detail.actor.as_str(), detail.action.as_str()), ("密钥 进销存", "stock_changed"));
    assert_eq!(with_key(&app, &secret, "GET", "/api/admin/faq/entries", "").await.0, 403, "not in its scopes");
    let (status, body) = with_key(&app, "xk_0000", "GET", "/api/admin/products", "").await;
    assert_eq!((status, body["code"].as_str()), (401, Some("bad_key")));
    clock.advance(Duration::from_secs(31 * 86_400));
    assert_eq!(with_key(&app, &secret, "GET", "/api/admin/products", "").await.0, 401, "it has expired");
    clock.advance(Duration::from_secs(1));
    let admin = Console::enter(&app, "admin", app.first_password.as_deref().expect("a password")).await;
    let (_, second) = key(&admin, "第二个", &["catalogue_read"]).await;
    assert_eq!(with_key(&app, &second, "GET", "/api/admin/products", "").await.0, 200);
    assert_eq!(with_key(&app, &second, "POST", "/api/admin/products/stock", &stock).await.0, 403, "it only reads");
    admin.done("DELETE", &format!("/api/admin/api-keys/{id}"), &Value::Null).await;
    assert_eq!(row(&app, "api_key_revoked").await["before"]["scopes"], json!(["catalogue_write"]));
    for (name, scopes) in [("第二个", json!(["audit_read"])), ("空的", json!([])), ("怪的", json!(["everything"]))]
    {
        let (status, _) = admin.post("/api/admin/api-keys", &json!({ "name": name, "scopes": scopes })).await;
        assert!(status == 400 || status == 409, "{name}: {status}");
    }
}

/// Every route of the description for people who work here: method, the path with something in its places, its pattern.
async fn staff_routes(app: &TestApp) -> Vec<(String, String, String)> {
    let description = app.http("GET", "/api/openapi.json", &[], "").await.json();
    let mut routes = Vec::new();
    for (path, operations) in description["paths"].as_object().expect("paths") {
        let rooms = ["/api/admin/", "/api/desk/", "/api/staff/"];
        if path == "/api/staff/sign-in" || !rooms.iter().any(|room| path.starts_with(room)) {
            continue;
        }
        let part = |part: &str| if part.starts_with('{') { "1" } else { part }.to_owned();
        let concrete = path.split('/').map(part).collect::<Vec<_>>().join("/");
        for method in ["get", "post", "put", "delete"].into_iter().filter(|method| operations.get(method).is_some()) {
            routes.push((method.to_uppercase(), concrete.clone(), path.clone()));
        }
    }
    routes
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_refused_wherever_nothing_else_is_said() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let scopes = admin.get("/api/admin/api-keys").await["scopes"].clone();
    let scopes: Vec<&str> = scopes.as_array().expect("scopes").iter().filter_map(Value::as_str).collect();
    let reading: Vec<&str> = scopes.iter().copied().filter(|scope| scope.ends_with("_read")).collect();
    let (_, reader) = key(&admin, "只读", &reading).await;
    let (_, all) = key(&admin, "全部", &scopes).await;
    let routes = staff_routes(&app).await;
    assert!(routes.len() > 80, "{} routes", routes.len());
    let asks_by_post =
        ["/api/admin/try", "/api/admin/faq/check", "/api/admin/words/preview", "/api/admin/inbox/{id}/preview"];
    let mut reached = BTreeSet::new();
    for (method, path, pattern) in &routes {
        let bad = with_key(&app, "xk_no", method, path, "{}").await;
        assert_eq!((bad.0, bad.1["code"].as_str()), (401, Some("bad_key")), "{method} {path}");
        let changes = method != "GET" && !asks_by_post.contains(&pattern.as_str());
        if changes {
            assert_eq!(
                with_key(&app, &reader, method, path, "{}").await.0,
                403,
                "{method} {path}: a reader changes nothing"
            );
        }
        let (status, body) = with_key(&app, &all, method, path, "{}").await;
        assert!(status < 500, "{method} {path}: {status} {body}");
        if (status, body["code"].as_str()) != (403, Some("forbidden")) {
            reached.insert(pattern.as_str());
        }
    }
    // Whatever a key has: people, their sessions, other keys, settings and conversations are not for programs.
    for closed in [
        "/api/staff/",
        "/api/admin/staff",
        "/api/admin/sessions",
        "/api/admin/api-keys",
        "/api/admin/settings",
        "/api/desk/cases",
        "/api/desk/conversations",
        "/api/admin/conversations",
        "/api/desk/settings",
        "/api/admin/corrections",
        "/api/admin/models",
    ] {
        assert!(reached.iter().all(|path| !path.starts_with(closed)), "{closed}: {reached:?}");
    }
    for open in
        ["/api/admin/faq/entries", "/api/admin/knowledge/publish", "/api/desk/report", "/api/admin/dashboard/overview"]
    {
        assert!(reached.contains(open), "{open}: {reached:?}");
    }
    // A key opens no socket of the desk.
    let headers = [("Authorization", format!("Bearer {all}")), ("Connection", "Upgrade".to_owned())];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_ne!(app.http("GET", "/ws/desk", &headers, "").await.status, 101);
}
