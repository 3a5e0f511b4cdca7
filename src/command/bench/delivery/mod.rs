//! `xiaoer bench delivery`: the delivery ledger.
//!
//! Clients talk to the complete server while their sockets are cut at random and the server is killed with SIGKILL
//! again and again. With several nodes, PostgreSQL and NATS are the command's own: nodes are killed one after the other,
//! clients come back at whichever node they find, NATS is gone for a while, and PostgreSQL is restarted. Rolling restarts
//! stop all nodes in turn with SIGTERM, as for a new version. Each client keeps what a widget keeps: its token, what it
//! has said, what was acknowledged, and the transcript it was shown. At the end its ledger is compared with what the
//! server holds.

mod audit;
mod stage;
mod talker;

use super::percentile;
use super::process::Folder;
use super::texts;
use crate::config::Config;
use anyhow::{Context as _, ensure};
use audit::Count;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use stage::{Accident, Stage};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use talker::{Ledger, Talker};
use tokio::task::JoinSet;

/// Time between two looks at how much was acknowledged.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Options of `xiaoer bench delivery`.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// 用 SIGKILL 杀死服务端的次数
    #[arg(long, default_value_t = 50)]
    kills: u32,
    /// 滚动重启的次数：每次用 SIGTERM 逐个停下并重启所有节点
    #[arg(long, default_value_t = 0)]
    rolling: u32,
    /// 同时对话的客户端数
    #[arg(long, default_value_t = 20)]
    connections: usize,
    /// 至少确认多少条消息
    #[arg(long, default_value_t = 20_000)]
    messages: u64,
    /// 节点数；多于一个时自带 PostgreSQL 和 NATS，中途停掉 NATS、重启 PostgreSQL
    #[arg(long, default_value_t = 1)]
    nodes: usize,
    /// NATS 停多少秒
    #[arg(long, default_value_t = 20)]
    bus_down: u64,
    /// 随机数种子
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// 结果只输出一行 JSON
    #[arg(long)]
    json: bool,
}

/// What the ledgers say.
#[derive(Debug, Clone, Serialize)]
struct Report {
    acknowledged: u64,
    lost: u64,
    duplicated: u64,
    reordered: u64,
    kills: u32,
    rolling: u32,
    nodes: usize,
    resume_p50_ms: f64,
    /// Times that a client has come back.
    resumed: usize,
    /// Sockets that were cut by the client, without a close.
    cuts: u64,
    connections: usize,
    /// Clients whose transcript is not the server's, message for message.
    unequal_transcripts: u64,
}

/// What clients and the one who kills the server share.
pub(super) struct Shared {
    /// Of each node.
    pub(super) addresses: Vec<SocketAddr>,
    pub(super) texts: Vec<String>,
    pub(super) acknowledged: AtomicU64,
    /// Set when enough was said: clients bring to an end what they are about.
    pub(super) enough: AtomicBool,
}

/// Kills, cuts, counts and prints.
///
/// # Errors
/// What stands in the way, or a ledger that does not balance.
pub(super) async fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<()> {
    ensure!(arguments.connections > 0, "--connections 至少是 1");
    ensure!(arguments.nodes > 0, "--nodes 至少是 1");
    let folder = Folder::new(config)?;
    let mut stage = Stage::set(config, &folder, arguments.nodes).await?;
    let shared = Arc::new(Shared {
        addresses: stage.addresses(),
        texts: texts::of_shop(config)?,
        acknowledged: AtomicU64::new(0),
        enough: AtomicBool::new(false),
    });
    let mut talks = JoinSet::new();
    for number in 0..arguments.connections {
        let talker = Talker::new(Arc::clone(&shared), number, arguments.seed);
        talks.spawn(talker.talk());
    }
    for (point, accident) in accidents(arguments) {
        said(&shared, point, &mut talks).await?;
        stage.befall(accident).await?;
    }
    said(&shared, arguments.messages, &mut talks).await?;
    shared.enough.store(true, Ordering::Relaxed);
    let ledgers: Vec<Ledger> = talks.join_all().await.into_iter().collect::<Result<_, _>>()?;
    let report = audit(arguments, &shared, &ledgers).await?;
    drop(stage);
    if arguments.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print_table(&report);
    }
    let balanced = report.lost + report.duplicated + report.reordered + report.unequal_transcripts == 0;
    ensure!(balanced, "账本对不上");
    Ok(())
}

/// What befalls the servers, and after how many acknowledged messages: kills spread over the whole, each at a random
/// place, and rolling restarts, evenly; with several nodes, the bus goes after a third, and the database after two thirds.
fn accidents(arguments: &Arguments) -> Vec<(u64, Accident)> {
    let mut random = ChaCha8Rng::seed_from_u64(arguments.seed);
    let stretch = arguments.messages as f64 / f64::from(arguments.kills + 1);
    let mut accidents: Vec<(u64, Accident)> = (0..arguments.kills)
        .map(|kill| {
            let point = (stretch * (f64::from(kill) + random.random_range(0.3..1.3))) as u64;
            (point, Accident::Kill(random.random_range(0..arguments.nodes)))
        })
        .collect();
    for rolling in 0..arguments.rolling {
        let point = arguments.messages * u64::from(rolling + 1) / u64::from(arguments.rolling + 1);
        accidents.extend((0..arguments.nodes).map(|node| (point, Accident::Restart(node))));
    }
    if arguments.nodes > 1 {
        accidents.push((arguments.messages / 3, Accident::BusGone(Duration::from_secs(arguments.bus_down))));
        accidents.push((arguments.messages * 2 / 3, Accident::DatabaseRestarts));
    }
    accidents.sort_by_key(|(point, _)| *point);
    accidents
}

/// Waits until so many messages are acknowledged. A client that fails ends it at once.
async fn said(shared: &Shared, count: u64, talks: &mut JoinSet<anyhow::Result<Ledger>>) -> anyhow::Result<()> {
    while shared.acknowledged.load(Ordering::Relaxed) < count {
        if let Some(ended) = talks.try_join_next() {
            ended?.context("a client")?;
            anyhow::bail!("a client ended before enough was said");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(())
}

async fn audit(arguments: &Arguments, shared: &Shared, ledgers: &[Ledger]) -> anyhow::Result<Report> {
    let mut count = Count::default();
    let (mut resumes, mut cuts) = (Vec::new(), 0);
    for ledger in ledgers {
        let held = talker::transcript_of(shared.addresses[0], ledger).await?;
        count.add(&audit::compare(ledger, &held));
        resumes.extend(&ledger.resumes);
        cuts += ledger.cuts;
    }
    resumes.sort_unstable();
    Ok(Report {
        acknowledged: shared.acknowledged.load(Ordering::Relaxed),
        lost: count.lost,
        duplicated: count.duplicated,
        reordered: count.reordered,
        kills: arguments.kills,
        rolling: arguments.rolling,
        nodes: arguments.nodes,
        resume_p50_ms: percentile(&resumes, 0.5) / 1_000.0,
        resumed: resumes.len(),
        cuts,
        connections: arguments.connections,
        unequal_transcripts: count.unequal,
    })
}

fn print_table(report: &Report) {
    println!(
        "{} 个节点，杀死 {} 次，滚动重启 {} 次，切断连接 {} 次，{} 个客户端",
        report.nodes, report.kills, report.rolling, report.cuts, report.connections
    );
    println!("已确认  {}", report.acknowledged);
    println!("丢失    {}", report.lost);
    println!("重复    {}", report.duplicated);
    println!("乱序    {}", report.reordered);
    println!("客户端与服务端记录不一致  {}", report.unequal_transcripts);
    println!("恢复会话中位数  {:.1} 毫秒（{} 次）", report.resume_p50_ms, report.resumed);
}
