//! Whether this node is alive, and whether it should get traffic.
//!
//! `/healthz` answers as long as the program runs: whoever restarts programs asks it. `/readyz` answers 200 only while
//! this node can serve a shopper: index and models are built, the database answers, and it is not about to stop. Who
//! distributes shoppers over nodes asks it. A bus that is broken does not make a node unready: it then serves a little
//! later what other nodes write.

use crate::api::ApiState;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use std::time::Duration;

/// How long the database may take to answer. Beyond that a shopper would wait as well.
const DATABASE_WITHIN: Duration = Duration::from_secs(2);

/// What `/readyz` says.
#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    /// Whether the database answers.
    database: bool,
    /// Whether this node stops.
    stopping: bool,
    /// The knowledge that it answers with; its index and models are part of it.
    knowledge_version: i64,
    /// Sockets of shoppers.
    sockets: usize,
    /// Whether there is a bus to other nodes.
    shared: bool,
    /// Hints to other nodes that found no room.
    hints_lost: u64,
}

/// The routes of this file.
pub(super) fn routes() -> Router<ApiState> {
    Router::new().route("/healthz", get(|| async { "ok" })).route("/readyz", get(readyz))
}

async fn readyz(State(state): State<ApiState>) -> Response {
    let answers = tokio::time::timeout(DATABASE_WITHIN, state.db.ping()).await;
    let database = matches!(answers, Ok(Ok(())));
    let stopping = state.chat.hub.is_draining();
    let readiness = Readiness {
        ready: database && !stopping,
        database,
        stopping,
        knowledge_version: state.chat.published.assistant().version,
        sockets: state.chat.hub.connected(),
        shared: state.chat.hub.bus().is_shared(),
        hints_lost: state.chat.hub.bus().lost(),
    };
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness)).into_response()
}
