//! Pairs of entries that the ranker confuses.

use crate::api::ApiState;
use crate::api::error::{ApiResult, Refusals};
use crate::api::extract::{Admin, Asked, PageQuery};
use crate::clock::Timestamp;
use crate::service::knowledge::ConfusedPhrasing;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(confusions))
}

/// An entry by its question.
#[derive(Serialize, ToSchema)]
struct NamedEntry {
    id: String,
    question: String,
}

/// Two entries that the ranker hardly tells apart.
#[derive(Serialize, ToSchema)]
struct ConfusionView {
    first: NamedEntry,
    second: NamedEntry,
    phrasings: Vec<ConfusedPhrasing>,
}

/// A page of them, the worst first.
#[derive(Serialize, ToSchema)]
struct Confusions {
    items: Vec<ConfusionView>,
    total: usize,
    /// Nothing where they were not looked for yet; they are then, in the background.
    #[schema(value_type = Option<i64>)]
    computed_at: Option<Timestamp>,
}

/// Pairs of live entries that the ranker hardly tells apart; looked for anew in the background after each publish.
#[utoipa::path(get, path = "/api/admin/faq/confusions", tag = "faq", params(PageQuery), responses((status = 200, body = Confusions), Refusals))]
async fn confusions(
    State(state): State<ApiState>,
    _: Admin,
    Asked(page): Asked<PageQuery>,
) -> ApiResult<Json<Confusions>> {
    let (pairs, computed_at) = state.keeper.confusions();
    let assistant = state.chat.published.assistant();
    let named = |id: &String| NamedEntry { id: id.clone(), question: assistant.knowledge.question(id).to_owned() };
    let (offset, limit) = (usize::try_from(page.offset()).unwrap_or(0), usize::try_from(page.limit()).unwrap_or(0));
    let items = pairs.iter().skip(offset).take(limit).map(|pair| ConfusionView {
        first: named(&pair.first),
        second: named(&pair.second),
        phrasings: pair.phrasings.clone(),
    });
    Ok(Json(Confusions { items: items.collect(), total: pairs.len(), computed_at }))
}
