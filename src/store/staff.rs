//! People who work in the console, and the record of what they did.

use crate::clock::Timestamp;
use crate::model::customer::{Role, Staff};
use crate::model::id::StaffId;
use crate::store::audit::{Deed, record};
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

/// Adds somebody, or gives them another password and role and lets them in again; the sessions that they had end, and
/// so does their second step.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn put(db: &Db, person: &StaffWithPassword, now: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO staff (id, name, password_hash, role, created_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (name) DO UPDATE SET password_hash = excluded.password_hash, role = excluded.role, \
        disabled = FALSE";
    const END: &str = "DELETE FROM staff_session WHERE staff_id = (SELECT id FROM staff WHERE name = $1)";
    const CODES: &str = "DELETE FROM recovery_code WHERE staff_id = (SELECT id FROM staff WHERE name = $1)";
    const FACTOR: &str = "DELETE FROM second_factor WHERE staff_id = (SELECT id FROM staff WHERE name = $1)";
    writing!(db, tx => {
        sqlx::query(SQL)
            .bind(person.staff.id.0)
            .bind(&person.staff.name)
            .bind(&person.password_hash)
            .bind(person.staff.role.name())
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
        sqlx::query(CODES).bind(&person.staff.name).execute(&mut *tx).await?;
        sqlx::query(FACTOR).bind(&person.staff.name).execute(&mut *tx).await?;
        sqlx::query(END).bind(&person.staff.name).execute(&mut *tx).await?;
    });
    Ok(())
}

/// Somebody, as admins see them.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// Who.
    pub staff: Staff,
    /// Whether they may no longer sign in.
    pub disabled: bool,
    /// Whether signing in asks them for a code as well.
    pub second_factor: bool,
    /// When they were added.
    pub created_at: Timestamp,
}

/// Everybody, also those who may no longer sign in, by name.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn people(db: &Db) -> Result<Vec<Person>, StoreError> {
    const SQL: &str = "SELECT id, name, role, disabled, COALESCE(confirmed, FALSE), staff.created_at FROM staff \
        LEFT JOIN second_factor ON staff_id = id ORDER BY name";
    let rows: Vec<(Uuid, String, String, bool, bool, i64)> =
        reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    rows.into_iter()
        .map(|(id, name, role, disabled, second_factor, at)| {
            Ok(Person { staff: staff(id, name, &role)?, disabled, second_factor, created_at: Timestamp(at) })
        })
        .collect()
}

/// Adds somebody whose name nobody has. Returns false where somebody has it.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn add(db: &Db, person: &StaffWithPassword, deed: &Deed<'_>) -> Result<bool, StoreError> {
    const SQL: &str = "INSERT INTO staff (id, name, password_hash, role, created_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (name) DO NOTHING";
    Ok(writing!(db, tx => {
        let added = sqlx::query(SQL)
            .bind(person.staff.id.0)
            .bind(&person.staff.name)
            .bind(&person.password_hash)
            .bind(person.staff.role.name())
            .bind(deed.at.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
        if added > 0 {
            record!(tx, deed);
        }
        added > 0
    }))
}

/// What changes of somebody.
#[derive(Debug, Clone, Default)]
pub struct PersonChange {
    /// Another role.
    pub role: Option<Role>,
    /// Whether they may no longer sign in.
    pub disabled: Option<bool>,
    /// The hash of another password.
    pub password_hash: Option<String>,
}

/// What came of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// It is done.
    Done,
    /// There is nobody of this id.
    NobodyThere,
    /// Nobody could keep the shop any more.
    LastAdmin,
}

/// Changes somebody. Whoever loses the right to sign in, or gets another role or password, loses all sessions, except
/// the one whose hash is named.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn change(
    db: &Db,
    id: StaffId,
    change: &PersonChange,
    kept_session: &str,
    deed: &Deed<'_>,
) -> Result<Changed, StoreError> {
    const SQL: &str = "UPDATE staff SET role = COALESCE($2, role), disabled = COALESCE($3, disabled), \
        password_hash = COALESCE($4, password_hash) WHERE id = $1";
    const ADMINS: &str = "SELECT COUNT(*) FROM staff WHERE role = 'admin' AND NOT disabled";
    const END: &str = "DELETE FROM staff_session WHERE staff_id = $1 AND token_hash <> $2";
    // A transaction that is dropped is rolled back.
    Ok(writing!(db, tx => {
        let changed = sqlx::query(SQL)
            .bind(id.0)
            .bind(change.role.map(Role::name))
            .bind(change.disabled)
            .bind(change.password_hash.as_deref())
            .execute(&mut *tx)
            .await?
            .rows_affected();
        if changed == 0 {
            return Ok(Changed::NobodyThere);
        }
        let admins: i64 = sqlx::query_scalar(ADMINS).fetch_one(&mut *tx).await?;
        if admins == 0 {
            return Ok(Changed::LastAdmin);
        }
        sqlx::query(END).bind(id.0).bind(kept_session).execute(&mut *tx).await?;
        record!(tx, deed);
        Changed::Done
    }))
}

/// Everybody who may sign in, by name.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn all(db: &Db) -> Result<Vec<Staff>, StoreError> {
    const SQL: &str = "SELECT id, name, role FROM staff WHERE NOT disabled ORDER BY name";
    let rows: Vec<(Uuid, String, String)> = reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    rows.into_iter().map(|(id, name, role)| staff(id, name, &role)).collect()
}

/// Somebody who may sign in, by their name.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn by_name(db: &Db, name: &str) -> Result<Option<StaffWithPassword>, StoreError> {
    const SQL: &str = "SELECT id, name, role, password_hash FROM staff WHERE name = $1 AND NOT disabled";
    let row: Option<(Uuid, String, String, String)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(name).fetch_optional(pool).await?);
    row.map(|(id, name, role, password_hash)| Ok(StaffWithPassword { staff: staff(id, name, &role)?, password_hash }))
        .transpose()
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

pub(super) fn staff(id: Uuid, name: String, role: &str) -> Result<Staff, StoreError> {
    let role: Role = role.parse().map_err(StoreError::corrupt("role"))?;
    Ok(Staff { id: StaffId(id), name, role })
}
