//! The category tree and tags of the working state.

use super::entries::Changed;
use crate::api::ApiState;
use crate::api::error::{ApiResult, Refusals};
use crate::api::extract::{Admin, Body};
use crate::store::faq::working;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(categories)).routes(routes!(move_category)).routes(routes!(tags))
}

/// A category with what is below it.
#[derive(Serialize, ToSchema)]
#[schema(no_recursion)]
struct CategoryView {
    path: String,
    name: String,
    /// Its own entries.
    count: i64,
    /// With those below.
    total: i64,
    children: Vec<CategoryView>,
}

/// The category tree.
#[derive(Serialize, ToSchema)]
struct Categories {
    categories: Vec<CategoryView>,
}

/// The categories of the working state as a tree.
#[utoipa::path(get, path = "/api/admin/faq/categories", tag = "faq", responses((status = 200, body = Categories), Refusals))]
async fn categories(State(state): State<ApiState>, _: Admin) -> ApiResult<Json<Categories>> {
    let mut tree: Vec<CategoryView> = Vec::new();
    for (path, count) in working::categories(&state.db).await? {
        plant(&mut tree, "", &path, count);
    }
    Ok(Json(Categories { categories: tree }))
}

fn plant(level: &mut Vec<CategoryView>, above: &str, rest: &str, count: i64) {
    let (name, below) = rest.split_once('/').map_or((rest, None), |(name, below)| (name, Some(below)));
    let path = if above.is_empty() { name.to_owned() } else { format!("{above}/{name}") };
    let place = level.iter().position(|known| known.path == path).unwrap_or_else(|| {
        let new = CategoryView { path: path.clone(), name: name.to_owned(), count: 0, total: 0, children: Vec::new() };
        level.push(new);
        level.len() - 1
    });
    level[place].total += count;
    match below {
        Some(below) => plant(&mut level[place].children, &path, below, count),
        None => level[place].count += count,
    }
}

/// From where to where.
#[derive(Deserialize, ToSchema)]
struct CategoryMove {
    from: String,
    to: String,
}

/// Moves a category with what is below it, as drafts.
#[utoipa::path(post, path = "/api/admin/faq/categories/move", tag = "faq", request_body = CategoryMove, responses((status = 200, body = Changed), Refusals))]
async fn move_category(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Body(form): Body<CategoryMove>,
) -> ApiResult<Json<Changed>> {
    Ok(Json(Changed { changed: state.keeper.move_category(&staff.name, &form.from, &form.to).await? }))
}

/// A tag with its entries.
#[derive(Serialize, ToSchema)]
struct TagView {
    tag: String,
    count: i64,
}

/// The most frequent first.
#[derive(Serialize, ToSchema)]
struct Tags {
    tags: Vec<TagView>,
}

/// The tags of the working state.
#[utoipa::path(get, path = "/api/admin/faq/tags", tag = "faq", responses((status = 200, body = Tags), Refusals))]
async fn tags(State(state): State<ApiState>, _: Admin) -> ApiResult<Json<Tags>> {
    let tags = working::tags(&state.db).await?.into_iter().map(|(tag, count)| TagView { tag, count });
    Ok(Json(Tags { tags: tags.collect() }))
}
