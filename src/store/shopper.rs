//! Shoppers: who holds which visitor token, and the one conversation each has.

use crate::clock::Timestamp;
use crate::model::chat::{ConversationHead, Status};
use crate::model::id::{ConversationId, ShopperId};
use crate::store::conversation::status_name;
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};

/// The shopper who holds this token.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn by_token(db: &Db, token_hash: &str) -> Result<Option<ShopperId>, StoreError> {
    const SQL: &str = "SELECT id FROM shopper WHERE token_hash = $1";
    let id: Option<(uuid::Uuid,)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(token_hash).fetch_optional(pool).await?);
    Ok(id.map(|(id,)| ShopperId(id)))
}

/// Makes a shopper with an empty conversation.
///
/// # Errors
/// [`StoreError`] where the database fails or the token is taken.
pub async fn create(
    db: &Db,
    shopper: ShopperId,
    token_hash: &str,
    conversation: ConversationId,
    now: Timestamp,
) -> Result<ConversationHead, StoreError> {
    const SHOPPER: &str = "INSERT INTO shopper (id, token_hash, created_at) VALUES ($1, $2, $3)";
    const CONVERSATION: &str = "INSERT INTO conversation \
        (id, shopper_id, status, last_sequence, state, created_at, updated_at) VALUES ($1, $2, $3, 0, $4, $5, $5)";
    let status = Status::Bot;
    writing!(db, tx => {
        sqlx::query(SHOPPER).bind(shopper.0).bind(token_hash).bind(now.0).execute(&mut *tx).await?;
        sqlx::query(CONVERSATION)
            .bind(conversation.0)
            .bind(shopper.0)
            .bind(status_name(status))
            .bind(sqlx::types::Json(serde_json::json!({})))
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
    });
    Ok(ConversationHead { id: conversation, status, last_sequence: 0 })
}
