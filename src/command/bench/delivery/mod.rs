//! `xiaoer bench delivery`: the delivery ledger.
//!
//! Clients talk to the complete server while their sockets are cut at random and the server is killed with SIGKILL
//! again and again. Each client keeps what a widget keeps: its token, what it has said, what was acknowledged, and the
//! transcript it was shown. At the end its ledger is compared with what the server holds.

mod audit;
mod talker;

use super::percentile;
use super::process::{Folder, Server, free_port};
use super::texts;
use crate::config::Config;
use anyhow::{Context as _, ensure};
use audit::Count;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use std::net::{Ipv4Addr, SocketAddr};
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
    /// 同时对话的客户端数
    #[arg(long, default_value_t = 20)]
    connections: usize,
    /// 至少确认多少条消息
    #[arg(long, default_value_t = 20_000)]
    messages: u64,
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
    pub(super) address: SocketAddr,
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
    let folder = Folder::new(config)?;
    let port = free_port()?;
    let shared = Arc::new(Shared {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        texts: texts::of_shop(config)?,
        acknowledged: AtomicU64::new(0),
        enough: AtomicBool::new(false),
    });
    let mut server = Server::complete(config, &folder, port).await?;
    let mut talks = JoinSet::new();
    for number in 0..arguments.connections {
        let talker = Talker::new(Arc::clone(&shared), number, arguments.seed);
        talks.spawn(talker.talk());
    }
    for point in kill_points(arguments) {
        said(&shared, point, &mut talks).await?;
        server.kill().await?;
        server = Server::complete(config, &folder, port).await?;
    }
    said(&shared, arguments.messages, &mut talks).await?;
    shared.enough.store(true, Ordering::Relaxed);
    let ledgers: Vec<Ledger> = talks.join_all().await.into_iter().collect::<Result<_, _>>()?;
    let report = audit(arguments, &shared, &ledgers).await?;
    drop(server);
    if arguments.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print_table(&report);
    }
    let balanced = report.lost + report.duplicated + report.reordered + report.unequal_transcripts == 0;
    ensure!(balanced, "账本对不上");
    Ok(())
}

/// After how many acknowledged messages the server is killed: spread over the whole, each at a random place.
fn kill_points(arguments: &Arguments) -> Vec<u64> {
    let mut random = ChaCha8Rng::seed_from_u64(arguments.seed);
    let stretch = arguments.messages as f64 / f64::from(arguments.kills + 1);
    (0..arguments.kills).map(|kill| (stretch * (f64::from(kill) + random.random_range(0.3..1.3))) as u64).collect()
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
        let held = talker::transcript_of(shared.address, ledger).await?;
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
        resume_p50_ms: percentile(&resumes, 0.5) / 1_000.0,
        resumed: resumes.len(),
        cuts,
        connections: arguments.connections,
        unequal_transcripts: count.unequal,
    })
}

fn print_table(report: &Report) {
    println!("杀死服务端 {} 次，切断连接 {} 次，{} 个客户端", report.kills, report.cuts, report.connections);
    println!("已确认  {}", report.acknowledged);
    println!("丢失    {}", report.lost);
    println!("重复    {}", report.duplicated);
    println!("乱序    {}", report.reordered);
    println!("客户端与服务端记录不一致  {}", report.unequal_transcripts);
    println!("恢复会话中位数  {:.1} 毫秒（{} 次）", report.resume_p50_ms, report.resumed);
}
