//! `xiaoer import`

use crate::clock::Clock;
use crate::config::Config;
use crate::service::import::{self, Imported};
use crate::store::Db;

/// Imports the knowledge folder.
///
/// # Errors
/// Every broken row with file, line and reason; nothing was imported then.
pub async fn run(config: &Config) -> anyhow::Result<()> {
    let db = Db::connect(&config.database).await?;
    match import::import(&db, &config.knowledge.folder, Clock::system().now()).await? {
        Imported::Published(version) => println!("已导入，知识库版本 {version}"),
        Imported::Unchanged(version) => println!("内容没有变化，仍是版本 {version}"),
    }
    db.close().await;
    Ok(())
}
