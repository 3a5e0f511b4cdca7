//! Pictures in answers: taken in from admins, shown to everybody who knows their random address.

use crate::api::ApiState;
use crate::api::error::{ApiError, ApiResult, ErrorBody, Refusals};
use crate::api::extract::{Admin, At, Upload};
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// An answer may be opened by itself; then it is a file to be kept, and may do nothing.
const POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The routes of this file that show.
pub(in crate::api) fn shown() -> Router<ApiState> {
    Router::new().route("/pictures/{id}", routing::get(picture))
}

/// The routes of this file that take files.
pub(super) fn uploads() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(add))
}

/// A picture that was kept.
#[derive(Serialize, ToSchema)]
struct PictureView {
    /// Its path on this server.
    path: String,
    width: usize,
    height: usize,
}

/// Takes a PNG or JPEG in, up to 4 MB and 16 million pixels; what is kept is written anew from its pixels.
#[utoipa::path(post, path = "/api/admin/faq/pictures", tag = "faq", request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 201, body = PictureView), (status = 413, body = ErrorBody), (status = 415, body = ErrorBody), Refusals))]
async fn add(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Upload(bytes): Upload,
) -> ApiResult<(StatusCode, Json<PictureView>)> {
    let kept = state.pictures_in_answers.add(&staff, bytes).await?;
    let view = PictureView { path: format!("/pictures/{}", kept.id), width: kept.width, height: kept.height };
    Ok((StatusCode::CREATED, Json(view)))
}

async fn picture(State(state): State<ApiState>, At(id): At<Uuid>) -> ApiResult<Response> {
    let picture = state.pictures_in_answers.of(id).await?.ok_or_else(|| ApiError::not_found("没有这张图片"))?;
    let ending = if picture.kind == "image/png" { "png" } else { "jpg" };
    let text = |text: &str| HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let headers = [
        (header::CONTENT_TYPE, text(&picture.kind)),
        // A page shows it all the same; whoever opens it by itself gets a file.
        (header::CONTENT_DISPOSITION, text(&format!("attachment; filename=\"{id}.{ending}\""))),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (RESOURCE_POLICY, HeaderValue::from_static("cross-origin")),
    ];
    Ok((headers, picture.bytes).into_response())
}
