//! Figures that people look at: totals, series and tables, each with the period before, and as CSV.

use super::Refusals;
use super::files::attachment;
use crate::api::ApiState;
use crate::api::error::{ApiError, ApiResult};
use crate::api::extract::{Admin, Asked, PageQuery};
use crate::service::knowledge::dashboard::{Definition, Figures, Health, Period, Step, definitions};
use crate::service::knowledge::{FileFormat, csv_of};
use crate::store::figures;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(overview))
        .routes(routes!(handovers))
        .routes(routes!(hot_questions))
        .routes(routes!(unknown))
        .routes(routes!(mood))
        .routes(routes!(ratings))
        .routes(routes!(entries))
        .routes(routes!(recommendations))
}

/// Which stretch of time.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PeriodQuery {
    /// Milliseconds since 1970 UTC; seven days before `to` where it is left out.
    from: Option<i64>,
    /// Now where it is left out.
    to: Option<i64>,
    /// `hour`, `day` or `week`.
    #[serde(default)]
    step: String,
    /// `json`, `csv` or `xlsx`.
    #[serde(default)]
    format: String,
}

impl PeriodQuery {
    fn period(&self, state: &ApiState) -> Result<Period, ApiError> {
        Ok(Period::new(self.from, self.to, &self.step, state.keeper.now())?)
    }

    fn file(&self) -> Option<FileFormat> {
        FileFormat::parse(&self.format).filter(|_| !self.format.is_empty())
    }
}

/// Rows of objects as a file; the heading is in the order of `fields`.
fn file(name: &str, fields: &[&str], rows: &[Value], format: FileFormat) -> ApiResult<Response> {
    let cell = |value: Option<&Value>| match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| fields.iter().map(|field| cell(row.get(field))).collect()).collect();
    Ok(attachment(name, format, csv_of(name, fields, &rows, format)?))
}

fn values<T: Serialize>(rows: &[T]) -> Vec<Value> {
    rows.iter().map(|row| serde_json::to_value(row).unwrap_or_default()).collect()
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
