//! The one place that knows status codes. Every refusal is `{"code": …, "message": …}`: the code for programs, the
//! message in Chinese for people. What failed inside is logged here, once, and shown without details.

use crate::marketing::campaign::Mistake;
use crate::service::Failure;
use crate::service::api_keys::KeyRefused;
use crate::service::behaviour::EventRefused;
use crate::service::chat::Refused;
use crate::service::desk::DeskRefused;
use crate::service::knowledge::{self, Problem};
use crate::service::learning::LearningRefused;
use crate::service::marketing::MarketingRefused;
use crate::service::pictures::PictureRefused;
use crate::service::sign_in::SignInRefused;
use crate::service::widget_look::LookRefused;
use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::time::Duration;
use utoipa::{IntoResponses, ToSchema};

/// A refusal on its way to the client.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    body: ErrorBody,
    /// Seconds to wait before another try.
    retry_after: Option<u64>,
}

/// A refusal as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErrorBody {
    /// For programs.
    pub code: &'static str,
    /// For people.
    pub message: String,
    /// Everything that is wrong, each with its place, where there is more to say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub problems: Vec<Problem>,
}

/// How every route for admins may refuse.
#[derive(IntoResponses)]
#[allow(dead_code)]
pub(super) enum Refusals {
    /// What was sent makes no sense, or breaks rules that `problems` name.
    #[response(status = 400)]
    Bad(ErrorBody),
    /// Nobody is signed in.
    #[response(status = 401)]
    SignedOut(ErrorBody),
    /// Not an admin, or no header against forged requests.
    #[response(status = 403)]
    Forbidden(ErrorBody),
    /// There is no such thing.
    #[response(status = 404)]
    NotFound(ErrorBody),
    /// Somebody else was faster, or the state does not allow it.
    #[response(status = 409)]
    Conflict(ErrorBody),
}

/// What a handler returns.
pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, body: ErrorBody { code, message: message.into(), problems: Vec::new() }, retry_after: None }
    }

    /// 404.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// 400.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    /// 401.
    pub fn signed_out() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "signed_out", "请先登录")
    }

    /// 401.
    pub fn bad_key() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "bad_key", "密钥不对，或者已经过期、被撤销")
    }

    /// 403.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    /// 405.
    pub fn wrong_method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "wrong_method", "这个地址不支持这种请求方法")
    }

    /// 429, with the time to wait.
    pub fn too_many(code: &'static str, message: impl Into<String>, wait: Duration) -> Self {
        let retry_after = Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0));
        Self { retry_after, ..Self::new(StatusCode::TOO_MANY_REQUESTS, code, message) }
    }

    fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", message)
    }

    fn internal(cause: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = cause, "request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "系统出了点问题，请稍后再试")
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        Self::internal(&failure)
    }
}

impl From<crate::store::StoreError> for ApiError {
    fn from(error: crate::store::StoreError) -> Self {
        Self::internal(&error)
    }
}

impl From<std::io::Error> for ApiError {
    fn from(error: std::io::Error) -> Self {
        Self::internal(&error)
    }
}

impl From<crate::search::faq::SearchError> for ApiError {
    fn from(error: crate::search::faq::SearchError) -> Self {
        Self::internal(&error)
    }
}

impl From<SignInRefused> for ApiError {
    fn from(refused: SignInRefused) -> Self {
        let message = refused.to_string();
        match refused {
            SignInRefused::BadCredentials => Self::new(StatusCode::UNAUTHORIZED, "bad_credentials", message),
            SignInRefused::CodeNeeded => Self::new(StatusCode::UNAUTHORIZED, "code_needed", message),
            SignInRefused::BadCode => Self::new(StatusCode::UNAUTHORIZED, "bad_code", message),
            SignInRefused::TooManyAttempts(wait) => Self::too_many("too_many_attempts", message, wait),
            SignInRefused::WeakPassword => Self::new(StatusCode::BAD_REQUEST, "weak_password", message),
            SignInRefused::NotFound(_) => Self::not_found(message),
            SignInRefused::Invalid(_) => Self::bad_request(message),
            SignInRefused::Conflict(_) => Self::conflict(message),
            SignInRefused::Failed(failure) => failure.into(),
        }
    }
}

impl From<PictureRefused> for ApiError {
    fn from(refused: PictureRefused) -> Self {
        let message = refused.to_string();
        match refused {
            PictureRefused::TooLarge => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message),
            PictureRefused::UnknownKind => Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_file", message),
            PictureRefused::TooManyPixels | PictureRefused::Broken => Self::bad_request(message),
            PictureRefused::Failed(failure) => failure.into(),
        }
    }
}

impl From<KeyRefused> for ApiError {
    fn from(refused: KeyRefused) -> Self {
        let message = refused.to_string();
        match refused {
            KeyRefused::Invalid(_) => Self::bad_request(message),
            KeyRefused::NameTaken(_) => Self::conflict(message),
            KeyRefused::NotFound => Self::not_found(message),
            KeyRefused::Failed(failure) => failure.into(),
        }
    }
}

impl From<LookRefused> for ApiError {
    fn from(refused: LookRefused) -> Self {
        match refused {
            LookRefused::Invalid(message) => Self::bad_request(message),
            LookRefused::Failed(failure) => failure.into(),
        }
    }
}

impl From<knowledge::Refused> for ApiError {
    fn from(refused: knowledge::Refused) -> Self {
        use knowledge::Refused;
        let message = refused.to_string();
        match refused {
            Refused::NotFound(_) => Self::not_found(message),
            Refused::Stale => Self::new(StatusCode::CONFLICT, "stale", message),
            Refused::Conflict(_) => Self::conflict(message),
            Refused::NothingToPublish => Self::new(StatusCode::CONFLICT, "nothing_to_publish", message),
            Refused::Invalid(problems) => {
                let mut error = Self::new(StatusCode::BAD_REQUEST, "invalid", message);
                error.body.problems = problems;
                error
            }
            Refused::Bad(_) => Self::bad_request(message),
            Refused::TooLarge => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message),
            Refused::Unsupported(_) => Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_file", message),
            Refused::Failed(failure) => failure.into(),
        }
    }
}

impl From<MarketingRefused> for ApiError {
    fn from(refused: MarketingRefused) -> Self {
        let message = refused.to_string();
        match refused {
            MarketingRefused::NotFound(_) => Self::not_found(message),
            MarketingRefused::NameTaken(_) | MarketingRefused::NotNow(_) => Self::conflict(message),
            MarketingRefused::Stale => Self::new(StatusCode::CONFLICT, "stale", message),
            MarketingRefused::Invalid(mistakes) => {
                let mut error = Self::new(StatusCode::BAD_REQUEST, "invalid", message);
                let problem = |mistake: Mistake| Problem::field(&mistake.place, mistake.reason);
                error.body.problems = mistakes.into_iter().map(problem).collect();
                error
            }
            MarketingRefused::Bad(_) => Self::bad_request(message),
            MarketingRefused::BadSignature => Self::new(StatusCode::UNAUTHORIZED, "bad_signature", message),
            MarketingRefused::Failed(failure) => failure.into(),
        }
    }
}

impl From<EventRefused> for ApiError {
    fn from(refused: EventRefused) -> Self {
        let message = refused.to_string();
        match refused {
            EventRefused::UnknownProduct(_) => Self::not_found(message),
            EventRefused::BadValue(_) => Self::bad_request(message),
            EventRefused::Failed(failure) => failure.into(),
        }
    }
}

impl From<DeskRefused> for ApiError {
    fn from(refused: DeskRefused) -> Self {
        let message = refused.to_string();
        match refused {
            DeskRefused::NotFound => Self::not_found(message),
            DeskRefused::Forbidden(_) => Self::forbidden(message),
            DeskRefused::Taken(_) => Self::conflict(message),
            DeskRefused::Invalid(_) | DeskRefused::Empty | DeskRefused::TooLong => Self::bad_request(message),
            DeskRefused::Busy => Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message),
            DeskRefused::Failed(failure) => failure.into(),
        }
    }
}

impl From<LearningRefused> for ApiError {
    fn from(refused: LearningRefused) -> Self {
        let message = refused.to_string();
        match refused {
            LearningRefused::UnknownVersion(_) => Self::not_found(message),
            LearningRefused::Failed(failure) => failure.into(),
            _ => Self::bad_request(message),
        }
    }
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Failed(failure) => failure.into(),
            other => Self::bad_request(other.to_string()),
        }
    }
}
