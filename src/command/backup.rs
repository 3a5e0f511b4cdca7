//! `xiaoer backup`: one consistent moment of the database as one file.

use crate::config::Config;
use crate::store::copy::{self, Copied};
use crate::store::{DatabaseSettings, Db};
use anyhow::{Context as _, ensure};
use std::path::{Path, PathBuf};

/// Options of `xiaoer backup`.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// 备份文件（SQLite 格式），不能已经存在
    #[arg(long)]
    to: PathBuf,
}

/// Copies the database, which may be in use, into a new file.
///
/// # Errors
/// For the operator; there is then no file.
pub async fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<()> {
    let file = &arguments.to;
    ensure!(!file.exists(), "{} 已经存在", file.display());
    let from = Db::connect(&config.database).await?;
    // Whoever looks for a backup finds a whole one, or none.
    let part = file.with_added_extension("part");
    ensure!(!part.exists(), "{} 还在：上一次备份没有做完，请先删除它", part.display());
    let copied = copy_to(&from, &part).await;
    from.close().await;
    if copied.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    let copied = copied?;
    std::fs::File::open(&part)?.sync_all()?;
    std::fs::rename(&part, file).with_context(|| format!("writing {}", file.display()))?;
    println!("已备份 {} 张表、{} 行到 {}", copied.len(), rows(&copied), file.display());
    Ok(())
}

async fn copy_to(from: &Db, file: &Path) -> anyhow::Result<Vec<Copied>> {
    let to = Db::connect(&file_database(file)).await?;
    let copied = copy::copy(from, &to, |_| {}).await;
    to.close().await;
    Ok(copied?)
}

/// The database in a file.
pub(super) fn file_database(file: &Path) -> DatabaseSettings {
    DatabaseSettings { url: format!("sqlite://{}", file.display()), connections: 1, ..DatabaseSettings::default() }
}

/// Rows of all tables.
pub(super) fn rows(copied: &[Copied]) -> i64 {
    copied.iter().map(|table| table.rows).sum()
}
