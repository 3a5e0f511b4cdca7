//! The ways out of the house: e-mail by SMTP, short messages and WeChat by the shop's gateway.

mod email;
mod gateway;

pub use email::{SmtpSecurity, SmtpSettings};
pub use gateway::GatewaySettings;

use super::MarketingSettings;
use crate::clock::Clock;
use crate::marketing::campaign::Channel;
use crate::marketing::profile::{Field, Profile};
use crate::model::chat::ProductCard;
use crate::store::marketing::Recipient;
use email::Smtp;
use gateway::Gateway;
use std::sync::Arc;
use uuid::Uuid;

/// A message on its way out.
pub(super) struct Message<'a> {
    pub(super) id: Uuid,
    pub(super) channel: Channel,
    pub(super) customer: Option<&'a str>,
    pub(super) profile: &'a Profile,
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) cards: Vec<ProductCard>,
    pub(super) shop: String,
    pub(super) token: &'a str,
    pub(super) public_url: &'a str,
}

impl Message<'_> {
    fn base(&self) -> &str {
        self.public_url.trim_end_matches('/')
    }

    /// The link that ends all messages.
    fn unsubscribe_url(&self) -> String {
        format!("{}/m/u/{}", self.base(), self.token)
    }

    /// The link to a page of the shop, by way of us, so that it is known to have been opened.
    fn page_url(&self, path: &str) -> String {
        format!("{}/m/c/{}?to={path}", self.base(), self.token)
    }
}

/// What there is; clones share it.
#[derive(Clone)]
pub(super) struct Channels {
    smtp: Option<Arc<Smtp>>,
    gateway: Option<Arc<Gateway>>,
}

impl Channels {
    /// The ways that the settings open.
    ///
    /// # Errors
    /// In Chinese, what is wrong with them.
    pub(super) fn new(settings: &MarketingSettings, clock: &Clock) -> Result<Self, String> {
        let smtp = settings.smtp.as_ref().map(Smtp::new).transpose()?.map(Arc::new);
        let gateway = settings.gateway.as_ref().map(|gateway| Gateway::new(gateway, clock)).transpose()?.map(Arc::new);
        Ok(Self { smtp, gateway })
    }

    /// Whether somebody can be reached by a channel.
    pub(super) fn reaches(&self, channel: Channel, to: &Recipient, profile: &Profile) -> bool {
        match channel {
            Channel::Widget => !to.shoppers.is_empty(),
            Channel::Email => self.smtp.is_some() && profile.words(Field::Email).is_some(),
            Channel::Sms => self.gateway.is_some() && profile.words(Field::Phone).is_some(),
            Channel::Wechat => self.gateway.is_some() && to.customer.is_some(),
        }
    }

    /// Sends a message.
    ///
    /// # Errors
    /// In Chinese, why it could not be sent; nothing of the person is in it.
    pub(super) async fn send(&self, message: &Message<'_>) -> Result<(), String> {
        match (message.channel, &self.smtp, &self.gateway) {
            (Channel::Email, Some(smtp), _) => smtp.send(message).await,
            (Channel::Sms | Channel::Wechat, _, Some(gateway)) => gateway.send(message).await,
            _ => Err("没有设置这个渠道".to_owned()),
        }
    }
}
