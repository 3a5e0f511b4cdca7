//! The desk's frames on `/ws/desk`: JSON text frames tagged by `type`, for the console.
//!
//! The socket shows what happens; what changes cases (claim, transfer, resolve, notes, tags) goes over REST under
//! `/api/desk`, and what becomes of it comes back as frames. The session cookie of the handshake says who it is.
//!
//! # Resuming
//! `welcome` is a snapshot of everything that frames keep current. Cards carry a `revision`, conversations a
//! `last_sequence`: after a break the console connects again, takes the snapshot, and fetches the messages of each
//! conversation that it shows after the sequence it holds. A `message` whose sequence is not the next one means that
//! something was missed: fetch. Everything else replaces what was there before.
//!
//! The whole, with examples, is `docs/desk.md`.

use crate::clock::Timestamp;
use crate::live::protocol::{BadFrame, ErrorCode};
use crate::model::catalogue::Sku;
use crate::model::chat::{Message, ProductCard};
use crate::model::desk::{
    AgentCard, CaseCard, ClockState, Counters, Named, Note, Presence, SuggestedAnswer, Target, Viewer,
};
use crate::text::nul::without_nul;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

/// Cards of waiting cases that a `queue` frame carries, at most.
pub const QUEUE_HEAD: usize = 20;

/// What the console sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum DeskClientFrame {
    /// Opens the session.
    Hello {},
    /// Whether the agent takes new conversations: `online` or `away`.
    Presence {
        /// The wish.
        presence: Presence,
    },
    /// Opens or leaves the view of a conversation: its messages, notes, suggestions and viewers come from then on.
    /// Own open cases need no view for their messages; the view also tells colleagues who is looking.
    View {
        /// Which.
        conversation_id: Uuid,
        /// Whether it is opened.
        on: bool,
    },
    /// Supervisors: whether `case` frames of all cases come.
    WatchAll {
        /// Whether.
        on: bool,
    },
    /// A message to the shopper; only of the agent who has the case.
    Say {
        /// Which conversation.
        conversation_id: Uuid,
        /// Made by the console, at most 64 characters; the same for every resend.
        client_id: String,
        /// What to say; may be empty where products are sent.
        #[serde(default)]
        text: String,
        /// Products to send as cards.
        #[serde(default)]
        products: Vec<Sku>,
        /// The suggested answer that this came from. Whether it was changed is found out by the server.
        #[serde(default)]
        #[ts(optional)]
        suggestion: Option<Uuid>,
    },
    /// The agent types, or has stopped.
    Typing {
        /// Where.
        conversation_id: Uuid,
        /// Whether it goes on.
        on: bool,
    },
    /// The agent has seen everything up to here.
    Read {
        /// Where.
        conversation_id: Uuid,
        /// The newest sequence that was on the screen.
        #[ts(type = "number")]
        sequence: i64,
    },
    /// Asks for a `pong`.
    Ping {},
    /// The answer to the server's `ping`.
    Pong {},
}

/// What happened to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CaseChange {
    /// It began to wait.
    Waiting,
    /// An agent has it now: by the server, by claim, by transfer, or by a supervisor.
    Assigned,
    /// It went back to the queue: transferred to a group, or its agent was gone.
    Returned,
    /// It was resolved.
    Resolved,
    /// The shopper cancelled.
    Cancelled,
    /// Something else about it changed: messages, tags, mood, clocks.
    Updated,
    /// The shopper rated it.
    Rated,
}

/// What the server sends to the console.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum DeskServerFrame {
    /// The session is open: a snapshot.
    Welcome {
        /// Who this is.
        me: AgentCard,
        /// Own open cases.
        cases: Vec<CaseCard>,
        /// The first of the queue.
        queue: Vec<CaseCard>,
        /// Live numbers.
        counters: Counters,
        /// Everybody at the desk.
        agents: Vec<AgentCard>,
        /// All skill groups.
        groups: Vec<Named>,
        /// The server's time: clocks are shown against it.
        #[ts(type = "number")]
        now: Timestamp,
    },
    /// A case of this agent, one in view, or for supervisors any. A card whose `agent` is another one leaves the own
    /// list.
    Case {
        /// What happened.
        change: CaseChange,
        /// The case after it.
        case: CaseCard,
    },
    /// The first of the queue, at most once a second, when it has changed. The rest is `GET /api/desk/cases`.
    Queue {
        /// Next in turn first.
        queue: Vec<CaseCard>,
    },
    /// Live numbers, at most once a second, when they have changed.
    Counters {
        /// All of them.
        counters: Counters,
    },
    /// A new message of a conversation that is the agent's or in view, in order.
    Message {
        /// Which conversation.
        conversation_id: Uuid,
        /// The message.
        message: Message,
    },
    /// A message of this agent is committed.
    Ack {
        /// Which conversation.
        conversation_id: Uuid,
        /// The console's own id of it.
        client_id: String,
        /// Its place.
        #[ts(type = "number")]
        sequence: i64,
        /// When it was committed.
        #[ts(type = "number")]
        at: Timestamp,
    },
    /// A note or whisper of a conversation that is the agent's or in view, or that names this agent.
    Note {
        /// The note.
        note: Note,
        /// Whether this agent is named in it, or it is a whisper to them.
        to_me: bool,
    },
    /// Answers and products that the assistant proposes for a message of the shopper, before the agent types.
    Suggestions {
        /// Which conversation.
        conversation_id: Uuid,
        /// The shopper's message.
        #[ts(type = "number")]
        sequence: i64,
        /// At most three, best first.
        answers: Vec<SuggestedAnswer>,
        /// At most three, best first; none while the shopper is upset.
        products: Vec<ProductCard>,
    },
    /// The shopper types, or has stopped.
    Typing {
        /// Where.
        conversation_id: Uuid,
        /// Whether it goes on.
        on: bool,
    },
    /// The shopper has read everything up to here.
    Read {
        /// Where.
        conversation_id: Uuid,
        /// The newest sequence that was on the screen.
        #[ts(type = "number")]
        sequence: i64,
    },
    /// Who looks at a conversation in view: the warning before two answer at once. Oneself is left out.
    Viewers {
        /// Where.
        conversation_id: Uuid,
        /// All others.
        viewers: Vec<Viewer>,
    },
    /// An agent came, went, or has more or less to do.
    Agent {
        /// The agent after it.
        agent: AgentCard,
    },
    /// A service clock warns or is over its target: to the agent who has the case and to supervisors.
    Clock {
        /// Which case.
        case_id: Uuid,
        /// Its conversation.
        conversation_id: Uuid,
        /// Which clock.
        target: Target,
        /// `warning` or `breached`.
        state: ClockState,
        /// When it is over its target.
        #[ts(type = "number")]
        due: Timestamp,
    },
    /// Something the console sent was not accepted; the session goes on.
    Error {
        /// For programs.
        code: ErrorCode,
        /// For the agent, in Chinese.
        message: String,
        /// Which message it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        client_id: Option<String>,
        /// Which conversation it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        conversation_id: Option<Uuid>,
    },
    /// Asks for a `pong`.
    Ping {},
    /// The answer to a `ping`.
    Pong {},
}

/// Reads one frame.
///
/// # Errors
/// [`BadFrame`] for anything that is no frame of the desk.
pub fn parse(text: &str) -> Result<DeskClientFrame, BadFrame> {
    serde_json::from_str(&without_nul(text)).map_err(|error| BadFrame(format!("无法识别的消息格式：{error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_read_as_documented() {
        assert_eq!(parse(r#"{"type":"hello"}"#), Ok(DeskClientFrame::Hello {}));
        assert!(parse(r#"{"type":"say","conversation_id":"x","client_id":"a","text":"b"}"#).is_err());
        assert!(parse("{").is_err() && parse(r#"{"type":"fly"}"#).is_err());
    }
}
