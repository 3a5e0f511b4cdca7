//! The catalogue.

use super::files::{Begun, ExportQuery, ImportQuery, attachment};
use crate::api::ApiState;
use crate::api::error::{ApiError, ApiResult, Refusals};
use crate::api::extract::{Admin, Asked, At, Body, PageQuery, Upload};
use crate::model::catalogue::Product;
use crate::service::knowledge::ImportOrder;
use crate::store::product::StockChange;
use crate::text::normalize::normalize;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Stock below which a product runs out.
const LOW: i64 = 5;

/// The routes of this file that take small bodies.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(fields))
        .routes(routes!(categories))
        .routes(routes!(export))
        .routes(routes!(template))
        .routes(routes!(product, put, remove))
}

/// The routes of this file that take files or many products.
pub(super) fn uploads() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(import)).routes(routes!(stock))
}

/// Which products to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ProductQuery {
    /// Part of the name, the brand or the SKU.
    #[serde(default)]
    q: String,
    /// Id of the category.
    #[serde(default)]
    category: String,
    /// `all`, `out` or `low`.
    #[serde(default)]
    stock: String,
}

/// A page of products; prices in fen.
#[derive(Serialize, ToSchema)]
struct Products {
    #[schema(value_type = Vec<Object>)]
    items: Vec<Product>,
    total: usize,
}

/// The catalogue.
#[utoipa::path(get, path = "/api/admin/products", tag = "catalogue", params(ProductQuery, PageQuery), responses((status = 200, body = Products), Refusals))]
async fn list(
    State(state): State<ApiState>,
    _: Admin,
    Asked(query): Asked<ProductQuery>,
    Asked(page): Asked<PageQuery>,
) -> ApiResult<Json<Products>> {
    let assistant = state.chat.published.assistant();
    let wanted = normalize(&query.q);
    let fits = |product: &&Product| {
        let text =
            || [&product.name, &product.brand, &product.sku].into_iter().any(|text| normalize(text).contains(&wanted));
        let stock = match query.stock.as_str() {
            "out" => product.stock == 0,
            "low" => product.stock < LOW,
            _ => true,
        };
        stock && (query.category.is_empty() || product.category == query.category) && (wanted.is_empty() || text())
    };
    let found: Vec<&Product> = assistant.knowledge.content.products.iter().filter(fits).collect();
    let (offset, limit) = (usize::try_from(page.offset()).unwrap_or(0), usize::try_from(page.limit()).unwrap_or(0));
    let items = found.iter().skip(offset).take(limit).map(|product| (*product).clone()).collect();
    Ok(Json(Products { items, total: found.len() }))
}

/// One product.
#[utoipa::path(get, path = "/api/admin/products/{sku}", tag = "catalogue", params(("sku" = String, Path)), responses((status = 200, body = Object), Refusals))]
async fn product(State(state): State<ApiState>, _: Admin, At(sku): At<String>) -> ApiResult<Json<Product>> {
    let assistant = state.chat.published.assistant();
    let product = assistant.knowledge.product(&sku).cloned();
    product.map(Json).ok_or_else(|| ApiError::not_found(format!("没有编号为 {sku} 的商品")))
}

/// Puts a product into the catalogue, or another in its place; live at once, as a version of its own.
#[utoipa::path(put, path = "/api/admin/products/{sku}", tag = "catalogue", params(("sku" = String, Path)), request_body(content = Object, content_type = "application/json"), responses((status = 200, body = Object), Refusals))]
async fn put(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    At(sku): At<String>,
    Body(product): Body<Product>,
) -> ApiResult<Json<Product>> {
    Ok(Json(state.keeper.put_product(&staff.name, Product { sku, ..product }).await?))
}

/// Takes a product out of the catalogue.
#[utoipa::path(delete, path = "/api/admin/products/{sku}", tag = "catalogue", params(("sku" = String, Path)), responses((status = 204), Refusals))]
async fn remove(State(state): State<ApiState>, Admin(staff): Admin, At(sku): At<String>) -> ApiResult<StatusCode> {
    state.keeper.remove_product(&staff.name, &sku).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Another stock or price; what is left out stays.
#[derive(Deserialize, ToSchema)]
struct StockForm {
    sku: String,
    stock: Option<i64>,
    /// In fen.
    price: Option<i64>,
    /// In fen.
    original_price: Option<i64>,
}

/// Changes of stock and prices.
#[derive(Deserialize, ToSchema)]
struct StockForms {
    /// At most 5,000.
    items: Vec<StockForm>,
}

/// How many products are different.
#[derive(Serialize, ToSchema)]
struct StockChanged {
    changed: usize,
}

/// Changes stock and prices at once, all or none, without a version.
#[utoipa::path(post, path = "/api/admin/products/stock", tag = "catalogue", request_body = StockForms, responses((status = 200, body = StockChanged), Refusals))]
async fn stock(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Body(form): Body<StockForms>,
) -> ApiResult<Json<StockChanged>> {
    let changes: Vec<StockChange> = (form.items.into_iter())
        .map(|one| StockChange { sku: one.sku, stock: one.stock, price: one.price, original_price: one.original_price })
        .collect();
    Ok(Json(StockChanged { changed: state.keeper.change_stock(&staff.name, &changes).await? }))
}

/// Takes products in from Excel or CSV, all or none; live at once, as a version of its own.
#[utoipa::path(post, path = "/api/admin/products/imports", tag = "catalogue", params(ImportQuery), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 202, body = Begun), Refusals))]
async fn import(
    State(state): State<ApiState>,
    Admin(staff): Admin,
    Asked(query): Asked<ImportQuery>,
    Upload(bytes): Upload,
) -> ApiResult<(StatusCode, Json<Begun>)> {
    let (name, mode, dry_run) = (query.name("products"), query.mode()?, query.dry_run);
    let order = ImportOrder { name, bytes, mode, dry_run };
    Ok(Begun::answer(state.keeper.import_products(&staff.name, order).await?))
}

/// All products as a file.
#[utoipa::path(get, path = "/api/admin/products/export", tag = "catalogue", params(ExportQuery), responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), Refusals))]
async fn export(State(state): State<ApiState>, _: Admin, Asked(query): Asked<ExportQuery>) -> ApiResult<Response> {
    let format = query.format()?;
    Ok(attachment("products", format, state.keeper.export_products(format)?))
}

/// A file to begin with.
#[utoipa::path(get, path = "/api/admin/products/template", tag = "catalogue", params(ExportQuery), responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), Refusals))]
async fn template(State(state): State<ApiState>, _: Admin, Asked(query): Asked<ExportQuery>) -> ApiResult<Response> {
    let format = query.format()?;
    Ok(attachment("products-template", format, state.keeper.product_template(format)?))
}

/// A field and what it is used for.
#[derive(Serialize, ToSchema)]
struct FieldView {
    field: &'static str,
    title: &'static str,
    /// Whether recommendation looks at it.
    feeds: bool,
    /// For what.
    how: &'static str,
}

/// All fields.
#[derive(Serialize, ToSchema)]
struct Fields {
    fields: Vec<FieldView>,
}

/// Field, title, whether recommendation looks at it, for what.
const FIELDS: [(&str, &str, bool, &str); 19] = [
    ("sku", "编号", false, "只用来认出商品"),
    ("name", "名称", true, "名称里的词决定哪些商品相似，也用来搜索"),
    ("category", "分类", true, "同类相似、搭配分类、每类最多几张卡片；易耗品可以重复推荐"),
    ("brand", "品牌", true, "同品牌相似"),
    ("price", "价格", true, "价位相近的相似；满足顾客说的价格条件"),
    ("original_price", "原价", false, "只在卡片上显示降价"),
    ("stock", "库存", true, "为 0 的不推荐；少于 5 件时卡片上提示"),
    ("colors", "颜色", true, "满足顾客说的颜色"),
    ("sizes", "尺码", true, "满足顾客说的尺码"),
    ("attributes", "属性", true, "相同的属性相似，也用来回答商品问题和比较"),
    ("tags", "标签", true, "相同的卖点相似，也用来搜索"),
    ("persons", "适合人群", true, "满足“送妈妈”这样的要求；相同的人群相似"),
    ("occasions", "场合", true, "满足“通勤”这样的要求；相同的场合相似"),
    ("season", "季节", true, "满足顾客说的季节"),
    ("description", "描述", true, "用来搜索"),
    ("image_color", "图片颜色", false, "只用来画示例图片"),
    ("rating", "评分", false, "在卡片和比较里显示"),
    ("sold", "销量", false, "在比较里显示；热门按店里实际的行为算"),
    ("listed_on", "上架日期", false, "只在后台显示"),
];

/// Which fields feed recommendation.
#[utoipa::path(get, path = "/api/admin/products/fields", tag = "catalogue", responses((status = 200, body = Fields), Refusals))]
async fn fields(_: Admin) -> ApiResult<Json<Fields>> {
    let fields = FIELDS.map(|(field, title, feeds, how)| FieldView { field, title, feeds, how });
    Ok(Json(Fields { fields: fields.into() }))
}

/// A category with its products.
#[derive(Serialize, ToSchema)]
struct ProductCategory {
    id: String,
    name: String,
    count: usize,
}

/// In the order of the shop's menu.
#[derive(Serialize, ToSchema)]
struct ProductCategories {
    categories: Vec<ProductCategory>,
}

/// The categories of products.
#[utoipa::path(get, path = "/api/admin/products/categories", tag = "catalogue", responses((status = 200, body = ProductCategories), Refusals))]
async fn categories(State(state): State<ApiState>, _: Admin) -> ApiResult<Json<ProductCategories>> {
    let assistant = state.chat.published.assistant();
    let content = &assistant.knowledge.content;
    let categories = content.categories.iter().map(|category| ProductCategory {
        id: category.id.clone(),
        name: category.name.clone(),
        count: content.products.iter().filter(|product| product.category == category.id).count(),
    });
    Ok(Json(ProductCategories { categories: categories.collect() }))
}
