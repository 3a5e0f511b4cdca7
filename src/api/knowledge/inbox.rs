//! The learning inbox.

use crate::api::ApiState;
use crate::api::error::{ApiResult, Refusals};
use crate::api::extract::{Admin, Asked, At, Body, PageQuery};
use crate::dialogue::Assistant;
use crate::service::knowledge::{Adopted, Adoption, Preview};
use crate::store::inbox::{self, Cluster, Member};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Nearest entries that are shown of a cluster.
const NEAREST: usize = 3;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(cluster))
        .routes(routes!(preview))
        .routes(routes!(adopt))
        .routes(routes!(reopen))
}

/// Which clusters to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct InboxQuery {
    /// `unknown`, `downvoted`, `correction`; all where it is left out.
    #[serde(default)]
    kind: String,
    /// `open` or `settled`.
    #[serde(default)]
    state: String,
    /// `rank` or `newest`.
    #[serde(default)]
    sort: String,
}

/// Signals by kind.
#[derive(Serialize, ToSchema)]
struct Kinds {
    unknown: i64,
    downvoted: i64,
    correction: i64,
}

/// An entry by its question.
#[derive(Serialize, ToSchema)]
struct InboxEntry {
    id: String,
    question: String,
    /// The ranker's probability, where it was asked.
    probability: Option<f64>,
}

/// What an agent said is right.
#[derive(Serialize, ToSchema)]
struct InboxProposal {
    entry: Option<String>,
    question: Option<String>,
    answer: Option<String>,
    by: Option<String>,
}

/// Questions that belong together. Personal numbers are masked.
#[derive(Serialize, ToSchema)]
struct ClusterView {
    id: String,
    question: String,
    kinds: Kinds,
    volume: i64,
    handed_over: i64,
    /// The volume, and three for each call of a person, and two for each wrong answer.
    cost: i64,
    first_at: i64,
    last_at: i64,
    nearest: Vec<InboxEntry>,
    /// The entry that was answered with.
    answered: Option<InboxEntry>,
    proposal: Option<InboxProposal>,
    /// `open` or `settled`.
    state: String,
    settled_by: Option<String>,
    /// `similar`, `new`, `out_of_scope` or `dismiss`.
    settled_as: Option<String>,
    settled_at: Option<i64>,
    settled_entry: Option<String>,
}

/// A page of clusters.
#[derive(Serialize, ToSchema)]
struct Clusters {
    items: Vec<ClusterView>,
    total: i64,
}

/// One question of a cluster.
#[derive(Serialize, ToSchema)]
struct MemberView {
    id: String,
    /// `unknown`, `downvoted` or `correction`.
    kind: String,
    text: String,
    at: i64,
    conversation_id: String,
    sequence: i64,
    handed_over: bool,
    /// The entry that was answered with.
    entry: Option<String>,
    by: Option<String>,
}

/// A cluster with its newest questions.
#[derive(Serialize, ToSchema)]
struct ClusterWithMembers {
    #[serde(flatten)]
    cluster: ClusterView,
    members: Vec<MemberView>,
}

/// The inbox, the dearest first.
#[utoipa::path(get, path = "/api/admin/inbox", tag = "inbox", params(InboxQuery, PageQuery), responses((status = 200, body = Clusters), Refusals))]
async fn list(
    State(state): State<ApiState>,
    _: Admin,
    Asked(query): Asked<InboxQuery>,
    Asked(page): Asked<PageQuery>,
) -> ApiResult<Json<Clusters>> {
    state.keeper.gather().await?;
    let wanted = if query.state == "settled" { "settled" } else { "open" };
    let newest = query.sort == "newest";
    let (rows, total) = inbox::list(&state.db, wanted, &query.kind, newest, page.limit(), page.offset()).await?;
    let assistant = state.chat.published.assistant();
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let members = inbox::members(&state.db, row.id, 20).await?;
        items.push(view(&assistant, row, &members));
    }
    Ok(Json(Clusters { items, total }))
}

fn view(assistant: &Assistant, row: Cluster, members: &[Member]) -> ClusterView {
    let named = |id: &str, probability: Option<f64>| {
        let question = assistant.knowledge.entry(id).map_or_else(|| id.to_owned(), |entry| entry.question.clone());
        InboxEntry { id: id.to_owned(), question, probability }
    };
    let found = assistant.knowledge.faq.ask(&assistant.models.language.read(&row.question));
    let nearest = found.map(|found| {
        let ranked = found.ranked.iter().take(NEAREST);
        ranked.map(|one| named(&one.id, Some(one.probability))).collect()
    });
    let proposal = members.iter().find(|member| member.proposed_entry.is_some() || member.proposed_answer.is_some());
    ClusterView {
        id: row.id.to_string(),
        nearest: nearest.unwrap_or_default(),
        answered: members.iter().find_map(|member| member.entry_id.as_deref()).map(|id| named(id, None)),
        proposal: proposal.map(|member| InboxProposal {
            entry: member.proposed_entry.clone(),
            question: member.proposed_question.clone(),
            answer: member.proposed_answer.clone(),
            by: member.actor.clone(),
        }),
        question: row.question,
        kinds: Kinds { unknown: row.unknowns, downvoted: row.downvoted, correction: row.corrections },
        volume: row.unknowns + row.downvoted + row.corrections,
        handed_over: row.handed_over,
        cost: row.cost,
        first_at: row.first_at,
        last_at: row.last_at,
        state: row.state,
        settled_by: row.settled_by,
        settled_as: row.settled_as,
        settled_at: row.settled_at,
        settled_entry: row.settled_entry,
    }
}

/// A cluster with its newest questions, at most 200.
#[utoipa::path(get, path = "/api/admin/inbox/{id}", tag = "inbox", params(("id" = String, Path)), responses((status = 200, body = ClusterWithMembers), Refusals))]
async fn cluster(State(state): State<ApiState>, _: Admin, At(id): At<Uuid>) -> ApiResult<Json<ClusterWithMembers>> {
    let (row, members) = state.keeper.cluster(id).await?;
    let cluster = view(&state.chat.published.assistant(), row, &members);
    let members = members.into_iter().map(|member| MemberView {
        id: member.id.to_string(),
        kind: member.kind,
        text: member.question,
        at: member.at,
        conversation_id: member.conversation_id.to_string(),
        sequence: member.sequence,
        handed_over: member.handed_over,
        entry: member.entry_id,
        by: member.actor,
    });
    Ok(Json(ClusterWithMembers { cluster, members: members.collect() }))
}

/// What an adoption would do.
#[utoipa::path(post, path = "/api/admin/inbox/{id}/preview", tag = "inbox", params(("id" = String, Path)), request_body = Adoption, responses((status = 200, body = Preview), Refusals))]
async fn preview(
    State(state): State<ApiState>,
    _: Admin,
    At(id): At<Uuid>,
    Body(form): Body<Adoption>,
) -> ApiResult<Json<Preview>> {
    Ok(Json(state.keeper.preview(id, &form).await?))
}

/// Adopts a cluster: as a draft, or as examples of what is out of scope.
#[utoipa::path(post, path = "/api/admin/inbox/{id}/adopt", tag = "inbox", params(("id" = String, Path)), request_body = Adoption, responses((status = 200, body = Adopted), Refusals))]
async fn adopt(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    At(id): At<Uuid>,
    Body(form): Body<Adoption>,
) -> ApiResult<Json<Adopted>> {
    Ok(Json(state.keeper.adopt(&staff.name, id, &form, &state.learning).await?))
}

/// Opens a settled cluster again; what was adopted stays.
#[utoipa::path(post, path = "/api/admin/inbox/{id}/reopen", tag = "inbox", params(("id" = String, Path)), responses((status = 204), Refusals))]
async fn reopen(State(state): State<ApiState>, Admin(staff): Admin, At(id): At<Uuid>) -> ApiResult<StatusCode> {
    state.keeper.reopen(&staff.name, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
