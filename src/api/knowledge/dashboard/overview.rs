//! The whole at a glance, and why people were called.

use super::{PeriodQuery, file, values};
use crate::api::ApiState;
use crate::api::error::{ApiResult, Refusals};
use crate::api::extract::{Admin, Asked};
use crate::service::knowledge::dashboard::{Definition, Figures, Step, definitions};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(overview)).routes(routes!(handovers))
}

const FIGURES: [&str; 17] = [
    "conversations",
    "messages",
    "questions",
    "answered",
    "unknown",
    "bot_resolved",
    "bot_resolved_rate",
    "handed_over",
    "handover_rate",
    "rating",
    "rated",
    "solved",
    "unsolved",
    "mood",
    "impressions",
    "clicks",
    "click_rate",
];

/// The whole at a glance.
#[derive(Serialize, ToSchema)]
struct Overview {
    from: i64,
    to: i64,
    definitions: Vec<Definition>,
    totals: Figures,
    /// Of the period before.
    previous: Figures,
    series: Vec<Step>,
    /// Of the period before.
    previous_series: Vec<Step>,
}

/// Volume, what the assistant settled, hand-overs, verdicts, mood, suggestions.
#[utoipa::path(get, path = "/api/admin/dashboard/overview", tag = "dashboard", params(PeriodQuery), responses((status = 200, body = Overview), Refusals))]
async fn overview(State(state): State<ApiState>, _: Admin, Asked(query): Asked<PeriodQuery>) -> ApiResult<Response> {
    let period = query.period(&state)?;
    let (totals, series) = state.keeper.overview(period).await?;
    if let Some(format) = query.file() {
        let fields: Vec<&str> = std::iter::once("at").chain(FIGURES).collect();
        return file("overview", &fields, &values(&series), format);
    }
    let (previous, previous_series) = state.keeper.overview(period.before()).await?;
    let (from, to, definitions) = (period.from.0, period.to.0, definitions(&FIGURES));
    Ok(Json(Overview { from, to, definitions, totals, previous, series, previous_series }).into_response())
}

/// Calls for one reason.
#[derive(Serialize, ToSchema)]
struct ReasonView {
    reason: &'static str,
    title: &'static str,
    count: i64,
    previous: i64,
}

/// Calls of a person.
#[derive(Serialize, ToSchema)]
struct Handovers {
    definitions: Vec<Definition>,
    items: Vec<ReasonView>,
    /// `at`, and a count for each reason.
    #[schema(value_type = Vec<Object>)]
    series: Vec<Value>,
}

/// Hand-overs by reason.
#[utoipa::path(get, path = "/api/admin/dashboard/handovers", tag = "dashboard", params(PeriodQuery), responses((status = 200, body = Handovers), Refusals))]
async fn handovers(State(state): State<ApiState>, _: Admin, Asked(query): Asked<PeriodQuery>) -> ApiResult<Response> {
    let period = query.period(&state)?;
    let (counts, series) = state.keeper.handovers(period).await?;
    let (before, _) = state.keeper.handovers(period.before()).await?;
    let items: Vec<ReasonView> = (counts.into_iter().zip(before))
        .map(|((reason, count), (_, previous))| ReasonView {
            reason: reason.name(),
            title: reason.title(),
            count,
            previous,
        })
        .collect();
    if let Some(format) = query.file() {
        return file("handovers", &["reason", "title", "count", "previous"], &values(&items), format);
    }
    Ok(Json(Handovers { definitions: definitions(&["handed_over", "handover_rate"]), items, series }).into_response())
}
