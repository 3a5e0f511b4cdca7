//! The protocol's promises over real sockets. A name that begins with `line_` names the line of the checklist of
//! trust that it proves.

use crate::support::{Client, PATIENCE, Program, TestApp, http, token};
use futures_util::{SinkExt, StreamExt};
use std::collections::HashSet;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use xiaoer::live::limits::Limits;
use xiaoer::live::protocol::{ClientFrame, ErrorCode, ServerFrame};
use xiaoer::model::chat::{Author, Status, Verdict};
use xiaoer::service::chat::{Extra, Place};

pub(crate) fn say(client_id: &str, text: &str) -> ClientFrame {
    ClientFrame::Say { client_id: client_id.into(), text: text.into(), page: None }
}

/// A server that lets a test say as much as it likes.
pub(crate) async fn unlimited() -> TestApp {
    TestApp::start_with(|config| config.limits = Limits::none()).await
}

fn sequences(welcome: &ServerFrame) -> Vec<i64> {
    match welcome {
        ServerFrame::Welcome { messages, .. } => messages.iter().map(|message| message.sequence).collect(),
        other => panic!("a welcome, not {other:?}"),
    }
}

async fn status_of(app: &TestApp, origin: Option<&str>, path: &str) -> u16 {
    match app.try_socket(origin, path).await {
        Err(tungstenite::Error::Http(answer)) => answer.status().as_u16(),
        Ok(_) => 101,
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn line_01_only_pages_of_allowed_origins_open_a_socket() {
    let app =
        TestApp::start_with(|config| config.server.allowed_origins = vec!["https://shop.example.com".into()]).await;
    for origin in [None, Some("https://evil.example.com"), Some("https://shop.example.com.evil.com"), Some("null")] {
        assert_eq!(status_of(&app, origin, "/ws/chat").await, 403, "{origin:?}");
        let headers: Vec<(&str, &str)> = origin.map(|origin| ("Origin", origin)).into_iter().collect();
        assert_eq!(app.http("POST", "/sse/chat", &headers, r#"{"type":"hello"}"#).await.status, 403, "{origin:?}");
        assert_eq!(app.http("POST", "/sse/chat/frames", &headers, r#"{"type":"ping"}"#).await.status, 403);
    }
    assert_eq!(status_of(&app, Some("https://shop.example.com"), "/ws/chat").await, 101);
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

#[tokio::test(flavor = "multi_thread")]
async fn line_17_a_frame_over_16_kib_closes_with_1009() {
    let app = TestApp::start().await;
    let (mut neighbour, _) = app.shopper(None, 0).await;
    let (mut large, _) = app.shopper(None, 0).await;
    large.send_raw(Message::text("x".repeat(16 * 1024 + 1))).await;
    assert_eq!(large.close_code().await, Some(1009));
    let mut before_hello = app.socket().await;
    before_hello.send_raw(Message::text("x".repeat(16 * 1024 + 1))).await;
    assert_eq!(before_hello.close_code().await, Some(1009));
    // Far larger: the server does not read it to its end, so the connection may break before the code is seen.
    let (mut huge, _) = app.shopper(None, 0).await;
    let _ = huge.socket.send(Message::text("x".repeat(1_000_000))).await;
    assert!(matches!(huge.close_code().await, Some(1009) | None));
    let (_, answer) = neighbour.ask("1", "运费怎么算").await;
    assert!(answer.body.ratable);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_17_a_text_over_1000_characters_is_a_typed_error() {
    let app = TestApp::start().await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    shopper.send(&say("long", &"长".repeat(1_001))).await;
    assert!(matches!(
        shopper.next().await,
        ServerFrame::Error { code: ErrorCode::TooLong, client_id: Some(id), retry_after_ms: None, .. } if id == "long"
    ));
    let (sequence, _) = shopper.ask("just right", &"长".repeat(1_000)).await;
    assert_eq!(sequence, 1);
}

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
    assert_eq!(status_of(&app, Some(&own), "/ws/chat").await, 429);
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

#[tokio::test(flavor = "multi_thread")]
async fn line_22_what_is_no_frame_is_an_error_or_closes_its_own_socket_and_nothing_else() {
    let app = TestApp::start().await;
    let (mut neighbour, _) = app.shopper(None, 0).await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    for raw in ["", "{", "[]", "null", r#"{"type":"fly"}"#, r#"{"type":"say"}"#, "\u{0}\u{1}", r#"{"type":"hello"}"#] {
        shopper.send_raw(Message::text(raw)).await;
        assert!(matches!(shopper.next().await, ServerFrame::Error { code: ErrorCode::BadFrame, .. }), "{raw:?}");
    }
    for client_id in ["", &"x".repeat(65)] {
        let (mut other, _) = app.shopper(None, 0).await;
        other.send(&say(client_id, "你好")).await;
        assert!(matches!(other.next().await, ServerFrame::Error { code: ErrorCode::BadFrame, .. }));
    }
    let (mut binary, _) = app.shopper(None, 0).await;
    binary.send_raw(Message::binary(vec![0xff, 0xfe])).await;
    assert_eq!(binary.close_code().await, Some(1003));
    let mut rude = app.socket().await;
    rude.send(&say("1", "没有问候")).await;
    assert_eq!(rude.close_code().await, Some(4400));
    // A masked text frame of two bytes that are not UTF-8, and one with a reserved bit set.
    assert_eq!(close_after(&app, &[0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28]).await, Some(1007));
    assert_eq!(close_after(&app, &[0xc1, 0x82, 0, 0, 0, 0, b'h', b'i']).await, Some(1002));
    let (_, answer) = neighbour.ask("1", "运费怎么算").await;
    assert!(answer.body.ratable);
}

/// The close code that a socket gets for these bytes.
async fn close_after(app: &TestApp, bytes: &[u8]) -> Option<u16> {
    use tokio::io::AsyncWriteExt;
    let (mut client, _) = app.shopper(None, 0).await;
    client.socket.get_mut().write_all(bytes).await.expect("written");
    client.close_code().await
}

#[tokio::test(flavor = "multi_thread")]
async fn line_23_permessage_deflate_is_not_negotiated() {
    let app = TestApp::start().await;
    let mut request = format!("ws://{}/ws/chat", app.address).into_client_request().expect("a request");
    let origin = format!("http://{}", app.address);
    for (name, value) in [
        ("origin", origin.as_str()),
        ("sec-websocket-protocol", "xiaoer.v1"),
        ("sec-websocket-extensions", "permessage-deflate; client_max_window_bits"),
    ] {
        request.headers_mut().insert(name, value.parse().expect("a header"));
    }
    let (_, response) = tokio_tungstenite::connect_async(request).await.expect("the handshake succeeds");
    assert!(response.headers().get("sec-websocket-extensions").is_none());
    assert_eq!(response.headers()["sec-websocket-protocol"], "xiaoer.v1");
}

/// The acknowledgements for these client ids, as they come.
async fn acks(client: &mut Client, count: usize) -> Vec<ServerFrame> {
    let mut acks = Vec::new();
    while acks.len() < count {
        match client.next().await {
            ack @ ServerFrame::Ack { .. } => acks.push(ack),
            ServerFrame::Message { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    acks
}

#[tokio::test(flavor = "multi_thread")]
async fn line_31_the_same_id_twice_is_one_message_with_one_answer_and_the_same_ack() {
    let app = TestApp::start().await;
    let (mut first, welcome) = app.shopper(None, 0).await;
    let token = token(&welcome);
    let (mut second, _) = app.shopper(Some(&token), 0).await;
    // At once, over two sockets, and again over one of them.
    first.send(&say("same", "运费怎么算")).await;
    second.send(&say("same", "运费怎么算")).await;
    second.send(&say("same", "运费怎么算")).await;
    let mut all = acks(&mut first, 1).await;
    all.extend(acks(&mut second, 2).await);
    drop((first, second));
    let app = app.restart().await;
    let (mut later, welcome) = app.shopper(Some(&token), 0).await;
    assert_eq!(sequences(&welcome), [1, 2]);
    later.send(&say("same", "运费怎么算")).await;
    all.extend(acks(&mut later, 1).await);
    assert!(all.iter().all(|ack| *ack == all[0]), "{all:?}");
    let (next, _) = later.ask("other", "你好").await;
    assert_eq!(next, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_32_the_same_id_with_another_text_is_a_conflict() {
    let app = TestApp::start().await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    shopper.ask("1", "你好").await;
    shopper.send(&say("1", "别的话")).await;
    assert!(matches!(
        shopper.next().await,
        ServerFrame::Error { code: ErrorCode::Conflict, client_id: Some(id), .. } if id == "1"
    ));
    let (next, _) = shopper.ask("2", "在吗").await;
    assert_eq!(next, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_34_what_was_missed_comes_exactly_once_and_the_conversation_equals_the_uninterrupted_one() {
    let app = unlimited().await;
    let (mut steady, welcome) = app.shopper(None, 0).await;
    let token = token(&welcome);
    let (mut whole, mut pieces, mut held) = (Vec::new(), Vec::new(), 0);
    for round in 0..12 {
        // One tab comes and goes; what is said while it is away, and while it comes, it must have once.
        let said = async {
            for number in 0..3 {
                let client_id = format!("{round}-{number}");
                steady.send(&say(&client_id, "你好")).await;
                for _ in 0..3 {
                    if let ServerFrame::Message { message } = steady.next().await {
                        whole.push(message);
                    }
                }
            }
        };
        let (mut returning, ()) = tokio::join!(app.shopper(Some(&token), held), said);
        let ServerFrame::Welcome { messages, reset, .. } = returning.1 else { panic!("welcome") };
        assert_eq!(reset, held == 0);
        pieces.extend(messages);
        while pieces.len() < (round + 1) * 6 {
            if let ServerFrame::Message { message } = returning.0.next().await {
                pieces.push(message);
            }
        }
        held = pieces.last().expect("messages").sequence;
    }
    assert_eq!(pieces.iter().map(|message| message.sequence).collect::<Vec<_>>(), (1..=72).collect::<Vec<_>>());
    assert_eq!(pieces, whole);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_35_a_resume_point_that_is_too_old_or_unknown_gets_a_snapshot() {
    let app = unlimited().await;
    let (mut shopper, welcome) = app.shopper(None, 0).await;
    let token = token(&welcome);
    for number in 0..55 {
        shopper.ask(&number.to_string(), "你好").await;
    }
    // Hundred and ten messages: from 10 on a hundred are missing, from 9 on one too many.
    let (_, welcome) = app.shopper(Some(&token), 10).await;
    assert!(matches!(welcome, ServerFrame::Welcome { reset: false, .. }));
    assert_eq!(sequences(&welcome), (11..=110).collect::<Vec<_>>());
    for stale in [9, 111, i64::MAX, 0, -5, i64::MIN] {
        let (mut client, welcome) = app.shopper(Some(&token), stale).await;
        assert!(matches!(welcome, ServerFrame::Welcome { reset: true, has_earlier: true, last_sequence: 110, .. }));
        assert_eq!(sequences(&welcome), (11..=110).collect::<Vec<_>>(), "{stale}");
        // With what it has now it is not reset again.
        client.send(&ClientFrame::History { before: 11 }).await;
        let ServerFrame::History { messages, has_earlier } = client.next().await else { panic!("history") };
        assert_eq!((messages.len(), has_earlier), (10, false));
        let (_, welcome) = app.shopper(Some(&token), 110).await;
        assert!(matches!(&welcome, ServerFrame::Welcome { reset: false, messages, .. } if messages.is_empty()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn line_36_after_a_restart_status_and_messages_all_come_back() {
    let app = TestApp::start().await;
    let (mut shopper, welcome) = app.shopper(None, 0).await;
    let token = token(&welcome);
    shopper.ask("1", "运费怎么算").await;
    let (_, last) = shopper.ask("2", "我要人工").await;
    shopper.send(&ClientFrame::Read { sequence: 3 }).await;
    shopper.send(&ClientFrame::Ping {}).await;
    while shopper.next().await != (ServerFrame::Pong {}) {}
    drop(shopper);
    let app = app.restart().await;
    let (_, welcome) = app.shopper(Some(&token), 0).await;
    assert_eq!(sequences(&welcome), [1, 2, 3, 4]);
    let ServerFrame::Welcome { messages, status, read_sequence, .. } = welcome else { panic!("welcome") };
    assert_eq!((status, read_sequence, &messages[3].body), (Status::Waiting, 3, &last.body));
}

#[tokio::test(flavor = "multi_thread")]
async fn line_39_stopping_acknowledges_what_is_saved_and_closes_with_1012() {
    let mut app = unlimited().await;
    let (mut shopper, welcome) = app.shopper(None, 0).await;
    let token = token(&welcome);
    for number in 0..40 {
        shopper.send(&say(&number.to_string(), "你好")).await;
    }
    acks(&mut shopper, 1).await;
    app.stop();
    let (mut acknowledged, mut code) = (HashSet::from(["0".to_owned()]), None);
    while let Some(Ok(message)) = shopper.next_raw().await {
        match message {
            Message::Text(text) => {
                if let ServerFrame::Ack { client_id, .. } = serde_json::from_str(&text).expect("a frame") {
                    acknowledged.insert(client_id);
                }
            }
            Message::Close(frame) => code = frame.map(|frame| u16::from(frame.code)),
            _ => {}
        }
    }
    assert_eq!(code, Some(1012));
    let app = app.restart().await;
    let (_, welcome) = app.shopper(Some(&token), 0).await;
    let ServerFrame::Welcome { messages, .. } = welcome else { panic!("welcome") };
    let kept: HashSet<String> = messages.into_iter().filter_map(|message| message.client_id).collect();
    assert!(acknowledged.is_subset(&kept), "{acknowledged:?} {kept:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn line_39_who_is_asked_to_stop_while_starting_ends_well() {
    // It takes connections before it is ready to answer them.
    let program = Program::start(&[]).await;
    let ended = program.terminate().await;
    assert!(ended.success(), "{ended}");
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_and_reading_are_shown_to_the_other_tabs_only() {
    let app = TestApp::start().await;
    let (mut first, welcome) = app.shopper(None, 0).await;
    let (mut second, _) = app.shopper(Some(&token(&welcome)), 0).await;
    first.send(&ClientFrame::Typing { on: true }).await;
    first.send(&ClientFrame::Read { sequence: 7 }).await;
    first.send(&ClientFrame::Ping {}).await;
    assert_eq!(first.next().await, ServerFrame::Pong {});
    assert_eq!(second.next().await, ServerFrame::Typing { author: Author::Shopper, on: true });
    assert_eq!(second.next().await, ServerFrame::Read { author: Author::Shopper, sequence: 7 });
}

/// Fills this share of the server's capacity, in hundredths.
fn fill(app: &TestApp, hundredths: usize) -> Vec<Place> {
    (0..hundredths).map(|_| app.chat.load.begin().expect("a place")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn under_load_extras_go_in_their_order_and_answers_last() {
    let app = TestApp::start_with(|config| {
        config.chat.turns_at_once = 100;
        config.limits = Limits::none();
    })
    .await;
    let (mut shopper, welcome) = app.shopper(None, 0).await;
    let (mut watching, _) = app.shopper(Some(&token(&welcome)), 0).await;
    let wish = "推荐一双跑步鞋";
    let (_, calm) = shopper.ask("1", wish).await;
    assert!(!calm.body.products.is_empty());

    let half = fill(&app, 50);
    assert!(!app.chat.load.allows(Extra::Recommendations) && app.chat.load.allows(Extra::Suggestions));
    let (_, without_recommender) = shopper.ask("2", wish).await;
    assert!(!without_recommender.body.products.is_empty());

    let more = fill(&app, 15);
    assert!(!app.chat.load.allows(Extra::Suggestions) && app.chat.load.allows(Extra::Typing));
    let (_, without_products) = shopper.ask("3", wish).await;
    assert!(without_products.body.products.is_empty(), "{without_products:?}");
    let (_, answer) = shopper.ask("4", "运费怎么算").await;
    assert!(answer.body.ratable, "answers go on");

    let almost = fill(&app, 34);
    assert!(!app.chat.load.allows(Extra::Typing));
    shopper.send(&ClientFrame::Typing { on: true }).await;
    let (_, answer) = shopper.ask("5", "怎么退货").await;
    assert!(answer.body.ratable, "with one place left answers still go on");
    for _ in 0..10 {
        assert!(matches!(watching.next().await, ServerFrame::Message { .. }), "typing is left out");
    }

    let full = fill(&app, 1);
    shopper.send(&say("6", "你好")).await;
    match shopper.next().await {
        ServerFrame::Error { code: ErrorCode::Busy, client_id, retry_after_ms, message } => {
            assert_eq!(client_id.as_deref(), Some("6"));
            assert!(retry_after_ms.is_some_and(|wait| (1_000..=3_000).contains(&wait)));
            assert!(message.contains("稍后"), "{message}");
        }
        other => panic!("{other:?}"),
    }
    drop((half, more, almost, full));
    let (sequence, _) = shopper.ask("6", "你好").await;
    assert_eq!(sequence, 11, "a refused message was not kept and can be sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worked_session_of_the_documentation_is_true() {
    let app = TestApp::start().await;
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/protocol.md")).expect("the document");
    let mut shopper = app.socket().await;
    let (mut sent, mut received) = (0, 0);
    for line in text.lines() {
        if let Some(frame) = line.strip_prefix("→ ") {
            shopper.send_raw(Message::text(frame)).await;
            sent += 1;
        } else if let Some(frame) = line.strip_prefix("← ") {
            let expected: serde_json::Value = serde_json::from_str(frame).unwrap_or_else(|e| panic!("{e}: {frame}"));
            let found = match shopper.socket.next().await {
                Some(Ok(Message::Text(text))) => serde_json::from_str::<serde_json::Value>(&text).expect("JSON"),
                other => panic!("{other:?}"),
            };
            assert_eq!(shape(&found), shape(&expected), "\n{frame}");
            received += 1;
        }
    }
    assert!(sent >= 5 && received >= 8, "{sent} {received}");
}

/// A frame without the values that differ from run to run.
fn shape(frame: &serde_json::Value) -> serde_json::Value {
    let mut frame = frame.clone();
    for path in
        ["/token", "/conversation_id", "/at", "/message/id", "/message/at", "/messages/0/id", "/messages/0/at", "/shop"]
    {
        if let Some(value) = frame.pointer_mut(path) {
            *value = serde_json::Value::Null;
        }
    }
    frame
}
