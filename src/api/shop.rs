//! What the demo shop's pages read, and the events they report.

use crate::api::error::{ApiError, ApiResult};
use crate::api::extract::Body;
use crate::api::{ApiState, safety};
use crate::dialogue::respond::card;
use crate::model::catalogue::{Category, Money, Product};
use crate::model::chat::ProductCard;
use crate::model::customer::EventKind;
use crate::recommend::in_conversation::Suggestion;
use crate::recommend::taste::Personal;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Products on the home page, in each list.
const HOME_LIST: usize = 8;

/// Products that a search shows, at most.
const SEARCH_RESULTS: usize = 40;

/// Relevance, against the best hit, below which a product is left out of a search.
const SEARCH_FLOOR: f64 = 0.25;

/// Products in a list that is made for a shopper.
const SLOT_LIST: usize = 6;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(home))
        .routes(routes!(category))
        .routes(routes!(product))
        .routes(routes!(search))
        .routes(routes!(record_event))
        .routes(routes!(recommendations))
        .routes(routes!(recommendation_opt_out))
        .route("/shop-pictures/{file}", axum::routing::get(product_picture))
        .route("/shop-pictures/category/{file}", axum::routing::get(category_picture))
}

/// The shop in a few words.
#[derive(Serialize, ToSchema)]
struct ShopView {
    name: String,
    slogan: String,
    phone: String,
    human_hours: String,
}

/// A category as a tile.
#[derive(Serialize, ToSchema)]
struct CategoryView {
    id: String,
    name: String,
    description: String,
    picture: String,
    count: usize,
}

/// A product in a list. Prices are in fen.
#[derive(Serialize, ToSchema)]
struct ProductView {
    sku: String,
    name: String,
    category: String,
    brand: String,
    #[schema(value_type = i64)]
    price: Money,
    #[schema(value_type = i64)]
    original_price: Money,
    stock: i64,
    rating: f64,
    sold: i64,
    picture: String,
    tags: Vec<String>,
}

/// A product on its page.
#[derive(Serialize, ToSchema)]
struct ProductDetail {
    #[serde(flatten)]
    product: ProductView,
    category_name: String,
    colors: Vec<String>,
    sizes: Vec<String>,
    attributes: BTreeMap<String, String>,
    description: String,
    persons: Vec<String>,
    occasions: Vec<String>,
    season: String,
    listed_on: String,
}

/// The home page.
#[derive(Serialize, ToSchema)]
struct HomeView {
    shop: ShopView,
    categories: Vec<CategoryView>,
    /// Best sellers of late.
    popular: Vec<ProductView>,
    /// The newest products.
    fresh: Vec<ProductView>,
}

/// A category page.
#[derive(Serialize, ToSchema)]
struct CategoryPage {
    category: CategoryView,
    products: Vec<ProductView>,
}

/// A product page.
#[derive(Serialize, ToSchema)]
struct ProductPage {
    product: ProductDetail,
}

/// Results of a search, best first.
#[derive(Serialize, ToSchema)]
struct SearchPage {
    products: Vec<ProductView>,
}

/// What to search for.
#[derive(Deserialize, IntoParams)]
struct SearchQuery {
    /// The words.
    q: String,
}

/// Something a shopper did with a product.
#[derive(Deserialize, ToSchema)]
struct EventReport {
    /// The widget's visitor token; without one nobody is credited and nothing is kept.
    token: Option<String>,
    kind: EventKind,
    sku: String,
    /// Stars for a rating, pieces for a purchase.
    value: Option<f64>,
}

/// The home page.
#[utoipa::path(get, path = "/api/shop/home", responses((status = 200, body = HomeView)))]
async fn home(State(state): State<ApiState>) -> Json<HomeView> {
    let assistant = state.chat.published.assistant();
    let content = &assistant.knowledge.content;
    let popular = state.behaviour.popular(HOME_LIST);
    let mut fresh: Vec<&Product> = content.products.iter().filter(|product| product.in_stock()).collect();
    fresh.sort_by(|a, b| b.listed_on.cmp(&a.listed_on).then_with(|| a.sku.cmp(&b.sku)));
    Json(HomeView {
        shop: ShopView {
            name: content.shop.name.clone(),
            slogan: content.shop.slogan.clone(),
            phone: content.shop.phone.clone(),
            human_hours: content.shop.human_hours.clone(),
        },
        categories: content.categories.iter().map(|category| category_view(category, &content.products)).collect(),
        popular: popular.iter().filter_map(|sku| assistant.knowledge.product(sku)).map(product_view).collect(),
        fresh: fresh.into_iter().take(HOME_LIST).map(product_view).collect(),
    })
}

/// A category with its products, best sellers first.
#[utoipa::path(get, path = "/api/shop/categories/{id}", responses((status = 200, body = CategoryPage), (status = 404, body = crate::api::error::ErrorBody)))]
async fn category(State(state): State<ApiState>, Path(id): Path<String>) -> ApiResult<Json<CategoryPage>> {
    let assistant = state.chat.published.assistant();
    let content = &assistant.knowledge.content;
    let found = content.categories.iter().find(|category| category.id == id);
    let category = found.ok_or_else(|| ApiError::not_found("没有这个分类"))?;
    let mut products: Vec<&Product> = content.products.iter().filter(|product| product.category == id).collect();
    products.sort_by(|a, b| b.sold.cmp(&a.sold).then_with(|| a.sku.cmp(&b.sku)));
    Ok(Json(CategoryPage {
        category: category_view(category, &content.products),
        products: products.into_iter().map(product_view).collect(),
    }))
}

/// A product.
#[utoipa::path(get, path = "/api/shop/products/{sku}", responses((status = 200, body = ProductPage), (status = 404, body = crate::api::error::ErrorBody)))]
async fn product(State(state): State<ApiState>, Path(sku): Path<String>) -> ApiResult<Json<ProductPage>> {
    let assistant = state.chat.published.assistant();
    let product = assistant.knowledge.product(&sku).ok_or_else(|| ApiError::not_found("没有这件商品"))?;
    let categories = &assistant.knowledge.content.categories;
    let category = categories.iter().find(|category| category.id == product.category);
    Ok(Json(ProductPage {
        product: ProductDetail {
            product: product_view(product),
            category_name: category.map(|category| category.name.clone()).unwrap_or_default(),
            colors: product.colors.clone(),
            sizes: product.sizes.clone(),
            attributes: product.attributes.clone(),
            description: product.description.clone(),
            persons: product.persons.clone(),
            occasions: product.occasions.clone(),
            season: product.season.clone(),
            listed_on: product.listed_on.clone(),
        },
    }))
}

/// Products by words.
#[utoipa::path(get, path = "/api/shop/search", params(SearchQuery), responses((status = 200, body = SearchPage)))]
async fn search(State(state): State<ApiState>, Query(query): Query<SearchQuery>) -> ApiResult<Json<SearchPage>> {
    let assistant = state.chat.published.assistant();
    let text = assistant.models.language.read(&query.q);
    let hits = assistant.knowledge.products.find(&text)?;
    let products = (hits.into_iter())
        .filter(|hit| hit.relevance >= SEARCH_FLOOR)
        .take(SEARCH_RESULTS)
        .map(|hit| product_view(&assistant.knowledge.content.products[hit.product]))
        .collect();
    Ok(Json(SearchPage { products }))
}

/// Reports what a shopper did. The next reply already knows it.
#[utoipa::path(post, path = "/api/shop/events", request_body = EventReport, responses((status = 204), (status = 400, body = crate::api::error::ErrorBody), (status = 404, body = crate::api::error::ErrorBody)))]
async fn record_event(State(state): State<ApiState>, Body(report): Body<EventReport>) -> ApiResult<StatusCode> {
    let shopper = match &report.token {
        Some(token) => state.chat.shopper_of(token).await?,
        None => None,
    };
    if let Some(shopper) = shopper {
        state.behaviour.record(shopper, &report.sku, report.kind, report.value).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Where a list is shown, and to whom.
#[derive(Deserialize, ToSchema)]
struct SlotRequest {
    /// The widget's visitor token; without one the list is that of a new shopper, and nothing is logged.
    token: Option<String>,
    slot: Slot,
    /// The product on the screen.
    sku: Option<String>,
}

/// A place of the shop's pages.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Slot {
    Home,
    Product,
    Cart,
}

/// Products for a place, best first, each with its reason.
#[derive(Serialize, ToSchema)]
struct Recommendations {
    products: Vec<ProductCard>,
    /// Whether the shopper opted out of being recommended to by what they did.
    opted_out: bool,
}

/// Products for a place of the shop's pages. Each one shown is logged, so that clicks and purchases can be credited.
#[utoipa::path(post, path = "/api/shop/recommendations", request_body = SlotRequest, responses((status = 200, body = Recommendations), (status = 404, body = crate::api::error::ErrorBody)))]
async fn recommendations(
    State(state): State<ApiState>,
    Body(request): Body<SlotRequest>,
) -> ApiResult<Json<Recommendations>> {
    let shopper = match &request.token {
        Some(token) => state.chat.shopper_of(token).await?,
        None => None,
    };
    let assistant = state.chat.published.assistant();
    let slot = match request.slot {
        Slot::Home => "home",
        Slot::Product => "product",
        Slot::Cart => "cart",
    };
    let cap = assistant.knowledge.content.shop.suggestions.category_cap;
    let list = state.behaviour.show(shopper, slot, request.sku.as_deref(), SLOT_LIST, cap).await?;
    let as_card = |(sku, one): (String, Personal)| {
        let suggestion = Suggestion { sku, reason: one.reason, source: one.source.name().to_owned(), score: one.score };
        assistant.knowledge.product(&suggestion.sku).map(|product| card(product, &suggestion))
    };
    let opted_out = shopper.is_some_and(|shopper| state.behaviour.has_opted_out(shopper));
    Ok(Json(Recommendations { products: list.into_iter().filter_map(as_card).collect(), opted_out }))
}

/// A shopper's wish.
#[derive(Deserialize, ToSchema)]
struct OptOut {
    /// The widget's visitor token.
    token: String,
    /// Whether what the shopper did may no longer be used to recommend; where nothing is said, it stays as it is.
    opted_out: Option<bool>,
}

/// What is kept.
#[derive(Serialize, ToSchema)]
struct OptedOut {
    opted_out: bool,
}

/// Keeps or withdraws a shopper's wish not to be recommended to by what they did.
#[utoipa::path(put, path = "/api/shop/recommendations/opt-out", request_body = OptOut, responses((status = 200, body = OptedOut), (status = 404, body = crate::api::error::ErrorBody)))]
async fn recommendation_opt_out(State(state): State<ApiState>, Body(wish): Body<OptOut>) -> ApiResult<Json<OptedOut>> {
    let shopper = state.chat.shopper_of(&wish.token).await?.ok_or_else(|| ApiError::not_found("没有这位访客"))?;
    if let Some(opted_out) = wish.opted_out {
        state.behaviour.set_opt_out(shopper, opted_out).await?;
    }
    Ok(Json(OptedOut { opted_out: state.behaviour.has_opted_out(shopper) }))
}

/// The picture of a product: its category's drawing in the product's colour.
async fn product_picture(State(state): State<ApiState>, Path(file): Path<String>) -> ApiResult<Response> {
    let assistant = state.chat.published.assistant();
    let product = file.strip_suffix(".svg").and_then(|sku| assistant.knowledge.product(sku));
    let product = product.ok_or_else(|| ApiError::not_found("没有这张图片"))?;
    match drawing(&state, product.drawing(), &product.image_color).await {
        // A drawing that is not there yet is no reason for an empty place.
        Err(_) => drawing(&state, &product.category, &product.image_color).await,
        drawn => drawn,
    }
}

/// The picture of a category.
async fn category_picture(State(state): State<ApiState>, Path(file): Path<String>) -> ApiResult<Response> {
    let assistant = state.chat.published.assistant();
    let id = file.strip_suffix(".svg").unwrap_or_default();
    let known = assistant.knowledge.content.categories.iter().find(|category| category.id == id);
    let category = known.ok_or_else(|| ApiError::not_found("没有这张图片"))?;
    let color = assistant.knowledge.content.products.iter().find(|product| product.category == category.id);
    drawing(&state, &category.id, color.map_or("#8a9ba8", |product| &product.image_color)).await
}

/// Only ids of known categories and names that were checked at import reach the file system.
async fn drawing(state: &ApiState, name: &str, color: &str) -> ApiResult<Response> {
    let path = state.pictures.join(format!("{name}.svg"));
    let svg = tokio::fs::read_to_string(path).await.map_err(|_| ApiError::not_found("没有这张图片"))?;
    let svg = svg.replace("{{color}}", color).replace("{{shade}}", &darker(color));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(safety::DRAWING)),
    ];
    Ok((headers, svg).into_response())
}

/// A quarter darker; the colour was checked at import.
fn darker(color: &str) -> String {
    let channel = |at: usize| {
        let value = color.get(at..at + 2).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or(128);
        value * 3 / 4
    };
    format!("#{:02x}{:02x}{:02x}", channel(1), channel(3), channel(5))
}

fn category_view(category: &Category, products: &[Product]) -> CategoryView {
    CategoryView {
        id: category.id.clone(),
        name: category.name.clone(),
        description: category.description.clone(),
        picture: format!("/shop-pictures/category/{}.svg", category.id),
        count: products.iter().filter(|product| product.category == category.id).count(),
    }
}

fn product_view(product: &Product) -> ProductView {
    ProductView {
        sku: product.sku.clone(),
        name: product.name.clone(),
        category: product.category.clone(),
        brand: product.brand.clone(),
        price: product.price,
        original_price: product.original_price,
        stock: product.stock,
        rating: product.rating,
        sold: product.sold,
        picture: format!("/shop-pictures/{}.svg", product.sku),
        tags: product.tags.clone(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn shades_are_a_quarter_darker() {
        assert_eq!(super::darker("#804020"), "#603018");
    }
}
