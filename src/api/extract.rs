//! Extractors: who is asking, and bodies whose faults are reported in this interface's own form.

use crate::api::ApiState;
use crate::api::error::ApiError;
use crate::api::scope;
use crate::model::customer::{Role, Staff};
use crate::model::id::StaffId;
use crate::service::knowledge::Refused;
use crate::store::session::Session;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, MatchedPath, Path, Query, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::IntoParams;

/// Name of the console's session cookie.
pub const SESSION_COOKIE: &str = "xiaoer_session";

/// Header that every change made with a cookie must carry.
pub const CSRF_HEADER: &str = "x-xiaoer-csrf";

/// Somebody who is signed in to the console, in whichever role; or a program with a key that reaches this route, which
/// counts as an admin of its own name.
pub struct SignedIn(pub Staff);

impl FromRequestParts<ApiState> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        if parts.headers.contains_key(AUTHORIZATION) {
            return by_key(parts, state).await.map(Self);
        }
        Ok(Self(Own::from_request_parts(parts, state).await?.0.staff))
    }
}

/// A session of the console: what only a person at a browser has.
pub struct Own(pub Session);

impl FromRequestParts<ApiState> for Own {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        if parts.headers.contains_key(AUTHORIZATION) {
            by_key(parts, state).await?;
            return Err(ApiError::forbidden("只有登录的人可以这样做"));
        }
        check_csrf(parts)?;
        let jar = CookieJar::from_headers(&parts.headers);
        let cookie = jar.get(SESSION_COOKIE).ok_or_else(ApiError::signed_out)?;
        let session = state.sign_in.session(cookie.value()).await?;
        session.map(Self).ok_or_else(ApiError::signed_out)
    }
}

/// The program whose key the request shows. No page can make a browser send the key, so no other header is needed.
async fn by_key(parts: &Parts, state: &ApiState) -> Result<Staff, ApiError> {
    let shown = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let shown = shown.and_then(|value| value.split_once(' ')).filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"));
    let key = match shown {
        Some((_, shown)) => state.api_keys.who(shown.trim()).await?,
        None => None,
    };
    let key = key.ok_or_else(ApiError::bad_key)?;
    let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let needed = scope::needed(&parts.method, route);
    if needed.iter().any(|scope| key.scopes.contains(scope)) {
        Ok(Staff { id: StaffId(key.id), name: format!("密钥 {}", key.name), role: Role::Admin })
    } else {
        Err(ApiError::forbidden("这个密钥没有这项权限"))
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
