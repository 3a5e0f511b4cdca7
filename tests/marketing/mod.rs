//! Segments and campaigns through the whole server: who gets a message, who does not and why, what comes of it.

mod channels;
mod naughty;
mod orders;
mod profiles;
mod race;
mod rest;
mod retention;
mod sending;
mod smtp;
mod triggers;

use crate::knowledge::Console;
use crate::support::{Client, TestApp};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;
use xiaoer::clock::{Clock, Timestamp};
use xiaoer::config::Config;
use xiaoer::live::protocol::ServerFrame;
use xiaoer::model::chat::Message;
use xiaoer::model::customer::EventKind;
use xiaoer::model::date::Date;
use xiaoer::model::id::ShopperId;

const SECRET: &str = "an example key of at least 32 bytes";

/// Thursday, the 26th of November 2026, at this hour in China.
fn at_hour(hour: u64) -> Timestamp {
    "2026-11-26".parse::<Date>().expect("a date").begin().plus(Duration::from_secs(hour * 3_600))
}

pub(crate) fn clock() -> Clock {
    Clock::fixed(at_hour(10))
}

/// A shop of its own, where the shop's system signs with [`SECRET`].
pub(crate) async fn start(clock: &Clock) -> TestApp {
    TestApp::start_at_with(clock, settings).await
}

pub(crate) fn settings(config: &mut Config) {
    config.marketing.hook_secrets = vec![SECRET.into()];
    config.identity.keys = vec![xiaoer::service::identity::IdentityKey {
        id: "k".into(),
        secret: Some(SECRET.into()),
        ..Default::default()
    }];
}

/// A token of the shop for a customer, with these claims besides.
pub(crate) fn customer_token(customer: &str, clock: &Clock, claims: &Value) -> String {
    let mut all = json!({ "sub": customer, "aud": "xiaoer", "exp": clock.now().0 / 1_000 + 600 });
    for (name, value) in claims.as_object().expect("an object") {
        all[name] = value.clone();
    }
    let key = jsonwebtoken::EncodingKey::from_secret(SECRET.as_bytes());
    jsonwebtoken::encode(&jsonwebtoken::Header::default(), &all, &key).expect("signed")
}

/// A plan that sends a text to everybody who is meant, with these fields besides.
pub(crate) fn plan(trigger: Value, more: Value) -> Value {
    let mut plan = json!({
        "channel": "widget",
        "variants": [{ "text": "{name}，{shop}上新啦" }],
        "cap": { "times": 1, "days": 30 },
    });
    plan["trigger"] = trigger;
    let Value::Object(more) = more else { panic!("an object") };
    for (name, value) in more {
        plan[name] = value;
    }
    plan
}

/// Makes a campaign and starts it; returns its id.
pub(crate) async fn run(console: &Console<'_>, name: &str, plan: Value) -> Uuid {
    let made = console.done("POST", "/api/admin/campaigns", &json!({ "name": name, "plan": plan })).await;
    let id = made["id"].as_str().expect("an id").to_owned();
    console.done("PUT", &format!("/api/admin/campaigns/{id}/state"), &json!({ "state": "running" })).await;
    id.parse().expect("an id")
}

async fn report(console: &Console<'_>, id: Uuid) -> Value {
    console.get(&format!("/api/admin/campaigns/{id}/report")).await
}

/// The names of the reasons of a report, with their numbers.
fn refused(report: &Value) -> Vec<(String, i64)> {
    let all = report["refused"].as_array().expect("a list").iter();
    all.map(|one| (one["reason"].as_str().unwrap_or_default().to_owned(), one["count"].as_i64().unwrap_or_default()))
        .collect()
}

/// A shopper with an open chat.
pub(crate) struct Visitor<'a> {
    app: &'a TestApp,
    pub(crate) client: Client,
    pub(crate) token: String,
    pub(crate) shopper: ShopperId,
    said: usize,
}

impl<'a> Visitor<'a> {
    pub(crate) async fn new(app: &'a TestApp) -> Self {
        let (client, welcome) = app.shopper(None, 0).await;
        let ServerFrame::Welcome { token, .. } = welcome else { panic!("a welcome") };
        let shopper = app.chat.shopper_of(&token).await.expect("read").expect("known");
        Self { app, client, token, shopper, said: 0 }
    }

    /// Somebody who agreed to messages in the chat.
    pub(crate) async fn who_agrees(app: &'a TestApp) -> Self {
        let visitor = Self::new(app).await;
        visitor.agree("widget").await;
        visitor
    }

    pub(crate) async fn agree(&self, channel: &str) {
        let body = json!({ "token": self.token, "channel": channel, "granted": true }).to_string();
        let answer = self.app.http("PUT", "/api/shop/consent", &[], &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// The shop says who it is.
    pub(crate) async fn is(&self, customer: &str, clock: &Clock, claims: &Value) {
        let address = "127.0.0.1".parse().expect("an address");
        let visitor = self.app.chat.visitor(&self.token, address).await.expect("read").expect("known");
        self.app.chat.identify(visitor, &customer_token(customer, clock, claims)).await.expect("believed");
    }

    pub(crate) async fn does(&self, kind: EventKind, sku: &str) {
        self.app.behaviour.record(self.shopper, sku, kind, None).await.expect("kept");
    }

    pub(crate) async fn opens(&self, path: &str) {
        let body = json!({ "token": self.token, "path": path }).to_string();
        assert_eq!(self.app.http("POST", "/api/shop/visits", &[], &body).await.status, 204);
    }

    pub(crate) async fn says(&mut self, text: &str) -> Message {
        self.said += 1;
        self.client.ask(&self.said.to_string(), text).await.1
    }

    /// The messages of campaigns in the conversation.
    pub(crate) async fn got(&mut self) -> Vec<Message> {
        let mut all = self.app.messages_of(&mut self.client).await;
        all.retain(|message| message.body.campaign.is_some());
        all
    }
}
