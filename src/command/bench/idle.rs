//! Holds connections open and says nothing, so that the server's memory can be looked at.

use super::client::Client;
use crate::live::protocol::ClientFrame;
use anyhow::Context as _;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::AsyncReadExt;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Handshakes at the same time.
const AT_ONCE: usize = 64;

/// Options of the holder.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// The server.
    #[arg(long)]
    address: SocketAddr,
    /// How many.
    #[arg(long)]
    connections: usize,
}

/// Opens the connections, prints a line, and holds them until its standard input ends. Each has said one thing and
/// heard one, so that whatever the server keeps for a connection in use is there.
///
/// # Errors
/// A connection that could not be opened.
pub(super) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let at_once = Arc::new(Semaphore::new(AT_ONCE));
    let (mut opening, address) = (JoinSet::new(), arguments.address);
    for number in 0..arguments.connections {
        let at_once = Arc::clone(&at_once);
        opening.spawn(async move {
            let _turn = at_once.acquire().await?;
            let mut client = Client::connect(address, number).await?;
            client.send(&ClientFrame::Hello { token: None, jwt: None, last_sequence: 0, page: None }).await?;
            client.text().await?;
            anyhow::Ok(client)
        });
    }
    let mut held = JoinSet::new();
    while let Some(opened) = opening.join_next().await {
        let mut client = opened?.context("opening an idle connection")?;
        // Reads on, so that the server's questions for a sign of life are answered.
        held.spawn(async move { while client.frame().await.is_ok() {} });
    }
    println!("open");
    std::io::stdout().flush()?;
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    Ok(())
}
