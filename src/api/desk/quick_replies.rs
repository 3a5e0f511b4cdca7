//! Texts that agents send often.

use crate::api::ApiState;
use crate::api::error::{ApiResult, ErrorBody};
use crate::api::extract::{Body, SignedIn};
use crate::model::desk::QuickReply;
use crate::model::id::ConversationId;
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
    State(state): State<ApiState>,
    SignedIn(staff): SignedIn,
    Query(query): Query<QuickReplyQuery>,
) -> ApiResult<Json<QuickReplies>> {
    let replies = state.desk.quick_replies(&staff).await?;
    let filled = state.desk.filled(&staff, &replies, query.conversation.map(ConversationId)).await?;
    let replies = replies.into_iter().zip(filled);
    let replies = replies.map(|(reply, (filled, missing))| FilledReply { reply, filled, missing });
    Ok(Json(QuickReplies { replies: replies.collect() }))
}

/// Adds a quick reply; a shared one needs a supervisor.
#[utoipa::path(post, path = "/api/desk/quick-replies", request_body = QuickReply, responses((status = 201, body = QuickReply), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn add(
    State(state): State<ApiState>,
    SignedIn(staff): SignedIn,
    Body(form): Body<QuickReply>,
) -> ApiResult<(StatusCode, Json<QuickReply>)> {
    Ok((StatusCode::CREATED, Json(state.desk.put_quick_reply(&staff, None, form).await?)))
}

/// Changes an own quick reply, or as a supervisor a shared one.
#[utoipa::path(put, path = "/api/desk/quick-replies/{id}", request_body = QuickReply, responses((status = 200, body = QuickReply), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn change(
    State(state): State<ApiState>,
    SignedIn(staff): SignedIn,
    Path(id): Path<Uuid>,
    Body(form): Body<QuickReply>,
) -> ApiResult<Json<QuickReply>> {
    Ok(Json(state.desk.put_quick_reply(&staff, Some(id), form).await?))
}

/// Removes an own quick reply, or as a supervisor a shared one.
#[utoipa::path(delete, path = "/api/desk/quick-replies/{id}", responses((status = 204), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn remove(
    State(state): State<ApiState>,
    SignedIn(staff): SignedIn,
    Path(id): Path<Uuid>,
) -> ApiResult<StatusCode> {
    state.desk.remove_quick_reply(&staff, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
