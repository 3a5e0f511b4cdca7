//! The learning inbox: questions that the assistant did not answer well, gathered into clusters.

use crate::clock::Timestamp;
use crate::store::audit::{Deed, record};
use crate::store::db::{reading, writing};
use crate::store::portions::insert_rows;
use crate::store::{Db, StoreError};
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

/// A cluster.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Cluster {
    /// Its id.
    pub id: Uuid,
    /// The question that stands for all.
    pub question: String,
    /// `open` or `settled`.
    pub state: String,
    /// Signals of each kind.
    pub unknowns: i64,
    /// Signals of each kind.
    pub downvoted: i64,
    /// Signals of each kind.
    pub corrections: i64,
    /// Signals after which a person was called.
    pub handed_over: i64,
    /// What it costs: see [`COST`].
    pub cost: i64,
    /// The first and the newest signal.
    pub first_at: i64,
    /// The first and the newest signal.
    pub last_at: i64,
    /// Who settled it.
    pub settled_by: Option<String>,
    /// How: `similar`, `new`, `out_of_scope` or `dismiss`.
    pub settled_as: Option<String>,
    /// Into which entry.
    pub settled_entry: Option<String>,
    /// When.
    pub settled_at: Option<i64>,
}

/// A signal in a cluster.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Member {
    /// Its id.
    pub id: Uuid,
    /// Where it comes from.
    pub kind: String,
    /// The question.
    pub question: String,
    /// Where the answer stands.
    pub conversation_id: Uuid,
    /// Its place.
    pub sequence: i64,
    /// Whether a person was called after it.
    pub handed_over: bool,
    /// The entry that was answered with.
    pub entry_id: Option<String>,
    /// What an agent said is right.
    pub proposed_entry: Option<String>,
    /// What an agent proposed.
    pub proposed_question: Option<String>,
    /// What an agent proposed.
    pub proposed_answer: Option<String>,
    /// The agent.
    pub actor: Option<String>,
    /// When.
    pub at: i64,
}

const CLUSTER: &str = "id, question, state, unknowns, downvoted, corrections, handed_over, cost, first_at, last_at, \
    settled_by, settled_as, settled_entry, settled_at FROM inbox_cluster";

/// What a cluster costs: each signal one, each call of a person three more, each wrong answer two more.
pub const COST: &str = "unknowns + downvoted + corrections + 3 * handed_over + 2 * downvoted";

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
            signal(SignalKind::Unknown, question, (conversation, sequence), at)
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
            ..signal(SignalKind::Downvoted, question, (conversation, sequence), at)
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
                ..signal(SignalKind::Correction, question, (conversation, sequence), at)
            }
        })
        .collect())
}

fn signal(kind: SignalKind, question: String, (conversation, sequence): (Uuid, i64), at: i64) -> NewSignal {
    NewSignal {
        kind,
        question,
        conversation,
        sequence,
        entry: None,
        proposed_entry: None,
        proposed_question: None,
        proposed_answer: None,
        actor: None,
        at: Timestamp(at),
    }
}

/// The newest signal of a kind: where reading goes on.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn newest(db: &Db, kind: SignalKind) -> Result<Timestamp, StoreError> {
    const SQL: &str = "SELECT COALESCE(MAX(at), 0) FROM inbox_signal WHERE kind = $1";
    Ok(Timestamp(reading!(db, pool => sqlx::query_scalar(SQL).bind(kind.name()).fetch_one(pool).await?)))
}

/// The cluster that a question with this essence was put into last.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn of_essence(db: &Db, essence: &str) -> Result<Option<Cluster>, StoreError> {
    let sql = format!(
        "SELECT {CLUSTER} WHERE id = (SELECT cluster_id FROM inbox_signal WHERE essence = $1 \
         ORDER BY at DESC, id DESC LIMIT 1)"
    );
    Ok(reading!(db, pool => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(essence).fetch_optional(pool).await?))
}

/// Clusters that are open, the dearest first.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn open(db: &Db, limit: i64) -> Result<Vec<(Uuid, String)>, StoreError> {
    const SQL: &str = "SELECT id, question FROM inbox_cluster WHERE state = 'open' ORDER BY cost DESC, id LIMIT $1";
    Ok(reading!(db, pool => sqlx::query_as(SQL).bind(limit).fetch_all(pool).await?))
}

/// Keeps signals, makes the clusters that are new, and counts anew what has changed: also signals of the last minutes
/// after which a person was called meanwhile.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn add(db: &Db, placed: &[PlacedSignal], now: Timestamp) -> Result<(), StoreError> {
    const CALLED: &str = "UPDATE inbox_signal SET handed_over = TRUE WHERE handed_over = FALSE AND at >= $1 \
        AND EXISTS (SELECT 1 FROM desk_case WHERE desk_case.conversation_id = inbox_signal.conversation_id \
        AND desk_case.since >= inbox_signal.at AND desk_case.since < inbox_signal.at + $2)";
    const TOUCHED: &str = "SELECT DISTINCT cluster_id FROM inbox_signal WHERE at >= $1";
    const COUNT: &str = "UPDATE inbox_cluster SET \
        unknowns = (SELECT COUNT(*) FROM inbox_signal WHERE cluster_id = $1 AND kind = 'unknown'), \
        downvoted = (SELECT COUNT(*) FROM inbox_signal WHERE cluster_id = $1 AND kind = 'downvoted'), \
        corrections = (SELECT COUNT(*) FROM inbox_signal WHERE cluster_id = $1 AND kind = 'correction'), \
        handed_over = (SELECT COUNT(*) FROM inbox_signal WHERE cluster_id = $1 AND handed_over), \
        first_at = (SELECT MIN(at) FROM inbox_signal WHERE cluster_id = $1), \
        last_at = (SELECT MAX(at) FROM inbox_signal WHERE cluster_id = $1) WHERE id = $1";
    let cost = format!("UPDATE inbox_cluster SET cost = {COST} WHERE id = $1");
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
        let called = sqlx::query(CALLED).bind(oldest).bind(CALLED_WITHIN).execute(&mut *tx).await?.rows_affected();
        let mut touched: Vec<Uuid> = placed.iter().map(|one| one.cluster).collect();
        if called > 0 {
            touched.extend(sqlx::query_scalar::<_, Uuid>(TOUCHED).bind(oldest).fetch_all(&mut *tx).await?);
        }
        touched.sort_unstable();
        touched.dedup();
        for cluster in touched {
            sqlx::query(COUNT).bind(cluster).execute(&mut *tx).await?;
            sqlx::query(sqlx::AssertSqlSafe(cost.clone())).bind(cluster).execute(&mut *tx).await?;
        }
    });
    Ok(())
}

/// A page of clusters, the dearest first, and how many there are. `kind` may be empty.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn list(
    db: &Db,
    state: &str,
    kind: &str,
    newest_first: bool,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Cluster>, i64), StoreError> {
    const WHERE: &str = " WHERE state = $1 AND ($2 = '' OR ($2 = 'unknown' AND unknowns > 0) \
        OR ($2 = 'downvoted' AND downvoted > 0) OR ($2 = 'correction' AND corrections > 0))";
    let order = if newest_first { "last_at DESC, id" } else { "cost DESC, id" };
    let page = format!("SELECT {CLUSTER}{WHERE} ORDER BY {order} LIMIT $3 OFFSET $4");
    let count = format!("SELECT COUNT(*) FROM inbox_cluster{WHERE}");
    let rows = reading!(db, pool => sqlx::query_as(sqlx::AssertSqlSafe(page)).bind(state).bind(kind).bind(limit)
        .bind(offset).fetch_all(pool).await?);
    let total = reading!(db, pool => sqlx::query_scalar(sqlx::AssertSqlSafe(count)).bind(state).bind(kind)
        .fetch_one(pool).await?);
    Ok((rows, total))
}

/// One cluster.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn get(db: &Db, id: Uuid) -> Result<Option<Cluster>, StoreError> {
    let sql = format!("SELECT {CLUSTER} WHERE id = $1");
    Ok(reading!(db, pool => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(pool).await?))
}

/// The signals of a cluster, the newest first.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn members(db: &Db, cluster: Uuid, limit: i64) -> Result<Vec<Member>, StoreError> {
    const SQL: &str = "SELECT id, kind, question, conversation_id, sequence, handed_over, entry_id, proposed_entry, \
        proposed_question, proposed_answer, actor, at FROM inbox_signal WHERE cluster_id = $1 \
        ORDER BY at DESC, id DESC LIMIT $2";
    Ok(reading!(db, pool => sqlx::query_as(SQL).bind(cluster).bind(limit).fetch_all(pool).await?))
}

/// How a cluster is settled.
#[derive(Debug, Clone, PartialEq)]
pub struct Settlement<'a> {
    /// `similar`, `new`, `out_of_scope` or `dismiss`.
    pub how: &'a str,
    /// Into which entry.
    pub entry: Option<&'a str>,
    /// Who.
    pub by: &'a str,
    /// When.
    pub at: Timestamp,
}

/// Settles an open cluster, with the lessons of agents that are in it; returns whether it was open.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn settle(db: &Db, id: Uuid, how: &Settlement<'_>, deed: &Deed<'_>) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE inbox_cluster SET state = 'settled', settled_as = $2, settled_entry = $3, \
        settled_by = $4, settled_at = $5 WHERE id = $1 AND state = 'open'";
    const LESSONS: &str = "UPDATE desk_lesson SET state = $2 WHERE state = 'new' AND EXISTS (SELECT 1 \
        FROM inbox_signal WHERE inbox_signal.cluster_id = $1 AND inbox_signal.kind = 'correction' \
        AND inbox_signal.conversation_id = desk_lesson.conversation_id \
        AND inbox_signal.sequence = desk_lesson.sequence)";
    let lesson = if how.how == "dismiss" { "dismissed" } else { "done" };
    Ok(writing!(db, tx => {
        let settled = sqlx::query(SQL)
            .bind(id).bind(how.how).bind(how.entry).bind(how.by).bind(how.at.0)
            .execute(&mut *tx).await?.rows_affected() > 0;
        if settled {
            sqlx::query(LESSONS).bind(id).bind(lesson).execute(&mut *tx).await?;
            record!(tx, deed);
        }
        settled
    }))
}

/// Opens a settled cluster again; returns whether it was settled.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn reopen(db: &Db, id: Uuid, deed: &Deed<'_>) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE inbox_cluster SET state = 'open', settled_as = NULL, settled_entry = NULL, \
        settled_by = NULL, settled_at = NULL WHERE id = $1 AND state = 'settled'";
    Ok(writing!(db, tx => {
        let opened = sqlx::query(SQL).bind(id).execute(&mut *tx).await?.rows_affected() > 0;
        if opened {
            record!(tx, deed);
        }
        opened
    }))
}
