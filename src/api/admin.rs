//! What only admins may see.

use crate::api::ApiState;
use crate::api::error::{ApiError, ApiResult};
use crate::api::extract::Admin;
use crate::clock::Timestamp;
use crate::dialogue::explain::explain;
use crate::dialogue::trace::Trace;
use crate::service::Failure;
use crate::service::event_import::{self, EventImportError};
use crate::store::{conversation, unknown_question};
use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Questions in the list, at most.
const NEWEST: usize = 200;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(unknown_questions))
        .routes(routes!(explanation))
        .routes(routes!(recommendation_report))
        .routes(routes!(import_events))
}

/// A question that the assistant could not answer.
#[derive(Serialize, ToSchema)]
struct UnknownQuestionView {
    id: String,
    /// With personal numbers masked.
    text: String,
    /// Milliseconds since 1970 UTC.
    #[schema(value_type = i64)]
    asked_at: Timestamp,
    conversation_id: String,
    sequence: i64,
    /// The nearest entries at that time.
    nearest: Vec<NearestEntry>,
}

/// An entry that was near.
#[derive(Serialize, ToSchema)]
struct NearestEntry {
    id: String,
    question: String,
}

/// The newest questions first.
#[derive(Serialize, ToSchema)]
struct UnknownQuestions {
    questions: Vec<UnknownQuestionView>,
}

/// Questions that the assistant could not answer.
#[utoipa::path(get, path = "/api/admin/unknown-questions", responses((status = 200, body = UnknownQuestions), (status = 401, body = crate::api::error::ErrorBody), (status = 403, body = crate::api::error::ErrorBody)))]
async fn unknown_questions(State(state): State<ApiState>, _: Admin) -> ApiResult<Json<UnknownQuestions>> {
    let assistant = state.chat.published.assistant();
    let rows = unknown_question::newest(&state.db, NEWEST).await?;
    let questions = rows
        .into_iter()
        .map(|row| {
            let ids: Vec<String> = serde_json::from_value(row.nearest).unwrap_or_default();
            let nearest = (ids.into_iter())
                .filter_map(|id| {
                    let question = assistant.knowledge.entry(&id)?.question.clone();
                    Some(NearestEntry { id, question })
                })
                .collect();
            UnknownQuestionView {
                id: row.id.to_string(),
                text: row.question,
                asked_at: row.asked_at,
                conversation_id: row.conversation.to_string(),
                sequence: row.sequence,
                nearest,
            }
        })
        .collect();
    Ok(Json(UnknownQuestions { questions }))
}

/// Which days to report on.
#[derive(Deserialize, IntoParams)]
struct ReportQuery {
    /// The last so many days; 30 where nothing is said.
    days: Option<u32>,
}

/// What came of the recommendations of one slot, algorithm and arm.
#[derive(Serialize, ToSchema)]
struct OutcomeView {
    /// chat, home, product, cart
    slot: String,
    /// Which part of the recommender proposed them.
    algorithm: String,
    /// Half of the A/B split.
    arm: String,
    impressions: i64,
    /// Impressions followed within seven days by opening the product or putting it into the basket.
    clicks: i64,
    /// Impressions followed within seven days by a purchase.
    conversions: i64,
    click_rate: f64,
    conversion_rate: f64,
}

/// The report.
#[derive(Serialize, ToSchema)]
struct RecommendationReport {
    days: u32,
    rows: Vec<OutcomeView>,
}

/// Impressions, clicks and purchases by slot, algorithm and arm.
#[utoipa::path(get, path = "/api/admin/recommendations/report", params(ReportQuery), responses((status = 200, body = RecommendationReport), (status = 401, body = crate::api::error::ErrorBody), (status = 403, body = crate::api::error::ErrorBody)))]
async fn recommendation_report(
    State(state): State<ApiState>,
    _: Admin,
    Query(query): Query<ReportQuery>,
) -> ApiResult<Json<RecommendationReport>> {
    let days = query.days.unwrap_or(30).clamp(1, 3_650);
    let rate = |part: i64, whole: i64| part as f64 / whole.max(1) as f64;
    let rows = state.behaviour.outcomes(days).await?.into_iter().map(|row| OutcomeView {
        click_rate: rate(row.clicks, row.impressions),
        conversion_rate: rate(row.conversions, row.impressions),
        slot: row.slot,
        algorithm: row.algorithm,
        arm: row.arm,
        impressions: row.impressions,
        clicks: row.clicks,
        conversions: row.conversions,
    });
    Ok(Json(RecommendationReport { days, rows: rows.collect() }))
}

/// How many events were new.
#[derive(Serialize, ToSchema)]
struct ImportedEvents {
    added: u64,
}

/// Imports events from CSV, all or none; the next reply already knows them. Larger files go through `xiaoer import`.
#[utoipa::path(post, path = "/api/admin/events", request_body(content = String, content_type = "text/csv"), responses((status = 200, body = ImportedEvents), (status = 400, body = crate::api::error::ErrorBody), (status = 401, body = crate::api::error::ErrorBody), (status = 403, body = crate::api::error::ErrorBody)))]
async fn import_events(State(state): State<ApiState>, _: Admin, csv: String) -> ApiResult<Json<ImportedEvents>> {
    let assistant = state.chat.published.assistant();
    let known = |sku: &str| assistant.knowledge.product(sku).is_some();
    let events = event_import::parse("events.csv", csv.as_bytes(), state.behaviour.now(), known)
        .map_err(|problems| ApiError::bad_request(EventImportError::Problems(problems).to_string()))?;
    Ok(Json(ImportedEvents { added: state.behaviour.record_all(&events).await? }))
}

/// Why the assistant said what it said at this place of a conversation: the record of the decision, and under
/// `explanation` the same as a tree.
#[utoipa::path(get, path = "/api/admin/conversations/{id}/turns/{sequence}", responses((status = 200, body = Object), (status = 404, body = crate::api::error::ErrorBody)))]
async fn explanation(
    State(state): State<ApiState>,
    _: Admin,
    Path((id, sequence)): Path<(Uuid, i64)>,
) -> ApiResult<Json<serde_json::Value>> {
    let trace = conversation::trace(&state.db, crate::model::id::ConversationId(id), sequence).await?;
    let mut trace = trace.ok_or_else(|| ApiError::not_found("这里没有智能客服的回复"))?;
    // A record of an older program may lack what the tree is made of; it is shown as it is then.
    if let Ok(read) = serde_json::from_value::<Trace>(trace.clone())
        && let Some(record) = trace.as_object_mut()
    {
        let tree = explain(&read, &state.chat.published.assistant().knowledge);
        record.insert("explanation".to_owned(), serde_json::to_value(tree).map_err(Failure::from)?);
    }
    Ok(Json(trace))
}
