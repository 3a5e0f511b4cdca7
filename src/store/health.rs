//! Whether a database can be worked with, for whoever asks before the program starts: nothing is created, nothing
//! migrated.

use crate::store::db::MIGRATIONS;
use crate::store::{DatabaseSettings, Db, StoreError};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use std::str::FromStr;
use std::time::Duration;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Health {
    /// Whether there is one at all.
    pub exists: bool,
    /// What the database says against itself; empty where it is whole.
    pub damage: Vec<String>,
    /// Whether a transaction can write.
    pub writable: bool,
    /// Migrations that a start would run.
    pub behind: usize,
    /// The newest moment in it, in milliseconds since 1970 UTC.
    pub newest: Option<i64>,
}

/// Looks.
///
/// # Errors
/// [`StoreError`] where the database cannot be opened or reached.
pub async fn health(settings: &DatabaseSettings) -> Result<Health, StoreError> {
    if let Some(file) = settings.file() {
        if !file.exists() {
            return Ok(Health { behind: MIGRATIONS.iter().count(), ..Health::default() });
        }
        let options = SqliteConnectOptions::from_str(&settings.url)?.busy_timeout(Duration::from_secs(2));
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options.create_if_missing(false)).await?;
        let said: Vec<String> = sqlx::query_scalar("PRAGMA quick_check(20)").fetch_all(&pool).await?;
        let damage = said.into_iter().filter(|line| line != "ok").collect();
        let writable = match pool.begin_with("BEGIN IMMEDIATE").await {
            Ok(transaction) => transaction.rollback().await.is_ok(),
            Err(_) => false,
        };
        let db = Db::Sqlite { read: pool.clone(), write: pool.clone(), carry: pool };
        return Ok(Health { exists: true, damage, writable, ..of_schema(&db).await });
    }
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(5));
    let db = Db::Postgres(pool.connect(&settings.url).await?);
    let writable = match &db {
        Db::Postgres(pool) => {
            let only_reads: Result<String, _> =
                sqlx::query_scalar("SHOW default_transaction_read_only").fetch_one(pool).await;
            only_reads.is_ok_and(|only| only == "off")
        }
        Db::Sqlite { .. } => false,
    };
    Ok(Health { exists: true, writable, ..of_schema(&db).await })
}

/// An empty database has neither of these tables yet.
async fn of_schema(db: &Db) -> Health {
    use crate::store::db::reading;
    const DONE: &str = "SELECT COUNT(*) FROM _sqlx_migrations WHERE success";
    const NEWEST: &str = "SELECT MAX(updated_at) FROM conversation";
    let done: Result<i64, sqlx::Error> = reading!(db, pool => sqlx::query_scalar(DONE).fetch_one(pool).await);
    let newest: Result<Option<i64>, sqlx::Error> =
        reading!(db, pool => sqlx::query_scalar(NEWEST).fetch_one(pool).await);
    db.close().await;
    let behind = MIGRATIONS.iter().count().saturating_sub(usize::try_from(done.unwrap_or(0)).unwrap_or(0));
    Health { behind, newest: newest.ok().flatten(), ..Health::default() }
}
