//! Two kinds of database behind one name.

use crate::model::secret;
use serde::{Deserialize, Serialize};
use sqlx::Connection;
use sqlx::error::DatabaseError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgDatabaseError, PgPool, PgPoolOptions, PgTransaction};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteError, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Time between two looks at whether pages of the log can be carried into the file. Under full load the log takes some
/// ninety megabytes a second; an idle look costs microseconds.
const CARRY_EVERY: Duration = Duration::from_millis(100);

/// How long a connection to PostgreSQL is waited for; then whoever asked is told that it is away.
const AWAY_AFTER: Duration = Duration::from_secs(5);

/// Transactions of the journal that are under way at once, at most: each takes a connection and a batch of its own.
const MOST_WRITERS: u32 = 4;

/// Where the data lives.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseSettings {
    /// `sqlite://data/xiaoer.db` or `postgres://user@host/name`.
    #[serde(serialize_with = "secret::hide_password")]
    pub url: String,
    /// A file that holds the address, in its place.
    pub url_file: Option<PathBuf>,
    /// Connections of this node. With SQLite all of them read, and writing has one of its own. With PostgreSQL they do
    /// both: at most half of them, and at most four, carry transactions of the journal.
    pub connections: u32,
    /// How long a statement waits for the lock of a SQLite file that another program holds, in milliseconds; then the
    /// database is told as busy.
    pub lock_wait_ms: u64,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self { url: "sqlite://data/xiaoer.db".to_owned(), url_file: None, connections: 4, lock_wait_ms: 5_000 }
    }
}

impl DatabaseSettings {
    /// The file of a SQLite database; nothing where it is another kind.
    pub fn file(&self) -> Option<PathBuf> {
        let path = self.url.strip_prefix("sqlite://")?;
        Some(PathBuf::from(path.split('?').next().unwrap_or(path)))
    }
}

impl fmt::Debug for DatabaseSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = secret::without_password(&self.url);
        let Self { connections, lock_wait_ms, .. } = self;
        (formatter.debug_struct("DatabaseSettings").field("url", &url).field("connections", connections))
            .field("lock_wait_ms", lock_wait_ms)
            .finish()
    }
}

/// A connected database with the newest schema.
#[derive(Debug, Clone)]
pub enum Db {
    /// A file beside the program.
    Sqlite {
        /// Readers; they see the last commit and never wait for the writer.
        read: SqlitePool,
        /// Exactly one connection.
        write: SqlitePool,
        /// One more, which carries pages from the log into the file beside the writer.
        carry: SqlitePool,
    },
    /// A server that several nodes share.
    Postgres(PgPool),
}

/// Names the turn to start among the advisory locks of a PostgreSQL database.
const STARTING: i64 = 0x7869_616f_6572;

/// The right to fill an empty database. It ends with the value.
#[derive(Debug)]
pub struct TurnToStart(#[expect(dead_code, reason = "the transaction holds the lock")] Option<PgTransaction<'static>>);

/// Why the database could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or was not there.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("database schema: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A stored value is not of the form this program writes.
    #[error("stored {what} cannot be read: {reason}")]
    Corrupt {
        /// Which value.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The address names neither SQLite nor PostgreSQL.
    #[error("database.url must begin with sqlite:// or postgres://, not {0:?}")]
    UnknownScheme(String),
    /// A database that has to be empty holds something.
    #[error("the target database is not empty: table {0} has rows")]
    NotEmpty(String),
    /// A table did not arrive whole.
    #[error("table {table}: {read} rows read, {written} written")]
    Miscounted {
        /// Which.
        table: String,
        /// In the source.
        read: i64,
        /// In the target.
        written: i64,
    },
    /// The database cannot be written to for now: it is locked, or its disk full or failing.
    #[error("the database cannot be written to for now")]
    Unwritable,
    /// The writer has stopped: the program is shutting down.
    #[error("the database writer has stopped")]
    Stopped,
}

impl StoreError {
    /// What to do about a damaged file, in Chinese.
    pub const RESTORE: &str =
        "停止服务，把损坏的文件移到一边，用最近的备份恢复：xiaoer restore --from 备份文件；再检查磁盘";

    fn sqlx(&self) -> Option<&sqlx::Error> {
        match self {
            Self::Database(error) | Self::Migration(MigrateError::Execute(error)) => Some(error),
            _ => None,
        }
    }

    /// What SQLite calls the error, without its refinements.
    fn sqlite_code(&self) -> Option<u32> {
        let error = self.sqlx()?.as_database_error()?.try_downcast_ref::<SqliteError>()?;
        error.code()?.parse::<u32>().ok().map(|code| code & 0xff)
    }

    /// What PostgreSQL calls the error: two characters of a class and three of a condition.
    fn sqlstate(&self) -> Option<&str> {
        Some(self.sqlx()?.as_database_error()?.try_downcast_ref::<PgDatabaseError>()?.code())
    }

    /// Whether the same may succeed later: the database is locked or away, or its disk full or failing.
    pub fn is_passing(&self) -> bool {
        let is_away = matches!(self.sqlx(), Some(sqlx::Error::PoolTimedOut | sqlx::Error::Io(_)));
        // SQLITE_BUSY, SQLITE_LOCKED, SQLITE_IOERR, SQLITE_FULL.
        let in_sqlite = self.sqlite_code().is_some_and(|code| [5, 6, 10, 13].contains(&code));
        // The connection, resources, an operator who stops it, its disk, and a server that only reads: a standby.
        let in_postgres = || {
            self.sqlstate()
                .is_some_and(|state| ["08", "53", "57P", "58", "25006"].iter().any(|class| state.starts_with(class)))
        };
        matches!(self, Self::Unwritable) || is_away || in_sqlite || in_postgres()
    }

    /// What an operator can do about it, in Chinese.
    pub fn advice(&self) -> Option<&'static str> {
        match self.sqlite_code()? {
            5 | 6 => Some("数据库被另一个程序占着：结束它，或等它做完"),
            8 | 14 => Some("打不开数据库文件：检查路径和权限（database.url）"),
            10 => Some("磁盘读写出错：检查磁盘和系统日志"),
            11 | 26 => Some(Self::RESTORE),
            13 => Some("磁盘已满：腾出空间后会自己恢复"),
            _ => None,
        }
    }

    pub(super) fn corrupt(what: &'static str) -> impl FnOnce(String) -> Self {
        move |reason| Self::Corrupt { what, reason }
    }
}

impl Db {
    /// Connects, creates the file where there is none, and runs the migrations that are missing.
    ///
    /// # Errors
    /// [`StoreError`] where the address is wrong, nobody answers, or a migration fails; the schema is then as it was.
    pub async fn connect(settings: &DatabaseSettings) -> Result<Self, StoreError> {
        let db = match settings.url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => Self::connect_sqlite(settings).await?,
            Some("postgres" | "postgresql") => Self::Postgres(
                PgPoolOptions::new()
                    .max_connections(settings.connections.max(2))
                    .acquire_timeout(AWAY_AFTER)
                    .connect(&settings.url)
                    .await?,
            ),
            other => return Err(StoreError::UnknownScheme(other.unwrap_or(&settings.url).to_owned())),
        };
        match &db {
            Self::Sqlite { write, .. } => MIGRATIONS.run(write).await?,
            Self::Postgres(pool) => MIGRATIONS.run(pool).await?,
        }
        Ok(db)
    }

    async fn connect_sqlite(settings: &DatabaseSettings) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::from_str(&settings.url)?
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            // An acknowledgement promises survival of a power cut, not only of a crash: fsync at each commit.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_millis(settings.lock_wait_ms))
            .pragma("cache_size", "-4096");
        // A commit of many turns must fit into the writer's cache, or its pages are written more than once. And a page
        // that is written again and again goes from the log into the file once for each checkpoint: few, large ones.
        // A statement of many rows keeps the pages as they were before it until it has ended: in memory, not in a file.
        let writer = (options.clone())
            .pragma("cache_size", "-16384")
            .pragma("wal_autocheckpoint", "16384")
            .pragma("temp_store", "MEMORY");
        // A full disk makes SQLite end a transaction by itself. The connection then counts one that is no longer there,
        // and could never begin another.
        let write = lasting()
            .max_connections(1)
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .connect_with(writer)
            .await?;
        let carry = lasting().max_connections(1).connect_with(options.clone()).await?;
        tokio::spawn(carry_pages(carry.clone()));
        let read = lasting()
            .max_connections(settings.connections.max(1))
            .connect_with(options.read_only(true).create_if_missing(false))
            .await?;
        Ok(Self::Sqlite { read, write, carry })
    }

    /// How many transactions of the journal may be under way at once: one with SQLite; with PostgreSQL some, and as many
    /// connections stay free for reading.
    pub(super) fn writers(&self) -> u32 {
        match self {
            Self::Sqlite { .. } => 1,
            Self::Postgres(pool) => (pool.options().get_max_connections() / 2).clamp(1, MOST_WRITERS),
        }
    }

    /// Whether no other node works with this database.
    pub fn is_ours_alone(&self) -> bool {
        matches!(self, Self::Sqlite { .. })
    }

    /// Waits until no other program that shares the database is starting, and keeps it that way as long as the value
    /// lives: several nodes that are started together must not all fill the same empty database. A node that dies gives
    /// its turn back with its connection. SQLite has one program, and needs no turns.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails.
    pub async fn turn_to_start(&self) -> Result<TurnToStart, StoreError> {
        Ok(TurnToStart(match self {
            Self::Sqlite { .. } => None,
            Self::Postgres(pool) => {
                let mut transaction = pool.begin().await?;
                sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(STARTING).execute(&mut *transaction).await?;
                Some(transaction)
            }
        }))
    }

    /// Asks whether the database answers.
    ///
    /// # Errors
    /// [`StoreError`] where it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite { read, .. } => sqlx::query("SELECT 1").execute(read).await.map(drop)?,
            Self::Postgres(pool) => sqlx::query("SELECT 1").execute(pool).await.map(drop)?,
        }
        Ok(())
    }

    /// Gives back the pages that SQLite's writer keeps at hand. Who has just filled a database holds up to its whole cache
    /// of them, and an idle shop would keep it for nothing.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails.
    pub async fn give_back_memory(&self) -> Result<(), StoreError> {
        if let Self::Sqlite { write, .. } = self {
            sqlx::query("PRAGMA shrink_memory").execute(write).await?;
        }
        Ok(())
    }

    /// Closes all connections after their current statement.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write, carry } => {
                carry.close().await;
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// Connections to a file that live as long as they are used. A server is helped by sessions that end after half an hour;
/// here an end throws a warm cache away, and behind it is nothing that could have gone stale.
fn lasting() -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_lifetime(None)
}

/// Carries what has been committed from the log into the file, as long as the database is open. A commit that finds the
/// log full does it itself, and hundreds of turns wait for it meanwhile; so there should be little left to do by then.
async fn carry_pages(pool: SqlitePool) {
    let mut ticks = tokio::time::interval(CARRY_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while !pool.is_closed() {
        ticks.tick().await;
        // Passive: it takes what nobody is using, waits for nobody, and the writer makes up for what it could not do.
        if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&pool).await
            && !pool.is_closed()
        {
            tracing::debug!(%error, "pages stay in the log for now");
        }
    }
}

/// Runs a body that only reads, on a pool of either backend: `reading!(db, pool => query.fetch_all(pool).await?)`.
macro_rules! reading {
    ($db:expr, $pool:ident => $body:expr) => {
        match $db {
            $crate::store::Db::Sqlite { read, .. } => {
                let $pool = read;
                $body
            }
            $crate::store::Db::Postgres(pool) => {
                let $pool = pool;
                $body
            }
        }
    };
}

/// Runs a body in one transaction of either backend and commits it: `writing!(db, tx => …execute(&mut *tx).await?)`.
/// An early return with `?` drops the transaction and so rolls it back.
macro_rules! writing {
    ($db:expr, $tx:ident => $body:expr) => {
        match $db {
            $crate::store::Db::Sqlite { write, .. } => {
                let mut $tx = write.begin_with("BEGIN IMMEDIATE").await?;
                let value = $body;
                $tx.commit().await?;
                value
            }
            $crate::store::Db::Postgres(pool) => {
                let mut $tx = pool.begin().await?;
                let value = $body;
                $tx.commit().await?;
                value
            }
        }
    };
}

/// Runs a body of several reads that all see the same commit: `snapshot!(db, tx => …fetch_all(&mut *tx).await?)`.
macro_rules! snapshot {
    ($db:expr, $tx:ident => $body:expr) => {
        match $db {
            $crate::store::Db::Sqlite { read, .. } => {
                let mut $tx = read.begin().await?;
                $body
            }
            $crate::store::Db::Postgres(pool) => {
                let mut $tx = pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
                $body
            }
        }
    };
}

pub(super) use {reading, snapshot, writing};
