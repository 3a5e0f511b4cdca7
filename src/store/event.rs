//! The behaviour log: what shoppers did with products.

use crate::clock::Timestamp;
use crate::model::customer::{Event, EventKind};
use crate::model::id::ShopperId;
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use sqlx::QueryBuilder;
use uuid::Uuid;

/// Rows in one INSERT: seven binds each stay well below SQLite's limit of 32,766.
const ROWS_PER_STATEMENT: usize = 500;

/// Who writes events and when: a run of the program learns from the table what others wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Id of the run.
    pub written_by: Uuid,
    /// Now.
    pub at: Timestamp,
}

/// Adds events; those that are already there (same shopper, moment, product and kind) are passed over. Returns the
/// new ones.
///
/// # Errors
/// [`StoreError`] where the database fails; then none was added.
pub async fn add(db: &Db, events: &[Event], receipt: Receipt) -> Result<Vec<Event>, StoreError> {
    const HEAD: &str = "INSERT INTO event (shopper_id, at, sku, kind, value, received_at, written_by) ";
    let rows: Vec<Row> = writing!(db, tx => {
        let mut added: Vec<Row> = Vec::new();
        for rows in events.chunks(ROWS_PER_STATEMENT) {
            let mut insert = QueryBuilder::new(HEAD);
            insert.push_values(rows, |mut row, event| {
                row.push_bind(event.shopper.0)
                    .push_bind(event.at.0)
                    .push_bind(&event.sku)
                    .push_bind(event.kind.name())
                    .push_bind(event.value)
                    .push_bind(receipt.at.0)
                    .push_bind(receipt.written_by);
            });
            insert.push(" ON CONFLICT DO NOTHING RETURNING shopper_id, sku, kind, value, at");
            added.extend(insert.build_query_as::<Row>().fetch_all(&mut *tx).await?);
        }
        added
    });
    rows.into_iter().map(event).collect()
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
    let rows: Vec<Row> = reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    rows.into_iter().map(event).collect()
}

/// What others wrote since a moment, in the order of receipt: each writing with its number of events.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn batches_of_others(db: &Db, own: Uuid, since: Timestamp) -> Result<Vec<(Receipt, i64)>, StoreError> {
    const SQL: &str = "SELECT written_by, received_at, COUNT(*) FROM event \
        WHERE received_at >= $1 AND written_by <> $2 GROUP BY received_at, written_by ORDER BY received_at, written_by";
    let rows: Vec<(Uuid, i64, i64)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(since.0).bind(own).fetch_all(pool).await?);
    Ok(rows.into_iter().map(|(written_by, at, count)| (Receipt { written_by, at: Timestamp(at) }, count)).collect())
}

/// The events of one writing in the order of time.
///
/// # Errors
/// [`StoreError`] where the database fails or holds an unknown kind.
pub async fn of_batch(db: &Db, receipt: Receipt) -> Result<Vec<Event>, StoreError> {
    const SQL: &str = "SELECT shopper_id, sku, kind, value, at FROM event \
        WHERE received_at = $1 AND written_by = $2 ORDER BY at, shopper_id, sku, kind";
    let rows: Vec<Row> = reading!(db, pool => {
        sqlx::query_as(SQL).bind(receipt.at.0).bind(receipt.written_by).fetch_all(pool).await?
    });
    rows.into_iter().map(event).collect()
}

type Row = (Uuid, String, String, f64, i64);

fn event((shopper, sku, kind, value, at): Row) -> Result<Event, StoreError> {
    let kind: EventKind = kind.parse().map_err(StoreError::corrupt("event kind"))?;
    Ok(Event { shopper: ShopperId(shopper), sku, kind, value, at: Timestamp(at) })
}
