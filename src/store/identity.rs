//! Which customer of the shop a shopper is, as a signed token has said.

use crate::clock::Timestamp;
use crate::model::id::ShopperId;
use crate::model::order::Facts;
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use sqlx::types::Json;

/// A customer behind a shopper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The shop's own name of the customer.
    pub customer: String,
    /// Name, telephone and the like, as the token had them.
    pub profile: Facts,
    /// Until when orders may be shown.
    pub expires_at: Timestamp,
}

/// Who a shopper is, also where it is no longer certain.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn of(db: &Db, shopper: ShopperId) -> Result<Option<Identity>, StoreError> {
    const SQL: &str = "SELECT customer, profile, expires_at FROM shopper_identity WHERE shopper_id = $1";
    let row: Option<(String, Json<Facts>, i64)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(shopper.0).fetch_optional(pool).await?);
    Ok(row.map(|(customer, profile, expires_at)| Identity {
        customer,
        profile: profile.0,
        expires_at: Timestamp(expires_at),
    }))
}

/// Keeps who a shopper is; returns whether it was kept. It is not where the shopper is somebody else already.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn put(db: &Db, shopper: ShopperId, identity: &Identity, now: Timestamp) -> Result<bool, StoreError> {
    const SQL: &str = "INSERT INTO shopper_identity (shopper_id, customer, profile, identified_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (shopper_id) DO UPDATE SET profile = excluded.profile, \
        identified_at = excluded.identified_at, expires_at = excluded.expires_at \
        WHERE shopper_identity.customer = excluded.customer";
    let kept = writing!(db, tx => sqlx::query(SQL)
        .bind(shopper.0).bind(&identity.customer).bind(Json(&identity.profile)).bind(now.0).bind(identity.expires_at.0)
        .execute(&mut *tx).await?.rows_affected());
    Ok(kept > 0)
}

/// Ends the time in which orders may be shown.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn end(db: &Db, shopper: ShopperId, now: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE shopper_identity SET expires_at = $1 WHERE shopper_id = $2 AND expires_at > $1";
    writing!(db, tx => {
        sqlx::query(SQL).bind(now.0).bind(shopper.0).execute(&mut *tx).await?;
    });
    Ok(())
}
