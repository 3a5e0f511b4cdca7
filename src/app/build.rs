//! How the parts are put together, from the database up to the port.

use super::shop::Shop;
use super::{App, ensure_folder};
use crate::api::listener::Doors;
use crate::api::{self, ApiState};
use crate::clock::Clock;
use crate::config::Config;
use crate::live::bus::Bus;
use crate::live::desk_hub::DeskHub;
use crate::live::hub::Hub;
use crate::live::nats;
use crate::model::secret::Secret;
use crate::service::api_keys::ApiKeys;
use crate::service::chat::{Chat, Parts};
use crate::service::desk::Desk;
use crate::service::desk::plan::Plans;
use crate::service::identity::Identities;
use crate::service::knowledge::Keeper;
use crate::service::learning::Learning;
use crate::service::marketing::Marketing;
use crate::service::orders::{self, Orders, System};
use crate::service::personal_data::PersonalData;
use crate::service::pictures::Pictures;
use crate::service::publish::Publisher;
use crate::service::retention::Retention;
use crate::service::seal::Seal;
use crate::service::sign_in::SignIn;
use crate::service::telemetry::Telemetry;
use crate::service::token::new_token;
use crate::store::journal::{Journal, Took};
use crate::store::{DatabaseSettings, Db, shop_request};
use anyhow::Context as _;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// Name of the file with the key, beside a SQLite database.
const KEY_FILE: &str = "xiaoer.key";

/// Name of the first admin.
const FIRST_ADMIN: &str = "admin";

/// Builds every part and takes the port.
pub(super) async fn build(config: &Config, clock: Clock) -> anyhow::Result<App> {
    let db = open_database(&config.database).await?;
    let turn = db.turn_to_start().await.context("waiting for other nodes to start")?;
    let shop = Shop::open(&db, config, &clock).await?;
    if is_demo(config) {
        let assistant = shop.published.assistant();
        orders::fill(&db, &config.knowledge.folder, &assistant.knowledge.content, clock.now()).await?;
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
    let sign_in = SignIn::new(db.clone(), clock.clone()).sealing(seal(config)?);
    let first_password = sign_in.first_admin(FIRST_ADMIN).await?;
    db.give_back_memory().await?;
    drop(turn);
    let publisher = shop.publisher.clone().on(bus.clone());
    let chat = conversations(config, &db, &clock, shop, journal, bus, telemetry).await?;
    let state = for_the_interface(config, chat, publisher.clone(), sign_in)?;
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
    Ok(App {
        listener,
        doors: doors(config),
        router: api::router(state.clone()),
        state,
        writer,
        publisher,
        metrics,
        exporter,
        nats,
        clock,
        first_password,
    })
}

async fn open_database(settings: &DatabaseSettings) -> anyhow::Result<Db> {
    ensure_folder(settings)?;
    Db::connect(settings).await.map_err(|error| {
        let advice = error.advice().unwrap_or("运行 xiaoer doctor 查看原因");
        anyhow::Error::from(error).context(format!("数据库用不了：{advice}"))
    })
}

/// What secrets are sealed with: the key of the settings, or of a file beside a SQLite database, made where there is none.
fn seal(config: &Config) -> anyhow::Result<Seal> {
    let beside = config.database.file().map(|database| database.with_file_name(KEY_FILE));
    match beside {
        Some(file) if config.seal.key.is_empty() => {
            let key = key_in(&file).with_context(|| format!("seal: {}", file.display()))?;
            Ok(Seal::with(&key))
        }
        _ => Ok(Seal::with(&config.seal.key)),
    }
}

fn key_in(file: &Path) -> anyhow::Result<Secret> {
    // Only whoever runs the shop may read it.
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Ok(mut new) => new.write_all(new_token()?.as_bytes())?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error.into()),
    }
    Ok(std::fs::read_to_string(file)?.trim().into())
}

fn is_demo(config: &Config) -> bool {
    config.orders.system == System::Demo
}

fn doors(config: &Config) -> Doors {
    Doors {
        // Every socket is a connection, and a browser needs some more.
        of_address: config.limits.sockets_of_address.saturating_mul(2),
        head_within: config.limits.head_within(),
        trusted: config.server.trusted_proxies.clone(),
    }
}

/// The conversations, and what they need.
async fn conversations(
    config: &Config,
    db: &Db,
    clock: &Clock,
    shop: Shop,
    journal: Journal,
    bus: Bus,
    telemetry: Telemetry,
) -> anyhow::Result<Chat> {
    let Shop { published, behaviour, .. } = shop;
    let parts = Parts {
        identities: Identities::new(&config.identity, is_demo(config), db.clone(), clock.clone())?,
        orders: Orders::new(&config.orders, db, clock, &published).map_err(anyhow::Error::msg)?,
        db: db.clone(),
        journal,
        hub: Hub::on(bus.clone()),
        clock: clock.clone(),
        published,
        behaviour,
        plans: Plans::load(db, bus.clone()).await?,
        desk: DeskHub::on(bus),
        telemetry,
    };
    Ok(Chat::new(parts, config.limits.clone(), config.chat))
}

/// Every part that the interface calls.
fn for_the_interface(config: &Config, chat: Chat, publisher: Publisher, sign_in: SignIn) -> anyhow::Result<ApiState> {
    let (db, clock) = (chat.db.clone(), chat.clock.clone());
    let learning = Learning::new(db.clone(), clock.clone(), publisher.clone());
    let marketing = Marketing::new(chat.clone(), config.marketing.clone()).map_err(anyhow::Error::msg)?;
    Ok(ApiState {
        desk: Desk::new(chat.clone(), learning.clone()),
        sign_in,
        api_keys: ApiKeys::new(db.clone(), clock.clone()),
        learning,
        keeper: Keeper::new(db.clone(), clock.clone(), publisher),
        personal: PersonalData::new(chat.clone(), marketing.clone()),
        marketing,
        behaviour: chat.behaviour.clone(),
        retention: Retention::new(db.clone(), clock.clone(), config.retention),
        pictures_in_answers: Pictures::new(db.clone(), clock),
        db,
        paces: api::access::pace::Paces::default(),
        server: Arc::new(config.server.clone()),
        pictures: Arc::new(config.knowledge.folder.join("pictures")),
        chat,
    })
}
