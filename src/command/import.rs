//! `xiaoer import`

use crate::clock::Clock;
use crate::config::Config;
use crate::service::event_import;
use crate::service::import::{self, Imported};
use crate::store::Db;
use anyhow::Context as _;
use std::path::PathBuf;

/// Options of `xiaoer import`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Arguments {
    /// 另外导入行为记录（CSV：shopper,sku,kind,value,at 或 userId,movieId,rating,timestamp）；正在运行的服务一秒内学到
    #[arg(long)]
    pub events: Option<PathBuf>,
}

/// Imports the knowledge folder, and events where a file is named.
///
/// # Errors
/// Every broken row with file, line and reason; nothing of that file was imported then.
pub async fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<()> {
    let db = Db::connect(&config.database).await?;
    match import::import(&db, &config.knowledge.folder, Clock::system().now()).await? {
        Imported::Published(version) => println!("已导入，知识库版本 {version}"),
        Imported::Unchanged(version) => println!("内容没有变化，仍是版本 {version}"),
    }
    if let Some(path) = &arguments.events {
        let name = path.display().to_string();
        let bytes = tokio::fs::read(path).await.with_context(|| name.clone())?;
        let added = event_import::import(&db, &name, &bytes, Clock::system().now()).await?;
        println!("已导入 {added} 条新的行为记录");
    }
    db.close().await;
    Ok(())
}
