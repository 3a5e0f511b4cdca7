//! Use cases. Each file is one: load, decide on the lower floors, save, then publish.
//!
//! # Error policy
//! - What a person did wrong is a typed error with a Chinese text for that person; it never reaches the log as an
//!   error of ours.
//! - What failed inside is a [`Failure`]: logged once with its cause, shown as "请稍后再试" without details.
//! - What takes long is done beside the event loop (`apart.rs`); a panic there is a [`Failure`] too.
//! - Nothing is half done: everything that belongs together is one transaction of the store.

mod apart;
pub mod api_keys;
pub mod behaviour;
pub mod chat;
pub mod demo;
pub mod desk;
pub mod event_import;
pub mod identity;
pub mod import;
pub mod knowledge;
pub mod learning;
pub mod leases;
mod lockout;
pub mod marketing;
pub mod node;
pub mod one_time_code;
pub mod orders;
pub mod outgoing;
pub mod people;
pub mod personal_data;
pub mod pictures;
pub mod publish;
pub mod retention;
pub mod seal;
pub mod second_factor;
pub mod shipped;
pub mod sign_in;
pub mod telemetry;
pub mod token;
pub mod trained;
pub mod training;
pub mod widget_look;

use crate::search::faq::SearchError;
use crate::store::StoreError;

/// Something failed inside; the person who asked can only try again.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The index.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// A model could not be trained or read.
    #[error("model: {0}")]
    Model(String),
    /// Work on a thread of its own was not done to its end: it panicked, or the program stopped.
    #[error(transparent)]
    Thread(tokio::task::JoinError),
    /// Stored data that this program cannot have written.
    #[error("stored data: {0}")]
    Data(#[from] serde_json::Error),
    /// Something else that should not fail: the log names it.
    #[error("{what}: {reason}")]
    Inside {
        /// What failed, in a word or two.
        what: &'static str,
        /// Why.
        reason: String,
    },
}

impl Failure {
    /// Of something that has no kind of its own.
    pub(super) fn inside(what: &'static str, reason: &impl std::fmt::Display) -> Self {
        Self::Inside { what, reason: reason.to_string() }
    }
}
