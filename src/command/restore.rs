//! `xiaoer restore`: a backup into an empty database of either kind.

use super::backup::{file_database, rows};
use crate::config::Config;
use crate::store::{Db, StoreError, copy};
use anyhow::{bail, ensure};
use std::path::PathBuf;

/// Options of `xiaoer restore`.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// `xiaoer backup` 写的文件
    #[arg(long)]
    from: PathBuf,
}

/// Copies a backup into the database of the settings, which has to be empty.
///
/// # Errors
/// For the operator; the database is then as it was.
pub async fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<()> {
    ensure!(arguments.from.is_file(), "没有 {} 这个文件", arguments.from.display());
    crate::app::ensure_folder(&config.database)?;
    let from = Db::connect(&file_database(&arguments.from)).await?;
    let to = Db::connect(&config.database).await?;
    let copied = copy::copy(&from, &to, |_| {}).await;
    from.close().await;
    to.close().await;
    match copied {
        Ok(copied) => println!("已恢复 {} 张表、{} 行", copied.len(), rows(&copied)),
        Err(StoreError::NotEmpty(table)) => {
            bail!("目标数据库不是空的（表 {table} 里有数据）。请先停止服务，把旧的数据库移走，再恢复到空库")
        }
        Err(other) => return Err(other.into()),
    }
    Ok(())
}
