//! How every live entry does.

use super::{PeriodQuery, file, values};
use crate::api::ApiState;
use crate::api::error::{ApiResult, Refusals};
use crate::api::extract::{Admin, Asked, PageQuery};
use crate::service::knowledge::dashboard::{Definition, Health, definitions};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(entries))
}

/// Which entries, in which order.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct HealthQuery {
    /// `shown`, `solved_rate`, `handover_rate`, `unsolved` or `stale`.
    #[serde(default)]
    sort: String,
    /// Part of the question.
    #[serde(default)]
    q: String,
}

/// A page of entries.
#[derive(Serialize, ToSchema)]
struct HealthTable {
    definitions: Vec<Definition>,
    items: Vec<Health>,
    total: usize,
}

/// How every live entry does.
#[utoipa::path(get, path = "/api/admin/dashboard/entries", tag = "dashboard", params(PeriodQuery, HealthQuery, PageQuery), responses((status = 200, body = HealthTable), Refusals))]
async fn entries(
    State(state): State<ApiState>,
    _: Admin,
    Asked(query): Asked<PeriodQuery>,
    Asked(wanted): Asked<HealthQuery>,
    Asked(page): Asked<PageQuery>,
) -> ApiResult<Response> {
    let mut health = state.keeper.health(query.period(&state)?).await?;
    health.retain(|entry| wanted.q.is_empty() || entry.question.contains(&wanted.q));
    let low = |rate: Option<f64>| rate.unwrap_or(f64::INFINITY);
    let high = |rate: Option<f64>| rate.unwrap_or(f64::NEG_INFINITY);
    health.sort_by(|a, b| {
        let first = match wanted.sort.as_str() {
            "solved_rate" => low(a.solved_rate).total_cmp(&low(b.solved_rate)),
            "handover_rate" => high(b.handover_rate).total_cmp(&high(a.handover_rate)),
            "unsolved" => b.unsolved.cmp(&a.unsolved),
            "stale" => b.stale.cmp(&a.stale).then(a.last_shown.cmp(&b.last_shown)),
            _ => b.shown.cmp(&a.shown),
        };
        first.then_with(|| b.shown.cmp(&a.shown)).then_with(|| a.id.cmp(&b.id))
    });
    if let Some(format) = query.file() {
        let fields = [
            "id",
            "category",
            "question",
            "shown",
            "previous",
            "solved",
            "unsolved",
            "solved_rate",
            "handed_over",
            "handover_rate",
            "last_shown",
            "changed_at",
            "stale",
        ];
        return file("entries", &fields, &values(&health), format);
    }
    let total = health.len();
    let (offset, limit) = (usize::try_from(page.offset()).unwrap_or(0), usize::try_from(page.limit()).unwrap_or(0));
    let items = health.into_iter().skip(offset).take(limit).collect();
    let definitions = definitions(&["shown", "solved", "unsolved", "solved_rate", "handover_rate_of_entry", "stale"]);
    Ok(Json(HealthTable { definitions, items, total }).into_response())
}
