//! Keys of other programs. Only a hash of a key is stored.

use crate::clock::Timestamp;
use crate::model::access::Scope;
use crate::store::audit::{Deed, record};
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use sqlx::types::Json;
use uuid::Uuid;

/// A key.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiKey {
    /// Its id.
    pub id: Uuid,
    /// What the admin calls it.
    pub name: String,
    /// Its first characters.
    pub hint: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// From when on it is refused.
    pub expires_at: Option<Timestamp>,
    /// The newest request, to the minute.
    pub used_at: Option<Timestamp>,
}

/// Id, name, hint, scopes, made by, made at, expires at, used at.
type Row = (Uuid, String, String, Json<Vec<Scope>>, String, i64, Option<i64>, Option<i64>);

fn key((id, name, hint, scopes, created_by, created_at, expires_at, used_at): Row) -> ApiKey {
    ApiKey {
        id,
        name,
        hint,
        scopes: scopes.0,
        created_by,
        created_at: Timestamp(created_at),
        expires_at: expires_at.map(Timestamp),
        used_at: used_at.map(Timestamp),
    }
}

/// All keys, the newest first.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn all(db: &Db) -> Result<Vec<ApiKey>, StoreError> {
    const SQL: &str = "SELECT id, name, hint, scopes, created_by, created_at, expires_at, used_at FROM api_key \
        ORDER BY created_at DESC, id DESC";
    let rows: Vec<Row> = reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    Ok(rows.into_iter().map(key).collect())
}

/// The key of a hash, if it has not expired.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn by_hash(db: &Db, hash: &str, now: Timestamp) -> Result<Option<ApiKey>, StoreError> {
    const SQL: &str = "SELECT id, name, hint, scopes, created_by, created_at, expires_at, used_at FROM api_key \
        WHERE key_hash = $1 AND (expires_at IS NULL OR expires_at > $2)";
    let row: Option<Row> = reading!(db, pool => sqlx::query_as(SQL).bind(hash).bind(now.0).fetch_optional(pool).await?);
    Ok(row.map(key))
}

/// Keeps a key whose name no other has. Returns false where one has it.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn add(db: &Db, key: &ApiKey, hash: &str, deed: &Deed<'_>) -> Result<bool, StoreError> {
    const SQL: &str = "INSERT INTO api_key (id, name, key_hash, hint, scopes, created_by, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (name) DO NOTHING";
    Ok(writing!(db, tx => {
        let added = sqlx::query(SQL)
            .bind(key.id)
            .bind(&key.name)
            .bind(hash)
            .bind(&key.hint)
            .bind(Json(&key.scopes))
            .bind(&key.created_by)
            .bind(key.created_at.0)
            .bind(key.expires_at.map(|at| at.0))
            .execute(&mut *tx)
            .await?
            .rows_affected();
        if added > 0 {
            record!(tx, deed);
        }
        added > 0
    }))
}

/// Keeps that a key was used.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn used(db: &Db, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE api_key SET used_at = $2 WHERE id = $1";
    writing!(db, tx => sqlx::query(SQL).bind(id).bind(now.0).execute(&mut *tx).await?.rows_affected());
    Ok(())
}

/// Takes a key away. Returns whether there was one.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn remove(db: &Db, id: Uuid, deed: &Deed<'_>) -> Result<bool, StoreError> {
    Ok(writing!(db, tx => {
        let removed = sqlx::query("DELETE FROM api_key WHERE id = $1").bind(id).execute(&mut *tx).await?.rows_affected();
        if removed > 0 {
            record!(tx, deed);
        }
        removed > 0
    }))
}
