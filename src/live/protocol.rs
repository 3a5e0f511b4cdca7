//! The wire protocol `xiaoer.v1`: JSON text frames tagged by `type`.
//!
//! These structs are the source. The TypeScript types in `web/packages/protocol` are generated from them, and a
//! test fails when the checked-in types differ.
//!
//! # A session
//!
//! ```text
//! client                                     server
//! hello {token, last_sequence: 4}   ──>
//!                                   <──      welcome {token, last_sequence: 6, messages: [5, 6], …}
//! say {client_id: "a", text: "…"}   ──>
//!                                   <──      ack {client_id: "a", sequence: 7}         after the commit
//!                                   <──      message {sequence: 7, author: shopper}    to all tabs of the shopper
//!                                   <──      message {sequence: 8, author: bot}
//! ```
//!
//! Rules that a client may rely on:
//! - the first frame is `hello`; it arrives within five seconds or the socket is closed with 4408;
//! - sequences of a conversation start at 1 and have no gaps; a client that sees one missing says `hello` again;
//! - what one connection is sent, it is sent in order and once: first the missed messages, then each new one;
//! - an `ack` means the message is committed: it survives a crash of the server;
//! - the same `client_id` twice is one message and gets the same `ack`; with another text it is a `conflict`;
//! - typing and reading states are hints: they have no sequence and are the first thing left out under load.
//!
//! The whole protocol, for people who write their own client, is `docs/protocol.md`.

use crate::clock::Timestamp;
use crate::model::chat::{Author, Message, PageContext, Status, Verdict};
use crate::text::nul::without_nul;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

/// The subprotocol that client and server agree on during the handshake.
pub const SUBPROTOCOL: &str = "xiaoer.v1";

/// Largest frame that is read, in bytes; a larger one closes the socket with 1009.
pub const MAX_FRAME_BYTES: usize = 16 * 1024;

/// Longest message text, in characters; a longer one gets the error [`ErrorCode::TooLong`].
pub const MAX_TEXT_CHARS: usize = 1_000;

/// Most messages that one `welcome` or `history` frame carries.
pub const MAX_MESSAGES_PER_FRAME: usize = 100;

/// Close codes beyond those of RFC 6455.
pub mod close {
    /// No `hello` in time.
    pub const HELLO_TIMEOUT: u16 = 4408;
    /// The first frame was not `hello`.
    pub const HELLO_EXPECTED: u16 = 4400;
    /// The visitor's token is not good any longer: forget it and everything that was said with it. After the error
    /// [`ErrorCode::BadIdentity`](super::ErrorCode::BadIdentity) it is the shop's token that is no good, and that alone.
    pub const SIGNED_OUT: u16 = 4401;
    /// The client read too slowly; it should connect again and resume.
    pub const RESUME: u16 = 4409;
    /// Too many frames or too many sockets; the client should wait before it connects again.
    pub const RATE_LIMITED: u16 = 4429;
    /// Nothing was heard from the client for too long.
    pub const SILENT: u16 = 4410;
    /// Too large a frame (RFC 6455).
    pub const TOO_BIG: u16 = 1009;
    /// Data that is no text (RFC 6455).
    pub const UNSUPPORTED: u16 = 1003;
    /// Text that is not UTF-8 (RFC 6455).
    pub const NOT_UTF8: u16 = 1007;
    /// Frames that break RFC 6455.
    pub const PROTOCOL: u16 = 1002;
    /// The server is restarting (IANA registry): connect again and resume.
    pub const RESTART: u16 = 1012;
    /// The server has too much to do (IANA registry): connect again later.
    pub const TRY_LATER: u16 = 1013;
}

/// What a shopper's client sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export_to = "index.ts")]
pub enum ClientFrame {
    /// Opens the session.
    Hello {
        /// The token of an earlier `welcome`; without one the server makes a new visitor.
        #[serde(default)]
        #[ts(optional)]
        token: Option<String>,
        /// A token of the shop that says which customer this is; one that is not believed is answered by the error
        /// `bad_identity`, and the socket is closed with 4401.
        #[serde(default)]
        #[ts(optional)]
        jwt: Option<String>,
        /// The newest sequence that the client holds; zero for none.
        #[serde(default)]
        #[ts(type = "number")]
        last_sequence: i64,
        /// Where the shopper is.
        #[serde(default)]
        #[ts(optional)]
        page: Option<PageContext>,
    },
    /// A message.
    Say {
        /// Made by the client, at most 64 characters; the same for every resend of this message.
        client_id: String,
        /// What was typed.
        text: String,
        /// Where the shopper is.
        #[serde(default)]
        #[ts(optional)]
        page: Option<PageContext>,
    },
    /// The shopper is typing, or has stopped.
    Typing {
        /// Whether it goes on.
        on: bool,
    },
    /// The shopper has seen everything up to here.
    Read {
        /// The newest sequence that was on the screen.
        #[ts(type = "number")]
        sequence: i64,
    },
    /// 👍 or 👎 under an answer.
    Rate {
        /// The answer.
        #[ts(type = "number")]
        sequence: i64,
        /// The verdict; a second one replaces the first.
        verdict: Verdict,
    },
    /// No longer wants to wait for a person; the assistant answers again. Without effect once a person has come.
    CancelWait {},
    /// What the shopper thought of a case; asked once, after it is resolved.
    RateService {
        /// From `welcome` or `rating_request`.
        case_id: Uuid,
        /// 已解决 or 未解决.
        solved: bool,
        /// 1 to 5.
        stars: u8,
        /// In words, at most 500 characters.
        #[serde(default)]
        #[ts(optional)]
        comment: Option<String>,
    },
    /// Asks for the messages before this one.
    History {
        /// The oldest sequence that the client holds.
        #[ts(type = "number")]
        before: i64,
    },
    /// Says which customer of the shop this is, by a token that the shop has signed; answered by `identified`.
    Identify {
        /// The token.
        jwt: String,
    },
    /// Makes the token worthless and closes all sockets of this visitor with 4401.
    Leave {},
    /// Asks for a `pong`: is the server still there?
    Ping {},
    /// The answer to the server's `ping`.
    Pong {},
}

/// What the server sends to a shopper's client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export_to = "index.ts")]
pub enum ServerFrame {
    /// The session is open.
    Welcome {
        /// Keep it; it names this visitor from now on.
        token: String,
        /// The conversation.
        conversation_id: String,
        /// Who answers at the moment.
        status: Status,
        /// The newest sequence of the conversation.
        #[ts(type = "number")]
        last_sequence: i64,
        /// Whether the messages below replace what the client holds, because too much was missed or the client
        /// holds sequences that the server does not know.
        reset: bool,
        /// What the client missed, in order.
        messages: Vec<Message>,
        /// Whether older messages than these exist.
        has_earlier: bool,
        /// The newest sequence that the shopper has had on a screen, on whichever device.
        #[serde(default)]
        #[ts(type = "number")]
        read_sequence: i64,
        /// The newest sequence that a person of the shop has read.
        #[serde(default)]
        #[ts(type = "number")]
        seen_sequence: i64,
        /// Name of the person who answers, where one does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        agent: Option<String>,
        /// A case that the shopper may still rate.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        rate_case: Option<Uuid>,
        /// Until when the server knows which customer this is, in milliseconds since 1970 UTC; left out where it does
        /// not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional, type = "number")]
        identified_until: Option<Timestamp>,
        /// How the shop presents itself.
        shop: ShopCard,
    },
    /// A message of the client is committed.
    Ack {
        /// The client's own id of it.
        client_id: String,
        /// Its place in the conversation.
        #[ts(type = "number")]
        sequence: i64,
        /// When it was committed.
        #[ts(type = "number")]
        at: Timestamp,
    },
    /// A new message, in order, without gaps.
    Message {
        /// The message.
        message: Message,
    },
    /// Messages before those that the client holds.
    History {
        /// In order.
        messages: Vec<Message>,
        /// Whether still older ones exist.
        has_earlier: bool,
    },
    /// Somebody is typing, or has stopped.
    Typing {
        /// Who.
        author: Author,
        /// Whether it goes on.
        on: bool,
    },
    /// Somebody has read everything up to here: an agent, or the shopper in another tab.
    Read {
        /// Who.
        author: Author,
        /// The newest sequence that was on the screen.
        #[ts(type = "number")]
        sequence: i64,
    },
    /// The server knows which customer this is.
    Identified {
        /// Until when, in milliseconds since 1970 UTC.
        #[ts(type = "number")]
        until: Timestamp,
    },
    /// Somebody else answers from now on.
    Status {
        /// Who answers.
        status: Status,
        /// Name of the person who answers, where one does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        agent: Option<String>,
    },
    /// Where the shopper stands in the queue; comes after `welcome` and whenever it changes. A hint.
    Queue {
        /// 1 for the next in turn; none for a ticket.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional, type = "number")]
        place: Option<u32>,
        /// An honest estimate of the wait in seconds, from how long conversations took of late; none where nothing
        /// honest can be said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional, type = "number")]
        estimate_s: Option<u64>,
        /// For a ticket: when people answer again, in milliseconds since 1970 UTC.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional, type = "number")]
        opens_at: Option<Timestamp>,
        /// Whether the assistant answers meanwhile.
        bot: bool,
    },
    /// The case is resolved: ask the shopper once.
    RatingRequest {
        /// Which.
        case_id: Uuid,
    },
    /// The rating is kept; the question can go.
    Rated {
        /// Which.
        case_id: Uuid,
    },
    /// Something the client sent was not accepted; the session goes on.
    Error {
        /// For programs.
        code: ErrorCode,
        /// For the shopper, in Chinese.
        message: String,
        /// Which message it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        client_id: Option<String>,
        /// When to try again, in milliseconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional, type = "number")]
        retry_after_ms: Option<u64>,
    },
    /// Asks for a `pong`: is the client still there?
    Ping {},
    /// The answer to a `ping`.
    Pong {},
}

/// How the shop presents itself in the widget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ShopCard {
    /// Name of the shop.
    pub name: String,
    /// Shown above an empty conversation.
    pub greeting: String,
    /// Questions offered before anything was said.
    pub hot_questions: Vec<String>,
    /// When people answer.
    pub human_hours: String,
}

/// Why something was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Not a frame of this protocol.
    BadFrame,
    /// The text is empty.
    Empty,
    /// The text has more than [`MAX_TEXT_CHARS`] characters.
    TooLong,
    /// The same client id came with another text before.
    Conflict,
    /// What the frame names does not exist.
    NotFound,
    /// Not this agent's conversation, or not in this role.
    Forbidden,
    /// Too many messages; see `retry_after_ms`.
    RateLimited,
    /// More sockets than one visitor may have; the socket is closed with 4429.
    TooManySockets,
    /// The server has too much to do; see `retry_after_ms`.
    Busy,
    /// The token of the shop is not believed; the socket is closed with 4401.
    BadIdentity,
    /// Something failed inside; it was logged.
    Internal,
}

/// Why a frame could not be read; the text goes to the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadFrame(pub String);

/// Reads one frame.
///
/// # Errors
/// [`BadFrame`] for anything that is no frame of the protocol.
pub fn parse(text: &str) -> Result<ClientFrame, BadFrame> {
    serde_json::from_str(&without_nul(text)).map_err(|error| BadFrame(format!("无法识别的消息格式：{error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_read_as_documented() {
        assert_eq!(
            parse(r#"{"type":"hello"}"#),
            Ok(ClientFrame::Hello { token: None, jwt: None, last_sequence: 0, page: None })
        );
        assert_eq!(
            parse(r#"{"type":"say","client_id":"a","text":"你好"}"#),
            Ok(ClientFrame::Say { client_id: "a".into(), text: "你好".into(), page: None })
        );
    }

    #[test]
    fn anything_else_is_an_error_and_never_a_panic() {
        for bad in ["", "{", "[]", "null", r#"{"type":"fly"}"#, r#"{"type":"say"}"#, r#"{"type":1}"#, "\u{0}"] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }
}
