//! For shoppers and the shop's system: consent on the page, links in messages, what the system tells.

use crate::api::error::{ApiError, ApiResult, ErrorBody};
use crate::api::extract::{At, Body};
use crate::api::{ApiState, safety};
use crate::marketing::campaign::Channel;
use crate::service::orders::{SIGNATURE, TIMESTAMP};
use crate::text::html::escaped;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(consent))
        .routes(routes!(visit))
        .routes(routes!(shop_event))
        .route("/m/u/{token}", get(ask_to_unsubscribe).post(unsubscribe))
        .route("/m/r/{token}", axum::routing::post(subscribe))
        .route("/m/c/{token}", get(open))
}

/// What somebody chooses on the shop's page.
#[derive(Deserialize, ToSchema)]
struct ConsentForm {
    /// The widget's visitor token.
    token: String,
    /// Which channel; all of them where nothing is said.
    channel: Option<Channel>,
    /// Whether messages are wanted; where nothing is said, it stays as it is.
    granted: Option<bool>,
}

/// What is kept.
#[derive(Serialize, ToSchema)]
struct ConsentView {
    /// Channels that are agreed to.
    granted: Vec<Channel>,
    /// Channels that are refused; the others were never asked about.
    refused: Vec<Channel>,
}

/// Keeps or tells whether somebody agrees to messages of campaigns.
#[utoipa::path(put, path = "/api/shop/consent", tag = "marketing", request_body = ConsentForm, responses((status = 200, body = ConsentView), (status = 404, body = ErrorBody)))]
async fn consent(State(state): State<ApiState>, Body(form): Body<ConsentForm>) -> ApiResult<Json<ConsentView>> {
    let shopper = state.chat.shopper_of(&form.token).await?.ok_or_else(|| ApiError::not_found("没有这位访客"))?;
    if let Some(granted) = form.granted {
        state.marketing.choose(shopper, form.channel, granted).await?;
    }
    let (granted, refused) = state.marketing.chosen(shopper).await?.into_iter().partition::<Vec<_>, _>(|(_, yes)| *yes);
    let channels = |words: Vec<(Channel, bool)>| words.into_iter().map(|(channel, _)| channel).collect();
    Ok(Json(ConsentView { granted: channels(granted), refused: channels(refused) }))
}

/// A page that somebody opened.
#[derive(Deserialize, ToSchema)]
struct Visit {
    /// The widget's visitor token.
    token: String,
    /// The path of the page, without its query.
    path: String,
}

/// Reports that somebody opened a page of the shop: campaigns that wait for it begin.
#[utoipa::path(post, path = "/api/shop/visits", tag = "marketing", request_body = Visit, responses((status = 204), (status = 400, body = ErrorBody)))]
async fn visit(State(state): State<ApiState>, Body(visit): Body<Visit>) -> ApiResult<StatusCode> {
    if !visit.path.starts_with('/') || visit.path.len() > 1_000 {
        return Err(ApiError::bad_request("页面要以 / 开头"));
    }
    if let Some(shopper) = state.chat.shopper_of(&visit.token).await? {
        state.marketing.visited(shopper, &visit.path).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// What the shop's system tells: `{"event":"order","customer":…,"order":{…}}` or
/// `{"event":"unsubscribe","customer":…}`, signed like a webhook.
#[utoipa::path(post, path = "/api/hooks/shop", tag = "marketing", request_body = Object, responses((status = 204), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
async fn shop_event(State(state): State<ApiState>, headers: HeaderMap, body: Bytes) -> ApiResult<StatusCode> {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    state.marketing.told(text(&TIMESTAMP), text(&SIGNATURE), &body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The link of a message changes nothing by itself: programs that look for harm in mails open every link of them. It asks,
/// and the button ends it.
async fn ask_to_unsubscribe(State(state): State<ApiState>, At(token): At<String>) -> ApiResult<Response> {
    let Some(shop) = state.marketing.linked(&token).await? else { return expired() };
    let text = format!("退订后，{}不会再给您发优惠和活动消息，订单和售后的通知不受影响。", escaped(&shop));
    page(StatusCode::OK, "要退订吗？", &text, &button("u", &token, "确认退订"))
}

/// No messages any longer: the button of the page, or that of a mail program (RFC 8058).
async fn unsubscribe(State(state): State<ApiState>, At(token): At<String>) -> ApiResult<Response> {
    let Some(shop) = state.marketing.click_consent(&token, false).await? else { return expired() };
    let text = format!("{}不会再给您发优惠和活动消息，订单和售后的通知不受影响。", escaped(&shop));
    page(StatusCode::OK, "已退订，马上生效", &text, &button("r", &token, "点错了，恢复订阅"))
}

/// The way back from a click by mistake.
async fn subscribe(State(state): State<ApiState>, At(token): At<String>) -> ApiResult<Response> {
    let Some(shop) = state.marketing.click_consent(&token, true).await? else { return expired() };
    let text = format!("{}会继续给您发优惠消息，每一条都可以退订。", escaped(&shop));
    page(StatusCode::OK, "已恢复订阅", &text, "")
}

fn expired() -> ApiResult<Response> {
    page(StatusCode::NOT_FOUND, "链接已失效", "", "")
}

fn button(action: &str, token: &str, label: &str) -> String {
    format!("<form method=\"post\" action=\"/m/{action}/{}\"><button>{label}</button></form>", escaped(token))
}

/// Where a link leads.
#[derive(Deserialize)]
struct Leads {
    to: String,
}

/// A link of a message: it is noted, and leads to a page of this shop and to no other place.
async fn open(State(state): State<ApiState>, At(token): At<String>, Query(leads): Query<Leads>) -> ApiResult<Response> {
    if !state.marketing.opened(&token).await? || !is_here(&leads.to) {
        return expired();
    }
    Ok(Redirect::to(&leads.to).into_response())
}

/// Whether an address is a page of this shop. Browsers pass over control characters, so that `/` and `/` with a tab in
/// between would lead to another place.
fn is_here(to: &str) -> bool {
    to.strip_prefix('/').is_some_and(|rest| !rest.starts_with('/'))
        && !to.contains(|c: char| c == '\\' || c.is_control())
}

fn page(status: StatusCode, title: &str, text: &str, more: &str) -> ApiResult<Response> {
    let html = format!(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title}</title><style>body{{font:16px/1.7 system-ui,sans-serif;\
         max-width:32em;margin:15vh auto;padding:0 1em;color-scheme:light dark}}button{{font:inherit;padding:.5em 1em}}\
         </style></head><body><main><h1>{title}</h1><p>{text}</p>{more}</main></body></html>"
    );
    let mut page = safety::page(&html)?;
    *page.status_mut() = status;
    // The address holds a token: no other page may learn it.
    page.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(page)
}
