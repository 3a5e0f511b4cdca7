//! Tasks in conversation, through the whole server: the flows that the program ships, over real sockets, against the
//! demo shop's orders and against a system of the shop's own.

mod demo;
mod documented;
mod identity;
pub(crate) mod shop_system;
mod webhook;
mod words;

use crate::support::{Client, TestApp};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;
use xiaoer::clock::{Clock, Timestamp};
use xiaoer::live::protocol::{ClientFrame, ServerFrame};
use xiaoer::model::chat::{Action, Author, Message, PageContext};
use xiaoer::model::date::Date;

/// Thursday, the 26th of November 2026, at ten in the morning in China.
fn morning() -> Timestamp {
    "2026-11-26".parse::<Date>().expect("a date").begin().plus(Duration::from_secs(10 * 3_600))
}

fn clock() -> Clock {
    Clock::fixed(morning())
}

/// The folder of the shop that the program ships.
fn knowledge_base() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("knowledge_base")
}

/// A conversation that writes itself down.
struct Script {
    client: Client,
    written: String,
    said: usize,
}

impl Script {
    /// Somebody opens the chat; with a token of the shop they are signed in.
    async fn open(app: &TestApp, who: &str, jwt: Option<&str>) -> Self {
        let mut client = app.socket().await;
        let jwt = jwt.map(str::to_owned);
        client.send(&ClientFrame::Hello { token: None, jwt, last_sequence: 0, page: None }).await;
        assert!(matches!(client.next().await, ServerFrame::Welcome { .. }));
        Self { client, written: format!("（{who}）\n"), said: 0 }
    }

    /// Somebody signed in to the demo shop.
    async fn of_customer(app: &TestApp, customer: &str, name: &str) -> Self {
        let jwt = demo_token(app, customer).await;
        Self::open(app, &format!("{name}，已登录"), Some(&jwt)).await
    }

    /// Says something, waits for the answer, and writes both down.
    async fn say(&mut self, text: &str) -> Message {
        self.say_on_page(text, None).await
    }

    async fn say_on_page(&mut self, text: &str, page: Option<PageContext>) -> Message {
        self.said += 1;
        let client_id = self.said.to_string();
        self.client.send(&ClientFrame::Say { client_id, text: text.into(), page }).await;
        let _ = writeln!(self.written, "顾客：{text}");
        self.answer().await
    }

    async fn answer(&mut self) -> Message {
        loop {
            match self.client.next().await {
                ServerFrame::Message { message } if message.author != Author::Shopper => {
                    self.write(&message);
                    return message;
                }
                ServerFrame::Error { message, .. } => panic!("refused: {message}"),
                _ => {}
            }
        }
    }

    fn write(&mut self, message: &Message) {
        let mut lines = message.body.text.lines().filter(|line| !line.trim().is_empty());
        let _ = writeln!(self.written, "小二：{}", lines.next().unwrap_or_default());
        for line in lines {
            let _ = writeln!(self.written, "      {line}");
        }
        let buttons = message.body.questions.iter().map(String::as_str);
        let person = message.body.actions.contains(&Action::CallHuman).then_some("转人工");
        let buttons: Vec<String> = buttons.chain(person).map(|button| format!("[{button}]")).collect();
        if !buttons.is_empty() {
            let _ = writeln!(self.written, "      {}", buttons.join(" "));
        }
    }
}

/// A token of the demo shop for one of its customers.
async fn demo_token(app: &TestApp, customer: &str) -> String {
    let body = format!(r#"{{"customer":"{customer}"}}"#);
    let answer = app.http("POST", "/api/shop/demo-sign-in", &[], &body).await;
    answer.json()["jwt"].as_str().expect("a token").to_owned()
}
