//! Keys of other programs.

use crate::api::ApiState;
use crate::api::error::{ApiResult, ErrorBody};
use crate::api::extract::{Admin, At, Body};
use crate::clock::Timestamp;
use crate::model::access::Scope;
use crate::store::api_key::ApiKey;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(keys, make)).routes(routes!(revoke))
}

/// A key without its secret.
#[derive(Serialize, ToSchema)]
struct KeyView {
    id: Uuid,
    name: String,
    /// Its first characters.
    hint: String,
    scopes: Vec<Scope>,
    created_by: String,
    #[schema(value_type = i64)]
    created_at: Timestamp,
    #[schema(value_type = Option<i64>)]
    expires_at: Option<Timestamp>,
    /// The newest request, to the minute.
    #[schema(value_type = Option<i64>)]
    used_at: Option<Timestamp>,
}

impl From<ApiKey> for KeyView {
    fn from(key: ApiKey) -> Self {
        let ApiKey { id, name, hint, scopes, created_by, created_at, expires_at, used_at } = key;
        Self { id, name, hint, scopes, created_by, created_at, expires_at, used_at }
    }
}

/// All keys, and what keys can be allowed.
#[derive(Serialize, ToSchema)]
struct Keys {
    keys: Vec<KeyView>,
    scopes: Vec<Scope>,
}

/// All keys, the newest first.
#[utoipa::path(get, path = "/api/admin/api-keys", tag = "settings", responses((status = 200, body = Keys), (status = 403, body = ErrorBody)))]
async fn keys(State(state): State<ApiState>, _: Admin) -> ApiResult<Json<Keys>> {
    let keys = state.api_keys.all().await?.into_iter().map(KeyView::from).collect();
    Ok(Json(Keys { keys, scopes: Scope::ALL.to_vec() }))
}

/// A key to be.
#[derive(Deserialize, ToSchema)]
struct KeyForm {
    /// 1 to 40 characters, unlike all others.
    name: String,
    /// What it may do; at least one.
    scopes: BTreeSet<Scope>,
    /// Days that it lasts; none for no end.
    days: Option<u32>,
}

/// A key that was made.
#[derive(Serialize, ToSchema)]
struct MadeKey {
    key: KeyView,
    /// The key itself: shown this once and stored nowhere. It goes into the header `Authorization: Bearer …`.
    secret: String,
}

/// Makes a key.
#[utoipa::path(post, path = "/api/admin/api-keys", tag = "settings", request_body = KeyForm, responses((status = 201, body = MadeKey), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn make(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Body(form): Body<KeyForm>,
) -> ApiResult<(StatusCode, Json<MadeKey>)> {
    let (key, secret) = state.api_keys.make(&staff, &form.name, &form.scopes, form.days).await?;
    Ok((StatusCode::CREATED, Json(MadeKey { key: key.into(), secret })))
}

/// Takes a key away; the next request with it is refused.
#[utoipa::path(delete, path = "/api/admin/api-keys/{id}", tag = "settings", params(("id" = Uuid, Path)), responses((status = 204), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn revoke(State(state): State<ApiState>, Admin(staff): Admin, At(id): At<Uuid>) -> ApiResult<StatusCode> {
    state.api_keys.revoke(&staff, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
