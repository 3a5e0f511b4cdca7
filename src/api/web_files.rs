//! The faces: storefront, widget and console, embedded in the binary.
//!
//! Scripts and styles of the pages lie there compressed (`web/scripts/compressed.ts`) and are sent as they lie; whoever
//! takes nothing compressed gets them unpacked. The widget is dressed for its shop and compressed for each answer, but a
//! browser that has it already is only told so: every page of a shop asks for it.

use crate::api::error::{ApiError, ApiResult};
use crate::api::{ApiState, safety};
use crate::service::widget_look;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use flate2::read::GzDecoder;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::io::Read;
use tower_http::compression::CompressionLayer;

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
        .route("/shop/{*file}", get(shop))
        .route("/widget.js", get(widget).layer(CompressionLayer::new()))
        .route("/console", get(|| page("console/index.html")))
        .route("/console/", get(|| page("console/index.html")))
        .route("/console/{*file}", get(console))
        .fallback(|| async { ApiError::not_found("没有这个页面") })
}

/// The widget in the look that the admin has chosen.
async fn widget(State(state): State<ApiState>, asked: HeaderMap) -> ApiResult<Response> {
    let file = "widget/widget.js";
    let Some(script) = Faces::get(file) else { return Ok(not_built()) };
    let dressed = widget_look::dress(&state.db, &String::from_utf8_lossy(&script.data)).await?;
    // Weak: the same script goes out compressed and not.
    let tag = format!("W/\"{}\"", hex::encode(&Sha256::digest(&dressed)[..16]));
    let known = asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let headers = (described(file), [(header::ETAG, tag)]);
    Ok(if known { (StatusCode::NOT_MODIFIED, headers).into_response() } else { (headers, dressed).into_response() })
}

async fn shop(Path(path): Path<String>, asked: HeaderMap) -> ApiResult<Response> {
    asset(&format!("shop/{path}"), &asked)
}

async fn console(Path(path): Path<String>, asked: HeaderMap) -> ApiResult<Response> {
    if path.contains('.') { asset(&format!("console/{path}"), &asked) } else { page("console/index.html").await }
}

async fn page(file: &'static str) -> ApiResult<Response> {
    match Faces::get(file) {
        Some(found) => safety::page(&String::from_utf8_lossy(&found.data)),
        None => Ok(not_built()),
    }
}

fn asset(file: &str, asked: &HeaderMap) -> ApiResult<Response> {
    if let Some(found) = Faces::get(file) {
        return Ok((described(file), found.data).into_response());
    }
    let Some(packed) = Faces::get(&format!("{file}.gz")) else { return Ok(not_built()) };
    let headers = (described(file), [(header::VARY, "accept-encoding")]);
    if takes_gzip(asked) {
        return Ok((headers, [(header::CONTENT_ENCODING, "gzip")], packed.data).into_response());
    }
    let mut plain = Vec::new();
    GzDecoder::new(&*packed.data).read_to_end(&mut plain)?;
    Ok((headers, plain).into_response())
}

/// Whether a browser takes gzip (RFC 9110, 12.5.3): it names it, or everything, and not with a weight of zero.
fn takes_gzip(asked: &HeaderMap) -> bool {
    let named = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut any = false;
    for coding in named.flat_map(|value| value.split(',')) {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()) == Some(0.0);
        match name.trim() {
            name if name.eq_ignore_ascii_case("gzip") => return !refused,
            "*" => any = !refused,
            _ => {}
        }
    }
    any
}

fn not_built() -> Response {
    let hint = "The web faces are not built; run: npm --prefix web run build";
    (StatusCode::NOT_FOUND, hint).into_response()
}

fn described(file: &str) -> [(HeaderName, HeaderValue); 2] {
    let kind = mime_guess::from_path(file).first_or_octet_stream();
    let content_type = HeaderValue::from_str(kind.as_ref());
    // Files with a hash in their name never change; all others are asked for again.
    let cache = if file.contains("/assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    [
        (header::CONTENT_TYPE, content_type.unwrap_or(HeaderValue::from_static("application/octet-stream"))),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_says_what_it_takes() {
        let taking =
            |value: &'static str| HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]);
        for value in ["gzip", "GZIP", "br;q=1.0, gzip;q=0.5", "deflate, gzip", "*", "br, *;q=0.1"] {
            assert!(takes_gzip(&taking(value)), "{value}");
        }
        for value in ["", "br", "gzip;q=0", "gzip; q=0.0, *", "identity", "*;q=0"] {
            assert!(!takes_gzip(&taking(value)), "{value}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
