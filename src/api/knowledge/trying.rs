//! Trying a question, and the publish gate.

use super::files::Begun;
use crate::api::ApiState;
use crate::api::error::{ApiResult, Refusals};
use crate::api::extract::{Admin, Body};
use crate::dialogue::explain::explain;
use crate::dialogue::policy::Thresholds;
use crate::dialogue::why;
use crate::model::chat;
use crate::model::desk::Segment;
use crate::service::Failure;
use crate::service::knowledge::{Against, Attempt, Candidate, Folded};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(attempt)).routes(routes!(gate))
}

/// What to try.
#[derive(Deserialize, ToSchema)]
struct AttemptForm {
    text: String,
    #[serde(default)]
    against: Against,
    /// The product on the shopper's page.
    sku: Option<String>,
    /// The shopper's segments.
    #[serde(default)]
    segments: Vec<Segment>,
    /// What was said before.
    #[serde(default)]
    history: Vec<String>,
}

/// An intent that was heard.
#[derive(Serialize, ToSchema)]
struct HeardView {
    name: String,
    title: String,
    probability: f64,
}

/// Everything that was thought on a question.
#[derive(Serialize, ToSchema)]
struct TriedView {
    against: Against,
    version: i64,
    raw: String,
    normal: String,
    tokens: Vec<String>,
    synonyms: Vec<Folded>,
    stop_words: Vec<String>,
    candidates: Vec<Candidate>,
    /// By which terms the first candidate was found, view by view.
    #[schema(value_type = Vec<Object>)]
    matched: Value,
    confidence: f64,
    #[schema(value_type = Object)]
    thresholds: Thresholds,
    intents: Vec<HeardView>,
    /// `sure`, `ambiguous` or `rejected`.
    #[schema(value_type = String)]
    verdict: Value,
    #[schema(value_type = Object)]
    mood: Value,
    /// Name of the act.
    act: String,
    /// The entry that answered.
    entry: Option<String>,
    /// Place of the variant that answered.
    variant: Option<usize>,
    /// What would be said; nothing where the assistant stays silent.
    reply: Option<chat::Body>,
    /// The decision as a tree.
    #[schema(value_type = Object)]
    explanation: Value,
    /// The decision in words.
    lines: Vec<String>,
}

/// Tries a question, the same way as live.
#[utoipa::path(post, path = "/api/admin/try", tag = "try", request_body = AttemptForm, responses((status = 200, body = TriedView), Refusals))]
async fn attempt(State(state): State<ApiState>, _: Admin, Body(form): Body<AttemptForm>) -> ApiResult<Json<TriedView>> {
    let (against, raw) = (form.against, form.text.clone());
    let attempt = Attempt { text: form.text, against, sku: form.sku, segments: form.segments, history: form.history };
    let tried = state.keeper.attempt(attempt).await?;
    let knowledge = &tried.assistant.knowledge;
    let trace = &tried.turn.trace;
    let title = |name: &str| {
        let known = knowledge.content.intents.iter().find(|intent| intent.name == name);
        known.map_or_else(|| name.to_owned(), |intent| intent.title.clone())
    };
    let act = serde_json::to_value(&trace.decision.act).map_err(Failure::from)?;
    let json = |value: serde_json::Result<Value>| value.map_err(Failure::from);
    Ok(Json(TriedView {
        against,
        version: tried.assistant.version,
        raw,
        normal: trace.reading.normal.clone(),
        tokens: tried.tokens,
        synonyms: tried.synonyms,
        stop_words: tried.stop_words,
        candidates: tried.candidates,
        matched: json(serde_json::to_value(&trace.search.matched))?,
        confidence: trace.decision.confidence,
        thresholds: trace.decision.thresholds,
        intents: (trace.reading.intents.iter())
            .map(|heard| HeardView {
                title: title(&heard.name),
                name: heard.name.clone(),
                probability: heard.probability,
            })
            .collect(),
        verdict: json(serde_json::to_value(trace.reading.verdict))?,
        mood: json(serde_json::to_value(&trace.reading.mood))?,
        entry: act
            .get("entry")
            .or_else(|| act["answers"].get(0)?.get("entry"))
            .and_then(Value::as_str)
            .map(str::to_owned),
        act: act["act"].as_str().unwrap_or_default().to_owned(),
        variant: tried.variant,
        explanation: json(serde_json::to_value(explain(trace, knowledge)))?,
        lines: why::lines(trace, knowledge),
        reply: tried.turn.reply.clone(),
    }))
}

/// How much to replay.
#[derive(Deserialize, ToSchema)]
struct GateForm {
    /// The last so many days; 7 where it is left out.
    days: Option<i64>,
    /// Questions, at most; 2,000 where it is left out.
    questions: Option<i64>,
}

/// Puts what shoppers asked and the saved tests to what is live and to the drafts. The result of the job lists what would
/// be answered differently.
#[utoipa::path(post, path = "/api/admin/knowledge/gate", tag = "publish", request_body = GateForm, responses((status = 202, body = Begun), Refusals))]
async fn gate(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Body(form): Body<GateForm>,
) -> ApiResult<(StatusCode, Json<Begun>)> {
    Ok(Begun::answer(state.keeper.gate(&staff.name, form.days, form.questions).await?))
}
