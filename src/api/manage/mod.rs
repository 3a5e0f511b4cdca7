//! The settings room: how the shop presents itself, when the assistant answers, how the widget looks, who works here,
//! who is signed in, and which other programs may do what. All of it is for people: no key reaches these routes.

mod keys;
mod people;
mod presentation;
mod retention;
mod second_factor;
mod sessions;
mod thresholds;
mod widget;

use crate::api::ApiState;
use utoipa_axum::router::OpenApiRouter;

/// The routes of this room.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(keys::routes())
        .merge(people::routes())
        .merge(presentation::routes())
        .merge(retention::routes())
        .merge(second_factor::routes())
        .merge(sessions::routes())
        .merge(thresholds::routes())
        .merge(widget::routes())
}
