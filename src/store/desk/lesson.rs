//! Answers of the assistant that agents marked as wrong.

use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use uuid::Uuid;

/// A lesson.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct LessonRow {
    /// Its id.
    pub id: Uuid,
    /// Where it was said.
    pub conversation_id: Uuid,
    /// The place of the wrong answer.
    pub sequence: i64,
    /// What was asked, with personal numbers masked.
    pub question: String,
    /// The entry that the assistant answered with.
    pub answered: Option<String>,
    /// The entry that is right.
    pub entry: Option<String>,
    /// A new question, where no entry is right.
    pub proposed_question: Option<String>,
    /// Its answer.
    pub proposed_answer: Option<String>,
    /// Who taught.
    pub actor: String,
    /// `new`, `done` or `dismissed`.
    pub state: String,
    /// When, in milliseconds.
    pub created_at: i64,
}

/// Adds a lesson.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn add(db: &Db, lesson: &LessonRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO desk_lesson (id, conversation_id, sequence, question, answered, entry, \
        proposed_question, proposed_answer, actor, state, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    writing!(db, tx => sqlx::query(SQL)
        .bind(lesson.id).bind(lesson.conversation_id).bind(lesson.sequence).bind(&lesson.question)
        .bind(lesson.answered.as_deref()).bind(lesson.entry.as_deref()).bind(lesson.proposed_question.as_deref())
        .bind(lesson.proposed_answer.as_deref()).bind(&lesson.actor).bind(&lesson.state).bind(lesson.created_at)
        .execute(&mut *tx).await?.rows_affected());
    Ok(())
}

/// New ones first, then the newest.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn inbox(db: &Db, limit: usize) -> Result<Vec<LessonRow>, StoreError> {
    const SQL: &str = "SELECT id, conversation_id, sequence, question, answered, entry, proposed_question, \
        proposed_answer, actor, state, created_at FROM desk_lesson \
        ORDER BY CASE WHEN state = 'new' THEN 0 ELSE 1 END, created_at DESC, id LIMIT $1";
    Ok(reading!(db, pool => sqlx::query_as(SQL).bind(limit as i64).fetch_all(pool).await?))
}

/// Settles a lesson. Returns whether there is one.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn settle(db: &Db, id: Uuid, state: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE desk_lesson SET state = $2 WHERE id = $1";
    Ok(writing!(db, tx => sqlx::query(sql).bind(id).bind(state).execute(&mut *tx).await?.rows_affected()) > 0)
}
