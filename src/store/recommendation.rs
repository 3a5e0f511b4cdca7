//! What was recommended, what came of it, and who does not want it.

use crate::clock::Timestamp;
use crate::model::id::ShopperId;
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// One product shown in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impression {
    /// To whom.
    pub shopper: ShopperId,
    /// Where: `chat`, `home`, `product`, `cart`.
    pub slot: String,
    /// Place in the list, from 1.
    pub position: i64,
    /// Which product.
    pub sku: String,
    /// Which part of the engine proposed it.
    pub algorithm: String,
    /// Half of the A/B split.
    pub arm: String,
    /// The reason that the shopper read.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// What came of the impressions of one slot, algorithm and arm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Where.
    pub slot: String,
    /// By what.
    pub algorithm: String,
    /// Half of the A/B split.
    pub arm: String,
    /// Products shown.
    pub impressions: i64,
    /// Impressions that a view, a click, a search hit or the basket followed.
    pub clicks: i64,
    /// Impressions that a purchase followed.
    pub conversions: i64,
}

const INSERT: &str = "INSERT INTO impression \
    (id, shopper_id, slot, position, sku, algorithm, arm, reason, shown_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// Logs what was shown.
///
/// # Errors
/// [`StoreError`] where the database fails; then nothing was logged.
pub async fn log(db: &Db, impressions: &[Impression]) -> Result<(), StoreError> {
    if impressions.is_empty() {
        return Ok(());
    }
    writing!(db, tx => {
        for shown in impressions {
            sqlx::query(INSERT)
                .bind(Uuid::now_v7()).bind(shown.shopper.0).bind(&shown.slot).bind(shown.position)
                .bind(&shown.sku).bind(&shown.algorithm).bind(&shown.arm).bind(&shown.reason).bind(shown.at.0)
                .execute(&mut *tx)
                .await?;
        }
    });
    Ok(())
}

/// Impressions, clicks and purchases since a moment. An act is credited to the newest impression of its product to its
/// shopper before it, within `window` milliseconds, and each impression counts at most one click and one purchase.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn outcomes(db: &Db, since: Timestamp, window: i64) -> Result<Vec<Outcome>, StoreError> {
    const SQL: &str = "SELECT i.slot, i.algorithm, i.arm, COUNT(*), \
        CAST(SUM(CASE WHEN EXISTS (SELECT 1 FROM event e WHERE e.shopper_id = i.shopper_id AND e.sku = i.sku \
            AND e.kind IN ('view', 'search', 'click', 'cart') AND e.at >= i.shown_at AND e.at < i.shown_at + $2 \
            AND NOT EXISTS (SELECT 1 FROM impression l WHERE l.shopper_id = i.shopper_id AND l.sku = i.sku \
                AND l.shown_at > i.shown_at AND l.shown_at <= e.at)) THEN 1 ELSE 0 END) AS BIGINT), \
        CAST(SUM(CASE WHEN EXISTS (SELECT 1 FROM event e WHERE e.shopper_id = i.shopper_id AND e.sku = i.sku \
            AND e.kind = 'buy' AND e.at >= i.shown_at AND e.at < i.shown_at + $2 \
            AND NOT EXISTS (SELECT 1 FROM impression l WHERE l.shopper_id = i.shopper_id AND l.sku = i.sku \
                AND l.shown_at > i.shown_at AND l.shown_at <= e.at)) THEN 1 ELSE 0 END) AS BIGINT) \
        FROM impression i WHERE i.shown_at >= $1 GROUP BY i.slot, i.algorithm, i.arm \
        ORDER BY i.slot, i.algorithm, i.arm";
    let rows: Vec<(String, String, String, i64, i64, i64)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(since.0).bind(window).fetch_all(pool).await?);
    Ok(rows
        .into_iter()
        .map(|(slot, algorithm, arm, impressions, clicks, conversions)| Outcome {
            slot,
            algorithm,
            arm,
            impressions,
            clicks,
            conversions,
        })
        .collect())
}

/// How often each product was shown.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn shown(db: &Db) -> Result<HashMap<String, i64>, StoreError> {
    const SQL: &str = "SELECT sku, COUNT(*) FROM impression GROUP BY sku";
    let rows: Vec<(String, i64)> = reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    Ok(rows.into_iter().collect())
}

/// Keeps an opt-out: shopper, moment. A no counts whatever the clocks of two nodes say.
pub(super) const OPT_OUT: &str = "INSERT INTO recommendation_opt_out (shopper_id, since, withdrawn) \
    VALUES ($1, $2, FALSE) ON CONFLICT (shopper_id) DO UPDATE SET since = excluded.since, withdrawn = FALSE \
    WHERE recommendation_opt_out.withdrawn";

/// Withdraws one that was kept by a moment: shopper, moment. The row stays, so that other nodes read of it.
pub(super) const OPT_IN: &str = "UPDATE recommendation_opt_out SET since = $2, withdrawn = TRUE \
    WHERE shopper_id = $1 AND since <= $2 AND NOT withdrawn";

/// Keeps or withdraws a shopper's wish not to be recommended to by what they did.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn set_opt_out(db: &Db, shopper: ShopperId, opted_out: bool, now: Timestamp) -> Result<(), StoreError> {
    writing!(db, tx => {
        if opted_out {
            sqlx::query(OPT_OUT).bind(shopper.0).bind(now.0).execute(&mut *tx).await?;
        } else {
            sqlx::query(OPT_IN).bind(shopper.0).bind(now.0).execute(&mut *tx).await?;
        }
    });
    Ok(())
}

/// Everybody who opted out.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn opted_out(db: &Db) -> Result<HashSet<ShopperId>, StoreError> {
    const SQL: &str = "SELECT shopper_id FROM recommendation_opt_out WHERE NOT withdrawn";
    let rows: Vec<(Uuid,)> = reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    Ok(rows.into_iter().map(|(id,)| ShopperId(id)).collect())
}

/// Who has opted out since a moment, and who has withdrawn it, each with whether they are opted out now.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn opt_outs_since(db: &Db, since: Timestamp) -> Result<Vec<(ShopperId, bool)>, StoreError> {
    const SQL: &str = "SELECT shopper_id, withdrawn FROM recommendation_opt_out WHERE since >= $1";
    let rows: Vec<(Uuid, bool)> = reading!(db, pool => sqlx::query_as(SQL).bind(since.0).fetch_all(pool).await?);
    Ok(rows.into_iter().map(|(id, withdrawn)| (ShopperId(id), !withdrawn)).collect())
}
