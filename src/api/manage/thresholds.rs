//! The lines between answering, asking back and admitting.

use crate::api::ApiState;
use crate::api::error::{ApiResult, ErrorBody};
use crate::api::extract::{Admin, Body};
use crate::dialogue::policy::Thresholds;
use crate::service::knowledge::LinesEffect;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(thresholds, put_thresholds)).routes(routes!(try_thresholds))
}

/// The lines.
#[derive(Serialize, ToSchema)]
struct LinesView {
    /// In force.
    lines: Thresholds,
    /// As the program comes.
    usual: Thresholds,
}

fn view(state: &ApiState) -> Json<LinesView> {
    Json(LinesView { lines: state.keeper.thresholds(), usual: Thresholds::default() })
}

/// The lines in force.
#[utoipa::path(get, path = "/api/admin/settings/thresholds", tag = "settings", responses((status = 200, body = LinesView), (status = 403, body = ErrorBody)))]
async fn thresholds(State(state): State<ApiState>, _: Admin) -> Json<LinesView> {
    view(&state)
}

/// Puts other lines in force; the next message is treated by them.
#[utoipa::path(put, path = "/api/admin/settings/thresholds", tag = "settings", request_body = Thresholds, responses((status = 200, body = LinesView), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn put_thresholds(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Body(form): Body<Thresholds>,
) -> ApiResult<Json<LinesView>> {
    state.keeper.put_thresholds(&staff.name, form).await?;
    Ok(view(&state))
}

/// What other lines would make of the questions of the last 24 hours; nothing is saved.
#[utoipa::path(post, path = "/api/admin/settings/thresholds/preview", tag = "settings", request_body = Thresholds, responses((status = 200, body = LinesEffect), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn try_thresholds(
    State(state): State<ApiState>,
    _: Admin,
    Body(form): Body<Thresholds>,
) -> ApiResult<Json<LinesEffect>> {
    Ok(Json(state.keeper.try_thresholds(form).await?))
}
