//! The second step of signing in: on and off for oneself, off for others by an admin.

use crate::api::ApiState;
use crate::api::error::{ApiResult, ErrorBody};
use crate::api::extract::{Admin, At, Body, Own};
use crate::model::id::StaffId;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Secrets that are shown once have no place in a cache.
const NOT_KEPT: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(status, enrol))
        .routes(routes!(confirm))
        .routes(routes!(remove_own))
        .routes(routes!(remove))
}

/// Whether one's second step is on.
#[derive(Serialize, ToSchema)]
struct SecondFactorView {
    on: bool,
    /// Recovery codes that are left.
    recovery_codes: i64,
}

/// Whether one's second step is on.
#[utoipa::path(get, path = "/api/staff/second-factor", tag = "settings", responses((status = 200, body = SecondFactorView), (status = 401, body = ErrorBody)))]
async fn status(State(state): State<ApiState>, Own(session): Own) -> ApiResult<Json<SecondFactorView>> {
    let status = state.sign_in.second_factor(session.staff.id).await?;
    Ok(Json(SecondFactorView { on: status.on, recovery_codes: status.recovery_codes }))
}

/// One's password once more.
#[derive(Deserialize, ToSchema)]
struct OwnPassword {
    password: String,
}

/// A secret to be put into an authenticator.
#[derive(Serialize, ToSchema)]
struct EnrolmentView {
    /// In Base32, to type it.
    secret: String,
    /// What the picture says.
    address: String,
    /// The dark squares of the QR code as an SVG path.
    path: String,
    /// Squares of a side of the picture.
    side: i32,
}

/// Makes a secret; it is asked for once a code of it was shown.
#[utoipa::path(post, path = "/api/staff/second-factor", tag = "settings", request_body = OwnPassword, responses((status = 200, body = EnrolmentView), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 409, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn enrol(
    State(state): State<ApiState>,
    Own(session): Own,
    Body(form): Body<OwnPassword>,
) -> ApiResult<([(HeaderName, &'static str); 1], Json<EnrolmentView>)> {
    let made = state.sign_in.enrol(&session.staff, &form.password).await?;
    let view = EnrolmentView { secret: made.secret, address: made.address, path: made.path, side: made.side };
    Ok((NOT_KEPT, Json(view)))
}

/// A code of the authenticator.
#[derive(Deserialize, ToSchema)]
struct CodeForm {
    code: String,
}

/// Recovery codes, shown this once.
#[derive(Serialize, ToSchema)]
struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

/// Turns the second step on, for whoever shows a code.
#[utoipa::path(post, path = "/api/staff/second-factor/confirm", tag = "settings", request_body = CodeForm, responses((status = 200, body = RecoveryCodes), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 409, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn confirm(
    State(state): State<ApiState>,
    Own(session): Own,
    Body(form): Body<CodeForm>,
) -> ApiResult<([(HeaderName, &'static str); 1], Json<RecoveryCodes>)> {
    let recovery_codes = state.sign_in.confirm_second_factor(&session.staff, &form.code).await?;
    Ok((NOT_KEPT, Json(RecoveryCodes { recovery_codes })))
}

/// Turns one's second step off.
#[utoipa::path(post, path = "/api/staff/second-factor/remove", tag = "settings", request_body = OwnPassword, responses((status = 204), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn remove_own(
    State(state): State<ApiState>,
    Own(session): Own,
    Body(form): Body<OwnPassword>,
) -> ApiResult<StatusCode> {
    state.sign_in.remove_own_second_factor(&session.staff, &form.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Turns somebody's second step off, where their authenticator is lost.
#[utoipa::path(delete, path = "/api/admin/staff/{id}/second-factor", tag = "settings", params(("id" = Uuid, Path)), responses((status = 204), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn remove(State(state): State<ApiState>, Admin(staff): Admin, At(id): At<Uuid>) -> ApiResult<StatusCode> {
    state.sign_in.remove_second_factor(&staff, StaffId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
