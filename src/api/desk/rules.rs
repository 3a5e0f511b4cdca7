//! How the desk works: settings, and the rules that send conversations to a person.

use crate::api::ApiState;
use crate::api::error::{ApiResult, ErrorBody};
use crate::api::extract::{Admin, Body, SignedIn};
use crate::clock::Timestamp;
use crate::desk::hours_in_words;
use crate::model::desk::{DeskSettings, HandoverRule};
use crate::service::desk::people::IntentChoice;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(settings, set_settings))
        .routes(routes!(rules, add_rule))
        .routes(routes!(change_rule, remove_rule))
        .routes(routes!(intents))
}

/// How the desk works at this moment.
#[derive(Serialize, ToSchema)]
struct SettingsView {
    settings: DeskSettings,
    /// The hours of a usual week, as shoppers read them.
    hours_in_words: String,
    /// Whether people answer now.
    open: bool,
    /// When that changes, in milliseconds; none where never.
    #[schema(value_type = Option<i64>)]
    changes_at: Option<Timestamp>,
}

fn view(state: &ApiState) -> SettingsView {
    let (plan, now) = (state.desk.plan(), state.chat.clock.now());
    SettingsView {
        settings: plan.settings.clone(),
        hours_in_words: hours_in_words::week(&plan.settings.hours),
        open: plan.hours.is_open(now),
        changes_at: plan.hours.changes_at(now),
    }
}

/// How the desk works.
#[utoipa::path(get, path = "/api/desk/settings", responses((status = 200, body = SettingsView), (status = 401, body = ErrorBody)))]
async fn settings(State(state): State<ApiState>, _: SignedIn) -> ApiResult<Json<SettingsView>> {
    Ok(Json(view(&state)))
}

/// Puts these settings in force, for cases that begin from now on; for admins.
#[utoipa::path(put, path = "/api/desk/settings", request_body = DeskSettings, responses((status = 200, body = SettingsView), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn set_settings(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Body(form): Body<DeskSettings>,
) -> ApiResult<Json<SettingsView>> {
    state.desk.set_settings(&staff, &form).await?;
    Ok(Json(view(&state)))
}

/// All rules, in the order in which they are tried.
#[derive(Serialize, ToSchema)]
struct Rules {
    rules: Vec<HandoverRule>,
}

/// The rules that send conversations to a person.
#[utoipa::path(get, path = "/api/desk/rules", responses((status = 200, body = Rules), (status = 403, body = ErrorBody)))]
async fn rules(State(state): State<ApiState>, _: Admin) -> ApiResult<Json<Rules>> {
    Ok(Json(Rules { rules: state.desk.plan().rules.clone() }))
}

/// Adds a rule behind the others; the next message already obeys it.
#[utoipa::path(post, path = "/api/desk/rules", request_body = HandoverRule, responses((status = 201, body = HandoverRule), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn add_rule(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Body(form): Body<HandoverRule>,
) -> ApiResult<(StatusCode, Json<HandoverRule>)> {
    Ok((StatusCode::CREATED, Json(state.desk.put_rule(&staff, None, form).await?)))
}

/// Changes a rule.
#[utoipa::path(put, path = "/api/desk/rules/{id}", request_body = HandoverRule, responses((status = 200, body = HandoverRule), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn change_rule(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Path(id): Path<Uuid>,
    Body(form): Body<HandoverRule>,
) -> ApiResult<Json<HandoverRule>> {
    Ok(Json(state.desk.put_rule(&staff, Some(id), form).await?))
}

/// Removes a rule.
#[utoipa::path(delete, path = "/api/desk/rules/{id}", responses((status = 204), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn remove_rule(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Path(id): Path<Uuid>,
) -> ApiResult<StatusCode> {
    state.desk.remove_rule(&staff, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What shoppers can be understood to want.
#[derive(Serialize, ToSchema)]
struct Intents {
    intents: Vec<IntentChoice>,
}

/// The intents that rules choose from.
#[utoipa::path(get, path = "/api/desk/intents", responses((status = 200, body = Intents), (status = 401, body = ErrorBody)))]
async fn intents(State(state): State<ApiState>, _: SignedIn) -> Json<Intents> {
    Json(Intents { intents: state.desk.intents() })
}
