//! Which part of the recommender decided, as it stands in the log and as the shopper reads it.

use crate::model::customer::EventKind;
use crate::recommend::relation::Relation;
use serde::{Deserialize, Serialize};

/// Which part of the recommender decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Shoppers of a product also liked this one.
    ItemCf,
    /// The same, told apart from what is liked anyway (the linear model).
    Linear,
    /// Shoppers of a product dealt with this one soon after.
    Order,
    /// It is like a product that the shopper liked.
    Content,
    /// Shoppers deal with it of late.
    Popularity,
    /// It is new and should become known.
    Exploration,
    /// Rating and sales of the catalogue.
    Catalogue,
}

impl Source {
    /// The name in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::ItemCf => "item-cf",
            Self::Linear => "linear",
            Self::Order => "order",
            Self::Content => "content",
            Self::Popularity => "popularity",
            Self::Exploration => "exploration",
            Self::Catalogue => "catalogue",
        }
    }

    /// The source that a relation of a blend stands for.
    pub fn of(relation: &Relation) -> Self {
        match relation {
            Relation::Shoppers { .. } => Self::ItemCf,
            Relation::Linear(_) => Self::Linear,
            Relation::Order(_) => Self::Order,
            Relation::Content { .. } => Self::Content,
        }
    }

    /// Why a product is shown that was decided by what the shopper did with another one, `cause`.
    pub fn because_of(self, cause: &str, done: EventKind) -> String {
        match (self, done) {
            (Self::Content, EventKind::Buy) => format!("和您买过的「{cause}」相似"),
            (Self::Content, _) => format!("和您看过的「{cause}」相似"),
            (Self::Order, EventKind::Buy) => format!("买过「{cause}」的人接着常看"),
            (Self::Order, _) => format!("看过「{cause}」的人接着常看"),
            (_, EventKind::Buy) => format!("买过「{cause}」的人也常买"),
            (_, EventKind::Cart) => format!("和您加购的「{cause}」常一起买"),
            _ => format!("看过「{cause}」的人也喜欢"),
        }
    }
}
