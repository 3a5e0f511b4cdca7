//! How the desk works: settings and the rules that send conversations to a person.

use crate::clock::Timestamp;
use crate::model::desk::{DeskSettings, HandoverRule};
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use sqlx::types::Json;
use uuid::Uuid;

const DESK: &str = "desk";

/// The settings in force; none where nothing was ever set.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn settings(db: &Db) -> Result<Option<DeskSettings>, StoreError> {
    const SQL: &str = "SELECT detail FROM desk_settings WHERE name = $1";
    let row: Option<(Json<DeskSettings>,)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(DESK).fetch_optional(pool).await?);
    Ok(row.map(|(detail,)| detail.0))
}

/// Puts settings in force.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn put_settings(db: &Db, settings: &DeskSettings, now: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO desk_settings (name, detail, changed_at) VALUES ($1, $2, $3) \
        ON CONFLICT (name) DO UPDATE SET detail = excluded.detail, changed_at = excluded.changed_at";
    writing!(db, tx => sqlx::query(SQL).bind(DESK).bind(Json(settings)).bind(now.0).execute(&mut *tx).await?.rows_affected());
    Ok(())
}

/// All rules, in the order in which they are tried.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn rules(db: &Db) -> Result<Vec<HandoverRule>, StoreError> {
    const SQL: &str = "SELECT detail FROM desk_rule ORDER BY created_at, id";
    let rows: Vec<(Json<HandoverRule>,)> = reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    Ok(rows.into_iter().map(|(detail,)| detail.0).collect())
}

/// Adds a rule behind the others, or changes one in its place.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn put_rule(db: &Db, rule: &HandoverRule, now: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO desk_rule (id, detail, created_at) VALUES ($1, $2, $3) \
        ON CONFLICT (id) DO UPDATE SET detail = excluded.detail";
    writing!(db, tx => sqlx::query(SQL).bind(rule.id).bind(Json(rule)).bind(now.0).execute(&mut *tx).await?.rows_affected());
    Ok(())
}

/// Removes a rule. Returns whether there was one.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn remove_rule(db: &Db, id: Uuid) -> Result<bool, StoreError> {
    let sql = "DELETE FROM desk_rule WHERE id = $1";
    Ok(writing!(db, tx => sqlx::query(sql).bind(id).execute(&mut *tx).await?.rows_affected()) > 0)
}
