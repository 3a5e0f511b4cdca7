//! Sessions of the console: who is signed in, from where, since when.

use crate::clock::Timestamp;
use crate::model::customer::Staff;
use crate::model::id::StaffId;
use crate::store::audit::{Deed, record};
use crate::store::db::{reading, writing};
use crate::store::staff::staff;
use crate::store::{Db, StoreError};
use uuid::Uuid;

/// A session to be opened.
#[derive(Debug, Clone)]
pub struct NewSession<'a> {
    /// SHA-256 of the cookie's value in hexadecimal.
    pub token_hash: &'a str,
    /// Whose.
    pub who: StaffId,
    /// When.
    pub now: Timestamp,
    /// Until when.
    pub expires: Timestamp,
    /// Address that it was opened from.
    pub address: &'a str,
    /// What the browser calls itself.
    pub program: &'a str,
}

/// A session that has not expired.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Its id.
    pub id: Uuid,
    /// SHA-256 of the cookie's value in hexadecimal.
    pub token_hash: String,
    /// Whose.
    pub staff: Staff,
    /// When it was opened.
    pub created_at: Timestamp,
    /// Until when it lasts.
    pub expires_at: Timestamp,
    /// The newest request, to the minute.
    pub seen_at: Timestamp,
    /// Address that it was opened from.
    pub address: String,
    /// What the browser calls itself.
    pub program: String,
}

#[derive(sqlx::FromRow)]
struct Raw {
    id: Uuid,
    token_hash: String,
    staff_id: Uuid,
    name: String,
    role: String,
    created_at: i64,
    expires_at: i64,
    seen_at: i64,
    address: String,
    program: String,
}

impl Raw {
    fn session(self) -> Result<Session, StoreError> {
        Ok(Session {
            id: self.id,
            token_hash: self.token_hash,
            staff: staff(self.staff_id, self.name, &self.role)?,
            created_at: Timestamp(self.created_at),
            expires_at: Timestamp(self.expires_at),
            seen_at: Timestamp(self.seen_at),
            address: self.address,
            program: self.program,
        })
    }
}

/// Opens a session.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn open(db: &Db, session: &NewSession<'_>) -> Result<(), StoreError> {
    const EXPIRED: &str = "DELETE FROM staff_session WHERE expires_at <= $1";
    const OPEN: &str = "INSERT INTO staff_session (id, token_hash, staff_id, created_at, expires_at, seen_at, address, \
        program) VALUES ($1, $2, $3, $4, $5, $4, $6, $7)";
    writing!(db, tx => {
        sqlx::query(EXPIRED).bind(session.now.0).execute(&mut *tx).await?;
        sqlx::query(OPEN)
            .bind(Uuid::now_v7())
            .bind(session.token_hash)
            .bind(session.who.0)
            .bind(session.now.0)
            .bind(session.expires.0)
            .bind(session.address)
            .bind(session.program)
            .execute(&mut *tx)
            .await?;
    });
    Ok(())
}

/// The session of a cookie, if it has not expired and its owner may sign in.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn by_token(db: &Db, token_hash: &str, now: Timestamp) -> Result<Option<Session>, StoreError> {
    const SQL: &str = "SELECT staff_session.id, token_hash, staff_id, name, role, staff_session.created_at, expires_at, \
        seen_at, address, program FROM staff_session JOIN staff ON staff.id = staff_session.staff_id \
        WHERE token_hash = $1 AND expires_at > $2 AND NOT disabled";
    let row: Option<Raw> =
        reading!(db, pool => sqlx::query_as(SQL).bind(token_hash).bind(now.0).fetch_optional(pool).await?);
    row.map(Raw::session).transpose()
}

/// All sessions that have not expired, or those of one person, the newest request first.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn list(db: &Db, of: Option<StaffId>, now: Timestamp) -> Result<Vec<Session>, StoreError> {
    const SQL: &str = "SELECT staff_session.id, token_hash, staff_id, name, role, staff_session.created_at, expires_at, \
        seen_at, address, program FROM staff_session JOIN staff ON staff.id = staff_session.staff_id \
        WHERE expires_at > $1 AND NOT disabled AND ($2 OR staff_id = $3) ORDER BY seen_at DESC, staff_session.id DESC";
    let (everybody, who) = (of.is_none(), of.map_or(Uuid::nil(), |who| who.0));
    let rows: Vec<Raw> =
        reading!(db, pool => sqlx::query_as(SQL).bind(now.0).bind(everybody).bind(who).fetch_all(pool).await?);
    rows.into_iter().map(Raw::session).collect()
}

/// Keeps that a session was used.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn seen(db: &Db, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE staff_session SET seen_at = $2 WHERE id = $1";
    writing!(db, tx => sqlx::query(SQL).bind(id).bind(now.0).execute(&mut *tx).await?.rows_affected());
    Ok(())
}

/// Ends the session of a cookie.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn close(db: &Db, token_hash: &str) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM staff_session WHERE token_hash = $1";
    writing!(db, tx => sqlx::query(SQL).bind(token_hash).execute(&mut *tx).await?.rows_affected());
    Ok(())
}

/// Ends a session by its id. Returns whether there was one.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn end(db: &Db, id: Uuid, deed: &Deed<'_>) -> Result<bool, StoreError> {
    Ok(writing!(db, tx => {
        let sql = "DELETE FROM staff_session WHERE id = $1";
        let ended = sqlx::query(sql).bind(id).execute(&mut *tx).await?.rows_affected() > 0;
        if ended {
            record!(tx, deed);
        }
        ended
    }))
}
