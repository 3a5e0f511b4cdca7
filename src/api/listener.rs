//! The listening socket: takes connections in, and gives none of them for ever.
//!
//! # Invariants
//! - Whoever says nothing is not waited for: the head of a request, and the pause before it, have their time, and so has a
//!   body.
//! - One address holds so many connections and no more, unless it is a trusted proxy, behind which are many.
//! - What fails on one connection ends that one.

use crate::api::wire::network;
use crate::live::admissions::Admissions;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tower::ServiceExt;
use tower_http::timeout::RequestBodyDeadlineLayer;

/// For the body of a request; the largest is a workbook of some megabytes.
const BODY_WITHIN: Duration = Duration::from_secs(120);

/// How long nobody is taken in after the operating system had no place for a connection.
const BREATH: Duration = Duration::from_secs(1);

/// Who may hold how many connections.
#[derive(Debug, Clone)]
pub struct Doors {
    /// Connections of one address.
    pub of_address: usize,
    /// For the head of a request, and the pause between two.
    pub head_within: Duration,
    /// Proxies, which may hold any number.
    pub trusted: Vec<IpAddr>,
}

/// Serves until `stop` ends; then lets requests under way end, and takes in nobody else.
pub async fn serve(listener: TcpListener, router: Router, doors: Doors, stop: impl Future<Output = ()>) {
    let router = router.layer(RequestBodyDeadlineLayer::new(BODY_WITHIN));
    let admissions = Admissions::default();
    // Every connection holds a receiver: it hears when to end, and the sender when all have.
    let (open, stopping) = watch::channel(());
    let mut stop = pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(connection) => connection,
                Err(error) if is_of_the_client(error.kind()) => continue,
                Err(error) => {
                    tracing::error!(%error, "no connection can be taken in");
                    tokio::time::sleep(BREATH).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        let address = peer.ip().to_canonical();
        let limit = if doors.trusted.contains(&address) { usize::MAX } else { doors.of_address };
        // Whoever holds too many learns no more than that: the connection is closed.
        let Some(admission) = admissions.admit(network(address), limit) else { continue };
        // Frames are small, and each is written whole: none should wait until the one before is acknowledged.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "small frames will wait for each other");
        }
        let connection = Connection { stream, peer, head_within: doors.head_within };
        let (router, stopping) = (router.clone(), stopping.clone());
        tokio::spawn(async move {
            converse(connection, router, stopping).await;
            drop(admission);
        });
    }
    drop((listener, stopping));
    open.send_replace(());
    open.closed().await;
}

struct Connection {
    stream: TcpStream,
    peer: SocketAddr,
    head_within: Duration,
}

/// Answers the requests of one connection, until either side ends it.
async fn converse(connection: Connection, router: Router, mut stopping: watch::Receiver<()>) {
    let Connection { stream, peer, head_within } = connection;
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request.map(Body::new))
    });
    let mut protocol = http1::Builder::new();
    protocol.timer(TokioTimer::new()).header_read_timeout(head_within);
    let mut connection = pin!(protocol.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stopping.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%error, "a connection has failed");
    }
}

/// Whether accepting failed because the client was gone again.
fn is_of_the_client(error: ErrorKind) -> bool {
    matches!(error, ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}
