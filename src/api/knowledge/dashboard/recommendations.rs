//! What came of recommendations.

use super::{PeriodQuery, file, values};
use crate::api::ApiState;
use crate::api::error::{ApiResult, Refusals};
use crate::api::extract::{Admin, Asked};
use crate::service::knowledge::dashboard::{Definition, definitions};
use crate::store::figures;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(recommendations))
}

/// Counts of a period.
#[derive(Serialize, Default, Clone, Copy, ToSchema)]
struct SuggestionCounts {
    impressions: i64,
    clicks: i64,
    conversions: i64,
}

/// Suggestions of one slot, algorithm and arm.
#[derive(Serialize, ToSchema)]
struct SuggestionView {
    slot: String,
    algorithm: String,
    arm: String,
    impressions: i64,
    clicks: i64,
    conversions: i64,
    click_rate: f64,
    conversion_rate: f64,
    previous: SuggestionCounts,
}

/// Suggestions.
#[derive(Serialize, ToSchema)]
struct SuggestionTable {
    definitions: Vec<Definition>,
    items: Vec<SuggestionView>,
}

/// Clicks and purchases of product suggestions by slot, algorithm and arm.
#[utoipa::path(get, path = "/api/admin/dashboard/recommendations", tag = "dashboard", params(PeriodQuery), responses((status = 200, body = SuggestionTable), Refusals))]
async fn recommendations(
    State(state): State<ApiState>,
    _: Admin,
    Asked(query): Asked<PeriodQuery>,
) -> ApiResult<Response> {
    let (period, before) = (query.period(&state)?, query.period(&state)?.before());
    let rows = figures::suggestion_rows(&state.db, period.from, period.to).await?;
    let former = figures::suggestion_rows(&state.db, before.from, before.to).await?;
    let former: HashMap<(String, String, String), SuggestionCounts> = (former.into_iter())
        .map(|(slot, algorithm, arm, impressions, clicks, conversions)| {
            ((slot, algorithm, arm), SuggestionCounts { impressions, clicks, conversions })
        })
        .collect();
    let rate = |part: i64, whole: i64| part as f64 / whole.max(1) as f64;
    let items: Vec<SuggestionView> = (rows.into_iter())
        .map(|(slot, algorithm, arm, impressions, clicks, conversions)| {
            let key = (slot, algorithm, arm);
            let previous = former.get(&key).copied().unwrap_or_default();
            let (slot, algorithm, arm) = key;
            SuggestionView {
                slot,
                algorithm,
                arm,
                impressions,
                clicks,
                conversions,
                click_rate: rate(clicks, impressions),
                conversion_rate: rate(conversions, impressions),
                previous,
            }
        })
        .collect();
    if let Some(format) = query.file() {
        let fields =
            ["slot", "algorithm", "arm", "impressions", "clicks", "conversions", "click_rate", "conversion_rate"];
        return file("recommendations", &fields, &values(&items), format);
    }
    let definitions = definitions(&["impressions", "clicks", "click_rate", "conversions"]);
    Ok(Json(SuggestionTable { definitions, items }).into_response())
}
