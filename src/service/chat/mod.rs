//! The conversation with a shopper: opening it, saying something, looking back, rating an answer.
//!
//! `say` holds the way of one message; `memory` what this node remembers between two of them; `load` what is left out
//! when there is too much to do.

mod call;
mod contest;
mod desk;
mod forget;
mod load;
mod memory;
mod pace;
mod say;
mod shop;
mod step;
mod welcome;

pub(crate) use desk::notice;
pub use load::{Extra, Load, Place};
pub(crate) use step::{Standing, Step};

use crate::clock::{Clock, Timestamp};
use crate::live::desk_hub::{DeskEvent, DeskHub};
use crate::live::desk_protocol::DeskServerFrame;
use crate::live::hub::{Hub, Mailbox, NoPlace};
use crate::live::limits::Limits;
use crate::live::parcel::Parcel;
use crate::live::protocol::{MAX_MESSAGES_PER_FRAME, MAX_TEXT_CHARS, ServerFrame, close};
use crate::model::chat::{Author, Status, Verdict};
use crate::model::id::{ConversationId, ShopperId};
use crate::service::Failure;
use crate::service::behaviour::Behaviour;
use crate::service::desk::plan::Plans;
use crate::service::identity::{BadToken, Identities};
use crate::service::orders::Orders;
use crate::service::publish::Published;
use crate::service::telemetry::Telemetry;
use crate::service::token::{new_token, token_hash};
use crate::store::journal::{Journal, NewShopper, ReadMark};
use crate::store::{Db, conversation, shopper};
use memory::Memory;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How conversations are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChatSettings {
    /// Whether each decision is written to the log with its reasons; personal numbers are masked there too.
    pub explain: bool,
    /// Turns that may be under way at once on this node; beyond that a message is refused with "busy".
    pub turns_at_once: usize,
}

impl Default for ChatSettings {
    fn default() -> Self {
        Self { explain: false, turns_at_once: 2_048 }
    }
}

/// The use case; clones share everything.
#[derive(Clone)]
pub struct Chat {
    /// The truth.
    pub db: Db,
    /// The way into it.
    pub journal: Journal,
    /// Who looks on.
    pub hub: Hub,
    /// The time.
    pub clock: Clock,
    /// Who answers.
    pub published: Published,
    /// What shoppers did.
    pub behaviour: Behaviour,
    /// How the desk works.
    pub plans: Plans,
    /// Who looks on at the desk.
    pub desk: DeskHub,
    /// Who shoppers are to the shop.
    pub identities: Identities,
    /// The shop's own system.
    pub orders: Orders,
    /// What operators see.
    pub telemetry: Telemetry,
    /// How much there is to do.
    pub load: Load,
    /// How much one visitor may ask for.
    pub limits: Arc<Limits>,
    settings: ChatSettings,
    memory: Memory,
}

/// What the use case is made of, besides itself.
pub struct Parts {
    /// The truth.
    pub db: Db,
    /// The way into it.
    pub journal: Journal,
    /// Who looks on.
    pub hub: Hub,
    /// The time.
    pub clock: Clock,
    /// Who answers.
    pub published: Published,
    /// What shoppers did.
    pub behaviour: Behaviour,
    /// How the desk works.
    pub plans: Plans,
    /// Who looks on at the desk.
    pub desk: DeskHub,
    /// Who shoppers are to the shop.
    pub identities: Identities,
    /// The shop's own system.
    pub orders: Orders,
    /// What operators see.
    pub telemetry: Telemetry,
}

/// Somebody who said hello.
#[derive(Debug, Clone, Copy)]
pub struct Visitor {
    /// Who.
    pub shopper: ShopperId,
    /// Their conversation.
    pub conversation: ConversationId,
    /// Where they come from.
    pub address: IpAddr,
}

/// Why a message was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Nothing in it.
    #[error("消息不能为空")]
    Empty,
    /// Too many characters.
    #[error("消息太长了，最多 {MAX_TEXT_CHARS} 个字，请分成几条发送")]
    TooLong,
    /// The client's id of the message is missing or too long.
    #[error("消息编号无效")]
    BadClientId,
    /// The same id came with another text before.
    #[error("同一个消息编号已经用于另一条消息")]
    Conflict,
    /// There is no such answer.
    #[error("没有找到这条消息")]
    NotFound,
    /// Too many messages; one fits again after this time.
    #[error("发得太快了，请稍等一下")]
    TooFast(Duration),
    /// More open windows than one visitor may have.
    #[error("打开的聊天窗口太多了，请先关闭几个")]
    TooManySockets,
    /// More to do than can be done; another try may succeed after this time.
    #[error("现在咨询的人有点多，请稍后再试")]
    Busy(Duration),
    /// The token of the shop is not believed.
    #[error(transparent)]
    BadIdentity(#[from] BadToken),
    /// The visitor is another customer of the shop.
    #[error("换账号登录请先退出")]
    AnotherCustomer,
    /// Something failed inside.
    #[error("系统出了点问题，请稍后再试")]
    Failed(#[from] Failure),
}

impl Refused {
    /// The name in figures.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::BadClientId => "bad_client_id",
            Self::Conflict => "conflict",
            Self::NotFound => "not_found",
            Self::TooFast(_) => "too_fast",
            Self::TooManySockets => "too_many_sockets",
            Self::Busy(_) => "busy",
            Self::BadIdentity(_) => "bad_identity",
            Self::AnotherCustomer => "another_customer",
            Self::Failed(_) => "failed",
        }
    }
}

impl From<crate::store::StoreError> for Refused {
    fn from(error: crate::store::StoreError) -> Self {
        if error.is_passing() {
            tracing::error!(error = &error as &dyn std::error::Error, "the database cannot be used for now");
            return load::busy(Uuid::now_v7());
        }
        Self::Failed(error.into())
    }
}

impl Chat {
    /// Puts the use case together.
    pub fn new(parts: Parts, limits: Limits, settings: ChatSettings) -> Self {
        let Parts { db, journal, hub, clock, published, behaviour, plans, desk, identities, orders, telemetry } = parts;
        let load = Load::new(settings.turns_at_once);
        let (limits, memory) = (Arc::new(limits), Memory::new());
        Self {
            db,
            journal,
            hub,
            clock,
            published,
            behaviour,
            plans,
            desk,
            identities,
            orders,
            telemetry,
            load,
            limits,
            settings,
            memory,
        }
    }

    /// Opens the conversation of whoever holds this token, or of a new visitor, and takes a place in the hub. A token
    /// of the shop names the customer; whoever was another customer becomes a new visitor. The place is taken before the
    /// missed messages are read, so that nothing can fall between; what is then in both is known by its sequence.
    ///
    /// # Errors
    /// [`Refused::BadIdentity`] for a token of the shop that is not believed: nobody is made a visitor by one.
    /// [`Refused::Busy`] while the program stops, [`Refused::TooManySockets`] beyond the visitor's limit,
    /// [`Refused::TooFast`] for more new visitors of one address than are let in,
    /// [`Refused::Failed`] where the database fails.
    pub async fn open(
        &self,
        token: Option<&str>,
        jwt: Option<&str>,
        last_seen: i64,
        address: IpAddr,
    ) -> Result<(Visitor, Mailbox, ServerFrame), Refused> {
        let (visitor, token) = self.visitor_or_new(token, jwt, address).await?;
        let mailbox = self.hub.join(visitor.conversation, self.limits.sockets_of_visitor).map_err(|no| match no {
            NoPlace::Draining => load::busy(visitor.conversation.0),
            NoPlace::TooMany => Refused::TooManySockets,
        })?;
        let head = conversation::head(&self.db, visitor.conversation).await?.ok_or(Refused::NotFound)?;
        if head.status == Status::Waiting {
            self.desk.attend(DeskEvent::Queue(visitor.conversation));
        }
        let welcome = self.welcome(visitor, token, head, last_seen).await?;
        Ok((visitor, mailbox, welcome))
    }

    async fn visitor_or_new(
        &self,
        token: Option<&str>,
        jwt: Option<&str>,
        address: IpAddr,
    ) -> Result<(Visitor, String), Refused> {
        let named = jwt.map(|jwt| self.identities.verify(jwt)).transpose().inspect_err(|bad| {
            tracing::info!(%bad, "a token of the shop is not believed");
        })?;
        if let Some(token) = token
            && let Some(visitor) = self.visitor(token, address).await?
        {
            let same = match &named {
                Some(identity) => self.identities.keep(visitor.shopper, identity).await?,
                None => true,
            };
            if same {
                return Ok((visitor, token.to_owned()));
            }
        }
        let (visitor, token) = self.new_visitor(address).await?;
        if let Some(identity) = &named {
            self.identities.keep(visitor.shopper, identity).await?;
        }
        Ok((visitor, token))
    }

    async fn new_visitor(&self, address: IpAddr) -> Result<(Visitor, String), Refused> {
        self.pace_newcomer(address)?;
        let token = new_token()?;
        let (shopper, conversation) = (ShopperId(Uuid::now_v7()), ConversationId(Uuid::now_v7()));
        let new = NewShopper { shopper, token_hash: token_hash(&token), conversation, at: self.clock.now() };
        self.journal.create(new).await?;
        Ok((Visitor { shopper, conversation, address }, token))
    }

    /// Takes a token of the shop that says who a visitor is; returns until when it is believed.
    ///
    /// # Errors
    /// [`Refused::BadIdentity`] for a token that is not believed, [`Refused::AnotherCustomer`] where the visitor is
    /// somebody else already.
    pub async fn identify(&self, visitor: Visitor, jwt: &str) -> Result<Timestamp, Refused> {
        let identity = self.identities.verify(jwt)?;
        if !self.identities.keep(visitor.shopper, &identity).await? {
            return Err(Refused::AnotherCustomer);
        }
        Ok(identity.expires_at)
    }

    /// Whoever holds a token, without making a new visitor.
    ///
    /// # Errors
    /// [`Refused::Failed`] where the database fails.
    pub async fn visitor(&self, token: &str, address: IpAddr) -> Result<Option<Visitor>, Refused> {
        let found = shopper::by_token(&self.db, &token_hash(token)).await?;
        Ok(found.map(|(shopper, conversation)| Visitor { shopper, conversation, address }))
    }

    /// The shopper who holds a token, without making a new one.
    ///
    /// # Errors
    /// [`Refused::Failed`] where the database fails.
    pub async fn shopper_of(&self, token: &str) -> Result<Option<ShopperId>, Refused> {
        Ok(shopper::by_token(&self.db, &token_hash(token)).await?.map(|(shopper, _)| shopper))
    }

    /// The messages before a sequence.
    ///
    /// # Errors
    /// [`Refused::Failed`] where the database fails.
    pub async fn history(&self, visitor: Visitor, before: i64) -> Result<ServerFrame, Refused> {
        let messages =
            conversation::messages_before(&self.db, visitor.conversation, before, MAX_MESSAGES_PER_FRAME).await?;
        let has_earlier = messages.first().is_some_and(|message| message.sequence > 1);
        Ok(ServerFrame::History { messages, has_earlier })
    }

    /// The messages after a sequence, as they go on the wire: what a socket needs that has noticed a gap.
    ///
    /// # Errors
    /// [`Refused::Failed`] where the database fails.
    pub async fn missed(&self, visitor: Visitor, after: i64) -> Result<Vec<Arc<Parcel>>, Refused> {
        let messages =
            conversation::messages_after(&self.db, visitor.conversation, after, MAX_MESSAGES_PER_FRAME).await?;
        let frames = messages.into_iter().map(|message| ServerFrame::Message { message });
        frames.map(|frame| Parcel::of(&frame)).collect::<Result<_, _>>().map_err(|error| Failure::from(error).into())
    }

    /// Keeps a verdict on an answer.
    ///
    /// # Errors
    /// [`Refused::NotFound`] where there is no such answer.
    pub async fn rate(&self, visitor: Visitor, sequence: i64, verdict: Verdict) -> Result<(), Refused> {
        let found = conversation::rate(&self.db, visitor.conversation, sequence, verdict, self.clock.now()).await?;
        if found { Ok(()) } else { Err(Refused::NotFound) }
    }

    /// Shows that the shopper is typing, to everybody else who looks on. A hint: under load it is left out.
    pub fn typing(&self, visitor: Visitor, from: Option<u64>, on: bool) {
        self.hint(visitor, from, || ServerFrame::Typing { author: Author::Shopper, on });
        if self.load.allows(Extra::Typing) {
            let frame = DeskServerFrame::Typing { conversation_id: visitor.conversation.0, on };
            self.desk.to_conversation(visitor.conversation, &frame);
        }
    }

    /// Keeps how far the shopper has read, and shows it to everybody else who looks on. A hint like typing.
    pub fn read(&self, visitor: Visitor, from: Option<u64>, sequence: i64) {
        let (conversation, reader) = (visitor.conversation, Author::Shopper);
        self.journal.mark_read(ReadMark { conversation, reader, sequence, at: self.clock.now() });
        self.hint(visitor, from, || ServerFrame::Read { author: Author::Shopper, sequence });
        if self.load.allows(Extra::Typing) {
            let frame = DeskServerFrame::Read { conversation_id: visitor.conversation.0, sequence };
            self.desk.to_conversation(visitor.conversation, &frame);
        }
    }

    fn hint(&self, visitor: Visitor, from: Option<u64>, frame: impl FnOnce() -> ServerFrame) {
        if self.load.allows(Extra::Typing)
            && self.hub.is_watched(visitor.conversation, from)
            && let Ok(parcel) = Parcel::of(&frame())
        {
            self.hub.publish(visitor.conversation, &[parcel], from);
        }
    }

    /// Makes the visitor's token worthless and closes all their sockets.
    ///
    /// # Errors
    /// [`Refused::Failed`] where the database fails; the token is then still good.
    pub async fn leave(&self, visitor: Visitor) -> Result<(), Refused> {
        shopper::replace_token(&self.db, visitor.shopper, &token_hash(&new_token()?)).await?;
        self.identities.forget(visitor.shopper).await?;
        self.hub.dismiss(visitor.conversation, close::SIGNED_OUT);
        Ok(())
    }
}
