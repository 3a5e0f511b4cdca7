//! Staff correct what the assistant heard; admins look at the versions that came of it and go back.

use crate::api::ApiState;
use crate::api::error::{ApiError, ApiResult};
use crate::api::extract::{Admin, Body};
use crate::classify::shadow::Comparison;
use crate::clock::Timestamp;
use crate::model::id::ConversationId;
use crate::service::learning::{NewCorrection, Outcome};
use crate::service::publish::INTENT_MODEL;
use crate::store::correction;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(correct, corrections))
        .routes(routes!(learn))
        .routes(routes!(versions))
        .routes(routes!(roll_back))
}

/// What was heard wrongly.
#[derive(Deserialize, ToSchema)]
struct CorrectionForm {
    /// What was said.
    text: String,
    /// Name of the intent that is right.
    intent: String,
    /// Where it was said.
    conversation_id: Option<Uuid>,
    /// Its place there.
    sequence: Option<i64>,
    /// Whether it is tried at once; otherwise with the next attempt.
    #[serde(default = "at_once")]
    learn: bool,
}

fn at_once() -> bool {
    true
}

/// A correction that was kept.
#[derive(Serialize, ToSchema)]
struct Kept {
    id: String,
    /// What came of it, where it was tried at once.
    learned: Option<Learned>,
}

/// What came of an attempt to learn.
#[derive(Serialize, ToSchema)]
struct Learned {
    /// `published`, `refused` or `nothing_new`.
    decision: &'static str,
    version: Option<i64>,
    /// The shadow test: `held_out`, `new`, `changed`, `loss_error`, and for `before` and `after` each `accuracy`,
    /// `log_loss`, `new_right`.
    #[schema(value_type = Option<Object>)]
    comparison: Option<Comparison>,
}

impl From<Outcome> for Learned {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::NothingNew => Self { decision: "nothing_new", version: None, comparison: None },
            Outcome::Published { version, comparison } => {
                Self { decision: "published", version: Some(version), comparison: Some(comparison) }
            }
            Outcome::Refused { version, comparison } => {
                Self { decision: "refused", version: Some(version), comparison: Some(comparison) }
            }
        }
    }
}

/// Keeps a correction as a labelled example and learns it.
#[utoipa::path(post, path = "/api/admin/corrections", request_body = CorrectionForm, responses((status = 201, body = Kept), (status = 400, body = crate::api::error::ErrorBody), (status = 401, body = crate::api::error::ErrorBody)))]
async fn correct(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Body(form): Body<CorrectionForm>,
) -> ApiResult<(StatusCode, Json<Kept>)> {
    let new = NewCorrection {
        said: &form.text,
        intent: &form.intent,
        place: form.conversation_id.map(ConversationId).zip(form.sequence),
        actor: &staff.name,
    };
    let id = state.learning.correct(&new).await?.to_string();
    let learned = if form.learn { Some(state.learning.learn(&staff.name).await?.into()) } else { None };
    Ok((StatusCode::CREATED, Json(Kept { id, learned })))
}

/// A correction in the list.
#[derive(Serialize, ToSchema)]
struct CorrectionView {
    id: String,
    /// With personal numbers masked.
    text: String,
    intent: String,
    /// What the model read.
    read_as: String,
    actor: String,
    /// `pending`, `learned`, `refused` or `withdrawn`.
    state: &'static str,
    /// The version that learned it first; 0 before.
    learned_in: i64,
    #[schema(value_type = i64)]
    at: Timestamp,
}

/// All corrections, in the order of time.
#[derive(Serialize, ToSchema)]
struct Corrections {
    corrections: Vec<CorrectionView>,
}

/// What staff taught the assistant.
#[utoipa::path(get, path = "/api/admin/corrections", responses((status = 200, body = Corrections), (status = 401, body = crate::api::error::ErrorBody)))]
async fn corrections(State(state): State<ApiState>, _: Admin) -> ApiResult<Json<Corrections>> {
    let rows = correction::all(&state.db, INTENT_MODEL).await?;
    let view = |row: correction::Correction| CorrectionView {
        id: row.id.to_string(),
        text: row.said,
        intent: row.label,
        read_as: row.read_as,
        actor: row.actor,
        state: row.state.name(),
        learned_in: row.learned_in,
        at: row.at,
    };
    Ok(Json(Corrections { corrections: rows.into_iter().map(view).collect() }))
}

/// Tries the corrections that are new.
#[utoipa::path(post, path = "/api/admin/models/intent/learn", responses((status = 200, body = Learned), (status = 401, body = crate::api::error::ErrorBody)))]
async fn learn(State(state): State<ApiState>, Admin(staff): Admin) -> ApiResult<Json<Learned>> {
    Ok(Json(state.learning.learn(&staff.name).await?.into()))
}

/// One attempt to learn.
#[derive(Serialize, ToSchema)]
struct VersionView {
    version: i64,
    /// `published`, `refused` or `rolled_back`.
    decision: String,
    /// The shadow test.
    #[schema(value_type = Object)]
    comparison: serde_json::Value,
    actor: String,
    #[schema(value_type = i64)]
    at: Timestamp,
}

/// All attempts, the newest first. Version 0, the model of the knowledge alone, is not listed and always there.
#[derive(Serialize, ToSchema)]
struct Versions {
    versions: Vec<VersionView>,
}

/// What came of learning so far.
#[utoipa::path(get, path = "/api/admin/models/intent/versions", responses((status = 200, body = Versions), (status = 401, body = crate::api::error::ErrorBody)))]
async fn versions(State(state): State<ApiState>, _: Admin) -> ApiResult<Json<Versions>> {
    let rows = correction::versions(&state.db, INTENT_MODEL).await?;
    let view = |row: correction::ModelVersion| VersionView {
        version: row.version,
        decision: row.decision,
        comparison: row.figures,
        actor: row.actor,
        at: row.at,
    };
    Ok(Json(Versions { versions: rows.into_iter().map(view).collect() }))
}

/// A version to go back to.
#[derive(Deserialize, ToSchema)]
struct WayBack {
    version: i64,
}

/// Takes back every later version with what it learned.
#[utoipa::path(post, path = "/api/admin/models/intent/rollback", request_body = WayBack, responses((status = 204), (status = 403, body = crate::api::error::ErrorBody), (status = 404, body = crate::api::error::ErrorBody)))]
async fn roll_back(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Body(form): Body<WayBack>,
) -> Result<StatusCode, ApiError> {
    state.learning.roll_back(form.version, &staff.name).await?;
    Ok(StatusCode::NO_CONTENT)
}
