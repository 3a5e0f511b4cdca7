//! Conversations as the desk sees them: messages, notes, proposals, the customer, search.

use crate::api::ApiState;
use crate::api::error::{ApiError, ApiResult, ErrorBody};
use crate::api::extract::{Body, SignedIn};
use crate::clock::Timestamp;
use crate::model::catalogue::Money;
use crate::model::chat::{Message, ProductCard};
use crate::model::desk::{Adoption, CaseCard, Note, NoteKind, Segment, SuggestedAnswer, Viewer};
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
        .routes(routes!(messages))
        .routes(routes!(notes, write_note))
        .routes(routes!(suggestions))
        .routes(routes!(adopt))
        .routes(routes!(products))
        .routes(routes!(customer))
        .routes(routes!(search))
}

/// Which messages.
#[derive(Deserialize, IntoParams)]
struct MessagesQuery {
    /// Those after this sequence, in order.
    after: Option<i64>,
    /// The newest before this sequence; the newest of all where nothing is said.
    before: Option<i64>,
}

/// Up to 100 messages, in order.
#[derive(Serialize, ToSchema)]
struct Messages {
    messages: Vec<Message>,
    /// The newest sequence of the conversation.
    last_sequence: i64,
    has_earlier: bool,
    /// The newest sequence that the shopper has read.
    read_sequence: i64,
    viewers: Vec<Viewer>,
}

/// Messages of a conversation. `view` it on the socket first, so that nothing falls between.
#[utoipa::path(get, path = "/api/desk/conversations/{id}/messages", params(MessagesQuery), responses((status = 200, body = Messages), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn messages(
    State(_state): State<ApiState>,
    _: SignedIn,
    Path(_id): Path<Uuid>,
    Query(_query): Query<MessagesQuery>,
) -> ApiResult<Json<Messages>> {
    Err(ApiError::not_yet())
}

/// All notes of a conversation that whoever asks may read, in the order of time.
#[derive(Serialize, ToSchema)]
struct Notes {
    notes: Vec<Note>,
}

/// Notes and whispers.
#[utoipa::path(get, path = "/api/desk/conversations/{id}/notes", responses((status = 200, body = Notes), (status = 404, body = ErrorBody)))]
async fn notes(State(_state): State<ApiState>, _: SignedIn, Path(_id): Path<Uuid>) -> ApiResult<Json<Notes>> {
    Err(ApiError::not_yet())
}

/// A note to write.
#[derive(Deserialize, ToSchema)]
struct NewNote {
    /// At most 1,000 characters.
    text: String,
    /// Who is named: ids of agents.
    #[serde(default)]
    mentions: Vec<Uuid>,
    /// A whisper is for supervisors to write.
    #[serde(default)]
    kind: NoteKind,
}

/// Writes a note or a whisper. No shopper ever sees either.
#[utoipa::path(post, path = "/api/desk/conversations/{id}/notes", request_body = NewNote, responses((status = 201, body = Note), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn write_note(
    State(_state): State<ApiState>,
    _: SignedIn,
    Path(_id): Path<Uuid>,
    Body(_form): Body<NewNote>,
) -> ApiResult<(StatusCode, Json<Note>)> {
    Err(ApiError::not_yet())
}

/// What the assistant proposes for the shopper's newest message.
#[derive(Serialize, ToSchema)]
struct Suggestions {
    /// The shopper's message; 0 where nothing was said.
    sequence: i64,
    answers: Vec<SuggestedAnswer>,
    products: Vec<ProductCard>,
}

/// The same as the newest `suggestions` frame, for a console that has just opened the conversation.
#[utoipa::path(get, path = "/api/desk/conversations/{id}/suggestions", responses((status = 200, body = Suggestions), (status = 404, body = ErrorBody)))]
async fn suggestions(
    State(_state): State<ApiState>,
    _: SignedIn,
    Path(_id): Path<Uuid>,
) -> ApiResult<Json<Suggestions>> {
    Err(ApiError::not_yet())
}

/// What became of a proposal.
#[derive(Deserialize, ToSchema)]
struct AdoptionForm {
    adoption: Adoption,
}

/// Records that a proposal was put into the input field. `sent` and `edited` are recorded by `say` itself.
#[utoipa::path(post, path = "/api/desk/suggestions/{id}/adoption", request_body = AdoptionForm, responses((status = 204), (status = 404, body = ErrorBody)))]
async fn adopt(
    State(_state): State<ApiState>,
    _: SignedIn,
    Path(_id): Path<Uuid>,
    Body(_form): Body<AdoptionForm>,
) -> ApiResult<StatusCode> {
    Err(ApiError::not_yet())
}

/// What to look for.
#[derive(Deserialize, IntoParams)]
struct ProductQuery {
    /// Words; without them what suits the conversation.
    q: Option<String>,
}

/// Products to send, at most ten.
#[derive(Serialize, ToSchema)]
struct Products {
    products: Vec<ProductCard>,
}

/// Products that an agent may send to this shopper.
#[utoipa::path(get, path = "/api/desk/conversations/{id}/products", params(ProductQuery), responses((status = 200, body = Products), (status = 404, body = ErrorBody)))]
async fn products(
    State(_state): State<ApiState>,
    _: SignedIn,
    Path(_id): Path<Uuid>,
    Query(_query): Query<ProductQuery>,
) -> ApiResult<Json<Products>> {
    Err(ApiError::not_yet())
}

/// Something that the shopper did in the shop.
#[derive(Serialize, ToSchema)]
struct CustomerEvent {
    /// view, search, click, cart, buy, rate, dismiss
    kind: String,
    sku: String,
    product: String,
    value: f64,
    #[schema(value_type = i64)]
    at: Timestamp,
}

/// Who the shopper is, from what the shop knows.
#[derive(Serialize, ToSchema)]
struct Customer {
    shopper_id: Uuid,
    name: String,
    #[schema(value_type = i64)]
    first_seen: Timestamp,
    segments: Vec<Segment>,
    /// In fen.
    #[schema(value_type = i64)]
    spent: Money,
    purchases: i64,
    /// The largest purchase of the last 30 days, in fen.
    #[schema(value_type = i64)]
    largest_purchase: Money,
    /// The newest first, at most 50.
    events: Vec<CustomerEvent>,
    /// Earlier cases, the newest first, at most 20.
    cases: Vec<CaseCard>,
}

/// The customer of a conversation.
#[utoipa::path(get, path = "/api/desk/conversations/{id}/customer", responses((status = 200, body = Customer), (status = 404, body = ErrorBody)))]
async fn customer(State(_state): State<ApiState>, _: SignedIn, Path(_id): Path<Uuid>) -> ApiResult<Json<Customer>> {
    Err(ApiError::not_yet())
}

/// What to look for.
#[derive(Deserialize, IntoParams)]
struct SearchQuery {
    /// Words; all of them must stand in the message.
    q: String,
    /// Only cases of this agent.
    agent: Option<Uuid>,
    /// Only cases with this tag.
    tag: Option<String>,
    /// Only messages from this moment on, in milliseconds.
    from: Option<i64>,
    /// Only messages before this moment, in milliseconds.
    to: Option<i64>,
    /// At most so many, 50 where nothing is said, 200 at most.
    limit: Option<usize>,
}

/// A message found.
#[derive(Serialize, ToSchema)]
struct FoundMessage {
    conversation_id: Uuid,
    case: CaseCard,
    message: Message,
}

/// Messages, the newest first.
#[derive(Serialize, ToSchema)]
struct FoundMessages {
    found: Vec<FoundMessage>,
    /// The words that were looked for, to mark them.
    words: Vec<String>,
}

/// Searches the messages of conversations that came to the desk, as far as whoever asks may see them.
#[utoipa::path(get, path = "/api/desk/search", params(SearchQuery), responses((status = 200, body = FoundMessages), (status = 400, body = ErrorBody)))]
async fn search(
    State(_state): State<ApiState>,
    _: SignedIn,
    Query(_query): Query<SearchQuery>,
) -> ApiResult<Json<FoundMessages>> {
    Err(ApiError::not_yet())
}
