//! `xiaoer bench desk`: agents and shoppers, generated, against the complete server.
//!
//! Shoppers come one after the other and ask for a person; agents answer what they are given and resolve it after a
//! while. The assignment latency of a case is the time from the moment from which it could be assigned (the shopper's
//! call was acknowledged, and the slot that it got was free) to the frame at the agent.

use super::client::Client;
use super::percentile;
use super::process::{Folder, Server, free_port};
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::live::desk_protocol::{CaseChange, DeskClientFrame, DeskServerFrame};
use crate::live::protocol::{ClientFrame, SUBPROTOCOL, ServerFrame};
use crate::model::customer::{Role, Staff};
use crate::model::desk::{CaseCard, Counters, DeskSettings, OpeningHours, Stretch};
use crate::model::id::StaffId;
use crate::service::token::{new_token, token_hash};
use crate::store::desk::plan;
use crate::store::session::{self, NewSession};
use crate::store::staff::{self, StaffWithPassword};
use crate::store::{DatabaseSettings, Db};
use anyhow::{Context as _, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use uuid::Uuid;

/// How long everything may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// Options of `xiaoer bench desk`.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// 客服人数
    #[arg(long, default_value_t = 50)]
    agents: usize,
    /// 顾客人数
    #[arg(long, default_value_t = 2_000)]
    shoppers: usize,
    /// 每秒来多少位顾客
    #[arg(long, default_value_t = 80)]
    per_second: u32,
    /// 每位客服同时接待几位
    #[arg(long, default_value_t = 5)]
    capacity: i64,
    /// 一次接待平均多少毫秒，实际在一半到一倍半之间
    #[arg(long, default_value_t = 4_000)]
    handling_ms: u64,
    /// 随机数种子
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// 结果只输出一行 JSON
    #[arg(long)]
    json: bool,
}

/// What was measured.
#[derive(Debug, Clone, Serialize)]
struct Report {
    agents: usize,
    shoppers: usize,
    served: usize,
    assignment_p50_ms: f64,
    assignment_p99_ms: f64,
    wait_p50_ms: f64,
    wait_p99_ms: f64,
    wait_longest_ms: f64,
    longest_queue_of_one_agent: usize,
    counters: Counters,
    counters_right: bool,
}

/// When something happened, by conversation.
#[derive(Default)]
struct Ledger {
    called: Mutex<HashMap<Uuid, Instant>>,
    /// Conversation, when it was assigned, since when its slot was free.
    assigned: Mutex<Vec<(Uuid, Instant, Instant)>>,
    most: Mutex<usize>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Generates, measures and prints.
///
/// # Errors
/// What stands in the way, or numbers that are not right at the end.
pub(super) async fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<()> {
    ensure!(arguments.agents > 0 && arguments.shoppers > 0 && arguments.per_second > 0, "人数和速率至少是 1");
    let folder = Folder::new(config)?;
    let cookies = prepare(&folder, arguments).await?;
    let server = Server::complete(config, &folder, free_port()?).await?;
    let ledger = Arc::new(Ledger::default());
    let mut agents = JoinSet::new();
    let mut sockets = Vec::new();
    for cookie in &cookies {
        sockets.push((open(server.address, cookie).await?, cookie.clone()));
    }
    for (number, (socket, cookie)) in sockets.into_iter().enumerate() {
        let worker = Worker::new(number, arguments, server.address, cookie, Arc::clone(&ledger));
        agents.spawn(worker.work(socket));
    }
    let mut shoppers = JoinSet::new();
    let mut arrivals = tokio::time::interval(Duration::from_secs(1) / arguments.per_second);
    for number in 0..arguments.shoppers {
        arrivals.tick().await;
        shoppers.spawn(shop(server.address, number, Arc::clone(&ledger)));
    }
    let all = async {
        while let Some(done) = shoppers.join_next().await {
            done??;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(PATIENCE, all).await.context("nobody may wait for ever")??;
    agents.abort_all();
    let counters = counters(server.address, &cookies[0]).await?;
    let report = report(arguments, &ledger, counters);
    drop(server);
    if arguments.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print_table(&report);
    }
    ensure!(report.counters_right && report.served == arguments.shoppers, "结束时的数字不对");
    Ok(())
}

/// Makes the agents in an empty database, each with a session of the console; returns their cookies.
async fn prepare(folder: &Folder, arguments: &Arguments) -> anyhow::Result<Vec<String>> {
    let url = format!("sqlite://{}", folder.file("bench.db").display());
    let db = Db::connect(&DatabaseSettings { url, connections: 2, ..DatabaseSettings::default() }).await?;
    let day = vec![Stretch { from: 0, to: 24 * 60 }];
    let hours = OpeningHours { week: vec![day; 7], special: Vec::new() };
    let settings = DeskSettings { hours, capacity: arguments.capacity, ..DeskSettings::default() };
    let now = Clock::system().now();
    plan::put_settings(&db, &settings, now).await?;
    let mut cookies = Vec::new();
    for number in 0..arguments.agents {
        let staff = Staff { id: StaffId(Uuid::now_v7()), name: format!("agent-{number}"), role: Role::Agent };
        let (id, cookie) = (staff.id, new_token()?);
        // Nobody signs in with a password here.
        staff::put(&db, &StaffWithPassword { staff, password_hash: "-".to_owned() }, now).await?;
        let token_hash = token_hash(&cookie);
        let expires = Timestamp(i64::MAX);
        let session =
            NewSession { token_hash: &token_hash, who: id, now, expires, address: "127.0.0.1", program: "bench" };
        session::open(&db, &session).await?;
        cookies.push(cookie);
    }
    db.close().await;
    Ok(cookies)
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn open(server: SocketAddr, cookie: &str) -> anyhow::Result<Socket> {
    let mut request = format!("ws://{server}/ws/desk").into_client_request()?;
    request.headers_mut().insert("sec-websocket-protocol", SUBPROTOCOL.parse()?);
    request.headers_mut().insert("origin", format!("http://{server}").parse()?);
    request.headers_mut().insert("cookie", format!("xiaoer_session={cookie}").parse()?);
    let (mut socket, _) = connect_async(request).await?;
    send(&mut socket, &DeskClientFrame::Hello {}).await?;
    Ok(socket)
}

async fn send(socket: &mut Socket, frame: &DeskClientFrame) -> anyhow::Result<()> {
    Ok(socket.send(Message::text(serde_json::to_string(frame)?)).await?)
}

async fn next(socket: &mut Socket) -> anyhow::Result<DeskServerFrame> {
    loop {
        match socket.next().await.context("the connection ended")?? {
            Message::Text(text) => match serde_json::from_str(&text)? {
                DeskServerFrame::Ping {} => send(socket, &DeskClientFrame::Pong {}).await?,
                frame => return Ok(frame),
            },
            Message::Close(frame) => bail!("closed by the server: {frame:?}"),
            _ => {}
        }
    }
}

/// An agent who works.
struct Worker {
    server: SocketAddr,
    cookie: String,
    ledger: Arc<Ledger>,
    random: ChaCha8Rng,
    handling_ms: u64,
    /// Since when each free slot is free, the longest first.
    free: VecDeque<Instant>,
    open: usize,
}

impl Worker {
    fn new(number: usize, arguments: &Arguments, server: SocketAddr, cookie: String, ledger: Arc<Ledger>) -> Self {
        let free = (0..arguments.capacity).map(|_| Instant::now()).collect();
        let random = ChaCha8Rng::seed_from_u64(arguments.seed.wrapping_add(number as u64));
        Self { server, cookie, ledger, random, handling_ms: arguments.handling_ms, free, open: 0 }
    }

    async fn work(mut self, mut socket: Socket) -> anyhow::Result<()> {
        let (done, mut resolved) = mpsc::unbounded_channel();
        loop {
            tokio::select! {
                Some(at) = resolved.recv() => {
                    self.open -= 1;
                    self.free.push_back(at);
                }
                frame = next(&mut socket) => {
                    if let DeskServerFrame::Case { change: CaseChange::Assigned, case } = frame? {
                        self.took(&mut socket, case, done.clone()).await?;
                    }
                }
            }
        }
    }

    async fn took(
        &mut self,
        socket: &mut Socket,
        case: CaseCard,
        done: mpsc::UnboundedSender<Instant>,
    ) -> anyhow::Result<()> {
        let now = Instant::now();
        let free = self.free.pop_front().unwrap_or(now);
        lock(&self.ledger.assigned).push((case.conversation_id, now, free));
        self.open += 1;
        {
            let mut most = lock(&self.ledger.most);
            *most = self.open.max(*most);
        }
        let saying = DeskClientFrame::Say {
            conversation_id: case.conversation_id,
            client_id: case.id.to_string(),
            text: "您好，我来帮您".to_owned(),
            products: Vec::new(),
            suggestion: None,
        };
        send(socket, &saying).await?;
        let think = Duration::from_millis(self.random.random_range(self.handling_ms / 2..=self.handling_ms * 3 / 2));
        let (server, cookie) = (self.server, self.cookie.clone());
        tokio::spawn(async move {
            tokio::time::sleep(think).await;
            // The slot may be filled before the answer is read: it counts as free from the moment that it is asked for.
            let _ = done.send(Instant::now());
            if let Err(error) = resolve(server, &cookie, case.id).await {
                tracing::error!(%error, "not resolved");
            }
        });
        Ok(())
    }
}

async fn resolve(server: SocketAddr, cookie: &str, case: Uuid) -> anyhow::Result<()> {
    let body = r#"{"reason":"已解决"}"#;
    let request = format!(
        "POST /api/desk/cases/{case}/resolve HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\
         Cookie: xiaoer_session={cookie}\r\nX-Xiaoer-Csrf: 1\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(server).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    Ok(())
}

/// A shopper who asks for a person and stays until the matter is settled.
async fn shop(server: SocketAddr, number: usize, ledger: Arc<Ledger>) -> anyhow::Result<()> {
    let (mut client, welcome) = Client::greet(server, number, None, 0).await?;
    let ServerFrame::Welcome { conversation_id, .. } = welcome else { bail!("a welcome was expected") };
    let conversation = conversation_id.parse()?;
    client.send(&ClientFrame::Say { client_id: "1".into(), text: "转人工".into(), page: None }).await?;
    loop {
        match client.frame().await? {
            ServerFrame::Ack { .. } => drop(lock(&ledger.called).insert(conversation, Instant::now())),
            ServerFrame::RatingRequest { .. } => return Ok(()),
            _ => {}
        }
    }
}

/// The numbers of a fresh session.
async fn counters(server: SocketAddr, cookie: &str) -> anyhow::Result<Counters> {
    match next(&mut open(server, cookie).await?).await? {
        DeskServerFrame::Welcome { counters, .. } => Ok(counters),
        other => bail!("a welcome was expected, not {other:?}"),
    }
}

fn report(arguments: &Arguments, ledger: &Ledger, counters: Counters) -> Report {
    let (called, assigned) = (lock(&ledger.called), lock(&ledger.assigned));
    let micros = |time: Duration| u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
    let (mut latencies, mut waits): (Vec<u32>, Vec<u32>) = (assigned.iter())
        .map(|(conversation, at, free)| {
            let asked = called.get(conversation).copied().unwrap_or(*at);
            let since = |moment: Instant| micros(at.saturating_duration_since(moment));
            (since(asked.max(*free)), since(asked))
        })
        .unzip();
    latencies.sort_unstable();
    waits.sort_unstable();
    let millis = |sorted: &[u32], share| percentile(sorted, share) / 1_000.0;
    let resolved = counters.resolved_today == arguments.shoppers as i64;
    Report {
        agents: arguments.agents,
        shoppers: arguments.shoppers,
        served: assigned.len(),
        assignment_p50_ms: millis(&latencies, 0.5),
        assignment_p99_ms: millis(&latencies, 0.99),
        wait_p50_ms: millis(&waits, 0.5),
        wait_p99_ms: millis(&waits, 0.99),
        wait_longest_ms: millis(&waits, 1.0),
        longest_queue_of_one_agent: *lock(&ledger.most),
        counters_right: resolved && counters.waiting == 0 && counters.open == 0 && counters.tickets == 0,
        counters,
    }
}

fn print_table(report: &Report) {
    println!("{} 位客服，{} 位顾客，接待了 {} 次", report.agents, report.shoppers, report.served);
    println!("分配延迟  p50 {:.1} 毫秒，p99 {:.1} 毫秒", report.assignment_p50_ms, report.assignment_p99_ms);
    let (median, longest) = (report.wait_p50_ms, report.wait_longest_ms);
    println!("等待      中位数 {median:.0} 毫秒，p99 {:.0} 毫秒，最久 {longest:.0} 毫秒", report.wait_p99_ms);
    println!("一位客服同时最多 {} 个会话", report.longest_queue_of_one_agent);
    let counters = report.counters;
    let right = if report.counters_right { "正确" } else { "不对" };
    println!(
        "结束时    等待 {}，进行中 {}，今天办结 {}：{right}",
        counters.waiting, counters.open, counters.resolved_today
    );
}
