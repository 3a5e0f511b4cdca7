//! Models trained from the knowledge, kept so that a start does not train again.

use crate::clock::Timestamp;
use crate::store::db::{reading, writing};
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

/// Keeps a model in the place of an older one of that name.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn put(db: &Db, name: &str, checksum: &str, bytes: &[u8], now: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO trained_model (name, checksum, bytes, trained_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, bytes = excluded.bytes, \
        trained_at = excluded.trained_at";
    writing!(db, tx => {
        sqlx::query(SQL).bind(name).bind(checksum).bind(bytes).bind(now.0).execute(&mut *tx).await?;
    });
    Ok(())
}
