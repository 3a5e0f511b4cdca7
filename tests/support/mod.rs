//! A real server on a free port with a database of its own, and clients that speak its protocol.

pub(crate) mod naughty;

use futures_util::{SinkExt, StreamExt};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use xiaoer::app::App;
use xiaoer::clock::Clock;
use xiaoer::config::Config;
use xiaoer::dialogue::Assistant;
use xiaoer::live::limits::Limits;
use xiaoer::live::protocol::{ClientFrame, ServerFrame};
use xiaoer::model::desk::{DeskSettings, OpeningHours, Stretch};
use xiaoer::model::id::ConversationId;
use xiaoer::service::behaviour::Behaviour;
use xiaoer::service::chat::Chat;
use xiaoer::service::desk::Desk;
use xiaoer::service::marketing::Marketing;
use xiaoer::service::personal_data::PersonalData;
use xiaoer::service::publish::Publisher;
use xiaoer::service::retention::Retention;
use xiaoer::store::desk::plan;
use xiaoer::store::{DatabaseSettings, Db, conversation};

/// How long a test waits for something that must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The folder of the test shop.
pub(crate) fn shop() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shop")
}

/// The assistant of the demo shop, without a server.
pub(crate) static DEMO: LazyLock<Assistant> = LazyLock::new(|| {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("knowledge_base");
    xiaoer::command::evaluate::parts::assistant(&demo).expect("the demo shop")
});

/// A copy of the test shop's folder that a test may change.
pub(crate) fn copy_of_shop() -> TempDir {
    copy_of(&shop())
}

/// A copy of a folder that a test may change.
pub(crate) fn copy_of(folder: &Path) -> TempDir {
    let copy = TempDir::new().expect("a temporary folder");
    copy_folder(folder, copy.path());
    copy
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            std::fs::copy(&path, target).expect("a copy");
        }
    }
}

/// A fresh database: a file in a folder, or one of the PostgreSQL server that `TEST_POSTGRES` names, if it names
/// one (`postgres://user@host/database`, whose user may make databases).
pub(crate) async fn database(folder: &TempDir) -> DatabaseSettings {
    let file = format!("sqlite://{}/test.db", folder.path().display());
    let url = postgres_database().await.unwrap_or(file);
    DatabaseSettings { url, ..DatabaseSettings::default() }
}

async fn postgres_database() -> Option<String> {
    let server = std::env::var("TEST_POSTGRES").ok()?;
    let name = format!("test_{}", uuid::Uuid::now_v7().simple());
    let pool = sqlx::PgPool::connect(&server).await.expect("the PostgreSQL server");
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::query(create).execute(&pool).await.expect("a database");
    pool.close().await;
    let (host, _) = server.rsplit_once('/').expect("a database in the address");
    Some(format!("{host}/{name}"))
}

/// Puts the test on the NATS server that `TEST_NATS` names, if it names one, on a subject of its own.
fn on_nats(config: &mut Config) {
    let Ok(server) = std::env::var("TEST_NATS") else { return };
    config.bus.url = Some(server);
    config.bus.subject = format!("test-{}", uuid::Uuid::now_v7().simple());
}

/// Whether there is a database and a bus that several nodes can share. `tests/cluster.sh` brings both.
pub(crate) fn is_cluster() -> bool {
    ["TEST_POSTGRES", "TEST_NATS"].iter().all(|name| std::env::var(name).is_ok())
}

/// Opens the desk around the clock, where nothing else is set: tests run at any hour.
pub(crate) async fn keep_open(database: &DatabaseSettings) {
    let db = Db::connect(database).await.expect("a database");
    if plan::settings(&db).await.expect("read").is_none() {
        let day = vec![Stretch { from: 0, to: 24 * 60 }];
        let hours = OpeningHours { week: vec![day; 7], special: Vec::new() };
        let settings = DeskSettings { hours, ..DeskSettings::default() };
        plan::put_settings(&db, &settings, xiaoer::clock::Timestamp(0)).await.expect("written");
    }
    db.close().await;
}

/// A running server. Its database lies in a folder that goes with it.
pub(crate) struct TestApp {
    pub(crate) address: SocketAddr,
    pub(crate) first_password: Option<String>,
    pub(crate) folder: TempDir,
    pub(crate) database: DatabaseSettings,
    pub(crate) publisher: Publisher,
    pub(crate) behaviour: Behaviour,
    /// The use case inside, to hold the server's places from a test.
    pub(crate) chat: Chat,
    pub(crate) desk: Desk,
    pub(crate) marketing: Marketing,
    pub(crate) personal: PersonalData,
    pub(crate) retention: Retention,
    /// Where figures can be fetched.
    pub(crate) metrics: Option<SocketAddr>,
    clock: Clock,
    config: Config,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<anyhow::Result<()>>,
}

impl TestApp {
    /// Starts with an empty database.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts with an empty database and settings of the test's own.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let mut config = Config::default();
        config.server.port = 0;
        config.database = database(&folder).await;
        config.knowledge.folder = shop();
        on_nats(&mut config);
        change(&mut config);
        Self::start_in(folder, config, Clock::system()).await
    }

    /// A server that lets a test say as much as it likes.
    pub(crate) async fn unlimited() -> Self {
        Self::start_with(|config| config.limits = Limits::none()).await
    }

    /// Starts with an empty database and a clock that the test moves.
    pub(crate) async fn start_at(clock: &Clock) -> Self {
        Self::start_at_with(clock, |_| {}).await
    }

    /// Starts with an empty database, a clock that the test moves, and settings of the test's own.
    pub(crate) async fn start_at_with(clock: &Clock, change: impl FnOnce(&mut Config)) -> Self {
        let (folder, mut config) = (TempDir::new().expect("a temporary folder"), Config::default());
        config.server.port = 0;
        config.database = database(&folder).await;
        config.knowledge.folder = shop();
        on_nats(&mut config);
        change(&mut config);
        Self::start_in(folder, config, clock.clone()).await
    }

    /// A second server on the same database, as another node.
    pub(crate) async fn beside(&self) -> Self {
        self.beside_with(|_| {}).await
    }

    /// The same, configured otherwise.
    pub(crate) async fn beside_with(&self, change: impl FnOnce(&mut Config)) -> Self {
        let (folder, mut config) = (TempDir::new().expect("a temporary folder"), self.config.clone());
        change(&mut config);
        Self::start_in(folder, config, self.clock.clone()).await
    }

    async fn start_in(folder: TempDir, config: Config, clock: Clock) -> Self {
        keep_open(&config.database).await;
        let mut app = App::build(&config, clock.clone()).await.expect("the server starts");
        let address = app.address().expect("an address");
        let first_password = app.first_password.take();
        let publisher = app.publisher();
        let behaviour = app.behaviour();
        let (chat, desk) = (app.chat().clone(), app.desk().clone());
        let marketing = app.marketing().clone();
        let metrics = app.metrics_address();
        let (personal, retention) = (app.personal().clone(), app.retention().clone());
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(app.serve(async move {
            // A dropped sender stops the server as well.
            let _ = stopped.await;
        }));
        let database = config.database.clone();
        Self {
            address,
            first_password,
            folder,
            database,
            publisher,
            behaviour,
            chat,
            desk,
            marketing,
            personal,
            retention,
            metrics,
            clock,
            config,
            stop: Some(stop),
            running,
        }
    }

    /// Begins to stop, as SIGTERM does.
    pub(crate) fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Stops as SIGTERM does, and starts again on the same database.
    pub(crate) async fn restart(mut self) -> Self {
        self.stop();
        drop((self.chat, self.desk, self.marketing, self.personal));
        self.running.await.expect("no panic").expect("a clean stop");
        Self::start_in(self.folder, self.config, self.clock).await
    }

    /// An HTTP request over a fresh connection; returns status, headers and body.
    pub(crate) async fn http(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> HttpAnswer {
        http(self.address, method, path, headers, body).await
    }

    /// A shopper's client that has said hello; returns it with the welcome frame.
    pub(crate) async fn shopper(&self, token: Option<&str>, last_sequence: i64) -> (Client, ServerFrame) {
        let mut client = self.socket().await;
        client
            .send(&ClientFrame::Hello { token: token.map(str::to_owned), jwt: None, last_sequence, page: None })
            .await;
        let welcome = client.next().await;
        (client, welcome)
    }

    /// The version of the analyser that a new shopper's question is read with.
    pub(crate) async fn analyser_of_an_answer(&self) -> String {
        let (mut shopper, welcome) = self.shopper(None, 0).await;
        let ServerFrame::Welcome { conversation_id, .. } = welcome else { panic!("a welcome") };
        let (_, answer) = shopper.ask("1", "运费怎么算").await;
        let id = ConversationId(conversation_id.parse().expect("an id"));
        let db = Db::connect(&self.database).await.expect("the database");
        let trace = conversation::trace(&db, id, answer.sequence).await.expect("the database").expect("a trace");
        db.close().await;
        trace["analyser"].as_str().expect("a version").to_owned()
    }

    /// All messages of the conversation of a client of any node.
    pub(crate) async fn messages_of(&self, client: &mut Client) -> Vec<xiaoer::model::chat::Message> {
        client.send(&ClientFrame::History { before: i64::MAX }).await;
        loop {
            if let ServerFrame::History { messages, .. } = client.next().await {
                return messages;
            }
        }
    }

    /// Puts the orders of the demo shop back to what they were at the start.
    pub(crate) async fn reset_demo_orders(&self) {
        let db = Db::connect(&self.database).await.expect("the database");
        xiaoer::store::demo_order::clear(&db).await.expect("cleared");
        let knowledge = xiaoer::store::knowledge::newest(&db).await.expect("read").expect("published").knowledge;
        let folder = &self.config.knowledge.folder;
        let filled = xiaoer::service::orders::fill(&db, folder, &knowledge, self.clock.now()).await;
        assert!(filled.expect("filled"), "orders.toml has customers");
        db.close().await;
    }

    /// A socket that has said nothing.
    pub(crate) async fn socket(&self) -> Client {
        let origin = format!("http://{}", self.address);
        Client { socket: self.try_socket(Some(&origin), "/ws/chat").await.expect("the handshake succeeds") }
    }

    /// A handshake with or without an origin.
    pub(crate) async fn try_socket(
        &self,
        origin: Option<&str>,
        path: &str,
    ) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>, tungstenite::Error> {
        Ok(Client::connect(self.address, origin, path).await?.socket)
    }

    /// The HTTP status of a handshake; 101 where it succeeds.
    pub(crate) async fn handshake(&self, origin: Option<&str>, path: &str) -> u16 {
        match self.try_socket(origin, path).await {
            Err(tungstenite::Error::Http(answer)) => answer.status().as_u16(),
            Ok(_) => 101,
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// An HTTP request over a fresh connection; returns status, headers and body.
pub(crate) async fn http(
    server: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> HttpAnswer {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = TcpStream::connect(server).await.expect("a connection");
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
    stream.write_all(request.as_bytes()).await.expect("the request is sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("the answer is read");
    // A workbook is no text; whoever asks for one looks at its status alone.
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").expect("head and body");
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    HttpAnswer { status, head: head.to_lowercase(), body: body.to_owned() }
}

/// The program itself, as a process with the test shop and an empty database.
pub(crate) struct Program {
    pub(crate) address: SocketAddr,
    child: tokio::process::Child,
    log: PathBuf,
    _folder: TempDir,
}

impl Program {
    /// Starts it with these variables of the environment and waits until it answers.
    pub(crate) async fn start(environment: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let port =
            std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
        let log = folder.path().join("log");
        let child = tokio::process::Command::new(env!("CARGO_BIN_EXE_xiaoer"))
            .arg("serve")
            .env("XIAOER_SERVER__PORT", port.port().to_string())
            .env("XIAOER_DATABASE__URL", format!("sqlite://{}/test.db", folder.path().display()))
            .env("XIAOER_KNOWLEDGE__FOLDER", shop())
            .envs(environment.iter().copied())
            .stdout(std::process::Stdio::null())
            .stderr(std::fs::File::create(&log).expect("a file for the log"))
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let answers = async {
            while TcpStream::connect(port).await.is_err() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, answers).await.expect("the program answers");
        Self { address: port, child, log, _folder: folder }
    }

    /// The origin of its own pages.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Asks it to stop, as a service manager does (SIGTERM); returns how it has ended.
    pub(crate) async fn terminate(mut self) -> std::process::ExitStatus {
        let id = self.child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())).expect("it runs");
        rustix::process::kill_process(id, rustix::process::Signal::TERM).expect("the signal is sent");
        tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("it ends in time").expect("it ends")
    }

    /// Ends it; returns what it has logged.
    pub(crate) async fn stop(mut self) -> String {
        self.child.kill().await.expect("it ends");
        std::fs::read_to_string(&self.log).expect("its log")
    }
}

/// What an HTTP request gave.
pub(crate) struct HttpAnswer {
    pub(crate) status: u16,
    /// Lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl HttpAnswer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// A shopper's socket.
pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Client {
    /// A handshake with or without an origin.
    pub(crate) async fn connect(
        server: SocketAddr,
        origin: Option<&str>,
        path: &str,
    ) -> Result<Self, tungstenite::Error> {
        let mut request = format!("ws://{server}{path}").into_client_request()?;
        request.headers_mut().insert("sec-websocket-protocol", "xiaoer.v1".parse().expect("a header"));
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().expect("a header"));
        }
        Ok(Self { socket: connect_async(request).await?.0 })
    }

    /// Sends a frame.
    pub(crate) async fn send(&mut self, frame: &ClientFrame) {
        self.send_raw(Message::text(serde_json::to_string(frame).expect("JSON"))).await;
    }

    /// Sends anything.
    pub(crate) async fn send_raw(&mut self, message: Message) {
        self.socket.send(message).await.expect("the frame is sent");
    }

    /// The next frame.
    pub(crate) async fn next(&mut self) -> ServerFrame {
        match self.next_raw().await {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}")),
            other => panic!("a text frame, not {other:?}"),
        }
    }

    /// The next message, whatever it is.
    pub(crate) async fn next_raw(&mut self) -> Option<Result<Message, tungstenite::Error>> {
        tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("the server answers in time")
    }

    /// The code that the server closes with.
    pub(crate) async fn close_code(&mut self) -> Option<u16> {
        loop {
            match self.next_raw().await {
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// Says something and returns the acknowledged sequence with the assistant's answer.
    pub(crate) async fn ask(&mut self, client_id: &str, text: &str) -> (i64, xiaoer::model::chat::Message) {
        self.send(&say(client_id, text)).await;
        let (mut acknowledged, mut answer) = (None, None);
        while acknowledged.is_none() || answer.is_none() {
            match self.next().await {
                ServerFrame::Ack { client_id: id, sequence, .. } if id == client_id => acknowledged = Some(sequence),
                ServerFrame::Message { message } if message.author != xiaoer::model::chat::Author::Shopper => {
                    answer = Some(message);
                }
                ServerFrame::Message { .. } | ServerFrame::Status { .. } | ServerFrame::Queue { .. } => {}
                other => panic!("unexpected {other:?}"),
            }
        }
        (acknowledged.expect("an ack"), answer.expect("an answer"))
    }
}

/// A message of the shopper.
pub(crate) fn say(client_id: &str, text: &str) -> ClientFrame {
    ClientFrame::Say { client_id: client_id.into(), text: text.into(), page: None }
}

/// The sequences of the messages of a welcome frame.
pub(crate) fn sequences(welcome: &ServerFrame) -> Vec<i64> {
    match welcome {
        ServerFrame::Welcome { messages, .. } => messages.iter().map(|message| message.sequence).collect(),
        other => panic!("a welcome, not {other:?}"),
    }
}

/// The token of a welcome frame.
pub(crate) fn token(welcome: &ServerFrame) -> String {
    match welcome {
        ServerFrame::Welcome { token, .. } => token.clone(),
        other => panic!("a welcome, not {other:?}"),
    }
}
