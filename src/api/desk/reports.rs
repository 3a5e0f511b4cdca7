//! What the desk achieved, with the definition of each figure.

use crate::api::ApiState;
use crate::api::error::{ApiError, ApiResult, ErrorBody};
use crate::api::extract::Supervisor;
use crate::clock::Timestamp;
use crate::desk::report::DEFINITIONS;
use crate::service::desk::report::Report as Found;
use axum::Json;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
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

async fn find(state: &ApiState, query: &ReportQuery) -> ApiResult<Found> {
    let by_group = match query.by.as_str() {
        "agent" => false,
        "group" => true,
        _ => return Err(ApiError::bad_request("by 只能是 agent 或 group")),
    };
    Ok(state.desk.report(by_group, Timestamp(query.from), Timestamp(query.to)).await?)
}

/// Figures by agent or group; for supervisors.
#[utoipa::path(get, path = "/api/desk/report", params(ReportQuery), responses((status = 200, body = Report), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn report(
    State(state): State<ApiState>,
    _: Supervisor,
    Query(query): Query<ReportQuery>,
) -> ApiResult<Json<Report>> {
    let Found { rows, bot_resolved, bot_conversations } = find(&state, &query).await?;
    let rows = rows.into_iter().map(|row| ReportRow {
        name: row.name,
        volume: row.volume,
        resolved: row.resolved,
        first_answer_p50_s: row.first_answer_p50_s,
        first_answer_p90_s: row.first_answer_p90_s,
        first_answer_in_time: row.first_answer_in_time,
        resolution_p50_s: row.resolution_p50_s,
        resolution_in_time: row.resolution_in_time,
        transfer_rate: row.transfer_rate,
        solved_rate: row.solved_rate,
        stars: row.stars,
        rated: row.rated,
    });
    let definitions = DEFINITIONS.map(|(field, title, text)| Definition {
        field: field.to_owned(),
        title: title.to_owned(),
        text: text.to_owned(),
    });
    let share = |part: i64, whole: i64| (whole > 0).then(|| part as f64 / whole as f64);
    Ok(Json(Report {
        rows: rows.collect(),
        bot_resolved_rate: share(bot_resolved, bot_conversations),
        bot_resolved,
        bot_conversations,
        definitions: definitions.into(),
    }))
}

/// The same rows as CSV with Chinese headings. Cells that a spreadsheet would take for a formula are neutralised.
#[utoipa::path(get, path = "/api/desk/report.csv", params(ReportQuery), responses((status = 200, content_type = "text/csv", body = String), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn report_csv(
    State(state): State<ApiState>,
    _: Supervisor,
    Query(query): Query<ReportQuery>,
) -> ApiResult<Response> {
    let csv = find(&state, &query).await?.csv()?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"desk-report.csv\""),
    ];
    Ok((headers, csv).into_response())
}
