//! A database of the first schema, with a shop's rows in it, becomes one of this version and goes on.

use crate::support::{PATIENCE, shop};
use std::path::Path;
use tempfile::TempDir;
use xiaoer::app::App;
use xiaoer::clock::{Clock, Timestamp};
use xiaoer::config::Config;
use xiaoer::store::desk::search;
use xiaoer::store::{Db, conversation, shopper};

/// The newest migration of the first schema.
const FIRST_SCHEMA: i64 = 31;

/// What it says of its migrations, and a shop's rows. A migration whose text has changed since has another checksum, and
/// the database is refused: those texts may never change again.
const BASELINE: &str = include_str!("baseline.sql");

/// A search index from the time when it held numbers that the desk does not show.
const UNMASKED: &str = "INSERT INTO message_token SELECT '13912345678', conversation_id, sequence FROM message; \
    INSERT INTO message_indexed SELECT conversation_id, MAX(sequence) FROM message GROUP BY conversation_id";

/// Orders from the time when only the moment of the last word was kept.
const ORDERS: &str = "INSERT INTO customer_order VALUES ('SG1', 'c-1', 'unpaid', 1760000000000, 100, '[]', 1760000000001), \
    ('SG2', 'c-1', 'shipped', 1760000000000, 100, '[]', 1760000000002), \
    ('SG3', 'c-1', 'cancelled', 1760000000000, 100, '[]', 1760000000003)";

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
    sqlx::raw_sql(UNMASKED).execute(&old).await.expect("its search index");
    sqlx::raw_sql(ORDERS).execute(&old).await.expect("its orders");
    old.close().await;

    let db = Db::connect(&config.database).await.expect("brought up to date");
    let (_, id) = shopper::by_token(&db, "an old hash").await.expect("read").expect("known");
    let messages = conversation::messages_before(&db, id, i64::MAX, 10).await.expect("read");
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0].body.text, "老顾客的话");
    let words = ["13912345678".to_owned()];
    let found = search::find(&db, &words, Timestamp(0), Timestamp(i64::MAX), 1).await.expect("read");
    assert_eq!(found, [], "the index is forgotten");
    assert_eq!(paid_at(&db).await, [None, Some(1_760_000_000_002), None], "as well as can be known");
    db.close().await;
    let app = tokio::time::timeout(PATIENCE * 3, App::build(&config, Clock::system())).await.expect("in time");
    assert_eq!(app.expect("it starts").chat().published.assistant().version, 1);
}

/// When each order was paid, in the order of their numbers.
async fn paid_at(db: &Db) -> Vec<Option<i64>> {
    const SQL: &str = "SELECT paid_at FROM customer_order ORDER BY number";
    let Db::Sqlite { read, .. } = db else { panic!("a file") };
    sqlx::query_scalar(SQL).fetch_all(read).await.expect("read")
}
