//! A database of the first schema, with a shop's rows in it, becomes one of this version and goes on.

use crate::support::{PATIENCE, shop};
use std::path::Path;
use tempfile::TempDir;
use xiaoer::app::App;
use xiaoer::clock::Clock;
use xiaoer::config::Config;
use xiaoer::store::{Db, conversation, shopper};

/// The newest migration of the first schema.
const FIRST_SCHEMA: i64 = 31;

/// What it says of its migrations, and a shop's rows. A migration whose text has changed since has another checksum, and
/// the database is refused: those texts may never change again.
const BASELINE: &str = include_str!("baseline.sql");

#[tokio::test(flavor = "multi_thread")]
async fn the_first_schema_is_brought_up_to_date_and_keeps_its_rows() {
    let folder = TempDir::new().expect("a folder");
    let mut config = Config::default();
    config.server.port = 0;
    config.database.url = format!("sqlite://{}/old.db", folder.path().display());
    config.knowledge.folder = shop();
    let old = sqlx::SqlitePool::connect(&format!("{}?mode=rwc", config.database.url)).await.expect("a file");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let migrations = sqlx::migrate::Migrator::new(folder).await.expect("the migrations");
    for migration in migrations.iter().filter(|migration| migration.version <= FIRST_SCHEMA) {
        sqlx::raw_sql(migration.sql.clone()).execute(&old).await.expect("the first schema");
    }
    sqlx::raw_sql(BASELINE).execute(&old).await.expect("its rows");
    old.close().await;

    let db = Db::connect(&config.database).await.expect("brought up to date");
    let (_, id) = shopper::by_token(&db, "an old hash").await.expect("read").expect("known");
    let messages = conversation::messages_before(&db, id, i64::MAX, 10).await.expect("read");
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0].body.text, "老顾客的话");
    db.close().await;
    let app = tokio::time::timeout(PATIENCE * 3, App::build(&config, Clock::system())).await.expect("in time");
    assert_eq!(app.expect("it starts").chat().published.assistant().version, 1);
}
