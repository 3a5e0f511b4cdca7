//! Requests to the shop's system that are under way. They are written and ended by [`crate::store::journal`], in the
//! transactions of the messages they belong to.

use crate::clock::Timestamp;
use crate::model::id::{ConversationId, ShopperId};
use crate::model::order::Request;
use crate::store::db::writing;
use crate::store::{Db, StoreError};
use sqlx::types::Json;
use uuid::Uuid;

/// A request that somebody has to perform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopRequest {
    /// In which conversation.
    pub conversation: ConversationId,
    /// For whom.
    pub shopper: ShopperId,
    /// The shopper's message that led to it.
    pub sequence: i64,
    /// What.
    pub request: Request,
}

type Row = (Uuid, Uuid, i64, Json<Request>);

/// Takes requests that nobody is performing, at most `limit`; they belong to the caller until `until`.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn claim(db: &Db, now: Timestamp, until: Timestamp, limit: i64) -> Result<Vec<ShopRequest>, StoreError> {
    const SQL: &str = "UPDATE shop_request SET claimed_until = $1 WHERE claimed_until <= $2 AND \
        (conversation_id, number) IN (SELECT conversation_id, number FROM shop_request WHERE claimed_until <= $2 \
        ORDER BY created_at LIMIT $3) RETURNING conversation_id, shopper_id, sequence, request";
    let rows: Vec<Row> = writing!(db, tx =>
        sqlx::query_as(SQL).bind(until.0).bind(now.0).bind(limit).fetch_all(&mut *tx).await?);
    let request = |(conversation, shopper, sequence, request): Row| ShopRequest {
        conversation: ConversationId(conversation),
        shopper: ShopperId(shopper),
        sequence,
        request: request.0,
    };
    Ok(rows.into_iter().map(request).collect())
}

/// Gives all requests free: whoever performed them is gone.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn release_all(db: &Db) -> Result<(), StoreError> {
    writing!(db, tx => {
        sqlx::query("UPDATE shop_request SET claimed_until = 0").execute(&mut *tx).await?;
    });
    Ok(())
}

/// Ends a request whose outcome nobody waits for any longer.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn end(db: &Db, conversation: ConversationId, number: u32) -> Result<(), StoreError> {
    writing!(db, tx => {
        sqlx::query(END).bind(conversation.0).bind(i64::from(number)).execute(&mut *tx).await?;
    });
    Ok(())
}

/// Adds a request to a transaction.
pub(super) const BEGIN: &str = "INSERT INTO shop_request (conversation_id, number, shopper_id, sequence, request, \
    created_at, claimed_until) VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// Takes a request out in a transaction.
pub(super) const END: &str = "DELETE FROM shop_request WHERE conversation_id = $1 AND number = $2";
