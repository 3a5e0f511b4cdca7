//! The console's door.

use crate::api::ApiState;
use crate::api::error::ApiResult;
use crate::api::extract::{Body, SESSION_COOKIE, SignedIn};
use crate::api::wire::Address;
use crate::model::customer::{Role, Staff};
use crate::service::sign_in::{Credentials, Device};
use axum::Json;
use axum::extract::State;
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, StatusCode};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(sign_in)).routes(routes!(sign_out)).routes(routes!(me))
}

/// Name and password.
#[derive(Deserialize, ToSchema)]
#[schema(as = Credentials)]
struct CredentialsForm {
    name: String,
    password: String,
    /// A code of the second step, or a recovery code, where the answer without one was `code_needed`.
    #[serde(default)]
    code: Option<String>,
}

/// Somebody who is signed in.
#[derive(Serialize, ToSchema)]
struct StaffView {
    name: String,
    role: Role,
}

impl From<Staff> for StaffView {
    fn from(staff: Staff) -> Self {
        Self { name: staff.name, role: staff.role }
    }
}

/// Signs in; the session is an HttpOnly cookie.
#[utoipa::path(post, path = "/api/staff/sign-in", request_body = CredentialsForm, responses((status = 200, body = StaffView), (status = 401, body = crate::api::error::ErrorBody), (status = 429, body = crate::api::error::ErrorBody)))]
async fn sign_in(
    State(state): State<ApiState>,
    Address(address): Address,
    headers: HeaderMap,
    jar: CookieJar,
    Body(form): Body<CredentialsForm>,
) -> ApiResult<(CookieJar, Json<StaffView>)> {
    let program = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let shown = Credentials { name: &form.name, password: &form.password, code: form.code.as_deref() };
    let from = Device { address: &address.to_string(), program };
    let (staff, session) = state.sign_in.sign_in(&shown, from).await?;
    let cookie = Cookie::build((SESSION_COOKIE, session))
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(state.server.secure_cookies)
        .path("/");
    Ok((jar.add(cookie.build()), Json(staff.into())))
}

/// Signs out.
#[utoipa::path(post, path = "/api/staff/sign-out", responses((status = 204), (status = 401, body = crate::api::error::ErrorBody)))]
async fn sign_out(State(state): State<ApiState>, _: SignedIn, jar: CookieJar) -> ApiResult<(CookieJar, StatusCode)> {
    if let Some(cookie) = jar.get(SESSION_COOKIE) {
        state.sign_in.sign_out(cookie.value()).await?;
    }
    Ok((jar.remove(Cookie::build(SESSION_COOKIE).path("/")), StatusCode::NO_CONTENT))
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/staff/me", responses((status = 200, body = StaffView), (status = 401, body = crate::api::error::ErrorBody)))]
async fn me(SignedIn(staff): SignedIn) -> Json<StaffView> {
    Json(staff.into())
}
