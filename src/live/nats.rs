//! NATS as the bus: one subject that every node tells and hears.
//!
//! Plain publish and subscribe, at most once. JetStream is not used: it would keep hints that nobody needs any more once
//! they have read the database, and the database keeps everything that has to be kept.
//!
//! The connection is made anew by itself, for as long as it takes; a node starts and serves without it. While it is
//! broken hints are dropped, not saved up: after it the catch-up reads the database once.

use crate::live::bus::{Bus, Hint, NodeId};
use crate::model::secret;
use async_nats::connection::State;
use async_nats::{Client, ConnectOptions, Event, ServerAddr};
use futures_util::{Stream, StreamExt};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use uuid::Uuid;

/// Longest time between two attempts to connect.
const AGAIN_AFTER: Duration = Duration::from_secs(2);

/// Time between two questions whether the server is there.
const PING_EVERY: Duration = Duration::from_secs(5);

/// How nodes reach each other.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BusSettings {
    /// `nats://user:password@host:4222`, several separated by commas; none for a single node.
    #[serde(serialize_with = "secret::hide_password_if_any")]
    pub url: Option<String>,
    /// A file that holds the address, in its place.
    pub url_file: Option<PathBuf>,
    /// The subject of this shop: shops that share a NATS server need different ones.
    pub subject: String,
}

impl Default for BusSettings {
    fn default() -> Self {
        Self { url: None, url_file: None, subject: "xiaoer".to_owned() }
    }
}

impl fmt::Debug for BusSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url.as_deref().map(secret::without_password);
        formatter.debug_struct("BusSettings").field("url", &url).field("subject", &self.subject).finish()
    }
}

impl BusSettings {
    /// What makes no sense, in words for the operator.
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        if self.url.is_some() && self.servers().is_err() {
            mistakes.push("bus.url 应当形如 nats://主机:4222，多个用逗号分隔".to_owned());
        }
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if self.subject.is_empty() || !self.subject.chars().all(is_plain) {
            mistakes.push("bus.subject 只能用字母、数字、点、下划线和连字符".to_owned());
        }
        mistakes
    }

    fn servers(&self) -> Result<Vec<ServerAddr>, std::io::Error> {
        self.url.iter().flat_map(|url| url.split(',')).map(|one| one.trim().parse()).collect()
    }
}

/// Why the bus cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The address is not one.
    #[error("bus.url: {0}")]
    Address(#[from] std::io::Error),
    /// The options were refused.
    #[error("connecting to NATS: {0}")]
    Connect(#[from] async_nats::ConnectError),
    /// The subject was refused.
    #[error("subscribing at NATS: {0}")]
    Subscribe(#[from] async_nats::SubscribeError),
}

/// A connection to NATS. Clones share it.
#[derive(Debug, Clone)]
pub struct Nats {
    client: Client,
    subject: String,
    node: NodeId,
    again: Arc<Notify>,
}

/// What goes over the wire.
#[derive(Serialize, Deserialize)]
struct Envelope<H> {
    from: NodeId,
    hint: H,
}

/// The bus of the settings: to nobody without an address, else carried by NATS from here on.
///
/// # Errors
/// [`BusError`] where the address is wrong.
pub async fn open(settings: &BusSettings) -> Result<(Bus, Option<Nats>), BusError> {
    if settings.url.is_none() {
        return Ok((Bus::alone(), None));
    }
    let nats = Nats::connect(settings, NodeId(Uuid::now_v7())).await?;
    let (bus, hints) = Bus::shared();
    tokio::spawn(nats.clone().carry(hints));
    Ok((bus, Some(nats)))
}

impl Nats {
    /// Begins to connect; goes on in the background where the server is not there yet.
    ///
    /// # Errors
    /// [`BusError`] where the address is wrong.
    pub async fn connect(settings: &BusSettings, node: NodeId) -> Result<Self, BusError> {
        let again = Arc::new(Notify::new());
        let bell = Arc::clone(&again);
        let client = ConnectOptions::new()
            .name(format!("xiaoer {}", node.0))
            .no_echo()
            .retry_on_initial_connect()
            .ping_interval(PING_EVERY)
            .reconnect_delay_callback(|attempt| AGAIN_AFTER.min(Duration::from_millis(50 << attempt.min(6))))
            .event_callback(move |event| {
                match &event {
                    Event::Connected => bell.notify_one(),
                    Event::Disconnected => tracing::warn!("the bus is broken; nodes see each other's words later"),
                    other => tracing::debug!(%other, "the bus"),
                }
                std::future::ready(())
            })
            .connect(settings.servers()?)
            .await?;
        Ok(Self { client, subject: settings.subject.clone(), node, again })
    }

    /// Whether the server is there at the moment.
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Waits for the connection to be made, or made anew.
    pub async fn connected_again(&self) {
        self.again.notified().await;
    }

    /// Carries hints away until nobody tells any.
    pub async fn carry(self, mut hints: mpsc::Receiver<Hint>) {
        while let Some(hint) = hints.recv().await {
            if self.is_connected() {
                self.send(&hint).await;
            }
        }
    }

    /// Sends one hint and waits until it is on its way, for the last word of a node.
    pub async fn say_last(&self, hint: &Hint) {
        self.send(hint).await;
        // Whoever is not there to hear it forgets this node by its silence.
        let _ = tokio::time::timeout(Duration::from_secs(1), self.client.flush()).await;
    }

    async fn send(&self, hint: &Hint) {
        let envelope = serde_json::to_vec(&Envelope { from: self.node, hint });
        let sent = match envelope {
            Ok(bytes) => {
                self.client.publish(self.subject.clone(), bytes.into()).await.map_err(|error| error.to_string())
            }
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = sent {
            tracing::warn!(%error, "a hint could not be sent");
        }
    }

    /// What other nodes tell, in the order of each. What cannot be read is left out: a node of another version may tell
    /// what this one does not know.
    ///
    /// # Errors
    /// [`BusError::Subscribe`].
    pub async fn listen(&self) -> Result<impl Stream<Item = (NodeId, Hint)> + use<>, BusError> {
        let (messages, me) = (self.client.subscribe(self.subject.clone()).await?, self.node);
        Ok(messages.filter_map(move |message| {
            let read = serde_json::from_slice::<Envelope<Hint>>(&message.payload);
            std::future::ready(match read {
                Ok(envelope) => (envelope.from != me).then_some((envelope.from, envelope.hint)),
                Err(error) => {
                    tracing::debug!(%error, "a hint that this version does not know");
                    None
                }
            })
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_named() {
        assert!(BusSettings::default().mistakes().is_empty());
        let two = BusSettings { url: Some("nats://a:4222, nats://b:4222".into()), ..BusSettings::default() };
        assert!(two.mistakes().is_empty());
        let wrong = BusSettings {
            url: Some("nats://host:port".into()),
            subject: "with space".into(),
            ..BusSettings::default()
        };
        assert_eq!(wrong.mistakes().len(), 2, "{:?}", wrong.mistakes());
    }
}
