//! The journal: the one way in which messages enter the database.
//!
//! # Group commit
//! An fsync costs more than everything else in a turn. So a single task collects the appends that have queued up,
//! writes them in one transaction, and releases their acknowledgements after the commit. Under load the batches
//! grow by themselves and the cost of the fsync is shared; an idle server commits each append at once.
//!
//! The rows of a batch go in statements of many rows each, and their JSON is written by the tasks that wait, not by
//! the writer: what every turn of the shop waits for is kept short. For the same reason the writer has a thread of its
//! own: between two statements of a batch it would otherwise queue behind hundreds of turns that are being decided.
//!
//! SQLite has one writer. PostgreSQL works on several transactions at a time, so there a node has several writers; a
//! conversation always has the same one, and so keeps its order.
//!
//! # Invariants
//! - An append names the sequence and the status it has read. If the conversation has moved on, the append is a
//!   [`Appended::Conflict`] and writes nothing; the caller loads again and decides again. So sequences have no gaps
//!   and a turn is never decided on a stale state, whichever node wrote in between.
//! - A client's id of a message is unique in its conversation: an append whose first message has a known one is a
//!   conflict too.
//! - An append is written whole or not at all: message, reply, trace, state and effects share one transaction.
//! - One append that the database refuses does not take its batch with it: the batch is then written one by one.

mod case;
mod entry;
mod rows;

pub use case::{CaseStep, NewCase};
pub use entry::{
    Append, Appended, NewMessage, NewRequest, NewShopper, NewSuggestion, NewTrace, NewUnknownQuestion, NewWish,
    ReadMark, Wish,
};

use crate::model::id::ConversationId;
use crate::store::{Db, StoreError};
use serde_json::value::{RawValue, to_raw_value};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// Entries that share a transaction, at most. Beyond this the fsync costs little of each, and those who wait for the
/// next batch decide their turns while this one is written.
const BATCH: usize = 256;

/// Entries that may wait for the writer; callers beyond that wait for a place.
const QUEUE: usize = 2_048;

type Done<T> = oneshot::Sender<Result<T, StoreError>>;

/// What waits for the writer.
enum Entry {
    Step(Box<Step>, Done<Appended>),
    Shopper(NewShopper, Done<()>),
    /// Nobody waits for it, and it may be lost.
    Read(ReadMark),
}

/// An append whose message bodies are JSON already.
struct Step {
    append: Append,
    bodies: Vec<Box<RawValue>>,
}

/// A handle to the writer tasks; clones share them. They end when the last handle is gone and the queues are empty.
#[derive(Clone)]
pub struct Journal {
    /// One for each writer.
    queues: Arc<[mpsc::Sender<Entry>]>,
}

/// Hears how long each commit took.
pub type Took = Arc<dyn Fn(Duration) + Send + Sync>;

impl Journal {
    /// Starts the writers and returns their handle, with a task that ends once everything is written. `took` hears how
    /// long each commit took.
    pub fn start(db: &Db, took: &Took) -> (Self, tokio::task::JoinHandle<()>) {
        let mut queues = Vec::new();
        let mut writers = tokio::task::JoinSet::new();
        for _ in 0..db.writers() {
            let (queue, waiting) = mpsc::channel(QUEUE);
            queues.push(queue);
            let (db, took, runtime) = (db.clone(), Arc::clone(took), tokio::runtime::Handle::current());
            writers.spawn_blocking(move || runtime.block_on(write_all(db, waiting, took)));
        }
        (Self { queues: queues.into() }, tokio::spawn(async move { drop(writers.join_all().await) }))
    }

    /// The queue of the writer that a conversation has.
    fn queue(&self, conversation: ConversationId) -> &mpsc::Sender<Entry> {
        // The last bits of a version 7 id are random.
        &self.queues[(conversation.0.as_u128() % self.queues.len() as u128) as usize]
    }

    /// Entries that wait for a writer.
    pub fn queued(&self) -> usize {
        self.queues.iter().map(|queue| queue.max_capacity() - queue.capacity()).sum()
    }

    /// Appends one step and returns after its commit.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails; the step is then not written.
    pub async fn append(&self, append: Append) -> Result<Appended, StoreError> {
        let bodies = append.messages.iter().map(|message| to_raw_value(&message.body)).collect::<Result<_, _>>();
        let bodies = bodies.map_err(|error| StoreError::corrupt("body")(error.to_string()))?;
        let (done, committed) = oneshot::channel();
        let queue = self.queue(append.conversation);
        queue.send(Entry::Step(Box::new(Step { append, bodies }), done)).await.map_err(|_| StoreError::Stopped)?;
        committed.await.map_err(|_| StoreError::Stopped)?
    }

    /// Makes a shopper and returns after the commit.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails; the shopper is then not made.
    pub async fn create(&self, shopper: NewShopper) -> Result<(), StoreError> {
        let (done, committed) = oneshot::channel();
        self.queue(shopper.conversation).send(Entry::Shopper(shopper, done)).await.map_err(|_| StoreError::Stopped)?;
        committed.await.map_err(|_| StoreError::Stopped)?
    }

    /// Keeps how far somebody has read, soon; while the writer has too much to do it is left out.
    pub fn mark_read(&self, mark: ReadMark) {
        let queue = self.queue(mark.conversation);
        if queue.capacity() > QUEUE / 2 {
            let _ = queue.try_send(Entry::Read(mark));
        }
    }
}

/// What one transaction writes.
#[derive(Default)]
struct Batch {
    steps: Vec<Step>,
    shoppers: Vec<NewShopper>,
    reads: Vec<ReadMark>,
}

async fn write_all(db: Db, mut waiting: mpsc::Receiver<Entry>, took: Took) {
    let mut entries = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut entries, BATCH).await > 0 {
        let mut batch = Batch::default();
        let (mut step_waiters, mut shopper_waiters) = (Vec::new(), Vec::new());
        for entry in entries.drain(..) {
            match entry {
                Entry::Step(step, done) => {
                    batch.steps.push(*step);
                    step_waiters.push(done);
                }
                Entry::Shopper(shopper, done) => {
                    batch.shoppers.push(shopper);
                    shopper_waiters.push(done);
                }
                Entry::Read(mark) => batch.reads.push(mark),
            }
        }
        let began = Instant::now();
        let (steps, shoppers) = write_batch(&db, batch).await;
        took(began.elapsed());
        // A caller that has gone away does not change what was committed.
        step_waiters.into_iter().zip(steps).for_each(|(waiter, result)| drop(waiter.send(result)));
        shopper_waiters.into_iter().zip(shoppers).for_each(|(waiter, result)| drop(waiter.send(result)));
    }
}

type Results<T> = Vec<Result<T, StoreError>>;

async fn write_batch(db: &Db, batch: Batch) -> (Results<Appended>, Results<()>) {
    match rows::write_together(db, &batch).await {
        Ok(steps) => (steps.into_iter().map(Ok).collect(), batch.shoppers.iter().map(|_| Ok(())).collect()),
        // The same would happen to each of them.
        Err(error) if error.is_passing() => {
            tracing::error!(%error, "the database cannot be written to for now");
            let unwritable = |_| Err(StoreError::Unwritable);
            (
                batch.steps.iter().map(|_| Err(StoreError::Unwritable)).collect(),
                batch.shoppers.iter().map(unwritable).collect(),
            )
        }
        Err(error) => {
            let (steps, shoppers) = (batch.steps.len(), batch.shoppers.len());
            tracing::warn!(%error, steps, shoppers, "batch refused, writing its entries one by one");
            write_one_by_one(db, batch).await
        }
    }
}

async fn write_one_by_one(db: &Db, batch: Batch) -> (Results<Appended>, Results<()>) {
    let mut is_away = false;
    let mut shoppers = Vec::with_capacity(batch.shoppers.len());
    for shopper in batch.shoppers {
        let alone = Batch { shoppers: vec![shopper], ..Batch::default() };
        shoppers.push(write_alone(db, &alone, &mut is_away).await.map(drop));
    }
    let mut steps = Vec::with_capacity(batch.steps.len());
    for step in batch.steps {
        let alone = Batch { steps: vec![step], ..Batch::default() };
        steps.push(write_alone(db, &alone, &mut is_away).await.map(|done| done[0]));
    }
    (steps, shoppers)
}

/// Writes one entry, unless the database has gone away meanwhile: each of the others would wait for it in turn.
async fn write_alone(db: &Db, alone: &Batch, is_away: &mut bool) -> Result<Vec<Appended>, StoreError> {
    if *is_away {
        return Err(StoreError::Unwritable);
    }
    let written = rows::write_together(db, alone).await;
    *is_away = written.as_ref().is_err_and(StoreError::is_passing);
    written
}
