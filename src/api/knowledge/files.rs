//! Files in and out, and the jobs that take them in.

use crate::api::ApiState;
use crate::api::error::{ApiError, ApiResult, Refusals};
use crate::api::extract::{Admin, Asked, At, Upload};
use crate::clock::Timestamp;
use crate::service::knowledge::{FileFormat, ImportOrder, Mode, Problem};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The routes of this file that take small bodies.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(export)).routes(routes!(template)).routes(routes!(job))
}

/// The routes of this file that take files.
pub(super) fn uploads() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(import))
}

/// How to take a file in.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ImportQuery {
    /// Its name, for messages.
    #[serde(default)]
    pub(super) filename: String,
    /// `merge`: what the file does not have stays; `replace`: it goes.
    #[serde(default)]
    pub(super) mode: String,
    /// Whether it is only tried.
    #[serde(default)]
    pub(super) dry_run: bool,
}

impl ImportQuery {
    pub(super) fn mode(&self) -> Result<Mode, ApiError> {
        Mode::parse(&self.mode).ok_or_else(|| ApiError::bad_request("mode 只能是 merge 或 replace"))
    }

    pub(super) fn name(&self, default: &str) -> String {
        let name: String = self.filename.chars().filter(|c| !c.is_control()).take(100).collect();
        if name.is_empty() { default.to_owned() } else { name }
    }
}

/// A job that was begun.
#[derive(Serialize, ToSchema)]
pub(super) struct Begun {
    pub(super) job: String,
}

impl Begun {
    pub(super) fn answer(id: Uuid) -> (StatusCode, Json<Self>) {
        (StatusCode::ACCEPTED, Json(Self { job: id.to_string() }))
    }
}

/// Takes entries in from Excel or CSV, as drafts, all or none.
#[utoipa::path(post, path = "/api/admin/faq/imports", tag = "faq", params(ImportQuery), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 202, body = Begun), Refusals))]
async fn import(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Asked(query): Asked<ImportQuery>,
    Upload(bytes): Upload,
) -> ApiResult<(StatusCode, Json<Begun>)> {
    let order = ImportOrder { name: query.name("faq"), bytes, mode: query.mode()?, dry_run: query.dry_run };
    Ok(Begun::answer(state.keeper.import(&staff.name, order).await?))
}

/// Which file to write.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ExportQuery {
    /// `xlsx`, `csv` or `csv_gbk`.
    #[serde(default)]
    pub(super) format: String,
    /// `working` or `live`.
    #[serde(default)]
    scope: String,
}

impl ExportQuery {
    pub(super) fn format(&self) -> Result<FileFormat, ApiError> {
        FileFormat::parse(&self.format).ok_or_else(|| ApiError::bad_request("format 只能是 xlsx、csv 或 csv_gbk"))
    }
}

/// A file to keep.
pub(super) fn attachment(name: &str, format: FileFormat, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.{}\"", format.ending())),
    ];
    (headers, bytes).into_response()
}

/// All entries as a file.
#[utoipa::path(get, path = "/api/admin/faq/export", tag = "faq", params(ExportQuery), responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), Refusals))]
async fn export(State(state): State<ApiState>, _: Admin, Asked(query): Asked<ExportQuery>) -> ApiResult<Response> {
    let format = query.format()?;
    let bytes = state.keeper.export(query.scope == "live", format).await?;
    Ok(attachment("faq", format, bytes))
}

/// A file to begin with.
#[utoipa::path(get, path = "/api/admin/faq/template", tag = "faq", params(ExportQuery), responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), Refusals))]
async fn template(State(state): State<ApiState>, _: Admin, Asked(query): Asked<ExportQuery>) -> ApiResult<Response> {
    let format = query.format()?;
    Ok(attachment("faq-template", format, state.keeper.template(format)?))
}

/// What takes long, and how far it has come.
#[derive(Serialize, ToSchema)]
struct JobView {
    id: String,
    /// `faq_import`, `products_import`, `tests_import`, `tests_run`, `gate`.
    kind: String,
    /// `running`, `done` or `failed`.
    state: String,
    /// `reading`, `checking`, `saving`, `building` or `asking`.
    step: String,
    done: i64,
    total: i64,
    #[schema(value_type = i64)]
    started_at: Timestamp,
    ended_at: Option<i64>,
    actor: String,
    /// Everything that was wrong, at most 1,000.
    problems: Vec<Problem>,
    /// Why it failed.
    message: Option<String>,
    /// What came of it, by kind.
    #[schema(value_type = Option<Object>)]
    result: Option<serde_json::Value>,
}

/// How far a job has come.
#[utoipa::path(get, path = "/api/admin/jobs/{id}", tag = "jobs", params(("id" = String, Path)), responses((status = 200, body = JobView), Refusals))]
async fn job(State(state): State<ApiState>, _: Admin, At(id): At<Uuid>) -> ApiResult<Json<JobView>> {
    let row = state.keeper.job(id).await?;
    Ok(Json(JobView {
        id: row.id.to_string(),
        kind: row.kind,
        state: row.state,
        step: row.step,
        done: row.done,
        total: row.total,
        started_at: Timestamp(row.started_at),
        ended_at: row.ended_at,
        actor: row.actor,
        problems: serde_json::from_value(row.problems.0).unwrap_or_default(),
        message: row.message,
        result: row.result.map(|result| result.0),
    }))
}
