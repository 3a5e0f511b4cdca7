//! A conversation as everybody sees it: numbered messages with an author and a body.

use crate::clock::Timestamp;
use crate::model::catalogue::{Money, Sku};
use crate::model::id::{ConversationId, MessageId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The person in the widget.
    Shopper,
    /// The assistant; shown with the label 智能客服.
    Bot,
    /// A person at the desk.
    Agent,
    /// The shop's software: "您已排到第 2 位".
    System,
}

/// Who is answering at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The assistant answers.
    #[default]
    Bot,
    /// A person was asked for and has not come yet; the assistant stays reachable.
    Waiting,
    /// A person answers; the assistant is silent.
    Agent,
    /// Over; the next message opens it again.
    Closed,
}

/// One numbered message. Sequences start at 1 and have no gaps inside a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct Message {
    /// Its place in the conversation.
    #[ts(type = "number")]
    pub sequence: i64,
    /// Its own id.
    #[ts(type = "string")]
    #[schema(value_type = String)]
    pub id: MessageId,
    /// The id that the shopper's client gave it; makes a resend harmless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub client_id: Option<String>,
    /// Who wrote it.
    pub author: Author,
    /// When it was committed, in milliseconds since 1970 UTC.
    #[ts(type = "number")]
    #[schema(value_type = i64)]
    pub at: Timestamp,
    /// What it says and shows.
    pub body: Body,
}

/// What a message says and shows. Parts that are empty are left out on the wire.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, TS, ToSchema)]
pub struct Body {
    /// Plain text from a shopper; Markdown without HTML from the assistant.
    #[serde(default)]
    pub text: String,
    /// Product suggestions, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<ProductCard>,
    /// FAQ questions as buttons; a tap asks them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<String>,
    /// Things the shopper can do now, as buttons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
    /// Whether 👍👎 belong under it: true for an answer from the knowledge base.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ratable: bool,
    /// Name of the person who writes, in a message of an agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub agent: Option<String>,
    /// Id of the campaign whose message it is; only such a message was sent without being asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub campaign: Option<String>,
    /// What happened, in a message of the system; its text says the same in Chinese.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub notice: Option<Notice>,
    /// At the desk alone: whether personal numbers in it are masked; one of them is revealed by a request that is
    /// recorded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
}

impl Body {
    /// A body that is text alone.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// What happened at the desk, as far as the shopper is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// A person answers from now on.
    AgentJoined,
    /// Another person will answer: the shopper waits again.
    AgentLeft,
    /// The matter is settled; the assistant answers again.
    Resolved,
    /// The shopper no longer waits for a person.
    WaitCancelled,
    /// Nobody is there at this hour: the answer comes later, here.
    TicketOpened,
}

/// A button under a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// 转人工: asks for a person.
    CallHuman,
}

/// A product as a reply shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct ProductCard {
    /// Which product; a tap makes it the context of the next message.
    pub sku: Sku,
    /// Title.
    pub name: String,
    /// Price in fen.
    #[ts(type = "number")]
    #[schema(value_type = i64)]
    pub price: Money,
    /// Price before a reduction, in fen; equal to `price` where there is none.
    #[ts(type = "number")]
    #[schema(value_type = i64)]
    pub original_price: Money,
    /// Path of the picture, on the same host.
    pub picture: String,
    /// Path of the product page, on the same host.
    pub url: String,
    /// Why this one is shown: the true reason, from the scorer.
    pub reason: String,
    /// Mean rating from 0 to 5.
    pub rating: f64,
    /// Pieces left, where so few that it matters to the shopper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub few_left: Option<i64>,
}

/// What the shop's page says about where the shopper is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
pub struct PageContext {
    /// The product that is on the screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub sku: Option<Sku>,
    /// The order that is on the screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub order_id: Option<String>,
    /// The page's address, without its query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub page_url: Option<String>,
}

/// A shopper's verdict on an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// 👍 已解决
    Solved,
    /// 👎 未解决
    Unsolved,
}

/// The head of a conversation: everything but its messages and the dialogue state.
#[derive(Debug, Clone, PartialEq)]
pub struct ConversationHead {
    /// Its id.
    pub id: ConversationId,
    /// Who answers at the moment.
    pub status: Status,
    /// The newest sequence; zero where nothing was said yet.
    pub last_sequence: i64,
}

/// Why a person is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HandoverReason {
    /// A life may be in danger.
    Danger,
    /// The shopper asked for one.
    Requested,
    /// Words such as 12315 or 起诉: the matter is serious.
    Risk,
    /// The shopper stays angry.
    Mood,
    /// The assistant failed to answer again and again.
    Unanswered,
    /// A rule of the shop sends such conversations to a person.
    Rule,
}

impl HandoverReason {
    const NAMES: [(Self, &'static str, &'static str); 6] = [
        (Self::Danger, "danger", "可能有人身危险"),
        (Self::Requested, "requested", "顾客要求人工"),
        (Self::Risk, "risk", "有风险词"),
        (Self::Mood, "mood", "情绪一直不好"),
        (Self::Unanswered, "unanswered", "智能客服连续答不上"),
        (Self::Rule, "rule", "店铺规则"),
    ];

    /// The name in the database and on the wire.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(known, ..)| *known == self).map_or("", |(_, name, _)| name)
    }

    /// The reason in Chinese.
    pub fn title(self) -> &'static str {
        Self::NAMES.iter().find(|(known, ..)| *known == self).map_or("", |(.., title)| title)
    }
}

impl std::str::FromStr for HandoverReason {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::NAMES.iter().find(|(_, name, _)| *name == text).map(|(reason, ..)| *reason);
        found.ok_or_else(|| format!("unknown reason {text:?}"))
    }
}
