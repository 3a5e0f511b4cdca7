//! The methods by name.

use std::fmt;
use std::str::FromStr;

/// A method by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Method {
    Popularity,
    UserCosine,
    UserPearson,
    ItemCosine,
    ItemJaccard,
    Content,
    Order,
    Linear,
    Purchase,
    Hybrid,
    /// The hybrid with less favour for what is popular.
    Fair,
    /// Whichever of the others is best on the data to choose on.
    Auto,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Popularity,
        Self::UserCosine,
        Self::UserPearson,
        Self::ItemCosine,
        Self::ItemJaccard,
        Self::Content,
        Self::Order,
        Self::Linear,
        Self::Purchase,
        Self::Hybrid,
        Self::Fair,
        Self::Auto,
    ];

    /// As it is called on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Popularity => "popularity",
            Self::UserCosine => "user-cosine",
            Self::UserPearson => "user-pearson",
            Self::ItemCosine => "item-cosine",
            Self::ItemJaccard => "item-jaccard",
            Self::Content => "content",
            Self::Order => "order",
            Self::Linear => "linear",
            Self::Purchase => "purchase",
            Self::Hybrid => "hybrid",
            Self::Fair => "fair",
            Self::Auto => "auto",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Method {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|method| method.name() == text)
            .ok_or_else(|| format!("没有 {text} 这种方法，可用的有 all、{}", Self::ALL.map(Self::name).join("、")))
    }
}
