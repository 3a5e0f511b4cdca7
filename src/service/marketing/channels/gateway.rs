//! The shop's gateway for short messages and WeChat: a signed webhook, as the shop's system has for orders.
//!
//! The gateway gets who, what and the link that ends it; it answers `{"accepted": true}`. Its key is the message's id,
//! the same through every try.

use super::Message;
use crate::clock::Clock;
use crate::marketing::campaign::Channel;
use crate::marketing::profile::Field;
use crate::service::orders::{Unanswered, Webhook, WebhookSettings};
use serde::{Deserialize, Serialize};

/// How the gateway is reached.
pub type GatewaySettings = WebhookSettings;

pub(super) struct Gateway(Webhook);

#[derive(Serialize)]
struct Payload<'a> {
    channel: Channel,
    customer: Option<&'a str>,
    phone: Option<&'a str>,
    text: String,
    products: Vec<Product<'a>>,
    unsubscribe_url: String,
}

#[derive(Serialize)]
struct Product<'a> {
    sku: &'a str,
    name: &'a str,
    /// In fen.
    price: i64,
    url: String,
}

#[derive(Deserialize)]
struct Answer {
    accepted: bool,
}

impl Gateway {
    pub(super) fn new(settings: &WebhookSettings, clock: &Clock) -> Result<Self, String> {
        Ok(Self(Webhook::new(settings.clone(), clock.clone())?))
    }

    pub(super) async fn send(&self, message: &Message<'_>) -> Result<(), String> {
        let products = message.cards.iter().map(|card| {
            let url = message.page_url(&card.url);
            Product { sku: &card.sku, name: &card.name, price: card.price.0, url }
        });
        // Every short message names its sender and the way out.
        let text = match message.channel {
            Channel::Sms => format!("【{}】{} 回TD退订", message.shop, message.text),
            _ => message.text.clone(),
        };
        let payload = Payload {
            channel: message.channel,
            customer: message.customer,
            phone: message.profile.words(Field::Phone),
            text,
            products: products.collect(),
            unsubscribe_url: message.unsubscribe_url(),
        };
        let body = serde_json::to_vec(&payload).map_err(|error| error.to_string())?;
        match self.0.post::<Answer>(&message.id.to_string(), &body).await {
            Ok(Answer { accepted: true }) => Ok(()),
            Ok(Answer { accepted: false }) => Err("网关拒收".to_owned()),
            Err(Unanswered::TimedOut) => Err("网关没有及时回答，是否送达不确定".to_owned()),
            Err(Unanswered::Unavailable) => Err("网关连不上".to_owned()),
        }
    }
}
