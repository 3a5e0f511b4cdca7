//! Frames that are too large, too long, or none: an error or the end of their own socket, and nobody else notices.

use crate::support::{TestApp, say};
use futures_util::SinkExt;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use xiaoer::live::protocol::{ErrorCode, ServerFrame};

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
