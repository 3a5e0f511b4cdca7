//! One tap teaches: a wrong answer of the assistant, the right entry or a new one, and the admin's inbox.

use crate::api::ApiState;
use crate::api::error::{ApiError, ApiResult, ErrorBody};
use crate::api::extract::{Admin, Body, SignedIn};
use crate::clock::Timestamp;
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
    OpenApiRouter::new()
        .routes(routes!(find_entries))
        .routes(routes!(teach))
        .routes(routes!(inbox))
        .routes(routes!(settle))
}

/// What to look for.
#[derive(Deserialize, IntoParams)]
struct EntryQuery {
    q: String,
}

/// An FAQ entry to pick.
#[derive(Serialize, ToSchema)]
struct FoundEntry {
    id: String,
    question: String,
    answer: String,
    /// From 0 to 1.
    probability: f64,
}

/// At most ten, best first.
#[derive(Serialize, ToSchema)]
struct FoundEntries {
    entries: Vec<FoundEntry>,
}

/// FAQ entries for a question.
#[utoipa::path(get, path = "/api/desk/faq", params(EntryQuery), responses((status = 200, body = FoundEntries), (status = 401, body = ErrorBody)))]
async fn find_entries(
    State(_state): State<ApiState>,
    _: SignedIn,
    Query(_query): Query<EntryQuery>,
) -> ApiResult<Json<FoundEntries>> {
    Err(ApiError::not_yet())
}

/// A new entry that an agent proposes.
#[derive(Serialize, Deserialize, ToSchema)]
struct Proposal {
    question: String,
    answer: String,
}

/// What would have been right: an entry, or a proposal.
#[derive(Deserialize, ToSchema)]
struct Lesson {
    /// Id of the entry that is right.
    entry: Option<String>,
    /// A new entry, where none is right.
    proposal: Option<Proposal>,
}

/// What was kept of a lesson.
#[derive(Serialize, ToSchema)]
struct Taught {
    /// In the admin's inbox.
    id: Uuid,
    /// Name of the intent that the question became an example of; none where it already was one or none fits.
    example_of: Option<String>,
}

/// Marks an answer of the assistant as wrong. It lands in the admin's inbox, and the question becomes an example of
/// the intent that the right entry belongs to.
#[utoipa::path(post, path = "/api/desk/conversations/{id}/turns/{sequence}/teach", request_body = Lesson, responses((status = 201, body = Taught), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn teach(
    State(_state): State<ApiState>,
    _: SignedIn,
    Path((_id, _sequence)): Path<(Uuid, i64)>,
    Body(_form): Body<Lesson>,
) -> ApiResult<(StatusCode, Json<Taught>)> {
    Err(ApiError::not_yet())
}

/// A lesson in the inbox.
#[derive(Serialize, ToSchema)]
struct InboxItem {
    id: Uuid,
    conversation_id: Uuid,
    sequence: i64,
    /// What was asked, with personal numbers masked.
    question: String,
    /// The entry that the assistant answered with.
    answered: Option<String>,
    /// The entry that is right.
    entry: Option<String>,
    proposal: Option<Proposal>,
    /// Who taught.
    by: String,
    /// `new`, `done` or `dismissed`.
    state: String,
    #[schema(value_type = i64)]
    at: Timestamp,
}

/// New ones first, then the newest; at most 200.
#[derive(Serialize, ToSchema)]
struct Inbox {
    items: Vec<InboxItem>,
}

/// The admin's inbox.
#[utoipa::path(get, path = "/api/desk/inbox", responses((status = 200, body = Inbox), (status = 403, body = ErrorBody)))]
async fn inbox(State(_state): State<ApiState>, _: Admin) -> ApiResult<Json<Inbox>> {
    Err(ApiError::not_yet())
}

/// What became of a lesson.
#[derive(Deserialize, ToSchema)]
struct Settlement {
    /// `done` or `dismissed`.
    state: String,
}

/// Settles a lesson; for admins.
#[utoipa::path(post, path = "/api/desk/inbox/{id}", request_body = Settlement, responses((status = 204), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn settle(
    State(_state): State<ApiState>,
    _: Admin,
    Path(_id): Path<Uuid>,
    Body(_form): Body<Settlement>,
) -> ApiResult<StatusCode> {
    Err(ApiError::not_yet())
}
