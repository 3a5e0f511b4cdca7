//! Prices and stock as last seen, and what changed since.

use crate::clock::Timestamp;
use crate::marketing::due::GoodsChange;
use crate::model::catalogue::{Money, Product};
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use std::collections::HashMap;

/// Notes every product whose price or stock is another than last seen. Small changes of a stock that lasts are none.
///
/// # Errors
/// [`StoreError`] where the database fails; then nothing was noted.
pub async fn notice(db: &Db, products: &[Product], now: Timestamp) -> Result<(), StoreError> {
    const KNOWN: &str = "SELECT sku, price, stock FROM goods_mark";
    const MARK: &str = "INSERT INTO goods_mark (sku, price, stock) VALUES ($1, $2, $3) ON CONFLICT (sku) \
        DO UPDATE SET price = excluded.price, stock = excluded.stock WHERE goods_mark.price = $4 AND goods_mark.stock = $5";
    const CHANGE: &str = "INSERT INTO goods_change (sku, at, price_before, price_after, stock_before, stock_after) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    let rows: Vec<(String, i64, i64)> = reading!(db, pool => sqlx::query_as(KNOWN).fetch_all(pool).await?);
    let known: HashMap<&str, (i64, i64)> =
        rows.iter().map(|(sku, price, stock)| (sku.as_str(), (*price, *stock))).collect();
    let differs = |product: &&Product| match known.get(product.sku.as_str()) {
        None => true,
        Some((price, stock)) => *price != product.price.0 || (*stock > 0) != (product.stock > 0),
    };
    let changed: Vec<&Product> = products.iter().filter(differs).collect();
    if changed.is_empty() {
        return Ok(());
    }
    writing!(db, tx => {
        for product in changed {
            let before = known.get(product.sku.as_str()).copied();
            let (price, stock) = before.unwrap_or_default();
            let kept = sqlx::query(MARK).bind(&product.sku).bind(product.price.0).bind(product.stock).bind(price)
                .bind(stock).execute(&mut *tx).await?.rows_affected();
            // What was seen for the first time is no change, and another node may have been faster.
            if before.is_some() && kept > 0 {
                sqlx::query(CHANGE).bind(&product.sku).bind(now.0).bind(price).bind(product.price.0).bind(stock)
                    .bind(product.stock).execute(&mut *tx).await?;
            }
        }
    });
    Ok(())
}

/// What changed since a moment, the newest last.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn changes(db: &Db, since: Timestamp) -> Result<Vec<GoodsChange>, StoreError> {
    const SQL: &str = "SELECT sku, at, price_before, price_after, stock_before, stock_after FROM goods_change \
        WHERE at >= $1 ORDER BY at, sku";
    let rows: Vec<(String, i64, i64, i64, i64, i64)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(since.0).fetch_all(pool).await?);
    let change = |(sku, at, price_before, price_after, stock_before, stock_after)| GoodsChange {
        sku,
        at: Timestamp(at),
        price: (Money(price_before), Money(price_after)),
        stock: (stock_before, stock_after),
    };
    Ok(rows.into_iter().map(change).collect())
}
