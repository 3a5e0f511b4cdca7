//! People who work in the console, their sessions, and the record of what they did.

use crate::clock::Timestamp;
use crate::model::customer::{Role, Staff};
use crate::model::id::StaffId;
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use sqlx::types::Json;
use uuid::Uuid;

/// Somebody with the hash of their password (argon2id, PHC notation).
#[derive(Debug, Clone)]
pub struct StaffWithPassword {
    /// Who.
    pub staff: Staff,
    /// The hash.
    pub password_hash: String,
}

/// How many people there are.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn count(db: &Db) -> Result<i64, StoreError> {
    Ok(reading!(db, pool => sqlx::query_scalar("SELECT COUNT(*) FROM staff").fetch_one(pool).await?))
}

/// Adds somebody, or gives them another password and role.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn put(db: &Db, person: &StaffWithPassword, now: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO staff (id, name, password_hash, role, created_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (name) DO UPDATE SET password_hash = excluded.password_hash, role = excluded.role";
    writing!(db, tx => {
        sqlx::query(SQL)
            .bind(person.staff.id.0)
            .bind(&person.staff.name)
            .bind(&person.password_hash)
            .bind(person.staff.role.name())
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
    });
    Ok(())
}

/// Everybody, by name.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn all(db: &Db) -> Result<Vec<Staff>, StoreError> {
    const SQL: &str = "SELECT id, name, role FROM staff ORDER BY name";
    let rows: Vec<(Uuid, String, String)> = reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    rows.into_iter().map(|(id, name, role)| staff(id, name, &role)).collect()
}

/// Somebody by the name they sign in with.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn by_name(db: &Db, name: &str) -> Result<Option<StaffWithPassword>, StoreError> {
    const SQL: &str = "SELECT id, name, role, password_hash FROM staff WHERE name = $1";
    let row: Option<(Uuid, String, String, String)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(name).fetch_optional(pool).await?);
    row.map(|(id, name, role, password_hash)| Ok(StaffWithPassword { staff: staff(id, name, &role)?, password_hash }))
        .transpose()
}

/// Opens a session until a moment.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn open_session(
    db: &Db,
    token_hash: &str,
    who: StaffId,
    now: Timestamp,
    expires: Timestamp,
) -> Result<(), StoreError> {
    const EXPIRED: &str = "DELETE FROM staff_session WHERE expires_at <= $1";
    const OPEN: &str =
        "INSERT INTO staff_session (token_hash, staff_id, created_at, expires_at) VALUES ($1, $2, $3, $4)";
    writing!(db, tx => {
        sqlx::query(EXPIRED).bind(now.0).execute(&mut *tx).await?;
        sqlx::query(OPEN).bind(token_hash).bind(who.0).bind(now.0).bind(expires.0).execute(&mut *tx).await?;
    });
    Ok(())
}

/// Who holds this session, if it has not expired.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn by_session(db: &Db, token_hash: &str, now: Timestamp) -> Result<Option<Staff>, StoreError> {
    const SQL: &str = "SELECT staff.id, staff.name, staff.role FROM staff_session \
        JOIN staff ON staff.id = staff_session.staff_id \
        WHERE staff_session.token_hash = $1 AND staff_session.expires_at > $2";
    let row: Option<(Uuid, String, String)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(token_hash).bind(now.0).fetch_optional(pool).await?);
    row.map(|(id, name, role)| staff(id, name, &role)).transpose()
}

/// Ends a session.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn close_session(db: &Db, token_hash: &str) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM staff_session WHERE token_hash = $1";
    writing!(db, tx => {
        sqlx::query(SQL).bind(token_hash).execute(&mut *tx).await?;
    });
    Ok(())
}

/// Records that somebody did something.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn audit(
    db: &Db,
    actor: &str,
    action: &str,
    subject: &str,
    detail: &serde_json::Value,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO audit (id, at, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6)";
    writing!(db, tx => {
        sqlx::query(SQL)
            .bind(Uuid::now_v7())
            .bind(now.0)
            .bind(actor)
            .bind(action)
            .bind(subject)
            .bind(Json(detail))
            .execute(&mut *tx)
            .await?;
    });
    Ok(())
}

fn staff(id: Uuid, name: String, role: &str) -> Result<Staff, StoreError> {
    let role: Role = role.parse().map_err(StoreError::corrupt("role"))?;
    Ok(Staff { id: StaffId(id), name, role })
}
