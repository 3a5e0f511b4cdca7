//! The whole program: builds every part once, serves, drains, stops.

use crate::api::{self, ApiState};
use crate::clock::Clock;
use crate::config::Config;
use crate::live::hub::Hub;
use crate::service::behaviour::Behaviour;
use crate::service::chat::Chat;
use crate::service::demo;
use crate::service::import::{self, Imported};
use crate::service::publish::{self, Published};
use crate::service::shipped::ShippedModels;
use crate::service::sign_in::SignIn;
use crate::store::journal::Journal;
use crate::store::{Db, knowledge};
use anyhow::Context as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Name of the first admin.
const FIRST_ADMIN: &str = "admin";

/// How long open sockets may take to hear that the server restarts.
const DRAIN: Duration = Duration::from_secs(10);

/// A built program that has not begun to serve.
pub struct App {
    listener: TcpListener,
    router: axum::Router,
    hub: Hub,
    db: Db,
    writer: JoinHandle<()>,
    /// Password of the first admin, where this start made one.
    pub first_password: Option<String>,
}

impl App {
    /// Builds every part: database, knowledge, models, index, interface; takes the port.
    ///
    /// # Errors
    /// What stands in the way, for the operator.
    pub async fn build(config: &Config, clock: Clock) -> anyhow::Result<Self> {
        ensure_folder(&config.database.url)?;
        let db = Db::connect(&config.database).await.context("connecting to the database")?;
        let content = published_knowledge(&db, config, &clock).await?;
        let consumable: Vec<String> = (content.knowledge.categories.iter())
            .filter(|category| category.consumable)
            .map(|category| category.id.clone())
            .collect();
        let products = &content.knowledge.products;
        let behaviour = Behaviour::load(db.clone(), clock.clone(), products, &consumable, &config.recommend).await?;
        let shipped = ShippedModels::load(config.knowledge.models.as_deref())?;
        let assistant = publish::build(&db, &clock, content, &shipped, config.thresholds).await?;
        tracing::info!(version = assistant.version, "the assistant is ready");

        let (journal, writer) = Journal::start(db.clone());
        let hub = Hub::default();
        let sign_in = SignIn::new(db.clone(), clock.clone());
        let first_password = sign_in.first_admin(FIRST_ADMIN).await?;
        let published = Published::new(assistant);
        let chat = Chat::new(db.clone(), journal, hub.clone(), clock, published, behaviour.clone(), config.chat);
        let state = ApiState {
            chat,
            sign_in,
            behaviour,
            db: db.clone(),
            server: Arc::new(config.server.clone()),
            pictures: Arc::new(config.knowledge.folder.join("pictures")),
        };
        let address = SocketAddr::new(config.server.host, config.server.port);
        let listener = TcpListener::bind(address).await.with_context(|| format!("listening on {address}"))?;
        Ok(Self { listener, router: api::router(state), hub, db, writer, first_password })
    }

    /// The address it listens on.
    ///
    /// # Errors
    /// The operating system's.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` ends; then tells every socket to come back, writes what is queued, and closes the
    /// database. What was acknowledged is committed before.
    ///
    /// # Errors
    /// The operating system's.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
        let Self { listener, router, hub, db, writer, first_password: _ } = self;
        let stopping = async move {
            stop.await;
            tracing::info!("stopping: sockets are told to come back");
            hub.drain();
        };
        axum::serve(listener, router).with_graceful_shutdown(stopping).await?;
        // The journal ends when the last socket has dropped its handle.
        if tokio::time::timeout(DRAIN, writer).await.is_err() {
            tracing::warn!("some sockets did not close in time");
        }
        db.close().await;
        Ok(())
    }
}

/// The knowledge in force: the folder's, where it is new and the start may import it, else the database's.
async fn published_knowledge(db: &Db, config: &Config, clock: &Clock) -> anyhow::Result<knowledge::Published> {
    if config.knowledge.import_at_start {
        match import::import(db, &config.knowledge.folder, clock.now()).await? {
            Imported::Published(version) => tracing::info!(version, "knowledge imported"),
            Imported::Unchanged(version) => tracing::debug!(version, "knowledge unchanged"),
        }
    }
    let newest = knowledge::newest(db).await?.context("数据库里还没有知识库，请先运行 xiaoer import")?;
    let added = demo::generate_behaviour(db, &config.knowledge.folder, &newest.knowledge).await?;
    if added > 0 {
        tracing::info!(events = added, "behaviour of the demo shop generated");
    }
    Ok(newest)
}

/// SQLite makes its file, but not the folder for it.
fn ensure_folder(url: &str) -> anyhow::Result<()> {
    let path = url.strip_prefix("sqlite://").map(|rest| rest.split('?').next().unwrap_or(rest));
    if let Some(folder) = path.and_then(|path| Path::new(path).parent()) {
        std::fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    }
    Ok(())
}
