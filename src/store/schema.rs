//! The schema of this version: every table with its columns, for whatever is done to all of them alike: copying, and
//! handing a person everything that is kept of them.

use crate::store::StoreError;
use crate::store::db::MIGRATIONS;
use serde_json::value::RawValue;
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};
use sqlx::types::Json;
use std::collections::HashSet;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// The types that migrations use.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
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
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<(String, Kind)>,
}

impl Table {
    pub(super) fn column_names(&self) -> String {
        self.columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// One value of a row.
pub(super) enum Value {
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
                $crate::store::schema::Kind::Integer => $crate::store::schema::Value::Integer($row.try_get(place)?),
                $crate::store::schema::Kind::Text => $crate::store::schema::Value::Text($row.try_get(place)?),
                $crate::store::schema::Kind::Boolean => $crate::store::schema::Value::Boolean($row.try_get(place)?),
                $crate::store::schema::Kind::Uuid => $crate::store::schema::Value::Uuid($row.try_get(place)?),
                $crate::store::schema::Kind::Json => $crate::store::schema::Value::Json($row.try_get(place)?),
                $crate::store::schema::Kind::Real => $crate::store::schema::Value::Real($row.try_get(place)?),
                $crate::store::schema::Kind::Bytes => $crate::store::schema::Value::Bytes($row.try_get(place)?),
            });
        }
        values
    }};
}

pub(super) use read_row;

impl Value {
    /// The value as JSON; bytes are only counted.
    pub(super) fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Integer(value) => serde_json::json!(value),
            Self::Text(value) => serde_json::json!(value),
            Self::Boolean(value) => serde_json::json!(value),
            Self::Uuid(value) => serde_json::json!(value),
            Self::Json(value) => serde_json::json!(value.as_ref().map(|json| &*json.0)),
            Self::Real(value) => serde_json::json!(value),
            Self::Bytes(value) => serde_json::json!(value.as_ref().map(Vec::len)),
        }
    }
}

/// All tables, those first that others refer to. They are those of this version of the program, so they are read once.
pub(super) async fn tables() -> Result<&'static [Table], StoreError> {
    static TABLES: OnceCell<Vec<Table>> = OnceCell::const_new();
    TABLES.get_or_try_init(read_tables).await.map(Vec::as_slice)
}

async fn read_tables() -> Result<Vec<Table>, StoreError> {
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
