//! What people agree to, outside of the chat: on the shop's page, by the link in a message, by an answer to the gateway.

use super::Marketing;
use crate::marketing::campaign::Channel;
use crate::model::id::ShopperId;
use crate::service::Failure;
use crate::service::token::token_hash;
use crate::store::marketing::consent::{self, Given};
use crate::store::marketing::delivery;
use std::collections::BTreeMap;

impl Marketing {
    /// Keeps what a browser's person chose on the shop's page, about one channel or all.
    ///
    /// # Errors
    /// [`Failure`] where the database fails; then nothing changed.
    pub async fn choose(&self, shopper: ShopperId, channel: Option<Channel>, granted: bool) -> Result<(), Failure> {
        Ok(consent::put(&self.db, shopper, channel, granted, Given::Page, self.clock.now()).await?)
    }

    /// What a browser's person said last about each channel.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn chosen(&self, shopper: ShopperId) -> Result<BTreeMap<Channel, bool>, Failure> {
        let words = consent::of(&self.db, &self.person_of(shopper).await?).await?;
        Ok(words.into_iter().map(|(channel, (granted, _))| (channel, granted)).collect())
    }

    /// The name of the shop whose message has this token.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn linked(&self, token: &str) -> Result<Option<String>, Failure> {
        Ok(delivery::by_link(&self.db, &token_hash(token)).await?.map(|_| self.shop_name()))
    }

    pub(super) fn shop_name(&self) -> String {
        self.chat.published.assistant().knowledge.content.shop.name.clone()
    }

    /// One click in a message: no messages any longer, by no channel; or again by the one it came by. Returns the
    /// shop's name, or nothing where no message has this token.
    ///
    /// # Errors
    /// [`Failure`] where the database fails; another click completes what this one began.
    pub async fn click_consent(&self, token: &str, granted: bool) -> Result<Option<String>, Failure> {
        let Some(linked) = delivery::by_link(&self.db, &token_hash(token)).await? else { return Ok(None) };
        let (now, channel) = (self.clock.now(), granted.then_some(linked.channel));
        consent::put_for(&self.db, &linked.person, channel, granted, Given::Link, now).await?;
        consent::put(&self.db, linked.shopper, channel, granted, Given::Link, now).await?;
        if !granted {
            delivery::unsubscribed(&self.db, linked.id, now).await?;
        }
        Ok(Some(self.shop_name()))
    }

    /// A link of a message was opened; says whether there is such a message.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn opened(&self, token: &str) -> Result<bool, Failure> {
        let Some(linked) = delivery::by_link(&self.db, &token_hash(token)).await? else { return Ok(false) };
        delivery::clicked(&self.db, linked.id, self.clock.now()).await?;
        Ok(true)
    }
}
