//! What happened in a conversation before a person came: verdicts, decisions, products.

use crate::clock::Timestamp;
use crate::model::id::{ConversationId, ShopperId};
use crate::store::db::reading;
use crate::store::{Db, StoreError};
use sqlx::types::Json;
use uuid::Uuid;

/// Verdicts of the shopper on answers of a conversation.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn verdicts(db: &Db, conversation: ConversationId) -> Result<Vec<(i64, bool)>, StoreError> {
    const SQL: &str = "SELECT sequence, verdict FROM verdict WHERE conversation_id = $1";
    let rows: Vec<(i64, String)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(conversation.0).fetch_all(pool).await?);
    Ok(rows.into_iter().map(|(sequence, verdict)| (sequence, verdict == "solved")).collect())
}

/// Who wrote each of the newest messages of a conversation and why the assistant answered so.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn traces(
    db: &Db,
    conversation: ConversationId,
    limit: usize,
) -> Result<Vec<(i64, serde_json::Value)>, StoreError> {
    const SQL: &str = "SELECT message.sequence, turn_trace.trace FROM message \
        JOIN turn_trace ON turn_trace.message_id = message.id WHERE message.conversation_id = $1 \
        ORDER BY message.sequence DESC LIMIT $2";
    let rows: Vec<(i64, Json<serde_json::Value>)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(conversation.0).bind(limit as i64).fetch_all(pool).await?);
    Ok(rows.into_iter().rev().map(|(sequence, trace)| (sequence, trace.0)).collect())
}

/// Products that the assistant showed in a conversation, the newest first: number and moment.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn shown(db: &Db, conversation: ConversationId, limit: usize) -> Result<Vec<(String, i64)>, StoreError> {
    const SQL: &str = "SELECT sku, MAX(shown_at) AS newest FROM impression WHERE conversation_id = $1 GROUP BY sku \
        ORDER BY newest DESC LIMIT $2";
    Ok(reading!(db, pool => sqlx::query_as(SQL).bind(conversation.0).bind(limit as i64).fetch_all(pool).await?))
}

/// Whose conversation it is, and since when they are known.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn shopper_of(db: &Db, id: ConversationId) -> Result<Option<(ShopperId, Timestamp)>, StoreError> {
    const SQL: &str = "SELECT shopper_id, created_at FROM conversation WHERE id = $1";
    let row: Option<(Uuid, i64)> = reading!(db, pool => sqlx::query_as(SQL).bind(id.0).fetch_optional(pool).await?);
    Ok(row.map(|(shopper, at)| (ShopperId(shopper), Timestamp(at))))
}
