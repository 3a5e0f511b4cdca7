//! What reports are made of.

use crate::clock::Timestamp;
use crate::store::db::reading;
use crate::store::{Db, StoreError};

/// A case, as far as reports care; moments in milliseconds.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct ReportedCase {
    /// Name of the agent who has or had it.
    pub agent: Option<String>,
    /// Name of its skill group.
    pub group_name: Option<String>,
    /// Where it stands.
    pub state: String,
    /// When it began.
    pub since: i64,
    /// When an agent answered first.
    pub answered_at: Option<i64>,
    /// When it ended.
    pub ended_at: Option<i64>,
    /// Target of the first answer.
    pub first_due_at: i64,
    /// Target of the resolution.
    pub resolve_due_at: i64,
    /// Times that it was handed on.
    pub transfers: i64,
    /// What the shopper said of it.
    pub solved: Option<bool>,
    /// Stars.
    pub stars: Option<i64>,
}

/// Cases that began in a time.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn cases(db: &Db, from: Timestamp, to: Timestamp) -> Result<Vec<ReportedCase>, StoreError> {
    const SQL: &str = "SELECT COALESCE(NULLIF(desk_agent.display_name, ''), staff.name) AS agent, \
        desk_group.name AS group_name, state, since, answered_at, ended_at, first_due_at, resolve_due_at, transfers, \
        solved, stars FROM desk_case LEFT JOIN staff ON staff.id = agent_id \
        LEFT JOIN desk_agent ON desk_agent.staff_id = agent_id LEFT JOIN desk_group ON desk_group.id = group_id \
        WHERE since >= $1 AND since < $2 ORDER BY since, desk_case.id";
    Ok(reading!(db, pool => sqlx::query_as(SQL).bind(from.0).bind(to.0).fetch_all(pool).await?))
}

/// Conversations that the assistant settled alone in a time, confirmed by the shopper; and those in which it answered.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn settled_by_the_assistant(db: &Db, from: Timestamp, to: Timestamp) -> Result<(i64, i64), StoreError> {
    const SETTLED: &str = "SELECT COUNT(DISTINCT verdict.conversation_id) FROM verdict WHERE verdict = 'solved' \
        AND given_at >= $1 AND given_at < $2 AND NOT EXISTS (SELECT 1 FROM desk_case \
        WHERE desk_case.conversation_id = verdict.conversation_id AND since >= $1 AND since < $2)";
    const ANSWERED: &str = "SELECT COUNT(DISTINCT conversation_id) FROM message WHERE author = 'bot' \
        AND created_at >= $1 AND created_at < $2";
    let settled: i64 = reading!(db, pool => sqlx::query_scalar(SETTLED).bind(from.0).bind(to.0).fetch_one(pool).await?);
    let answered: i64 =
        reading!(db, pool => sqlx::query_scalar(ANSWERED).bind(from.0).bind(to.0).fetch_one(pool).await?);
    Ok((settled, answered))
}
