//! Cases drawn for a look at their quality.

use crate::clock::Timestamp;
use crate::model::id::{CaseId, StaffId};
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use sqlx::types::Json;
use uuid::Uuid;

/// A score sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct SheetRow {
    /// The case.
    pub case: CaseId,
    /// Item and points; empty until somebody has looked.
    pub scores: Vec<(String, u32)>,
    /// In words.
    pub comment: String,
    /// Who looked.
    pub by: Option<String>,
    /// When it was drawn.
    pub drawn_at: Timestamp,
}

/// Resolved cases of a time that were not drawn before, in the order of their ids.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn candidates(
    db: &Db,
    from: Timestamp,
    to: Timestamp,
    agent: Option<StaffId>,
) -> Result<Vec<CaseId>, StoreError> {
    const SQL: &str = "SELECT id FROM desk_case WHERE state = 'resolved' AND ended_at >= $1 AND ended_at < $2 \
        AND (CAST($3 AS BIGINT) = 0 OR agent_id = $4) AND NOT EXISTS (SELECT 1 FROM desk_score WHERE case_id = desk_case.id) \
        ORDER BY id";
    let (some, agent) = (i64::from(agent.is_some()), agent.unwrap_or_default());
    let rows: Vec<Uuid> = reading!(db, pool => sqlx::query_scalar(SQL)
        .bind(from.0).bind(to.0).bind(some).bind(agent.0).fetch_all(pool).await?);
    Ok(rows.into_iter().map(CaseId).collect())
}

/// Notes that cases were drawn.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn draw(db: &Db, cases: &[CaseId], now: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO desk_score (case_id, scores, comment, scored_by, drawn_at) \
        VALUES ($1, $2, '', NULL, $3) ON CONFLICT DO NOTHING";
    writing!(db, tx => {
        for case in cases {
            let none: Vec<(String, u32)> = Vec::new();
            sqlx::query(SQL).bind(case.0).bind(Json(none)).bind(now.0).execute(&mut *tx).await?;
        }
    });
    Ok(())
}

/// The newest draws first.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn sheets(db: &Db, limit: usize) -> Result<Vec<SheetRow>, StoreError> {
    const SQL: &str = "SELECT case_id, scores, comment, scored_by, drawn_at FROM desk_score \
        ORDER BY drawn_at DESC, case_id LIMIT $1";
    type Row = (Uuid, Json<Vec<(String, u32)>>, String, Option<String>, i64);
    let rows: Vec<Row> = reading!(db, pool => sqlx::query_as(SQL).bind(limit as i64).fetch_all(pool).await?);
    let sheet = |(case, scores, comment, by, drawn_at): Row| SheetRow {
        case: CaseId(case),
        scores: scores.0,
        comment,
        by,
        drawn_at: Timestamp(drawn_at),
    };
    Ok(rows.into_iter().map(sheet).collect())
}

/// Fills in a score sheet. Returns whether the case was drawn.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn score(
    db: &Db,
    case: CaseId,
    scores: &[(String, u32)],
    comment: &str,
    by: &str,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE desk_score SET scores = $2, comment = $3, scored_by = $4 WHERE case_id = $1";
    let done = writing!(db, tx => sqlx::query(SQL).bind(case.0).bind(Json(scores)).bind(comment).bind(by)
        .execute(&mut *tx).await?.rows_affected());
    Ok(done > 0)
}
