//! The faces: storefront, widget and console, embedded in the binary.

use crate::api::error::{ApiError, ApiResult};
use crate::api::{ApiState, safety};
use crate::service::widget_look;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::RustEmbed;

/// What `npm run build` made. A debug build reads the files from the folder, so that the faces can be changed while
/// the server runs.
#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Faces;

/// The routes of this file. Pages of the storefront and the console are one file each; their router runs in the
/// browser.
pub fn routes() -> Router<ApiState> {
    Router::new()
        .route("/", get(|| page("shop/index.html")))
        .route("/category/{id}", get(|| page("shop/index.html")))
        .route("/product/{sku}", get(|| page("shop/index.html")))
        .route("/search", get(|| page("shop/index.html")))
        .route("/cart", get(|| page("shop/index.html")))
        .route("/my-data", get(|| page("shop/index.html")))
        .route("/shop/{*file}", get(|Path(path): Path<String>| async move { asset(&format!("shop/{path}")) }))
        .route("/widget.js", get(widget))
        .route("/console", get(|| page("console/index.html")))
        .route("/console/", get(|| page("console/index.html")))
        .route("/console/{*file}", get(|Path(path): Path<String>| async move { console(&path) }))
        .fallback(|| async { ApiError::not_found("没有这个页面") })
}

/// The widget in the look that the admin has chosen.
async fn widget(State(state): State<ApiState>) -> ApiResult<Response> {
    let file = "widget/widget.js";
    let Some(script) = Faces::get(file) else { return Ok(asset(file)) };
    let dressed = widget_look::dress(&state.db, &String::from_utf8_lossy(&script.data)).await?;
    Ok((headers(file), dressed).into_response())
}

fn console(path: &str) -> ApiResult<Response> {
    let file = format!("console/{path}");
    if path.contains('.') { Ok(asset(&file)) } else { whole_page("console/index.html") }
}

async fn page(file: &'static str) -> ApiResult<Response> {
    whole_page(file)
}

fn whole_page(file: &str) -> ApiResult<Response> {
    match Faces::get(file) {
        Some(found) => safety::page(&String::from_utf8_lossy(&found.data)),
        None => Ok(asset(file)),
    }
}

fn asset(file: &str) -> Response {
    let Some(found) = Faces::get(file) else {
        let hint = "The web faces are not built; run: npm --prefix web run build";
        return (StatusCode::NOT_FOUND, hint).into_response();
    };
    (headers(file), found.data).into_response()
}

fn headers(file: &str) -> [(HeaderName, HeaderValue); 2] {
    let kind = mime_guess::from_path(file).first_or_octet_stream();
    let content_type = HeaderValue::from_str(kind.as_ref());
    // Files with a hash in their name never change; all others are asked for again.
    let cache = if file.contains("/assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    [
        (header::CONTENT_TYPE, content_type.unwrap_or(HeaderValue::from_static("application/octet-stream"))),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
    ]
}
