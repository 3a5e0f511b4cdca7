//! How often signing in failed, by name and by address: shared by all nodes, and kept over a restart.

use crate::clock::Timestamp;
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};

/// What is known of a name or an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Failures {
    /// Attempts without a success.
    pub count: i64,
    /// When the newest was, in milliseconds since 1970 UTC.
    pub last_at: i64,
}

/// What is known of a subject; nothing where the newest attempt was before `since`.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn of(db: &Db, subject: &str, since: Timestamp) -> Result<Failures, StoreError> {
    const SQL: &str = "SELECT failures, last_at FROM sign_in_failure WHERE subject = $1 AND last_at >= $2";
    let row: Option<(i64, i64)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(subject).bind(since.0).fetch_optional(pool).await?);
    Ok(row.map_or_else(Failures::default, |(count, last_at)| Failures { count, last_at }))
}

/// Counts an attempt, from one on where the newest was before `since`; returns how many there are. Rows that nobody
/// needs any longer go.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn count(db: &Db, subject: &str, since: Timestamp, now: Timestamp) -> Result<i64, StoreError> {
    const OLD: &str = "DELETE FROM sign_in_failure WHERE last_at < $1";
    const SQL: &str = "INSERT INTO sign_in_failure (subject, failures, last_at) VALUES ($1, 1, $2) \
        ON CONFLICT (subject) DO UPDATE SET failures = sign_in_failure.failures + 1, last_at = excluded.last_at \
        RETURNING failures";
    Ok(writing!(db, tx => {
        sqlx::query(OLD).bind(since.0).execute(&mut *tx).await?;
        sqlx::query_scalar(SQL).bind(subject).bind(now.0).fetch_one(&mut *tx).await?
    }))
}

/// Takes one attempt back that was none, after all.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn take_back(db: &Db, subject: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE sign_in_failure SET failures = failures - 1 WHERE subject = $1 AND failures > 0";
    writing!(db, tx => sqlx::query(SQL).bind(subject).execute(&mut *tx).await?.rows_affected());
    Ok(())
}

/// Forgets a subject.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn forget(db: &Db, subject: &str) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM sign_in_failure WHERE subject = $1";
    writing!(db, tx => sqlx::query(SQL).bind(subject).execute(&mut *tx).await?.rows_affected());
    Ok(())
}
