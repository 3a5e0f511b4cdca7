//! A shop's own system, as the contract of the webhook describes it, in a test.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What it answers to a request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// 200 with this body.
    Json(String),
    /// This status with nothing.
    Status(u16),
    /// Nothing, until it is released; then the body.
    Hang(String),
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) key: String,
    pub(crate) timestamp: String,
    pub(crate) signature: String,
    pub(crate) body: String,
}

/// The system; it answers each request with the next reply, and goes on with the last one.
#[derive(Clone)]
pub(crate) struct ShopSystem {
    pub(crate) address: SocketAddr,
    replies: Arc<Mutex<VecDeque<Reply>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// Tells of each request.
    pub(crate) came: Arc<Notify>,
    /// Lets those go that hang.
    pub(crate) release: Arc<Notify>,
}

impl ShopSystem {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let system = Self {
            address: listener.local_addr().expect("an address"),
            replies: Arc::default(),
            asked: Arc::default(),
            came: Arc::default(),
            release: Arc::default(),
        };
        let serving = system.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        system
    }

    /// What comes next.
    pub(crate) fn will(&self, replies: &[Reply]) {
        *self.replies.lock().unwrap() = replies.iter().cloned().collect();
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    async fn serve(self, mut stream: TcpStream) {
        let Some(asked) = read(&mut stream).await else { return };
        self.asked.lock().unwrap().push(asked);
        let reply = {
            let mut replies = self.replies.lock().unwrap();
            if replies.len() > 1 { replies.pop_front() } else { replies.front().cloned() }
        };
        self.came.notify_one();
        let (status, body) = match reply.expect("a reply") {
            Reply::Json(body) => (200, body),
            Reply::Status(status) => (status, String::new()),
            Reply::Hang(body) => {
                self.release.notified().await;
                (200, body)
            }
        };
        let answer =
            format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\nlocation: /elsewhere\r\n\r\n{body}", body.len());
        let _ = stream.write_all(answer.as_bytes()).await;
    }
}

async fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 4_096];
        let length = stream.read(&mut part).await.ok().filter(|length| *length > 0)?;
        bytes.extend_from_slice(&part[..length]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let header = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(": "));
            lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
        };
        if body.len() < header("content-length")?.parse::<usize>().ok()? {
            continue;
        }
        return Some(Asked {
            key: header("idempotency-key")?,
            timestamp: header("x-xiaoer-timestamp")?,
            signature: header("x-xiaoer-signature")?,
            body: body.to_owned(),
        });
    }
}
