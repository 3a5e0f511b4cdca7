//! Drafts of words: documents that differ from what is live.

use crate::clock::Timestamp;
use crate::store::audit::{Deed, record};
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use serde_json::Value;
use sqlx::types::Json;

/// When words were last saved, and by whom.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn newest(db: &Db) -> Result<Option<(Timestamp, String)>, StoreError> {
    const SQL: &str = "SELECT updated_at, updated_by FROM knowledge_draft ORDER BY updated_at DESC, name LIMIT 1";
    let row: Option<(i64, String)> = reading!(db, pool => sqlx::query_as(SQL).fetch_optional(pool).await?);
    Ok(row.map(|(at, by)| (Timestamp(at), by)))
}

/// Puts these documents in place of all drafts of words, all or none; another newest revision than the expected one (0
/// for no draft) stops it. Returns whether it was done.
///
/// # Errors
/// [`StoreError`] where the database fails; nothing was changed then.
pub async fn replace(
    db: &Db,
    documents: &[(&str, Value)],
    expected: i64,
    revision: i64,
    deed: &Deed<'_>,
) -> Result<bool, StoreError> {
    const NEWEST: &str = "SELECT COALESCE(MAX(revision), 0) FROM knowledge_draft";
    const PUT: &str = "INSERT INTO knowledge_draft (name, document, revision, updated_at, updated_by) \
        VALUES ($1, $2, $3, $4, $5)";
    Ok(writing!(db, tx => {
        let found: i64 = sqlx::query_scalar(NEWEST).fetch_one(&mut *tx).await?;
        if found != expected {
            return Ok(false);
        }
        sqlx::query("DELETE FROM knowledge_draft").execute(&mut *tx).await?;
        for (name, document) in documents {
            sqlx::query(PUT)
                .bind(*name).bind(Json(document)).bind(revision).bind(deed.at.0).bind(deed.actor)
                .execute(&mut *tx).await?;
        }
        record!(tx, deed);
        true
    }))
}
