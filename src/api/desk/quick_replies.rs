//! Texts that agents send often.

use crate::api::ApiState;
use crate::api::error::{ApiError, ApiResult, ErrorBody};
use crate::api::extract::{Body, SignedIn};
use crate::model::desk::QuickReply;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(change, remove))
}

/// For which conversation.
#[derive(Deserialize, IntoParams)]
struct QuickReplyQuery {
    /// Fills in the variables for this conversation; without it `filled` is the text as it was written.
    conversation: Option<Uuid>,
}

/// A quick reply with its variables filled in.
#[derive(Serialize, ToSchema)]
struct FilledReply {
    reply: QuickReply,
    /// Ready to send. A variable that nothing is known for stays as it is.
    filled: String,
    /// Variables that nothing is known for.
    missing: Vec<String>,
}

/// Own ones first, then shared ones, each by shortcut.
#[derive(Serialize, ToSchema)]
struct QuickReplies {
    replies: Vec<FilledReply>,
}

/// Own and shared quick replies.
#[utoipa::path(get, path = "/api/desk/quick-replies", params(QuickReplyQuery), responses((status = 200, body = QuickReplies), (status = 401, body = ErrorBody)))]
async fn list(
    State(_state): State<ApiState>,
    _: SignedIn,
    Query(_query): Query<QuickReplyQuery>,
) -> ApiResult<Json<QuickReplies>> {
    Err(ApiError::not_yet())
}

/// Adds a quick reply; a shared one needs a supervisor.
#[utoipa::path(post, path = "/api/desk/quick-replies", request_body = QuickReply, responses((status = 201, body = QuickReply), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn add(
    State(_state): State<ApiState>,
    _: SignedIn,
    Body(_form): Body<QuickReply>,
) -> ApiResult<(StatusCode, Json<QuickReply>)> {
    Err(ApiError::not_yet())
}

/// Changes an own quick reply, or as a supervisor a shared one.
#[utoipa::path(put, path = "/api/desk/quick-replies/{id}", request_body = QuickReply, responses((status = 200, body = QuickReply), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn change(
    State(_state): State<ApiState>,
    _: SignedIn,
    Path(_id): Path<Uuid>,
    Body(_form): Body<QuickReply>,
) -> ApiResult<Json<QuickReply>> {
    Err(ApiError::not_yet())
}

/// Removes an own quick reply, or as a supervisor a shared one.
#[utoipa::path(delete, path = "/api/desk/quick-replies/{id}", responses((status = 204), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn remove(State(_state): State<ApiState>, _: SignedIn, Path(_id): Path<Uuid>) -> ApiResult<StatusCode> {
    Err(ApiError::not_yet())
}
