//! What only admins may see.

use crate::api::ApiState;
use crate::api::error::{ApiError, ApiResult};
use crate::api::extract::Admin;
use crate::clock::Timestamp;
use crate::dialogue::explain::explain;
use crate::dialogue::trace::Trace;
use crate::service::Failure;
use crate::store::{conversation, unknown_question};
use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Questions in the list, at most.
const NEWEST: usize = 200;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(unknown_questions)).routes(routes!(explanation))
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

/// Why the assistant said what it said at this place of a conversation.
// The record of the decision, and under `explanation` the same as a tree.
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
        record.insert("explanation".to_owned(), serde_json::to_value(explain(&read)).map_err(Failure::from)?);
    }
    Ok(Json(trace))
}
