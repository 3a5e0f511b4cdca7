//! `xiaoer bench chat`: the complete server beside a bare echo server.
//!
//! Both are asked by the same load generator, in turns, so that whatever else the machine does meets both alike. The
//! complete server understands, searches, classifies, commits message, answer and trace to its database on the disk,
//! and acknowledges after that; the echo server sends back what it got.

use super::load::Measured;
use super::process::{Folder, Server, free_port, open_files_limit, this_program};
use super::texts;
use crate::config::Config;
use anyhow::{Context as _, ensure};
use serde::Serialize;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Times that each server is measured; the rounds alternate.
const ROUNDS: u64 = 3;

/// Connections that a server has had before its memory is looked at for the first time.
const WARM_UP_CONNECTIONS: usize = 500;

/// Files that a process needs besides its sockets.
const OTHER_FILES: usize = 64;

/// Options of `xiaoer bench chat`.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// 同时对话的连接数，每条连接等到回答才发下一条
    #[arg(long, default_value_t = 500)]
    connections: usize,
    /// 每个服务总共测量多少秒
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// 测量内存时保持的空闲连接数；超过文件数上限时自动减少
    #[arg(long, default_value_t = 10_000)]
    idle: usize,
    /// 每一百条消息里有几条是谁都没有问过的新句子
    #[arg(long, default_value_t = 0)]
    fresh: u32,
    /// 只发不读的连接占百分之几；大于 0 时只测完整的服务，并每五秒记录它的内存
    #[arg(long, default_value_t = 0)]
    deaf: usize,
    /// 结果只输出一行 JSON
    #[arg(long)]
    json: bool,
}

/// The figures of one server.
#[derive(Debug, Clone, Default, Serialize)]
struct Figures {
    turns_per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    bytes_per_idle_connection: f64,
    /// Processor time of the server alone; other work on the machine does not change it much.
    cpu_us_per_turn: f64,
}

/// The complete server's figures divided by the echo server's.
#[derive(Debug, Clone, Serialize)]
struct Ratio {
    turns_per_second: f64,
    p50: f64,
    p99: f64,
    bytes_per_idle_connection: f64,
}

/// Everything that was measured.
#[derive(Debug, Clone, Serialize)]
struct Report {
    server: Figures,
    echo: Figures,
    ratio: Ratio,
    connections: usize,
    idle_connections: usize,
    seconds: u64,
    /// Different messages that are said, besides the fresh ones.
    texts: usize,
    fresh_percent: u32,
    cores: usize,
}

/// Memory of a server that some clients never read from.
#[derive(Debug, Clone, Serialize)]
struct MemoryReport {
    connections: usize,
    deaf_connections: usize,
    seconds: u64,
    turns_per_second: f64,
    /// Bytes, every five seconds.
    resident: Vec<u64>,
}

/// Measures and prints.
///
/// # Errors
/// What stands in the way, for the operator.
pub(super) async fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<()> {
    ensure!(arguments.connections > 0 && arguments.seconds > 0, "--connections 和 --seconds 至少是 1");
    let folder = Folder::new(config)?;
    let texts = texts::of_shop(config)?;
    let list = folder.file("texts.txt");
    std::fs::write(&list, texts.join("\n"))?;
    if arguments.deaf > 0 {
        return memory_under_load(config, arguments, &folder, &list).await;
    }
    let server = Server::complete(config, &folder, free_port()?).await?;
    let echo = Server::echo(free_port()?).await?;
    let idle_connections = arguments.idle.min(open_files_limit().saturating_sub(OTHER_FILES));
    let server_memory = idle_memory(&server, idle_connections).await?;
    let echo_memory = idle_memory(&echo, idle_connections).await?;
    let (mut of_server, mut of_echo) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        of_echo.push(load(&echo, "echo", arguments, &list).await?);
        of_server.push(load(&server, "chat", arguments, &list).await?);
    }
    let (server, echo) = (figures(&of_server, server_memory), figures(&of_echo, echo_memory));
    let report = Report {
        ratio: Ratio {
            turns_per_second: server.turns_per_second / echo.turns_per_second,
            p50: server.p50_ms / echo.p50_ms,
            p99: server.p99_ms / echo.p99_ms,
            bytes_per_idle_connection: server.bytes_per_idle_connection / echo.bytes_per_idle_connection,
        },
        server,
        echo,
        connections: arguments.connections,
        idle_connections,
        seconds: arguments.seconds,
        texts: texts.len(),
        fresh_percent: arguments.fresh,
        cores: std::thread::available_parallelism().map_or(1, usize::from),
    };
    if arguments.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print_table(&report);
    }
    Ok(())
}

/// The middle round of each figure: a disturbance of one round does not count.
fn figures(rounds: &[Round], bytes_per_idle_connection: f64) -> Figures {
    let middle = |pick: fn(&Round) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(pick).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    Figures {
        turns_per_second: middle(|round| round.measured.turns_per_second),
        p50_ms: middle(|round| round.measured.p50_ms),
        p99_ms: middle(|round| round.measured.p99_ms),
        bytes_per_idle_connection,
        cpu_us_per_turn: middle(|round| round.cpu_us_per_turn),
    }
}

fn load_command(address: SocketAddr, kind: &str, arguments: &Arguments, list: &Path) -> anyhow::Result<Command> {
    let mut command = this_program()?;
    command
        .args(["bench", "load", "--address", &address.to_string(), "--kind", kind])
        .args(["--connections", &arguments.connections.to_string(), "--fresh", &arguments.fresh.to_string()])
        .arg("--texts")
        .arg(list);
    Ok(command)
}

/// One round of load on one server.
struct Round {
    measured: Measured,
    cpu_us_per_turn: f64,
}

async fn load(server: &Server, kind: &str, arguments: &Arguments, list: &Path) -> anyhow::Result<Round> {
    let mut command = load_command(server.address, kind, arguments, list)?;
    command.args(["--seconds", &arguments.seconds.div_ceil(ROUNDS).to_string()]);
    let before = server.processor_time()?;
    let measured = measured(command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?).await?;
    let spent = server.processor_time()?.saturating_sub(before);
    let cpu_us_per_turn = spent.as_micros() as f64 / measured.all_turns.max(1) as f64;
    Ok(Round { measured, cpu_us_per_turn })
}

async fn measured(child: Child) -> anyhow::Result<Measured> {
    let output = child.wait_with_output().await?;
    ensure!(output.status.success(), "the load generator ended with {}", output.status);
    serde_json::from_slice(&output.stdout).context("the load generator's figures")
}

/// Bytes that a server holds more for each connection that is open and says nothing.
async fn idle_memory(server: &Server, connections: usize) -> anyhow::Result<f64> {
    Holder::open(server.address, WARM_UP_CONNECTIONS.min(connections)).await?.close().await?;
    let before = server.resident_bytes()?;
    let holder = Holder::open(server.address, connections).await?;
    let after = server.resident_bytes()?;
    holder.close().await?;
    Ok(after.saturating_sub(before) as f64 / connections.max(1) as f64)
}

/// A process that holds connections open.
struct Holder(Child);

impl Holder {
    async fn open(address: SocketAddr, connections: usize) -> anyhow::Result<Self> {
        let mut command = this_program()?;
        command
            .args(["bench", "idle", "--address", &address.to_string()])
            .args(["--connections", &connections.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.kill_on_drop(true).spawn()?;
        let mut line = String::new();
        let output = child.stdout.take().context("its output")?;
        BufReader::new(output).read_line(&mut line).await?;
        ensure!(line.trim() == "open", "the idle connections could not be opened");
        Ok(Self(child))
    }

    async fn close(mut self) -> anyhow::Result<()> {
        drop(self.0.stdin.take());
        self.0.wait().await?;
        Ok(())
    }
}

/// Load with clients that never read; the server's memory is looked at by the way.
async fn memory_under_load(config: &Config, arguments: &Arguments, folder: &Folder, list: &Path) -> anyhow::Result<()> {
    let server = Server::complete(config, folder, free_port()?).await?;
    let deaf_connections = arguments.connections * arguments.deaf / 100;
    let mut command = load_command(server.address, "chat", arguments, list)?;
    command
        .args(["--seconds", &arguments.seconds.to_string(), "--deaf", &deaf_connections.to_string()])
        .stdout(Stdio::piped());
    let measuring = measured(command.kill_on_drop(true).spawn()?);
    tokio::pin!(measuring);
    let mut looks = tokio::time::interval(std::time::Duration::from_secs(5));
    let mut resident = Vec::new();
    let measured = loop {
        tokio::select! {
            measured = &mut measuring => break measured?,
            _ = looks.tick() => resident.push(server.resident_bytes()?),
        }
    };
    let report = MemoryReport {
        connections: arguments.connections,
        deaf_connections,
        seconds: arguments.seconds,
        turns_per_second: measured.turns_per_second,
        resident,
    };
    if arguments.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!("{deaf_connections} 条连接只发不读，每秒 {:.0} 轮对话；内存（MB，每五秒）：", report.turns_per_second);
        let megabytes = report.resident.iter().map(|bytes| format!("{:.0}", *bytes as f64 / 1_048_576.0));
        println!("{}", megabytes.collect::<Vec<_>>().join(" "));
    }
    Ok(())
}

fn print_table(report: &Report) {
    let (server, echo, ratio) = (&report.server, &report.echo, &report.ratio);
    println!(
        "{} 条连接各自等到回答再发下一条，共 {} 秒，{} 核；{} 种不同的消息，另有 {}% 是全新的句子",
        report.connections, report.seconds, report.cores, report.texts, report.fresh_percent
    );
    println!("{:<34}{:>12}{:>12}{:>10}", "", "完整服务", "回声", "比值");
    let row = |name: &str, a: f64, b: f64, ratio: f64| println!("{name:<30}{a:>14.1}{b:>14.1}{ratio:>12.2}");
    row("turns per second", server.turns_per_second, echo.turns_per_second, ratio.turns_per_second);
    row("p50, ms", server.p50_ms, echo.p50_ms, ratio.p50);
    row("p99, ms", server.p99_ms, echo.p99_ms, ratio.p99);
    let idle = format!("bytes per idle connection ({})", report.idle_connections);
    row(
        "server CPU per turn, us",
        server.cpu_us_per_turn,
        echo.cpu_us_per_turn,
        server.cpu_us_per_turn / echo.cpu_us_per_turn,
    );
    row(&idle, server.bytes_per_idle_connection, echo.bytes_per_idle_connection, ratio.bytes_per_idle_connection);
}
