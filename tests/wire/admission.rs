//! Who is let in, and what they may say: origins, tokens, the greeting, the end of a visitor, and no frame of anybody else.

use crate::support::{Client, Program, TestApp, http, token};
use tokio_tungstenite::tungstenite::{self, Message};
use xiaoer::live::limits::Limits;
use xiaoer::live::protocol::{ClientFrame, ErrorCode, ServerFrame};
use xiaoer::model::chat::{Author, Status};

#[tokio::test(flavor = "multi_thread")]
async fn line_01_only_pages_of_allowed_origins_open_a_socket() {
    let app =
        TestApp::start_with(|config| config.server.allowed_origins = vec!["https://shop.example.com".into()]).await;
    for origin in [None, Some("https://evil.example.com"), Some("https://shop.example.com.evil.com"), Some("null")] {
        assert_eq!(app.handshake(origin, "/ws/chat").await, 403, "{origin:?}");
        let headers: Vec<(&str, &str)> = origin.map(|origin| ("Origin", origin)).into_iter().collect();
        assert_eq!(app.http("POST", "/sse/chat", &headers, r#"{"type":"hello"}"#).await.status, 403, "{origin:?}");
        assert_eq!(app.http("POST", "/sse/chat/frames", &headers, r#"{"type":"ping"}"#).await.status, 403);
    }
    assert_eq!(app.handshake(Some("https://shop.example.com"), "/ws/chat").await, 101);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_02_a_token_in_the_address_is_refused_and_no_token_is_logged() {
    // The program itself, with everything it can log.
    let program = Program::start(&[("RUST_LOG", "trace,jieba_rs=off,tantivy=off")]).await;
    let own = program.origin();
    let mut shopper = Client::connect(program.address, Some(&own), "/ws/chat").await.expect("the handshake succeeds");
    shopper.send(&ClientFrame::Hello { token: None, jwt: None, last_sequence: 0, page: None }).await;
    let token = token(&shopper.next().await);
    shopper.ask("1", "你好").await;
    let refused = Client::connect(program.address, Some(&own), &format!("/ws/chat?token={token}")).await;
    assert!(matches!(refused, Err(tungstenite::Error::Http(answer)) if answer.status() == 400));
    let hello = serde_json::json!({ "type": "hello", "token": token }).to_string();
    http(program.address, "POST", &format!("/sse/chat?token={token}"), &[("Origin", &own)], &hello[..3]).await;
    let bearer = format!("Bearer {token}");
    let headers = [("Origin", own.as_str()), ("Authorization", bearer.as_str())];
    assert_eq!(http(program.address, "POST", "/sse/chat/frames", &headers, r#"{"type":"ping"}"#).await.status, 200);
    let logged = program.stop().await;
    assert!(logged.contains("/sse/chat/frames"), "requests are logged: {logged}");
    let traitor = logged.lines().find(|line| line.contains(&token[..16]));
    assert_eq!(traitor, None, "a token stands in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn line_03_without_hello_the_socket_is_closed_with_4408() {
    let app = TestApp::start_with(|config| config.limits.hello_within_ms = 50).await;
    assert_eq!(app.socket().await.close_code().await, Some(4408));
    assert_eq!(Limits::default().hello_within_ms, 5_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_08_leaving_closes_all_sockets_and_makes_the_token_worthless() {
    let app = TestApp::start().await;
    let (mut first, welcome) = app.shopper(None, 0).await;
    let token = token(&welcome);
    let (mut second, _) = app.shopper(Some(&token), 0).await;
    first.ask("1", "我的手机号是多少来着").await;
    first.send(&ClientFrame::Leave {}).await;
    assert_eq!(first.close_code().await, Some(4401));
    assert_eq!(second.close_code().await, Some(4401));
    // Line 9: whoever comes next with what is left of the first visitor is somebody else.
    let (_, welcome) = app.shopper(Some(&token), 2).await;
    let ServerFrame::Welcome { token: new, messages, last_sequence, reset, .. } = welcome else { panic!("welcome") };
    assert_ne!(new, token);
    assert_eq!((messages.len(), last_sequence, reset), (0, 0, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn line_11_frames_of_agents_and_admins_are_errors_and_change_nothing() {
    let app = TestApp::start().await;
    let (mut shopper, welcome) = app.shopper(None, 0).await;
    for raw in [
        r#"{"type":"claim","conversation_id":"x"}"#,
        r#"{"type":"note","text":"x"}"#,
        r#"{"type":"say","client_id":"1","text":"x","author":"agent","status":"closed"}"#,
        r#"{"type":"status","status":"agent"}"#,
        r#"{"type":"message","message":{}}"#,
    ] {
        shopper.send_raw(Message::text(raw)).await;
    }
    shopper.send(&ClientFrame::Ping {}).await;
    let (mut errors, mut authors) = (0, Vec::new());
    loop {
        match shopper.next().await {
            ServerFrame::Error { code: ErrorCode::BadFrame, .. } => errors += 1,
            ServerFrame::Message { message } => authors.push(message.author),
            ServerFrame::Pong {} => break,
            ServerFrame::Ack { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    // What looks like a message is one, and of the shopper's; its surplus is not heeded.
    assert_eq!((errors, authors), (4, vec![Author::Shopper, Author::Bot]));
    let (_, welcome) = app.shopper(Some(&token(&welcome)), 0).await;
    assert!(matches!(welcome, ServerFrame::Welcome { status: Status::Bot, last_sequence: 2, .. }), "{welcome:?}");
}
