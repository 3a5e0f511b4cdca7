//! Campaigns: writing, trying, starting, stopping, and what came of them.

use super::view::{FiguresView, LiftView, LineView, ReasonView, masked};
use crate::api::ApiState;
use crate::api::error::{ApiResult, Refusals};
use crate::api::extract::{Admin, At, Body};
use crate::clock::Timestamp;
use crate::marketing::campaign::Plan;
use crate::marketing::sending::{Limits, Refusal};
use crate::service::marketing::{CampaignDraft, Sample};
use crate::store::marketing::campaign::{CampaignRow, CampaignState};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(campaign, change, remove))
        .routes(routes!(set_state))
        .routes(routes!(dry_run))
        .routes(routes!(report))
        .routes(routes!(limits, put_limits))
}

/// A campaign.
#[derive(Serialize, ToSchema)]
struct Campaign {
    id: Uuid,
    name: String,
    state: CampaignState,
    plan: Plan,
    /// Why it begins, in Chinese.
    trigger_title: &'static str,
    channel_title: &'static str,
    revision: i64,
    #[schema(value_type = i64)]
    updated_at: Timestamp,
    #[schema(value_type = Option<i64>)]
    started_at: Option<Timestamp>,
}

impl From<CampaignRow> for Campaign {
    fn from(row: CampaignRow) -> Self {
        Self {
            id: row.id,
            trigger_title: row.plan.trigger.title(),
            channel_title: row.plan.channel.title(),
            name: row.name,
            state: row.state,
            plan: row.plan,
            revision: row.revision,
            updated_at: row.updated_at,
            started_at: row.started_at,
        }
    }
}

/// All campaigns, the newest first.
#[derive(Serialize, ToSchema)]
struct Campaigns {
    campaigns: Vec<Campaign>,
}

/// All campaigns.
#[utoipa::path(get, path = "/api/admin/campaigns", tag = "marketing", responses((status = 200, body = Campaigns), Refusals))]
async fn list(State(state): State<ApiState>, _: Admin) -> ApiResult<Json<Campaigns>> {
    let campaigns = state.marketing.campaigns().await?.into_iter().map(Campaign::from).collect();
    Ok(Json(Campaigns { campaigns }))
}

/// A campaign as it comes from the editor.
#[derive(Deserialize, ToSchema)]
struct CampaignForm {
    name: String,
    plan: Plan,
    /// The revision it was made from; 0 for a new one.
    #[serde(default)]
    revision: i64,
}

impl From<CampaignForm> for CampaignDraft {
    fn from(CampaignForm { name, plan, revision }: CampaignForm) -> Self {
        Self { name, plan, revision }
    }
}

/// Makes a campaign, as a draft.
#[utoipa::path(post, path = "/api/admin/campaigns", tag = "marketing", request_body = CampaignForm, responses((status = 200, body = Campaign), Refusals))]
async fn create(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Body(form): Body<CampaignForm>,
) -> ApiResult<Json<Campaign>> {
    Ok(Json(state.marketing.put_campaign(None, form.into(), &staff.name).await?.into()))
}

/// One campaign.
#[utoipa::path(get, path = "/api/admin/campaigns/{id}", tag = "marketing", params(("id" = Uuid, Path)), responses((status = 200, body = Campaign), Refusals))]
async fn campaign(State(state): State<ApiState>, _: Admin, At(id): At<Uuid>) -> ApiResult<Json<Campaign>> {
    Ok(Json(state.marketing.campaign(id).await?.into()))
}

/// Gives a campaign that does not run another name or plan.
#[utoipa::path(put, path = "/api/admin/campaigns/{id}", tag = "marketing", params(("id" = Uuid, Path)), request_body = CampaignForm, responses((status = 200, body = Campaign), Refusals))]
async fn change(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    At(id): At<Uuid>,
    Body(form): Body<CampaignForm>,
) -> ApiResult<Json<Campaign>> {
    Ok(Json(state.marketing.put_campaign(Some(id), form.into(), &staff.name).await?.into()))
}

/// Removes a draft.
#[utoipa::path(delete, path = "/api/admin/campaigns/{id}", tag = "marketing", params(("id" = Uuid, Path)), responses((status = 204), Refusals))]
async fn remove(State(state): State<ApiState>, Admin(staff): Admin, At(id): At<Uuid>) -> ApiResult<StatusCode> {
    state.marketing.remove_campaign(id, &staff.name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where a campaign should be.
#[derive(Deserialize, ToSchema)]
struct StateForm {
    state: CampaignState,
}

/// Starts, pauses or ends a campaign.
#[utoipa::path(put, path = "/api/admin/campaigns/{id}/state", tag = "marketing", params(("id" = Uuid, Path)), request_body = StateForm, responses((status = 200, body = Campaign), Refusals))]
async fn set_state(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    At(id): At<Uuid>,
    Body(form): Body<StateForm>,
) -> ApiResult<Json<Campaign>> {
    Ok(Json(state.marketing.move_campaign(id, form.state, &staff.name).await?.into()))
}

/// Somebody, and what would become of a message to them.
#[derive(Serialize, ToSchema)]
struct SampleView {
    person: String,
    name: String,
    /// Number of the variant they would get, from 0.
    variant: Option<usize>,
    held_out: bool,
    /// Why they would get nothing, in Chinese.
    reasons: Vec<&'static str>,
    /// The conditions of the audience that decided.
    audience: Vec<LineView>,
    text: String,
    products: Vec<String>,
}

impl From<Sample> for SampleView {
    fn from(sample: Sample) -> Self {
        Self {
            person: sample.person,
            name: masked(&sample.name),
            variant: sample.variant,
            held_out: sample.held_out,
            reasons: sample.reasons.into_iter().map(Refusal::title).collect(),
            audience: sample.audience.into_iter().map(LineView::from).collect(),
            text: sample.text,
            products: sample.products,
        }
    }
}

/// What would happen if the campaign ran now.
#[derive(Serialize, ToSchema)]
struct DryRunView {
    everybody: usize,
    /// Not meant by the audience.
    outside: usize,
    /// Meant, but nothing has happened that would begin it for them.
    not_due: usize,
    /// Would get a message, variant by variant.
    variants: Vec<usize>,
    holdout: usize,
    refused_persons: usize,
    /// Why; somebody may have several reasons.
    refused: Vec<ReasonView>,
    would_get: Vec<SampleView>,
    would_not: Vec<SampleView>,
    not_meant: Vec<SampleView>,
}

/// Who would get what if the campaign ran now, and why others would not. Nothing is sent or kept.
#[utoipa::path(post, path = "/api/admin/campaigns/{id}/dry-run", tag = "marketing", params(("id" = Uuid, Path)), responses((status = 200, body = DryRunView), Refusals))]
async fn dry_run(State(state): State<ApiState>, _: Admin, At(id): At<Uuid>) -> ApiResult<Json<DryRunView>> {
    let run = state.marketing.dry_run(&state.marketing.campaign(id).await?).await?;
    let views = |samples: Vec<Sample>| samples.into_iter().map(SampleView::from).collect();
    let mut refused: Vec<ReasonView> =
        run.refused.into_iter().map(|(reason, count)| ReasonView::new(reason, count as i64)).collect();
    refused.sort_by_key(ReasonView::rank);
    Ok(Json(DryRunView {
        everybody: run.everybody,
        outside: run.outside,
        not_due: run.not_due,
        variants: run.variants,
        holdout: run.holdout,
        refused_persons: run.refused_persons,
        refused,
        would_get: views(run.would_get),
        would_not: views(run.would_not),
        not_meant: views(run.not_meant),
    }))
}

/// A day of a campaign.
#[derive(Serialize, ToSchema)]
struct DayView {
    /// Its beginning, in milliseconds since 1970 UTC.
    #[schema(value_type = i64)]
    at: Timestamp,
    sent: u64,
    clicked: u64,
}

/// What a figure means.
#[derive(Serialize, ToSchema)]
struct DefinitionView {
    title: &'static str,
    definition: &'static str,
}

const DEFINITIONS: [(&str, &str); 6] = [
    ("发出", "已经发到渠道的消息条数。"),
    ("看过", "站内消息读到了这一条，或点开过消息里的链接；邮件里不放任何暗中统计的图片。"),
    ("点击", "点开过消息里的链接，或在统计天数内打开、加购了消息里的商品。"),
    ("成交", "第一次决定发送之后的统计天数内买过任何东西（或付了被提醒的那一单）的人数。"),
    ("退订", "收到这条消息后七天内退订。"),
    (
        "增量",
        "应发的人成交比例减去对照组成交比例；区间为 95% 的 Newcombe 得分区间。应发的人全部计入，发送失败和撤回的也算。",
    ),
];

/// What came of a campaign.
#[derive(Serialize, ToSchema)]
struct ReportView {
    total: FiguresView,
    holdout: FiguresView,
    variants: Vec<FiguresView>,
    /// What it has brought, in shares of buyers; none where nobody is held out.
    lift: Option<LiftView>,
    /// Each further variant against the first, in shares of buyers.
    against_first: Vec<Option<LiftView>>,
    days: Vec<DayView>,
    /// Why others did not get it.
    refused: Vec<ReasonView>,
    definitions: Vec<DefinitionView>,
}

/// Sent, seen, clicked, bought, unsubscribed, and the incremental lift with its interval.
#[utoipa::path(get, path = "/api/admin/campaigns/{id}/report", tag = "marketing", params(("id" = Uuid, Path)), responses((status = 200, body = ReportView), Refusals))]
async fn report(State(state): State<ApiState>, _: Admin, At(id): At<Uuid>) -> ApiResult<Json<ReportView>> {
    let found = state.marketing.report(id).await?;
    let report = found.report;
    Ok(Json(ReportView {
        total: report.total.into(),
        holdout: report.holdout.into(),
        variants: report.variants.into_iter().map(FiguresView::from).collect(),
        lift: report.lift.map(LiftView::from),
        against_first: report.against_first.into_iter().map(|lift| lift.map(LiftView::from)).collect(),
        days: report.days.into_iter().map(|day| DayView { at: day.at, sent: day.sent, clicked: day.clicked }).collect(),
        refused: found.refused.into_iter().map(|(reason, count)| ReasonView::new(reason, count)).collect(),
        definitions: DEFINITIONS.map(|(title, definition)| DefinitionView { title, definition }).into(),
    }))
}

/// How often anybody is written to at most, and when nobody is.
#[utoipa::path(get, path = "/api/admin/marketing/limits", tag = "marketing", responses((status = 200, body = Limits), Refusals))]
async fn limits(State(state): State<ApiState>, _: Admin) -> ApiResult<Json<Limits>> {
    Ok(Json(state.marketing.limits().await?))
}

/// Other limits, in force at once.
#[utoipa::path(put, path = "/api/admin/marketing/limits", tag = "marketing", request_body = Limits, responses((status = 200, body = Limits), Refusals))]
async fn put_limits(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Body(limits): Body<Limits>,
) -> ApiResult<Json<Limits>> {
    state.marketing.put_limits(limits, &staff.name).await?;
    Ok(Json(limits))
}
