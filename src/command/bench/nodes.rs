//! `xiaoer bench nodes`: what more nodes bring on this machine, and what they wait for.
//!
//! One PostgreSQL and one NATS of the command's own, then one, two, three nodes, each with its own load generator and its
//! share of the connections. All of it stands on the same cores: a machine that is full with one node gets no faster by
//! a second one, so the processor time of each part says more than the turns.

use super::cluster::Cluster;
use super::load::Measured;
use super::process::{Folder, Server, Shared, free_port, processor_time_of, this_program};
use super::texts;
use crate::config::Config;
use anyhow::{Context as _, ensure};
use serde::Serialize;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::task::JoinSet;

/// Options of `xiaoer bench nodes`.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// 最多几个节点
    #[arg(long, default_value_t = 3)]
    nodes: usize,
    /// 同时对话的连接数，平分到各节点
    #[arg(long, default_value_t = 300)]
    connections: usize,
    /// 每种节点数测量多少秒
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// 结果只输出一行 JSON
    #[arg(long)]
    json: bool,
}

/// What so many nodes do together.
#[derive(Debug, Clone, Serialize)]
struct Row {
    nodes: usize,
    turns_per_second: f64,
    /// Of the slowest node.
    p50_ms: f64,
    p99_ms: f64,
    /// Processor time for a turn, in microseconds: of all nodes, and of PostgreSQL.
    node_cpu_us: f64,
    postgres_cpu_us: f64,
}

/// Everything that was measured.
#[derive(Debug, Clone, Serialize)]
struct Report {
    rows: Vec<Row>,
    connections: usize,
    seconds: u64,
    cores: usize,
}

/// Measures and prints.
///
/// # Errors
/// What stands in the way, for the operator.
pub(super) async fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<()> {
    ensure!(arguments.nodes > 0 && arguments.connections >= arguments.nodes, "--connections 至少和 --nodes 一样多");
    let folder = Folder::new(config)?;
    let list = folder.file("texts.txt");
    std::fs::write(&list, texts::of_shop(config)?.join("\n"))?;
    let cluster = Cluster::start(&folder).await?;
    let mut rows = Vec::new();
    for nodes in 1..=arguments.nodes {
        let shared = Shared { database: cluster.database(&format!("nodes{nodes}")).await?, bus: Some(cluster.bus()) };
        let mut servers = Vec::new();
        for _ in 0..nodes {
            servers.push(Server::on(config, &folder, free_port()?, &shared).await?);
        }
        rows.push(measure(&servers, arguments, &list).await?);
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let report = Report { rows, connections: arguments.connections, seconds: arguments.seconds, cores };
    if arguments.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print_table(&report);
    }
    Ok(())
}

async fn measure(servers: &[Server], arguments: &Arguments, list: &Path) -> anyhow::Result<Row> {
    let spent = || -> anyhow::Result<(Duration, Duration)> {
        let nodes = servers.iter().map(Server::processor_time).sum::<anyhow::Result<Duration>>()?;
        Ok((nodes, processor_time_of("postgres")?))
    };
    let before = spent()?;
    let mut loads = JoinSet::new();
    for server in servers {
        let mut command = this_program()?;
        command
            .args(["bench", "load", "--kind", "chat", "--fresh", "0", "--address", &server.address.to_string()])
            .args(["--connections", &(arguments.connections / servers.len()).to_string()])
            .args(["--seconds", &arguments.seconds.to_string(), "--texts"])
            .arg(list);
        let child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        loads.spawn(child.wait_with_output());
    }
    let mut measured = Vec::new();
    while let Some(output) = loads.join_next().await {
        let figures: Measured = serde_json::from_slice(&output??.stdout).context("the load generator's figures")?;
        measured.push(figures);
    }
    let after = spent()?;
    let turns = measured.iter().map(|one| one.all_turns).sum::<u64>().max(1) as f64;
    let per_turn = |before: Duration, after: Duration| after.saturating_sub(before).as_micros() as f64 / turns;
    let slowest = |pick: fn(&Measured) -> f64| measured.iter().map(pick).fold(0.0, f64::max);
    Ok(Row {
        nodes: servers.len(),
        turns_per_second: measured.iter().map(|one| one.turns_per_second).sum(),
        p50_ms: slowest(|one| one.p50_ms),
        p99_ms: slowest(|one| one.p99_ms),
        node_cpu_us: per_turn(before.0, after.0),
        postgres_cpu_us: per_turn(before.1, after.1),
    })
}

fn print_table(report: &Report) {
    println!(
        "{} 条连接平分到各节点，每种 {} 秒，{} 核，负载与服务同机",
        report.connections, report.seconds, report.cores
    );
    println!(
        "{:<8}{:>14}{:>12}{:>12}{:>16}{:>18}",
        "节点", "轮/秒", "p50 毫秒", "p99 毫秒", "节点 微秒/轮", "PostgreSQL 微秒/轮"
    );
    for row in &report.rows {
        println!(
            "{:<8}{:>16.0}{:>14.1}{:>14.1}{:>18.0}{:>20.0}",
            row.nodes, row.turns_per_second, row.p50_ms, row.p99_ms, row.node_cpu_us, row.postgres_cpu_us
        );
    }
}
