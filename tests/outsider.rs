//! An outsider's pass: every route of the server, asked by nobody, by a shopper, by people of each role, and with a key
//! that may do something else. Each has a row in the table of who may call it, and keeps to it.

use crate::knowledge::Console;
use crate::support::{TestApp, token};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use xiaoer::api::access::{People, Rule, TABLE, methods};
use xiaoer::model::access::Scope;
use xiaoer::model::customer::Role;

/// The path with something in its places.
fn concrete(route: &str) -> String {
    route.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect::<Vec<_>>().join("/")
}

/// Status and code of a request.
async fn ask(app: &TestApp, rule: &Rule, headers: &[(&str, &str)], body: &str) -> (u16, String) {
    let answer = app.http(rule.method, &concrete(rule.route), headers, body).await;
    let body: Value = serde_json::from_str(&answer.body).unwrap_or(Value::Null);
    (answer.status, body["code"].as_str().unwrap_or_default().to_owned())
}

fn with_key(key: &str) -> String {
    format!("Bearer {key}")
}

#[tokio::test(flavor = "multi_thread")]
async fn no_route_of_the_staff_lets_in_who_may_not_call_it() {
    let app = TestApp::start().await;
    let (_, welcome) = app.shopper(None, 0).await;
    let (shopper, body) = (with_key(&token(&welcome)), json!({ "token": token(&welcome) }).to_string());
    let admin = Console::admin(&app).await;
    let people = [
        (Role::Agent, Console::hire(&app, "wang", Role::Agent).await.cookie),
        (Role::Supervisor, Console::hire(&app, "boss", Role::Supervisor).await.cookie),
    ];
    let mut keys = Vec::new();
    for scope in Scope::ALL {
        let form = json!({ "name": scope.name(), "scopes": [scope] });
        let made = admin.done("POST", "/api/admin/api-keys", &form).await;
        keys.push((scope, with_key(made["secret"].as_str().expect("a key"))));
    }
    for rule in TABLE.iter().filter(|rule| rule.people.has(Role::Admin).is_some()) {
        let place = format!("{} {}", rule.method, rule.route);
        let csrf = ("X-Xiaoer-Csrf", "1");
        assert_eq!(ask(&app, rule, &[csrf], "{}").await, (401, "signed_out".to_owned()), "nobody: {place}");
        let by_token = ask(&app, rule, &[csrf, ("Authorization", &shopper)], &body).await;
        assert_eq!(by_token, (401, "bad_key".to_owned()), "a shopper: {place}");
        for (role, cookie) in &people {
            if rule.route == "/api/staff/sign-out" {
                // It would end the session that the other routes are asked with; it has a test of its own.
                continue;
            }
            let answer = ask(&app, rule, &[csrf, ("Cookie", cookie)], "{}").await;
            if rule.people.has(*role) == Some(false) {
                assert_eq!(answer, (403, "forbidden".to_owned()), "{role:?}: {place}");
                continue;
            }
            assert!(!matches!(answer.0, 401 | 405 | 500..), "{role:?}: {place}: {answer:?}");
            if rule.method != "GET" {
                let foreign = [csrf, ("Cookie", cookie.as_str()), ("Origin", "https://evil.example.com")];
                for headers in [&foreign[1..2], &foreign[..]] {
                    assert_eq!(ask(&app, rule, headers, "{}").await.0, 403, "forged: {place}");
                }
            }
        }
        for (scope, key) in keys.iter().filter(|(scope, _)| !rule.keys.contains(scope)) {
            let answer = ask(&app, rule, &[("Authorization", key)], "{}").await;
            assert_eq!(answer, (403, "forbidden".to_owned()), "{scope:?}: {place}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_is_open_by_decision_and_every_other_method_is_refused() {
    let app = TestApp::start().await;
    for rule in TABLE {
        let place = format!("{} {}", rule.method, rule.route);
        let (status, code) = ask(&app, rule, &[], "{}").await;
        match rule.people {
            // What a browser asks before it sends something from another origin needs an origin.
            People::Everybody if rule.method == "OPTIONS" => assert_eq!(status, 403, "{place}"),
            People::Everybody => assert!(!matches!(status, 401 | 403 | 405 | 500..), "{place}: {status} {code}"),
            People::Visitor => assert!((400..500).contains(&status), "{place}: {status}"),
            People::Link => assert!(matches!(status, 400 | 404), "{place}: {status}"),
            People::ShopSystem => assert_eq!((status, code.as_str()), (401, "bad_signature"), "{place}"),
            People::Agent | People::Supervisor | People::Admin => assert!(matches!(status, 401 | 403), "{place}"),
        }
        let known = methods(rule.route);
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].into_iter().filter(|m| !known.contains(m)) {
            let answer = app.http(method, &concrete(rule.route), &[("X-Xiaoer-Csrf", "1")], "{}").await;
            assert_eq!(answer.status, 405, "{method} {}", rule.route);
        }
    }
}

/// Every path that a source file of the interface gives to the router.
fn routes_in(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            routes_in(&path, found);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap_or_default();
        for mark in [".route(\"", "path = \""] {
            let after = text.split(mark).skip(1);
            found.extend(after.filter_map(|rest| rest.split_once('"')).map(|(route, _)| route.to_owned()));
        }
    }
}

/// Routes that stand on a listener of their own, with a door of their own: figures for Prometheus, which are off unless an
/// address is configured, and then ask for a token where that address is reached from outside.
const ON_A_LISTENER_OF_THEIR_OWN: &[&str] = &["/metrics"];

#[test]
fn every_route_in_the_source_has_a_row() {
    let mut found = BTreeSet::new();
    routes_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api"), &mut found);
    let listed: BTreeSet<String> = TABLE.iter().map(|rule| rule.route.to_owned()).collect();
    let elsewhere = |route: &&String| ON_A_LISTENER_OF_THEIR_OWN.contains(&route.as_str());
    let without: Vec<&String> = found.difference(&listed).filter(|route| !elsewhere(route)).collect();
    assert!(without.is_empty(), "decide in src/api/access/table.rs who may call {without:?}");
    let gone: Vec<&String> = listed.difference(&found).collect();
    assert!(gone.is_empty(), "no route any longer: {gone:?}");
}
