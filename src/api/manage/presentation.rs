//! How the shop presents itself.

use crate::api::ApiState;
use crate::api::error::{ApiResult, ErrorBody};
use crate::api::extract::{Admin, Body};
use crate::service::knowledge::{Offered, Presentation};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(presentation, present))
}

/// How the shop presents itself.
#[derive(Serialize, ToSchema)]
struct PresentationView {
    presentation: Presentation,
    /// What answers each question that is offered.
    offered: Vec<Offered>,
    /// Standard questions that were answered most often in the last seven days and are not offered yet.
    proposals: Vec<String>,
}

async fn view(state: &ApiState) -> ApiResult<Json<PresentationView>> {
    let (presentation, offered) = state.keeper.presentation().await?;
    Ok(Json(PresentationView { presentation, offered, proposals: state.keeper.hot_proposals().await? }))
}

/// How the shop presents itself.
#[utoipa::path(get, path = "/api/admin/settings/presentation", tag = "settings", responses((status = 200, body = PresentationView), (status = 403, body = ErrorBody)))]
async fn presentation(State(state): State<ApiState>, _: Admin) -> ApiResult<Json<PresentationView>> {
    view(&state).await
}

/// Puts another presentation in force at once, as a version of its own.
#[utoipa::path(put, path = "/api/admin/settings/presentation", tag = "settings", request_body = Presentation, responses((status = 200, body = PresentationView), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn present(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Body(form): Body<Presentation>,
) -> ApiResult<Json<PresentationView>> {
    state.keeper.present(&staff.name, form).await?;
    view(&state).await
}
