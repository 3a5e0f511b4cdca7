//! The second step of signing in.

use crate::knowledge::Console;
use crate::support::TestApp;
use serde_json::{Value, json};
use std::time::Duration;
use xiaoer::clock::{Clock, Timestamp};
use xiaoer::model::customer::Role;
use xiaoer::service::one_time_code::{base32, code, from_base32};
use xiaoer::service::seal::Seal;
use xiaoer::store::{audit, second_factor, staff};

const PASSWORD: &str = "correct horse";
const BEGIN: i64 = 1_800_000_000_000;

async fn sign_in(app: &TestApp, code: Option<&str>) -> (u16, String) {
    let body = json!({ "name": "wang", "password": PASSWORD, "code": code }).to_string();
    let answer = app.http("POST", "/api/staff/sign-in", &[], &body).await;
    (answer.status, answer.json()["code"].as_str().unwrap_or_default().to_owned())
}

fn now(clock: &Clock, secret: &[u8]) -> String {
    code(secret, clock.now().0 / 30_000)
}

/// Turns it on; returns the secret and the recovery codes.
async fn enrol(clock: &Clock, wang: &Console<'_>) -> (Vec<u8>, Vec<String>) {
    let (status, _) = wang.post("/api/staff/second-factor", &json!({ "password": "wrong horse" })).await;
    assert_eq!(status, 400);
    let made = wang.done("POST", "/api/staff/second-factor", &json!({ "password": PASSWORD })).await;
    assert!(made["address"].as_str().is_some_and(|address| address.starts_with("otpauth://totp/")), "{made}");
    assert!(made["path"].as_str().is_some_and(|path| path.starts_with('M')) && made["side"].as_i64() > Some(20));
    let secret = from_base32(made["secret"].as_str().expect("a secret")).expect("Base32");
    assert_eq!(wang.get("/api/staff/second-factor").await["on"], false, "not before a code was shown");
    let (status, _) = wang.post("/api/staff/second-factor/confirm", &json!({ "code": "000000" })).await;
    assert_eq!(status, 400, "the session stands");
    let shown = json!({ "code": now(clock, &secret) });
    let codes = wang.done("POST", "/api/staff/second-factor/confirm", &shown).await["recovery_codes"].clone();
    let codes: Vec<String> = serde_json::from_value(codes).expect("texts");
    assert_eq!(codes.len(), 10);
    (secret, codes)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_asked_for_taken_once_and_never_again() {
    let clock = Clock::fixed(Timestamp(BEGIN));
    let app = TestApp::start_at(&clock).await;
    let wang = Console::hire(&app, "wang", Role::Agent).await;
    let (secret, codes) = enrol(&clock, &wang).await;
    assert_eq!(sign_in(&app, None).await, (401, "code_needed".to_owned()));
    assert_eq!(sign_in(&app, Some(&now(&clock, &secret))).await.0, 401, "the code that confirmed is used up");
    clock.advance(Duration::from_secs(30));
    let fresh = now(&clock, &secret);
    let spaced = format!("{} {}", &fresh[..3], &fresh[3..]);
    assert_eq!(sign_in(&app, Some(&spaced)).await.0, 200);
    assert_eq!(sign_in(&app, Some(&fresh)).await, (401, "bad_code".to_owned()), "no code works twice");
    // A recovery code, once.
    assert_eq!(sign_in(&app, Some(&codes[3].to_uppercase())).await.0, 200);
    assert_eq!(sign_in(&app, Some(&codes[3])).await.0, 401);
    let left = wang.get("/api/staff/second-factor").await;
    assert_eq!((&left["on"], &left["recovery_codes"]), (&json!(true), &json!(9)));
    let rows = audit::rows(&app.chat.db, &audit::Filter::default(), 100).await.expect("read");
    for action in ["second_factor_added", "recovery_code_used"] {
        let row = rows.iter().find(|row| row.action == action).expect(action);
        assert!(row.subject == "wang" && codes.iter().all(|code| !row.detail.to_string().contains(code)));
    }
    // Codes cannot be guessed by somebody who has the password: asking without one does not begin anew.
    clock.advance(Duration::from_secs(3_601));
    for _ in 0..5 {
        assert_eq!(sign_in(&app, None).await.1, "code_needed");
        assert_eq!(sign_in(&app, Some("000000")).await.0, 401);
    }
    assert_eq!(sign_in(&app, Some(&now(&clock, &secret))).await.0, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn its_secret_lies_sealed_and_one_from_before_is_sealed_when_it_is_used() {
    let clock = Clock::fixed(Timestamp(BEGIN));
    let key = "a key of thirty-two letters, or more";
    let app = TestApp::start_at_with(&clock, |config| config.seal.key = key.into()).await;
    let wang = Console::hire(&app, "wang", Role::Agent).await;
    let (secret, codes) = enrol(&clock, &wang).await;
    let db = &app.chat.db;
    let id = staff::by_name(db, "wang").await.expect("read").expect("hired").staff.id;
    let kept = async || second_factor::of(db, id).await.expect("read").expect("it is on").secret;
    let put = async |anew: &str| second_factor::replace(db, id, &kept().await, anew).await.expect("written");
    assert!(kept().await.starts_with("v1:") && !kept().await.contains(&base32(&secret)));

    put(&base32(&secret)).await;
    clock.advance(Duration::from_secs(30));
    assert_eq!(sign_in(&app, Some(&now(&clock, &secret))).await.0, 200, "kept before there was a key");
    assert!(kept().await.starts_with("v1:"));

    put(&Seal::with(&"another key".into()).close(id.0, &base32(&secret)).expect("sealed")).await;
    clock.advance(Duration::from_secs(30));
    assert_eq!(sign_in(&app, Some(&now(&clock, &secret))).await.0, 401, "nobody has that key");
    assert_eq!(sign_in(&app, Some(&now(&clock, &[]))).await.0, 401, "and it is not taken for an empty secret");
    assert_eq!(sign_in(&app, Some(&codes[0])).await.0, 200, "a recovery code needs no key");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_taken_away_by_oneself_with_the_password_or_by_an_admin() {
    let clock = Clock::fixed(Timestamp(BEGIN));
    let app = TestApp::start_at(&clock).await;
    let admin = Console::admin(&app).await;
    let wang = Console::hire(&app, "wang", Role::Agent).await;
    enrol(&clock, &wang).await;
    assert_eq!(wang.post("/api/staff/second-factor", &json!({ "password": PASSWORD })).await.0, 409, "it is on");
    assert_eq!(wang.post("/api/staff/second-factor/remove", &json!({ "password": "wrong horse" })).await.0, 400);
    wang.done("POST", "/api/staff/second-factor/remove", &json!({ "password": PASSWORD })).await;
    assert_eq!(sign_in(&app, None).await.0, 200);
    clock.advance(Duration::from_secs(60));
    enrol(&clock, &wang).await;
    let people = admin.get("/api/admin/staff").await;
    let found = people["people"].as_array().expect("people").iter().find(|one| one["name"] == "wang").expect("wang");
    assert_eq!(found["second_factor"], true);
    let path = format!("/api/admin/staff/{}/second-factor", found["id"].as_str().expect("an id"));
    assert_eq!(wang.call("DELETE", &path, &Value::Null).await.0, 403);
    admin.done("DELETE", &path, &Value::Null).await;
    assert_eq!(admin.call("DELETE", &path, &Value::Null).await.0, 404, "it is gone");
    assert_eq!(sign_in(&app, None).await.0, 200);
    let rows = audit::rows(&app.chat.db, &audit::Filter::default(), 10).await.expect("read");
    let removed: Vec<&str> =
        rows.iter().filter(|row| row.action == "second_factor_removed").map(|row| row.actor.as_str()).collect();
    assert_eq!(removed, ["admin", "wang"]);
}
