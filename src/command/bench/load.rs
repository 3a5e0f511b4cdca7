//! The load generator: many connections, each of which sends a message and waits for its answer before the next.

use super::client::Client;
use super::percentile;
use crate::live::protocol::ClientFrame;
use anyhow::Context as _;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Time before the measurement begins: caches fill and connections settle.
const WARM_UP: Duration = Duration::from_secs(2);

/// Time between two messages of a client that does not read.
const DEAF_PAUSE: Duration = Duration::from_millis(200);

/// Whom the load is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Kind {
    /// The complete server.
    Chat,
    /// The echo server.
    Echo,
}

/// Options of the load generator.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// The server.
    #[arg(long)]
    address: SocketAddr,
    /// Whom the load is for.
    #[arg(long)]
    kind: Kind,
    /// Connections at the same time.
    #[arg(long)]
    connections: usize,
    /// Connections of these that send and never read.
    #[arg(long, default_value_t = 0)]
    deaf: usize,
    /// Seconds of measurement.
    #[arg(long)]
    seconds: u64,
    /// File with one message a line.
    #[arg(long)]
    texts: PathBuf,
    /// Messages of a hundred that nobody has sent before.
    #[arg(long)]
    fresh: u32,
    /// Milliseconds between an answer and the next message.
    #[arg(long, default_value_t = 0)]
    pause_ms: u64,
    /// Chooses what is said: another load for another number.
    #[arg(long, default_value_t = 0)]
    seed: u32,
}

/// What was measured.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Measured {
    /// Turns in the seconds of measurement.
    pub(super) turns: usize,
    /// Turns, the warm-up included.
    pub(super) all_turns: u64,
    pub(super) turns_per_second: f64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
}

/// A frame of either server, as far as a client has to look at it to know whether the answer is there.
#[derive(Deserialize)]
struct Seen<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    client_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    message: Option<SeenMessage<'a>>,
    /// Of an acknowledgement: the message's place in the conversation.
    #[serde(default)]
    sequence: Option<i64>,
    /// Who answers from now on.
    #[serde(borrow, default)]
    status: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct SeenMessage<'a> {
    #[serde(borrow)]
    author: Cow<'a, str>,
    sequence: i64,
}

/// Generates the load and prints what was measured as one line of JSON.
///
/// # Errors
/// A connection that broke.
pub(super) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let texts = std::fs::read_to_string(&arguments.texts).context("reading the messages")?;
    let texts: Arc<Vec<String>> = Arc::new(texts.lines().map(str::to_owned).collect());
    let ready = Arc::new(Barrier::new(arguments.connections));
    let mut talks = JoinSet::new();
    for number in 0..arguments.connections {
        let (arguments, texts, ready) = (arguments.clone(), Arc::clone(&texts), Arc::clone(&ready));
        talks.spawn(async move {
            let mut talk = Talk::open(&arguments, number, texts).await?;
            ready.wait().await;
            let begin = Instant::now() + WARM_UP;
            let end = begin + Duration::from_secs(arguments.seconds);
            let times = if number < arguments.deaf { talk.deaf(end).await } else { talk.measure(begin, end).await };
            anyhow::Ok((times?, talk.said))
        });
    }
    let (mut times, mut all_turns) = (Vec::new(), 0);
    while let Some(talk) = talks.join_next().await {
        let (of_talk, turns) = talk?.context("a connection of the load")?;
        times.extend(of_talk);
        all_turns += turns;
    }
    times.sort_unstable();
    let measured = Measured {
        turns: times.len(),
        all_turns,
        turns_per_second: times.len() as f64 / arguments.seconds as f64,
        p50_ms: percentile(&times, 0.5) / 1_000.0,
        p99_ms: percentile(&times, 0.99) / 1_000.0,
    };
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}

/// One connection of the load.
struct Talk {
    client: Option<Client>,
    arguments: Arguments,
    number: usize,
    said: u64,
    /// Whether a person answers, who takes longer than a turn may.
    with_agent: bool,
    texts: Arc<Vec<String>>,
    random: ChaCha8Rng,
}

impl Talk {
    async fn open(arguments: &Arguments, number: usize, texts: Arc<Vec<String>>) -> anyhow::Result<Self> {
        let random = ChaCha8Rng::seed_from_u64(u64::from(arguments.seed) << 32 | number as u64);
        let arguments = arguments.clone();
        let mut talk = Self { client: None, arguments, number, said: 0, with_agent: false, texts, random };
        talk.connect().await?;
        Ok(talk)
    }

    async fn connect(&mut self) -> anyhow::Result<()> {
        let address = self.arguments.address;
        self.client = Some(match self.arguments.kind {
            Kind::Chat => Client::greet(address, self.number, None, 0).await?.0,
            Kind::Echo => Client::connect(address, self.number).await?,
        });
        Ok(())
    }

    /// Talks until the end; returns the microseconds of each turn that ended after the beginning.
    async fn measure(&mut self, begin: Instant, end: Instant) -> anyhow::Result<Vec<u32>> {
        let mut times = Vec::new();
        let pause = Duration::from_millis(self.arguments.pause_ms);
        // Those who pause do not all begin at once.
        tokio::time::sleep(pause.mul_f64(self.random.random_range(0.0..1.0))).await;
        loop {
            let asked = Instant::now();
            if asked >= end {
                return Ok(times);
            }
            self.say().await?;
            let by_assistant = self.answer().await?;
            let answered = Instant::now();
            if by_assistant && answered >= begin && answered < end {
                times.push(u32::try_from(answered.duration_since(asked).as_micros()).unwrap_or(u32::MAX));
            }
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
        }
    }

    /// Says something and asks for the history now and then, never reads, and comes back when it is thrown out.
    async fn deaf(&mut self, end: Instant) -> anyhow::Result<Vec<u32>> {
        while Instant::now() < end {
            if tokio::time::timeout_at(end, self.ask_for_much()).await.is_ok_and(|asked| asked.is_err()) {
                self.connect().await?;
            }
            tokio::time::sleep(DEAF_PAUSE).await;
        }
        Ok(Vec::new())
    }

    async fn ask_for_much(&mut self) -> anyhow::Result<()> {
        self.say().await?;
        let history = ClientFrame::History { before: i64::MAX };
        self.client.as_mut().context("a connection")?.send(&history).await
    }

    async fn say(&mut self) -> anyhow::Result<()> {
        self.said += 1;
        let client_id = format!("{}-{}", self.number, self.said);
        let mut text = self.texts.choose(&mut self.random).cloned().unwrap_or_default();
        if self.random.random_range(0..100) < self.arguments.fresh {
            text = format!("{text}，订单号{}", self.random.random_range(10_000_000_u64..100_000_000));
        }
        let frame = ClientFrame::Say { client_id, text, page: None };
        self.client.as_mut().context("a connection")?.send(&frame).await
    }

    /// Waits for the answer: the echo of what was sent, or the acknowledgement and the assistant's message. Where a
    /// person answers, the acknowledgement is enough, and `false` is returned.
    async fn answer(&mut self) -> anyhow::Result<bool> {
        let client = self.client.as_mut().context("a connection")?;
        let (mut acknowledged, mut answered, mut by_person) = (None, 0, self.with_agent);
        loop {
            let text = client.text().await?;
            let seen: Seen<'_> = serde_json::from_str(&text).with_context(|| format!("a frame: {text}"))?;
            match (&*seen.kind, seen.message) {
                ("say", _) => return Ok(true),
                ("ack", _) if seen.client_id.is_some() => acknowledged = seen.sequence,
                ("message", Some(message)) if message.author != "shopper" => answered = message.sequence,
                ("status", _) => {
                    self.with_agent = seen.status.is_some_and(|status| status == "agent");
                    by_person |= self.with_agent;
                }
                ("ping", _) => client.send(&ClientFrame::Pong {}).await?,
                // What comes to a shopper whom a person serves, at any time.
                ("message" | "queue" | "typing" | "read" | "rating_request", _) => {}
                _ => anyhow::bail!("unexpected: {text}"),
            }
            // An answer to an earlier message, or a word of an agent who has just come, stands before this message.
            match acknowledged {
                Some(own) if answered > own => return Ok(true),
                Some(_) if by_person => return Ok(false),
                _ => {}
            }
        }
    }
}
