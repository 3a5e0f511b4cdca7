//! HTTP and WebSocket: the router, the extractors, and the one place that knows status codes ([`error`]).
//!
//! Who may call what is decided in [`access`], once for all routes. Every answer carries a content security policy without
//! inline scripts. Changes with a cookie need the header `x-xiaoer-csrf`, which a foreign page cannot send without asking
//! first.

pub mod access;
pub mod admin;
pub mod demo;
pub mod desk;
mod docs;
pub mod error;
pub mod extract;
mod health;
pub mod knowledge;
pub mod learning;
pub mod listener;
mod manage;
pub mod marketing;
pub mod metrics;
pub mod origin;
mod personal;
mod safety;
pub mod settings;
pub mod shop;
pub mod staff;
pub mod web_files;
pub mod wire;

use crate::service::api_keys::ApiKeys;
use crate::service::behaviour::Behaviour;
use crate::service::chat::Chat;
use crate::service::desk::Desk;
use crate::service::knowledge::{Keeper, MAX_FILE};
use crate::service::learning::Learning;
use crate::service::marketing::Marketing;
use crate::service::personal_data::PersonalData;
use crate::service::pictures::Pictures;
use crate::service::retention::Retention;
use crate::service::sign_in::SignIn;
use crate::store::Db;
pub use settings::ServerSettings;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath};
use axum::middleware::from_fn_with_state;
use std::path::PathBuf;
use std::sync::Arc;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::trace::TraceLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

/// Largest request body, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// What every handler may use; clones share it.
#[derive(Clone)]
pub struct ApiState {
    /// Conversations.
    pub chat: Chat,
    /// People who take over.
    pub desk: Desk,
    /// The console's door.
    pub sign_in: SignIn,
    /// Keys of other programs.
    pub api_keys: ApiKeys,
    /// What staff teach the assistant.
    pub learning: Learning,
    /// What the shop knows, and its drafts.
    pub keeper: Keeper,
    /// Segments, campaigns, profiles.
    pub marketing: Marketing,
    /// What shoppers did.
    pub behaviour: Behaviour,
    /// One person's data.
    pub personal: PersonalData,
    /// What is kept how long.
    pub retention: Retention,
    /// For the admin's lists.
    pub db: Db,
    /// Who asks too much.
    pub paces: access::pace::Paces,
    /// Who may come in.
    pub server: Arc<ServerSettings>,
    /// Pictures that admins put into answers.
    pub pictures_in_answers: Pictures,
    /// Folder with the pictures of the categories.
    pub pictures: Arc<PathBuf>,
}

/// The description of the REST interface; paths are collected from the routes.
#[derive(OpenApi)]
#[openapi(info(title = "Xiaoer", description = "REST interface of the shop page and the console"))]
struct ApiDescription;

/// The whole interface.
pub fn router(state: ApiState) -> Router {
    let (rest, mut description) = rest().with_state(state.clone()).split_for_parts();
    let (uploads, of_uploads) = knowledge::uploads().with_state(state.clone()).split_for_parts();
    description.merge(of_uploads);
    docs::name_scopes(&mut description);
    let description = Arc::new(description);
    let uploads = uploads.layer(DefaultBodyLimit::max(MAX_FILE));
    let https = state.server.secure_cookies;
    let router = Router::new()
        .merge(rest)
        .merge(wire::routes().with_state(state.clone()))
        .merge(docs::routes().with_state(state.clone()))
        .merge(knowledge::pictures::shown().with_state(state.clone()))
        .merge(health::routes().with_state(state.clone()))
        .merge(web_files::routes().with_state(state.clone()))
        .route("/api/openapi.json", axum::routing::get(move || async move { axum::Json((*description).clone()) }))
        .layer(RequestBodyLimitLayer::new(MAX_BODY))
        .merge(uploads)
        .layer(from_fn_with_state(state, access::guard::decide))
        .layer(TraceLayer::new_for_http().make_span_with(span));
    safety::on_every_answer(router, https)
}

/// The REST part with its description.
fn rest() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(ApiDescription::openapi())
        .merge(shop::routes())
        .merge(personal::routes())
        .merge(demo::routes())
        .merge(staff::routes())
        .merge(admin::routes())
        .merge(learning::routes())
        .merge(knowledge::routes())
        .merge(manage::routes())
        .merge(desk::routes())
        .merge(marketing::routes())
}

/// The description of the REST interface as JSON, for the generated TypeScript types.
pub fn openapi_json() -> String {
    let (_, mut description) = rest().split_for_parts();
    description.merge(knowledge::uploads().split_for_parts().1);
    docs::name_scopes(&mut description);
    description.to_pretty_json().unwrap_or_default()
}

/// Names a request in the log by the pattern of its route alone: a path may hold a token or a person's number, and a query
/// anything.
fn span(request: &axum::extract::Request) -> tracing::Span {
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str);
    tracing::debug_span!("request", method = %request.method(), route)
}
