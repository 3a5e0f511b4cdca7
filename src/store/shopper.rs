//! Shoppers: who holds which visitor token. Making one goes through [`crate::store::journal`].

use crate::model::id::{ConversationId, ShopperId};
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use uuid::Uuid;

/// The shopper who holds this token, with their one conversation.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn by_token(db: &Db, token_hash: &str) -> Result<Option<(ShopperId, ConversationId)>, StoreError> {
    const SQL: &str = "SELECT shopper.id, conversation.id FROM shopper \
        JOIN conversation ON conversation.shopper_id = shopper.id WHERE shopper.token_hash = $1";
    let ids: Option<(Uuid, Uuid)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(token_hash).fetch_optional(pool).await?);
    Ok(ids.map(|(shopper, conversation)| (ShopperId(shopper), ConversationId(conversation))))
}

/// Puts another token in the place of the one that a shopper held, which is worth nothing from then on.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn replace_token(db: &Db, shopper: ShopperId, token_hash: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE shopper SET token_hash = $1 WHERE id = $2";
    writing!(db, tx => {
        sqlx::query(SQL).bind(token_hash).bind(shopper.0).execute(&mut *tx).await?;
    });
    Ok(())
}
