//! Everything of one database into another: a backup, its way back, and the move from SQLite to PostgreSQL are one deed.
//!
//! # Invariants
//! - The source is read in one snapshot, so what is copied is a moment that was; it may be in use meanwhile.
//! - The target is written in one transaction and has to be empty: everything arrives, or nothing.
//! - Every table is counted in the target before the commit.
//!
//! Tables and columns are those of this version's migrations, which run on both sides when they are connected.

use crate::store::db::{MIGRATIONS, snapshot, writing};
use crate::store::portions::portions;
use crate::store::{Db, StoreError};
use futures_util::TryStreamExt;
use serde_json::value::RawValue;
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, QueryBuilder, Row};
use std::collections::HashSet;
use uuid::Uuid;

/// Rows that are on their way at a time.
const AT_ONCE: usize = 256;

/// A table that was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Its name.
    pub table: String,
    /// Its rows, counted on both sides.
    pub rows: i64,
}

/// The types that migrations use.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Integer,
    Text,
    Boolean,
    Uuid,
    Json,
    Real,
    Bytes,
}

impl Kind {
    fn of(declared: &str) -> Result<Self, StoreError> {
        Ok(match declared {
            "BIGINT" => Self::Integer,
            "TEXT" => Self::Text,
            "BOOLEAN" => Self::Boolean,
            "UUID" => Self::Uuid,
            "JSONB" => Self::Json,
            "DOUBLE PRECISION" => Self::Real,
            "BYTEA" => Self::Bytes,
            other => return Err(StoreError::corrupt("schema")(format!("the type {other} is not known here"))),
        })
    }
}

/// A table and how its columns are read.
struct Table {
    name: String,
    columns: Vec<(String, Kind)>,
}

impl Table {
    fn column_names(&self) -> String {
        self.columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// One value of a row.
enum Value {
    Integer(Option<i64>),
    Text(Option<String>),
    Boolean(Option<bool>),
    Uuid(Option<Uuid>),
    Json(Option<Json<Box<RawValue>>>),
    Real(Option<f64>),
    Bytes(Option<Vec<u8>>),
}

macro_rules! read_row {
    ($row:expr, $table:expr) => {{
        let mut values = Vec::with_capacity($table.columns.len());
        for (place, (_, kind)) in $table.columns.iter().enumerate() {
            values.push(match kind {
                Kind::Integer => Value::Integer($row.try_get(place)?),
                Kind::Text => Value::Text($row.try_get(place)?),
                Kind::Boolean => Value::Boolean($row.try_get(place)?),
                Kind::Uuid => Value::Uuid($row.try_get(place)?),
                Kind::Json => Value::Json($row.try_get(place)?),
                Kind::Real => Value::Real($row.try_get(place)?),
                Kind::Bytes => Value::Bytes($row.try_get(place)?),
            });
        }
        values
    }};
}

macro_rules! write_rows {
    ($target:ident, $table:expr, $rows:expr) => {
        for portion in portions($rows) {
            let mut insert = QueryBuilder::new(format!("INSERT INTO {} ({}) ", $table.name, $table.column_names()));
            insert.push_values(portion, |mut row, values: &Vec<Value>| {
                for value in values {
                    match value {
                        Value::Integer(value) => row.push_bind(*value),
                        Value::Text(value) => row.push_bind(value.as_deref()),
                        Value::Boolean(value) => row.push_bind(*value),
                        Value::Uuid(value) => row.push_bind(*value),
                        Value::Json(value) => row.push_bind(value.as_ref().map(|json| Json(&*json.0))),
                        Value::Real(value) => row.push_bind(*value),
                        Value::Bytes(value) => row.push_bind(value.as_deref()),
                    };
                }
            });
            insert.build().execute(&mut *$target).await?;
        }
    };
}

macro_rules! count {
    ($target:ident, $table:expr) => {{
        let sql = AssertSqlSafe(format!("SELECT CAST(COUNT(*) AS BIGINT) FROM {}", $table.name));
        sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut *$target).await?
    }};
}

macro_rules! copy_table {
    ($source:ident, $target:ident, $table:expr) => {{
        let sql = AssertSqlSafe(format!("SELECT {} FROM {}", $table.column_names(), $table.name));
        let mut stream = sqlx::query(sql).fetch(&mut *$source);
        let (mut rows, mut read) = (Vec::with_capacity(AT_ONCE), 0_i64);
        while let Some(row) = stream.try_next().await? {
            rows.push(read_row!(row, $table));
            read += 1;
            if rows.len() == AT_ONCE {
                write_rows!($target, $table, &rows);
                rows.clear();
            }
        }
        write_rows!($target, $table, &rows);
        read
    }};
}

/// Copies everything from one database into an empty one. `tell` hears of each table as it is done.
///
/// # Errors
/// [`StoreError::NotEmpty`] where the target holds something, [`StoreError::Miscounted`] where a table did not arrive
/// whole, else the databases'; the target is then as it was.
pub async fn copy(from: &Db, to: &Db, mut tell: impl FnMut(&Copied)) -> Result<Vec<Copied>, StoreError> {
    let tables = tables().await?;
    Ok(snapshot!(from, source => writing!(to, target => {
        for table in &tables {
            if count!(target, table) > 0 {
                return Err(StoreError::NotEmpty(table.name.clone()));
            }
        }
        let mut copied = Vec::with_capacity(tables.len());
        for table in &tables {
            let read = copy_table!(source, target, table);
            let rows = count!(target, table);
            if rows != read {
                return Err(StoreError::Miscounted { table: table.name.clone(), read, written: rows });
            }
            let done = Copied { table: table.name.clone(), rows };
            tell(&done);
            copied.push(done);
        }
        copied
    })))
}

/// All tables, those first that others refer to.
async fn tables() -> Result<Vec<Table>, StoreError> {
    const NAMES: &str = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
        AND name <> '_sqlx_migrations' ORDER BY name";
    // One connection: a database in memory is gone with its last one.
    let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await?;
    MIGRATIONS.run(&pool).await?;
    let mut waiting: Vec<String> = sqlx::query_scalar(NAMES).fetch_all(&pool).await?;
    let (mut tables, mut placed) = (Vec::with_capacity(waiting.len()), HashSet::new());
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut later = Vec::new();
        for name in waiting {
            let refers_to = parents(&pool, &name).await?;
            if refers_to.iter().all(|parent| placed.contains(parent)) {
                tables.push(Table { columns: columns(&pool, &name).await?, name: name.clone() });
                placed.insert(name);
            } else {
                later.push(name);
            }
        }
        if later.len() == before {
            return Err(StoreError::corrupt("schema")("tables refer to each other in a circle".to_owned()));
        }
        waiting = later;
    }
    Ok(tables)
}

async fn parents(pool: &SqlitePool, table: &str) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT DISTINCT \"table\" FROM pragma_foreign_key_list($1) WHERE \"table\" <> $1";
    Ok(sqlx::query_scalar(sql).bind(table).fetch_all(pool).await?)
}

async fn columns(pool: &SqlitePool, table: &str) -> Result<Vec<(String, Kind)>, StoreError> {
    let sql = "SELECT name, type FROM pragma_table_info($1) ORDER BY cid";
    let rows: Vec<(String, String)> = sqlx::query_as(sql).bind(table).fetch_all(pool).await?;
    rows.into_iter().map(|(name, declared)| Ok((name, Kind::of(&declared)?))).collect()
}
