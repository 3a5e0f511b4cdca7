//! How the widget looks.

use crate::api::ApiState;
use crate::api::error::{ApiError, ApiResult, ErrorBody};
use crate::api::extract::{Admin, Body};
use crate::service::widget_look::{self, Look, Palette};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(look, choose)).routes(routes!(try_look))
}

/// How the widget looks, and where it may stand.
#[derive(Serialize, ToSchema)]
struct LookView {
    palette: Palette,
    /// Origins of foreign pages that may open the chat; pages of this server always may.
    allowed_origins: Vec<String>,
}

fn view(state: &ApiState, palette: Palette) -> Json<LookView> {
    Json(LookView { palette, allowed_origins: state.server.allowed_origins.clone() })
}

/// How the widget looks.
#[utoipa::path(get, path = "/api/admin/settings/widget", tag = "settings", responses((status = 200, body = LookView), (status = 403, body = ErrorBody)))]
async fn look(State(state): State<ApiState>, _: Admin) -> ApiResult<Json<LookView>> {
    let look = widget_look::chosen(&state.db).await?.unwrap_or_default();
    Ok(view(&state, look.palette().map_err(ApiError::bad_request)?))
}

/// Chooses another look; the next page that loads the widget shows it.
#[utoipa::path(put, path = "/api/admin/settings/widget", tag = "settings", request_body = Look, responses((status = 200, body = LookView), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn choose(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Body(form): Body<Look>,
) -> ApiResult<Json<LookView>> {
    let palette = widget_look::choose(&state.db, &state.chat.clock, &staff.name, &form).await?;
    Ok(view(&state, palette))
}

/// Works a look out without keeping it.
#[utoipa::path(post, path = "/api/admin/settings/widget/preview", tag = "settings", request_body = Look, responses((status = 200, body = Palette), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn try_look(_: Admin, Body(form): Body<Look>) -> ApiResult<Json<Palette>> {
    Ok(Json(form.palette().map_err(ApiError::bad_request)?))
}
