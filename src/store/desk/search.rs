//! Messages by their words. The words of a conversation that came to the desk are written when somebody searches for
//! the first time after they were said, so that a turn costs nothing more.

use crate::clock::Timestamp;
use crate::model::id::ConversationId;
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use sqlx::QueryBuilder;
use uuid::Uuid;

/// Rows in one INSERT.
const ROWS_PER_STATEMENT: usize = 500;

/// Conversations with messages that are not indexed: how far each one is.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn behind(db: &Db, limit: usize) -> Result<Vec<(ConversationId, i64)>, StoreError> {
    const SQL: &str = "SELECT DISTINCT desk_case.conversation_id, COALESCE(message_indexed.sequence, 0) AS indexed \
        FROM desk_case JOIN conversation ON conversation.id = desk_case.conversation_id \
        LEFT JOIN message_indexed ON message_indexed.conversation_id = desk_case.conversation_id \
        WHERE COALESCE(ended_sequence, conversation.last_sequence) > COALESCE(message_indexed.sequence, 0) LIMIT $1";
    let rows: Vec<(Uuid, i64)> = reading!(db, pool => sqlx::query_as(SQL).bind(limit as i64).fetch_all(pool).await?);
    Ok(rows.into_iter().map(|(conversation, indexed)| (ConversationId(conversation), indexed)).collect())
}

/// Adds the words of messages, which are then indexed up to a sequence.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn index(
    db: &Db,
    conversation: ConversationId,
    words: &[(String, i64)],
    up_to: i64,
) -> Result<(), StoreError> {
    const DONE: &str = "INSERT INTO message_indexed (conversation_id, sequence) VALUES ($1, $2) \
        ON CONFLICT (conversation_id) DO UPDATE SET sequence = excluded.sequence";
    writing!(db, tx => {
        for rows in words.chunks(ROWS_PER_STATEMENT) {
            let mut insert = QueryBuilder::new("INSERT INTO message_token (token, conversation_id, sequence) ");
            insert.push_values(rows, |mut row, (word, sequence)| {
                row.push_bind(word).push_bind(conversation.0).push_bind(*sequence);
            });
            insert.push(" ON CONFLICT DO NOTHING");
            insert.build().execute(&mut *tx).await?;
        }
        sqlx::query(DONE).bind(conversation.0).bind(up_to).execute(&mut *tx).await?;
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
