//! Models trained from the knowledge, kept so that a start does not train again.

use crate::clock::Timestamp;
use crate::store::db::{reading, writing};
use crate::store::lease::{Held, holds};
use crate::store::{Db, StoreError};

/// The bytes of a model, where it was trained from input with this checksum.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn get(db: &Db, name: &str, checksum: &str) -> Result<Option<Vec<u8>>, StoreError> {
    const SQL: &str = "SELECT bytes FROM trained_model WHERE name = $1 AND checksum = $2";
    let row: Option<(Vec<u8>,)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(name).bind(checksum).fetch_optional(pool).await?);
    Ok(row.map(|(bytes,)| bytes))
}

const PUT: &str = "INSERT INTO trained_model (name, checksum, bytes, trained_at) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, bytes = excluded.bytes, \
    trained_at = excluded.trained_at";

/// Keeps a model in the place of an older one of that name.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn put(db: &Db, name: &str, checksum: &str, bytes: &[u8], now: Timestamp) -> Result<(), StoreError> {
    writing!(db, tx => {
        sqlx::query(PUT).bind(name).bind(checksum).bind(bytes).bind(now.0).execute(&mut *tx).await?;
    });
    Ok(())
}

/// As [`put`], but only while a lease is held; returns whether it was.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn put_holding(
    db: &Db,
    held: Held,
    name: &str,
    checksum: &str,
    bytes: &[u8],
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(writing!(db, tx => {
        let is_held = holds!(tx, held);
        if is_held {
            sqlx::query(PUT).bind(name).bind(checksum).bind(bytes).bind(now.0).execute(&mut *tx).await?;
        }
        is_held
    }))
}
