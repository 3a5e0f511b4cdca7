//! `/metrics` on an address of its own: figures are for operators, not for whoever reaches the shop.

use crate::api::ApiState;
use crate::model::secret::Secret;
use crate::service::telemetry::Standing;
use crate::store::backlog::backlog;
use crate::store::retention::Kind;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::time::Duration;

/// How long the database may take to count what waits. Without it the other figures are told all the same.
const DATABASE_WITHIN: Duration = Duration::from_secs(2);

const FORM: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone)]
struct Door {
    state: ApiState,
    token: Option<Secret>,
}

/// The only route, for whoever has the token, where there is one.
pub fn router(state: ApiState, token: Option<Secret>) -> Router {
    Router::new().route("/metrics", get(metrics)).with_state(Door { state, token })
}

async fn metrics(State(door): State<Door>, headers: HeaderMap) -> Response {
    if !door.token.as_ref().is_none_or(|token| has(&headers, token)) {
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], "").into_response();
    }
    let state = &door.state;
    let stored = tokio::time::timeout(DATABASE_WITHIN, backlog(&state.db)).await;
    let figures = &state.chat.telemetry.figures;
    if let Ok(Ok(Some(last))) = tokio::time::timeout(DATABASE_WITHIN, state.retention.last()).await {
        let rows = |kind| last.deleted.get(&kind).map_or(0, |tables| tables.values().sum());
        figures.retained(last.at, Kind::ALL.into_iter().map(|(kind, _)| (kind, rows(kind))));
    }
    let standing = Standing {
        sockets: state.chat.hub.connected(),
        turns_under_way: state.chat.load.under_way(),
        load_step: state.chat.load.step(),
        journal_queue: state.chat.journal.queued(),
        knowledge_version: state.chat.published.assistant().version,
        hints_lost: state.chat.hub.bus().lost(),
        stored: stored.ok().and_then(Result::ok),
    };
    ([(header::CONTENT_TYPE, FORM)], figures.text(&standing)).into_response()
}

fn has(headers: &HeaderMap, token: &Secret) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    given.is_some_and(|given| token.is(given))
}
