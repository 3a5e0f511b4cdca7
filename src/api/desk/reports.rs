//! What the desk achieved, with the definition of each figure.

use crate::api::ApiState;
use crate::api::error::{ApiError, ApiResult, ErrorBody};
use crate::api::extract::Supervisor;
use axum::Json;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(report)).routes(routes!(report_csv))
}

/// What to report on.
#[derive(Deserialize, IntoParams)]
struct ReportQuery {
    /// `agent` or `group`.
    by: String,
    /// From this moment on, in milliseconds.
    from: i64,
    /// Before this moment, in milliseconds.
    to: i64,
}

/// The figures of one agent or group, or of all.
#[derive(Serialize, ToSchema)]
struct ReportRow {
    /// Name of the agent or group; 全部 for all.
    name: String,
    volume: i64,
    resolved: i64,
    first_answer_p50_s: Option<f64>,
    first_answer_p90_s: Option<f64>,
    first_answer_in_time: Option<f64>,
    resolution_p50_s: Option<f64>,
    resolution_in_time: Option<f64>,
    transfer_rate: Option<f64>,
    solved_rate: Option<f64>,
    stars: Option<f64>,
    rated: i64,
}

/// What a figure means.
#[derive(Serialize, ToSchema)]
struct Definition {
    /// Name of the field.
    field: String,
    /// Heading in Chinese.
    title: String,
    /// Definition in Chinese.
    text: String,
}

/// The report.
#[derive(Serialize, ToSchema)]
struct Report {
    /// All together first, then by name.
    rows: Vec<ReportRow>,
    /// Conversations that the assistant settled alone, confirmed by the shopper, among those in which it answered.
    bot_resolved_rate: Option<f64>,
    /// The two numbers of that rate.
    bot_resolved: i64,
    bot_conversations: i64,
    definitions: Vec<Definition>,
}

/// Figures by agent or group; for supervisors.
#[utoipa::path(get, path = "/api/desk/report", params(ReportQuery), responses((status = 200, body = Report), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn report(
    State(_state): State<ApiState>,
    _: Supervisor,
    Query(_query): Query<ReportQuery>,
) -> ApiResult<Json<Report>> {
    Err(ApiError::not_yet())
}

/// The same rows as CSV with Chinese headings. Cells that a spreadsheet would take for a formula are neutralised.
#[utoipa::path(get, path = "/api/desk/report.csv", params(ReportQuery), responses((status = 200, content_type = "text/csv", body = String), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn report_csv(
    State(_state): State<ApiState>,
    _: Supervisor,
    Query(_query): Query<ReportQuery>,
) -> ApiResult<Response> {
    Err(ApiError::not_yet())
}
