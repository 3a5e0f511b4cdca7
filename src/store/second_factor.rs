//! The second step of signing in: a shared secret, the newest time step that was taken, and recovery codes.

use crate::model::id::StaffId;
use crate::store::audit::{Deed, record};
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};

/// Somebody's second step.
#[derive(Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// As it is kept: sealed, or in Base32.
    pub secret: String,
    /// Whether it is asked for.
    pub confirmed: bool,
    /// Recovery codes that are left.
    pub recovery_codes: i64,
}

/// Somebody's second step, confirmed or not.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn of(db: &Db, who: StaffId) -> Result<Option<SecondFactor>, StoreError> {
    const SQL: &str = "SELECT secret, confirmed, \
        (SELECT CAST(COUNT(*) AS BIGINT) FROM recovery_code WHERE recovery_code.staff_id = second_factor.staff_id) \
        FROM second_factor WHERE staff_id = $1";
    let row: Option<(String, bool, i64)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(who.0).fetch_optional(pool).await?);
    Ok(row.map(|(secret, confirmed, recovery_codes)| SecondFactor { secret, confirmed, recovery_codes }))
}

/// Keeps a secret that is not asked for yet, in place of another such one. Returns false where one is in force.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn propose(db: &Db, who: StaffId, secret: &str, now: i64) -> Result<bool, StoreError> {
    const SQL: &str = "INSERT INTO second_factor (staff_id, secret, confirmed, last_step, created_at) \
        VALUES ($1, $2, FALSE, 0, $3) ON CONFLICT (staff_id) DO UPDATE SET secret = excluded.secret, \
        last_step = 0, created_at = excluded.created_at WHERE NOT second_factor.confirmed";
    let kept = writing!(db, tx => sqlx::query(SQL).bind(who.0).bind(secret).bind(now).execute(&mut *tx).await?
        .rows_affected());
    Ok(kept > 0)
}

/// Keeps a secret in another form, if it is still the one that was read.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn replace(db: &Db, who: StaffId, kept: &str, anew: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE second_factor SET secret = $3 WHERE staff_id = $1 AND secret = $2";
    writing!(db, tx => {
        sqlx::query(SQL).bind(who.0).bind(kept).bind(anew).execute(&mut *tx).await?;
    });
    Ok(())
}

/// Puts a secret in force, with hashes of its recovery codes. Returns false where there was none to put in force.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn confirm(
    db: &Db,
    who: StaffId,
    step: i64,
    recovery_codes: &[String],
    deed: &Deed<'_>,
) -> Result<bool, StoreError> {
    const CONFIRM: &str =
        "UPDATE second_factor SET confirmed = TRUE, last_step = $2 WHERE staff_id = $1 AND NOT confirmed";
    const CODE: &str = "INSERT INTO recovery_code (staff_id, code_hash) VALUES ($1, $2)";
    Ok(writing!(db, tx => {
        let confirmed = sqlx::query(CONFIRM).bind(who.0).bind(step).execute(&mut *tx).await?.rows_affected() > 0;
        if confirmed {
            for code in recovery_codes {
                sqlx::query(CODE).bind(who.0).bind(code).execute(&mut *tx).await?;
            }
            record!(tx, deed);
        }
        confirmed
    }))
}

/// Takes the code of a time step. Returns false where it, or a later one, was taken before.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn take_step(db: &Db, who: StaffId, step: i64) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE second_factor SET last_step = $2 WHERE staff_id = $1 AND confirmed AND last_step < $2";
    Ok(writing!(db, tx => sqlx::query(SQL).bind(who.0).bind(step).execute(&mut *tx).await?.rows_affected()) > 0)
}

/// Takes a recovery code. Returns false where there is none, or it was taken before.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn take_recovery_code(db: &Db, who: StaffId, hash: &str, deed: &Deed<'_>) -> Result<bool, StoreError> {
    const SQL: &str = "DELETE FROM recovery_code WHERE staff_id = $1 AND code_hash = $2";
    Ok(writing!(db, tx => {
        let taken = sqlx::query(SQL).bind(who.0).bind(hash).execute(&mut *tx).await?.rows_affected() > 0;
        if taken {
            record!(tx, deed);
        }
        taken
    }))
}

/// Takes somebody's second step away. Returns false where there was none.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn remove(db: &Db, who: StaffId, deed: &Deed<'_>) -> Result<bool, StoreError> {
    const CODES: &str = "DELETE FROM recovery_code WHERE staff_id = $1";
    const SQL: &str = "DELETE FROM second_factor WHERE staff_id = $1";
    Ok(writing!(db, tx => {
        sqlx::query(CODES).bind(who.0).execute(&mut *tx).await?;
        let removed = sqlx::query(SQL).bind(who.0).execute(&mut *tx).await?.rows_affected() > 0;
        if removed {
            record!(tx, deed);
        }
        removed
    }))
}
