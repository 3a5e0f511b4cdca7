//! What people at the desk see and do, as plain data: cases, agents, notes, rules, settings.
//!
//! A **case** is one time that a shopper needs a person: it waits, is open with an agent, and is resolved or
//! cancelled. A conversation lasts for ever and has many cases, at most one of them unfinished.

mod plan;

pub use plan::{DeskSettings, HandoverRule, OpeningHours, ScoreItem, Segment, SpecialDay, Stretch};

use crate::clock::Timestamp;
use crate::model::catalogue::{Money, Sku};
use crate::model::chat::{Author, HandoverReason};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;
use uuid::Uuid;

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    /// Nobody has it.
    Waiting,
    /// An agent has it.
    Open,
    /// An agent has ended it.
    Resolved,
    /// The shopper no longer wanted a person.
    Cancelled,
}

/// Whether an agent takes conversations. The server says so: a browser that is gone is offline, whatever it said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Gets new conversations.
    Online,
    /// Keeps those it has and gets no new ones.
    Away,
    /// Has no connection.
    #[default]
    Offline,
}

/// A service clock against its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    /// Runs, with time to spare.
    #[default]
    Fine,
    /// Runs, with little time left.
    Warning,
    /// Is over its target, running or stopped.
    Breached,
    /// Stopped in time.
    Met,
}

/// One service clock of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct ServiceClock {
    /// When it is over its target; business hours are counted in already.
    #[ts(type = "number")]
    #[schema(value_type = i64)]
    pub due: Timestamp,
    /// Against the target, at the moment this was made.
    pub state: ClockState,
    /// Whether it still runs; one that has stopped presses nobody, however late it was.
    pub running: bool,
}

/// Which service clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// From the wish for a person to an agent's first words.
    FirstAnswer,
    /// From the wish for a person to the end of the case.
    Resolution,
}

/// Somebody or something by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
pub struct Named {
    /// Its id.
    pub id: Uuid,
    /// Its name: of an agent, the one that shoppers see.
    pub name: String,
}

/// The newest message of a conversation, shortened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct Preview {
    /// Its place.
    #[ts(type = "number")]
    pub sequence: i64,
    /// Who wrote it.
    pub author: Author,
    /// Its first characters.
    pub text: String,
    /// When.
    #[ts(type = "number")]
    #[schema(value_type = i64)]
    pub at: Timestamp,
}

/// What a shopper thought of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct ServiceRating {
    /// 已解决 or 未解决.
    pub solved: bool,
    /// 1 to 5.
    #[ts(type = "number")]
    pub stars: u8,
    /// In words; empty for none.
    #[serde(default)]
    pub comment: String,
}

/// A case as lists show it. A card replaces an older one of the same id: the one with the higher `revision` is newer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct CaseCard {
    /// The case.
    pub id: Uuid,
    /// Grows with every change of the case.
    #[ts(type = "number")]
    pub revision: i64,
    /// Its conversation; messages are numbered inside it.
    pub conversation_id: Uuid,
    /// Whose it is.
    pub shopper_id: Uuid,
    /// What to call the shopper: their name, or 访客 with a short number.
    pub shopper: String,
    /// Where it stands.
    pub state: CaseState,
    /// Whether it was asked for outside business hours: nobody waits at the screen, the answer reaches them later.
    pub ticket: bool,
    /// Why a person is needed.
    pub reason: HandoverReason,
    /// The skill group that should take it; none for anybody.
    #[ts(optional = nullable)]
    pub group: Option<Named>,
    /// Who has it, or had it last.
    #[ts(optional = nullable)]
    pub agent: Option<Named>,
    /// Since when a person is wanted.
    #[ts(type = "number")]
    #[schema(value_type = i64)]
    pub since: Timestamp,
    /// When an agent took it first.
    #[ts(optional = nullable, type = "number")]
    #[schema(value_type = Option<i64>)]
    pub claimed_at: Option<Timestamp>,
    /// When it ended.
    #[ts(optional = nullable, type = "number")]
    #[schema(value_type = Option<i64>)]
    pub ended_at: Option<Timestamp>,
    /// Why it ended, one of the shop's reasons.
    #[ts(optional = nullable)]
    pub resolution: Option<String>,
    /// What it is about, as the assistant understood it: title of an intent.
    #[ts(optional = nullable)]
    pub intent: Option<String>,
    /// The shopper's newest mood from -2 (furious) to 2 (delighted).
    pub mood: f64,
    /// Whether the shopper presses.
    pub urgent: bool,
    /// What the shopper has bought, in fen.
    #[ts(type = "number")]
    #[schema(value_type = i64)]
    pub spent: Money,
    /// How much it needs a look, from 0 to 1: reason, mood, waiting, clocks.
    pub risk: f64,
    /// The newest message.
    #[ts(optional = nullable)]
    pub last: Option<Preview>,
    /// The newest sequence of the conversation.
    #[ts(type = "number")]
    pub last_sequence: i64,
    /// Messages of the shopper that no agent has read.
    #[ts(type = "number")]
    pub unread: i64,
    /// Tags.
    pub tags: Vec<String>,
    /// The clock of the first answer.
    pub first_answer: ServiceClock,
    /// The clock of the resolution.
    pub resolve: ServiceClock,
    /// What the shopper thought of it.
    #[ts(optional = nullable)]
    pub rating: Option<ServiceRating>,
}

/// An agent as lists show them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct AgentCard {
    /// Who.
    pub id: Uuid,
    /// The name they sign in with.
    pub name: String,
    /// The name that shoppers see.
    pub display_name: String,
    /// `agent`, `supervisor` or `admin`.
    pub role: String,
    /// Whether they take conversations.
    pub presence: Presence,
    /// Open conversations.
    #[ts(type = "number")]
    pub open: i64,
    /// Open conversations that they can have at a time.
    #[ts(type = "number")]
    pub capacity: i64,
    /// Their skill groups.
    pub groups: Vec<Named>,
}

/// Live numbers. Cases that are not finished count as far as whoever reads this may see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
pub struct Counters {
    /// Shoppers who wait for a person at this moment, tickets left out.
    #[ts(type = "number")]
    pub waiting: i64,
    /// Tickets that nobody has.
    #[ts(type = "number")]
    pub tickets: i64,
    /// Open cases of all agents.
    #[ts(type = "number")]
    pub open: i64,
    /// Open cases of whoever reads this.
    #[ts(type = "number")]
    pub mine: i64,
    /// Cases that were resolved today.
    #[ts(type = "number")]
    pub resolved_today: i64,
    /// Agents who take conversations.
    #[ts(type = "number")]
    pub agents_online: i64,
}

/// Who may read a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// Everybody at the desk who may see the conversation. Never the shopper.
    #[default]
    Note,
    /// From a supervisor to the agent who has the case: those two and other supervisors.
    Whisper,
}

/// Something written for colleagues.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct Note {
    /// Its id.
    pub id: Uuid,
    /// Its conversation.
    pub conversation_id: Uuid,
    /// The newest sequence when it was written: it stands behind that message.
    #[ts(type = "number")]
    pub after_sequence: i64,
    /// Who may read it.
    pub kind: NoteKind,
    /// Who wrote it.
    pub author: Named,
    /// What it says; `@name` names a colleague.
    pub text: String,
    /// Who is named in it.
    pub mentions: Vec<Named>,
    /// When.
    #[ts(type = "number")]
    #[schema(value_type = i64)]
    pub at: Timestamp,
}

/// An answer that the assistant proposes to the agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct SuggestedAnswer {
    /// Names this proposal; say what became of it.
    pub id: Uuid,
    /// The FAQ entry.
    pub entry: String,
    /// Its standard question.
    pub question: String,
    /// Its answer, Markdown without HTML.
    pub answer: String,
    /// Calibrated probability that it answers, from 0 to 1.
    pub confidence: f64,
}

/// What became of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Adoption {
    /// Put into the input field.
    Inserted,
    /// Sent as it was.
    Sent,
    /// Sent after a change.
    Edited,
}

/// Somebody who looks at a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Viewer {
    /// Who.
    pub agent: Named,
    /// Whether they are typing an answer.
    pub typing: bool,
}

/// A text that agents send often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct QuickReply {
    /// Its id; given by the server.
    #[serde(default)]
    pub id: Uuid,
    /// What to type for it, without the slash: `tk`.
    pub shortcut: String,
    /// Its title in lists.
    pub title: String,
    /// The text; `{{name}}`, `{{order}}`, `{{agent}}`, `{{shop}}` are filled in.
    pub text: String,
    /// Products that go with it.
    #[serde(default)]
    pub products: Vec<Sku>,
    /// Whether all agents have it; shared ones are written by supervisors.
    #[serde(default)]
    pub shared: bool,
}
