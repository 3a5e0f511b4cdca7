//! What admins keep: entries and their drafts, versions, files, trying, learning, words, the catalogue, figures.

mod audit;
mod catalogue;
mod categories;
mod confusions;
mod dashboard;
mod entries;
mod files;
mod inbox;
pub(super) mod pictures;
mod saved_tests;
mod trying;
mod versions;
mod view;
mod words;

use crate::api::ApiState;
use utoipa_axum::router::OpenApiRouter;

/// The routes of this folder.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(entries::routes())
        .merge(categories::routes())
        .merge(confusions::routes())
        .merge(versions::routes())
        .merge(files::routes())
        .merge(trying::routes())
        .merge(saved_tests::routes())
        .merge(inbox::routes())
        .merge(audit::routes())
        .merge(dashboard::routes())
        .merge(catalogue::routes())
}

/// The routes of this folder that take files.
pub fn uploads() -> OpenApiRouter<ApiState> {
    files::uploads()
        .merge(saved_tests::uploads())
        .merge(catalogue::uploads())
        .merge(words::uploads())
        .merge(pictures::uploads())
}
