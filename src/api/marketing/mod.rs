//! Segments, campaigns and profiles for admins; consent, links and what the shop's system tells for everybody else.

mod campaigns;
mod profiles;
mod public;
mod segments;
mod view;

use crate::api::ApiState;
use crate::api::error::ErrorBody;
use utoipa::IntoResponses;
use utoipa_axum::router::OpenApiRouter;

/// The routes of this folder.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(segments::routes())
        .merge(campaigns::routes())
        .merge(profiles::routes())
        .merge(public::routes())
}

/// How every route for admins may refuse.
#[derive(IntoResponses)]
#[allow(dead_code)]
enum Refusals {
    /// What was sent makes no sense, or breaks rules that `problems` name.
    #[response(status = 400)]
    Bad(ErrorBody),
    /// Nobody is signed in.
    #[response(status = 401)]
    SignedOut(ErrorBody),
    /// Not an admin, or no header against forged requests.
    #[response(status = 403)]
    Forbidden(ErrorBody),
    /// There is no such thing.
    #[response(status = 404)]
    NotFound(ErrorBody),
    /// Somebody else was faster, or the state does not allow it.
    #[response(status = 409)]
    Conflict(ErrorBody),
}
