//! `xiaoer migrate-database`: a shop that outgrows one machine moves to PostgreSQL.

use super::backup::rows;
use crate::store::{DatabaseSettings, Db, StoreError, copy};
use anyhow::bail;

/// Connections to each side: one reads or writes, the other brings the schema up to date.
const CONNECTIONS: u32 = 2;

/// Options of `xiaoer migrate-database`.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// 原来的数据库，例如 sqlite://data/xiaoer.db；请先停止服务
    #[arg(long)]
    from: String,
    /// 新的数据库，必须是空的，例如 postgres://xiaoer:密码@主机/xiaoer
    #[arg(long)]
    to: String,
}

/// Copies everything and prints the count of every table.
///
/// # Errors
/// For the operator; the new database is then as it was.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let [from, to] = [&arguments.from, &arguments.to].map(|url| DatabaseSettings {
        url: url.clone(),
        connections: CONNECTIONS,
        ..DatabaseSettings::default()
    });
    if let Some(file) = from.file().filter(|file| !file.is_file()) {
        bail!("没有 {} 这个数据库文件", file.display());
    }
    let (from, to) = (Db::connect(&from).await?, Db::connect(&to).await?);
    let copied = copy::copy(&from, &to, |table| println!("{:<28}{:>12} 行", table.table, table.rows)).await;
    from.close().await;
    to.close().await;
    match copied {
        Ok(copied) => println!("{} 张表、{} 行，逐表核对无误", copied.len(), rows(&copied)),
        Err(StoreError::NotEmpty(table)) => bail!("新的数据库不是空的（表 {table} 里有数据）"),
        Err(other) => return Err(other.into()),
    }
    Ok(())
}
