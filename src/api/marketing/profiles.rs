//! Profiles: for agents beside the conversation, for admins to export and to erase.

use super::view::wire_name;
use crate::api::ApiState;
use crate::api::error::{ApiError, ApiResult, ErrorBody, Refusals};
use crate::api::extract::{Admin, At, SignedIn};
use crate::api::personal::ErasedView;
use crate::clock::Timestamp;
use crate::marketing::profile::Kind;
use crate::model::id::ConversationId;
use crate::service::marketing::{Known, ProfileField};
use crate::text::mask::mask;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(of_conversation)).routes(routes!(of_person, erase)).routes(routes!(export))
}

/// A field of a profile.
#[derive(Serialize, ToSchema)]
struct ProfileFieldView {
    field: String,
    /// In Chinese.
    name: &'static str,
    value: String,
    unit: &'static str,
    /// Where it comes from, in Chinese.
    source: &'static str,
    /// The newest thing it rests on, in milliseconds since 1970 UTC.
    #[schema(value_type = i64)]
    at: Timestamp,
}

/// A segment that somebody is in.
#[derive(Serialize, ToSchema)]
struct InSegment {
    name: String,
    /// The conditions that put them there.
    why: Vec<String>,
}

/// A message of a campaign that somebody got.
#[derive(Serialize, ToSchema)]
struct TouchView {
    campaign: String,
    channel: String,
    state: String,
    #[schema(value_type = i64)]
    at: Timestamp,
}

/// What is known of a person.
#[derive(Serialize, ToSchema)]
struct ProfileView {
    person: String,
    fields: Vec<ProfileFieldView>,
    segments: Vec<InSegment>,
    /// The newest first.
    touches: Vec<TouchView>,
}

fn view(known: Known) -> ProfileView {
    let field = |one: ProfileField| {
        let unit = if let Kind::Number(unit) = one.field.kind() { unit } else { "" };
        // In full they stand in what is exported about a person, which is recorded.
        let value = if one.field.is_personal() { mask(&one.value).into_owned() } else { one.value };
        ProfileFieldView {
            field: wire_name(one.field),
            name: one.field.name(),
            value,
            unit,
            source: one.source,
            at: one.at,
        }
    };
    let touches = known.touches.into_iter().map(|touch| TouchView {
        campaign: touch.campaign,
        channel: touch.channel,
        state: touch.state,
        at: touch.at,
    });
    ProfileView {
        person: known.person,
        fields: known.fields.into_iter().map(field).collect(),
        segments: known.segments.into_iter().map(|(name, why)| InSegment { name, why }).collect(),
        touches: touches.collect(),
    }
}

fn unknown() -> ApiError {
    ApiError::not_found("没有找到这位客户")
}

/// What is known of the person of a conversation, each field with its source and its age.
#[utoipa::path(get, path = "/api/desk/conversations/{id}/profile", tag = "marketing", params(("id" = Uuid, Path)), responses((status = 200, body = ProfileView), (status = 204, description = "nothing is known yet"), (status = 404, body = ErrorBody)))]
async fn of_conversation(
    State(state): State<ApiState>,
    SignedIn(staff): SignedIn,
    At(id): At<Uuid>,
) -> ApiResult<Response> {
    let shopper = state.desk.shopper_of(&staff, ConversationId(id)).await?;
    Ok(match state.marketing.known_by(shopper).await? {
        Some(known) => Json(view(known)).into_response(),
        // Somebody who has only just come is nothing out of the ordinary.
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// What is known of a person.
#[utoipa::path(get, path = "/api/admin/profiles/{person}", tag = "marketing", params(("person" = String, Path)), responses((status = 200, body = ProfileView), Refusals))]
async fn of_person(State(state): State<ApiState>, _: Admin, At(person): At<String>) -> ApiResult<Json<ProfileView>> {
    let known = match state.marketing.known(&person).await? {
        Some(known) => known,
        // Somebody new since everybody was last looked at; or there is nothing to make a profile of, and yet something
        // to hand out and to delete.
        None if state.personal.by_key(&person).await?.is_some() => {
            state.marketing.refresh().await?;
            state.marketing.known(&person).await?.unwrap_or_else(|| Known::nothing_of(person))
        }
        None => return Err(unknown()),
    };
    Ok(Json(view(known)))
}

/// Everything that is known of a person, to hand out to them.
#[utoipa::path(get, path = "/api/admin/profiles/{person}/export", tag = "marketing", params(("person" = String, Path)), responses((status = 200, body = Object), Refusals))]
async fn export(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    At(person): At<String>,
) -> ApiResult<Json<serde_json::Value>> {
    let person = state.personal.by_key(&person).await?.ok_or_else(unknown)?;
    Ok(Json(state.personal.export(&person, &staff.name).await?))
}

/// Deletes everything about a person: conversations, behaviour, orders, what was learned from it. A no to marketing
/// stays under a customer's key.
#[utoipa::path(delete, path = "/api/admin/profiles/{person}", tag = "marketing", params(("person" = String, Path)), responses((status = 200, body = ErasedView), Refusals))]
async fn erase(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    At(person): At<String>,
) -> ApiResult<Json<ErasedView>> {
    let person = state.personal.by_key(&person).await?.ok_or_else(unknown)?;
    Ok(Json(state.personal.erase(&person, &staff.name).await?.into()))
}
