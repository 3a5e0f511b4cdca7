//! Who works here, in which role.

use crate::api::ApiState;
use crate::api::error::{ApiResult, ErrorBody};
use crate::api::extract::{Admin, At, Body};
use crate::clock::Timestamp;
use crate::model::customer::Role;
use crate::model::id::StaffId;
use crate::service::people::Rights;
use crate::store::staff::Person;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(people, add)).routes(routes!(change))
}

/// Somebody who works here.
#[derive(Serialize, ToSchema)]
struct PersonView {
    id: Uuid,
    name: String,
    role: Role,
    /// Whether they may no longer sign in.
    disabled: bool,
    /// Whether signing in asks them for a code as well.
    second_factor: bool,
    #[schema(value_type = i64)]
    created_at: Timestamp,
}

impl From<Person> for PersonView {
    fn from(person: Person) -> Self {
        let Person { staff, disabled, second_factor, created_at } = person;
        Self { id: staff.id.0, name: staff.name, role: staff.role, disabled, second_factor, created_at }
    }
}

/// Everybody who works here.
#[derive(Serialize, ToSchema)]
struct People {
    people: Vec<PersonView>,
}

/// Everybody, by name.
#[utoipa::path(get, path = "/api/admin/staff", tag = "settings", responses((status = 200, body = People), (status = 403, body = ErrorBody)))]
async fn people(State(state): State<ApiState>, _: Admin) -> ApiResult<Json<People>> {
    Ok(Json(People { people: state.sign_in.people().await?.into_iter().map(PersonView::from).collect() }))
}

/// Somebody new.
#[derive(Deserialize, ToSchema)]
struct NewPerson {
    /// The name to sign in with: 1 to 32 letters, digits, `_`, `-`, `.`.
    name: String,
    /// 8 to 200 characters.
    password: String,
    role: Role,
}

/// Adds somebody.
#[utoipa::path(post, path = "/api/admin/staff", tag = "settings", request_body = NewPerson, responses((status = 201, body = PersonView), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn add(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Body(form): Body<NewPerson>,
) -> ApiResult<(StatusCode, Json<PersonView>)> {
    let person = state.sign_in.add_person(&staff, &form.name, &form.password, form.role).await?;
    Ok((StatusCode::CREATED, Json(person.into())))
}

/// What changes of somebody; what is left out stays.
#[derive(Deserialize, ToSchema)]
struct PersonForm {
    role: Option<Role>,
    /// Whether they may no longer sign in.
    disabled: Option<bool>,
    /// 8 to 200 characters.
    password: Option<String>,
}

/// Changes somebody's role or password, or whether they may sign in; all of their sessions end.
#[utoipa::path(put, path = "/api/admin/staff/{id}", tag = "settings", params(("id" = Uuid, Path)), request_body = PersonForm, responses((status = 200, body = PersonView), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn change(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    At(id): At<Uuid>,
    Body(form): Body<PersonForm>,
) -> ApiResult<Json<PersonView>> {
    let PersonForm { role, disabled, password } = form;
    let person = state.sign_in.change_person(&staff, StaffId(id), Rights { role, disabled, password }).await?;
    Ok(Json(person.into()))
}
