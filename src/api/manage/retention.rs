//! How long what is kept, what the last run has deleted, and what the next one would.

use crate::api::ApiState;
use crate::api::error::{ApiResult, ErrorBody};
use crate::api::extract::Admin;
use crate::api::personal::ErasedView;
use crate::clock::Timestamp;
use crate::service::retention::Report;
use crate::store::retention::Kind;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(retention)).routes(routes!(preview)).routes(routes!(erasures))
}

/// One kind of data.
#[derive(Serialize, ToSchema)]
struct KeptFor {
    kind: Kind,
    /// In Chinese.
    title: &'static str,
    /// Days that it is kept; none for ever.
    days: Option<u32>,
    /// Rows that the last run has deleted.
    deleted: u64,
}

/// How long what is kept.
#[derive(Serialize, ToSchema)]
struct RetentionView {
    kinds: Vec<KeptFor>,
    /// When the last run began, in milliseconds since 1970 UTC; none where there was none yet.
    last_at: Option<i64>,
    /// Seconds that it took.
    last_seconds: Option<f64>,
}

fn view(state: &ApiState, report: Option<&Report>) -> Json<RetentionView> {
    let deleted = |kind| report.and_then(|report| report.deleted.get(&kind)).map_or(0, |tables| tables.values().sum());
    let settings = &state.retention.settings;
    let kinds = Kind::ALL.into_iter().map(|(kind, title)| KeptFor {
        kind,
        title,
        days: settings.days(kind),
        deleted: deleted(kind),
    });
    Json(RetentionView {
        kinds: kinds.collect(),
        last_at: report.map(|report| report.at.0),
        last_seconds: report.map(|report| report.seconds),
    })
}

/// Deletions that are listed.
const LISTED: i64 = 50;

/// A deletion of everything about one person; it does not say of whom.
#[derive(Serialize, ToSchema)]
struct ErasureView {
    #[schema(value_type = i64)]
    at: Timestamp,
    /// Who of the staff did it; none for the person themselves, in the chat or on the page of their data.
    by: Option<String>,
    report: ErasedView,
}

/// Deletions, the newest first.
#[derive(Serialize, ToSchema)]
struct ErasureList {
    erasures: Vec<ErasureView>,
}

/// The newest deletions of everything about a person, by whomever they were asked for, each with its report.
#[utoipa::path(get, path = "/api/admin/settings/erasures", tag = "settings", responses((status = 200, body = ErasureList), (status = 403, body = ErrorBody)))]
async fn erasures(State(state): State<ApiState>, _: Admin) -> ApiResult<Json<ErasureList>> {
    let done = state.personal.done(LISTED).await?.into_iter();
    let erasures = done.map(|one| ErasureView { at: one.at, by: one.by, report: one.report.into() });
    Ok(Json(ErasureList { erasures: erasures.collect() }))
}

/// How long what is kept, with what the last run has deleted.
#[utoipa::path(get, path = "/api/admin/settings/retention", tag = "settings", responses((status = 200, body = RetentionView), (status = 403, body = ErrorBody)))]
async fn retention(State(state): State<ApiState>, _: Admin) -> ApiResult<Json<RetentionView>> {
    let last = state.retention.last().await?;
    Ok(view(&state, last.as_ref()))
}

/// What a run would delete now; nothing is changed.
#[utoipa::path(get, path = "/api/admin/settings/retention/preview", tag = "settings", responses((status = 200, body = RetentionView), (status = 403, body = ErrorBody)))]
async fn preview(State(state): State<ApiState>, _: Admin) -> ApiResult<Json<RetentionView>> {
    let preview = state.retention.preview().await?;
    Ok(view(&state, Some(&preview)))
}
