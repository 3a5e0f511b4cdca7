//! What browsers may do with an answer: the content security policy of each kind, and what goes with it.
//!
//! # Invariants
//! - Every answer has a policy. One that nobody chose is the strictest: nothing is loaded, nothing is framed, nothing is
//!   sent.
//! - A page's scripts run by the nonce of this one answer (CSP level 3, `strict-dynamic`); no page has inline scripts, and
//!   none may have styles in the markup.
//! - The widget brings no policy: it lives under the shop's, and styles itself by constructed sheets, which no policy
//!   forbids.

use crate::api::error::ApiResult;
use crate::service::token::new_token;
use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use tower_http::set_header::SetResponseHeaderLayer;

/// For whatever is not a page.
const NOTHING: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// For drawings: they may colour themselves, and do nothing else wherever they are opened.
pub(super) const DRAWING: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";

/// No page of this server needs any of these.
const NO_FEATURES: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
    magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), \
    usb=(), xr-spatial-tracking=()";

/// Half a year, once a browser was here over HTTPS.
const HTTPS_ONLY: &str = "max-age=15768000";

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Adds to every answer what its handler has not said.
pub(super) fn on_every_answer(router: Router, https: bool) -> Router {
    let router = router
        .layer(unless_said(header::CONTENT_SECURITY_POLICY, NOTHING))
        .layer(unless_said(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(unless_said(header::REFERRER_POLICY, "same-origin"))
        .layer(unless_said(PERMISSIONS_POLICY, NO_FEATURES));
    if https { router.layer(unless_said(header::STRICT_TRANSPORT_SECURITY, HTTPS_ONLY)) } else { router }
}

fn unless_said(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// A page with its policy: its scripts and its sheets run by a nonce that nobody can know before.
///
/// # Errors
/// Where the operating system has no randomness.
pub(super) fn page(html: &str) -> ApiResult<Response> {
    let nonce = new_token()?[..32].to_owned();
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'self' 'nonce-{nonce}'; img-src \
         'self' data: https:; connect-src 'self'; font-src 'self'; object-src 'none'; base-uri 'none'; form-action \
         'self'; frame-ancestors 'none'"
    );
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (OPENER_POLICY, "same-origin".to_owned()),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
    ];
    Ok((headers, Html(with_nonce(html, &nonce))).into_response())
}

/// Puts the nonce on every element that needs one, and where the bundler's loader looks for it.
fn with_nonce(html: &str, nonce: &str) -> String {
    let mark = format!(" nonce=\"{nonce}\"");
    let mut page = html.to_owned();
    for element in ["<script", "<style", "<link rel=\"stylesheet\"", "<link rel=\"modulepreload\""] {
        page = page.replace(element, &format!("{element}{mark}"));
    }
    page.replacen("<head>", &format!("<head><meta property=\"csp-nonce\"{mark}>"), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_has_the_nonce_and_nothing_else() {
        let html = "<head><link rel=\"icon\"><link rel=\"stylesheet\" href=\"a\"></head><script src=\"b\"></script>";
        let page = with_nonce(html, "n");
        let expected = "<head><meta property=\"csp-nonce\" nonce=\"n\"><link rel=\"icon\"><link rel=\"stylesheet\" \
                        nonce=\"n\" href=\"a\"></head><script nonce=\"n\" src=\"b\"></script>";
        assert_eq!(page, expected);
    }
}
