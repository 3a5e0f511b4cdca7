//! A shopper's own data, for whoever holds the visitor token: everything to take along, and to be deleted. The token
//! stands in the body, never in an address.

use crate::api::ApiState;
use crate::api::error::{ApiError, ApiResult, ErrorBody};
use crate::api::extract::Body;
use crate::api::wire::Address;
use crate::service::personal_data::{Report, SHOPPER};
use crate::store::marketing::Recipient;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// To whoever holds a token that nobody has, or has no longer.
const GONE: &str = "没有找到您的数据，可能已经删除了；请刷新页面再看";

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(export)).routes(routes!(erase))
}

/// Who asks.
#[derive(Deserialize, ToSchema)]
struct Holder {
    /// The widget's visitor token.
    token: String,
}

/// Who asks for what cannot be undone.
#[derive(Deserialize, ToSchema)]
struct ErasureForm {
    /// The widget's visitor token.
    token: String,
    /// Has to be true: nothing is deleted by mistake.
    confirmed: bool,
}

/// Rows of a table.
#[derive(Serialize, ToSchema)]
struct GoneView {
    table: &'static str,
    /// What it holds, in Chinese.
    title: &'static str,
    rows: u64,
}

/// Rows of a table that stay.
#[derive(Serialize, ToSchema)]
struct KeptView {
    /// What it holds, in Chinese.
    title: &'static str,
    rows: u64,
    /// Why, in Chinese.
    why: &'static str,
}

/// What was deleted, and what stays.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct ErasedView {
    /// Number of the deletion in the record.
    number: Uuid,
    gone: Vec<GoneView>,
    kept: Vec<KeptView>,
}

impl From<Report> for ErasedView {
    fn from(report: Report) -> Self {
        let gone = report.gone.into_iter().map(|(table, title, rows)| GoneView { table, title, rows });
        let kept = report.kept.into_iter().map(|(title, rows, why)| KeptView { title, rows, why });
        Self { number: report.number, gone: gone.collect(), kept: kept.collect() }
    }
}

/// For whom a token speaks: a customer with all browsers while the shop vouches for them, else this browser.
async fn person(state: &ApiState, token: &str) -> ApiResult<Recipient> {
    let shopper = state.chat.shopper_of(token).await?.ok_or_else(|| ApiError::not_found(GONE))?;
    Ok(state.personal.by_holder(shopper).await?)
}

/// Everything that is kept of the holder of a token.
#[utoipa::path(post, path = "/api/shop/my-data/export", tag = "personal data", request_body = Holder, responses((status = 200, body = Object), (status = 404, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn export(
    State(state): State<ApiState>,
    Address(address): Address,
    Body(holder): Body<Holder>,
) -> ApiResult<Json<serde_json::Value>> {
    state.chat.pace_of(address)?;
    let person = person(&state, &holder.token).await?;
    Ok(Json(state.personal.export(&person, SHOPPER).await?))
}

/// Deletes everything about the holder of a token, at once.
#[utoipa::path(post, path = "/api/shop/my-data/erase", tag = "personal data", request_body = ErasureForm, responses((status = 200, body = ErasedView), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn erase(
    State(state): State<ApiState>,
    Address(address): Address,
    Body(form): Body<ErasureForm>,
) -> ApiResult<Json<ErasedView>> {
    state.chat.pace_of(address)?;
    if !form.confirmed {
        return Err(ApiError::bad_request("请先确认：删除后无法恢复"));
    }
    let person = person(&state, &form.token).await?;
    Ok(Json(state.personal.erase(&person, SHOPPER).await?.into()))
}
