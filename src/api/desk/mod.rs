//! The desk over REST: what agents, supervisors and admins do besides talking. What comes of it is shown to everybody
//! concerned by frames of `/ws/desk`. `docs/desk.md` describes both for the author of a console.

mod cases;
mod conversations;
mod people;
mod quality;
mod quick_replies;
mod reports;
mod rules;
mod teaching;

use crate::api::ApiState;
use utoipa_axum::router::OpenApiRouter;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(cases::routes())
        .merge(conversations::routes())
        .merge(people::routes())
        .merge(quality::routes())
        .merge(quick_replies::routes())
        .merge(reports::routes())
        .merge(rules::routes())
        .merge(teaching::routes())
}
