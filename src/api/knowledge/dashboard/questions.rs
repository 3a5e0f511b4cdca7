//! What is asked most, and what is not known.

use super::{PeriodQuery, file, values};
use crate::api::ApiState;
use crate::api::error::{ApiResult, Refusals};
use crate::api::extract::{Admin, Asked};
use crate::service::knowledge::dashboard::{Definition, definitions};
use crate::store::figures;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(hot_questions)).routes(routes!(unknown))
}

/// How many rows.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TopQuery {
    /// 1 to 200; 20 where nothing is said.
    limit: Option<usize>,
}

impl TopQuery {
    fn limit(&self) -> usize {
        self.limit.unwrap_or(20).clamp(1, 200)
    }
}

/// An entry that was asked for.
#[derive(Serialize, ToSchema)]
struct HotView {
    entry: String,
    question: String,
    count: i64,
    previous: i64,
    /// Of all answers by entries.
    share: f64,
}

/// The most frequent first.
#[derive(Serialize, ToSchema)]
struct HotQuestions {
    definitions: Vec<Definition>,
    items: Vec<HotView>,
}

/// What is asked most.
#[utoipa::path(get, path = "/api/admin/dashboard/hot-questions", tag = "dashboard", params(PeriodQuery, TopQuery), responses((status = 200, body = HotQuestions), Refusals))]
async fn hot_questions(
    State(state): State<ApiState>,
    _: Admin,
    Asked(query): Asked<PeriodQuery>,
    Asked(top): Asked<TopQuery>,
) -> ApiResult<Response> {
    let (period, before) = (query.period(&state)?, query.period(&state)?.before());
    let shown = figures::shown(&state.db, period.from, period.to).await?;
    let former: HashMap<String, i64> = figures::shown(&state.db, before.from, before.to).await?.into_iter().collect();
    let all: i64 = shown.iter().map(|(_, count)| count).sum();
    let assistant = state.chat.published.assistant();
    let items: Vec<HotView> = (shown.into_iter().take(top.limit()))
        .map(|(entry, count)| HotView {
            question: assistant.knowledge.entry(&entry).map_or_else(|| entry.clone(), |known| known.question.clone()),
            previous: former.get(&entry).copied().unwrap_or(0),
            share: count as f64 / all.max(1) as f64,
            entry,
            count,
        })
        .collect();
    if let Some(format) = query.file() {
        return file("hot-questions", &["entry", "question", "count", "previous", "share"], &values(&items), format);
    }
    Ok(Json(HotQuestions { definitions: definitions(&["count", "share"]), items }).into_response())
}

/// A cluster of questions that were not known.
#[derive(Serialize, ToSchema)]
struct UnknownView {
    /// In the inbox.
    cluster: String,
    question: String,
    count: i64,
    previous: i64,
    handed_over: i64,
}

/// The most frequent first.
#[derive(Serialize, ToSchema)]
struct UnknownTable {
    definitions: Vec<Definition>,
    items: Vec<UnknownView>,
}

/// What was not known.
#[utoipa::path(get, path = "/api/admin/dashboard/unknown", tag = "dashboard", params(PeriodQuery, TopQuery), responses((status = 200, body = UnknownTable), Refusals))]
async fn unknown(
    State(state): State<ApiState>,
    _: Admin,
    Asked(query): Asked<PeriodQuery>,
    Asked(top): Asked<TopQuery>,
) -> ApiResult<Response> {
    state.keeper.gather().await?;
    let (period, before) = (query.period(&state)?, query.period(&state)?.before());
    let rows = figures::unknown(&state.db, period.from, period.to).await?;
    let former: HashMap<_, i64> = (figures::unknown(&state.db, before.from, before.to).await?.into_iter())
        .map(|(cluster, _, count, _)| (cluster, count))
        .collect();
    let items: Vec<UnknownView> = (rows.into_iter().take(top.limit()))
        .map(|(cluster, question, count, handed_over)| UnknownView {
            previous: former.get(&cluster).copied().unwrap_or(0),
            cluster: cluster.to_string(),
            question,
            count,
            handed_over,
        })
        .collect();
    if let Some(format) = query.file() {
        let fields = ["cluster", "question", "count", "previous", "handed_over"];
        return file("unknown", &fields, &values(&items), format);
    }
    Ok(Json(UnknownTable { definitions: definitions(&["unknown", "handed_over"]), items }).into_response())
}
