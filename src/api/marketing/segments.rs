//! Segments: rules with live counts, the automatic ones, and who is in them, with why.

use super::view::{LineView, masked};
use crate::api::ApiState;
use crate::api::error::{ApiResult, Refusals};
use crate::api::extract::{Admin, Asked, At, Body, PageQuery};
use crate::marketing::profile::{Field, Kind};
use crate::service::marketing::SegmentView;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(change, remove)).routes(routes!(members))
}

/// A segment.
#[derive(Serialize, ToSchema)]
struct Segment {
    /// The automatic ones have none.
    id: Option<Uuid>,
    name: String,
    /// As people write it.
    rule: String,
    /// What the persons in it are like.
    description: String,
    /// How many are in it now.
    count: usize,
}

/// Something that a rule may ask for.
#[derive(Serialize, ToSchema)]
struct FieldView {
    name: &'static str,
    /// `number`, `text` or `yes_no`.
    kind: &'static str,
    unit: &'static str,
}

/// All segments.
#[derive(Serialize, ToSchema)]
struct SegmentList {
    segments: Vec<Segment>,
    /// Everybody that is known.
    everybody: usize,
    fields: Vec<FieldView>,
}

/// All segments with live counts: written ones, groups of customers, clusters.
#[utoipa::path(get, path = "/api/admin/segments", tag = "marketing", responses((status = 200, body = SegmentList), Refusals))]
async fn list(State(state): State<ApiState>, _: Admin) -> ApiResult<Json<SegmentList>> {
    let (segments, everybody) = state.marketing.segments().await?;
    let view = |SegmentView { id, name, rule, description, count }| Segment { id, name, rule, description, count };
    let fields = Field::ALL.iter().map(|(_, name, kind)| match kind {
        Kind::Number(unit) => FieldView { name, kind: "number", unit },
        Kind::Text => FieldView { name, kind: "text", unit: "" },
        Kind::YesNo => FieldView { name, kind: "yes_no", unit: "" },
    });
    let segments = segments.into_iter().map(view).collect();
    Ok(Json(SegmentList { segments, everybody, fields: fields.collect() }))
}

/// A segment as it comes from the editor.
#[derive(Deserialize, ToSchema)]
struct SegmentForm {
    name: String,
    rule: String,
}

/// A segment that was kept.
#[derive(Serialize, ToSchema)]
struct SegmentKept {
    id: Uuid,
}

/// Makes a segment.
#[utoipa::path(post, path = "/api/admin/segments", tag = "marketing", request_body = SegmentForm, responses((status = 200, body = SegmentKept), Refusals))]
async fn create(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Body(form): Body<SegmentForm>,
) -> ApiResult<Json<SegmentKept>> {
    Ok(Json(SegmentKept { id: state.marketing.put_segment(None, &form.name, &form.rule, &staff.name).await? }))
}

/// Gives a segment another name or rule.
#[utoipa::path(put, path = "/api/admin/segments/{id}", tag = "marketing", params(("id" = Uuid, Path)), request_body = SegmentForm, responses((status = 200, body = SegmentKept), Refusals))]
async fn change(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    At(id): At<Uuid>,
    Body(form): Body<SegmentForm>,
) -> ApiResult<Json<SegmentKept>> {
    Ok(Json(SegmentKept { id: state.marketing.put_segment(Some(id), &form.name, &form.rule, &staff.name).await? }))
}

/// Removes a segment.
#[utoipa::path(delete, path = "/api/admin/segments/{id}", tag = "marketing", params(("id" = Uuid, Path)), responses((status = 204), Refusals))]
async fn remove(State(state): State<ApiState>, Admin(staff): Admin, At(id): At<Uuid>) -> ApiResult<StatusCode> {
    state.marketing.remove_segment(id, &staff.name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whom a rule means.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct MemberQuery {
    /// The rule, as people write it.
    rule: String,
}

/// Somebody in a segment.
#[derive(Serialize, ToSchema)]
struct Member {
    /// Key of the person.
    person: String,
    /// With all but the first character masked; empty where it is not known.
    name: String,
    /// Why they are in it.
    why: Vec<LineView>,
    /// Channels they agreed to, in Chinese.
    agreed: Vec<&'static str>,
}

/// Who is in a segment.
#[derive(Serialize, ToSchema)]
struct Members {
    items: Vec<Member>,
    /// How many there are.
    total: usize,
}

/// How many a rule means now, and who they are, each with why.
#[utoipa::path(get, path = "/api/admin/segments/members", tag = "marketing", params(MemberQuery, PageQuery), responses((status = 200, body = Members), Refusals))]
async fn members(
    State(state): State<ApiState>,
    _: Admin,
    Asked(query): Asked<MemberQuery>,
    Asked(page): Asked<PageQuery>,
) -> ApiResult<Json<Members>> {
    let (limit, offset) = (usize::try_from(page.limit()).unwrap_or(0), usize::try_from(page.offset()).unwrap_or(0));
    let (total, members) = state.marketing.members(&query.rule, limit, offset).await?;
    let items = members.into_iter().map(|(person, name, why, agreed)| Member {
        person,
        name: masked(&name),
        why: why.lines.into_iter().map(LineView::from).collect(),
        agreed,
    });
    Ok(Json(Members { items: items.collect(), total }))
}
