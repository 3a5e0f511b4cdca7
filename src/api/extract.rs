//! Extractors: who is asking, and bodies whose faults are reported in this interface's own form.

use crate::api::ApiState;
use crate::api::error::ApiError;
use crate::model::customer::{Role, Staff};
use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::Method;
use axum::http::request::Parts;
use axum_extra::extract::CookieJar;
use serde::de::DeserializeOwned;

/// Name of the console's session cookie.
pub const SESSION_COOKIE: &str = "xiaoer_session";

/// Header that every change made with a cookie must carry.
pub const CSRF_HEADER: &str = "x-xiaoer-csrf";

/// Somebody who is signed in to the console, in whichever role.
pub struct SignedIn(pub Staff);

impl FromRequestParts<ApiState> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        check_csrf(parts)?;
        let jar = CookieJar::from_headers(&parts.headers);
        let cookie = jar.get(SESSION_COOKIE).ok_or_else(ApiError::signed_out)?;
        let staff = state.sign_in.who(cookie.value()).await?;
        staff.map(Self).ok_or_else(ApiError::signed_out)
    }
}

/// Somebody who is signed in as supervisor or admin.
pub struct Supervisor(pub Staff);

impl FromRequestParts<ApiState> for Supervisor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        let SignedIn(staff) = SignedIn::from_request_parts(parts, state).await?;
        if staff.role == Role::Agent {
            Err(ApiError::forbidden("只有主管可以这样做"))
        } else {
            Ok(Self(staff))
        }
    }
}

/// Somebody who is signed in as admin.
pub struct Admin(pub Staff);

impl FromRequestParts<ApiState> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        let SignedIn(staff) = SignedIn::from_request_parts(parts, state).await?;
        if staff.role == Role::Admin {
            Ok(Self(staff))
        } else {
            Err(ApiError::forbidden("只有管理员可以这样做"))
        }
    }
}

/// A foreign page can make a browser send our cookie, but not this header without a preflight that we never grant.
pub fn check_csrf(parts: &Parts) -> Result<(), ApiError> {
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    if reads || parts.headers.contains_key(CSRF_HEADER) {
        Ok(())
    } else {
        Err(ApiError::forbidden("缺少防伪请求头"))
    }
}

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<ApiState> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, ApiError> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(ApiError::bad_request(format!("请求内容无法识别：{}", rejection.body_text()))),
        }
    }
}
