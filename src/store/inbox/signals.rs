//! Signals: each time that the assistant did not answer well, on its way into a cluster.

use super::COST;
use crate::clock::Timestamp;
use crate::store::db::{reading, writing};
use crate::store::portions::insert_rows;
use crate::store::{Db, StoreError};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Where a signal comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignalKind {
    /// The assistant admitted that it does not know.
    Unknown,
    /// The shopper said that the answer did not help.
    Downvoted,
    /// An agent said that the answer was wrong.
    Correction,
}

impl SignalKind {
    /// The name in the database and in the interface.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Downvoted => "downvoted",
            Self::Correction => "correction",
        }
    }
}

/// One question that was not answered well.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSignal {
    /// Where it comes from.
    pub kind: SignalKind,
    /// The question with personal numbers masked.
    pub question: String,
    /// Where the answer stands.
    pub conversation: Uuid,
    /// Its place.
    pub sequence: i64,
    /// The entry that was answered with.
    pub entry: Option<String>,
    /// The entry that an agent said is right.
    pub proposed_entry: Option<String>,
    /// The question that an agent proposed.
    pub proposed_question: Option<String>,
    /// The answer that an agent proposed.
    pub proposed_answer: Option<String>,
    /// The agent.
    pub actor: Option<String>,
    /// When.
    pub at: Timestamp,
}

impl NewSignal {
    /// That a question was not answered well by what stands at a place of a conversation; nobody proposes anything.
    pub fn new(kind: SignalKind, question: String, (conversation, sequence): (Uuid, i64), at: Timestamp) -> Self {
        Self {
            kind,
            question,
            conversation,
            sequence,
            entry: None,
            proposed_entry: None,
            proposed_question: None,
            proposed_answer: None,
            actor: None,
            at,
        }
    }
}

/// A signal with its cluster, ready to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedSignal {
    /// The signal.
    pub signal: NewSignal,
    /// Letters and digits of the question.
    pub essence: String,
    /// Its cluster.
    pub cluster: Uuid,
    /// Whether the cluster is made for it.
    pub is_first: bool,
}

/// How long after a question a call of a person belongs to it, in milliseconds.
const CALLED_WITHIN: i64 = 10 * 60_000;

/// Questions that were not known since a moment: they are in no cluster yet. Oldest first, at most `limit`.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn new_unknown(db: &Db, since: Timestamp, limit: i64) -> Result<Vec<NewSignal>, StoreError> {
    const SQL: &str = "SELECT question, conversation_id, sequence, created_at FROM unknown_question \
        WHERE created_at >= $1 AND NOT EXISTS (SELECT 1 FROM inbox_signal WHERE inbox_signal.kind = 'unknown' \
        AND inbox_signal.conversation_id = unknown_question.conversation_id \
        AND inbox_signal.sequence = unknown_question.sequence) ORDER BY created_at, id LIMIT $2";
    let rows: Vec<(String, Uuid, i64, i64)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(since.0).bind(limit).fetch_all(pool).await?);
    Ok(rows
        .into_iter()
        .map(|(question, conversation, sequence, at)| {
            NewSignal::new(SignalKind::Unknown, question, (conversation, sequence), Timestamp(at))
        })
        .collect())
}

/// Answers that shoppers voted down since a moment, with the question and the entry. Oldest first, at most `limit`.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn new_downvoted(db: &Db, since: Timestamp, limit: i64) -> Result<Vec<NewSignal>, StoreError> {
    const SQL: &str = "SELECT turn_fact.question, verdict.conversation_id, verdict.sequence, verdict.given_at, \
        turn_fact.entry_id FROM verdict JOIN turn_fact ON turn_fact.conversation_id = verdict.conversation_id \
        AND turn_fact.sequence = verdict.sequence WHERE verdict.given_at >= $1 AND verdict.verdict = 'unsolved' \
        AND turn_fact.question <> '' AND NOT EXISTS (SELECT 1 FROM inbox_signal \
        WHERE inbox_signal.kind = 'downvoted' AND inbox_signal.conversation_id = verdict.conversation_id \
        AND inbox_signal.sequence = verdict.sequence) \
        ORDER BY verdict.given_at, verdict.conversation_id, verdict.sequence LIMIT $2";
    let rows: Vec<(String, Uuid, i64, i64, Option<String>)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(since.0).bind(limit).fetch_all(pool).await?);
    Ok(rows
        .into_iter()
        .map(|(question, conversation, sequence, at, entry)| NewSignal {
            entry,
            ..NewSignal::new(SignalKind::Downvoted, question, (conversation, sequence), Timestamp(at))
        })
        .collect())
}

/// What agents marked as wrong since a moment. Oldest first, at most `limit`.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn new_corrections(db: &Db, since: Timestamp, limit: i64) -> Result<Vec<NewSignal>, StoreError> {
    const SQL: &str = "SELECT question, conversation_id, sequence, created_at, answered, entry, proposed_question, \
        proposed_answer, actor FROM desk_lesson WHERE created_at >= $1 AND state = 'new' \
        AND NOT EXISTS (SELECT 1 FROM inbox_signal WHERE inbox_signal.kind = 'correction' \
        AND inbox_signal.conversation_id = desk_lesson.conversation_id \
        AND inbox_signal.sequence = desk_lesson.sequence) ORDER BY created_at, id LIMIT $2";
    type Row = (String, Uuid, i64, i64, Option<String>, Option<String>, Option<String>, Option<String>, String);
    let rows: Vec<Row> = reading!(db, pool => sqlx::query_as(SQL).bind(since.0).bind(limit).fetch_all(pool).await?);
    Ok(rows
        .into_iter()
        .map(|(question, conversation, sequence, at, entry, right, proposed_question, proposed_answer, actor)| {
            NewSignal {
                entry,
                proposed_entry: right,
                proposed_question,
                proposed_answer,
                actor: Some(actor),
                ..NewSignal::new(SignalKind::Correction, question, (conversation, sequence), Timestamp(at))
            }
        })
        .collect())
}

/// The newest signal of a kind: where reading goes on.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn newest(db: &Db, kind: SignalKind) -> Result<Timestamp, StoreError> {
    const SQL: &str = "SELECT COALESCE(MAX(at), 0) FROM inbox_signal WHERE kind = $1";
    Ok(Timestamp(reading!(db, pool => sqlx::query_scalar(SQL).bind(kind.name()).fetch_one(pool).await?)))
}

/// Counts a cluster anew from its signals, in one pass.
pub(in crate::store) fn count_sql() -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!(
        "UPDATE inbox_cluster SET (unknowns, downvoted, corrections, handed_over, first_at, last_at, cost) = \
         (SELECT unknowns, downvoted, corrections, handed_over, first_at, last_at, {COST} FROM (SELECT \
         COUNT(*) FILTER (WHERE kind = 'unknown') AS unknowns, \
         COUNT(*) FILTER (WHERE kind = 'downvoted') AS downvoted, \
         COUNT(*) FILTER (WHERE kind = 'correction') AS corrections, \
         COUNT(*) FILTER (WHERE handed_over) AS handed_over, \
         COALESCE(MIN(at), 0) AS first_at, COALESCE(MAX(at), 0) AS last_at \
         FROM inbox_signal WHERE cluster_id = $1) AS counted) WHERE id = $1"
    ))
}

/// A question that is no longer among the signals of its cluster no longer stands for it.
pub(in crate::store) const RENAME: &str = "UPDATE inbox_cluster SET question = COALESCE((SELECT MIN(question) \
    FROM inbox_signal WHERE cluster_id = $1), question) WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM inbox_signal \
    WHERE cluster_id = $1 AND inbox_signal.question = inbox_cluster.question)";

/// A cluster without signals goes.
pub(in crate::store) const REMOVE_EMPTY: &str = "DELETE FROM inbox_cluster WHERE id = $1 AND NOT EXISTS \
    (SELECT 1 FROM inbox_signal WHERE cluster_id = $1)";

/// Names and counts a cluster anew from the signals that it has. It has fewer than before where some were deleted, and
/// none where another node kept the signal it was made for in a cluster of its own.
macro_rules! recount {
    ($tx:ident, $cluster:expr) => {{
        use $crate::store::inbox::signals as s;
        sqlx::query(s::RENAME).bind($cluster).execute(&mut *$tx).await?;
        sqlx::query(s::count_sql()).bind($cluster).execute(&mut *$tx).await?;
        sqlx::query(s::REMOVE_EMPTY).bind($cluster).execute(&mut *$tx).await?;
    }};
}

pub(in crate::store) use recount;

/// Keeps signals, makes the clusters that are new, and counts anew what has changed: also signals of the last minutes
/// after which a person was called meanwhile. Turns wait for the writer meanwhile, so that no other cluster is touched.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn add(db: &Db, placed: &[PlacedSignal], now: Timestamp) -> Result<(), StoreError> {
    const CALLED: &str = "UPDATE inbox_signal SET handed_over = TRUE WHERE handed_over = FALSE AND at >= $1 \
        AND EXISTS (SELECT 1 FROM desk_case WHERE desk_case.conversation_id = inbox_signal.conversation_id \
        AND desk_case.since >= inbox_signal.at AND desk_case.since < inbox_signal.at + $2) RETURNING cluster_id";
    let first: Vec<&PlacedSignal> = placed.iter().filter(|one| one.is_first).collect();
    let clusters = "INSERT INTO inbox_cluster (id, question, state, unknowns, downvoted, corrections, handed_over, \
        cost, first_at, last_at) ";
    let signals = "INSERT INTO inbox_signal (id, cluster_id, kind, question, essence, conversation_id, sequence, \
        handed_over, entry_id, proposed_entry, proposed_question, proposed_answer, actor, at) ";
    const NEWEST: &str = "SELECT COALESCE(MAX(at), 0) FROM inbox_signal";
    let recent = now.0 - CALLED_WITHIN;
    if placed.is_empty() {
        let newest: i64 = reading!(db, pool => sqlx::query_scalar(NEWEST).fetch_one(pool).await?);
        if newest < recent {
            return Ok(());
        }
    }
    writing!(db, tx => {
        insert_rows!(tx, clusters, &first, "", (row, one) => row
            .push_bind(one.cluster)
            .push_bind(&one.signal.question)
            .push_bind("open")
            .push_bind(0_i64)
            .push_bind(0_i64)
            .push_bind(0_i64)
            .push_bind(0_i64)
            .push_bind(0_i64)
            .push_bind(one.signal.at.0)
            .push_bind(one.signal.at.0));
        insert_rows!(tx, signals, placed, " ON CONFLICT DO NOTHING", (row, one) => row
            .push_bind(Uuid::now_v7())
            .push_bind(one.cluster)
            .push_bind(one.signal.kind.name())
            .push_bind(&one.signal.question)
            .push_bind(&one.essence)
            .push_bind(one.signal.conversation)
            .push_bind(one.signal.sequence)
            .push_bind(false)
            .push_bind(one.signal.entry.as_deref())
            .push_bind(one.signal.proposed_entry.as_deref())
            .push_bind(one.signal.proposed_question.as_deref())
            .push_bind(one.signal.proposed_answer.as_deref())
            .push_bind(one.signal.actor.as_deref())
            .push_bind(one.signal.at.0));
        let oldest = placed.iter().map(|one| one.signal.at.0).min().unwrap_or(recent).min(recent);
        let called: Vec<Uuid> =
            sqlx::query_scalar(CALLED).bind(oldest).bind(CALLED_WITHIN).fetch_all(&mut *tx).await?;
        let touched: BTreeSet<Uuid> = placed.iter().map(|one| one.cluster).chain(called).collect();
        for cluster in touched {
            recount!(tx, cluster);
        }
    });
    Ok(())
}
