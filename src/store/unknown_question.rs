//! Questions that the assistant could not answer, kept for the admins. They are written by
//! [`crate::store::journal`] together with the reply that admitted it.

use crate::clock::Timestamp;
use crate::model::id::{ConversationId, UnknownQuestionId};
use crate::store::db::reading;
use crate::store::{Db, StoreError};
use sqlx::types::Json;
use uuid::Uuid;

/// One such question.
#[derive(Debug, Clone, PartialEq)]
pub struct UnknownQuestion {
    /// Its id.
    pub id: UnknownQuestionId,
    /// Where it was asked.
    pub conversation: ConversationId,
    /// The place of the reply that admitted it.
    pub sequence: i64,
    /// The question with personal numbers masked.
    pub question: String,
    /// The nearest entries at that time, as JSON array.
    pub nearest: serde_json::Value,
    /// When.
    pub asked_at: Timestamp,
}

/// The newest questions first.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn newest(db: &Db, limit: usize) -> Result<Vec<UnknownQuestion>, StoreError> {
    const SQL: &str = "SELECT id, conversation_id, sequence, question, nearest, created_at FROM unknown_question \
        ORDER BY created_at DESC, id LIMIT $1";
    let rows: Vec<(Uuid, Uuid, i64, String, Json<serde_json::Value>, i64)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(limit as i64).fetch_all(pool).await?);
    Ok(rows
        .into_iter()
        .map(|(id, conversation, sequence, question, nearest, asked_at)| UnknownQuestion {
            id: UnknownQuestionId(id),
            conversation: ConversationId(conversation),
            sequence,
            question,
            nearest: nearest.0,
            asked_at: Timestamp(asked_at),
        })
        .collect())
}
