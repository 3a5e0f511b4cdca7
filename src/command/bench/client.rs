//! A client of the protocol, and of anything that speaks WebSocket.

use crate::live::protocol::{ClientFrame, SUBPROTOCOL, ServerFrame};
use anyhow::{Context as _, bail};
use futures_util::{SinkExt, StreamExt};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// Loopback addresses that connections come from: one alone has too few ports for tens of thousands.
const ADDRESSES: usize = 8;

/// An open socket.
pub(super) struct Client {
    socket: WebSocketStream<TcpStream>,
}

impl Client {
    /// Opens a socket from one of several loopback addresses.
    pub(super) async fn connect(server: SocketAddr, number: usize) -> anyhow::Result<Self> {
        let own = Ipv4Addr::new(127, 0, 0, 1 + u8::try_from(number % ADDRESSES)?);
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(IpAddr::V4(own), 0))?;
        let stream = socket.connect(server).await?;
        stream.set_nodelay(true)?;
        let mut request = format!("ws://{server}/ws/chat").into_client_request()?;
        request.headers_mut().insert("sec-websocket-protocol", SUBPROTOCOL.parse()?);
        request.headers_mut().insert("origin", format!("http://{server}").parse()?);
        let config = WebSocketConfig::default().read_buffer_size(4 * 1_024).write_buffer_size(0);
        let (socket, _) = client_async_with_config(request, stream, Some(config)).await?;
        Ok(Self { socket })
    }

    /// Opens a socket and says hello; returns the welcome as well.
    pub(super) async fn greet(
        server: SocketAddr,
        number: usize,
        token: Option<String>,
        last_sequence: i64,
    ) -> anyhow::Result<(Self, ServerFrame)> {
        let mut client = Self::connect(server, number).await?;
        client.send(&ClientFrame::Hello { token, jwt: None, last_sequence, page: None }).await?;
        let welcome = client.frame().await?;
        match welcome {
            ServerFrame::Welcome { .. } => Ok((client, welcome)),
            other => bail!("a welcome was expected, not {other:?}"),
        }
    }

    /// Sends a frame of the protocol.
    pub(super) async fn send(&mut self, frame: &ClientFrame) -> anyhow::Result<()> {
        self.send_text(serde_json::to_string(frame)?).await
    }

    /// Sends a text.
    pub(super) async fn send_text(&mut self, text: String) -> anyhow::Result<()> {
        Ok(self.socket.send(Message::text(text)).await?)
    }

    /// The next text.
    pub(super) async fn text(&mut self) -> anyhow::Result<Utf8Bytes> {
        loop {
            match self.socket.next().await.context("the connection ended")?? {
                Message::Text(text) => return Ok(text),
                Message::Close(frame) => bail!("closed by the server: {frame:?}"),
                _ => {}
            }
        }
    }

    /// The next frame of the protocol; the server's questions for a sign of life are answered by the way.
    pub(super) async fn frame(&mut self) -> anyhow::Result<ServerFrame> {
        loop {
            let text = self.text().await?;
            match serde_json::from_str(&text).with_context(|| format!("an unknown frame: {text}"))? {
                ServerFrame::Ping {} => self.send(&ClientFrame::Pong {}).await?,
                frame => return Ok(frame),
            }
        }
    }
}
