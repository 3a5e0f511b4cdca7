//! Quality: cases drawn by chance, looked at with the shop's score sheet.

use crate::api::ApiState;
use crate::api::error::{ApiError, ApiResult, ErrorBody};
use crate::api::extract::{Body, Supervisor};
use crate::clock::Timestamp;
use crate::model::desk::CaseCard;
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

/// Drawn cases with their score sheets; for supervisors.
#[utoipa::path(get, path = "/api/desk/quality", responses((status = 200, body = Sheets), (status = 403, body = ErrorBody)))]
async fn sheets(State(_state): State<ApiState>, _: Supervisor) -> ApiResult<Json<Sheets>> {
    Err(ApiError::not_yet())
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
async fn draw(State(_state): State<ApiState>, _: Supervisor, Body(_form): Body<Draw>) -> ApiResult<Json<Sheets>> {
    Err(ApiError::not_yet())
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
    State(_state): State<ApiState>,
    _: Supervisor,
    Path(_case): Path<Uuid>,
    Body(_form): Body<Scores>,
) -> ApiResult<Json<Sheet>> {
    Err(ApiError::not_yet())
}
