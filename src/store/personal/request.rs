//! What shoppers said in the chat about their data: whether they agree to the notice, and that everything be deleted.

use crate::clock::Timestamp;
use crate::model::id::ShopperId;
use crate::store::db::reading;
use crate::store::{Db, StoreError};
use std::time::Duration;
use uuid::Uuid;

/// How long a shopper may take a request back.
pub const TIME_TO_TAKE_BACK: Duration = Duration::from_mins(10);

/// Keeps the request of a shopper: `$1` who, `$2` when, `$3` until when it can be taken back.
pub(in crate::store) const ASK: &str = "INSERT INTO erasure_request (shopper_id, asked_at, due_at) \
    VALUES ($1, $2, $3) ON CONFLICT (shopper_id) DO NOTHING";

/// Takes it back.
pub(in crate::store) const TAKE_BACK: &str = "DELETE FROM erasure_request WHERE shopper_id = $1";

/// Keeps what a shopper says about the notice: `$1` who, `$2` whether they agree, `$3` when.
pub(in crate::store) const AGREE: &str = "INSERT INTO privacy_consent (shopper_id, granted, at) VALUES ($1, $2, $3) \
    ON CONFLICT (shopper_id) DO UPDATE SET granted = excluded.granted, at = excluded.at";

/// Requests that can no longer be taken back: who asked, and when.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn due(db: &Db, now: Timestamp) -> Result<Vec<(ShopperId, Timestamp)>, StoreError> {
    const SQL: &str = "SELECT shopper_id, asked_at FROM erasure_request WHERE due_at <= $1 ORDER BY due_at LIMIT 50";
    let rows: Vec<(Uuid, i64)> = reading!(db, pool => sqlx::query_as(SQL).bind(now.0).fetch_all(pool).await?);
    Ok(rows.into_iter().map(|(shopper, at)| (ShopperId(shopper), Timestamp(at))).collect())
}

/// What a shopper last said about the notice.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn agreed(db: &Db, shopper: ShopperId) -> Result<Option<bool>, StoreError> {
    const SQL: &str = "SELECT granted FROM privacy_consent WHERE shopper_id = $1";
    Ok(reading!(db, pool => sqlx::query_scalar(SQL).bind(shopper.0).fetch_optional(pool).await?))
}
