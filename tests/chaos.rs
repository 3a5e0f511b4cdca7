//! Faults between the server and its database, at random: connections to PostgreSQL are slow, silent or cut, another
//! program holds the lock of a SQLite file. Shoppers go on talking, and say again what was not acknowledged. Nothing that
//! was acknowledged is lost, nothing is there twice, the server stays, and afterwards it is as before.

use crate::support::{Client, PATIENCE, TestApp, say};
use futures_util::StreamExt;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio_tungstenite::tungstenite::Message;
use xiaoer::live::limits::Limits;
use xiaoer::live::protocol::{ClientFrame, ErrorCode, ServerFrame};

/// Shoppers, and what each of them says.
const SHOPPERS: usize = 4;
const MESSAGES: usize = 25;

/// How long the server waits for the lock of a file, and how long another program holds it before anybody has said
/// anything: whoever speaks first is refused.
const LOCK_WAIT_MS: u64 = 100;
const FIRST_HOLD: Duration = Duration::from_millis(1_500);

/// What happens to the bytes between server and database.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Weather {
    Fair,
    /// Every piece comes this much later.
    Slow(Duration),
    /// Connections stay open, and nothing passes.
    Silent,
    /// Connections are cut, new ones too.
    Cut,
}

/// A way to PostgreSQL that has weather.
struct Proxy {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
}

impl Proxy {
    async fn before(database: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (weather, seen) = watch::channel(Weather::Fair);
        tokio::spawn(async move {
            while let Ok((server, _)) = listener.accept().await {
                let (database, seen) = (database.clone(), seen.clone());
                tokio::spawn(async move {
                    if let Ok(database) = TcpStream::connect(database).await {
                        let (from_server, to_server) = server.into_split();
                        let (from_database, to_database) = database.into_split();
                        let out = pass(from_server, to_database, seen.clone());
                        let back = pass(from_database, to_server, seen);
                        // Where one direction ends, the connection does.
                        tokio::select! { () = out => {}, () = back => {} }
                    }
                });
            }
        });
        Self { address, weather }
    }
}

/// Passes bytes on, as the weather lets them, until a side closes or the connection is cut.
async fn pass(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mut seen: watch::Receiver<Weather>,
) {
    let mut bytes = vec![0; 8 * 1024];
    loop {
        let read = tokio::select! {
            read = from.read(&mut bytes) => read.unwrap_or(0),
            cut = seen.wait_for(|weather| *weather == Weather::Cut) => break drop(cut),
        };
        if read == 0 {
            break;
        }
        // The guard of what is seen must not be held over a wait.
        let now = seen.wait_for(|weather| *weather != Weather::Silent).await.map(|weather| *weather);
        match now {
            Ok(Weather::Slow(by)) => tokio::time::sleep(by).await,
            Ok(Weather::Cut) | Err(_) => break,
            Ok(Weather::Fair | Weather::Silent) => {}
        }
        if to.write_all(&bytes[..read]).await.is_err() {
            break;
        }
    }
}

/// A shopper who does not give up.
struct Shopper {
    token: Option<String>,
    client: Option<Client>,
    acknowledged: BTreeMap<String, i64>,
    /// Times that it was asked to try again later, or lost its socket.
    troubles: usize,
}

impl Shopper {
    /// Says something until it is acknowledged.
    async fn says(&mut self, server: SocketAddr, id: &str, text: &str) {
        loop {
            if self.client.is_none() {
                self.client = self.enters(server).await;
            }
            if let Some(client) = &mut self.client {
                match said(client, id, text).await {
                    Some(Ok(sequence)) => {
                        self.acknowledged.insert(id.to_owned(), sequence);
                        return;
                    }
                    // Not now: the same again.
                    Some(Err(())) => {}
                    None => self.client = None,
                }
            }
            self.troubles += 1;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn enters(&mut self, server: SocketAddr) -> Option<Client> {
        let mut client = Client::connect(server, Some(&format!("http://{server}")), "/ws/chat").await.ok()?;
        client.send(&ClientFrame::Hello { token: self.token.clone(), jwt: None, last_sequence: 0, page: None }).await;
        match frame(&mut client).await? {
            ServerFrame::Welcome { token, .. } => {
                // A shopper who was known stays who they are, whatever the database does.
                assert!(self.token.as_ref().is_none_or(|known| *known == token), "a known shopper became another");
                self.token = Some(token);
                Some(client)
            }
            _ => None,
        }
    }
}

async fn frame(client: &mut Client) -> Option<ServerFrame> {
    loop {
        match client.socket.next().await?.ok()? {
            Message::Text(text) => return Some(serde_json::from_str(&text).expect("a frame")),
            Message::Close(_) => return None,
            _ => {}
        }
    }
}

/// The sequence of a message; an error where it was refused for now, nothing where the socket is gone.
async fn said(client: &mut Client, id: &str, text: &str) -> Option<Result<i64, ()>> {
    use futures_util::SinkExt;
    let frame_of = serde_json::to_string(&say(id, text)).expect("JSON");
    client.socket.send(Message::text(frame_of)).await.ok()?;
    loop {
        match frame(client).await? {
            ServerFrame::Ack { client_id, sequence, .. } if client_id == id => return Some(Ok(sequence)),
            ServerFrame::Error { code: ErrorCode::Internal | ErrorCode::Busy, .. } => return Some(Err(())),
            ServerFrame::Error { code, message, .. } => panic!("{code:?} {message}"),
            _ => {}
        }
    }
}

/// Everybody talks; returns the shoppers when all was acknowledged.
async fn talk(server: SocketAddr) -> Vec<Shopper> {
    let talks = (0..SHOPPERS).map(|_| {
        tokio::spawn(async move {
            let mut shopper = Shopper { token: None, client: None, acknowledged: BTreeMap::new(), troubles: 0 };
            for number in 0..MESSAGES {
                let text = ["运费怎么算", "怎么退货", "你好"][number % 3];
                shopper.says(server, &number.to_string(), text).await;
            }
            shopper
        })
    });
    let mut shoppers = Vec::new();
    for talk in talks.collect::<Vec<_>>() {
        shoppers.push(tokio::time::timeout(6 * PATIENCE, talk).await.expect("it goes on").expect("no panic"));
    }
    shoppers
}

/// What was acknowledged is there once, at its place, and the conversation has no gap.
async fn nothing_is_lost(app: &TestApp, shoppers: Vec<Shopper>) {
    for shopper in shoppers {
        let (mut client, _) = app.shopper(shopper.token.as_deref(), 1_000).await;
        let mut messages = Vec::new();
        loop {
            let before = messages.first().map_or(i64::MAX, |first: &xiaoer::model::chat::Message| first.sequence);
            client.send(&ClientFrame::History { before }).await;
            let ServerFrame::History { messages: mut page, has_earlier } = client.next().await else { continue };
            page.append(&mut messages);
            messages = page;
            if !has_earlier {
                break;
            }
        }
        let sequences: Vec<i64> = messages.iter().map(|message| message.sequence).collect();
        assert_eq!(sequences, (1..=messages.len() as i64).collect::<Vec<_>>(), "without a gap");
        let mut kept = BTreeMap::new();
        for message in messages {
            if let Some(id) = message.client_id {
                assert_eq!(kept.insert(id, message.sequence), None, "nothing twice");
            }
        }
        assert_eq!(kept, shopper.acknowledged);
        assert_eq!(kept.len(), MESSAGES);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn line_33_faults_between_server_and_postgresql_lose_nothing_that_was_acknowledged() {
    let Ok(server) = std::env::var("TEST_POSTGRES") else {
        println!("skipped: no PostgreSQL; run tests/cluster.sh cargo test");
        return;
    };
    let (_, host) = server.split_once('@').expect("a user in the address");
    let proxy = Proxy::before(host.split('/').next().expect("a host").to_owned()).await;
    let direct = host.split('/').next().expect("a host").to_owned();
    let way = proxy.address.to_string();
    let app = TestApp::start_with(|config| {
        config.limits = Limits::none();
        config.database.url = config.database.url.replace(&direct, &way);
        config.bus.url = None;
    })
    .await;
    let weather = proxy.weather.clone();
    let over = Arc::new(AtomicBool::new(false));
    let changing = tokio::spawn({
        let over = over.clone();
        async move {
            let mut random = ChaCha8Rng::seed_from_u64(7);
            while !over.load(Ordering::Relaxed) {
                let next = match random.random_range(0..6) {
                    0 | 1 => Weather::Cut,
                    2 => Weather::Silent,
                    3 => Weather::Slow(Duration::from_millis(random.random_range(1..40))),
                    _ => Weather::Fair,
                };
                weather.send_replace(next);
                tokio::time::sleep(Duration::from_millis(random.random_range(5..120))).await;
            }
            weather.send_replace(Weather::Fair);
        }
    });
    let shoppers = talk(app.address).await;
    over.store(true, Ordering::Relaxed);
    changing.await.expect("no panic");
    let troubles: usize = shoppers.iter().map(|shopper| shopper.troubles).sum();
    assert!(troubles > 0, "the faults were felt");
    nothing_is_lost(&app, shoppers).await;
    assert_eq!(app.http("GET", "/readyz", &[], "").await.status, 200, "as before");
}

#[tokio::test(flavor = "multi_thread")]
async fn line_33_a_locked_sqlite_file_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let url = format!("sqlite://{}/chaos.db", folder.path().display());
    let app = TestApp::start_with(|config| {
        config.limits = Limits::none();
        config.database.url.clone_from(&url);
        config.database.lock_wait_ms = LOCK_WAIT_MS;
    })
    .await;
    let over = Arc::new(AtomicBool::new(false));
    let (held, is_held) = oneshot::channel();
    let holding = tokio::spawn({
        let over = over.clone();
        async move {
            let mut held = Some(held);
            let mut random = ChaCha8Rng::seed_from_u64(7);
            let other = sqlx::SqlitePool::connect(&url).await.expect("the file");
            let mut hold = FIRST_HOLD;
            while !over.load(Ordering::Relaxed) {
                let mut holder = other.acquire().await.expect("a connection");
                // The server may have it just now, for longer than one waits.
                if sqlx::query("BEGIN IMMEDIATE").execute(&mut *holder).await.is_ok() {
                    held.take().into_iter().for_each(|held| held.send(()).expect("somebody waits"));
                    tokio::time::sleep(hold).await;
                    hold = Duration::from_millis(random.random_range(5..3 * LOCK_WAIT_MS));
                    sqlx::query("ROLLBACK").execute(&mut *holder).await.expect("let go");
                }
                tokio::time::sleep(Duration::from_millis(random.random_range(1..30))).await;
            }
        }
    });
    is_held.await.expect("the lock");
    let shoppers = talk(app.address).await;
    over.store(true, Ordering::Relaxed);
    holding.await.expect("no panic");
    let troubles: usize = shoppers.iter().map(|shopper| shopper.troubles).sum();
    assert!(troubles > 0, "the lock was felt");
    nothing_is_lost(&app, shoppers).await;
    assert_eq!(app.http("GET", "/readyz", &[], "").await.status, 200, "as before");
}
