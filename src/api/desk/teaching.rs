//! One tap teaches: a wrong answer of the assistant, the right entry or a new one, and the admin's inbox.

use crate::api::ApiState;
use crate::api::error::{ApiError, ApiResult, ErrorBody};
use crate::api::extract::{Admin, Body, SignedIn};
use crate::clock::Timestamp;
use crate::model::id::ConversationId;
use crate::service::desk::teach::Right;
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
    State(state): State<ApiState>,
    _: SignedIn,
    Query(query): Query<EntryQuery>,
) -> ApiResult<Json<FoundEntries>> {
    let entries = state.desk.find_entries(&query.q)?.into_iter().map(|entry| FoundEntry {
        id: entry.id,
        question: entry.question,
        answer: entry.answer,
        probability: entry.probability,
    });
    Ok(Json(FoundEntries { entries: entries.collect() }))
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
    State(state): State<ApiState>,
    SignedIn(staff): SignedIn,
    Path((id, sequence)): Path<(Uuid, i64)>,
    Body(form): Body<Lesson>,
) -> ApiResult<(StatusCode, Json<Taught>)> {
    let right = match (form.entry, form.proposal) {
        (Some(entry), None) => Right::Entry(entry),
        (None, Some(proposal)) => Right::Proposal(proposal.question, proposal.answer),
        _ => return Err(ApiError::bad_request("请选一条正确的问答，或写一条新的")),
    };
    let (id, example_of) = state.desk.teach(&staff, ConversationId(id), sequence, &right).await?;
    Ok((StatusCode::CREATED, Json(Taught { id, example_of })))
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
async fn inbox(State(state): State<ApiState>, _: Admin) -> ApiResult<Json<Inbox>> {
    let items = state.desk.inbox().await?.into_iter().map(|row| InboxItem {
        id: row.id,
        conversation_id: row.conversation_id,
        sequence: row.sequence,
        question: row.question,
        answered: row.answered,
        entry: row.entry,
        proposal: (row.proposed_question.zip(row.proposed_answer))
            .map(|(question, answer)| Proposal { question, answer }),
        by: row.actor,
        state: row.state,
        at: Timestamp(row.created_at),
    });
    Ok(Json(Inbox { items: items.collect() }))
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
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Path(id): Path<Uuid>,
    Body(form): Body<Settlement>,
) -> ApiResult<StatusCode> {
    state.desk.settle(&staff, id, &form.state).await?;
    Ok(StatusCode::NO_CONTENT)
}
