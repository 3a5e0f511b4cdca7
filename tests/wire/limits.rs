//! Floods, crowds and those who do not read or answer: each has a bound, and whoever is within it does not wait.

use crate::support::{PATIENCE, TestApp, say, sequences, token};
use futures_util::SinkExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use xiaoer::live::limits::Limits;
use xiaoer::live::protocol::{ClientFrame, ErrorCode, ServerFrame};
use xiaoer::model::chat::Verdict;

#[tokio::test(flavor = "multi_thread")]
async fn line_18_a_flood_is_refused_with_the_time_to_wait_and_then_closed() {
    let app = TestApp::start().await;
    let (mut shopper, welcome) = app.shopper(None, 0).await;
    for number in 0..20 {
        shopper.send(&say(&number.to_string(), "你好")).await;
    }
    let (mut acknowledged, mut refused) = (0, Vec::new());
    let code = loop {
        match shopper.next_raw().await {
            Some(Ok(Message::Text(text))) => match serde_json::from_str(&text).expect("a frame") {
                ServerFrame::Ack { .. } => acknowledged += 1,
                ServerFrame::Error { code: ErrorCode::RateLimited, client_id, retry_after_ms, .. } => {
                    assert!(retry_after_ms.is_some_and(|wait| wait > 0 && wait <= 10_000), "{retry_after_ms:?}");
                    refused.push(client_id.expect("which message"));
                }
                ServerFrame::Message { .. } => {}
                other => panic!("{other:?}"),
            },
            Some(Ok(Message::Close(frame))) => break frame.map(|frame| u16::from(frame.code)),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((acknowledged, refused.len(), code), (10, 10, Some(4429)));
    // The limit is the visitor's, not the socket's.
    let (mut again, _) = app.shopper(Some(&token(&welcome)), 20).await;
    again.send(&say("again", "你好")).await;
    assert!(matches!(again.next().await, ServerFrame::Error { code: ErrorCode::RateLimited, .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn line_18_an_address_has_a_limit_of_its_own() {
    let app = TestApp::start_with(|config| config.limits.messages_of_address_in_60_s = 3).await;
    for number in 0..3 {
        let (mut shopper, _) = app.shopper(None, 0).await;
        shopper.ask(&number.to_string(), "你好").await;
    }
    let (mut shopper, _) = app.shopper(None, 0).await;
    shopper.send(&say("1", "你好")).await;
    assert!(matches!(shopper.next().await, ServerFrame::Error { code: ErrorCode::RateLimited, .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn line_18_frames_that_are_no_messages_have_a_limit_too() {
    let app = TestApp::start_with(|config| config.limits.frames_in_10_s = 3).await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    for _ in 0..3 {
        shopper.send(&ClientFrame::History { before: 1 }).await;
        assert!(matches!(shopper.next().await, ServerFrame::History { .. }));
    }
    for frame in [
        ClientFrame::History { before: 1 },
        ClientFrame::Read { sequence: 1 },
        ClientFrame::Identify { jwt: "no.such.token".to_owned() },
        ClientFrame::Rate { sequence: 1, verdict: Verdict::Solved },
    ] {
        shopper.send(&frame).await;
        assert!(matches!(shopper.next().await, ServerFrame::Error { code: ErrorCode::RateLimited, .. }), "{frame:?}");
    }
    shopper.send(&ClientFrame::Ping {}).await;
    assert!(matches!(shopper.next().await, ServerFrame::Pong {}), "signs of life pass");
    shopper.ask("1", "你好").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn line_18_an_address_brings_so_many_new_visitors_and_no_more() {
    let app = TestApp::start_with(|config| config.limits.visitors_of_address_in_60_s = 2).await;
    let (_first, welcome) = app.shopper(None, 0).await;
    let (_second, _) = app.shopper(None, 0).await;
    let (mut third, refusal) = app.shopper(None, 0).await;
    assert!(matches!(refusal, ServerFrame::Error { code: ErrorCode::RateLimited, .. }), "{refusal:?}");
    assert_eq!(third.close_code().await, Some(1013));
    let (mut known, _) = app.shopper(Some(&token(&welcome)), 0).await;
    known.ask("1", "你好").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn line_19_the_newest_connection_of_an_address_is_closed_and_a_silent_one_later() {
    let app = TestApp::start_with(|config| {
        config.limits.sockets_of_address = 1;
        config.limits.head_within_ms = 500;
    })
    .await;
    let mut silent = [TcpStream::connect(app.address).await.unwrap(), TcpStream::connect(app.address).await.unwrap()];
    // Both are in; a third finds no place as long as they are.
    silent[0].write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert!(silent[0].read(&mut [0; 15]).await.unwrap() > 0, "whoever asks is answered");
    let mut third = TcpStream::connect(app.address).await.unwrap();
    assert_eq!(third.read(&mut [0; 1]).await.unwrap_or(0), 0, "closed without a word");
    for connection in &mut silent {
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(PATIENCE, connection.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "whoever is silent is not waited for");
    }
    assert_eq!(app.http("GET", "/healthz", &[], "").await.status, 200, "and there is a place again");
}

#[tokio::test(flavor = "multi_thread")]
async fn line_19_the_newest_socket_of_a_visitor_is_refused() {
    let app = TestApp::start_with(|config| config.limits.sockets_of_visitor = 2).await;
    let (mut first, welcome) = app.shopper(None, 0).await;
    let token = token(&welcome);
    let (second, _) = app.shopper(Some(&token), 0).await;
    let (mut third, refusal) = app.shopper(Some(&token), 0).await;
    assert!(matches!(refusal, ServerFrame::Error { code: ErrorCode::TooManySockets, .. }), "{refusal:?}");
    assert_eq!(third.close_code().await, Some(4429));
    first.ask("1", "你好").await;
    drop(second);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_19_the_newest_socket_of_an_address_is_refused() {
    let app = TestApp::start_with(|config| config.limits.sockets_of_address = 2).await;
    let own = format!("http://{}", app.address);
    let (mut first, _) = app.shopper(None, 0).await;
    let silent = app.socket().await;
    assert_eq!(app.handshake(Some(&own), "/ws/chat").await, 429);
    assert_eq!(app.http("POST", "/sse/chat", &[("Origin", &own)], r#"{"type":"hello"}"#).await.status, 429);
    first.ask("1", "你好").await;
    drop(silent);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_20_who_does_not_read_is_dropped_and_nobody_waits() {
    let app = TestApp::start_with(|config| {
        config.limits = Limits { write_within_ms: 100, ..Limits::none() };
    })
    .await;
    let (mut slow, welcome) = app.shopper(None, 0).await;
    let token = token(&welcome);
    let (mut fast, _) = app.shopper(Some(&token), 0).await;
    // History is the largest thing that a client can ask for without sending much.
    for number in 0..60 {
        fast.ask(&number.to_string(), &"长".repeat(1_000)).await;
    }
    let asked = async { while slow.socket.send(Message::text(r#"{"type":"history","before":1000}"#)).await.is_ok() {} };
    tokio::time::timeout(PATIENCE, asked).await.expect("the server gives up a client that does not read");
    let (sequence, _) = fast.ask("after", "你好").await;
    assert_eq!(sequence, 121);
    // It comes back and has missed nothing.
    let (_, welcome) = app.shopper(Some(&token), 100).await;
    assert_eq!(sequences(&welcome), (101..=122).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn line_21_a_silent_client_is_asked_and_then_dropped() {
    let limits = Limits { ping_after_ms: 40, silence_ms: 120, ..Limits::default() };
    let app = TestApp::start_with(|config| config.limits = limits).await;
    let (mut silent, _) = app.shopper(None, 0).await;
    assert_eq!(silent.next().await, ServerFrame::Ping {});
    assert_eq!(silent.close_code().await, Some(4410));
    // Whoever answers stays.
    let (mut alive, _) = app.shopper(None, 0).await;
    for _ in 0..6 {
        assert_eq!(alive.next().await, ServerFrame::Ping {});
        alive.send(&ClientFrame::Pong {}).await;
    }
    assert_eq!((Limits::default().ping_after_ms, Limits::default().silence_ms), (15_000, 45_000));
}
