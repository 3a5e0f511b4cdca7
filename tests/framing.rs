//! The framing of RFC 6455, byte by byte over real sockets: a selection of what Autobahn asks in its groups 1 to 7, in
//! each run of the tests. `tests/autobahn.sh` asks everything.

use crate::support::{Client, TestApp};
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::Message;
use xiaoer::live::limits::Limits;
use xiaoer::live::protocol::ServerFrame;

const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xa;
const FIN: u8 = 0x80;

/// A frame as a client writes it, masked with zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match u16::try_from(payload.len()).expect("a short frame") {
        short @ ..=125 => bytes.push(0x80 | u8::try_from(short).expect("below 126")),
        long => {
            bytes.push(0x80 | 126);
            bytes.extend(long.to_be_bytes());
        }
    }
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes
}

fn whole(opcode: u8, payload: &[u8]) -> Vec<u8> {
    frame(FIN | opcode, payload)
}

fn closing(code: u16, reason: &[u8]) -> Vec<u8> {
    whole(CLOSE, &[&code.to_be_bytes(), reason].concat())
}

/// A client that writes bytes of its own making.
struct Raw(Client);

impl Raw {
    async fn new(app: &TestApp) -> Self {
        Self(app.shopper(None, 0).await.0)
    }

    async fn write(&mut self, bytes: &[u8]) {
        self.0.socket.get_mut().write_all(bytes).await.expect("written");
    }

    /// The code that the server closes with after these bytes.
    async fn closed_by(mut self, bytes: &[u8]) -> Option<u16> {
        self.write(bytes).await;
        self.0.close_code().await
    }

    /// The server has understood a ping of the protocol.
    async fn is_heard(&mut self) {
        assert_eq!(self.0.next().await, ServerFrame::Pong {});
    }
}

const SAID: &[u8] = br#"{"type":"ping"}"#;

async fn start() -> TestApp {
    TestApp::start_with(|config| config.limits = Limits::none()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn line_24_messages_come_whole_in_pieces_and_byte_by_byte() {
    let app = start().await;
    let mut client = Raw::new(&app).await;
    client.write(&whole(TEXT, SAID)).await;
    client.is_heard().await;
    // In pieces of one byte, some of them empty, with questions and answers in between.
    let mut bytes = frame(TEXT, b"");
    for byte in SAID {
        bytes.extend(frame(CONTINUATION, &[*byte]));
        bytes.extend(frame(CONTINUATION, b""));
        bytes.extend(whole(PONG, b"nobody asked"));
    }
    bytes.extend(whole(CONTINUATION, b""));
    client.write(&bytes).await;
    client.is_heard().await;
    // However the network cuts it.
    for byte in whole(TEXT, SAID) {
        client.write(&[byte]).await;
        client.0.socket.get_mut().flush().await.expect("flushed");
    }
    client.is_heard().await;
    // Every way to write a length.
    for length in [0, 1, 125, 126, 127, 128, 4_096, 16 * 1024] {
        client.write(&whole(TEXT, &vec![b' '; length])).await;
        assert!(matches!(client.0.next().await, ServerFrame::Error { .. }), "{length}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn line_24_questions_are_answered_with_what_they_held() {
    let app = start().await;
    let mut client = Raw::new(&app).await;
    for payload in [&b""[..], b"hello", &[0, 0xff, 0xfe, 0x80], &[b'*'; 125]] {
        // In the middle of a message as well.
        client.write(&frame(TEXT, &SAID[..5])).await;
        client.write(&whole(PING, payload)).await;
        match client.0.next_raw().await {
            Some(Ok(Message::Pong(answer))) => assert_eq!(&answer[..], payload),
            other => panic!("a pong, not {other:?}"),
        }
        client.write(&whole(CONTINUATION, &SAID[5..])).await;
        client.is_heard().await;
    }
    assert_eq!(Raw::new(&app).await.closed_by(&whole(PING, &[b'*'; 126])).await, Some(1002));
    assert_eq!(Raw::new(&app).await.closed_by(&frame(PING, b"in")).await, Some(1002), "no question in pieces");
    assert_eq!(Raw::new(&app).await.closed_by(&frame(PONG, b"in")).await, Some(1002));
}

#[tokio::test(flavor = "multi_thread")]
async fn line_24_what_the_standard_reserves_ends_the_connection() {
    let app = start().await;
    for reserved in [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70] {
        for opcode in [TEXT, PING, CLOSE] {
            let bytes = frame(FIN | reserved | opcode, b"");
            assert_eq!(Raw::new(&app).await.closed_by(&bytes).await, Some(1002), "{reserved:#x} {opcode:#x}");
        }
    }
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        for payload in [&b""[..], b"x"] {
            let bytes = whole(opcode, payload);
            assert_eq!(Raw::new(&app).await.closed_by(&bytes).await, Some(1002), "{opcode}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn line_24_pieces_that_do_not_belong_together_end_the_connection() {
    let app = start().await;
    for bytes in [
        whole(CONTINUATION, SAID),
        frame(CONTINUATION, SAID),
        [frame(TEXT, b"a"), whole(TEXT, b"b")].concat(),
        [frame(TEXT, b"a"), frame(TEXT, b"b")].concat(),
        [whole(TEXT, SAID), whole(CONTINUATION, b"more")].concat(),
    ] {
        assert_eq!(Raw::new(&app).await.closed_by(&bytes).await, Some(1002), "{bytes:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn line_24_texts_are_utf_8_wherever_they_are_cut() {
    let app = start().await;
    let mut client = Raw::new(&app).await;
    let said = r#"{"type":"ping","x":"κόσμε 退货 𠮷 👩‍👩‍👧‍👦 \ud83d\ude00"}"#.as_bytes();
    for at in 0..said.len() {
        client.write(&frame(TEXT, &said[..at])).await;
        client.write(&whole(CONTINUATION, &said[at..])).await;
        client.is_heard().await;
    }
    for wrong in [
        &b"\xc3\x28"[..],
        b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
        b"\xf4\x90\x80\x80",
        b"\xc0\xaf",
        b"\xe0\x80\xaf",
        b"\xf8\x88\x80\x80\x80",
        b"\xfe\xff",
        b"\x80",
        b"\xe9\x80",
        b"\xf0\x9f\x98",
    ] {
        assert_eq!(Raw::new(&app).await.closed_by(&whole(TEXT, wrong)).await, Some(1007), "{wrong:x?}");
        let pieces = [frame(TEXT, b"a"), frame(CONTINUATION, wrong), whole(CONTINUATION, b"z")].concat();
        assert_eq!(Raw::new(&app).await.closed_by(&pieces).await, Some(1007), "{wrong:x?} in pieces");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn line_24_closing_is_answered_once_and_ends_everything() {
    let app = start().await;
    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999] {
        assert_eq!(Raw::new(&app).await.closed_by(&closing(code, b"")).await, Some(code));
    }
    assert_eq!(Raw::new(&app).await.closed_by(&closing(1000, "再见".as_bytes())).await, Some(1000));
    assert_eq!(Raw::new(&app).await.closed_by(&closing(1000, &[b'*'; 123])).await, Some(1000));
    assert_eq!(Raw::new(&app).await.closed_by(&whole(CLOSE, b"")).await, None, "without a reason, without a code");
    for code in [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535] {
        assert_eq!(Raw::new(&app).await.closed_by(&closing(code, b"")).await, Some(1002), "{code}");
    }
    assert_eq!(Raw::new(&app).await.closed_by(&whole(CLOSE, b"\x03")).await, Some(1002), "half a code");
    assert_eq!(Raw::new(&app).await.closed_by(&closing(1000, &[b'*'; 124])).await, Some(1002), "too long");
    let broken = Raw::new(&app).await.closed_by(&closing(1000, b"\xce\xba\xe1\xbd\xb9\xed\xa0\x80")).await;
    assert!(matches!(broken, Some(1002 | 1007)), "{broken:?}");
    // What comes after it is not heard.
    let mut client = Raw::new(&app).await;
    client.write(&[closing(1000, b""), whole(TEXT, SAID), whole(PING, b"x")].concat()).await;
    match client.0.next_raw().await {
        Some(Ok(Message::Close(Some(frame)))) => assert_eq!(u16::from(frame.code), 1000),
        other => panic!("a close, not {other:?}"),
    }
}
