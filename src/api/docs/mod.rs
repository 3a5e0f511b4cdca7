//! A page to read the REST interface and to try it. It is made here, because every known one brings a megabyte of script
//! or asks a foreign host for it; this one needs neither, and no exception from the content security policy.

use crate::api::ApiState;
use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

/// The routes of this file.
pub(super) fn routes() -> Router<ApiState> {
    Router::new()
        .route("/api/docs", get(|| async { file("text/html; charset=utf-8", include_str!("page.html")) }))
        .route("/api/docs/page.js", get(|| async { file("text/javascript; charset=utf-8", include_str!("page.js")) }))
        .route("/api/docs/page.css", get(|| async { file("text/css; charset=utf-8", include_str!("page.css")) }))
}

fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], text)
}
