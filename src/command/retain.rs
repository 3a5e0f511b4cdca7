//! `xiaoer retain`: deletes at once what has had its time, or says what would be deleted.

use crate::clock::Clock;
use crate::config::Config;
use crate::service::retention::{Report, Retention};
use crate::store::Db;
use crate::store::retention::Kind;

/// Options of `xiaoer retain`.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// 只列出会删除什么，什么都不改
    #[arg(long)]
    dry_run: bool,
    /// 输出一行 JSON
    #[arg(long)]
    json: bool,
}

/// Deletes, or says what would be deleted. The server may run meanwhile.
///
/// # Errors
/// For the operator; what was deleted before stays deleted.
pub async fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<()> {
    let db = Db::connect(&config.database).await?;
    let retention = Retention::new(db.clone(), Clock::system(), config.retention);
    let report = if arguments.dry_run { retention.preview().await } else { retention.run().await };
    db.close().await;
    let done = if arguments.dry_run { "到期、会删除" } else { "已删除" };
    super::print_figures(&report?, arguments.json, |report| print(report, done, config))
}

fn print(report: &Report, done: &str, config: &Config) {
    for (kind, title) in Kind::ALL {
        let days = config.retention.days(kind).map_or_else(|| "一直保留".to_owned(), |days| format!("保留 {days} 天"));
        let rows: u64 = report.deleted.get(&kind).map_or(0, |tables| tables.values().sum());
        println!("{title}：{days}，{done} {rows} 行");
        for (table, rows) in report.deleted.get(&kind).into_iter().flatten() {
            println!("    {table} {rows}");
        }
    }
    println!("合计{done} {} 行，用时 {:.1} 秒", report.total(), report.seconds);
}
