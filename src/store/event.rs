//! The behaviour log: what shoppers did with products.

use crate::clock::Timestamp;
use crate::model::customer::{Event, EventKind};
use crate::model::id::ShopperId;
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use sqlx::QueryBuilder;
use uuid::Uuid;

/// Rows in one INSERT: five binds each stay well below SQLite's limit of 32,766.
const ROWS_PER_STATEMENT: usize = 500;

/// Adds events; those that are already there (same shopper, moment, product and kind) are passed over. Returns how
/// many were new.
///
/// # Errors
/// [`StoreError`] where the database fails; then none was added.
pub async fn add(db: &Db, events: &[Event]) -> Result<u64, StoreError> {
    const HEAD: &str = "INSERT INTO event (shopper_id, at, sku, kind, value) ";
    let added = writing!(db, tx => {
        let mut added = 0;
        for rows in events.chunks(ROWS_PER_STATEMENT) {
            let mut insert = QueryBuilder::new(HEAD);
            insert.push_values(rows, |mut row, event| {
                row.push_bind(event.shopper.0)
                    .push_bind(event.at.0)
                    .push_bind(&event.sku)
                    .push_bind(event.kind.name())
                    .push_bind(event.value);
            });
            insert.push(" ON CONFLICT DO NOTHING");
            added += insert.build().execute(&mut *tx).await?.rows_affected();
        }
        added
    });
    Ok(added)
}

/// Whether there are any.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn any(db: &Db) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM event LIMIT 1";
    let row: Option<(i32,)> = reading!(db, pool => sqlx::query_as(SQL).fetch_optional(pool).await?);
    Ok(row.is_some())
}

/// The newest events of a shopper, the newest first.
///
/// # Errors
/// [`StoreError`] where the database fails or holds an unknown kind.
pub async fn of_shopper(db: &Db, shopper: ShopperId, limit: usize) -> Result<Vec<Event>, StoreError> {
    const SQL: &str =
        "SELECT sku, kind, value, at FROM event WHERE shopper_id = $1 ORDER BY at DESC, sku, kind LIMIT $2";
    let rows: Vec<(String, String, f64, i64)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(shopper.0).bind(limit as i64).fetch_all(pool).await?);
    rows.into_iter()
        .map(|(sku, kind, value, at)| {
            let kind: EventKind = kind.parse().map_err(StoreError::corrupt("event kind"))?;
            Ok(Event { shopper, sku, kind, value, at: Timestamp(at) })
        })
        .collect()
}

/// All events in the order of time.
///
/// # Errors
/// [`StoreError`] where the database fails or holds an unknown kind.
pub async fn all(db: &Db) -> Result<Vec<Event>, StoreError> {
    const SQL: &str = "SELECT shopper_id, sku, kind, value, at FROM event ORDER BY at, shopper_id, sku, kind";
    let rows: Vec<(Uuid, String, String, f64, i64)> = reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    rows.into_iter()
        .map(|(shopper, sku, kind, value, at)| {
            let kind: EventKind = kind.parse().map_err(StoreError::corrupt("event kind"))?;
            Ok(Event { shopper: ShopperId(shopper), sku, kind, value, at: Timestamp(at) })
        })
        .collect()
}
