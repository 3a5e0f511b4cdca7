//! Signing in to the demo shop as one of its customers, so that a newcomer can try what needs an order. A real shop signs
//! its own tokens; then none of this exists.

use crate::api::ApiState;
use crate::api::error::{ApiError, ApiResult};
use crate::api::extract::Body;
use crate::service::orders::Orders;
use crate::store::demo_order::DemoCustomer;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(customers)).routes(routes!(sign_in))
}

/// Somebody who can be signed in as.
#[derive(Serialize, ToSchema)]
struct CustomerView {
    id: String,
    name: String,
}

/// Everybody who can be signed in as.
#[derive(Serialize, ToSchema)]
struct CustomersView {
    customers: Vec<CustomerView>,
}

/// Whom to sign in as.
#[derive(Deserialize, ToSchema)]
struct DemoSignIn {
    customer: String,
}

/// A signed-in customer.
#[derive(Serialize, ToSchema)]
struct DemoSession {
    name: String,
    /// For the widget's `identify`; good for ten minutes.
    jwt: String,
}

/// Customers of the demo shop; none where the shop has its own system.
#[utoipa::path(get, path = "/api/shop/demo-customers", responses((status = 200, body = CustomersView)))]
async fn customers(State(state): State<ApiState>) -> ApiResult<Json<CustomersView>> {
    let view = |customer: DemoCustomer| CustomerView { name: name(&customer), id: customer.id };
    Ok(Json(CustomersView { customers: known(&state).await?.into_iter().map(view).collect() }))
}

/// Signs in as a customer of the demo shop.
#[utoipa::path(post, path = "/api/shop/demo-sign-in", request_body = DemoSignIn,
    responses((status = 200, body = DemoSession), (status = 404)))]
async fn sign_in(State(state): State<ApiState>, Body(wish): Body<DemoSignIn>) -> ApiResult<Json<DemoSession>> {
    let found = known(&state).await?.into_iter().find(|customer| customer.id == wish.customer);
    let customer = found.ok_or_else(|| ApiError::not_found("没有这位演示顾客"))?;
    let jwt = state.chat.identities.demo_token(&customer.id, &customer.profile)?;
    let jwt = jwt.ok_or_else(|| ApiError::not_found("这家店用自己的登录"))?;
    Ok(Json(DemoSession { name: name(&customer), jwt }))
}

async fn known(state: &ApiState) -> ApiResult<Vec<DemoCustomer>> {
    match &state.chat.orders {
        Orders::Demo(shop) => Ok(shop.customers().await?),
        Orders::Webhook(_) | Orders::None => Ok(Vec::new()),
    }
}

fn name(customer: &DemoCustomer) -> String {
    customer.profile.get("name").cloned().unwrap_or_else(|| customer.id.clone())
}
