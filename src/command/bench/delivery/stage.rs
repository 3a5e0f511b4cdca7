//! The servers of the ledger, and what befalls them.

use crate::command::bench::cluster::Cluster;
use crate::command::bench::process::{Folder, Server, Shared, free_port};
use crate::config::Config;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// Something that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Accident {
    /// A node is killed, and started again.
    Kill(usize),
    /// A node is asked to stop, as for a new version, and started again.
    Restart(usize),
    /// The bus is gone for a while; the nodes go on.
    BusGone(Duration),
    /// The database is restarted; all connections to it break.
    DatabaseRestarts,
}

/// The servers. They go with the value, nodes before what they share.
pub(super) struct Stage<'a> {
    config: &'a Config,
    folder: &'a Folder,
    nodes: Vec<Server>,
    ports: Vec<u16>,
    shared: Shared,
    cluster: Option<Cluster>,
}

impl<'a> Stage<'a> {
    /// One server with a file, or several nodes with a database and a bus of their own.
    ///
    /// # Errors
    /// What stands in the way.
    pub(super) async fn set(config: &'a Config, folder: &'a Folder, nodes: usize) -> anyhow::Result<Self> {
        let cluster = if nodes > 1 { Some(Cluster::start(folder).await?) } else { None };
        let shared = match &cluster {
            Some(cluster) => Shared { database: cluster.database("delivery").await?, bus: Some(cluster.bus()) },
            None => Shared { database: format!("sqlite://{}", folder.file("bench.db").display()), bus: None },
        };
        let ports = (0..nodes).map(|_| free_port()).collect::<anyhow::Result<Vec<_>>>()?;
        let mut stage = Self { config, folder, nodes: Vec::new(), ports, shared, cluster };
        for node in 0..nodes {
            let server = stage.start(node).await?;
            stage.nodes.push(server);
        }
        Ok(stage)
    }

    /// Where each node answers.
    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        self.ports.iter().map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, *port))).collect()
    }

    /// Lets something go wrong, and puts it right again.
    ///
    /// # Errors
    /// Where it cannot be put right.
    pub(super) async fn befall(&mut self, accident: Accident) -> anyhow::Result<()> {
        match (accident, &mut self.cluster) {
            (Accident::Kill(node), _) => {
                self.nodes.remove(node).kill().await?;
                self.start_again(node).await?;
            }
            (Accident::Restart(node), _) => {
                self.nodes.remove(node).stop().await?;
                self.start_again(node).await?;
            }
            (Accident::BusGone(duration), Some(cluster)) => {
                cluster.stop_nats().await?;
                tokio::time::sleep(duration).await;
                cluster.start_nats().await?;
            }
            (Accident::DatabaseRestarts, Some(cluster)) => cluster.restart_postgres().await?,
            (_, None) => {}
        }
        Ok(())
    }

    async fn start_again(&mut self, node: usize) -> anyhow::Result<()> {
        let server = self.start(node).await?;
        self.nodes.insert(node, server);
        Ok(())
    }

    async fn start(&self, node: usize) -> anyhow::Result<Server> {
        Server::on(self.config, self.folder, self.ports[node], &self.shared).await
    }
}
