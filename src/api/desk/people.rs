//! Who works at the desk, in which skill groups.

use crate::api::ApiState;
use crate::api::error::{ApiResult, ErrorBody};
use crate::api::extract::{Body, SignedIn, Supervisor};
use crate::model::desk::{AgentCard, Named};
use crate::model::id::StaffId;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(me))
        .routes(routes!(agents))
        .routes(routes!(set_agent))
        .routes(routes!(groups, add_group))
        .routes(routes!(set_group, remove_group))
}

/// Whoever is signed in, as the desk sees them.
#[utoipa::path(get, path = "/api/desk/me", responses((status = 200, body = AgentCard), (status = 401, body = ErrorBody)))]
async fn me(State(state): State<ApiState>, SignedIn(staff): SignedIn) -> ApiResult<Json<AgentCard>> {
    Ok(Json(state.desk.agent(staff.id).await?))
}

/// Everybody at the desk.
#[derive(Serialize, ToSchema)]
struct Agents {
    agents: Vec<AgentCard>,
}

/// Everybody at the desk, by name.
#[utoipa::path(get, path = "/api/desk/agents", responses((status = 200, body = Agents), (status = 401, body = ErrorBody)))]
async fn agents(State(state): State<ApiState>, _: SignedIn) -> ApiResult<Json<Agents>> {
    Ok(Json(Agents { agents: state.desk.agents().await? }))
}

/// How an agent works.
#[derive(Deserialize, ToSchema)]
struct AgentForm {
    /// The name that shoppers see, 1 to 20 characters.
    display_name: String,
    /// Open conversations at a time, 0 to 50; none for the shop's default.
    capacity: Option<i64>,
    /// Skill groups.
    groups: Vec<Uuid>,
}

/// Changes how an agent works; for supervisors.
#[utoipa::path(put, path = "/api/desk/agents/{id}", request_body = AgentForm, responses((status = 200, body = AgentCard), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn set_agent(
    State(state): State<ApiState>,
    Supervisor(staff): Supervisor,
    Path(id): Path<Uuid>,
    Body(form): Body<AgentForm>,
) -> ApiResult<Json<AgentCard>> {
    let agent = state.desk.set_agent(&staff, StaffId(id), &form.display_name, form.capacity, &form.groups).await?;
    Ok(Json(agent))
}

/// All skill groups.
#[derive(Serialize, ToSchema)]
struct Groups {
    groups: Vec<Named>,
}

/// All skill groups, by name.
#[utoipa::path(get, path = "/api/desk/groups", responses((status = 200, body = Groups), (status = 401, body = ErrorBody)))]
async fn groups(State(state): State<ApiState>, _: SignedIn) -> ApiResult<Json<Groups>> {
    Ok(Json(Groups { groups: state.desk.groups().await? }))
}

/// A skill group to be.
#[derive(Deserialize, ToSchema)]
struct GroupForm {
    /// 1 to 20 characters, unlike all others.
    name: String,
}

/// Adds a skill group; for supervisors.
#[utoipa::path(post, path = "/api/desk/groups", request_body = GroupForm, responses((status = 201, body = Named), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn add_group(
    State(state): State<ApiState>,
    Supervisor(staff): Supervisor,
    Body(form): Body<GroupForm>,
) -> ApiResult<(StatusCode, Json<Named>)> {
    Ok((StatusCode::CREATED, Json(state.desk.put_group(&staff, None, &form.name).await?)))
}

/// Gives a skill group another name; for supervisors.
#[utoipa::path(put, path = "/api/desk/groups/{id}", request_body = GroupForm, responses((status = 200, body = Named), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn set_group(
    State(state): State<ApiState>,
    Supervisor(staff): Supervisor,
    Path(id): Path<Uuid>,
    Body(form): Body<GroupForm>,
) -> ApiResult<Json<Named>> {
    Ok(Json(state.desk.put_group(&staff, Some(id), &form.name).await?))
}

/// Removes a skill group; its waiting cases are anybody's then. For supervisors.
#[utoipa::path(delete, path = "/api/desk/groups/{id}", responses((status = 204), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn remove_group(
    State(state): State<ApiState>,
    Supervisor(staff): Supervisor,
    Path(id): Path<Uuid>,
) -> ApiResult<StatusCode> {
    state.desk.remove_group(&staff, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
