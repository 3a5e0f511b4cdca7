//! Passwords, sessions, and what ends them.

use crate::knowledge::Console;
use crate::support::{PATIENCE, TestApp};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use xiaoer::clock::{Clock, Timestamp};
use xiaoer::live::protocol::close;
use xiaoer::model::customer::Role;
use xiaoer::store::audit;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A socket of the desk that was welcomed.
async fn desk(app: &TestApp, cookie: &str) -> Socket {
    let mut request = format!("ws://{}/ws/desk", app.address).into_client_request().expect("a request");
    let origin = format!("http://{}", app.address);
    for (name, value) in [("sec-websocket-protocol", "xiaoer.v1"), ("origin", &origin), ("cookie", cookie)] {
        request.headers_mut().insert(name, value.parse().expect("a header"));
    }
    let mut socket = connect_async(request).await.expect("the handshake succeeds").0;
    socket.send(Message::text(r#"{"type":"hello"}"#)).await.expect("sent");
    let welcome = socket.next().await.expect("a frame").expect("a frame");
    assert!(welcome.to_text().is_ok_and(|text| text.contains("welcome")), "{welcome:?}");
    socket
}

/// The code that a socket is closed with.
async fn closed(mut socket: Socket) -> u16 {
    let end = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Close(Some(frame)))) => return u16::from(frame.code),
                Some(Ok(_)) => {}
                other => panic!("a close frame, not {other:?}"),
            }
        }
    };
    tokio::time::timeout(PATIENCE, end).await.expect("the socket is closed")
}

async fn id_of(admin: &Console<'_>, name: &str) -> String {
    let people = admin.get("/api/admin/staff").await;
    let found = people["people"].as_array().expect("people").iter().find(|one| one["name"] == name);
    found.expect("somebody")["id"].as_str().expect("an id").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn line_08_whoever_is_signed_out_disabled_or_changed_loses_their_sockets() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let mut sockets = Vec::new();
    for name in ["left", "disabled", "promoted", "renewed", "ended", "own-password"] {
        let person = Console::hire(&app, name, Role::Agent).await;
        sockets.push((name, desk(&app, &person.cookie).await));
        let path = format!("/api/admin/staff/{}", id_of(&admin, name).await);
        match name {
            "left" => drop(person.done("POST", "/api/staff/sign-out", &json!({})).await),
            "disabled" => drop(admin.done("PUT", &path, &json!({ "disabled": true })).await),
            "promoted" => drop(admin.done("PUT", &path, &json!({ "role": "supervisor" })).await),
            "renewed" => drop(admin.done("PUT", &path, &json!({ "password": "battery staple" })).await),
            "ended" => {
                let sessions = person.get("/api/staff/sessions").await;
                let id = sessions["sessions"][0]["id"].as_str().expect("an id").to_owned();
                admin.done("DELETE", &format!("/api/admin/sessions/{id}"), &Value::Null).await;
            }
            _ => {
                let elsewhere = Console::enter(&app, name, "correct horse").await;
                let change = json!({ "old": "correct horse", "new": "battery staple" });
                elsewhere.done("POST", "/api/staff/password", &change).await;
            }
        }
    }
    let stays = desk(&app, &admin.cookie).await;
    for (name, socket) in sockets {
        assert_eq!(closed(socket).await, close::SIGNED_OUT, "{name}");
    }
    drop(stays);
    assert_eq!(admin.call("GET", "/api/staff/me", &Value::Null).await.0, 200, "nobody else is touched");
}

#[tokio::test(flavor = "multi_thread")]
async fn line_08_a_session_that_ends_on_one_node_loses_its_sockets_on_another() {
    let app = TestApp::start().await;
    let other = app.beside().await;
    let person = Console::hire(&app, "wang", Role::Agent).await;
    let socket = desk(&other, &person.cookie).await;
    person.done("POST", "/api/staff/sign-out", &json!({})).await;
    assert_eq!(closed(socket).await, close::SIGNED_OUT);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_10_a_session_that_runs_out_loses_its_sockets() {
    let clock = Clock::fixed(Timestamp(1_800_000_000_000));
    let app = TestApp::start_at(&clock).await;
    let admin = Console::admin(&app).await;
    let socket = desk(&app, &admin.cookie).await;
    clock.advance(Duration::from_secs(12 * 3_600 + 1));
    assert_eq!(closed(socket).await, close::SIGNED_OUT);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_14_a_change_without_the_header_or_from_a_foreign_page_is_refused() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let (cookie, own) = (admin.cookie.as_str(), format!("http://{}", app.address));
    let leave = |headers: Vec<(&'static str, String)>| {
        let app = &app;
        async move {
            let mut all: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            all.push(("Cookie", cookie));
            app.http("POST", "/api/staff/sign-out", &all, "{}").await.status
        }
    };
    let csrf = ("X-Xiaoer-Csrf", "1".to_owned());
    assert_eq!(leave(vec![]).await, 403);
    for origin in ["https://evil.example.com", "null"] {
        assert_eq!(leave(vec![csrf.clone(), ("Origin", origin.to_owned())]).await, 403, "{origin}");
    }
    assert_eq!(leave(vec![csrf, ("Origin", own)]).await, 204);
}

async fn guess(app: &TestApp, name: &str, password: &str) -> (u16, Option<u64>) {
    let body = json!({ "name": name, "password": password }).to_string();
    let answer = app.http("POST", "/api/staff/sign-in", &[], &body).await;
    let wait = answer.head.lines().find_map(|line| line.strip_prefix("retry-after: ")?.parse().ok());
    (answer.status, wait)
}

#[tokio::test(flavor = "multi_thread")]
async fn line_15_guessing_gets_slower_for_a_name_on_every_node_and_after_a_restart() {
    let clock = Clock::fixed(Timestamp(1_800_000_000_000));
    let app = TestApp::start_at(&clock).await;
    let password = app.first_password.clone().expect("a password");
    for name in ["admin", "nobody"] {
        for _ in 0..5 {
            assert_eq!(guess(&app, name, "wrong password").await, (401, None), "{name}");
        }
        assert_eq!(guess(&app, name, "wrong password").await, (429, Some(60)), "{name}");
    }
    assert_eq!(guess(&app, "admin", &password).await.0, 429, "the right one has to wait as well");
    let other = app.beside().await;
    assert_eq!(guess(&other, "admin", &password).await.0, 429, "also on another node");
    let app = app.restart().await;
    assert_eq!(guess(&app, "admin", &password).await.0, 429, "and after a restart");
    clock.advance(Duration::from_secs(61));
    assert_eq!(guess(&app, "admin", "wrong password").await.0, 401, "one more try");
    assert_eq!(guess(&app, "admin", "wrong password").await, (429, Some(120)), "and twice the wait");
    clock.advance(Duration::from_secs(121));
    assert_eq!(guess(&app, "admin", &password).await.0, 200);
    assert_eq!(guess(&app, "admin", "wrong password").await.0, 401, "a success begins anew");
    let locked = audit::Filter { action: "sign_in_locked".to_owned(), ..audit::Filter::default() };
    let rows = audit::rows(&app.chat.db, &locked, 10).await.expect("read");
    let subjects: Vec<&str> = rows.iter().map(|row| row.subject.as_str()).collect();
    assert_eq!(subjects, ["name:nobody", "name:admin"]);
    let failed = audit::Filter { action: "sign_in_failed".to_owned(), ..audit::Filter::default() };
    assert_eq!(audit::rows(&app.chat.db, &failed, 100).await.expect("read").len(), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_15_an_address_that_tries_many_names_has_to_wait() {
    let clock = Clock::fixed(Timestamp(1_800_000_000_000));
    let app = TestApp::start_at(&clock).await;
    // A password that is too long is refused before it is hashed, and counts all the same.
    let long = "x".repeat(201);
    for number in 0..30 {
        assert_eq!(guess(&app, &format!("name-{number}"), &long).await.0, 401);
    }
    assert_eq!(guess(&app, "another", &long).await.0, 429);
}

/// How often each of these was audited, for a name.
async fn audited(app: &TestApp, subject: &str, action: &str) -> usize {
    let filter = audit::Filter { action: action.to_owned(), ..audit::Filter::default() };
    let rows = audit::rows(&app.chat.db, &filter, 100).await.expect("read");
    rows.iter().filter(|row| row.subject == subject).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn line_15_whoever_guesses_in_a_session_waits_and_is_audited_like_at_the_door() {
    let clock = Clock::fixed(Timestamp(1_800_000_000_000));
    let app = TestApp::start_at(&clock).await;
    let wrong = json!({ "password": "wrong horse" });
    let right = json!({ "password": "correct horse" });
    let change = json!({ "old": "wrong horse", "new": "another horse" });
    let code = json!({ "code": "000000" });
    let ways = [
        ("liu", "/api/staff/password", &change),
        ("wang", "/api/staff/second-factor", &wrong),
        ("zhao", "/api/staff/second-factor/remove", &wrong),
        ("qian", "/api/staff/second-factor/confirm", &code),
    ];
    for (name, path, guess) in ways {
        let console = Console::hire(&app, name, Role::Agent).await;
        if name == "qian" {
            assert_eq!(console.post(path, guess).await.0, 409, "nothing was begun, so nothing was guessed");
            console.done("POST", "/api/staff/second-factor", &right).await;
        }
        for failures in 1..=5 {
            assert_eq!(console.post(path, guess).await.0, 400, "{path}");
            assert_eq!(audited(&app, name, "sign_in_failed").await, failures, "{path}");
        }
        assert_eq!(console.post(path, guess).await.0, 429, "{path}");
        let lock = format!("name:{name}");
        assert_eq!(audited(&app, &lock, "sign_in_locked").await, 1, "{path}");
        assert_eq!(audited(&app, name, "sign_in_failed").await, 5, "what is refused unseen is no failure: {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn line_15_the_beginning_of_a_wait_is_audited_once_also_where_many_guess_at_once() {
    let app = TestApp::start().await;
    futures_util::future::join_all((0..12).map(|_| guess(&app, "admin", "wrong password"))).await;
    assert_eq!(audited(&app, "name:admin", "sign_in_locked").await, 1);
    assert_eq!(audited(&app, "admin", "sign_in_failed").await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_15_many_guesses_at_once_are_not_more_than_one_after_the_other() {
    let app = TestApp::start().await;
    let guesses = (0..12).map(|_| guess(&app, "admin", "wrong password"));
    let answers = futures_util::future::join_all(guesses).await;
    let looked_at = answers.iter().filter(|(status, _)| *status == 401).count();
    assert!(looked_at <= 5, "{answers:?}");
}

#[test]
fn line_06_secrets_are_compared_in_constant_time() {
    // Signatures of the shop's tokens are verified by a library that does; what is looked up is a hash. What is compared
    // here goes through `subtle`: no line compares such a thing with `==`.
    let names = ["secret", "signature", "token", "password", "code_hash", "mac", "hash"];
    let mut files = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut found = Vec::new();
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
            continue;
        }
        let text = fs::read_to_string(&path).unwrap_or_default();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let interface =
            ["api", "service", "live", "store"].iter().any(|room| path.components().any(|c| c.as_os_str() == *room));
        for line in code.lines().filter(|line| interface && !line.trim_start().starts_with("//")) {
            let sides = line.split_once("==").or_else(|| line.split_once("!="));
            let Some((left, right)) = sides else { continue };
            let word = |text: &str| {
                let end = |c: char| !(c.is_alphanumeric() || c == '_');
                (
                    text.rsplit(end).find(|w| !w.is_empty()).unwrap_or_default().to_owned(),
                    text.split(end).find(|w| !w.is_empty()).unwrap_or_default().to_owned(),
                )
            };
            if names.contains(&word(left).0.as_str()) || names.contains(&word(right).1.as_str()) {
                found.push(format!("{}: {}", path.display(), line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}
