//! Mood over time, and what shoppers thought of the service.

use super::{PeriodQuery, file, values};
use crate::api::ApiState;
use crate::api::error::{ApiResult, Refusals};
use crate::api::extract::{Admin, Asked};
use crate::service::knowledge::dashboard::{Definition, Step, definitions};
use crate::store::figures;
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
    OpenApiRouter::new().routes(routes!(mood)).routes(routes!(ratings))
}

/// Turns of one mood.
#[derive(Serialize, ToSchema)]
struct MoodView {
    #[schema(value_type = String)]
    level: Value,
    title: &'static str,
    count: i64,
    previous: i64,
}

/// Moods.
#[derive(Serialize, ToSchema)]
struct MoodTable {
    definitions: Vec<Definition>,
    /// The worst first.
    levels: Vec<MoodView>,
    /// `at`, `mean`, and a count for each level.
    #[schema(value_type = Vec<Object>)]
    series: Vec<Value>,
}

/// Mood over time.
#[utoipa::path(get, path = "/api/admin/dashboard/mood", tag = "dashboard", params(PeriodQuery), responses((status = 200, body = MoodTable), Refusals))]
async fn mood(State(state): State<ApiState>, _: Admin, Asked(query): Asked<PeriodQuery>) -> ApiResult<Response> {
    let period = query.period(&state)?;
    let (levels, series) = state.keeper.moods(period).await?;
    let (before, _) = state.keeper.moods(period.before()).await?;
    if let Some(format) = query.file() {
        let fields = ["at", "mean", "furious", "upset", "neutral", "content", "delighted"];
        return file("mood", &fields, &series, format);
    }
    let levels = (levels.into_iter().zip(before)).map(|((mood, count), (_, previous))| MoodView {
        level: serde_json::to_value(mood).unwrap_or_default(),
        title: mood.title(),
        count,
        previous,
    });
    Ok(Json(MoodTable { definitions: definitions(&["mood"]), levels: levels.collect(), series }).into_response())
}

/// Services with so many stars.
#[derive(Serialize, ToSchema)]
struct StarsView {
    stars: i64,
    count: i64,
    previous: i64,
}

/// A step of ratings.
#[derive(Serialize, ToSchema)]
struct RatingStep {
    at: i64,
    rating: Option<f64>,
    rated: i64,
    solved: i64,
    unsolved: i64,
}

/// Ratings.
#[derive(Serialize, ToSchema)]
struct Ratings {
    definitions: Vec<Definition>,
    /// Five first.
    stars: Vec<StarsView>,
    series: Vec<RatingStep>,
}

/// Stars of the service and verdicts on answers.
#[utoipa::path(get, path = "/api/admin/dashboard/ratings", tag = "dashboard", params(PeriodQuery), responses((status = 200, body = Ratings), Refusals))]
async fn ratings(State(state): State<ApiState>, _: Admin, Asked(query): Asked<PeriodQuery>) -> ApiResult<Response> {
    let (period, before) = (query.period(&state)?, query.period(&state)?.before());
    let (_, series) = state.keeper.overview(period).await?;
    let series: Vec<RatingStep> = (series.into_iter())
        .map(|Step { at, figures }| RatingStep {
            at,
            rating: figures.rating,
            rated: figures.rated,
            solved: figures.solved,
            unsolved: figures.unsolved,
        })
        .collect();
    if let Some(format) = query.file() {
        return file("ratings", &["at", "rating", "rated", "solved", "unsolved"], &values(&series), format);
    }
    let calls = figures::calls(&state.db, period.from, period.to).await?;
    let former = figures::calls(&state.db, before.from, before.to).await?;
    let count = |calls: &[figures::CallRow], stars: i64| {
        i64::try_from(calls.iter().filter(|call| call.stars == Some(stars)).count()).unwrap_or(i64::MAX)
    };
    let stars =
        (1..=5).rev().map(|stars| StarsView { stars, count: count(&calls, stars), previous: count(&former, stars) });
    let definitions = definitions(&["rating", "rated", "solved", "unsolved"]);
    Ok(Json(Ratings { definitions, stars: stars.collect(), series }).into_response())
}
