//! One client of the ledger: says one thing after the other, is cut off, comes back, and sends again what was not
//! acknowledged.

use super::Shared;
use super::audit::answers;
use crate::command::bench::client::Client;
use crate::live::protocol::{ClientFrame, ServerFrame};
use crate::model::chat::Message;
use anyhow::{Context as _, bail};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Messages of a thousand after which the client cuts its own socket.
const CUTS_PER_THOUSAND: u32 = 10;

/// Time before the next attempt to connect.
const TRY_AGAIN: Duration = Duration::from_millis(20);

/// A server that says nothing for so long is taken for gone.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long an answer may be under way: a request of a node that has died is done by another one after thirty seconds.
const ANSWERED_WITHIN: Duration = Duration::from_secs(60);

/// Everything that a client knows at the end.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) token: Option<String>,
    /// What it has said, in this order, by client id.
    pub(super) said: Vec<(String, String)>,
    /// The sequences that were acknowledged.
    pub(super) acknowledged: HashMap<String, i64>,
    /// What it was shown; a snapshot has taken the place of what was before.
    pub(super) transcript: Vec<Message>,
    /// Messages that it was shown although it held them, or before one that comes earlier.
    pub(super) shown_twice: u64,
    pub(super) shown_out_of_order: u64,
    /// The same message with two different acknowledgements.
    pub(super) acknowledged_differently: u64,
    /// Microseconds from the first attempt to connect until the welcome, for each return.
    pub(super) resumes: Vec<u32>,
    pub(super) cuts: u64,
}

/// A client.
pub(super) struct Talker {
    shared: Arc<Shared>,
    number: usize,
    random: ChaCha8Rng,
    ledger: Ledger,
    /// What is said and not acknowledged.
    waiting: Option<(String, String)>,
}

/// Where in a turn the client cuts its socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    AfterSending,
    AfterAcknowledgement,
}

impl Talker {
    pub(super) fn new(shared: Arc<Shared>, number: usize, seed: u64) -> Self {
        let random = ChaCha8Rng::seed_from_u64(seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
        Self { shared, number, random, ledger: Ledger::default(), waiting: None }
    }

    /// Talks until enough was said, then comes back a last time for whatever it has missed.
    pub(super) async fn talk(mut self) -> anyhow::Result<Ledger> {
        loop {
            let mut client = self.come_back().await;
            if self.is_done() {
                if self.until_answered(&mut client).await.is_ok() {
                    return Ok(self.ledger);
                }
                continue;
            }
            // However it ends, what is not acknowledged is sent again over the next socket.
            let _ = self.converse(&mut client).await;
        }
    }

    fn is_done(&self) -> bool {
        self.waiting.is_none() && self.shared.enough.load(Ordering::Relaxed)
    }

    /// Connects and resumes, as often as it takes.
    async fn come_back(&mut self) -> Client {
        let begun = Instant::now();
        loop {
            let (token, last) = (self.ledger.token.clone(), self.last_sequence());
            let node = self.shared.addresses[self.random.random_range(0..self.shared.addresses.len())];
            let greeted = timeout(PATIENCE, Client::greet(node, self.number, token, last)).await;
            if let Ok(Ok((client, ServerFrame::Welcome { token, reset, messages, .. }))) = greeted {
                if self.ledger.token.replace(token).is_some() {
                    self.ledger.resumes.push(u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX));
                }
                if reset {
                    self.ledger.transcript.clear();
                }
                messages.into_iter().for_each(|message| self.show(message));
                return client;
            }
            sleep(TRY_AGAIN).await;
        }
    }

    async fn converse(&mut self, client: &mut Client) -> anyhow::Result<()> {
        while !self.is_done() {
            let (client_id, text) = match &self.waiting {
                Some(waiting) => waiting.clone(),
                None => self.next_message(),
            };
            let cut = self.cut();
            client.send(&ClientFrame::Say { client_id: client_id.clone(), text, page: None }).await?;
            if cut == Some(Cut::AfterSending) {
                self.ledger.cuts += 1;
                return Ok(());
            }
            self.until_acknowledged(client, &client_id).await?;
            if cut.is_some() {
                self.ledger.cuts += 1;
                return Ok(());
            }
        }
        Ok(())
    }

    fn cut(&mut self) -> Option<Cut> {
        let dice = self.random.random_range(0..1_000);
        (dice < CUTS_PER_THOUSAND).then_some(if dice.is_multiple_of(2) {
            Cut::AfterSending
        } else {
            Cut::AfterAcknowledgement
        })
    }

    fn next_message(&mut self) -> (String, String) {
        let client_id = format!("{}-{}", self.number, self.ledger.said.len());
        let text = self.shared.texts.choose(&mut self.random).cloned().unwrap_or_else(|| "你好".to_owned());
        self.ledger.said.push((client_id.clone(), text.clone()));
        self.waiting = Some((client_id.clone(), text.clone()));
        (client_id, text)
    }

    async fn until_acknowledged(&mut self, client: &mut Client, expected: &str) -> anyhow::Result<()> {
        loop {
            match timeout(PATIENCE, client.frame()).await.context("no answer")?? {
                ServerFrame::Ack { client_id, sequence, .. } if client_id == expected => {
                    if self.ledger.acknowledged.insert(client_id, sequence).is_some_and(|before| before != sequence) {
                        self.ledger.acknowledged_differently += 1;
                    }
                    self.waiting = None;
                    self.shared.acknowledged.fetch_add(1, Ordering::Relaxed);
                    return Ok(());
                }
                ServerFrame::Message { message } => self.show(message),
                ServerFrame::Error { retry_after_ms: Some(wait), .. } => {
                    sleep(Duration::from_millis(wait)).await;
                    bail!("asked to wait");
                }
                ServerFrame::Error { message, .. } => bail!("refused: {message}"),
                _ => {}
            }
        }
    }

    /// Waits for answers that are under way: what the shop's system was asked before the server was killed is asked
    /// again by the next one. Whatever does not come in that time is lost.
    async fn until_answered(&mut self, client: &mut Client) -> anyhow::Result<()> {
        let give_up = Instant::now() + ANSWERED_WITHIN;
        while answers(&self.ledger.transcript).0 > 0 && Instant::now() < give_up {
            match timeout(PATIENCE, client.frame()).await {
                Ok(Ok(ServerFrame::Message { message })) => self.show(message),
                Ok(frame) => drop(frame?),
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Adds a message to the transcript, as a widget does, and notes what should not happen.
    fn show(&mut self, message: Message) {
        let last = self.last_sequence();
        if message.sequence <= last {
            self.ledger.shown_twice += 1;
        } else {
            if message.sequence > last + 1 && last > 0 {
                self.ledger.shown_out_of_order += 1;
            }
            self.ledger.transcript.push(message);
        }
    }

    fn last_sequence(&self) -> i64 {
        self.ledger.transcript.last().map_or(0, |message| message.sequence)
    }
}

/// The whole transcript of a client as the server holds it, asked for by somebody who holds nothing.
pub(super) async fn transcript_of(server: SocketAddr, ledger: &Ledger) -> anyhow::Result<Vec<Message>> {
    let (mut client, welcome) = Client::greet(server, 0, ledger.token.clone(), 0).await?;
    let ServerFrame::Welcome { mut messages, mut has_earlier, .. } = welcome else { bail!("no welcome") };
    while has_earlier {
        let before = messages.first().map_or(i64::MAX, |message| message.sequence);
        client.send(&ClientFrame::History { before }).await?;
        has_earlier = loop {
            match client.frame().await? {
                ServerFrame::History { messages: earlier, has_earlier: more } => {
                    messages.splice(0..0, earlier);
                    break more;
                }
                // A hint to a shopper who waits for a person: it may come between any two frames.
                ServerFrame::Queue { .. } => {}
                other => bail!("history was expected, not {other:?}"),
            }
        };
    }
    Ok(messages)
}
