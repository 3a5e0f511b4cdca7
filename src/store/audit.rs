//! The record of who changed what. A change of the knowledge writes its row in its own transaction, with what was
//! before and what is after: there is no change without its row, and no row without its change.

use crate::clock::Timestamp;
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

/// Something that somebody does.
#[derive(Debug, Clone)]
pub struct Deed<'a> {
    /// Who.
    pub actor: &'a str,
    /// What: `faq_saved`.
    pub action: &'a str,
    /// To what.
    pub subject: &'a str,
    /// What it was.
    pub before: Option<Value>,
    /// What it is now.
    pub after: Option<Value>,
    /// When.
    pub at: Timestamp,
}

impl<'a> Deed<'a> {
    /// A deed without anything before and after it.
    pub fn new(actor: &'a str, action: &'a str, subject: &'a str, at: Timestamp) -> Self {
        Self { actor, action, subject, before: None, after: None, at }
    }

    /// The same with both sides.
    #[must_use]
    pub fn from_to(self, before: Option<Value>, after: Option<Value>) -> Self {
        Self { before, after, ..self }
    }

    pub(super) fn detail(&self) -> Value {
        serde_json::json!({ "before": self.before, "after": self.after })
    }
}

pub(super) const RECORD: &str =
    "INSERT INTO audit (id, at, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6)";

/// Writes a deed down inside of the transaction that does it: `record!(tx, &deed)`.
macro_rules! record {
    ($tx:ident, $deed:expr) => {
        sqlx::query($crate::store::audit::RECORD)
            .bind(uuid::Uuid::now_v7())
            .bind($deed.at.0)
            .bind($deed.actor)
            .bind($deed.action)
            .bind($deed.subject)
            .bind(sqlx::types::Json($deed.detail()))
            .execute(&mut *$tx)
            .await?
    };
}

pub(super) use record;

/// Writes down a deed that changes nothing else.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn write(db: &Db, deed: &Deed<'_>) -> Result<(), StoreError> {
    writing!(db, tx => {
        record!(tx, deed);
    });
    Ok(())
}

/// A row of the record.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its id; ids grow with time.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
    /// What was before, what is after, and what else belongs to it.
    pub detail: Value,
}

/// Which rows to show; empty texts mean all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
    /// Older than this row.
    pub before: Option<Uuid>,
}

/// The newest rows first.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn rows(db: &Db, filter: &Filter, limit: i64) -> Result<Vec<Row>, StoreError> {
    const SQL: &str = "SELECT id, at, actor, action, subject, detail FROM audit \
        WHERE ($1 = '' OR actor = $1) AND ($2 = '' OR action = $2) AND ($3 = '' OR subject = $3) \
        AND at >= $4 AND at < $5 AND id < $6 ORDER BY id DESC LIMIT $7";
    let rows: Vec<(Uuid, i64, String, String, String, Json<Value>)> = reading!(db, pool => sqlx::query_as(SQL)
        .bind(&filter.actor).bind(&filter.action).bind(&filter.subject)
        .bind(filter.from.map_or(i64::MIN, |at| at.0)).bind(filter.to.map_or(i64::MAX, |at| at.0))
        .bind(filter.before.unwrap_or(Uuid::max())).bind(limit)
        .fetch_all(pool).await?);
    Ok(rows
        .into_iter()
        .map(|(id, at, actor, action, subject, detail)| Row {
            id,
            at: Timestamp(at),
            actor,
            action,
            subject,
            detail: detail.0,
        })
        .collect())
}

/// Every action and every actor that occurs.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn names(db: &Db) -> Result<(Vec<String>, Vec<String>), StoreError> {
    const ACTIONS: &str = "SELECT DISTINCT action FROM audit ORDER BY action";
    const ACTORS: &str = "SELECT DISTINCT actor FROM audit ORDER BY actor";
    let actions = reading!(db, pool => sqlx::query_scalar(ACTIONS).fetch_all(pool).await?);
    let actors = reading!(db, pool => sqlx::query_scalar(ACTORS).fetch_all(pool).await?);
    Ok((actions, actors))
}
