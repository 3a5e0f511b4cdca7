//! Identifiers as newtypes over UUID version 7, so that a conversation id is never taken for a shopper's, and ids
//! sort by their time of creation.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

id!(
    /// A shopper: an anonymous browser, or somebody the shop has identified.
    ShopperId
);
id!(
    /// One conversation of one shopper; messages are numbered inside it.
    ConversationId
);
id!(
    /// One message, whoever wrote it.
    MessageId
);
id!(
    /// Somebody who works in the console: agent or admin.
    StaffId
);
id!(
    /// A question that the assistant could not answer and kept for the admins.
    UnknownQuestionId
);
id!(
    /// A text that was heard wrongly, with the right label.
    CorrectionId
);
id!(
    /// One time that a shopper needs a person.
    CaseId
);
