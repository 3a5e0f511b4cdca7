//! A session as clients see it: other tabs, a server with little room, and the worked example of the documentation.

use crate::support::{TestApp, say, token};
use futures_util::StreamExt;
use tokio_tungstenite::tungstenite::Message;
use xiaoer::live::limits::Limits;
use xiaoer::live::protocol::{ClientFrame, ErrorCode, ServerFrame};
use xiaoer::model::chat::Author;
use xiaoer::service::chat::{Extra, Place};

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
