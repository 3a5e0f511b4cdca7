//! The shop's own system behind one interface: what it is asked, and what comes of it.
//!
//! # Invariants
//! - Orders are asked for by the customer whom a signed token has named, never by what somebody typed.
//! - A request has a key that it keeps through every retry and every restart: the shop's system can do it once.
//! - Whatever goes wrong is an [`Outcome`] with a wording, never an error that leaves a shopper without an answer.

mod address;
mod breaker;
mod demo;
mod demo_data;
mod http;
mod webhook;

pub(in crate::service) use http::Target;

pub use demo::DemoShop;
pub use demo_data::{DemoDataError, fill};
pub use webhook::{SIGNATURE, Signed, TIMESTAMP, Unanswered, Webhook, sign};

use crate::clock::Clock;
use crate::model::id::ConversationId;
use crate::model::order::{Facts, Outcome, Request};
use crate::service::publish::Published;
use crate::store::Db;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Which system the shop has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum System {
    /// The demo shop's own orders.
    #[default]
    Demo,
    /// The shop's own system, asked by signed webhooks.
    Webhook,
    /// None: tasks say that they cannot be done at the moment.
    None,
}

/// How the shop's system is reached.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrderSettings {
    /// Which system.
    pub system: System,
    /// How a webhook is sent.
    pub webhook: WebhookSettings,
}

/// How a webhook is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookSettings {
    /// Where to: `https://erp.example.com/xiaoer`.
    pub url: String,
    /// Keys that requests are signed with, the newest first; each gives a signature of its own, so that the shop can
    /// change keys without a gap.
    pub secrets: Vec<String>,
    /// Longest time for one try, in milliseconds.
    pub attempt_ms: u64,
    /// Longest time for all tries together, in milliseconds.
    pub deadline_ms: u64,
    /// Tries, at most.
    pub attempts: u32,
    /// Time before the second try, in milliseconds; it doubles with each further one.
    pub retry_ms: u64,
    /// Requests at once on a node; others wait for their turn as long as their time lasts.
    pub at_once: usize,
    /// Whether the address may be a private one, and may do without TLS.
    pub allow_private: bool,
    /// Failed requests in a row after which the system is left alone for a while.
    pub breaker_failures: u32,
    /// How long it is left alone, in milliseconds.
    pub breaker_pause_ms: u64,
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self {
            url: String::new(),
            secrets: Vec::new(),
            attempt_ms: 3_000,
            deadline_ms: 10_000,
            attempts: 3,
            retry_ms: 250,
            at_once: 32,
            allow_private: false,
            breaker_failures: 5,
            breaker_pause_ms: 30_000,
        }
    }
}

/// Shortest key to sign with, in bytes.
const SHORTEST_SECRET: usize = 32;

/// Longest time that a request may take, in milliseconds: a request that was not answered after a multiple of it is done
/// again.
const LONGEST_MS: u64 = 15_000;

impl WebhookSettings {
    /// What is wrong with them, under the name that they have among the settings.
    pub fn mistakes(&self, name: &str) -> Vec<String> {
        let mut mistakes = Vec::new();
        let plain = self.url.starts_with("http://") && self.allow_private;
        if !self.url.starts_with("https://") && !plain {
            mistakes.push(format!("{name}.url 应当以 https:// 开头；内网的 http 地址要另外写 allow_private = true"));
        }
        if self.secrets.is_empty() || self.secrets.iter().any(|secret| secret.len() < SHORTEST_SECRET) {
            mistakes.push(format!("{name}.secrets 至少要有一个，每个至少 {SHORTEST_SECRET} 个字符"));
        }
        if self.attempts == 0 || self.attempt_ms == 0 || self.at_once == 0 || self.deadline_ms > LONGEST_MS {
            let longest = LONGEST_MS;
            mistakes.push(format!("{name}：attempts、attempt_ms 和 at_once 要大于 0，deadline_ms 不能超过 {longest}"));
        }
        mistakes
    }
}

impl OrderSettings {
    /// What is wrong with them.
    pub fn mistakes(&self) -> Vec<String> {
        if self.system == System::Webhook { self.webhook.mistakes("orders.webhook") } else { Vec::new() }
    }
}

/// A request with everything that the shop's system has to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Whose orders.
    pub customer: String,
    /// What the token says of the customer.
    pub profile: Facts,
    /// In which conversation.
    pub conversation: ConversationId,
    /// Because of which message of it.
    pub sequence: i64,
    /// What.
    pub request: Request,
}

impl Call {
    /// Names the request for ever.
    pub fn key(&self) -> String {
        format!("{}-{}", self.conversation, self.request.number)
    }
}

/// The shop's system; clones share it.
#[derive(Clone)]
pub enum Orders {
    /// The demo shop's.
    Demo(DemoShop),
    /// The shop's own.
    Webhook(Arc<Webhook>),
    /// None.
    None,
}

impl Orders {
    /// The system that the settings name.
    ///
    /// # Errors
    /// In Chinese, where the webhook's address cannot be read.
    pub fn new(settings: &OrderSettings, db: &Db, clock: &Clock, published: &Published) -> Result<Self, String> {
        Ok(match settings.system {
            System::Demo => Self::Demo(DemoShop::new(db.clone(), clock.clone(), published.clone())),
            System::Webhook => Self::Webhook(Arc::new(Webhook::new(settings.webhook.clone(), clock.clone())?)),
            System::None => Self::None,
        })
    }

    /// Performs a request.
    pub async fn perform(&self, call: &Call) -> Outcome {
        match self {
            Self::Demo(shop) => shop.perform(call).await,
            Self::Webhook(webhook) => webhook.perform(call).await,
            Self::None => Outcome::Unavailable,
        }
    }
}
