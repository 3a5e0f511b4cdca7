//! The whole program: builds every part once, serves, drains, stops.

use crate::api::listener::{self, Doors};
use crate::api::{self, ApiState};
use crate::clock::Clock;
use crate::config::Config;
use crate::live::bus::Hint;
use crate::live::desk_hub::DeskHub;
use crate::live::hub::Hub;
use crate::live::nats::{self, Nats};
use crate::service::api_keys::ApiKeys;
use crate::service::behaviour::Behaviour;
use crate::service::chat::{Chat, Parts};
use crate::service::demo;
use crate::service::desk::Desk;
use crate::service::desk::plan::Plans;
use crate::service::identity::Identities;
use crate::service::import::{self, ImportError, Imported};
use crate::service::knowledge::Keeper;
use crate::service::learning::Learning;
use crate::service::leases::{Leases, Work};
use crate::service::marketing::Marketing;
use crate::service::node::Node;
use crate::service::orders::{self, Orders, System};
use crate::service::personal_data::PersonalData;
use crate::service::pictures::Pictures;
use crate::service::publish::{self, Published, Publisher};
use crate::service::retention::Retention;
use crate::service::shipped::ShippedModels;
use crate::service::sign_in::SignIn;
use crate::service::telemetry::{Exporter, Telemetry};
use crate::service::trained::TrainedBefore;
use crate::service::training;
use crate::store::journal::{Journal, Took};
use crate::store::{DatabaseSettings, Db, knowledge, shop_request};
use anyhow::Context as _;
use std::future::pending;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinHandle};

/// Name of the first admin.
const FIRST_ADMIN: &str = "admin";

/// How long connections may take to end what they are about, once the program stops.
const DRAIN: Duration = Duration::from_secs(10);

/// How often the database is asked whether another node or an import has published.
const FOLLOW: Duration = Duration::from_secs(2);

/// How often traces are read for figures and the learning inbox.
const GATHER: Duration = Duration::from_secs(10);

/// A built program that has not begun to serve.
pub struct App {
    listener: TcpListener,
    doors: Doors,
    router: axum::Router,
    /// Figures for Prometheus, on an address of their own.
    metrics: Option<(TcpListener, axum::Router)>,
    /// Sends traces to a collector.
    exporter: Option<Exporter>,
    chat: Chat,
    desk: Desk,
    hub: Hub,
    db: Db,
    writer: JoinHandle<()>,
    publisher: Publisher,
    keeper: Keeper,
    marketing: Marketing,
    behaviour: Behaviour,
    personal: PersonalData,
    retention: Retention,
    /// The way to other nodes, where there may be some.
    nats: Option<Nats>,
    clock: Clock,
    /// Password of the first admin, where this start made one.
    pub first_password: Option<String>,
}

impl App {
    /// Builds every part: database, knowledge, models, index, interface; takes the port.
    ///
    /// # Errors
    /// What stands in the way, for the operator.
    pub async fn build(config: &Config, clock: Clock) -> anyhow::Result<Self> {
        ensure_folder(&config.database)?;
        let db = Db::connect(&config.database).await.map_err(|error| {
            let advice = error.advice().unwrap_or("运行 xiaoer doctor 查看原因");
            anyhow::Error::from(error).context(format!("数据库用不了：{advice}"))
        })?;
        let turn = db.turn_to_start().await.context("waiting for other nodes to start")?;
        let content = published_knowledge(&db, config, &clock).await?;
        let consumable = content.knowledge.consumable();
        let products = &content.knowledge.products;
        let behaviour = Behaviour::load(db.clone(), clock.clone(), products, &consumable, &config.recommend).await?;
        let shipped = ShippedModels::load(config.knowledge.models.as_deref())?;
        let next_change = publish::next_change(&content.knowledge.faq, clock.now());
        let thresholds = publish::thresholds(&db, config.thresholds).await?;
        let trained = TrainedBefore::of(&config.knowledge.folder);
        let assistant = publish::build(&db, &clock, content, &shipped, &trained, thresholds).await?;
        tracing::info!(version = assistant.version, "the assistant is ready");

        let demo = config.orders.system == System::Demo;
        if demo {
            let content = &assistant.knowledge.content;
            orders::fill(&db, &config.knowledge.folder, content, clock.now()).await?;
        }

        if db.is_ours_alone() {
            // What was under way when the program ended is done at once, not when its claim has run out.
            shop_request::release_all(&db).await?;
        }
        let (telemetry, exporter) = Telemetry::new(&config.tracing).map_err(anyhow::Error::msg)?;
        let figures = Arc::clone(&telemetry.figures);
        let took: Took = Arc::new(move |took: Duration| figures.commits.observe(took.as_secs_f64()));
        let (journal, writer) = Journal::start(&db, &took);
        let (bus, nats) = nats::open(&config.bus).await?;
        let hub = Hub::on(bus.clone());
        let sign_in = SignIn::new(db.clone(), clock.clone());
        let api_keys = ApiKeys::new(db.clone(), clock.clone());
        let first_password = sign_in.first_admin(FIRST_ADMIN).await?;
        db.give_back_memory().await?;
        drop(turn);
        let published = Published::new(assistant);
        let publisher = Publisher::new(
            db.clone(),
            clock.clone(),
            shipped,
            thresholds,
            published.clone(),
            behaviour.clone(),
            next_change,
        )
        .on(bus.clone());
        let learning = Learning::new(db.clone(), clock.clone(), published.clone());
        let parts = Parts {
            identities: Identities::new(&config.identity, demo, db.clone(), clock.clone())?,
            orders: Orders::new(&config.orders, &db, &clock, &published).map_err(anyhow::Error::msg)?,
            db: db.clone(),
            journal,
            hub: hub.clone(),
            clock: clock.clone(),
            published,
            behaviour: behaviour.clone(),
            plans: Plans::load(&db, bus.clone()).await?,
            desk: DeskHub::on(bus.clone()),
            telemetry,
        };
        let keeper = Keeper::new(db.clone(), clock.clone(), publisher.clone());
        let chat = Chat::new(parts, config.limits.clone(), config.chat);
        let desk = Desk::new(chat.clone(), learning.clone());
        let marketing = Marketing::new(chat.clone(), config.marketing.clone()).map_err(anyhow::Error::msg)?;
        let personal = PersonalData::new(chat.clone(), marketing.clone());
        let retention = Retention::new(db.clone(), clock.clone(), config.retention);
        let state = ApiState {
            chat: chat.clone(),
            desk: desk.clone(),
            sign_in,
            api_keys,
            learning,
            keeper: keeper.clone(),
            marketing: marketing.clone(),
            behaviour: behaviour.clone(),
            personal: personal.clone(),
            retention: retention.clone(),
            db: db.clone(),
            pictures_in_answers: Pictures::new(db.clone(), clock.clone()),
            paces: api::access::pace::Paces::default(),
            server: Arc::new(config.server.clone()),
            pictures: Arc::new(config.knowledge.folder.join("pictures")),
        };
        let metrics = match config.metrics.listen {
            Some(address) => {
                let listener =
                    TcpListener::bind(address).await.with_context(|| format!("metrics: listening on {address}"))?;
                Some((listener, api::metrics::router(state.clone(), config.metrics.token.clone())))
            }
            None => None,
        };
        let address = SocketAddr::new(config.server.host, config.server.port);
        let listener = TcpListener::bind(address).await.with_context(|| format!("listening on {address}"))?;
        let doors = Doors {
            // Every socket is a connection, and a browser needs some more.
            of_address: config.limits.sockets_of_address.saturating_mul(2),
            head_within: config.limits.head_within(),
            trusted: config.server.trusted_proxies.clone(),
        };
        Ok(Self {
            listener,
            doors,
            router: api::router(state),
            metrics,
            exporter,
            chat,
            desk,
            hub,
            db,
            writer,
            publisher,
            keeper,
            marketing,
            behaviour,
            personal,
            retention,
            nats,
            clock,
            first_password,
        })
    }

    /// The conversations.
    pub fn chat(&self) -> &Chat {
        &self.chat
    }

    /// The desk.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Segments and campaigns.
    pub fn marketing(&self) -> &Marketing {
        &self.marketing
    }

    /// One person's data.
    pub fn personal(&self) -> &PersonalData {
        &self.personal
    }

    /// What is kept how long.
    pub fn retention(&self) -> &Retention {
        &self.retention
    }

    /// The address it listens on.
    ///
    /// # Errors
    /// The operating system's.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The address of the figures, where they can be fetched.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().and_then(|(listener, _)| listener.local_addr().ok())
    }

    /// What shoppers did.
    pub fn behaviour(&self) -> Behaviour {
        self.behaviour.clone()
    }

    /// What puts another knowledge in force.
    pub fn publisher(&self) -> Publisher {
        self.publisher.clone()
    }

    /// Serves until `stop` ends; then tells every socket to come back, writes what is queued, and closes the
    /// database. What was acknowledged is committed before.
    ///
    /// # Errors
    /// The operating system's.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
        let Self {
            listener,
            doors,
            router,
            metrics,
            exporter,
            chat,
            desk,
            hub,
            db,
            writer,
            publisher,
            keeper,
            marketing,
            behaviour,
            personal,
            retention,
            nats,
            clock,
            ..
        } = self;
        let leases = Leases::new(db.clone(), clock);
        let node = nats.clone().map(|nats| tokio::spawn(Node::new(chat.clone(), publisher.clone(), nats).run()));
        let listening = node.as_ref().map(JoinHandle::abort_handle);
        let figures =
            metrics.map(|(listener, router)| tokio::spawn(listener::serve(listener, router, doors.clone(), pending())));
        let figuring = figures.as_ref().map(JoinHandle::abort_handle);
        let sending = exporter.map(|exporter| tokio::spawn(exporter.run()));
        let following = [
            tokio::spawn(follow(publisher)),
            tokio::spawn(gather(keeper, leases.clone())),
            tokio::spawn(behaviour.clone().run()),
            tokio::spawn(training::run(behaviour, leases.clone())),
            tokio::spawn(retention.keep_looking(leases.clone())),
        ];
        let desk_hub = desk.hub.clone();
        let attending = tokio::spawn(desk.attend());
        let attention = attending.abort_handle();
        // The journal ends with the last handle to it.
        let requests = tokio::spawn(chat.watch_requests());
        let watch = requests.abort_handle();
        let campaigns = tokio::spawn(marketing.run());
        let campaigning = campaigns.abort_handle();
        let erasures = tokio::spawn(personal.keep_looking(leases.clone()));
        let erasing = erasures.abort_handle();
        let stopping = async move {
            stop.await;
            tracing::info!("stopping: sockets are told to come back");
            // Its handle to the journal goes with it.
            attention.abort();
            watch.abort();
            listening.iter().for_each(AbortHandle::abort);
            campaigning.abort();
            erasing.abort();
            // Its handle to the journal goes with it.
            figuring.iter().for_each(AbortHandle::abort);
            hub.drain();
            desk_hub.drain();
        };
        let (stopped, drain_begins) = tokio::sync::oneshot::channel();
        let stopping = async move {
            stopping.await;
            let _ = stopped.send(());
        };
        let serving = async move {
            listener::serve(listener, router, doors, stopping).await;
            // The journal ends when the last socket has dropped its handle.
            writer.await?;
            anyhow::Ok(())
        };
        let too_long = async move {
            // A sender that is dropped means that serving has ended.
            let _ = drain_begins.await;
            tokio::time::sleep(DRAIN).await;
        };
        tokio::select! {
            served = serving => served?,
            () = too_long => tracing::warn!("some connections did not close in time"),
        }
        following.iter().chain(&node).chain(&sending).for_each(JoinHandle::abort);
        attending.abort();
        requests.abort();
        if let Some(nats) = nats {
            nats.say_last(&Hint::Gone).await;
        }
        campaigns.abort();
        erasures.abort();
        if let Err(error) = leases.give_back().await {
            tracing::warn!(%error, "what this node does for all rests until its leases run out");
        }
        db.close().await;
        Ok(())
    }
}

/// Reads what the assistant did and gathers what it could not do, a little after it. One node does it for all.
async fn gather(keeper: Keeper, leases: Leases) {
    let mut ticks = tokio::time::interval(GATHER);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let gathered = match leases.take(Work::Gather).await {
            Ok(Some(_)) => keeper.gather().await.map(drop).map_err(anyhow::Error::from),
            Ok(None) => Ok(()),
            Err(failure) => Err(failure.into()),
        };
        if let Err(error) = gathered {
            tracing::error!(%error, "the learning inbox cannot be filled");
        }
    }
}

/// Puts every newer knowledge of the database in force, whoever published it.
async fn follow(publisher: Publisher) {
    let mut ticks = tokio::time::interval(FOLLOW);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match publisher.follow().await {
            Ok(Some(version)) => tracing::info!(version, "another knowledge is in force"),
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "the newest knowledge cannot be put in force"),
        }
    }
}

/// The knowledge in force: the folder's, where it is new and the start may import it, else the database's.
async fn published_knowledge(db: &Db, config: &Config, clock: &Clock) -> anyhow::Result<knowledge::Published> {
    // Once something was published in the console, the folder is no longer the truth; `xiaoer import` still is a way.
    if config.knowledge.import_at_start && import::belongs_to_the_folder(db).await? {
        match import::import(db, &config.knowledge.folder, clock.now()).await {
            Ok(Imported::Published(version)) => tracing::info!(version, "knowledge imported"),
            Ok(Imported::Unchanged(version)) => tracing::debug!(version, "knowledge unchanged"),
            // A shop that was open stays open with what it knew.
            Err(error @ ImportError::Problems(_)) if knowledge::newest(db).await?.is_some() => {
                tracing::error!(%error, "the folder is broken; what was published before stays in force");
            }
            Err(error) => return Err(error.into()),
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
///
/// # Errors
/// The operating system's.
pub fn ensure_folder(database: &DatabaseSettings) -> anyhow::Result<()> {
    if let Some(folder) = database.file().as_deref().and_then(Path::parent) {
        std::fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    }
    Ok(())
}
