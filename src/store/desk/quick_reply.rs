//! Texts that agents send often.

use crate::clock::Timestamp;
use crate::model::desk::QuickReply;
use crate::model::id::StaffId;
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use sqlx::types::Json;
use uuid::Uuid;

type Row = (Uuid, Option<Uuid>, String, String, String, Json<Vec<String>>);

/// Own and shared ones; own ones first, each by shortcut.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn of(db: &Db, staff: StaffId) -> Result<Vec<QuickReply>, StoreError> {
    const SQL: &str = "SELECT id, owner_id, shortcut, title, reply, products FROM desk_quick_reply \
        WHERE owner_id = $1 OR owner_id IS NULL \
        ORDER BY CASE WHEN owner_id IS NULL THEN 1 ELSE 0 END, shortcut, created_at";
    let rows: Vec<Row> = reading!(db, pool => sqlx::query_as(SQL).bind(staff.0).fetch_all(pool).await?);
    let reply = |(id, owner, shortcut, title, text, products): Row| QuickReply {
        id,
        shortcut,
        title,
        text,
        products: products.0,
        shared: owner.is_none(),
    };
    Ok(rows.into_iter().map(reply).collect())
}

/// Adds one, or changes it.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn put(db: &Db, owner: StaffId, reply: &QuickReply, now: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO desk_quick_reply (id, owner_id, shortcut, title, reply, products, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET owner_id = excluded.owner_id, \
        shortcut = excluded.shortcut, title = excluded.title, reply = excluded.reply, products = excluded.products";
    let owner = (!reply.shared).then_some(owner.0);
    writing!(db, tx => sqlx::query(SQL).bind(reply.id).bind(owner).bind(&reply.shortcut).bind(&reply.title)
        .bind(&reply.text).bind(Json(&reply.products)).bind(now.0).execute(&mut *tx).await?.rows_affected());
    Ok(())
}

/// Removes one.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn remove(db: &Db, id: Uuid) -> Result<(), StoreError> {
    let sql = "DELETE FROM desk_quick_reply WHERE id = $1";
    writing!(db, tx => sqlx::query(sql).bind(id).execute(&mut *tx).await?.rows_affected());
    Ok(())
}
