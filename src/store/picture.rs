//! Pictures in answers. They lie in the database, so that every node and every backup has them.

use crate::store::audit::{Deed, record};
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use uuid::Uuid;

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// `image/png` or `image/jpeg`.
    pub kind: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Keeps a picture.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn add(db: &Db, id: Uuid, kind: &str, bytes: &[u8], deed: &Deed<'_>) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO picture (id, kind, bytes, created_at) VALUES ($1, $2, $3, $4)";
    writing!(db, tx => {
        sqlx::query(SQL).bind(id).bind(kind).bind(bytes).bind(deed.at.0).execute(&mut *tx).await?;
        record!(tx, deed);
    });
    Ok(())
}

/// A picture.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn of(db: &Db, id: Uuid) -> Result<Option<Picture>, StoreError> {
    const SQL: &str = "SELECT kind, bytes FROM picture WHERE id = $1";
    let row: Option<(String, Vec<u8>)> = reading!(db, pool => sqlx::query_as(SQL).bind(id).fetch_optional(pool).await?);
    Ok(row.map(|(kind, bytes)| Picture { kind, bytes }))
}
