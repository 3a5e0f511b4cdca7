//! What takes long, and how far it has come: any node can be asked about it.

use crate::clock::Timestamp;
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

/// Jobs that are kept, at most; older ones go when a new one begins.
const KEPT: i64 = 200;

/// A job.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct JobRow {
    /// Its id.
    pub id: Uuid,
    /// What it does: `faq_import`.
    pub kind: String,
    /// `running`, `done` or `failed`.
    pub state: String,
    /// What it is about at the moment.
    pub step: String,
    /// How much of the step is done.
    pub done: i64,
    /// How much there is.
    pub total: i64,
    /// Who began it.
    pub actor: String,
    /// Why it failed.
    pub message: Option<String>,
    /// Everything that was wrong.
    pub problems: Json<Value>,
    /// What came of it.
    pub result: Option<Json<Value>>,
    /// When it began, in milliseconds.
    pub started_at: i64,
    /// Its newest sign of life.
    pub seen_at: i64,
    /// When it ended.
    pub ended_at: Option<i64>,
}

const COLUMNS: &str =
    "id, kind, state, step, done, total, actor, message, problems, result, started_at, seen_at, ended_at FROM job";

/// Begins a job.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn begin(db: &Db, id: Uuid, kind: &str, actor: &str, now: Timestamp) -> Result<(), StoreError> {
    const BEGIN: &str = "INSERT INTO job (id, kind, state, step, done, total, actor, problems, started_at, seen_at) \
        VALUES ($1, $2, 'running', '', 0, 0, $3, '[]', $4, $4)";
    const FORGET: &str = "DELETE FROM job WHERE ended_at IS NOT NULL AND id NOT IN \
        (SELECT id FROM job ORDER BY started_at DESC, id DESC LIMIT $1)";
    writing!(db, tx => {
        sqlx::query(FORGET).bind(KEPT).execute(&mut *tx).await?;
        sqlx::query(BEGIN).bind(id).bind(kind).bind(actor).bind(now.0).execute(&mut *tx).await?;
    });
    Ok(())
}

/// Writes down how far a job is.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn tell(db: &Db, id: Uuid, step: &str, done: i64, total: i64, now: Timestamp) -> Result<(), StoreError> {
    const SQL: &str =
        "UPDATE job SET step = $2, done = $3, total = $4, seen_at = $5 WHERE id = $1 AND state = 'running'";
    writing!(db, tx => {
        sqlx::query(SQL).bind(id).bind(step).bind(done).bind(total).bind(now.0).execute(&mut *tx).await?;
    });
    Ok(())
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// With a result.
    Done(Value),
    /// Without: why, and everything that was wrong.
    Failed(String, Value),
}

/// Ends a job.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn end(db: &Db, id: Uuid, end: &End, now: Timestamp) -> Result<(), StoreError> {
    const DONE: &str = "UPDATE job SET state = 'done', result = $2, done = total, seen_at = $3, ended_at = $3 \
        WHERE id = $1";
    const FAILED: &str = "UPDATE job SET state = 'failed', message = $2, problems = $3, seen_at = $4, ended_at = $4 \
        WHERE id = $1";
    writing!(db, tx => match end {
        End::Done(result) => sqlx::query(DONE).bind(id).bind(Json(result)).bind(now.0).execute(&mut *tx).await?
            .rows_affected(),
        End::Failed(message, problems) => sqlx::query(FAILED).bind(id).bind(message).bind(Json(problems)).bind(now.0)
            .execute(&mut *tx).await?.rows_affected(),
    });
    Ok(())
}

/// A job.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn get(db: &Db, id: Uuid) -> Result<Option<JobRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} WHERE id = $1");
    Ok(reading!(db, pool => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(pool).await?))
}

/// The newest job of a kind that was done.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn newest_done(db: &Db, kind: &str) -> Result<Option<JobRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} WHERE kind = $1 AND state = 'done' ORDER BY started_at DESC, id DESC LIMIT 1");
    Ok(reading!(db, pool => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(kind).fetch_optional(pool).await?))
}
