//! Segments, campaigns and profiles for admins; consent, links and what the shop's system tells for everybody else.

mod campaigns;
mod profiles;
mod public;
mod segments;
mod view;

use crate::api::ApiState;
use utoipa_axum::router::OpenApiRouter;

/// The routes of this folder.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(segments::routes())
        .merge(campaigns::routes())
        .merge(profiles::routes())
        .merge(public::routes())
}
