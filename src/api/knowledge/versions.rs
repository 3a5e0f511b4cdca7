//! What waits, publishing, the history and the way back.

use super::view::ChangeView;
use crate::api::ApiState;
use crate::api::error::{ApiResult, Refusals};
use crate::api::extract::{Admin, Asked, At, Body, PageQuery};
use crate::clock::Timestamp;
use crate::service::knowledge::{Publication, PublishSettings};
use crate::store::knowledge::version::{self, VersionRow};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(pending))
        .routes(routes!(pending_changes))
        .routes(routes!(settings, put_settings))
        .routes(routes!(publish))
        .routes(routes!(versions))
        .routes(routes!(version_changes))
        .routes(routes!(roll_back))
}

/// What waits to be published.
#[derive(Serialize, ToSchema)]
struct PendingView {
    /// The version that answers.
    version: i64,
    review_required: bool,
    /// Drafts by stage.
    counts: BTreeMap<String, i64>,
    added: i64,
    changed: i64,
    removed: i64,
    /// `synonyms`, `dictionary`, `stop_words`.
    words_changed: Vec<String>,
    /// Entries that a publish would take now.
    ready: i64,
    /// The newest replay of questions against the drafts.
    last_gate: Option<LastGate>,
}

/// The newest replay.
#[derive(Serialize, ToSchema)]
struct LastGate {
    job: String,
    #[schema(value_type = i64)]
    at: Timestamp,
    gained: i64,
    lost: i64,
    changed: i64,
    /// Whether no draft has changed since.
    fresh: bool,
}

/// What waits to be published.
#[utoipa::path(get, path = "/api/admin/knowledge/pending", tag = "publish", responses((status = 200, body = PendingView), Refusals))]
async fn pending(State(state): State<ApiState>, _: Admin) -> ApiResult<Json<PendingView>> {
    let pending = state.keeper.pending().await?;
    let mut counts: BTreeMap<String, i64> =
        ["draft", "in_review", "approved"].into_iter().map(|name| (name.to_owned(), 0)).collect();
    counts.extend(pending.stages);
    let (added, changed, removed) = pending.effects;
    let last_gate = state.keeper.last_gate(&pending.mark).await?.map(|gate| LastGate {
        job: gate.job.to_string(),
        at: gate.at,
        gained: gate.result.gained,
        lost: gate.result.lost,
        changed: gate.result.changed,
        fresh: gate.fresh,
    });
    Ok(Json(PendingView {
        version: pending.version,
        review_required: pending.settings.review_required,
        counts,
        added,
        changed,
        removed,
        words_changed: pending.words,
        ready: pending.ready,
        last_gate,
    }))
}

/// A page of changes.
#[derive(Serialize, ToSchema)]
struct Changes {
    items: Vec<ChangeView>,
    total: i64,
}

/// What the drafts change.
#[utoipa::path(get, path = "/api/admin/knowledge/pending/changes", tag = "publish", params(PageQuery), responses((status = 200, body = Changes), Refusals))]
async fn pending_changes(
    State(state): State<ApiState>,
    _: Admin,
    Asked(page): Asked<PageQuery>,
) -> ApiResult<Json<Changes>> {
    let changes = state.keeper.pending_changes().await?;
    let (offset, limit) = (usize::try_from(page.offset()).unwrap_or(0), usize::try_from(page.limit()).unwrap_or(0));
    let items = changes.iter().skip(offset).take(limit).map(ChangeView::from).collect();
    Ok(Json(Changes { items, total: changes.len() as i64 }))
}

/// How the knowledge is published.
#[utoipa::path(get, path = "/api/admin/knowledge/settings", tag = "publish", responses((status = 200, body = PublishSettings), Refusals))]
async fn settings(State(state): State<ApiState>, _: Admin) -> ApiResult<Json<PublishSettings>> {
    Ok(Json(state.keeper.settings().await?))
}

/// Changes how the knowledge is published.
#[utoipa::path(put, path = "/api/admin/knowledge/settings", tag = "publish", request_body = PublishSettings, responses((status = 200, body = PublishSettings), Refusals))]
async fn put_settings(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Body(form): Body<PublishSettings>,
) -> ApiResult<Json<PublishSettings>> {
    state.keeper.put_settings(&staff.name, form).await?;
    Ok(Json(form))
}

/// What to publish.
#[derive(Deserialize, ToSchema)]
struct PublishForm {
    /// Why.
    #[serde(default)]
    note: String,
    /// The entries whose drafts are published; all, and the words, where it is left out.
    ids: Option<Vec<String>>,
}

/// Publishes drafts; the answer comes when they answer.
#[utoipa::path(post, path = "/api/admin/knowledge/publish", tag = "publish", request_body = PublishForm, responses((status = 200, body = Publication), Refusals))]
async fn publish(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Body(form): Body<PublishForm>,
) -> ApiResult<Json<Publication>> {
    Ok(Json(state.keeper.publish(&staff.name, &form.note, form.ids.as_deref()).await?))
}

/// A version of the knowledge.
#[derive(Serialize, ToSchema)]
struct KnowledgeVersion {
    version: i64,
    at: i64,
    actor: String,
    note: String,
    /// `folder`, `console`, `catalogue` or `rollback`.
    source: String,
    rolled_back_to: Option<i64>,
    added: i64,
    changed: i64,
    removed: i64,
    is_live: bool,
}

/// A page of versions, the newest first.
#[derive(Serialize, ToSchema)]
struct KnowledgeVersions {
    items: Vec<KnowledgeVersion>,
    total: i64,
}

/// The history of the knowledge.
#[utoipa::path(get, path = "/api/admin/knowledge/versions", tag = "publish", params(PageQuery), responses((status = 200, body = KnowledgeVersions), Refusals))]
async fn versions(
    State(state): State<ApiState>,
    _: Admin,
    Asked(page): Asked<PageQuery>,
) -> ApiResult<Json<KnowledgeVersions>> {
    let live = state.chat.published.assistant().version;
    let (rows, total) = version::list(&state.db, page.limit(), page.offset()).await?;
    let view = |row: VersionRow| KnowledgeVersion {
        is_live: row.version == live,
        version: row.version,
        at: row.created_at,
        actor: row.actor,
        note: row.note,
        source: row.source,
        rolled_back_to: row.rolled_back_to,
        added: row.added,
        changed: row.changed,
        removed: row.removed,
    };
    Ok(Json(KnowledgeVersions { items: rows.into_iter().map(view).collect(), total }))
}

/// What a version changed of the one before.
#[utoipa::path(get, path = "/api/admin/knowledge/versions/{version}/changes", tag = "publish", params(("version" = i64, Path), PageQuery), responses((status = 200, body = Changes), Refusals))]
async fn version_changes(
    State(state): State<ApiState>,
    _: Admin,
    At(version): At<i64>,
    Asked(page): Asked<PageQuery>,
) -> ApiResult<Json<Changes>> {
    let (changes, total) = version::changes(&state.db, version, page.limit(), page.offset()).await?;
    Ok(Json(Changes { items: changes.iter().map(ChangeView::from).collect(), total }))
}

/// Where to go back to.
#[derive(Deserialize, ToSchema)]
struct RollBackForm {
    version: i64,
    /// Why.
    #[serde(default)]
    note: String,
}

/// Publishes the FAQ and the words of an earlier version again, as a new one.
#[utoipa::path(post, path = "/api/admin/knowledge/rollback", tag = "publish", request_body = RollBackForm, responses((status = 200, body = Publication), Refusals))]
async fn roll_back(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Body(form): Body<RollBackForm>,
) -> ApiResult<Json<Publication>> {
    Ok(Json(state.keeper.roll_back(&staff.name, &form.note, form.version).await?))
}
