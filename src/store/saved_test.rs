//! Questions with the entry that must answer them, and what came of asking them.

use crate::clock::Timestamp;
use crate::store::audit::{Deed, record};
use crate::store::db::{reading, writing};
use crate::store::portions::insert_rows;
use crate::store::{Db, StoreError};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

/// A saved test.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SavedTest {
    /// Its id.
    pub id: Uuid,
    /// What is asked.
    pub question: String,
    /// Letters and digits of the question alone; no two tests have the same.
    pub essence: String,
    /// Id of the entry that must answer, or `OOS` for none.
    pub expected: String,
    /// `import`, `inbox` or `manual`.
    pub source: String,
    /// When it was saved, in milliseconds.
    pub created_at: i64,
}

/// The newest result of a test.
#[derive(Debug, Clone, PartialEq)]
pub struct LastResult {
    /// Whether it passed.
    pub passed: bool,
    /// What was said.
    pub got: Value,
    /// When.
    pub at: Timestamp,
}

/// A run of all tests.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RunRow {
    /// Its id.
    pub id: Uuid,
    /// When, in milliseconds.
    pub at: i64,
    /// Who had it run.
    pub actor: String,
    /// `live` or `draft`.
    pub against: String,
    /// The version that answered; of drafts, the next one.
    pub version: i64,
    /// Tests.
    pub total: i64,
    /// Those that passed.
    pub passed: i64,
    /// Those that passed and had not in the run before.
    pub fixed: i64,
    /// Those that did not and had in the run before.
    pub broken: i64,
}

/// The result of a test in a run.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultRow {
    /// The test.
    pub test: Uuid,
    /// What was asked.
    pub question: String,
    /// What was expected.
    pub expected: String,
    /// What was said.
    pub got: Value,
    /// Whether it passed.
    pub passed: bool,
    /// Whether it had in the run before.
    pub before: Option<bool>,
}

const COLUMNS: &str = "id, question, essence, expected, source, created_at FROM saved_test";

/// All tests, in the order in which they were saved.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn all(db: &Db) -> Result<Vec<SavedTest>, StoreError> {
    let sql = format!("SELECT {COLUMNS} ORDER BY created_at, id");
    Ok(reading!(db, pool => sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(pool).await?))
}

/// A page of tests whose question has this essence in it, and how many there are.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn list(db: &Db, essence: &str, limit: i64, offset: i64) -> Result<(Vec<SavedTest>, i64), StoreError> {
    let page = format!("SELECT {COLUMNS} WHERE essence LIKE $1 ORDER BY created_at, id LIMIT $2 OFFSET $3");
    const COUNT: &str = "SELECT COUNT(*) FROM saved_test WHERE essence LIKE $1";
    let pattern = format!("%{essence}%");
    let rows = reading!(db, pool => sqlx::query_as(sqlx::AssertSqlSafe(page)).bind(&pattern).bind(limit).bind(offset)
        .fetch_all(pool).await?);
    let total = reading!(db, pool => sqlx::query_scalar(COUNT).bind(&pattern).fetch_one(pool).await?);
    Ok((rows, total))
}

/// The newest result of a test.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn last_result(db: &Db, test: Uuid) -> Result<Option<LastResult>, StoreError> {
    const SQL: &str = "SELECT test_result.passed, got, at FROM test_result \
        JOIN test_run ON test_run.id = test_result.run_id WHERE test_id = $1 ORDER BY at DESC, run_id DESC LIMIT 1";
    let row: Option<(bool, Json<Value>, i64)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(test).fetch_optional(pool).await?);
    Ok(row.map(|(passed, got, at)| LastResult { passed, got: got.0, at: Timestamp(at) }))
}

/// Saves tests; one of the same essence is replaced. With `replace` all others go.
///
/// # Errors
/// [`StoreError`] where the database fails; nothing was saved then.
pub async fn put(db: &Db, tests: &[SavedTest], replace: bool, deed: &Deed<'_>) -> Result<(), StoreError> {
    let head = "INSERT INTO saved_test (id, question, essence, expected, source, created_at) ";
    let tail = " ON CONFLICT (essence) DO UPDATE SET question = excluded.question, expected = excluded.expected, \
        source = excluded.source";
    writing!(db, tx => {
        if replace {
            sqlx::query("DELETE FROM saved_test").execute(&mut *tx).await?;
        }
        insert_rows!(tx, head, tests, tail, (row, one) => row
            .push_bind(one.id)
            .push_bind(&one.question)
            .push_bind(&one.essence)
            .push_bind(&one.expected)
            .push_bind(&one.source)
            .push_bind(one.created_at));
        record!(tx, deed);
    });
    Ok(())
}

/// Takes a test away, or all of them. Returns how many there were.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn remove(db: &Db, id: Option<Uuid>, deed: &Deed<'_>) -> Result<u64, StoreError> {
    Ok(writing!(db, tx => {
        let removed = match id {
            Some(id) => sqlx::query("DELETE FROM saved_test WHERE id = $1").bind(id).execute(&mut *tx).await?
                .rows_affected(),
            None => sqlx::query("DELETE FROM saved_test").execute(&mut *tx).await?.rows_affected(),
        };
        if removed > 0 {
            record!(tx, deed);
        }
        removed
    }))
}

/// One test.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn get(db: &Db, id: Uuid) -> Result<Option<SavedTest>, StoreError> {
    let sql = format!("SELECT {COLUMNS} WHERE id = $1");
    Ok(reading!(db, pool => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(pool).await?))
}

/// Keeps a run with its results.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn add_run(db: &Db, run: &RunRow, results: &[ResultRow]) -> Result<(), StoreError> {
    const RUN: &str = "INSERT INTO test_run (id, at, actor, against, version, total, passed, fixed, broken) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let head = "INSERT INTO test_result (run_id, position, test_id, question, expected, got, passed, before) ";
    let rows: Vec<(i64, &ResultRow)> = (0_i64..).zip(results).collect();
    writing!(db, tx => {
        sqlx::query(RUN)
            .bind(run.id).bind(run.at).bind(&run.actor).bind(&run.against).bind(run.version).bind(run.total)
            .bind(run.passed).bind(run.fixed).bind(run.broken)
            .execute(&mut *tx).await?;
        insert_rows!(tx, head, &rows, "", (row, one) => row
            .push_bind(run.id)
            .push_bind(one.0)
            .push_bind(one.1.test)
            .push_bind(&one.1.question)
            .push_bind(&one.1.expected)
            .push_bind(Json(&one.1.got))
            .push_bind(one.1.passed)
            .push_bind(one.1.before));
    });
    Ok(())
}

const RUN_COLUMNS: &str = "id, at, actor, against, version, total, passed, fixed, broken FROM test_run";

/// The newest runs first, and how many there are.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn runs(db: &Db, limit: i64, offset: i64) -> Result<(Vec<RunRow>, i64), StoreError> {
    let sql = format!("SELECT {RUN_COLUMNS} ORDER BY at DESC, id DESC LIMIT $1 OFFSET $2");
    let rows =
        reading!(db, pool => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(limit).bind(offset).fetch_all(pool).await?);
    let total = reading!(db, pool => sqlx::query_scalar("SELECT COUNT(*) FROM test_run").fetch_one(pool).await?);
    Ok((rows, total))
}

/// One run.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn run(db: &Db, id: Uuid) -> Result<Option<RunRow>, StoreError> {
    let sql = format!("SELECT {RUN_COLUMNS} WHERE id = $1");
    Ok(reading!(db, pool => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(pool).await?))
}

/// Test, question, expected, got, passed, passed before.
type StoredResult = (Uuid, String, String, Json<Value>, bool, Option<bool>);

/// A page of the results of a run: `all`, `failed`, `fixed` or `broken`; and how many there are.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn results(
    db: &Db,
    run: Uuid,
    show: &str,
    limit: i64,
    offset: i64,
) -> Result<(Vec<ResultRow>, i64), StoreError> {
    let filter = match show {
        "failed" => " AND NOT passed",
        "fixed" => " AND passed AND before = FALSE",
        "broken" => " AND NOT passed AND before = TRUE",
        _ => "",
    };
    let page = format!(
        "SELECT test_id, question, expected, got, passed, before FROM test_result WHERE run_id = $1{filter} \
         ORDER BY position LIMIT $2 OFFSET $3"
    );
    let count = format!("SELECT COUNT(*) FROM test_result WHERE run_id = $1{filter}");
    let rows: Vec<StoredResult> = reading!(db, pool =>
        sqlx::query_as(sqlx::AssertSqlSafe(page)).bind(run).bind(limit).bind(offset).fetch_all(pool).await?);
    let total = reading!(db, pool => sqlx::query_scalar(sqlx::AssertSqlSafe(count)).bind(run).fetch_one(pool).await?);
    let results = rows.into_iter().map(|(test, question, expected, got, passed, before)| ResultRow {
        test,
        question,
        expected,
        got: got.0,
        passed,
        before,
    });
    Ok((results.collect(), total))
}
