//! Conversations as the desk sees them: messages, notes, decisions, proposals, the customer, search.

use crate::api::ApiState;
use crate::api::error::{ApiError, ApiResult, ErrorBody};
use crate::api::extract::{Body, SignedIn};
use crate::clock::Timestamp;
use crate::desk::masked::masked;
use crate::dialogue::trace::Trace;
use crate::dialogue::why;
use crate::live::protocol::MAX_MESSAGES_PER_FRAME;
use crate::model::catalogue::Money;
use crate::model::chat::{Author, Message, ProductCard};
use crate::model::desk::{Adoption, CaseCard, Note, NoteKind, Segment, SuggestedAnswer, Viewer};
use crate::model::id::{ConversationId, StaffId};
use crate::service::Failure;
use crate::service::desk::search::Question;
use crate::service::desk::suggest::Proposals;
use crate::store::conversation;
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
        .routes(routes!(reveal))
        .routes(routes!(notes, write_note))
        .routes(routes!(turn_in_words))
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

/// Messages of a conversation, with personal numbers masked. `view` it on the socket first, so that nothing falls between.
#[utoipa::path(get, path = "/api/desk/conversations/{id}/messages", params(MessagesQuery), responses((status = 200, body = Messages), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn messages(
    State(state): State<ApiState>,
    SignedIn(staff): SignedIn,
    Path(id): Path<Uuid>,
    Query(query): Query<MessagesQuery>,
) -> ApiResult<Json<Messages>> {
    let id = ConversationId(id);
    state.desk.may_see(&staff, id).await?;
    let head = conversation::head(&state.db, id).await?.ok_or_else(|| ApiError::not_found("没有找到"))?;
    let messages = match query.after {
        Some(after) => conversation::messages_after(&state.db, id, after, MAX_MESSAGES_PER_FRAME).await?,
        None => {
            let before = query.before.unwrap_or(i64::MAX);
            conversation::messages_before(&state.db, id, before, MAX_MESSAGES_PER_FRAME).await?
        }
    };
    let positions = conversation::read_positions(&state.db, id).await?;
    let read = positions.iter().find(|(reader, _)| *reader == Author::Shopper).map_or(0, |(_, sequence)| *sequence);
    Ok(Json(Messages {
        has_earlier: messages.first().is_some_and(|message| message.sequence > 1),
        messages: messages.into_iter().map(masked).collect(),
        last_sequence: head.last_sequence,
        read_sequence: read.min(head.last_sequence),
        viewers: state.desk.hub.viewers(id).into_iter().filter(|viewer| viewer.agent.id != staff.id.0).collect(),
    }))
}

/// One message with its personal numbers in full; the record says who has read it. For the agent who has the
/// conversation, and supervisors.
#[utoipa::path(post, path = "/api/desk/conversations/{id}/messages/{sequence}/reveal", responses((status = 200, body = Message), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn reveal(
    State(state): State<ApiState>,
    SignedIn(staff): SignedIn,
    Path((id, sequence)): Path<(Uuid, i64)>,
) -> ApiResult<Json<Message>> {
    Ok(Json(state.desk.reveal(&staff, ConversationId(id), sequence).await?))
}

/// All notes of a conversation that whoever asks may read, in the order of time.
#[derive(Serialize, ToSchema)]
struct Notes {
    notes: Vec<Note>,
}

/// Notes and whispers.
#[utoipa::path(get, path = "/api/desk/conversations/{id}/notes", responses((status = 200, body = Notes), (status = 404, body = ErrorBody)))]
async fn notes(
    State(state): State<ApiState>,
    SignedIn(staff): SignedIn,
    Path(id): Path<Uuid>,
) -> ApiResult<Json<Notes>> {
    Ok(Json(Notes { notes: state.desk.notes(&staff, ConversationId(id)).await? }))
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
    State(state): State<ApiState>,
    SignedIn(staff): SignedIn,
    Path(id): Path<Uuid>,
    Body(form): Body<NewNote>,
) -> ApiResult<(StatusCode, Json<Note>)> {
    let id = ConversationId(id);
    let note = state.desk.write_note(&staff, id, &form.text, &form.mentions, form.kind).await?;
    Ok((StatusCode::CREATED, Json(note)))
}

/// A decision in words.
#[derive(Serialize, ToSchema)]
struct Why {
    /// One line for each thing that the decision rests on, in Chinese.
    lines: Vec<String>,
}

/// Why the assistant said what it said at this place, in Chinese words and numbers.
#[utoipa::path(get, path = "/api/desk/conversations/{id}/turns/{sequence}/why", responses((status = 200, body = Why), (status = 404, body = ErrorBody)))]
async fn turn_in_words(
    State(state): State<ApiState>,
    SignedIn(staff): SignedIn,
    Path((id, sequence)): Path<(Uuid, i64)>,
) -> ApiResult<Json<Why>> {
    let id = ConversationId(id);
    state.desk.may_see(&staff, id).await?;
    let trace = conversation::trace(&state.db, id, sequence).await?;
    let trace = trace.ok_or_else(|| ApiError::not_found("这里没有智能客服的回复"))?;
    let trace: Trace = serde_json::from_value(trace).map_err(Failure::from)?;
    let assistant = state.chat.published.assistant();
    Ok(Json(Why { lines: why::lines(&trace, &assistant.knowledge) }))
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
    State(state): State<ApiState>,
    SignedIn(staff): SignedIn,
    Path(id): Path<Uuid>,
) -> ApiResult<Json<Suggestions>> {
    state.desk.may_see(&staff, ConversationId(id)).await?;
    let Proposals { sequence, answers, products } = state.desk.proposals(ConversationId(id)).await?;
    Ok(Json(Suggestions { sequence, answers, products }))
}

/// What became of a proposal.
#[derive(Deserialize, ToSchema)]
struct AdoptionForm {
    adoption: Adoption,
}

/// Records that a proposal was put into the input field. `sent` and `edited` are recorded by `say` itself.
#[utoipa::path(post, path = "/api/desk/suggestions/{id}/adoption", request_body = AdoptionForm, responses((status = 204), (status = 404, body = ErrorBody)))]
async fn adopt(
    State(state): State<ApiState>,
    SignedIn(staff): SignedIn,
    Path(id): Path<Uuid>,
    Body(form): Body<AdoptionForm>,
) -> ApiResult<StatusCode> {
    state.desk.adopt(&staff, id, form.adoption).await?;
    Ok(StatusCode::NO_CONTENT)
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
    State(state): State<ApiState>,
    SignedIn(staff): SignedIn,
    Path(id): Path<Uuid>,
    Query(query): Query<ProductQuery>,
) -> ApiResult<Json<Products>> {
    state.desk.may_see(&staff, ConversationId(id)).await?;
    Ok(Json(Products { products: state.desk.products(ConversationId(id), query.q.as_deref()).await? }))
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
async fn customer(
    State(state): State<ApiState>,
    SignedIn(staff): SignedIn,
    Path(id): Path<Uuid>,
) -> ApiResult<Json<Customer>> {
    let customer = state.desk.customer(&staff, ConversationId(id)).await?;
    let assistant = state.chat.published.assistant();
    let events = customer.events.into_iter().map(|event| CustomerEvent {
        kind: event.kind.name().to_owned(),
        product: assistant.knowledge.product(&event.sku).map(|product| product.name.clone()).unwrap_or_default(),
        sku: event.sku,
        value: event.value,
        at: event.at,
    });
    Ok(Json(Customer {
        shopper_id: customer.shopper.0,
        name: customer.name,
        first_seen: customer.first_seen,
        segments: customer.value.segments,
        spent: customer.value.spent,
        purchases: customer.value.purchases as i64,
        largest_purchase: customer.value.largest,
        events: events.collect(),
        cases: customer.cases,
    }))
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
    State(state): State<ApiState>,
    SignedIn(staff): SignedIn,
    Query(query): Query<SearchQuery>,
) -> ApiResult<Json<FoundMessages>> {
    let question = Question {
        words: &query.q,
        agent: query.agent.map(StaffId),
        tag: query.tag.as_deref(),
        from: Timestamp(query.from.unwrap_or_default()),
        to: Timestamp(query.to.unwrap_or(i64::MAX)),
        limit: query.limit.unwrap_or(50).clamp(1, 200),
    };
    let (found, words) = state.desk.search(&staff, &question).await?;
    let found = found.into_iter().map(|one| FoundMessage {
        conversation_id: one.case.conversation.0,
        case: state.desk.card(&one.case),
        message: one.message,
    });
    Ok(Json(FoundMessages { found: found.collect(), words }))
}
