//! What waits in the database: for a person, for a channel, for the shop's system.

use crate::store::db::reading;
use crate::store::{Db, StoreError};

/// How much waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, sqlx::FromRow)]
pub struct Backlog {
    /// Cases in which a shopper waits for a person.
    pub cases_waiting: i64,
    /// Cases that a person has.
    pub cases_open: i64,
    /// Messages of campaigns on their way.
    pub deliveries: i64,
    /// Requests to the shop's system under way.
    pub requests: i64,
}

/// Counts it.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn backlog(db: &Db) -> Result<Backlog, StoreError> {
    const SQL: &str = "SELECT (SELECT COUNT(*) FROM desk_case WHERE state = 'waiting') AS cases_waiting, \
        (SELECT COUNT(*) FROM desk_case WHERE state = 'open') AS cases_open, \
        (SELECT COUNT(*) FROM campaign_delivery WHERE state = 'claimed') AS deliveries, \
        (SELECT COUNT(*) FROM shop_request) AS requests";
    Ok(reading!(db, pool => sqlx::query_as(SQL).fetch_one(pool).await?))
}
