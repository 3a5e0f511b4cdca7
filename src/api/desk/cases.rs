//! Cases: lists, one with its brief, and what is done to it.

use crate::api::ApiState;
use crate::api::error::{ApiError, ApiResult, ErrorBody};
use crate::api::extract::{Body, SignedIn, Supervisor};
use crate::clock::Timestamp;
use crate::model::desk::{CaseCard, Named};
use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(live))
        .routes(routes!(one))
        .routes(routes!(claim))
        .routes(routes!(take_over))
        .routes(routes!(transfer))
        .routes(routes!(resolve))
        .routes(routes!(set_tags))
}

/// Which cases.
#[derive(Deserialize, IntoParams)]
struct ListQuery {
    /// `waiting` (next in turn first), `mine` (open, the newest words first), `open` (of all agents), or `ended` (the
    /// newest first).
    view: String,
    /// From an earlier page: its `next`.
    after: Option<String>,
    /// At most so many, 50 where nothing is said, 200 at most.
    limit: Option<usize>,
}

/// A page of cases.
#[derive(Serialize, ToSchema)]
struct CasePage {
    cases: Vec<CaseCard>,
    /// For the next page; none at the end.
    next: Option<String>,
    /// How many there are in this view.
    total: i64,
}

/// Cases, page by page. Agents see those that they may take or have taken part in.
#[utoipa::path(get, path = "/api/desk/cases", params(ListQuery), responses((status = 200, body = CasePage), (status = 401, body = ErrorBody)))]
async fn list(
    State(_state): State<ApiState>,
    _: SignedIn,
    Query(_query): Query<ListQuery>,
) -> ApiResult<Json<CasePage>> {
    Err(ApiError::not_yet())
}

/// Unfinished cases by risk.
#[derive(Serialize, ToSchema)]
struct LiveCases {
    cases: Vec<CaseCard>,
}

/// All unfinished cases, the riskiest first; for supervisors. At most 500.
#[utoipa::path(get, path = "/api/desk/live", responses((status = 200, body = LiveCases), (status = 403, body = ErrorBody)))]
async fn live(State(_state): State<ApiState>, _: Supervisor) -> ApiResult<Json<LiveCases>> {
    Err(ApiError::not_yet())
}

/// The mood after one message of the shopper.
#[derive(Serialize, ToSchema)]
pub(crate) struct MoodPoint {
    pub(crate) sequence: i64,
    /// From -2 (furious) to 2 (delighted).
    pub(crate) value: f64,
    /// In Chinese: 愤怒, 不满, 平静, 满意, 惊喜.
    pub(crate) title: String,
}

/// Something that the assistant tried.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tried {
    /// The shopper's message.
    pub(crate) sequence: i64,
    /// What was asked.
    pub(crate) question: String,
    /// What the assistant did, in Chinese.
    pub(crate) did: String,
    /// The FAQ entry that it answered with.
    pub(crate) entry: Option<String>,
    /// 👍 (true), 👎 (false) or nothing.
    pub(crate) solved: Option<bool>,
}

/// Something that was said and can be used: an order number, an amount.
#[derive(Serialize, ToSchema)]
pub(crate) struct Slot {
    /// In Chinese: 订单号, 金额, 尺码.
    pub(crate) name: String,
    pub(crate) value: String,
}

/// A product that the shopper was shown or looked at.
#[derive(Serialize, ToSchema)]
pub(crate) struct SeenProduct {
    pub(crate) sku: String,
    pub(crate) name: String,
    /// `shown` by the assistant, or what the shopper did: `view`, `cart`, `buy`.
    pub(crate) how: String,
    #[schema(value_type = i64)]
    pub(crate) at: Timestamp,
}

/// What an agent reads at hand-over instead of the whole transcript.
#[derive(Serialize, ToSchema)]
pub(crate) struct Brief {
    /// One sentence in Chinese.
    pub(crate) summary: String,
    /// Why a person is needed, in Chinese.
    pub(crate) reason: String,
    /// What it is about: title of the intent.
    pub(crate) intent: Option<String>,
    pub(crate) tried: Vec<Tried>,
    pub(crate) slots: Vec<Slot>,
    pub(crate) mood: Vec<MoodPoint>,
    /// `falling`, `steady` or `rising`.
    pub(crate) trend: String,
    pub(crate) products: Vec<SeenProduct>,
}

/// A case with everything around it.
#[derive(Serialize, ToSchema)]
struct CaseDetail {
    case: CaseCard,
    brief: Brief,
    /// Agents who took part in it.
    agents: Vec<Named>,
}

/// One case with its brief.
#[utoipa::path(get, path = "/api/desk/cases/{id}", responses((status = 200, body = CaseDetail), (status = 404, body = ErrorBody)))]
async fn one(State(_state): State<ApiState>, _: SignedIn, Path(_id): Path<Uuid>) -> ApiResult<Json<CaseDetail>> {
    Err(ApiError::not_yet())
}

/// Takes a waiting case. Of several who try, one wins; the others get 409 with the name of the winner.
#[utoipa::path(post, path = "/api/desk/cases/{id}/claim", responses((status = 200, body = CaseCard), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn claim(State(_state): State<ApiState>, _: SignedIn, Path(_id): Path<Uuid>) -> ApiResult<Json<CaseCard>> {
    Err(ApiError::not_yet())
}

/// A supervisor takes a case from the agent who has it, or from the queue.
#[utoipa::path(post, path = "/api/desk/cases/{id}/take-over", responses((status = 200, body = CaseCard), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn take_over(State(_state): State<ApiState>, _: Supervisor, Path(_id): Path<Uuid>) -> ApiResult<Json<CaseCard>> {
    Err(ApiError::not_yet())
}

/// To whom a case goes: one of the two.
#[derive(Deserialize, ToSchema)]
struct Transfer {
    /// An agent who is not offline.
    agent: Option<Uuid>,
    /// A skill group; the case goes back to the queue, in front.
    group: Option<Uuid>,
    /// For the colleague; kept as a note.
    note: Option<String>,
}

/// Hands a case on with its history; for the agent who has it, and supervisors.
#[utoipa::path(post, path = "/api/desk/cases/{id}/transfer", request_body = Transfer, responses((status = 200, body = CaseCard), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn transfer(
    State(_state): State<ApiState>,
    _: SignedIn,
    Path(_id): Path<Uuid>,
    Body(_form): Body<Transfer>,
) -> ApiResult<Json<CaseCard>> {
    Err(ApiError::not_yet())
}

/// Why a case ends.
#[derive(Deserialize, ToSchema)]
struct Resolution {
    /// One of the shop's reasons.
    reason: String,
}

/// Ends a case; the shopper is asked for a rating and the assistant answers again. For the agent who has it, and
/// supervisors.
#[utoipa::path(post, path = "/api/desk/cases/{id}/resolve", request_body = Resolution, responses((status = 200, body = CaseCard), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn resolve(
    State(_state): State<ApiState>,
    _: SignedIn,
    Path(_id): Path<Uuid>,
    Body(_form): Body<Resolution>,
) -> ApiResult<Json<CaseCard>> {
    Err(ApiError::not_yet())
}

/// The tags of a case.
#[derive(Deserialize, ToSchema)]
struct Tags {
    /// All of them, at most 10 of at most 20 characters.
    tags: Vec<String>,
}

/// Puts these tags in the place of the former ones.
#[utoipa::path(put, path = "/api/desk/cases/{id}/tags", request_body = Tags, responses((status = 200, body = CaseCard), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn set_tags(
    State(_state): State<ApiState>,
    _: SignedIn,
    Path(_id): Path<Uuid>,
    Body(_form): Body<Tags>,
) -> ApiResult<Json<CaseCard>> {
    Err(ApiError::not_yet())
}
