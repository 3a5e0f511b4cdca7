//! The shopper's socket: one task, one `select!`.

use crate::api::{ApiState, origin};
use crate::live::hub::Mailbox;
use crate::live::protocol::{self, ClientFrame, ErrorCode, MAX_FRAME_BYTES, SUBPROTOCOL, ServerFrame, close};
use crate::service::chat::{Chat, Refused, Visitor};
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::{SinkExt, StreamExt, stream::SplitSink};
use std::time::Duration;
use tokio::time::Instant;

/// How long a fresh socket may take to say hello.
const HELLO_WITHIN: Duration = Duration::from_secs(5);

/// A socket from which nothing came for so long is dead; clients send a ping every 15 s.
const SILENCE: Duration = Duration::from_secs(45);

/// Frames up to here are read to their end before they are refused, so that the client gets the close code instead of
/// a broken connection; larger ones are not worth reading.
const READ_FRAME_BYTES: usize = 4 * MAX_FRAME_BYTES;

/// Messages that may come at once, and how fast the allowance grows again.
const BURST: f64 = 10.0;
const PER_SECOND: f64 = 100.0 / 60.0;

/// Refused messages in a row after which the socket is closed.
const PATIENCE: u32 = 20;

/// Opens the shopper's socket.
pub async fn chat(State(state): State<ApiState>, headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    if !origin::is_allowed(&headers, &state.server.allowed_origins) {
        return (StatusCode::FORBIDDEN, "origin not allowed").into_response();
    }
    upgrade
        .protocols([SUBPROTOCOL])
        .max_frame_size(READ_FRAME_BYTES)
        .max_message_size(READ_FRAME_BYTES)
        .on_upgrade(move |socket| async move { serve(socket, state.chat).await })
}

type Writer = SplitSink<WebSocket, Message>;

/// Serves one socket until one side ends it.
async fn serve(socket: WebSocket, chat: Chat) {
    let (mut writer, mut reader) = socket.split();
    let hello = tokio::time::timeout(HELLO_WITHIN, reader.next()).await;
    let Ok(first) = hello else {
        return end(&mut writer, close::HELLO_TIMEOUT, "hello expected within 5 s").await;
    };
    let Some(Ok(Message::Text(first))) = first else { return };
    let Ok(ClientFrame::Hello { token, last_sequence, page: _ }) = protocol::parse(&first) else {
        return end(&mut writer, close::HELLO_EXPECTED, "the first frame must be hello").await;
    };
    match chat.open(token.as_deref(), last_sequence).await {
        Ok((visitor, mailbox, welcome)) => {
            if send(&mut writer, &welcome).await {
                converse(Session { chat, visitor, mailbox, allowance: Allowance::new() }, writer, reader).await;
            }
        }
        Err(refused) => {
            send(&mut writer, &error_frame(&refused, None)).await;
            end(&mut writer, close::RESTART, "try again later").await;
        }
    }
}

/// What belongs to one socket after hello.
struct Session {
    chat: Chat,
    visitor: Visitor,
    mailbox: Mailbox,
    allowance: Allowance,
}

async fn converse(mut session: Session, mut writer: Writer, mut reader: futures_util::stream::SplitStream<WebSocket>) {
    let mut refused_in_a_row = 0;
    let mut silent_until = Instant::now() + SILENCE;
    loop {
        tokio::select! {
            // Frames that are due go out before new ones are read: a client that sends without reading fills its
            // own mailbox, not the server's memory.
            biased;
            changed = session.mailbox.close.changed() => {
                let code = session.mailbox.close.borrow().unwrap_or(close::RESUME);
                if changed.is_err() || session.mailbox.frames.is_empty() {
                    return end(&mut writer, code, "connect again and resume").await;
                }
                while let Ok(frame) = session.mailbox.frames.try_recv() {
                    if !send(&mut writer, &frame).await { return; }
                }
                return end(&mut writer, code, "connect again and resume").await;
            }
            frame = session.mailbox.frames.recv() => {
                let Some(frame) = frame else { return end(&mut writer, close::RESUME, "connect again and resume").await };
                if !send(&mut writer, &frame).await { return; }
            }
            message = reader.next() => {
                silent_until = Instant::now() + SILENCE;
                match message {
                    Some(Ok(Message::Text(text))) if text.len() > MAX_FRAME_BYTES => {
                        return end(&mut writer, close::TOO_BIG, "frame too large").await;
                    }
                    Some(Ok(Message::Text(text))) => {
                        let reply = session.hear(&text).await;
                        let refused = matches!(reply, Some(ServerFrame::Error { .. }));
                        refused_in_a_row = if refused { refused_in_a_row + 1 } else { 0 };
                        if let Some(reply) = reply && !send(&mut writer, &reply).await { return; }
                        if refused_in_a_row >= PATIENCE {
                            return end(&mut writer, close::RATE_LIMITED, "too many refused frames").await;
                        }
                    }
                    Some(Ok(Message::Binary(_))) => return end(&mut writer, close::UNSUPPORTED, "text frames only").await,
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(Message::Close(_))) | None => return,
                    Some(Err(error)) => return end_broken(&mut writer, &error).await,
                }
            }
            () = tokio::time::sleep_until(silent_until) => return end(&mut writer, close::RESUME, "no sign of life").await,
        }
    }
}

impl Session {
    /// Handles one frame; the reply goes to this socket alone.
    async fn hear(&mut self, text: &str) -> Option<ServerFrame> {
        let frame = match protocol::parse(text) {
            Ok(frame) => frame,
            Err(bad) => return Some(plain_error(ErrorCode::BadFrame, bad.to_string(), None)),
        };
        match frame {
            ClientFrame::Hello { .. } => {
                Some(plain_error(ErrorCode::BadFrame, "连接已经建立，不需要再次问候".to_owned(), None))
            }
            ClientFrame::Say { client_id, text, page } => {
                if let Err(wait) = self.allowance.take() {
                    return Some(rate_limited(wait, client_id));
                }
                match self.chat.say(self.visitor, &client_id, &text, page).await {
                    Ok(ack) => Some(ack),
                    Err(refused) => Some(error_frame(&refused, Some(client_id))),
                }
            }
            ClientFrame::Rate { sequence, verdict } => {
                self.chat.rate(self.visitor, sequence, verdict).await.err().map(|refused| error_frame(&refused, None))
            }
            ClientFrame::History { before } => match self.chat.history(self.visitor, before).await {
                Ok(history) => Some(history),
                Err(refused) => Some(error_frame(&refused, None)),
            },
            // Nobody looks on yet who could use these.
            ClientFrame::Typing { .. } | ClientFrame::Read { .. } => None,
            ClientFrame::Ping {} => Some(ServerFrame::Pong {}),
        }
    }
}

/// A token bucket for messages of one socket.
struct Allowance {
    left: f64,
    since: Instant,
}

impl Allowance {
    fn new() -> Self {
        Self { left: BURST, since: Instant::now() }
    }

    /// Takes one message's worth, or says how long to wait for it.
    fn take(&mut self) -> Result<(), Duration> {
        let now = Instant::now();
        self.left = (self.left + now.duration_since(self.since).as_secs_f64() * PER_SECOND).min(BURST);
        self.since = now;
        if self.left >= 1.0 {
            self.left -= 1.0;
            Ok(())
        } else {
            Err(Duration::from_secs_f64((1.0 - self.left) / PER_SECOND))
        }
    }
}

fn rate_limited(wait: Duration, client_id: String) -> ServerFrame {
    let retry_after_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
    ServerFrame::Error {
        code: ErrorCode::RateLimited,
        message: "发得太快了，请稍等一下".to_owned(),
        client_id: Some(client_id),
        retry_after_ms: Some(retry_after_ms),
    }
}

fn plain_error(code: ErrorCode, message: String, client_id: Option<String>) -> ServerFrame {
    ServerFrame::Error { code, message, client_id, retry_after_ms: None }
}

fn error_frame(refused: &Refused, client_id: Option<String>) -> ServerFrame {
    let code = match refused {
        Refused::Empty => ErrorCode::Empty,
        Refused::TooLong => ErrorCode::TooLong,
        Refused::BadClientId => ErrorCode::BadFrame,
        Refused::Conflict => ErrorCode::Conflict,
        Refused::NotFound => ErrorCode::NotFound,
        Refused::Busy => ErrorCode::Busy,
        Refused::Failed(failure) => {
            tracing::error!(error = failure as &dyn std::error::Error, "message failed");
            ErrorCode::Internal
        }
    };
    let retry_after_ms = matches!(code, ErrorCode::Busy | ErrorCode::Internal).then_some(2_000);
    ServerFrame::Error { code, message: refused.to_string(), client_id, retry_after_ms }
}

/// Writes one frame; false where the socket is gone.
async fn send(writer: &mut Writer, frame: &ServerFrame) -> bool {
    match serde_json::to_string(frame) {
        Ok(text) => writer.send(Message::Text(text.into())).await.is_ok(),
        Err(_) => false,
    }
}

async fn end(writer: &mut Writer, code: u16, reason: &'static str) {
    // The peer may be gone already; then there is nobody to tell.
    let _ = writer.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await;
}

/// A frame that is too large or not UTF-8 gets its own close code; any other error means that nobody is there.
async fn end_broken(writer: &mut Writer, error: &axum::Error) {
    let text = error.to_string();
    if text.contains("too long") || text.contains("too large") || text.contains("size") {
        end(writer, close::TOO_BIG, "frame too large").await;
    } else if text.contains("UTF-8") || text.contains("utf-8") {
        end(writer, 1007, "text is not UTF-8").await;
    }
}
