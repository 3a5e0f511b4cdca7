//! The assistant's turns in short. They are read from the traces a little later, so that answering costs no more, and
//! are what figures and the publish gate are made of.

use crate::clock::Timestamp;
use crate::store::db::{reading, writing};
use crate::store::portions::insert_rows;
use crate::store::{Db, StoreError};
use serde_json::value::RawValue;
use sqlx::types::Json;
use uuid::Uuid;

/// Name of the mark.
const MARK: &str = "turn_facts";

/// How late a commit may become visible, in milliseconds.
const LATE: i64 = 60_000;

/// A turn in short.
#[derive(Debug, Clone, PartialEq)]
pub struct TurnFact {
    /// The assistant's message.
    pub message: Uuid,
    /// Its conversation.
    pub conversation: Uuid,
    /// Its place.
    pub sequence: i64,
    /// When.
    pub at: Timestamp,
    /// What was done: the name of the act.
    pub act: String,
    /// The entry that answered.
    pub entry: Option<String>,
    /// The most probable intent.
    pub intent: Option<String>,
    /// The mood of the question.
    pub mood: String,
    /// From -2 to 2.
    pub mood_value: f64,
    /// That the first entry answers.
    pub confidence: f64,
    /// The question, normalised and masked.
    pub question: String,
}

/// A trace that has not been read yet.
#[derive(Debug)]
pub struct Unread {
    /// The assistant's message.
    pub message: Uuid,
    /// Its conversation.
    pub conversation: Uuid,
    /// Its place.
    pub sequence: i64,
    /// When.
    pub at: Timestamp,
    /// The trace as JSON object.
    pub trace: Box<RawValue>,
}

/// The smallest id that is made at a moment or later: ids begin with their milliseconds (RFC 9562, version 7).
fn first_id(at: i64) -> Uuid {
    Uuid::from_u128(u128::try_from(at.max(0)).unwrap_or(0) << 80)
}

/// When an id was made, in milliseconds.
fn made_at(id: Uuid) -> i64 {
    i64::try_from(id.as_u128() >> 80).unwrap_or(0)
}

/// Message, conversation, sequence, moment, trace.
type UnreadRow = (Uuid, Uuid, i64, i64, Json<Box<RawValue>>);

/// The oldest traces that have not been read, at most `limit`.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn unread(db: &Db, limit: i64) -> Result<Vec<Unread>, StoreError> {
    const AT: &str = "SELECT at FROM reading_mark WHERE name = $1";
    const SQL: &str = "SELECT turn_trace.message_id, message.conversation_id, message.sequence, message.created_at, \
        turn_trace.trace FROM turn_trace JOIN message ON message.id = turn_trace.message_id \
        WHERE turn_trace.message_id >= $1 \
        AND NOT EXISTS (SELECT 1 FROM turn_fact WHERE turn_fact.message_id = turn_trace.message_id) \
        ORDER BY turn_trace.message_id LIMIT $2";
    let mark: Option<i64> = reading!(db, pool => sqlx::query_scalar(AT).bind(MARK).fetch_optional(pool).await?);
    let from = first_id(mark.unwrap_or(0) - LATE);
    let rows: Vec<UnreadRow> = reading!(db, pool => sqlx::query_as(SQL).bind(from).bind(limit).fetch_all(pool).await?);
    let unread = rows.into_iter().map(|(message, conversation, sequence, at, trace)| Unread {
        message,
        conversation,
        sequence,
        at: Timestamp(at),
        trace: trace.0,
    });
    Ok(unread.collect())
}

/// Keeps facts and moves the mark on.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn add(db: &Db, facts: &[TurnFact]) -> Result<(), StoreError> {
    const MOVE: &str = "INSERT INTO reading_mark (name, at) VALUES ($1, $2) \
        ON CONFLICT (name) DO UPDATE SET at = CASE WHEN excluded.at > reading_mark.at THEN excluded.at \
        ELSE reading_mark.at END";
    let Some(last) = facts.iter().map(|fact| made_at(fact.message)).max() else { return Ok(()) };
    let head = "INSERT INTO turn_fact (message_id, conversation_id, sequence, at, act, entry_id, intent, mood, \
        mood_value, confidence, question) ";
    writing!(db, tx => {
        insert_rows!(tx, head, facts, " ON CONFLICT DO NOTHING", (row, one) => row
            .push_bind(one.message)
            .push_bind(one.conversation)
            .push_bind(one.sequence)
            .push_bind(one.at.0)
            .push_bind(&one.act)
            .push_bind(one.entry.as_deref())
            .push_bind(one.intent.as_deref())
            .push_bind(&one.mood)
            .push_bind(one.mood_value)
            .push_bind(one.confidence)
            .push_bind(&one.question));
        sqlx::query(MOVE).bind(MARK).bind(last).execute(&mut *tx).await?;
    });
    Ok(())
}

/// What was asked since a moment, the most frequent first: question and how often.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn questions(db: &Db, since: Timestamp, limit: i64) -> Result<Vec<(String, i64)>, StoreError> {
    const SQL: &str = "SELECT question, COUNT(*) FROM turn_fact WHERE at >= $1 AND question <> '' GROUP BY question \
        ORDER BY COUNT(*) DESC, question LIMIT $2";
    Ok(reading!(db, pool => sqlx::query_as(SQL).bind(since.0).bind(limit).fetch_all(pool).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_by_their_time() {
        let id = Uuid::now_v7();
        assert!(first_id(made_at(id)) <= id && first_id(made_at(id) + 1) > id);
    }
}
