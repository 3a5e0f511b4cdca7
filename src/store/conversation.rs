//! Conversations and their numbered messages: reading. Writing goes through [`crate::store::journal`].

use crate::clock::Timestamp;
use crate::model::chat::{Author, Body, ConversationHead, Message, Status, Verdict};
use crate::model::id::{ConversationId, MessageId};
use crate::store::db::{reading, writing};
use crate::store::portions::portions;
use crate::store::{Db, StoreError};
use serde_json::value::RawValue;
use sqlx::QueryBuilder;
use sqlx::types::Json;
use uuid::Uuid;

/// The head of a conversation.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn head(db: &Db, id: ConversationId) -> Result<Option<ConversationHead>, StoreError> {
    const SQL: &str = "SELECT status, last_sequence FROM conversation WHERE id = $1";
    let row: Option<(String, i64)> = reading!(db, pool => sqlx::query_as(SQL).bind(id.0).fetch_optional(pool).await?);
    row.map(|(status, last_sequence)| Ok(ConversationHead { id, status: parse_status(&status)?, last_sequence }))
        .transpose()
}

/// The heads of conversations; those that do not exist are left out.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn heads(db: &Db, ids: &[ConversationId]) -> Result<Vec<ConversationHead>, StoreError> {
    let mut found: Vec<(Uuid, String, i64)> = Vec::with_capacity(ids.len());
    for portion in portions(ids) {
        found.extend(reading!(db, pool => {
            let mut select = QueryBuilder::new("SELECT id, status, last_sequence FROM conversation WHERE id IN (");
            let mut list = select.separated(", ");
            for id in portion {
                list.push_bind(id.0);
            }
            select.push(")");
            select.build_query_as::<(Uuid, String, i64)>().fetch_all(pool).await?
        }));
    }
    let head = |(id, status, last_sequence): (Uuid, String, i64)| {
        Ok(ConversationHead { id: ConversationId(id), status: parse_status(&status)?, last_sequence })
    };
    found.into_iter().map(head).collect()
}

/// How far the sides of a conversation have read it, as far as they have read anything.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn read_positions(db: &Db, id: ConversationId) -> Result<Vec<(Author, i64)>, StoreError> {
    const SQL: &str = "SELECT reader, sequence FROM read_position WHERE conversation_id = $1";
    let rows: Vec<(String, i64)> = reading!(db, pool => sqlx::query_as(SQL).bind(id.0).fetch_all(pool).await?);
    rows.into_iter().map(|(reader, sequence)| Ok((parse_author(&reader)?, sequence))).collect()
}

/// The head of a conversation and the dialogue state after its newest turn.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn with_state(db: &Db, id: ConversationId) -> Result<Option<(ConversationHead, Box<RawValue>)>, StoreError> {
    const SQL: &str = "SELECT status, last_sequence, state FROM conversation WHERE id = $1";
    let row: Option<(String, i64, Json<Box<RawValue>>)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(id.0).fetch_optional(pool).await?);
    row.map(|(status, last_sequence, state)| {
        Ok((ConversationHead { id, status: parse_status(&status)?, last_sequence }, state.0))
    })
    .transpose()
}

/// Up to `limit` messages after a sequence, in order.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn messages_after(db: &Db, id: ConversationId, after: i64, limit: usize) -> Result<Vec<Message>, StoreError> {
    const SQL: &str = "SELECT sequence, id, client_id, author, body, created_at FROM message \
        WHERE conversation_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";
    let rows: Vec<MessageRow> = reading!(db, pool =>
        sqlx::query_as(SQL).bind(id.0).bind(after).bind(limit as i64).fetch_all(pool).await?);
    rows.into_iter().map(Message::try_from).collect()
}

/// The newest `limit` messages before a sequence, in order.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn messages_before(
    db: &Db,
    id: ConversationId,
    before: i64,
    limit: usize,
) -> Result<Vec<Message>, StoreError> {
    const SQL: &str = "SELECT sequence, id, client_id, author, body, created_at FROM message \
        WHERE conversation_id = $1 AND sequence < $2 ORDER BY sequence DESC LIMIT $3";
    let rows: Vec<MessageRow> = reading!(db, pool =>
        sqlx::query_as(SQL).bind(id.0).bind(before).bind(limit as i64).fetch_all(pool).await?);
    rows.into_iter().rev().map(Message::try_from).collect()
}

/// The message that a client sent under this id.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn message_of_client(db: &Db, id: ConversationId, client_id: &str) -> Result<Option<Message>, StoreError> {
    const SQL: &str = "SELECT sequence, id, client_id, author, body, created_at FROM message \
        WHERE conversation_id = $1 AND client_id = $2";
    let row: Option<MessageRow> =
        reading!(db, pool => sqlx::query_as(SQL).bind(id.0).bind(client_id).fetch_optional(pool).await?);
    row.map(Message::try_from).transpose()
}

/// Keeps a shopper's verdict on one of the assistant's answers; a second one replaces the first. Returns whether
/// there is such an answer.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn rate(
    db: &Db,
    id: ConversationId,
    sequence: i64,
    verdict: Verdict,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const ANSWER: &str = "SELECT COUNT(*) FROM message WHERE conversation_id = $1 AND sequence = $2 AND author = $3";
    const VERDICT: &str = "INSERT INTO verdict (conversation_id, sequence, verdict, given_at) \
        VALUES ($1, $2, $3, $4) ON CONFLICT (conversation_id, sequence) \
        DO UPDATE SET verdict = excluded.verdict, given_at = excluded.given_at";
    let name = match verdict {
        Verdict::Solved => "solved",
        Verdict::Unsolved => "unsolved",
    };
    let found = writing!(db, tx => {
        let answers: i64 = sqlx::query_scalar(ANSWER)
            .bind(id.0).bind(sequence).bind(author_name(Author::Bot)).fetch_one(&mut *tx).await?;
        if answers > 0 {
            sqlx::query(VERDICT).bind(id.0).bind(sequence).bind(name).bind(now.0).execute(&mut *tx).await?;
        }
        answers > 0
    });
    Ok(found)
}

/// Why the assistant said what it said at this place.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn trace(db: &Db, id: ConversationId, sequence: i64) -> Result<Option<serde_json::Value>, StoreError> {
    const SQL: &str = "SELECT turn_trace.trace FROM turn_trace \
        JOIN message ON message.id = turn_trace.message_id WHERE message.conversation_id = $1 AND message.sequence = $2";
    let row: Option<(Json<serde_json::Value>,)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(id.0).bind(sequence).fetch_optional(pool).await?);
    Ok(row.map(|(trace,)| trace.0))
}

#[derive(sqlx::FromRow)]
struct MessageRow {
    sequence: i64,
    id: Uuid,
    client_id: Option<String>,
    author: String,
    body: Json<Body>,
    created_at: i64,
}

impl TryFrom<MessageRow> for Message {
    type Error = StoreError;
    fn try_from(row: MessageRow) -> Result<Self, StoreError> {
        Ok(Self {
            sequence: row.sequence,
            id: MessageId(row.id),
            client_id: row.client_id,
            author: parse_author(&row.author)?,
            at: Timestamp(row.created_at),
            body: row.body.0,
        })
    }
}

const AUTHORS: [(Author, &str); 4] =
    [(Author::Shopper, "shopper"), (Author::Bot, "bot"), (Author::Agent, "agent"), (Author::System, "system")];

const STATUSES: [(Status, &str); 4] =
    [(Status::Bot, "bot"), (Status::Waiting, "waiting"), (Status::Agent, "agent"), (Status::Closed, "closed")];

pub(super) fn author_name(author: Author) -> &'static str {
    AUTHORS.iter().find(|(known, _)| *known == author).map_or("", |(_, name)| name)
}

pub(super) fn parse_author(name: &str) -> Result<Author, StoreError> {
    let found = AUTHORS.iter().find(|(_, known)| *known == name).map(|(author, _)| *author);
    found.ok_or_else(|| name.to_owned()).map_err(StoreError::corrupt("author"))
}

pub(super) fn status_name(status: Status) -> &'static str {
    STATUSES.iter().find(|(known, _)| *known == status).map_or("", |(_, name)| name)
}

pub(super) fn parse_status(name: &str) -> Result<Status, StoreError> {
    let found = STATUSES.iter().find(|(_, known)| *known == name).map(|(status, _)| *status);
    found.ok_or_else(|| name.to_owned()).map_err(StoreError::corrupt("status"))
}
