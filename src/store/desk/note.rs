//! What colleagues write for each other.

use crate::clock::Timestamp;
use crate::model::desk::{Named, Note, NoteKind};
use crate::model::id::{ConversationId, StaffId};
use crate::store::db::{reading, writing};
use crate::store::desk::case::Reader;
use crate::store::{Db, StoreError};
use sqlx::types::Json;
use uuid::Uuid;

/// Adds a note; `to` is whom a whisper is for.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn add(db: &Db, note: &Note, to: Option<StaffId>) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO desk_note (id, conversation_id, after_sequence, kind, author_id, to_id, note, \
        mentions, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let kind = if note.kind == NoteKind::Whisper { "whisper" } else { "note" };
    let mentions: Vec<Uuid> = note.mentions.iter().map(|named| named.id).collect();
    writing!(db, tx => sqlx::query(SQL)
        .bind(note.id).bind(note.conversation_id).bind(note.after_sequence).bind(kind).bind(note.author.id)
        .bind(to.map(|to| to.0)).bind(&note.text).bind(Json(mentions)).bind(note.at.0).execute(&mut *tx).await?.rows_affected());
    Ok(())
}

type Row = (Uuid, i64, String, Uuid, String, String, Json<Vec<Uuid>>, i64);

/// The notes of a conversation that somebody may read, in the order of time. `people` names those who are mentioned.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn of(
    db: &Db,
    conversation: ConversationId,
    reader: Reader,
    people: &[Named],
) -> Result<Vec<Note>, StoreError> {
    const SQL: &str = "SELECT desk_note.id, after_sequence, kind, author_id, \
        COALESCE(NULLIF(desk_agent.display_name, ''), staff.name), note, mentions, desk_note.created_at \
        FROM desk_note JOIN staff ON staff.id = author_id LEFT JOIN desk_agent ON desk_agent.staff_id = author_id \
        WHERE conversation_id = $1 AND (kind = 'note' OR $2 OR to_id = $3) ORDER BY desk_note.created_at, desk_note.id";
    let rows: Vec<Row> = reading!(db, pool => sqlx::query_as(SQL)
        .bind(conversation.0).bind(reader.all).bind(reader.staff.0).fetch_all(pool).await?);
    let note = |(id, after_sequence, kind, author, name, text, mentions, at): Row| Note {
        id,
        conversation_id: conversation.0,
        after_sequence,
        kind: if kind == "whisper" { NoteKind::Whisper } else { NoteKind::Note },
        author: Named { id: author, name },
        text,
        mentions: people.iter().filter(|named| mentions.contains(&named.id)).cloned().collect(),
        at: Timestamp(at),
    };
    Ok(rows.into_iter().map(note).collect())
}
