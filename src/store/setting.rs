//! Settings of the knowledge, each one document.

use crate::clock::Timestamp;
use crate::store::audit::{Deed, record};
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::types::Json;

/// Notes of a setting without a document, by its name, that it has changed, so that other nodes look.
pub(super) const MARK: &str = "INSERT INTO knowledge_setting (name, document, changed_at) VALUES ($1, '{}', $2) \
    ON CONFLICT (name) DO UPDATE SET changed_at = excluded.changed_at";

/// A setting; none where nothing was ever set.
///
/// # Errors
/// [`StoreError`] where the database fails or holds what this program does not write.
pub async fn get<T: DeserializeOwned>(db: &Db, name: &str) -> Result<Option<T>, StoreError> {
    const SQL: &str = "SELECT document FROM knowledge_setting WHERE name = $1";
    let row: Option<(Json<Value>,)> = reading!(db, pool => sqlx::query_as(SQL).bind(name).fetch_optional(pool).await?);
    row.map(|(document,)| T::deserialize(document.0))
        .transpose()
        .map_err(|error| StoreError::corrupt("setting")(error.to_string()))
}

/// When a setting was last changed.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn changed_at(db: &Db, name: &str) -> Result<Option<Timestamp>, StoreError> {
    const SQL: &str = "SELECT changed_at FROM knowledge_setting WHERE name = $1";
    let at: Option<i64> = reading!(db, pool => sqlx::query_scalar(SQL).bind(name).fetch_optional(pool).await?);
    Ok(at.map(Timestamp))
}

/// Keeps a setting, with who changed it.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn put(
    db: &Db,
    name: &str,
    document: &Value,
    deed: Option<&Deed<'_>>,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO knowledge_setting (name, document, changed_at) VALUES ($1, $2, $3) \
        ON CONFLICT (name) DO UPDATE SET document = excluded.document, changed_at = excluded.changed_at";
    writing!(db, tx => {
        sqlx::query(SQL).bind(name).bind(Json(document)).bind(now.0).execute(&mut *tx).await?;
        if let Some(deed) = deed {
            record!(tx, deed);
        }
    });
    Ok(())
}
