//! Cases: lists, one with its brief, and what is done to it.

use crate::api::ApiState;
use crate::api::error::{ApiError, ApiResult, ErrorBody};
use crate::api::extract::{Body, SignedIn, Supervisor};
use crate::clock::Timestamp;
use crate::model::desk::{CaseCard, Named};
use crate::model::id::{CaseId, StaffId};
use crate::service::desk::cases::To;
use crate::service::desk::{brief, reader};
use crate::store::desk::case::{self, CaseRow, View};
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

/// Where the next page begins: key and id of the last case of this one.
fn cursor(view: View, row: &CaseRow) -> String {
    let key = match view {
        View::Waiting => row.rank_at,
        View::Mine | View::Open => row.since,
        View::Ended => row.ended_at.unwrap_or_default(),
    };
    format!("{}_{}", key.0, row.id)
}

fn read_cursor(text: &str) -> Option<(i64, Uuid)> {
    let (key, id) = text.split_once('_')?;
    Some((key.parse().ok()?, id.parse().ok()?))
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
    State(state): State<ApiState>,
    SignedIn(staff): SignedIn,
    Query(query): Query<ListQuery>,
) -> ApiResult<Json<CasePage>> {
    let view = match query.view.as_str() {
        "waiting" => View::Waiting,
        "mine" => View::Mine,
        "open" => View::Open,
        "ended" => View::Ended,
        other => return Err(ApiError::bad_request(format!("没有“{other}”这个列表"))),
    };
    let after = match query.after.as_deref() {
        Some(after) => Some(read_cursor(after).ok_or_else(|| ApiError::bad_request("翻页位置无效"))?),
        None => None,
    };
    let limit = query.limit.unwrap_or(50).clamp(1, 200);
    let (rows, total) = case::page(&state.db, view, reader(&staff), after, limit).await?;
    let next = rows.last().filter(|_| rows.len() == limit).map(|row| cursor(view, row));
    Ok(Json(CasePage { cases: rows.iter().map(|row| state.desk.card(row)).collect(), next, total }))
}

/// Unfinished cases by risk.
#[derive(Serialize, ToSchema)]
struct LiveCases {
    cases: Vec<CaseCard>,
}

/// All unfinished cases, the riskiest first; for supervisors. At most 500.
#[utoipa::path(get, path = "/api/desk/live", responses((status = 200, body = LiveCases), (status = 403, body = ErrorBody)))]
async fn live(State(state): State<ApiState>, _: Supervisor) -> ApiResult<Json<LiveCases>> {
    let mut cases: Vec<CaseCard> = case::live(&state.db, 500).await?.iter().map(|row| state.desk.card(row)).collect();
    cases.sort_by(|a, b| b.risk.total_cmp(&a.risk).then(a.since.cmp(&b.since)));
    Ok(Json(LiveCases { cases }))
}

/// The mood after one message of the shopper.
#[derive(Serialize, ToSchema)]
struct MoodPoint {
    sequence: i64,
    /// From -2 (furious) to 2 (delighted).
    value: f64,
    /// In Chinese: 愤怒, 不满, 平静, 满意, 惊喜.
    title: String,
}

/// Something that the assistant tried.
#[derive(Serialize, ToSchema)]
struct Tried {
    /// The shopper's message.
    sequence: i64,
    /// What was asked.
    question: String,
    /// What the assistant did, in Chinese.
    did: String,
    /// The FAQ entry that it answered with.
    entry: Option<String>,
    /// 👍 (true), 👎 (false) or nothing.
    solved: Option<bool>,
}

/// Something that was said and can be used: an order number, an amount.
#[derive(Serialize, ToSchema)]
struct Slot {
    /// In Chinese: 订单号, 金额, 尺码.
    name: String,
    value: String,
}

/// A product that the shopper was shown or looked at.
#[derive(Serialize, ToSchema)]
struct SeenProduct {
    sku: String,
    name: String,
    /// `shown` by the assistant, or what the shopper did: `view`, `cart`, `buy`.
    how: String,
    #[schema(value_type = i64)]
    at: Timestamp,
}

/// What an agent reads at hand-over instead of the whole transcript.
#[derive(Serialize, ToSchema)]
struct Brief {
    /// One sentence in Chinese.
    summary: String,
    /// Why a person is needed, in Chinese.
    reason: String,
    /// What it is about: title of the intent.
    intent: Option<String>,
    tried: Vec<Tried>,
    slots: Vec<Slot>,
    mood: Vec<MoodPoint>,
    /// `falling`, `steady` or `rising`.
    trend: String,
    products: Vec<SeenProduct>,
}

impl Brief {
    fn of(state: &ApiState, row: &CaseRow, brief: brief::Brief) -> Self {
        let assistant = state.chat.published.assistant();
        let tried = brief.tried.into_iter().map(|one| Tried {
            sequence: one.sequence,
            question: one.question,
            did: one.did,
            entry: one.entry,
            solved: one.solved,
        });
        let mood = brief.mood.into_iter().map(|one| MoodPoint {
            sequence: one.sequence,
            value: one.value,
            title: one.title.to_owned(),
        });
        let products = brief.products.into_iter().map(|one| SeenProduct {
            name: assistant.knowledge.product(&one.sku).map_or_else(|| one.sku.clone(), |product| product.name.clone()),
            sku: one.sku,
            how: one.how.to_owned(),
            at: one.at,
        });
        Self {
            summary: brief.summary,
            reason: row.reason.title().to_owned(),
            intent: row.intent.clone(),
            tried: tried.collect(),
            slots: brief.slots.into_iter().map(|(name, value)| Slot { name: name.to_owned(), value }).collect(),
            mood: mood.collect(),
            trend: brief.trend,
            products: products.collect(),
        }
    }
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
async fn one(
    State(state): State<ApiState>,
    SignedIn(staff): SignedIn,
    Path(id): Path<Uuid>,
) -> ApiResult<Json<CaseDetail>> {
    let row = state.desk.case(&staff, CaseId(id)).await?;
    let brief = Brief::of(&state, &row, state.desk.brief(&row).await?);
    let agents = case::parts(&state.db, row.id).await?;
    Ok(Json(CaseDetail { case: state.desk.card(&row), brief, agents }))
}

/// Takes a waiting case. Of several who try, one wins; the others get 409 with the name of the winner.
#[utoipa::path(post, path = "/api/desk/cases/{id}/claim", responses((status = 200, body = CaseCard), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn claim(
    State(state): State<ApiState>,
    SignedIn(staff): SignedIn,
    Path(id): Path<Uuid>,
) -> ApiResult<Json<CaseCard>> {
    Ok(Json(state.desk.card(&state.desk.claim(&staff, CaseId(id)).await?)))
}

/// A supervisor takes a case from the agent who has it, or from the queue.
#[utoipa::path(post, path = "/api/desk/cases/{id}/take-over", responses((status = 200, body = CaseCard), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn take_over(
    State(state): State<ApiState>,
    Supervisor(staff): Supervisor,
    Path(id): Path<Uuid>,
) -> ApiResult<Json<CaseCard>> {
    Ok(Json(state.desk.card(&state.desk.take_over(&staff, CaseId(id)).await?)))
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
    State(state): State<ApiState>,
    SignedIn(staff): SignedIn,
    Path(id): Path<Uuid>,
    Body(form): Body<Transfer>,
) -> ApiResult<Json<CaseCard>> {
    let to = match (form.agent, form.group) {
        (Some(agent), None) => To::Agent(StaffId(agent)),
        (None, Some(group)) => To::Group(group),
        _ => return Err(ApiError::bad_request("请选择一位客服或一个技能组")),
    };
    let row = state.desk.transfer(&staff, CaseId(id), to, form.note.as_deref()).await?;
    Ok(Json(state.desk.card(&row)))
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
    State(state): State<ApiState>,
    SignedIn(staff): SignedIn,
    Path(id): Path<Uuid>,
    Body(form): Body<Resolution>,
) -> ApiResult<Json<CaseCard>> {
    Ok(Json(state.desk.card(&state.desk.resolve(&staff, CaseId(id), &form.reason).await?)))
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
    State(state): State<ApiState>,
    SignedIn(staff): SignedIn,
    Path(id): Path<Uuid>,
    Body(form): Body<Tags>,
) -> ApiResult<Json<CaseCard>> {
    Ok(Json(state.desk.card(&state.desk.set_tags(&staff, CaseId(id), form.tags).await?)))
}
