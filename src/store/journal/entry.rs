//! What the journal takes in.

use crate::clock::Timestamp;
use crate::model::chat::{Author, Body, Status};
use crate::model::id::{ConversationId, MessageId, ShopperId, UnknownQuestionId};
use crate::store::journal::CaseStep;
use crate::store::shop_request::ShopRequest;
use serde_json::value::RawValue;

/// One step of one conversation.
#[derive(Debug, Clone)]
pub struct Append {
    /// Whose step.
    pub conversation: ConversationId,
    /// The newest sequence that the decision was based on.
    pub expected_sequence: i64,
    /// Who answered when it was decided.
    pub expected_status: Status,
    /// Who answers after this step.
    pub status: Status,
    /// The dialogue state after this step, as JSON object.
    pub state: Box<RawValue>,
    /// New messages; they get the sequences after `expected_sequence`, in this order.
    pub messages: Vec<NewMessage>,
    /// Why the assistant replied so; belongs to the last message.
    pub trace: Option<NewTrace>,
    /// A question to keep for the admins.
    pub unknown: Option<NewUnknownQuestion>,
    /// What happens to the conversation's case.
    pub case: Option<CaseStep>,
    /// Products that the last message shows.
    pub suggestions: Vec<NewSuggestion>,
    /// A wish about being recommended to, written to, or known.
    pub wish: Option<NewWish>,
    /// A request to the shop's system that begins with this step.
    pub request: Option<Box<NewRequest>>,
    /// The number of the request whose outcome this step tells.
    pub ends_request: Option<u32>,
    /// When.
    pub at: Timestamp,
}

/// A request to the shop's system, to be performed after the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRequest {
    /// What, for whom, because of which message.
    pub request: ShopRequest,
    /// Until when it belongs to the node that has decided it.
    pub claimed_until: Timestamp,
}

impl Append {
    /// The newest sequence after this step.
    pub fn last_sequence(&self) -> i64 {
        self.expected_sequence + self.messages.len() as i64
    }
}

/// A message without its number.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// Its id.
    pub id: MessageId,
    /// The client's own id of it.
    pub client_id: Option<String>,
    /// Who wrote it.
    pub author: Author,
    /// What it says.
    pub body: Body,
}

/// A trace to keep.
#[derive(Debug, Clone)]
pub struct NewTrace {
    /// Which knowledge answered.
    pub knowledge_version: i64,
    /// The trace as JSON object.
    pub trace: Box<RawValue>,
}

/// A question to keep.
#[derive(Debug, Clone)]
pub struct NewUnknownQuestion {
    /// Its id.
    pub id: UnknownQuestionId,
    /// The question with personal numbers masked.
    pub question: String,
    /// The nearest entries, as JSON array.
    pub nearest: Box<RawValue>,
}

/// A product shown.
#[derive(Debug, Clone)]
pub struct NewSuggestion {
    /// Which.
    pub sku: String,
    /// Which part of the engine proposed it.
    pub source: String,
    /// The reason that the shopper read.
    pub reason: String,
    /// To whom.
    pub shopper: ShopperId,
    /// Half of the A/B split.
    pub arm: String,
}

/// What may be done with a shopper's data, by their own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// To be recommended to by what one did.
    Recommendations {
        /// Or no longer to be.
        wanted: bool,
    },
    /// Messages of campaigns, by whatever channel.
    Marketing {
        /// Or none any longer.
        wanted: bool,
    },
    /// The answer to the notice about one's data.
    Notice {
        /// A no is one about recommendations and messages of campaigns as well.
        agreed: bool,
    },
    /// That everything be deleted.
    Erasure {
        /// Or that it be kept, after it was asked for.
        wanted: bool,
    },
}

impl Wish {
    /// Whether to recommend from now on, where it says anything about that.
    pub fn recommending(self) -> Option<bool> {
        match self {
            Self::Recommendations { wanted } => Some(wanted),
            Self::Notice { agreed: false } => Some(false),
            Self::Notice { agreed: true } | Self::Marketing { .. } | Self::Erasure { .. } => None,
        }
    }
}

/// A wish, and whose it is.
#[derive(Debug, Clone, Copy)]
pub struct NewWish {
    /// Whose.
    pub shopper: ShopperId,
    /// What.
    pub wish: Wish,
}

/// A shopper to make, with an empty conversation.
#[derive(Debug, Clone)]
pub struct NewShopper {
    /// Who.
    pub shopper: ShopperId,
    /// What is stored of the visitor token.
    pub token_hash: String,
    /// The conversation.
    pub conversation: ConversationId,
    /// When.
    pub at: Timestamp,
}

/// How far somebody has read.
#[derive(Debug, Clone, Copy)]
pub struct ReadMark {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Which side.
    pub reader: Author,
    /// The newest sequence that was on the screen.
    pub sequence: i64,
    /// When.
    pub at: Timestamp,
}

/// What became of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It is in the database and will survive a crash.
    Committed,
    /// The conversation has moved on; nothing was written.
    Conflict,
}
