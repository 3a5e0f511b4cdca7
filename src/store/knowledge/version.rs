//! The history of the knowledge: each version with who, when, why, and what it changed.

use crate::clock::Timestamp;
use crate::model::publication::{Change, Part, Source};
use crate::store::db::reading;
use crate::store::{Db, StoreError};
use serde_json::{Value, json};
use sqlx::types::Json;

/// A version to write.
#[derive(Debug, Clone)]
pub struct NewVersion<'a> {
    /// Names the content: the same content has the same checksum.
    pub checksum: &'a str,
    /// Where it comes from.
    pub source: Source,
    /// Who publishes.
    pub actor: &'a str,
    /// Why, in the publisher's words.
    pub note: &'a str,
    /// The version whose content it has again.
    pub rolled_back_to: Option<i64>,
    /// What is different from the version before.
    pub changes: &'a [Change],
    /// When.
    pub at: Timestamp,
}

impl NewVersion<'_> {
    /// Entries that it adds, changes and removes.
    pub fn counts(&self) -> (i64, i64, i64) {
        let entries = || self.changes.iter().filter(|change| change.part == Part::Faq);
        let count = |holds: &dyn Fn(&Change) -> bool| entries().filter(|change| holds(change)).count() as i64;
        (
            count(&|change| change.before.is_none()),
            count(&|change| change.before.is_some() && change.after.is_some()),
            count(&|change| change.after.is_none()),
        )
    }

    /// The version in short, for the audit.
    pub fn figures(&self) -> Value {
        let (added, changed, removed) = self.counts();
        json!({ "source": self.source.name(), "note": self.note, "rolled_back_to": self.rolled_back_to,
            "added": added, "changed": changed, "removed": removed, "changes": self.changes.len() })
    }
}

/// Writes the next version with its changes; returns its number.
macro_rules! write_version {
    ($tx:ident, $new:expr) => {{
        const NEXT: &str = "INSERT INTO knowledge_version (version, checksum, created_at, source, actor, note, \
            rolled_back_to, added, changed, removed) SELECT COALESCE(MAX(version), 0) + 1, $1, $2, $3, $4, $5, $6, \
            $7, $8, $9 FROM knowledge_version RETURNING version";
        let (added, changed, removed) = $new.counts();
        let version: i64 = sqlx::query_scalar(NEXT)
            .bind($new.checksum)
            .bind($new.at.0)
            .bind($new.source.name())
            .bind($new.actor)
            .bind($new.note)
            .bind($new.rolled_back_to)
            .bind(added)
            .bind(changed)
            .bind(removed)
            .fetch_one(&mut *$tx)
            .await?;
        let head = "INSERT INTO knowledge_change (version, position, part, subject, before, after) ";
        let rows: Vec<(i64, &$crate::model::publication::Change)> = (0_i64..).zip($new.changes).collect();
        $crate::store::portions::insert_rows!($tx, head, &rows, "", (row, one) => row
            .push_bind(version)
            .push_bind(one.0)
            .push_bind(one.1.part.name())
            .push_bind(&one.1.subject)
            .push_bind(one.1.before.as_ref().map(sqlx::types::Json))
            .push_bind(one.1.after.as_ref().map(sqlx::types::Json)));
        version
    }};
}

pub(super) use write_version;

/// A version in the list.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct VersionRow {
    /// Its number.
    pub version: i64,
    /// When, in milliseconds.
    pub created_at: i64,
    /// Where it came from.
    pub source: String,
    /// Who.
    pub actor: String,
    /// Why.
    pub note: String,
    /// The version whose content it has again.
    pub rolled_back_to: Option<i64>,
    /// Entries added.
    pub added: i64,
    /// Entries changed.
    pub changed: i64,
    /// Entries removed.
    pub removed: i64,
}

const COLUMNS: &str =
    "version, created_at, source, actor, note, rolled_back_to, added, changed, removed FROM knowledge_version";

/// The newest versions first, and how many there are.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn list(db: &Db, limit: i64, offset: i64) -> Result<(Vec<VersionRow>, i64), StoreError> {
    let sql = format!("SELECT {COLUMNS} ORDER BY version DESC LIMIT $1 OFFSET $2");
    let rows = reading!(db, pool => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(limit).bind(offset)
        .fetch_all(pool).await?);
    let total =
        reading!(db, pool => sqlx::query_scalar("SELECT COUNT(*) FROM knowledge_version").fetch_one(pool).await?);
    Ok((rows, total))
}

/// One version.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn one(db: &Db, version: i64) -> Result<Option<VersionRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} WHERE version = $1");
    Ok(reading!(db, pool => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(version).fetch_optional(pool).await?))
}

/// What a version changed, and how much there is of it.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn changes(db: &Db, version: i64, limit: i64, offset: i64) -> Result<(Vec<Change>, i64), StoreError> {
    const SQL: &str = "SELECT part, subject, before, after FROM knowledge_change WHERE version = $1 \
        ORDER BY position LIMIT $2 OFFSET $3";
    const COUNT: &str = "SELECT COUNT(*) FROM knowledge_change WHERE version = $1";
    let rows: Vec<ChangeRow> =
        reading!(db, pool => sqlx::query_as(SQL).bind(version).bind(limit).bind(offset).fetch_all(pool).await?);
    let total = reading!(db, pool => sqlx::query_scalar(COUNT).bind(version).fetch_one(pool).await?);
    Ok((rows.into_iter().map(change).collect::<Result<_, _>>()?, total))
}

/// The changes of all versions after one, the newest version first.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn changes_after(db: &Db, version: i64) -> Result<Vec<Change>, StoreError> {
    const SQL: &str = "SELECT part, subject, before, after FROM knowledge_change WHERE version > $1 \
        ORDER BY version DESC, position";
    let rows: Vec<ChangeRow> = reading!(db, pool => sqlx::query_as(SQL).bind(version).fetch_all(pool).await?);
    rows.into_iter().map(change).collect()
}

/// The versions that changed a subject, the newest first, and how many there are.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn of_subject(
    db: &Db,
    part: Part,
    subject: &str,
    limit: i64,
    offset: i64,
) -> Result<(Vec<(i64, Change)>, i64), StoreError> {
    const SQL: &str = "SELECT version, before, after FROM knowledge_change WHERE part = $1 AND subject = $2 \
        ORDER BY version DESC LIMIT $3 OFFSET $4";
    const COUNT: &str = "SELECT COUNT(*) FROM knowledge_change WHERE part = $1 AND subject = $2";
    let rows: Vec<VersionedChangeRow> = reading!(db, pool => sqlx::query_as(SQL)
        .bind(part.name()).bind(subject).bind(limit).bind(offset).fetch_all(pool).await?);
    let total = reading!(db, pool => sqlx::query_scalar(COUNT).bind(part.name()).bind(subject).fetch_one(pool).await?);
    let changes = rows.into_iter().map(|(version, before, after)| {
        let (before, after) = (before.map(|value| value.0), after.map(|value| value.0));
        (version, Change { part, subject: subject.to_owned(), before, after })
    });
    Ok((changes.collect(), total))
}

/// Version, before, after.
type VersionedChangeRow = (i64, Option<Json<Value>>, Option<Json<Value>>);

/// Part, subject, before, after.
type ChangeRow = (String, String, Option<Json<Value>>, Option<Json<Value>>);

fn change((part, subject, before, after): ChangeRow) -> Result<Change, StoreError> {
    let part = part.parse().map_err(StoreError::corrupt("part of the knowledge"))?;
    Ok(Change { part, subject, before: before.map(|value| value.0), after: after.map(|value| value.0) })
}
