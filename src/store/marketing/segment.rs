//! Segments that admins have written.

use crate::clock::Timestamp;
use crate::store::audit::{Deed, record};
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use uuid::Uuid;

/// A segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentRow {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// Its rule, as people write it.
    pub rule: String,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// All of them by name.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn all(db: &Db) -> Result<Vec<SegmentRow>, StoreError> {
    const SQL: &str = "SELECT id, name, rule, updated_at FROM segment ORDER BY name";
    let rows: Vec<(Uuid, String, String, i64)> = reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    let segment = |(id, name, rule, at)| SegmentRow { id, name, rule, updated_at: Timestamp(at) };
    Ok(rows.into_iter().map(segment).collect())
}

/// Keeps a segment with who did it; another with the same name stands in its way. Returns whether it was kept.
///
/// # Errors
/// [`StoreError`] where the database fails; then nothing changed.
pub async fn put(db: &Db, segment: &SegmentRow, deed: &Deed<'_>) -> Result<bool, StoreError> {
    const TAKEN: &str = "SELECT COUNT(*) FROM segment WHERE name = $1 AND id <> $2";
    const PUT: &str = "INSERT INTO segment (id, name, rule, created_at, updated_at) VALUES ($1, $2, $3, $4, $4) \
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, rule = excluded.rule, updated_at = excluded.updated_at";
    Ok(writing!(db, tx => {
        let taken: i64 = sqlx::query_scalar(TAKEN).bind(&segment.name).bind(segment.id).fetch_one(&mut *tx).await?;
        if taken == 0 {
            sqlx::query(PUT).bind(segment.id).bind(&segment.name).bind(&segment.rule).bind(segment.updated_at.0)
                .execute(&mut *tx).await?;
            record!(tx, deed);
        }
        taken == 0
    }))
}

/// Removes a segment with who did it; returns whether there was one.
///
/// # Errors
/// [`StoreError`] where the database fails; then nothing changed.
pub async fn remove(db: &Db, id: Uuid, deed: &Deed<'_>) -> Result<bool, StoreError> {
    const SQL: &str = "DELETE FROM segment WHERE id = $1";
    Ok(writing!(db, tx => {
        let gone = sqlx::query(SQL).bind(id).execute(&mut *tx).await?.rows_affected() > 0;
        if gone {
            record!(tx, deed);
        }
        gone
    }))
}
