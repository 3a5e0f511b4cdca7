//! Extractors: who is asking, and bodies whose faults are reported in this interface's own form.

use crate::api::ApiState;
use crate::api::access::guard::Caller;
use crate::api::error::ApiError;
use crate::model::customer::{Role, Staff};
use crate::service::knowledge::Refused;
use crate::store::session::Session;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::IntoParams;

/// Name of the console's session cookie.
pub const SESSION_COOKIE: &str = "xiaoer_session";

/// Header that every change made with a cookie must carry.
pub const CSRF_HEADER: &str = "x-xiaoer-csrf";

/// Somebody who may call this route: signed in to the console in a role that it is for; or a program with a key that
/// reaches it, which counts as an admin of its own name. It was decided before the handler runs, in [`crate::api::access`].
pub struct SignedIn(pub Staff);

impl FromRequestParts<ApiState> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, ApiError> {
        parts.extensions.get::<Caller>().map(|caller| Self(caller.staff.clone())).ok_or_else(ApiError::signed_out)
    }
}

/// A session of the console: what only a person at a browser has.
pub struct Own(pub Session);

impl FromRequestParts<ApiState> for Own {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, ApiError> {
        let caller = parts.extensions.get::<Caller>().ok_or_else(ApiError::signed_out)?;
        caller.session.clone().map(Self).ok_or_else(|| ApiError::forbidden("只有登录的人可以这样做"))
    }
}

/// Somebody who may call this route and is supervisor or admin, should the table ever say less.
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

/// Somebody who may call this route and is admin, should the table ever say less.
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

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<ApiState> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, ApiError> {
        let unreadable = |reason: String| ApiError::bad_request(format!("请求内容无法识别：{reason}"));
        let Json(value) =
            Json::<Value>::from_request(request, state).await.map_err(|rejection| unreadable(rejection.body_text()))?;
        if has_null_character(&value) {
            return Err(unreadable("文字里不能有空字符".to_owned()));
        }
        T::deserialize(value).map(Self).map_err(|error| unreadable(error.to_string()))
    }
}

/// Whether a text in it has a character that PostgreSQL does not keep.
fn has_null_character(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_null_character),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || has_null_character(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The same for the address.
fn check_address(parts: &Parts) -> Result<(), ApiError> {
    let address = parts.uri.path_and_query().map_or("", |address| address.as_str());
    if address.contains("%00") { Err(ApiError::bad_request("地址里不能有空字符")) } else { Ok(()) }
}

/// A file, as it is.
pub struct Upload(pub Vec<u8>);

impl FromRequest<ApiState> for Upload {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, ApiError> {
        match Bytes::from_request(request, state).await {
            Ok(bytes) => Ok(Self(bytes.to_vec())),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(Refused::TooLarge.into()),
            Err(rejection) => Err(ApiError::bad_request(format!("文件没有传完：{}", rejection.body_text()))),
        }
    }
}

/// The query of the address; its faults are reported like those of a body.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<ApiState> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        check_address(parts)?;
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(ApiError::bad_request(format!("查询条件无法识别：{}", rejection.body_text()))),
        }
    }
}

/// What the path names; its faults are reported like those of a body.
pub struct At<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<ApiState> for At<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        check_address(parts)?;
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(rejection) => Err(ApiError::bad_request(format!("地址无法识别：{}", rejection.body_text()))),
        }
    }
}

/// A page of a list.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Items, 1 to 200; 50 where nothing is said.
    limit: Option<i64>,
    /// Items before them.
    offset: Option<i64>,
}

impl PageQuery {
    /// Items, at most.
    pub fn limit(self) -> i64 {
        self.limit.unwrap_or(50).clamp(1, 200)
    }

    /// Items before them.
    pub fn offset(self) -> i64 {
        self.offset.unwrap_or(0).max(0)
    }
}
