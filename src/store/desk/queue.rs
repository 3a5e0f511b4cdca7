//! The queue as routing sees it, and what is counted of cases that have ended.

use crate::clock::Timestamp;
use crate::model::id::{ConversationId, StaffId};
use crate::store::db::reading;
use crate::store::{Db, StoreError};
use uuid::Uuid;

/// How many cases were resolved since a moment.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn resolved_since(db: &Db, since: Timestamp) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM desk_case WHERE state = 'resolved' AND ended_at >= $1";
    Ok(reading!(db, pool => sqlx::query_scalar(SQL).bind(since.0).fetch_one(pool).await?))
}

/// Open cases: which conversation, whose.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn owners(db: &Db) -> Result<Vec<(ConversationId, StaffId)>, StoreError> {
    const SQL: &str = "SELECT conversation_id, agent_id FROM desk_case WHERE state = 'open' AND agent_id IS NOT NULL";
    let rows: Vec<(Uuid, Uuid)> = reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    Ok(rows.into_iter().map(|(conversation, agent)| (ConversationId(conversation), StaffId(agent))).collect())
}

/// A waiting case, as far as routing cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Queued {
    /// The case.
    pub id: Uuid,
    /// Its conversation.
    pub conversation_id: Uuid,
    /// Its skill group.
    pub group_id: Option<Uuid>,
    /// The agent that the shopper knows.
    pub known_agent_id: Option<Uuid>,
    /// Until when it is kept for them.
    pub known_until: i64,
    /// Its place in the queue.
    pub rank_at: i64,
    /// Since when it is in the queue.
    pub queued_at: i64,
    /// Whether it began outside business hours.
    pub ticket: bool,
}

/// The queue, next in turn first.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn queued(db: &Db, limit: usize) -> Result<Vec<Queued>, StoreError> {
    const SQL: &str = "SELECT id, conversation_id, group_id, known_agent_id, known_until, rank_at, queued_at, ticket \
        FROM desk_case WHERE state = 'waiting' ORDER BY rank_at, id LIMIT $1";
    Ok(reading!(db, pool => sqlx::query_as(SQL).bind(limit as i64).fetch_all(pool).await?))
}

/// Where one conversation stands in the queue: how many are before it, and whether it is a ticket; none where it does not wait.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn standing(db: &Db, conversation: ConversationId) -> Result<Option<(usize, bool)>, StoreError> {
    // A conversation has one unfinished case, and the index that holds it to that finds it at once.
    const SQL: &str = "SELECT (SELECT COUNT(*) FROM desk_case AS ahead WHERE ahead.state = 'waiting' \
        AND (ahead.rank_at, ahead.id) < (own.rank_at, own.id)), own.ticket \
        FROM desk_case AS own WHERE own.conversation_id = $1 AND own.state IN ('waiting', 'open') \
        AND own.state = 'waiting'";
    let row: Option<(i64, bool)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(conversation.0).fetch_optional(pool).await?);
    Ok(row.map(|(ahead, ticket)| (usize::try_from(ahead).unwrap_or_default(), ticket)))
}

/// How long the newest cases that ended after a moment were open, in milliseconds.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn handling_times(db: &Db, since: Timestamp, limit: usize) -> Result<Vec<i64>, StoreError> {
    const SQL: &str = "SELECT ended_at - claimed_at FROM desk_case WHERE ended_at > $1 AND state = 'resolved' \
        AND claimed_at IS NOT NULL ORDER BY ended_at DESC LIMIT $2";
    Ok(reading!(db, pool => sqlx::query_scalar(SQL).bind(since.0).bind(limit as i64).fetch_all(pool).await?))
}
