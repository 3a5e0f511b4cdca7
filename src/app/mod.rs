//! The whole program: builds every part once, serves, drains, stops.

mod background;
mod build;
mod shop;

pub use shop::knowledge_in_force;

use crate::api::ApiState;
use crate::api::listener::{self, Doors};
use crate::clock::Clock;
use crate::config::Config;
use crate::live::bus::Hint;
use crate::live::nats::Nats;
use crate::service::behaviour::Behaviour;
use crate::service::chat::Chat;
use crate::service::desk::Desk;
use crate::service::leases::Leases;
use crate::service::marketing::Marketing;
use crate::service::personal_data::PersonalData;
use crate::service::publish::Publisher;
use crate::service::retention::Retention;
use crate::service::telemetry::Exporter;
use crate::store::DatabaseSettings;
use anyhow::Context as _;
use background::Background;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// How long connections may take to end what they are about, once the program stops.
const DRAIN: Duration = Duration::from_secs(10);

/// A built program that has not begun to serve.
pub struct App {
    listener: TcpListener,
    doors: Doors,
    router: axum::Router,
    /// Every part, as the interface has them.
    state: ApiState,
    /// Ends when the last handle to the journal is gone.
    writer: JoinHandle<()>,
    publisher: Publisher,
    /// Figures for Prometheus, on an address of their own.
    metrics: Option<(TcpListener, axum::Router)>,
    /// Sends traces to a collector.
    exporter: Option<Exporter>,
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
        build::build(config, clock).await
    }

    /// The conversations.
    pub fn chat(&self) -> &Chat {
        &self.state.chat
    }

    /// The desk.
    pub fn desk(&self) -> &Desk {
        &self.state.desk
    }

    /// Segments and campaigns.
    pub fn marketing(&self) -> &Marketing {
        &self.state.marketing
    }

    /// One person's data.
    pub fn personal(&self) -> &PersonalData {
        &self.state.personal
    }

    /// What is kept how long.
    pub fn retention(&self) -> &Retention {
        &self.state.retention
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
        self.state.behaviour.clone()
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
        let Self { listener, doors, router, state, writer, publisher, metrics, exporter, nats, clock, .. } = self;
        let (db, hub, desk_hub) = (state.db.clone(), state.chat.hub.clone(), state.desk.hub.clone());
        let leases = Leases::new(db.clone(), clock);
        let mut background = Background::default();
        background.with_the_journal(state.clone(), publisher.clone(), nats.clone(), &leases);
        background.figures(metrics, doors.clone());
        background.beside(state, publisher, exporter, &leases);
        let Background { with_the_journal: mut writers, beside } = background;

        let (stopped, drain_begins) = tokio::sync::oneshot::channel();
        let stopping = async move {
            stop.await;
            tracing::info!("stopping: sockets are told to come back");
            writers.abort_all();
            hub.drain();
            desk_hub.drain();
            let _ = stopped.send(());
        };
        let serving = async move {
            listener::serve(listener, router, doors, stopping).await;
            // The journal ends when the last socket has dropped its handle.
            writer.await
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
        drop(beside);
        if let Some(nats) = nats {
            nats.say_last(&Hint::Gone).await;
        }
        if let Err(error) = leases.give_back().await {
            tracing::warn!(%error, "what this node does for all rests until its leases run out");
        }
        db.close().await;
        Ok(())
    }
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
