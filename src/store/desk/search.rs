//! Messages by their words. The words of a conversation that came to the desk are written when somebody searches for
//! the first time after they were said, or soon after that, so that a turn costs nothing more.

use crate::clock::Timestamp;
use crate::model::id::ConversationId;
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use sqlx::QueryBuilder;
use uuid::Uuid;

/// Rows in one INSERT.
const ROWS_PER_STATEMENT: usize = 500;

/// A conversation with messages that are not indexed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behind {
    /// Which.
    pub conversation: ConversationId,
    /// How far it is indexed.
    pub indexed: i64,
    /// How far it has to be.
    pub up_to: i64,
}

/// Conversations with messages that are not indexed, those with the newest words first. Cases that ended before a
/// moment are not looked at.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn behind(db: &Db, ended_since: Timestamp, limit: usize) -> Result<Vec<Behind>, StoreError> {
    const SQL: &str = "SELECT desk_case.conversation_id, COALESCE(message_indexed.sequence, 0) AS indexed, \
        MAX(COALESCE(ended_sequence, conversation.last_sequence)) AS up_to \
        FROM desk_case JOIN conversation ON conversation.id = desk_case.conversation_id \
        LEFT JOIN message_indexed ON message_indexed.conversation_id = desk_case.conversation_id \
        WHERE (ended_at IS NULL OR ended_at >= $1) \
        AND COALESCE(ended_sequence, conversation.last_sequence) > COALESCE(message_indexed.sequence, 0) \
        GROUP BY desk_case.conversation_id, message_indexed.sequence, conversation.updated_at \
        ORDER BY conversation.updated_at DESC LIMIT $2";
    let rows: Vec<(Uuid, i64, i64)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(ended_since.0).bind(limit as i64).fetch_all(pool).await?);
    let behind = |(conversation, indexed, up_to)| Behind { conversation: ConversationId(conversation), indexed, up_to };
    Ok(rows.into_iter().map(behind).collect())
}

/// Adds the words of messages, which are then indexed up to a sequence; nothing for a conversation that was deleted
/// meanwhile.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn index(
    db: &Db,
    conversation: ConversationId,
    words: &[(String, i64)],
    up_to: i64,
) -> Result<(), StoreError> {
    const DONE: &str = "INSERT INTO message_indexed (conversation_id, sequence) \
        SELECT id, $2 FROM conversation WHERE id = $1 \
        ON CONFLICT (conversation_id) DO UPDATE SET sequence = excluded.sequence";
    writing!(db, tx => {
        let done = sqlx::query(DONE).bind(conversation.0).bind(up_to).execute(&mut *tx).await?.rows_affected();
        let words = if done > 0 { words } else { &[] };
        for rows in words.chunks(ROWS_PER_STATEMENT) {
            let mut insert = QueryBuilder::new("INSERT INTO message_token (token, conversation_id, sequence) ");
            insert.push_values(rows, |mut row, (word, sequence)| {
                row.push_bind(word).push_bind(conversation.0).push_bind(*sequence);
            });
            insert.push(" ON CONFLICT DO NOTHING");
            insert.build().execute(&mut *tx).await?;
        }
    });
    Ok(())
}

/// Messages in which all of these words stand, the newest first: conversation and sequence.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn find(
    db: &Db,
    words: &[String],
    from: Timestamp,
    to: Timestamp,
    limit: usize,
) -> Result<Vec<(ConversationId, i64)>, StoreError> {
    let rows: Vec<(Uuid, i64)> = reading!(db, pool => {
        let mut select = QueryBuilder::new("SELECT message.conversation_id, message.sequence FROM message JOIN (\
            SELECT conversation_id, sequence FROM message_token WHERE token IN (");
        let mut list = select.separated(", ");
        for word in words {
            list.push_bind(word);
        }
        select.push(") GROUP BY conversation_id, sequence HAVING COUNT(*) = ");
        select.push_bind(words.len() as i64);
        select.push(") AS found ON found.conversation_id = message.conversation_id \
            AND found.sequence = message.sequence WHERE message.created_at >= ");
        select.push_bind(from.0);
        select.push(" AND message.created_at < ");
        select.push_bind(to.0);
        select.push(" ORDER BY message.created_at DESC LIMIT ");
        select.push_bind(limit as i64);
        select.build_query_as().fetch_all(pool).await?
    });
    Ok(rows.into_iter().map(|(conversation, sequence)| (ConversationId(conversation), sequence)).collect())
}
