//! The learning inbox: questions that the assistant did not answer well, gathered into clusters.

pub(in crate::store) mod signals;

pub(in crate::store) use signals::recount;
pub use signals::{NewSignal, PlacedSignal, SignalKind, add, new_corrections, new_downvoted, new_unknown, newest};

use crate::clock::Timestamp;
use crate::store::audit::{Deed, record};
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use uuid::Uuid;

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
