//! Serving customers beyond the answer: who they are, which of them are alike, and messages that reach them at the right
//! moment or not at all.
//!
//! # Invariants
//! - Every message goes through `consider` in `send.rs`, which decides in the transaction that notes the message
//!   (`store/marketing/delivery.rs`); no channel is reached by any other way.
//! - A message in the chat is written only onto the conversation that the decision has seen: whatever the shopper says in
//!   between, 退订 or a complaint, makes it be decided anew.
//! - What is asked for more than once is done once: an occasion is noted once for each person.

mod admin;
mod agreement;
pub mod channels;
mod dry_run;
mod one_person;
mod people;
mod send;
mod shop_events;
mod triggers;

pub use admin::{CampaignDraft, CampaignReport, Member, SegmentView, Untold};
pub use dry_run::{DryRun, Sample};
pub use one_person::{Known, ProfileField};
pub use people::Crowd;
pub use send::Outcome;
pub use shop_events::ShopEvent;

use crate::clock::Clock;
use crate::marketing::campaign::Mistake;
use crate::marketing::sending::Limits;
use crate::model::secret::Secret;
use crate::service::Failure;
use crate::service::chat::{Chat, Refused};
use crate::store::{Db, StoreError, setting};
use channels::{Channels, GatewaySettings, SmtpSettings};
use people::Cache;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Name of the setting that holds the limits of all campaigns.
const LIMITS: &str = "marketing_limits";

/// How often it is looked for what is due, at least.
const LOOK: Duration = Duration::from_secs(15);

/// Share of the time that looking may take: a large shop looks less often.
const LEISURE: u32 = 10;

/// How messages leave the shop.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MarketingSettings {
    /// Where this program is reached from outside, for links in messages: `https://kf.example.com`.
    pub public_url: String,
    /// How e-mail is sent; without it there is none.
    pub smtp: Option<SmtpSettings>,
    /// The shop's gateway for short messages and WeChat; without it there are none.
    pub gateway: Option<GatewaySettings>,
    /// Keys with which the shop's system signs what it tells; without them nothing is believed.
    pub hook_secrets: Vec<Secret>,
    /// A file that holds them, one a line, in their place.
    pub hook_secrets_file: Option<PathBuf>,
}

/// Shortest key to sign with, in bytes.
const SHORTEST_SECRET: usize = 32;

impl MarketingSettings {
    /// What is wrong with them.
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        let outside = self.smtp.is_some() || self.gateway.is_some();
        if outside && !self.public_url.starts_with("https://") && !self.public_url.starts_with("http://") {
            mistakes.push("marketing.public_url 要写外部访问本程序的地址，消息里的退订链接要用它".to_owned());
        }
        mistakes.extend(self.smtp.iter().flat_map(SmtpSettings::mistakes));
        mistakes.extend(self.gateway.iter().flat_map(|gateway| gateway.mistakes("marketing.gateway")));
        if self.hook_secrets.iter().any(|secret| secret.len() < SHORTEST_SECRET) {
            mistakes.push(format!("marketing.hook_secrets 每个至少 {SHORTEST_SECRET} 个字符"));
        }
        mistakes
    }
}

/// The use case; clones share everything.
#[derive(Clone)]
pub struct Marketing {
    db: Db,
    clock: Clock,
    chat: Chat,
    settings: Arc<MarketingSettings>,
    channels: Channels,
    cache: Arc<Cache>,
}

/// Why something was refused.
#[derive(Debug, thiserror::Error)]
pub enum MarketingRefused {
    /// There is no such thing.
    #[error("没有找到{0}")]
    NotFound(&'static str),
    /// Another one has that name.
    #[error("“{0}”这个名字已经用了")]
    NameTaken(String),
    /// Somebody else was faster.
    #[error("别人刚刚改过，请重新打开再改")]
    Stale,
    /// Not at this stage.
    #[error("{0}")]
    NotNow(String),
    /// Breaks rules.
    #[error("有 {} 处要修改", .0.len())]
    Invalid(Vec<Mistake>),
    /// Makes no sense.
    #[error("{0}")]
    Bad(String),
    /// The signature is missing, wrong or old.
    #[error("签名无效")]
    BadSignature,
    /// Something failed inside.
    #[error("系统出了点问题，请稍后再试")]
    Failed(#[from] Failure),
}

impl From<StoreError> for MarketingRefused {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// What the conversation refuses is a failure here: nobody waits for the answer.
fn failure(refused: Refused) -> Failure {
    match refused {
        Refused::Failed(failure) => failure,
        other => Failure::inside("conversation", &other),
    }
}

impl Marketing {
    /// Puts the use case together.
    ///
    /// # Errors
    /// In Chinese, what is wrong with the settings.
    pub fn new(chat: Chat, settings: MarketingSettings) -> Result<Self, String> {
        let (db, clock) = (chat.db.clone(), chat.clock.clone());
        let channels = Channels::new(&settings, &clock)?;
        Ok(Self { db, clock, chat, settings: Arc::new(settings), channels, cache: Arc::default() })
    }

    /// The limits of all campaigns.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn limits(&self) -> Result<Limits, Failure> {
        Ok(setting::get(&self.db, LIMITS).await?.unwrap_or_default())
    }

    /// Looks again and again for what is due, as long as the program runs.
    pub async fn run(self) {
        let mut wait = LOOK;
        loop {
            tokio::time::sleep(wait).await;
            let began = std::time::Instant::now();
            if let Err(error) = self.tick().await {
                tracing::error!(error = &error as &dyn std::error::Error, "campaigns cannot be looked after");
            }
            wait = LOOK.max(began.elapsed() * LEISURE);
        }
    }
}
