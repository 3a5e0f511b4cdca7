//! The bare echo server: axum's WebSocket with the same buffers as the chat's, and nothing else.

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use std::net::Ipv4Addr;
use tokio::net::TcpListener;

/// Options of the echo server.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// Port on the loopback address.
    #[arg(long)]
    port: u16,
    /// Largest message and frame, in bytes.
    #[arg(long, default_value_t = 64 * 1024)]
    largest: usize,
}

/// Sends every message back until it is killed.
///
/// # Errors
/// The operating system's.
pub(super) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let largest = arguments.largest;
    let upgrade = move |upgrade: WebSocketUpgrade| async move { open(upgrade, largest) };
    let router = Router::new().route("/ws/chat", any(upgrade)).route("/", any(upgrade));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port)).await?;
    Ok(axum::serve(listener, router).await?)
}

fn open(upgrade: WebSocketUpgrade, largest: usize) -> Response {
    upgrade
        .protocols([crate::live::protocol::SUBPROTOCOL])
        .max_frame_size(largest)
        .max_message_size(largest)
        .read_buffer_size(4 * 1_024)
        .write_buffer_size(16 * 1_024)
        .on_upgrade(echo)
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        let answer = matches!(message, Message::Text(_) | Message::Binary(_));
        if answer && socket.send(message).await.is_err() {
            return;
        }
    }
}
