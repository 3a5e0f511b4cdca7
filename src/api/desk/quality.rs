//! Quality: cases drawn by chance, looked at with the shop's score sheet.

use crate::api::ApiState;
use crate::api::error::{ApiError, ApiResult, ErrorBody};
use crate::api::extract::{Body, Supervisor};
use crate::clock::Timestamp;
use crate::model::desk::CaseCard;
use crate::model::id::{CaseId, StaffId};
use crate::service::desk::quality;
use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(sheets)).routes(routes!(draw)).routes(routes!(score))
}

/// Points given for one item of the score sheet.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
struct Score {
    /// Name of the item.
    item: String,
    points: u32,
}

/// A case that was drawn.
#[derive(Serialize, ToSchema)]
struct Sheet {
    case: CaseCard,
    /// Empty until somebody has looked.
    scores: Vec<Score>,
    /// Sum of the points; none until somebody has looked.
    total: Option<u32>,
    comment: String,
    /// Who looked.
    by: Option<String>,
    #[schema(value_type = i64)]
    drawn_at: Timestamp,
}

/// The newest draws first, at most 200.
#[derive(Serialize, ToSchema)]
struct Sheets {
    sheets: Vec<Sheet>,
}

async fn all(state: &ApiState) -> ApiResult<Vec<Sheet>> {
    let sheets = state.desk.sheets().await?.into_iter().map(|(sheet, row)| Sheet {
        case: state.desk.card(&row),
        total: sheet.by.as_ref().map(|_| sheet.scores.iter().map(|(_, points)| points).sum()),
        scores: sheet.scores.into_iter().map(|(item, points)| Score { item, points }).collect(),
        comment: sheet.comment,
        by: sheet.by,
        drawn_at: sheet.drawn_at,
    });
    Ok(sheets.collect())
}

/// Drawn cases with their score sheets; for supervisors.
#[utoipa::path(get, path = "/api/desk/quality", responses((status = 200, body = Sheets), (status = 403, body = ErrorBody)))]
async fn sheets(State(state): State<ApiState>, _: Supervisor) -> ApiResult<Json<Sheets>> {
    Ok(Json(Sheets { sheets: all(&state).await? }))
}

/// What to draw from.
#[derive(Deserialize, ToSchema)]
struct Draw {
    /// How many, 1 to 100.
    count: usize,
    /// Resolved from this moment on, in milliseconds.
    from: i64,
    /// Resolved before this moment, in milliseconds.
    to: i64,
    /// Only cases of this agent.
    agent: Option<Uuid>,
    /// Draws with the same seed from the same cases are the same; none for chance.
    seed: Option<u64>,
}

/// Draws resolved cases that were not drawn before, each as likely as any other; for supervisors.
#[utoipa::path(post, path = "/api/desk/quality/draw", request_body = Draw, responses((status = 200, body = Sheets), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn draw(State(state): State<ApiState>, _: Supervisor, Body(form): Body<Draw>) -> ApiResult<Json<Sheets>> {
    let seed = form.seed.unwrap_or_else(|| Uuid::now_v7().as_u64_pair().1);
    let (from, to) = (Timestamp(form.from), Timestamp(form.to));
    let drawn = quality::Draw { count: form.count, from, to, agent: form.agent.map(StaffId), seed };
    let cases = state.desk.draw(&drawn).await?;
    let sheets = all(&state).await?.into_iter().filter(|sheet| cases.contains(&CaseId(sheet.case.id)));
    Ok(Json(Sheets { sheets: sheets.collect() }))
}

/// A filled-in score sheet.
#[derive(Deserialize, ToSchema)]
struct Scores {
    /// One for each item of the shop's sheet.
    scores: Vec<Score>,
    #[serde(default)]
    comment: String,
}

/// Fills in the score sheet of a drawn case; for supervisors.
#[utoipa::path(put, path = "/api/desk/quality/{case_id}", request_body = Scores, responses((status = 200, body = Sheet), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn score(
    State(state): State<ApiState>,
    Supervisor(staff): Supervisor,
    Path(case): Path<Uuid>,
    Body(form): Body<Scores>,
) -> ApiResult<Json<Sheet>> {
    let scores: Vec<(String, u32)> = form.scores.into_iter().map(|score| (score.item, score.points)).collect();
    state.desk.score(&staff, CaseId(case), &scores, &form.comment).await?;
    let sheet = all(&state).await?.into_iter().find(|sheet| sheet.case.id == case);
    sheet.map(Json).ok_or_else(|| ApiError::not_found("没有找到"))
}
