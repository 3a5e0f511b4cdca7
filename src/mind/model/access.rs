//! What a key for another program may do. A key has nothing that is not named in it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that a key may be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Reads and tries entries, words, tests, versions and the learning inbox.
    KnowledgeRead,
    /// Makes drafts of entries and words, keeps tests, settles the learning inbox.
    KnowledgeWrite,
    /// Puts drafts in force and takes a version back.
    KnowledgePublish,
    /// Reads products.
    CatalogueRead,
    /// Changes products, stock and prices.
    CatalogueWrite,
    /// Reads figures and reports.
    FiguresRead,
    /// Reports what shoppers did.
    EventsWrite,
    /// Reads who changed what.
    AuditRead,
}

impl Scope {
    /// All there are, in the order in which they are offered.
    pub const ALL: [Self; 8] = [
        Self::KnowledgeRead,
        Self::KnowledgeWrite,
        Self::KnowledgePublish,
        Self::CatalogueRead,
        Self::CatalogueWrite,
        Self::FiguresRead,
        Self::EventsWrite,
        Self::AuditRead,
    ];

    /// The name in the database and in the interface.
    pub fn name(self) -> &'static str {
        match self {
            Self::KnowledgeRead => "knowledge_read",
            Self::KnowledgeWrite => "knowledge_write",
            Self::KnowledgePublish => "knowledge_publish",
            Self::CatalogueRead => "catalogue_read",
            Self::CatalogueWrite => "catalogue_write",
            Self::FiguresRead => "figures_read",
            Self::EventsWrite => "events_write",
            Self::AuditRead => "audit_read",
        }
    }
}
