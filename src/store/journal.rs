//! The journal: the one way in which messages enter the database.
//!
//! # Group commit
//! An fsync costs more than everything else in a turn. So a single task collects the appends that have queued up,
//! writes them in one transaction, and releases their acknowledgements after the commit. Under load the batches
//! grow by themselves and the cost of the fsync is shared; an idle server commits each append at once.
//!
//! # Invariants
//! - An append names the sequence it has read. If the conversation has moved on, the append is a
//!   [`Appended::Conflict`] and writes nothing; the caller loads again and decides again. So sequences have no gaps
//!   and a turn is never decided on a stale state, whichever node wrote in between.
//! - An append is written whole or not at all: message, reply, trace, state and effects share one transaction.
//! - One append that the database refuses does not take its batch with it: the batch is then written one by one.

use crate::clock::Timestamp;
use crate::model::chat::{Author, Body, Status};
use crate::model::id::{ConversationId, HandoverId, MessageId, ShopperId, UnknownQuestionId};
use crate::store::conversation::{author_name, status_name};
use crate::store::db::writing;
use crate::store::{Db, StoreError, recommendation};
use serde_json::Value;
use sqlx::types::Json;
use tokio::sync::{mpsc, oneshot};

/// Where products are shown that a reply suggests.
const CHAT_SLOT: &str = "chat";

/// Appends that share a transaction, at most.
const BATCH: usize = 256;

/// Appends that may wait for the writer; callers beyond that wait for a place.
const QUEUE: usize = 1_024;

/// One step of one conversation.
#[derive(Debug, Clone)]
pub struct Append {
    /// Whose step.
    pub conversation: ConversationId,
    /// The newest sequence that the decision was based on.
    pub expected_sequence: i64,
    /// Who answers after this step.
    pub status: Status,
    /// The dialogue state after this step.
    pub state: Value,
    /// New messages; they get the sequences after `expected_sequence`, in this order.
    pub messages: Vec<NewMessage>,
    /// Why the assistant replied so; belongs to the last message.
    pub trace: Option<NewTrace>,
    /// A question to keep for the admins.
    pub unknown: Option<NewUnknownQuestion>,
    /// A wait for a person that begins.
    pub handover: Option<NewHandover>,
    /// Products that the last message shows.
    pub suggestions: Vec<NewSuggestion>,
    /// When.
    pub at: Timestamp,
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
    pub trace: Value,
}

/// A question to keep.
#[derive(Debug, Clone)]
pub struct NewUnknownQuestion {
    /// Its id.
    pub id: UnknownQuestionId,
    /// The question with personal numbers masked.
    pub question: String,
    /// The nearest entries, as JSON array.
    pub nearest: Value,
}

/// A wait to begin.
#[derive(Debug, Clone)]
pub struct NewHandover {
    /// Its id.
    pub id: HandoverId,
    /// Why a person is needed.
    pub reason: String,
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

/// What became of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It is in the database and will survive a crash.
    Committed,
    /// The conversation has moved on; nothing was written.
    Conflict,
}

type Waiting = (Append, oneshot::Sender<Result<Appended, StoreError>>);

/// A handle to the writer task; clones share it. The task ends when the last handle is gone and the queue is empty.
#[derive(Debug, Clone)]
pub struct Journal {
    queue: mpsc::Sender<Waiting>,
}

impl Journal {
    /// Starts the writer task and returns its handle, with a future that ends once everything is written.
    pub fn start(db: Db) -> (Self, tokio::task::JoinHandle<()>) {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let writer = tokio::spawn(write_all(db, waiting));
        (Self { queue }, writer)
    }

    /// Appends one step and returns after its commit.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails; the step is then not written.
    pub async fn append(&self, append: Append) -> Result<Appended, StoreError> {
        let (done, committed) = oneshot::channel();
        self.queue.send((append, done)).await.map_err(|_| StoreError::Stopped)?;
        committed.await.map_err(|_| StoreError::Stopped)?
    }
}

async fn write_all(db: Db, mut waiting: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut batch, BATCH).await > 0 {
        let (appends, acknowledgements): (Vec<_>, Vec<_>) = batch.drain(..).unzip();
        let results = write_batch(&db, &appends).await;
        for (acknowledgement, result) in acknowledgements.into_iter().zip(results) {
            // A caller that has gone away does not change what was committed.
            let _ = acknowledgement.send(result);
        }
    }
}

async fn write_batch(db: &Db, appends: &[Append]) -> Vec<Result<Appended, StoreError>> {
    match write_together(db, appends).await {
        Ok(results) => results.into_iter().map(Ok).collect(),
        Err(error) if appends.len() == 1 => vec![Err(error)],
        Err(error) => {
            tracing::warn!(%error, appends = appends.len(), "batch refused, writing its appends one by one");
            let mut results = Vec::with_capacity(appends.len());
            for append in appends {
                let single = write_together(db, std::slice::from_ref(append)).await;
                results.push(single.map(|done| done[0]));
            }
            results
        }
    }
}

async fn write_together(db: &Db, appends: &[Append]) -> Result<Vec<Appended>, StoreError> {
    const ADVANCE: &str = "UPDATE conversation SET last_sequence = $1, status = $2, state = $3, updated_at = $4 \
        WHERE id = $5 AND last_sequence = $6";
    const MESSAGE: &str = "INSERT INTO message \
        (conversation_id, sequence, id, client_id, author, body, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    const TRACE: &str = "INSERT INTO turn_trace \
        (conversation_id, sequence, knowledge_version, trace, created_at) VALUES ($1, $2, $3, $4, $5)";
    const UNKNOWN: &str = "INSERT INTO unknown_question \
        (id, conversation_id, sequence, question, nearest, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    const HANDOVER: &str = "INSERT INTO handover (id, conversation_id, reason, requested_at) VALUES ($1, $2, $3, $4)";
    const SUGGESTION: &str = "INSERT INTO suggestion \
        (conversation_id, sequence, position, sku, source, reason, shown_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";

    let results = writing!(db, tx => {
        let mut results = Vec::with_capacity(appends.len());
        for append in appends {
            let (conversation, at) = (append.conversation.0, append.at.0);
            let last = append.expected_sequence + append.messages.len() as i64;
            let advanced = sqlx::query(ADVANCE)
                .bind(last)
                .bind(status_name(append.status))
                .bind(Json(&append.state))
                .bind(at)
                .bind(conversation)
                .bind(append.expected_sequence)
                .execute(&mut *tx)
                .await?;
            if advanced.rows_affected() == 0 {
                results.push(Appended::Conflict);
                continue;
            }
            for (sequence, message) in (append.expected_sequence + 1..).zip(&append.messages) {
                sqlx::query(MESSAGE)
                    .bind(conversation)
                    .bind(sequence)
                    .bind(message.id.0)
                    .bind(message.client_id.as_deref())
                    .bind(author_name(message.author))
                    .bind(Json(&message.body))
                    .bind(at)
                    .execute(&mut *tx)
                    .await?;
            }
            if let Some(trace) = &append.trace {
                sqlx::query(TRACE)
                    .bind(conversation).bind(last).bind(trace.knowledge_version).bind(Json(&trace.trace)).bind(at)
                    .execute(&mut *tx)
                    .await?;
            }
            if let Some(unknown) = &append.unknown {
                sqlx::query(UNKNOWN)
                    .bind(unknown.id.0).bind(conversation).bind(last).bind(&unknown.question)
                    .bind(Json(&unknown.nearest)).bind(at)
                    .execute(&mut *tx)
                    .await?;
            }
            if let Some(handover) = &append.handover {
                sqlx::query(HANDOVER)
                    .bind(handover.id.0).bind(conversation).bind(&handover.reason).bind(at)
                    .execute(&mut *tx)
                    .await?;
            }
            for (position, suggestion) in (1_i64..).zip(&append.suggestions) {
                sqlx::query(SUGGESTION)
                    .bind(conversation).bind(last).bind(position)
                    .bind(&suggestion.sku).bind(&suggestion.source).bind(&suggestion.reason).bind(at)
                    .execute(&mut *tx)
                    .await?;
                sqlx::query(recommendation::INSERT)
                    .bind(uuid::Uuid::now_v7()).bind(suggestion.shopper.0).bind(CHAT_SLOT).bind(position)
                    .bind(&suggestion.sku).bind(&suggestion.source).bind(&suggestion.arm).bind(&suggestion.reason)
                    .bind(at)
                    .execute(&mut *tx)
                    .await?;
            }
            results.push(Appended::Committed);
        }
        results
    });
    Ok(results)
}
