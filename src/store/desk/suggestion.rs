//! Answers that were proposed to an agent, and what became of them.

use crate::clock::Timestamp;
use crate::model::desk::Adoption;
use crate::model::id::{ConversationId, StaffId};
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use uuid::Uuid;

/// A proposal.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Proposed {
    /// Names it.
    pub id: Uuid,
    /// The FAQ entry.
    pub entry_id: String,
    /// Calibrated probability that it answers.
    pub confidence: f64,
}

/// Keeps the proposals for a message, unless there are some already; returns those that are kept, best first.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn keep(
    db: &Db,
    conversation: ConversationId,
    sequence: i64,
    proposed: &[Proposed],
    now: Timestamp,
) -> Result<Vec<Proposed>, StoreError> {
    const ADD: &str = "INSERT INTO desk_suggestion (id, conversation_id, sequence, position, entry_id, confidence, \
        created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    const KEPT: &str = "SELECT id, entry_id, confidence FROM desk_suggestion WHERE conversation_id = $1 \
        AND sequence = $2 ORDER BY position";
    let kept: Vec<Proposed> = reading!(db, pool =>
        sqlx::query_as(KEPT).bind(conversation.0).bind(sequence).fetch_all(pool).await?);
    if !kept.is_empty() || proposed.is_empty() {
        return Ok(kept);
    }
    let kept: Vec<Proposed> = writing!(db, tx => {
        for (position, one) in (1_i64..).zip(proposed) {
            sqlx::query(ADD).bind(one.id).bind(conversation.0).bind(sequence).bind(position).bind(&one.entry_id)
                .bind(one.confidence).bind(now.0).execute(&mut *tx).await?;
        }
        sqlx::query_as(KEPT).bind(conversation.0).bind(sequence).fetch_all(&mut *tx).await?
    });
    Ok(kept)
}

/// The entry of a proposal of a conversation.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn entry(db: &Db, id: Uuid) -> Result<Option<(ConversationId, String)>, StoreError> {
    const SQL: &str = "SELECT conversation_id, entry_id FROM desk_suggestion WHERE id = $1";
    let row: Option<(Uuid, String)> = reading!(db, pool => sqlx::query_as(SQL).bind(id).fetch_optional(pool).await?);
    Ok(row.map(|(conversation, entry)| (ConversationId(conversation), entry)))
}

/// Records what became of a proposal; one that was sent stays so.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn adopt(db: &Db, id: Uuid, adoption: Adoption, by: StaffId, now: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE desk_suggestion SET adoption = $2, adopted_by = $3, adopted_at = $4 \
        WHERE id = $1 AND (adoption IS NULL OR adoption = 'inserted')";
    let name = match adoption {
        Adoption::Inserted => "inserted",
        Adoption::Sent => "sent",
        Adoption::Edited => "edited",
    };
    writing!(db, tx => sqlx::query(SQL).bind(id).bind(name).bind(by.0).bind(now.0).execute(&mut *tx).await?.rows_affected());
    Ok(())
}

/// What became of the proposals for a message, best first.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn adoptions(
    db: &Db,
    conversation: ConversationId,
    sequence: i64,
) -> Result<Vec<(String, Option<String>)>, StoreError> {
    const SQL: &str = "SELECT entry_id, adoption FROM desk_suggestion WHERE conversation_id = $1 AND sequence = $2 \
        ORDER BY position";
    Ok(reading!(db, pool => sqlx::query_as(SQL).bind(conversation.0).bind(sequence).fetch_all(pool).await?))
}
