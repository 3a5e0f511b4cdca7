//! People's data through the whole server: notice, masking, export, deletion, retention, labels.

mod erasure;
mod labels;
mod logs;
mod notice;
mod retention;
mod traces;

use crate::support::TestApp;
use xiaoer::store::Db;

/// The whole database as text, a table after the other: what is not in it is nowhere.
async fn dump(app: &TestApp) -> String {
    let mut all = String::new();
    match &app.chat.db {
        Db::Sqlite { read, .. } => {
            const TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
            let tables: Vec<String> = sqlx::query_scalar(TABLES).fetch_all(read).await.expect("tables");
            for table in tables {
                const COLUMNS: &str = "SELECT name FROM pragma_table_info($1)";
                let columns: Vec<String> =
                    sqlx::query_scalar(COLUMNS).bind(&table).fetch_all(read).await.expect("columns");
                let quoted: Vec<String> = columns.iter().map(|column| format!("quote({column})")).collect();
                let sql = sqlx::AssertSqlSafe(format!("SELECT {} FROM {table}", quoted.join(" || ',' || ")));
                let rows: Vec<String> = sqlx::query_scalar(sql).fetch_all(read).await.expect("rows");
                all.push_str(&format!("\n{table}\n{}", rows.join("\n").to_lowercase()));
            }
        }
        Db::Postgres(pool) => {
            const TABLES: &str = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
            let tables: Vec<String> = sqlx::query_scalar(TABLES).fetch_all(pool).await.expect("tables");
            for table in tables {
                let sql = sqlx::AssertSqlSafe(format!("SELECT to_json(t)::text FROM {table} AS t"));
                let rows: Vec<String> = sqlx::query_scalar(sql).fetch_all(pool).await.expect("rows");
                let rows = rows.join("\n").to_lowercase();
                // Once more with ids as SQLite writes them.
                all.push_str(&format!("\n{table}\n{rows}\n{}", rows.replace('-', "")));
            }
        }
    }
    all
}

/// Rows of a table.
async fn count(app: &TestApp, table: &str) -> i64 {
    let sql = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
    match &app.chat.db {
        Db::Sqlite { read, .. } => sqlx::query_scalar(sql).fetch_one(read).await.expect("counted"),
        Db::Postgres(pool) => sqlx::query_scalar(sql).fetch_one(pool).await.expect("counted"),
    }
}
