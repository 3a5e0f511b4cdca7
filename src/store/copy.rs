//! Everything of one database into another: a backup, its way back, and the move from SQLite to PostgreSQL are one deed.
//!
//! # Invariants
//! - The source is read in one snapshot, so what is copied is a moment that was; it may be in use meanwhile.
//! - The target is written in one transaction and has to be empty: everything arrives, or nothing.
//! - Every table is counted in the target before the commit.
//!
//! Tables and columns are those of this version's migrations, which run on both sides when they are connected.

use crate::store::db::{snapshot, writing};
use crate::store::portions::portions;
use crate::store::schema::{Value, read_row, tables};
use crate::store::{Db, StoreError};
use futures_util::TryStreamExt;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, QueryBuilder, Row};

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
        for table in tables {
            if count!(target, table) > 0 {
                return Err(StoreError::NotEmpty(table.name.clone()));
            }
        }
        let mut copied = Vec::with_capacity(tables.len());
        for table in tables {
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
