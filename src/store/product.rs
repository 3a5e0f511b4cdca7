//! Products one by one: what changes without another version of the knowledge.

use crate::clock::Timestamp;
use crate::model::catalogue::{Money, Product};
use crate::store::audit::{Deed, record};
use crate::store::db::{reading, writing};
use crate::store::setting::MARK;
use crate::store::{Db, StoreError};
use sqlx::types::Json;

/// Name of the setting that tells other nodes when stock or prices last changed.
pub const STOCK: &str = "stock";

/// Another stock or price of a product; what is none stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockChange {
    /// Which product.
    pub sku: String,
    /// Pieces that can be sent.
    pub stock: Option<i64>,
    /// What it costs, in fen.
    pub price: Option<i64>,
    /// What it cost before a reduction, in fen.
    pub original_price: Option<i64>,
}

/// All products, in order.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn all(db: &Db) -> Result<Vec<Product>, StoreError> {
    const SQL: &str = "SELECT price, stock, detail FROM product ORDER BY position";
    let rows: Vec<(i64, i64, Json<Product>)> = reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    let products = rows.into_iter().map(|(price, stock, detail)| Product { price: Money(price), stock, ..detail.0 });
    Ok(products.collect())
}

/// Changes stock and prices, all or none. `details` are the products as they are then, for the column that holds them
/// whole.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn change_stock(db: &Db, details: &[Product], deed: &Deed<'_>, now: Timestamp) -> Result<(), StoreError> {
    const PRODUCT: &str = "UPDATE product SET price = $2, stock = $3, detail = $4 WHERE sku = $1";
    writing!(db, tx => {
        for product in details {
            sqlx::query(PRODUCT)
                .bind(&product.sku).bind(product.price.0).bind(product.stock).bind(Json(product))
                .execute(&mut *tx).await?;
        }
        sqlx::query(MARK).bind(STOCK).bind(now.0).execute(&mut *tx).await?;
        record!(tx, deed);
    });
    Ok(())
}
