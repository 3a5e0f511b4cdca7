//! What runs beside the interface as long as the program does.

use crate::api::ApiState;
use crate::api::listener::{self, Doors};
use crate::live::nats::Nats;
use crate::service::knowledge::Keeper;
use crate::service::leases::{Leases, Work};
use crate::service::node::Node;
use crate::service::publish::Publisher;
use crate::service::telemetry::Exporter;
use crate::service::training;
use std::future::pending;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// How often the database is asked whether another node or an import has published.
const FOLLOW: Duration = Duration::from_secs(2);

/// How often traces are read for figures and the learning inbox.
const GATHER: Duration = Duration::from_secs(10);

/// Tasks by when they end; those of a set that is dropped are aborted.
#[derive(Default)]
pub(super) struct Background {
    /// They have a handle to the journal, which ends with the last one: they end as soon as the program is asked to stop.
    pub(super) with_the_journal: JoinSet<()>,
    /// They go on until nobody is connected any longer.
    pub(super) beside: JoinSet<()>,
}

impl Background {
    /// Starts what may write into conversations: word of other nodes, the desk's rounds, requests to the shop's system,
    /// campaigns, deletions.
    pub(super) fn with_the_journal(
        &mut self,
        state: ApiState,
        publisher: Publisher,
        nats: Option<Nats>,
        leases: &Leases,
    ) {
        let ApiState { chat, desk, marketing, personal, .. } = state;
        if let Some(nats) = nats {
            self.with_the_journal.spawn(Node::new(chat.clone(), publisher, nats).run());
        }
        self.with_the_journal.spawn(desk.attend());
        self.with_the_journal.spawn(chat.watch_requests());
        self.with_the_journal.spawn(marketing.run());
        self.with_the_journal.spawn(personal.keep_looking(leases.clone()));
    }

    /// Starts to hand out figures, where they have an address.
    pub(super) fn figures(&mut self, metrics: Option<(TcpListener, axum::Router)>, doors: Doors) {
        if let Some((listener, router)) = metrics {
            self.with_the_journal.spawn(listener::serve(listener, router, doors, pending()));
        }
    }

    /// Starts everything else: following what is published, gathering, learning, deleting what had its time, traces.
    pub(super) fn beside(
        &mut self,
        state: ApiState,
        publisher: Publisher,
        exporter: Option<Exporter>,
        leases: &Leases,
    ) {
        let ApiState { keeper, behaviour, retention, .. } = state;
        self.beside.spawn(follow(publisher));
        self.beside.spawn(gather(keeper, leases.clone()));
        self.beside.spawn(behaviour.clone().run());
        self.beside.spawn(training::run(behaviour, leases.clone()));
        self.beside.spawn(retention.keep_looking(leases.clone()));
        if let Some(exporter) = exporter {
            self.beside.spawn(exporter.run());
        }
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
