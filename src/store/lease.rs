//! Leases: what is to be done once among many nodes is done by the one that holds its lease.
//!
//! A lease runs out by itself, so that a node that died does not keep it. Its number grows whenever it changes hands: a
//! write that depends on holding it names the number, and one of a former holder that woke up late comes to nothing
//! (M. Kleppmann, "How to do distributed locking", 2016, calls it a fencing token).

use crate::clock::Timestamp;
use crate::store::db::writing;
use crate::store::{Db, StoreError};
use std::time::Duration;
use uuid::Uuid;

/// Takes a lease that is free or has run out, or renews one's own; returns its number, or none where another holds it.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn take(
    db: &Db,
    name: &str,
    holder: Uuid,
    now: Timestamp,
    lasts: Duration,
) -> Result<Option<i64>, StoreError> {
    const SQL: &str = "INSERT INTO lease (name, holder, number, ends_at) VALUES ($1, $2, 1, $4) \
        ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, ends_at = excluded.ends_at, \
        number = lease.number + CASE WHEN lease.holder = excluded.holder THEN 0 ELSE 1 END \
        WHERE lease.holder = excluded.holder OR lease.ends_at <= $3 RETURNING number";
    let ends_at = now.0.saturating_add(i64::try_from(lasts.as_millis()).unwrap_or(i64::MAX));
    let row: Option<(i64,)> = writing!(db, tx =>
        sqlx::query_as(SQL).bind(name).bind(holder).bind(now.0).bind(ends_at).fetch_optional(&mut *tx).await?);
    Ok(row.map(|(number,)| number))
}

/// Gives back everything that a holder has, before it runs out.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn give_back(db: &Db, holder: Uuid) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE lease SET ends_at = 0 WHERE holder = $1";
    writing!(db, tx => {
        sqlx::query(SQL).bind(holder).execute(&mut *tx).await?;
    });
    Ok(())
}

/// A lease as it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// What it is for.
    pub name: &'static str,
    /// Which holder's it is.
    pub number: i64,
}

/// Makes a transaction depend on a lease: `holds!(tx, held)` is false where it has changed hands, and keeps it from
/// changing hands until the commit where it has not.
macro_rules! holds {
    ($tx:ident, $held:expr) => {
        sqlx::query("UPDATE lease SET ends_at = ends_at WHERE name = $1 AND number = $2")
            .bind($held.name)
            .bind($held.number)
            .execute(&mut *$tx)
            .await?
            .rows_affected()
            == 1
    };
}

pub(super) use holds;
