//! The shopper's WebSocket: one task, one `select!`.
//!
//! An idle socket costs its task, its mailbox and two small buffers.

use super::address::Address;
use super::answer::{answer, refusal};
use super::delivery::Delivery;
use crate::api::{ApiState, origin};
use crate::live::admissions::Admission;
use crate::live::hub::Mailbox;
use crate::live::parcel::Parcel;
use crate::live::protocol::{self, ClientFrame, ErrorCode, MAX_FRAME_BYTES, SUBPROTOCOL, ServerFrame, close};
use crate::service::chat::{Chat, Refused, Visitor};
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use futures_util::SinkExt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_tungstenite::tungstenite;

/// Frames up to here are read to their end before they are refused, so that the client gets the close code instead of
/// a broken connection; larger ones are not worth reading.
const READ_FRAME_BYTES: usize = 4 * MAX_FRAME_BYTES;

/// What is read at once; most frames are far smaller.
const READ_BUFFER: usize = 4 * 1024;

/// What is gathered before it is written without being asked to.
const WRITE_BUFFER: usize = 16 * 1024;

/// What may wait to be written, at most; the mailbox bounds it further.
const MAX_WRITE_BUFFER: usize = 512 * 1024;

/// How long a socket that is told to close is read on, for the peer's own close.
const LINGER: Duration = Duration::from_secs(1);

/// Opens the shopper's socket.
pub(super) async fn chat(
    State(state): State<ApiState>,
    Address(address): Address,
    uri: Uri,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !origin::is_allowed(&headers, &state.server) {
        return (StatusCode::FORBIDDEN, "origin not allowed").into_response();
    }
    // Addresses are written to logs and histories on the way; a token has no place in one.
    if uri.query().is_some() {
        return (StatusCode::BAD_REQUEST, "no query is allowed; the token belongs into hello").into_response();
    }
    let Some(admission) = state.chat.hub.admit(address, state.chat.limits.sockets_of_address) else {
        return (StatusCode::TOO_MANY_REQUESTS, "too many sockets of this address").into_response();
    };
    upgrade
        .protocols([SUBPROTOCOL])
        .max_frame_size(READ_FRAME_BYTES)
        .max_message_size(READ_FRAME_BYTES)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(MAX_WRITE_BUFFER)
        .on_upgrade(move |socket| serve(socket, state.chat, address, admission))
}

/// How a conversation over a socket ended: with a code to say, or because nobody is there.
type End = Option<(u16, &'static str)>;

/// For whoever names themselves by a token of the shop that is not believed.
const UNBELIEVED: (u16, &str) = (close::SIGNED_OUT, "the token of the shop is not believed");

/// Serves one socket until one side ends it. The admission is given back at the end.
async fn serve(mut socket: WebSocket, chat: Chat, address: IpAddr, _admission: Admission) {
    let end = match Box::pin(greet(&mut socket, &chat, address)).await {
        Ok((visitor, mailbox, delivery)) => {
            let mut session =
                Session { socket: &mut socket, chat: &chat, visitor, mailbox, delivery, refused_in_a_row: 0 };
            session.converse().await
        }
        Err(end) => end,
    };
    if let Some((code, reason)) = end {
        // The peer may be gone already; then there is nobody to tell.
        let close = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
        let _ = tokio::time::timeout(chat.limits.write_within(), socket.send(close)).await;
        // A connection that is dropped with something unread is reset, and the peer may never see the code.
        let read_on = async { while let Some(Ok(_)) = socket.recv().await {} };
        let _ = tokio::time::timeout(LINGER, read_on).await;
    }
}

/// Waits for hello and answers it.
async fn greet(socket: &mut WebSocket, chat: &Chat, address: IpAddr) -> Result<(Visitor, Mailbox, Delivery), End> {
    let hello = tokio::time::timeout(chat.limits.hello_within(), socket.recv()).await;
    let first = match hello.map_err(|_| Some((close::HELLO_TIMEOUT, "hello expected")))? {
        Some(Ok(Message::Text(first))) if first.len() <= MAX_FRAME_BYTES => first,
        Some(Ok(Message::Text(_))) => return Err(Some((close::TOO_BIG, "frame too large"))),
        Some(Ok(Message::Binary(_))) => return Err(Some((close::UNSUPPORTED, "text frames only"))),
        Some(Ok(_)) => return Err(Some((close::HELLO_EXPECTED, "the first frame must be hello"))),
        Some(Err(error)) => return Err(broken(error)),
        None => return Err(None),
    };
    let Ok(ClientFrame::Hello { token, jwt, last_sequence, page: _ }) = protocol::parse(&first) else {
        return Err(Some((close::HELLO_EXPECTED, "the first frame must be hello")));
    };
    match chat.open(token.as_deref(), jwt.as_deref(), last_sequence, address).await {
        Ok((visitor, mailbox, welcome)) => {
            let newest = match &welcome {
                ServerFrame::Welcome { last_sequence, .. } => *last_sequence,
                _ => 0,
            };
            let mut session =
                Session { socket, chat, visitor, mailbox, delivery: Delivery::after(newest), refused_in_a_row: 0 };
            session.write(&welcome).await?;
            session.flush().await?;
            Ok((visitor, session.mailbox, session.delivery))
        }
        Err(refused) => {
            let frame = serde_json::to_string(&refusal(&refused, None)).map_err(|_| None)?;
            let _ = tokio::time::timeout(chat.limits.write_within(), socket.send(Message::text(frame))).await;
            Err(Some(match refused {
                Refused::TooManySockets => (close::RATE_LIMITED, "too many sockets of this visitor"),
                Refused::BadIdentity(_) => UNBELIEVED,
                _ => (close::TRY_LATER, "try again later"),
            }))
        }
    }
}

/// What belongs to one socket after hello.
struct Session<'a> {
    socket: &'a mut WebSocket,
    chat: &'a Chat,
    visitor: Visitor,
    mailbox: Mailbox,
    delivery: Delivery,
    /// Frames refused in a row, for their pace or their form.
    refused_in_a_row: u32,
}

/// What can happen to a socket.
enum Event {
    /// The hub has a frame for it, or the code to close with.
    Due(Result<Arc<Parcel>, u16>),
    /// The client has sent something, or is gone.
    Read(Option<Result<Message, axum::Error>>),
    /// It is time to look whether the client is still there.
    Look,
}

impl Session<'_> {
    /// Reads and writes until one side ends it.
    async fn converse(&mut self) -> End {
        let limits = &self.chat.limits;
        let mut looks = interval_at(Instant::now() + limits.ping_after(), limits.ping_after());
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut silent_looks = 0;
        loop {
            let event = tokio::select! {
                // Frames that are due go out before new ones are read: a client that sends without reading fills its
                // own mailbox, not the server's memory.
                biased;
                due = self.mailbox.next() => Event::Due(due),
                message = self.socket.recv() => Event::Read(message),
                _ = looks.tick() => Event::Look,
            };
            silent_looks = match event {
                Event::Read(_) => 0,
                Event::Look => silent_looks + 1,
                Event::Due(_) => silent_looks,
            };
            // Boxed: an idle socket does not carry the room for what it is not doing.
            if let Err(end) = Box::pin(self.handle(event, silent_looks)).await {
                return end;
            }
        }
    }

    async fn handle(&mut self, event: Event, silent_looks: u64) -> Result<(), End> {
        match event {
            Event::Due(Ok(parcel)) => self.deliver(parcel).await,
            Event::Due(Err(code)) => Err(Some((code, "connect again and resume"))),
            Event::Read(message) => self.receive(message).await,
            Event::Look => self.look(silent_looks).await,
        }
    }

    /// Asks a silent client for a sign of life, or gives it up.
    async fn look(&mut self, silent_looks: u64) -> Result<(), End> {
        if silent_looks >= self.chat.limits.silent_looks() {
            return Err(Some((close::SILENT, "no sign of life")));
        }
        self.write(&ServerFrame::Ping {}).await?;
        self.flush().await
    }

    async fn receive(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        match message {
            Some(Ok(Message::Text(text))) if text.len() > MAX_FRAME_BYTES => {
                Err(Some((close::TOO_BIG, "frame too large")))
            }
            Some(Ok(Message::Text(text))) => self.hear(text).await,
            Some(Ok(Message::Binary(_))) => Err(Some((close::UNSUPPORTED, "text frames only"))),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Close(_))) => {
                // The answer to it is in the write buffer (RFC 6455, 5.5.1).
                self.flush().await?;
                Err(None)
            }
            None => Err(None),
            Some(Err(error)) => Err(broken(error)),
        }
    }

    /// Handles one frame. Its reply and what it made the hub deliver go out in one write.
    async fn hear(&mut self, text: Utf8Bytes) -> Result<(), End> {
        let reply = answer(self.chat, self.visitor, Some(self.mailbox.number()), &text).await;
        let Some(reply) = reply else { return Ok(()) };
        self.write(&reply).await?;
        self.deliver_ready().await?;
        if let ServerFrame::Error { code: ErrorCode::BadIdentity, .. } = reply {
            self.flush().await?;
            return Err(Some(UNBELIEVED));
        }
        if let ServerFrame::Error { code: ErrorCode::RateLimited | ErrorCode::BadFrame, .. } = reply {
            self.refused_in_a_row += 1;
            if self.refused_in_a_row >= self.chat.limits.patience {
                self.flush().await?;
                return Err(Some((close::RATE_LIMITED, "too many refused frames")));
            }
        } else {
            self.refused_in_a_row = 0;
        }
        self.flush().await
    }

    async fn deliver(&mut self, parcel: Arc<Parcel>) -> Result<(), End> {
        self.put(parcel).await?;
        self.deliver_ready().await?;
        self.flush().await
    }

    async fn deliver_ready(&mut self) -> Result<(), End> {
        while let Some(parcel) = self.mailbox.ready() {
            self.put(parcel).await?;
        }
        Ok(())
    }

    async fn put(&mut self, parcel: Arc<Parcel>) -> Result<(), End> {
        let parcels = self.delivery.take(self.chat, self.visitor, parcel).await.map_err(|refused| {
            tracing::error!(error = &refused as &dyn std::error::Error, "missed messages cannot be read");
            Some((close::RESUME, "connect again and resume"))
        })?;
        for parcel in parcels.as_slice() {
            if let Some(frame) = parcel.frame() {
                self.feed(Message::text(frame)).await?;
            }
        }
        Ok(())
    }

    async fn write(&mut self, frame: &ServerFrame) -> Result<(), End> {
        let text = serde_json::to_string(frame).map_err(|_| None)?;
        self.feed(Message::text(text)).await
    }

    /// Puts a frame into the write buffer.
    async fn feed(&mut self, message: Message) -> Result<(), End> {
        let fed = tokio::time::timeout(self.chat.limits.write_within(), self.socket.feed(message)).await;
        // Whoever does not read cannot be told why.
        fed.map_err(|_| None)?.map_err(|_| None)
    }

    /// Writes the buffer out, as long as the client reads.
    async fn flush(&mut self) -> Result<(), End> {
        let flushed = tokio::time::timeout(self.chat.limits.write_within(), self.socket.flush()).await;
        flushed.map_err(|_| None)?.map_err(|_| None)
    }
}

/// The close code for what a client did to the WebSocket protocol; none where the connection is broken.
fn broken(error: axum::Error) -> End {
    use tungstenite::Error;
    match error.into_inner().downcast_ref::<Error>() {
        Some(Error::Capacity(_)) => Some((close::TOO_BIG, "frame too large")),
        Some(Error::Utf8(_)) => Some((close::NOT_UTF8, "text is not UTF-8")),
        Some(Error::Protocol(_)) => Some((close::PROTOCOL, "not a WebSocket frame")),
        _ => None,
    }
}
