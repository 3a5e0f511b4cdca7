//! A page to read the REST interface and to try it. It is made here, because every known one brings a megabyte of script
//! or asks a foreign host for it; this one needs neither, and no exception from the content security policy.

use crate::api::extract::SESSION_COOKIE;
use crate::api::{ApiState, access, safety};
use crate::model::customer::Role;
use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{OpenApi, PathItem};

/// Names in the description: a person's session, and the key of another program.
const SESSION: &str = "session";
const KEY: &str = "api_key";

/// Says of each route who may use it: people with a session, and keys with one of these scopes.
pub(super) fn name_scopes(description: &mut OpenApi) {
    let components = description.components.get_or_insert_default();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme(SESSION, SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(SESSION_COOKIE))));
    components.add_security_scheme(KEY, SecurityScheme::Http(bearer));
    for (path, item) in &mut description.paths.paths {
        let PathItem { get, post, put, delete, .. } = item;
        for (method, operation) in [("GET", get), ("POST", post), ("PUT", put), ("DELETE", delete)] {
            let Some(operation) = operation else { continue };
            let Some(rule) = access::find(method, path) else { continue };
            if rule.people.has(Role::Admin).is_none() {
                continue;
            }
            let session = SecurityRequirement::new::<_, [&str; 0], &str>(SESSION, []);
            let scopes = rule.keys.iter().map(|scope| scope.name());
            let keys = scopes.map(|scope| SecurityRequirement::new(KEY, [scope]));
            operation.security = Some(std::iter::once(session).chain(keys).collect());
        }
    }
}

/// The routes of this file.
pub(super) fn routes() -> Router<ApiState> {
    Router::new()
        .route("/api/docs", get(|| async { safety::page(include_str!("page.html")) }))
        .route("/api/docs/page.js", get(|| async { file("text/javascript; charset=utf-8", include_str!("page.js")) }))
        .route("/api/docs/page.css", get(|| async { file("text/css; charset=utf-8", include_str!("page.css")) }))
}

fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], text)
}
