//! Shoppers, what they did in the shop, and the people who serve them.

use crate::clock::Timestamp;
use crate::model::catalogue::Sku;
use crate::model::id::{ShopperId, StaffId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use utoipa::ToSchema;

/// Something a shopper did with a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Opened its page.
    #[default]
    View,
    /// Opened it from the results of a search.
    Search,
    /// Clicked it in a list or a reply.
    Click,
    /// Put it into the basket.
    Cart,
    /// Bought it.
    Buy,
    /// Gave it stars; the value holds 1 to 5.
    Rate,
    /// Said "not this one".
    Dismiss,
}

impl EventKind {
    /// Every kind, in the order of growing commitment.
    pub const ALL: [Self; 7] =
        [Self::View, Self::Search, Self::Click, Self::Cart, Self::Buy, Self::Rate, Self::Dismiss];

    /// The name in files and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Search => "search",
            Self::Click => "click",
            Self::Cart => "cart",
            Self::Buy => "buy",
            Self::Rate => "rate",
            Self::Dismiss => "dismiss",
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for EventKind {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or_else(|| format!("unknown event kind {text:?}"))
    }
}

/// One event of the behaviour log.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Who did it.
    pub shopper: ShopperId,
    /// To which product.
    pub sku: Sku,
    /// What was done.
    pub kind: EventKind,
    /// Stars for a rating, pieces for a purchase, 1 otherwise.
    pub value: f64,
    /// When.
    pub at: Timestamp,
}

/// What somebody in the console may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Takes over conversations.
    Agent,
    /// Looks after the agents; may do all that an agent may.
    Supervisor,
    /// Keeps the knowledge, the catalogue and the people; may do all that a supervisor may.
    Admin,
}

impl Role {
    /// The name in files and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Supervisor => "supervisor",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Role {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "agent" => Ok(Self::Agent),
            "supervisor" => Ok(Self::Supervisor),
            "admin" => Ok(Self::Admin),
            other => Err(format!("unknown role {other:?}; use agent, supervisor or admin")),
        }
    }
}

/// Somebody who works in the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    /// Their id.
    pub id: StaffId,
    /// The name they sign in with.
    pub name: String,
    /// What they may do.
    pub role: Role,
}
