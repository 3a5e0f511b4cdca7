//! The protocol over server-sent events and POST: the same frames with the same meaning.

use crate::support::{PATIENCE, TestApp, say};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use xiaoer::live::limits::Limits;
use xiaoer::live::protocol::{ClientFrame, ErrorCode, ServerFrame};
use xiaoer::model::chat::Author;

/// A stream of events that is being read.
struct Stream {
    reader: BufReader<TcpStream>,
    name: String,
    token: String,
}

/// One event.
#[derive(Debug, PartialEq)]
enum Event {
    Frame(Box<ServerFrame>),
    Stream(String),
    Close(u16),
    End,
}

impl Stream {
    async fn open(app: &TestApp, token: Option<&str>, last_sequence: i64) -> (Self, ServerFrame) {
        let hello = ClientFrame::Hello { token: token.map(str::to_owned), jwt: None, last_sequence, page: None };
        let body = serde_json::to_string(&hello).expect("JSON");
        let mut stream = TcpStream::connect(app.address).await.expect("a connection");
        let head = format!(
            "POST /sse/chat HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nContent-Length: {1}\r\n\r\n{body}",
            app.address,
            body.len()
        );
        stream.write_all(head.as_bytes()).await.expect("sent");
        let mut opened = Self { reader: BufReader::new(stream), name: String::new(), token: String::new() };
        let Event::Stream(name) = opened.next().await else { panic!("the name of the stream") };
        let Event::Frame(welcome) = opened.next().await else { panic!("a welcome") };
        opened.name = name;
        opened.token = crate::support::token(&welcome);
        (opened, *welcome)
    }

    /// The next event. Chunk sizes and blank lines are passed over: each event of these frames is one chunk.
    async fn next(&mut self) -> Event {
        let mut kind = String::new();
        loop {
            let mut line = String::new();
            let read = tokio::time::timeout(PATIENCE, self.reader.read_line(&mut line)).await.expect("in time");
            if read.unwrap_or(0) == 0 {
                return Event::End;
            }
            if let Some(name) = line.strip_prefix("event: ") {
                kind = name.trim().to_owned();
            } else if let Some(data) = line.strip_prefix("data: ") {
                return match kind.as_str() {
                    "stream" => Event::Stream(data.trim().to_owned()),
                    "close" => Event::Close(data.trim().parse().expect("a code")),
                    _ => Event::Frame(Box::new(serde_json::from_str(data).expect("a frame"))),
                };
            }
        }
    }

    async fn frame(&mut self) -> ServerFrame {
        match self.next().await {
            Event::Frame(frame) => *frame,
            other => panic!("a frame, not {other:?}"),
        }
    }

    /// Sends a frame; returns status and reply.
    async fn post(&self, app: &TestApp, frame: &ClientFrame) -> (u16, Option<ServerFrame>) {
        let (origin, bearer) = (format!("http://{}", app.address), format!("Bearer {}", self.token));
        let headers = [("Origin", origin.as_str()), ("Authorization", &bearer), ("X-Xiaoer-Stream", &self.name)];
        let body = serde_json::to_string(frame).expect("JSON");
        let answer = app.http("POST", "/sse/chat/frames", &headers, &body).await;
        (answer.status, serde_json::from_str(&answer.body).ok())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_over_plain_http_is_the_same_as_over_a_socket() {
    let app = TestApp::unlimited().await;
    let (mut stream, welcome) = Stream::open(&app, None, 0).await;
    assert!(matches!(welcome, ServerFrame::Welcome { last_sequence: 0, .. }));
    let (status, ack) = stream.post(&app, &say("1", "运费怎么算")).await;
    assert!(status == 200 && matches!(ack, Some(ServerFrame::Ack { sequence: 1, .. })), "{ack:?}");
    let (ServerFrame::Message { message: own }, ServerFrame::Message { message: answer }) =
        (stream.frame().await, stream.frame().await)
    else {
        panic!("two messages")
    };
    assert_eq!((own.sequence, answer.sequence), (1, 2));
    assert!(answer.body.ratable);
    // Line 31: a resend has the same acknowledgement; line 32: another text is a conflict.
    assert_eq!(stream.post(&app, &say("1", "运费怎么算")).await.1, ack);
    let (status, conflict) = stream.post(&app, &say("1", "别的")).await;
    assert!(matches!(conflict, Some(ServerFrame::Error { code: ErrorCode::Conflict, .. })) && status == 409);
    // A socket of the same visitor shows what was said over HTTP, and the other way round.
    let (mut socket, welcome) = app.shopper(Some(&stream.token), 0).await;
    assert!(matches!(welcome, ServerFrame::Welcome { last_sequence: 2, .. }));
    socket.ask("2", "怎么退货").await;
    assert!(matches!(stream.frame().await, ServerFrame::Message { message } if message.sequence == 3));
    assert!(matches!(stream.frame().await, ServerFrame::Message { message } if message.sequence == 4));
    // Hints go to the others alone.
    assert_eq!(stream.post(&app, &ClientFrame::Typing { on: true }).await.0, 204);
    assert_eq!(socket.next().await, ServerFrame::Typing { author: Author::Shopper, on: true });
    assert_eq!(stream.post(&app, &ClientFrame::Ping {}).await.1, Some(ServerFrame::Pong {}));
    // Line 34 over HTTP: whoever comes back gets what was missed.
    let (_, welcome) = Stream::open(&app, Some(&stream.token), 3).await;
    assert!(matches!(welcome, ServerFrame::Welcome { reset: false, messages, .. } if messages.len() == 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_the_code_that_a_socket_would_have() {
    let mut app = TestApp::unlimited().await;
    let (mut stream, _) = Stream::open(&app, None, 0).await;
    let (mut left, _) = Stream::open(&app, None, 0).await;
    assert_eq!(left.post(&app, &ClientFrame::Leave {}).await.0, 204);
    assert_eq!(left.next().await, Event::Close(4401));
    assert_eq!(left.post(&app, &ClientFrame::Ping {}).await.0, 401);
    app.stop();
    assert_eq!(stream.next().await, Event::Close(1012));
    app.restart().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn line_21_a_silent_stream_is_asked_and_then_ended() {
    let limits = Limits { ping_after_ms: 60, silence_ms: 180, ..Limits::default() };
    let app = TestApp::start_with(|config| config.limits = limits).await;
    let (mut stream, _) = Stream::open(&app, None, 0).await;
    for _ in 0..6 {
        assert_eq!(stream.frame().await, ServerFrame::Ping {});
        assert_eq!(stream.post(&app, &ClientFrame::Pong {}).await.0, 204);
    }
    loop {
        match stream.next().await {
            Event::Frame(frame) => assert_eq!(*frame, ServerFrame::Ping {}),
            other => break assert_eq!(other, Event::Close(4410)),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn line_18_over_http_too_fast_is_429_with_the_time_to_wait() {
    let app = TestApp::start().await;
    let (stream, _) = Stream::open(&app, None, 0).await;
    for number in 0..10 {
        assert_eq!(stream.post(&app, &say(&number.to_string(), "你好")).await.0, 200);
    }
    let (status, refused) = stream.post(&app, &say("11", "你好")).await;
    assert_eq!(status, 429);
    assert!(matches!(refused, Some(ServerFrame::Error { code: ErrorCode::RateLimited, retry_after_ms: Some(_), .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_allowed_pages_may_ask_from_elsewhere() {
    let app =
        TestApp::start_with(|config| config.server.allowed_origins = vec!["https://shop.example.com".into()]).await;
    let asked = app.http("OPTIONS", "/sse/chat/frames", &[("Origin", "https://shop.example.com")], "").await;
    assert_eq!(asked.status, 204);
    assert!(asked.head.contains("access-control-allow-origin: https://shop.example.com"), "{}", asked.head);
    assert!(asked.head.contains("authorization"), "{}", asked.head);
    let foreign = app.http("OPTIONS", "/sse/chat/frames", &[("Origin", "https://evil.example.com")], "").await;
    assert_eq!(foreign.status, 403);
    assert!(!foreign.head.contains("access-control-allow-origin"));
    let own = [("Origin", "https://shop.example.com")];
    assert_eq!(app.http("POST", "/sse/chat/frames", &own, r#"{"type":"ping"}"#).await.status, 401);
    assert_eq!(app.http("POST", "/sse/chat", &own, "nonsense").await.status, 400);
    let large = format!(r#"{{"type":"hello","token":"{}"}}"#, "x".repeat(17_000));
    assert_eq!(app.http("POST", "/sse/chat", &own, &large).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_04_a_stream_is_not_opened_with_a_token_of_the_shop_that_is_no_good() {
    let app = TestApp::unlimited().await;
    let (stream, _) = Stream::open(&app, None, 0).await;
    let origin = format!("http://{}", app.address);
    let hello = r#"{"type":"hello","jwt":"eyJhbGciOiJub25lIn0.eyJzdWIiOiJjLTEifQ."}"#;
    let answer = app.http("POST", "/sse/chat", &[("Origin", &origin)], hello).await;
    assert_eq!(answer.status, 401);
    let frame: ServerFrame = serde_json::from_str(&answer.body).expect("a frame");
    assert!(matches!(frame, ServerFrame::Error { code: ErrorCode::BadIdentity, .. }), "{frame:?}");
    let (status, told) = stream.post(&app, &ClientFrame::Identify { jwt: "no token at all".into() }).await;
    assert!(matches!(told, Some(ServerFrame::Error { code: ErrorCode::BadIdentity, .. })) && status == 401);
}
