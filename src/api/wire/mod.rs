//! The protocol `xiaoer.v1` on its two ways: a WebSocket, and server-sent events with POST for networks that break
//! WebSockets. Both speak the same frames with the same meaning.

mod address;
mod answer;
mod delivery;
mod desk;
mod events;
mod socket;

pub(super) use address::{Address, network};

use crate::api::ApiState;
use axum::Router;
use axum::routing::{any, post};

/// The routes of the protocol.
pub(super) fn routes() -> Router<ApiState> {
    let stream = post(events::open).options(events::preflight);
    let frames = post(events::frame).options(events::preflight);
    Router::new()
        .route("/ws/chat", any(socket::chat))
        .route("/ws/desk", any(desk::open))
        .route("/sse/chat", stream)
        .route("/sse/chat/frames", frames)
}
