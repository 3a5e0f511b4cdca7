//! Keeping the knowledge: entries are edited as drafts, read by somebody, tried, and published in one swap; every version
//! can be compared and taken back.
//!
//! ```text
//! editor, import, inbox ──> draft ──> review ──> publish ──> version ──> way back
//!                             │                     │
//!                             └── try, tests, gate ─┘  the same assistant that will answer
//! ```
//!
//! # Invariants
//! - What is live changes by a publish alone, and a publish is one transaction and one swap.
//! - A change is refused with every reason at once, each with the place it belongs to; nothing is half done.
//! - Every change has its row in the audit, in the same transaction, with what was before and what is after.

mod bulk;
mod catalogue;
mod confusions;
mod content;
pub mod dashboard;
mod draft_build;
mod entries;
mod facts;
mod faq_sheet;
mod fields;
mod gate;
mod gathering;
mod inbox;
mod jobs;
mod product_sheet;
mod publishing;
mod saved_tests;
pub mod sheet;
mod shop;
mod thresholds;
mod transfer;
mod try_out;
mod warnings;
mod words;

pub use bulk::Bulk;
pub use confusions::{ConfusedPhrasing, Confusion};
pub use entries::{Entry, ListedEntry, Saved};
pub use fields::{FieldChange, of_change};
pub use gate::{GateItem, GateResult, LastGate};
pub use inbox::{Adopted, Adoption, Preview, Shift};
pub use publishing::{Pending, Publication, PublishSettings};
pub use saved_tests::EXPECTS_NOTHING;
pub use sheet::{FileFormat, MAX_FILE, write as csv_of};
pub use shop::{Offered, Presentation};
pub use thresholds::{LinesEffect, Moved, Outcomes};
pub use transfer::{ImportOrder, ImportResult, Mode};
pub use try_out::{Against, Attempt, Candidate, Folded, Said, Tried};
pub use warnings::{Warning, WarningKind, Warnings};
pub use words::{WordChange, WordPreview, WorkingWords};

use crate::clock::Clock;
use crate::service::Failure;
use crate::service::publish::Publisher;
use crate::store::{Db, StoreError};
use confusions::Confusions;
use draft_build::DraftBuild;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::Mutex;
use utoipa::ToSchema;

/// The use case; clones share everything.
#[derive(Clone)]
pub struct Keeper {
    db: Db,
    clock: Clock,
    publisher: Publisher,
    /// The assistant that would answer if all drafts were published.
    build: Arc<Mutex<Option<DraftBuild>>>,
    /// One gathering of the inbox at a time.
    gathering: Arc<Mutex<()>>,
    confusions: Confusions,
}

/// Something that is wrong with what somebody wants to save, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// The file; empty where there is none.
    pub file: String,
    /// The row of the sheet, counted from 1 with its heading; 0 where there is none.
    pub row: i64,
    /// The column or field.
    pub column: String,
    /// What is wrong, in Chinese.
    pub reason: String,
}

impl Problem {
    /// Of a field.
    pub fn field(field: &str, reason: impl Into<String>) -> Self {
        Self { file: String::new(), row: 0, column: field.to_owned(), reason: reason.into() }
    }
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// There is no such thing.
    #[error("没有{0}")]
    NotFound(String),
    /// Somebody else has saved or published meanwhile.
    #[error("内容已经被别人改过，请刷新后再改")]
    Stale,
    /// The state does not allow it.
    #[error("{0}")]
    Conflict(String),
    /// Nothing has changed.
    #[error("没有可以发布的改动")]
    NothingToPublish,
    /// What was sent breaks rules; all of them are named.
    #[error("有 {} 处问题，没有保存任何内容", .0.len())]
    Invalid(Vec<Problem>),
    /// What was sent makes no sense.
    #[error("{0}")]
    Bad(String),
    /// The file is too large.
    #[error("文件太大，最大 20 MB")]
    TooLarge,
    /// The file cannot be read.
    #[error("{0}")]
    Unsupported(String),
    /// Something failed inside.
    #[error("系统出了点问题，请稍后再试")]
    Failed(#[from] Failure),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<serde_json::Error> for Refused {
    fn from(error: serde_json::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Refused {
    /// Refuses where there are problems.
    pub(super) fn unless_fine(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self::Invalid(problems)) }
    }
}

impl Keeper {
    /// Puts the use case together.
    pub fn new(db: Db, clock: Clock, publisher: Publisher) -> Self {
        Self {
            db,
            clock,
            publisher,
            build: Arc::default(),
            gathering: Arc::default(),
            confusions: Confusions::default(),
        }
    }

    /// What puts knowledge in force.
    pub fn publisher(&self) -> &Publisher {
        &self.publisher
    }
}
