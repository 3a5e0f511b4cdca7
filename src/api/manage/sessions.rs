//! Who is signed in, and one's own password.

use crate::api::ApiState;
use crate::api::error::{ApiResult, ErrorBody};
use crate::api::extract::{Admin, At, Body, Own};
use crate::clock::Timestamp;
use crate::store::session::Session;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(own))
        .routes(routes!(end_own))
        .routes(routes!(everybodys))
        .routes(routes!(end))
        .routes(routes!(password))
}

/// A session.
#[derive(Serialize, ToSchema)]
struct SessionView {
    id: Uuid,
    /// Whose.
    name: String,
    #[schema(value_type = i64)]
    created_at: Timestamp,
    #[schema(value_type = i64)]
    expires_at: Timestamp,
    /// The newest request, to the minute.
    #[schema(value_type = i64)]
    seen_at: Timestamp,
    /// Address that it was opened from.
    address: String,
    /// What the browser calls itself.
    program: String,
    /// Whether it is the one that asks.
    current: bool,
}

/// Sessions, the newest request first.
#[derive(Serialize, ToSchema)]
struct Sessions {
    sessions: Vec<SessionView>,
}

fn view(sessions: Vec<Session>, current: &Session) -> Json<Sessions> {
    let view = |session: Session| SessionView {
        current: session.id == current.id,
        id: session.id,
        name: session.staff.name,
        created_at: session.created_at,
        expires_at: session.expires_at,
        seen_at: session.seen_at,
        address: session.address,
        program: session.program,
    };
    Json(Sessions { sessions: sessions.into_iter().map(view).collect() })
}

/// One's own sessions.
#[utoipa::path(get, path = "/api/staff/sessions", tag = "settings", responses((status = 200, body = Sessions), (status = 401, body = ErrorBody)))]
async fn own(State(state): State<ApiState>, Own(session): Own) -> ApiResult<Json<Sessions>> {
    Ok(view(state.sign_in.sessions(Some(session.staff.id)).await?, &session))
}

/// Ends one of one's own sessions.
#[utoipa::path(delete, path = "/api/staff/sessions/{id}", tag = "settings", params(("id" = Uuid, Path)), responses((status = 204), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn end_own(State(state): State<ApiState>, Own(session): Own, At(id): At<Uuid>) -> ApiResult<StatusCode> {
    state.sign_in.end_session(&session.staff, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Everybody's sessions.
#[utoipa::path(get, path = "/api/admin/sessions", tag = "settings", responses((status = 200, body = Sessions), (status = 403, body = ErrorBody)))]
async fn everybodys(State(state): State<ApiState>, _: Admin, Own(session): Own) -> ApiResult<Json<Sessions>> {
    Ok(view(state.sign_in.sessions(None).await?, &session))
}

/// Ends anybody's session; their sockets close within five seconds.
#[utoipa::path(delete, path = "/api/admin/sessions/{id}", tag = "settings", params(("id" = Uuid, Path)), responses((status = 204), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn end(State(state): State<ApiState>, Admin(staff): Admin, At(id): At<Uuid>) -> ApiResult<StatusCode> {
    state.sign_in.end_session(&staff, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Another password.
#[derive(Deserialize, ToSchema)]
struct PasswordForm {
    old: String,
    /// 8 to 200 characters.
    new: String,
}

/// Changes one's own password; all of one's other sessions end.
#[utoipa::path(post, path = "/api/staff/password", tag = "settings", request_body = PasswordForm, responses((status = 204), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn password(
    State(state): State<ApiState>,
    Own(session): Own,
    Body(form): Body<PasswordForm>,
) -> ApiResult<StatusCode> {
    state.sign_in.change_password(&session, &form.old, &form.new).await?;
    Ok(StatusCode::NO_CONTENT)
}
