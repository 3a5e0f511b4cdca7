//! The protocol over plain HTTP: `POST /sse/chat` with a `hello` frame opens a stream of server-sent events, and
//! `POST /sse/chat/frames` takes the client's other frames. Each event carries one frame; the event `stream` names
//! the stream, and the event `close` ends it with the code that a socket would have been closed with.
//!
//! The token stands in the body of `hello` and in the `Authorization` header of frames, never in an address. Browsers
//! ask before they send such a header from another origin; the answer names the allowed ones.

use super::address::Address;
use super::answer::{answer, refusal};
use super::delivery::Delivery;
use crate::api::{ApiState, origin};
use crate::live::admissions::Admission;
use crate::live::hub::Mailbox;
use crate::live::protocol::{self, ClientFrame, ErrorCode, MAX_FRAME_BYTES, ServerFrame, close};
use crate::service::chat::{Chat, Visitor};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{Stream, unfold};
use std::collections::VecDeque;
use std::convert::Infallible;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// The name of the stream that a frame belongs to, from the event `stream`.
const STREAM: HeaderName = HeaderName::from_static("x-xiaoer-stream");

/// Tells a browser which foreign pages may use these addresses.
pub(super) async fn preflight(State(state): State<ApiState>, headers: HeaderMap) -> Response {
    if !origin::is_allowed(&headers, &state.server) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let allowed = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, x-xiaoer-stream"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    for_origin(&headers, (StatusCode::NO_CONTENT, allowed).into_response())
}

/// Opens a stream.
pub(super) async fn open(
    State(state): State<ApiState>,
    Address(address): Address,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !origin::is_allowed(&headers, &state.server) {
        return (StatusCode::FORBIDDEN, "origin not allowed").into_response();
    }
    let chat = state.chat;
    let Some(admission) = chat.hub.admit(address, chat.limits.sockets_of_address) else {
        return for_origin(
            &headers,
            (StatusCode::TOO_MANY_REQUESTS, "too many streams of this address").into_response(),
        );
    };
    let hello = std::str::from_utf8(&body).ok().filter(|text| text.len() <= MAX_FRAME_BYTES);
    let Some(Ok(ClientFrame::Hello { token, jwt, last_sequence, page: _ })) = hello.map(protocol::parse) else {
        return for_origin(&headers, (StatusCode::BAD_REQUEST, "the body must be a hello frame").into_response());
    };
    let response = match chat.open(token.as_deref(), jwt.as_deref(), last_sequence, address).await {
        Ok((visitor, mailbox, welcome)) => {
            let feed = Feed::new(chat, visitor, mailbox, admission, &welcome);
            Sse::new(feed.into_stream()).into_response()
        }
        Err(refused) => refuse(&refusal(&refused, None)),
    };
    for_origin(&headers, response)
}

/// Takes one frame of a client; answers with the frame that the server sends back, or with nothing.
pub(super) async fn frame(
    State(state): State<ApiState>,
    Address(address): Address,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !origin::is_allowed(&headers, &state.server) {
        return (StatusCode::FORBIDDEN, "origin not allowed").into_response();
    }
    if body.len() > MAX_FRAME_BYTES {
        return for_origin(&headers, (StatusCode::PAYLOAD_TOO_LARGE, "frame too large").into_response());
    }
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let found = match bearer {
        Some(token) => state.chat.visitor(token, address).await,
        None => Ok(None),
    };
    let response = match found {
        Ok(Some(visitor)) => match String::from_utf8(body.into()) {
            Ok(text) => take(state.chat, visitor, stream_of(&headers), text).await,
            Err(_) => (StatusCode::BAD_REQUEST, "text is not UTF-8").into_response(),
        },
        Ok(None) => (StatusCode::UNAUTHORIZED, "say hello first").into_response(),
        Err(refused) => refuse(&refusal(&refused, None)),
    };
    for_origin(&headers, response)
}

/// A turn that has begun is brought to its end, whether or not the one who asked for it waits.
async fn take(chat: Chat, visitor: Visitor, stream: Option<u64>, text: String) -> Response {
    if let Some(stream) = stream {
        chat.hub.heard(visitor.conversation, stream);
    }
    let answered = tokio::spawn(async move { answer(&chat, visitor, stream, &text).await });
    match answered.await {
        Ok(Some(frame @ ServerFrame::Error { .. })) => refuse(&frame),
        Ok(Some(frame)) => Json(frame).into_response(),
        Ok(None) => StatusCode::NO_CONTENT.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn stream_of(headers: &HeaderMap) -> Option<u64> {
    headers.get(STREAM)?.to_str().ok()?.parse().ok()
}

/// An error frame under the status that says the same.
fn refuse(frame: &ServerFrame) -> Response {
    let ServerFrame::Error { code, retry_after_ms, .. } = frame else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let status = match code {
        ErrorCode::RateLimited | ErrorCode::TooManySockets => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::Busy => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::Conflict => StatusCode::CONFLICT,
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::Forbidden => StatusCode::FORBIDDEN,
        ErrorCode::BadIdentity => StatusCode::UNAUTHORIZED,
        ErrorCode::BadFrame | ErrorCode::Empty | ErrorCode::TooLong => StatusCode::BAD_REQUEST,
    };
    let mut response = (status, Json(frame)).into_response();
    if let Some(wait) = retry_after_ms {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.div_ceil(1_000)));
    }
    response
}

/// Lets the page that asked read the answer; it is an allowed one.
fn for_origin(headers: &HeaderMap, mut response: Response) -> Response {
    if let Some(origin) = headers.get(header::ORIGIN) {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("origin"));
    }
    response
}

/// One stream of events.
struct Feed {
    chat: Chat,
    visitor: Visitor,
    mailbox: Mailbox,
    delivery: Delivery,
    looks: tokio::time::Interval,
    silent_looks: u64,
    signs_of_life: u64,
    /// Events that are made and not yet taken.
    due: VecDeque<Event>,
    ended: bool,
    _admission: Admission,
}

impl Feed {
    fn new(chat: Chat, visitor: Visitor, mailbox: Mailbox, admission: Admission, welcome: &ServerFrame) -> Self {
        let newest = match welcome {
            ServerFrame::Welcome { last_sequence, .. } => *last_sequence,
            _ => 0,
        };
        let every = chat.limits.ping_after();
        let mut looks = interval_at(Instant::now() + every, every);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stream = Event::default().event("stream").data(mailbox.number().to_string());
        let due = [stream].into_iter().chain(event(welcome)).collect();
        let delivery = Delivery::after(newest);
        Self {
            chat,
            visitor,
            mailbox,
            delivery,
            looks,
            silent_looks: 0,
            signs_of_life: 0,
            due,
            ended: false,
            _admission: admission,
        }
    }

    fn into_stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        unfold(self, |mut feed| async move { feed.next().await.map(|event| (Ok(event), feed)) })
    }

    /// The next event; none after the end.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.due.pop_front() {
                return Some(event);
            }
            if self.ended {
                return None;
            }
            tokio::select! {
                biased;
                parcel = self.mailbox.next() => match parcel {
                    Ok(parcel) => match self.delivery.take(&self.chat, self.visitor, parcel).await {
                        Ok(parcels) => {
                            let frames = parcels.as_slice().iter().filter_map(|parcel| parcel.frame());
                            self.due.extend(frames.map(|frame| Event::default().data(frame)));
                        }
                        Err(_) => self.end(close::RESUME),
                    },
                    Err(code) => self.end(code),
                },
                _ = self.looks.tick() => self.look(),
            }
        }
    }

    /// Asks a silent client for a sign of life, or gives it up.
    fn look(&mut self) {
        let signs = self.mailbox.signs_of_life();
        self.silent_looks = if signs == self.signs_of_life { self.silent_looks + 1 } else { 0 };
        self.signs_of_life = signs;
        if self.silent_looks >= self.chat.limits.silent_looks() {
            self.end(close::SILENT);
        } else {
            self.due.extend(event(&ServerFrame::Ping {}));
        }
    }

    fn end(&mut self, code: u16) {
        self.ended = true;
        self.due.push_back(Event::default().event("close").data(code.to_string()));
    }
}

fn event(frame: &ServerFrame) -> Option<Event> {
    serde_json::to_string(frame).ok().map(|text| Event::default().data(text))
}
