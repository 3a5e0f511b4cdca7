//! FAQ entries: the list and the editor.

use super::view::{Content, EntryView, kind};
use crate::api::ApiState;
use crate::api::error::{ApiError, ApiResult, Refusals};
use crate::api::extract::{Admin, Asked, At, Body, PageQuery};
use crate::clock::Timestamp;
use crate::service::knowledge::{Bulk, FieldChange, ListedEntry, Problem, Saved, Warning, of_change};
use crate::store::faq::draft::Stage;
use crate::store::faq::working::Filter;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(entry, save, remove))
        .routes(routes!(discard))
        .routes(routes!(set_stage))
        .routes(routes!(bulk))
        .routes(routes!(check))
        .routes(routes!(history))
}

/// Which entries to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Part of the question or of a similar phrasing.
    #[serde(default)]
    q: String,
    /// This category and what is below it.
    #[serde(default)]
    category: String,
    /// `published`, `draft`, `in_review`, `approved`, `pending`, `expired` or `scheduled`.
    #[serde(default)]
    state: String,
    /// This tag.
    #[serde(default)]
    tag: String,
    /// `position` or `updated`.
    #[serde(default)]
    sort: String,
}

/// An entry in the list.
#[derive(Serialize, ToSchema)]
struct Summary {
    id: String,
    category: String,
    question: String,
    similar_count: i64,
    /// `published`, `draft`, `in_review` or `approved`.
    state: String,
    /// What the draft does: `added`, `changed` or `removed`.
    change: Option<String>,
    tags: Vec<String>,
    valid_from: Option<i64>,
    valid_until: Option<i64>,
    updated_at: Option<i64>,
    updated_by: Option<String>,
}

impl From<ListedEntry> for Summary {
    fn from(listed: ListedEntry) -> Self {
        let ListedEntry { row, similar, tags } = listed;
        Self {
            id: row.id,
            category: row.category,
            question: row.question,
            similar_count: similar,
            state: row.state,
            change: row.change,
            tags,
            valid_from: row.valid_from,
            valid_until: row.valid_until,
            updated_at: row.updated_at,
            updated_by: row.updated_by,
        }
    }
}

/// A page of entries.
#[derive(Serialize, ToSchema)]
struct Entries {
    items: Vec<Summary>,
    total: i64,
    /// All entries by state, whatever the filter.
    counts: BTreeMap<String, i64>,
}

/// The working state: what is live with the drafts over it.
#[utoipa::path(get, path = "/api/admin/faq/entries", tag = "faq", params(ListQuery, PageQuery), responses((status = 200, body = Entries), Refusals))]
async fn list(
    State(state): State<ApiState>,
    _: Admin,
    Asked(query): Asked<ListQuery>,
    Asked(page): Asked<PageQuery>,
) -> ApiResult<Json<Entries>> {
    let filter = Filter {
        text: query.q,
        category: query.category,
        state: query.state,
        tag: query.tag,
        newest_first: query.sort == "updated",
    };
    let (items, total) = state.keeper.list(&filter, page.limit(), page.offset()).await?;
    let mut counts: BTreeMap<String, i64> =
        ["published", "draft", "in_review", "approved"].into_iter().map(|name| (name.to_owned(), 0)).collect();
    counts.extend(state.keeper.counts().await?);
    Ok(Json(Entries { items: items.into_iter().map(Summary::from).collect(), total, counts }))
}

/// A new entry.
#[derive(Deserialize, ToSchema)]
struct NewEntry {
    /// A name of the shop's own; one is made where it is left out.
    #[serde(default)]
    id: String,
    #[serde(flatten)]
    content: Content,
}

/// Makes a new entry as a draft.
#[utoipa::path(post, path = "/api/admin/faq/entries", tag = "faq", request_body = NewEntry, responses((status = 201, body = EntryView), Refusals))]
async fn create(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Body(form): Body<NewEntry>,
) -> ApiResult<(StatusCode, Json<EntryView>)> {
    let entry = state.keeper.create(&staff.name, form.content.entry(form.id)).await?;
    let id = entry.content().map(|entry| entry.id.clone()).unwrap_or_default();
    Ok((StatusCode::CREATED, Json(EntryView::of(id, entry))))
}

/// An entry with its draft.
#[utoipa::path(get, path = "/api/admin/faq/entries/{id}", tag = "faq", params(("id" = String, Path)), responses((status = 200, body = EntryView), Refusals))]
async fn entry(State(state): State<ApiState>, _: Admin, At(id): At<String>) -> ApiResult<Json<EntryView>> {
    let entry = state.keeper.entry(&id).await?;
    Ok(Json(EntryView::of(id, entry)))
}

/// An entry to save.
#[derive(Deserialize, ToSchema)]
struct SavedEntry {
    /// The revision that was edited; 0 where there was no draft.
    #[serde(default)]
    revision: i64,
    content: Content,
}

/// Saves an entry as a draft.
#[utoipa::path(put, path = "/api/admin/faq/entries/{id}", tag = "faq", params(("id" = String, Path)), request_body = SavedEntry, responses((status = 200, body = EntryView), Refusals))]
async fn save(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    At(id): At<String>,
    Body(form): Body<SavedEntry>,
) -> ApiResult<Json<EntryView>> {
    // There must be such an entry: a new one is made by POST.
    state.keeper.entry(&id).await?;
    let entry = state.keeper.save(&staff.name, form.revision, form.content.entry(id.clone())).await?;
    Ok(Json(EntryView::of(id, entry)))
}

/// What became of a removal.
#[derive(Serialize, ToSchema)]
struct Removal {
    /// Whether it is gone at once, because it was never live; otherwise the next publish takes it away.
    gone: bool,
}

/// Takes an entry away with the next publish.
#[utoipa::path(delete, path = "/api/admin/faq/entries/{id}", tag = "faq", params(("id" = String, Path)), responses((status = 200, body = Removal), Refusals))]
async fn remove(State(state): State<ApiState>, Admin(staff): Admin, At(id): At<String>) -> ApiResult<Json<Removal>> {
    let gone = state.keeper.remove(&staff.name, &id).await? == Saved::Gone;
    Ok(Json(Removal { gone }))
}

/// Forgets the draft of an entry.
#[utoipa::path(post, path = "/api/admin/faq/entries/{id}/discard", tag = "faq", params(("id" = String, Path)), responses((status = 204), Refusals))]
async fn discard(State(state): State<ApiState>, Admin(staff): Admin, At(id): At<String>) -> ApiResult<StatusCode> {
    state.keeper.bulk(&staff.name, &[id], &Bulk::Discard).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where a draft is to go.
#[derive(Deserialize, ToSchema)]
struct StageForm {
    /// `in_review`, `approved`, or `draft` to send it back.
    state: String,
    /// What the reviewer says.
    #[serde(default)]
    note: String,
}

/// Moves a draft on or back.
#[utoipa::path(post, path = "/api/admin/faq/entries/{id}/state", tag = "faq", params(("id" = String, Path)), request_body = StageForm, responses((status = 200, body = EntryView), Refusals))]
async fn set_stage(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    At(id): At<String>,
    Body(form): Body<StageForm>,
) -> ApiResult<Json<EntryView>> {
    let stage =
        Stage::parse(&form.state).ok_or_else(|| ApiError::bad_request("状态只能是 in_review、approved 或 draft"))?;
    state.keeper.bulk(&staff.name, std::slice::from_ref(&id), &Bulk::Stage(stage, form.note)).await?;
    let entry = state.keeper.entry(&id).await?;
    Ok(Json(EntryView::of(id, entry)))
}

/// A change of many entries.
#[derive(Deserialize, ToSchema)]
struct BulkForm {
    /// At most 1,000.
    ids: Vec<String>,
    /// `move`, `tag`, `untag`, `remove`, `discard`, `submit`, `approve` or `send_back`.
    action: String,
    /// Where to move.
    #[serde(default)]
    category: String,
    /// Which tag.
    #[serde(default)]
    tag: String,
    /// What the reviewer says.
    #[serde(default)]
    note: String,
}

/// How many were changed.
#[derive(Serialize, ToSchema)]
pub(super) struct Changed {
    pub(super) changed: usize,
}

/// Changes many entries, all or none.
#[utoipa::path(post, path = "/api/admin/faq/bulk", tag = "faq", request_body = BulkForm, responses((status = 200, body = Changed), Refusals))]
async fn bulk(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Body(form): Body<BulkForm>,
) -> ApiResult<Json<Changed>> {
    let bulk = match form.action.as_str() {
        "move" => Bulk::Move(form.category),
        "tag" if form.tag.trim().is_empty() => return Err(ApiError::bad_request("标签不能为空")),
        "tag" => Bulk::Tag(form.tag),
        "untag" => Bulk::Untag(form.tag),
        "remove" => Bulk::Remove,
        "discard" => Bulk::Discard,
        "submit" => Bulk::Stage(Stage::InReview, form.note),
        "approve" => Bulk::Stage(Stage::Approved, form.note),
        "send_back" => Bulk::Stage(Stage::Draft, form.note),
        other => return Err(ApiError::bad_request(format!("没有 {other} 这个操作"))),
    };
    Ok(Json(Changed { changed: state.keeper.bulk(&staff.name, &form.ids, &bulk).await? }))
}

/// An entry that is being edited.
#[derive(Deserialize, ToSchema)]
struct Checked {
    /// Its id, where it has one.
    id: Option<String>,
    content: Content,
}

/// What is to be said of it.
#[derive(Serialize, ToSchema)]
struct CheckView {
    /// What would stop saving.
    problems: Vec<Problem>,
    /// What would not.
    warnings: Vec<Warning>,
}

/// Warnings while somebody types.
#[utoipa::path(post, path = "/api/admin/faq/check", tag = "faq", request_body = Checked, responses((status = 200, body = CheckView), Refusals))]
async fn check(State(state): State<ApiState>, _: Admin, Body(form): Body<Checked>) -> ApiResult<Json<CheckView>> {
    let found = state.keeper.check(form.content.entry(form.id.unwrap_or_default())).await?;
    Ok(Json(CheckView { problems: found.problems, warnings: found.warnings }))
}

/// A version that changed an entry.
#[derive(Serialize, ToSchema)]
struct PastChange {
    version: i64,
    #[schema(value_type = i64)]
    at: Timestamp,
    actor: String,
    note: String,
    /// `added`, `changed` or `removed`.
    kind: &'static str,
    fields: Vec<FieldChange>,
}

/// The newest first.
#[derive(Serialize, ToSchema)]
struct History {
    items: Vec<PastChange>,
    total: i64,
}

/// The versions that changed an entry.
#[utoipa::path(get, path = "/api/admin/faq/entries/{id}/history", tag = "faq", params(("id" = String, Path), PageQuery), responses((status = 200, body = History), Refusals))]
async fn history(
    State(state): State<ApiState>,
    _: Admin,
    At(id): At<String>,
    Asked(page): Asked<PageQuery>,
) -> ApiResult<Json<History>> {
    let (items, total) = state.keeper.history(&id, page.limit(), page.offset()).await?;
    let items = items.into_iter().map(|(row, change)| PastChange {
        version: row.version,
        at: Timestamp(row.created_at),
        actor: row.actor,
        note: row.note,
        kind: kind(&change),
        fields: of_change(&change),
    });
    Ok(Json(History { items: items.collect(), total }))
}
