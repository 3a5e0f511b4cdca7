//! People take over, over real sockets: hand-over, queue, races, transfer, agents who are gone, crashes, and that nothing
//! of the desk ever reaches a shopper.

mod cases;
mod naughty;
mod nodes;
mod rights;
mod routing;
mod tools;

use crate::rest::sign_in;
use crate::support::{Client, PATIENCE, Program, TestApp, keep_open, say, token};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use uuid::Uuid;
use xiaoer::clock::{Clock, Timestamp};
use xiaoer::live::desk_protocol::{CaseChange, DeskClientFrame, DeskServerFrame};
use xiaoer::live::protocol::{ClientFrame, ErrorCode, ServerFrame};
use xiaoer::model::chat::{Author, HandoverReason, Notice, Status};
use xiaoer::model::customer::{EventKind, Role};
use xiaoer::model::desk::{CaseCard, ClockState, DeskSettings, Presence, Stretch};
use xiaoer::service::sign_in::SignIn;
use xiaoer::store::{Db, staff};

/// A session of the console.
struct Agent {
    id: Uuid,
    cookie: String,
    server: SocketAddr,
}

const PASSWORD: &str = "correct horse";

/// Makes somebody who works at the desk, and signs them in.
async fn agent(app: &TestApp, name: &str, role: Role) -> Agent {
    hire(&app.chat.db, name, role).await;
    Agent::sign_in(app.address, &app.chat.db, name).await
}

async fn hire(db: &Db, name: &str, role: Role) {
    SignIn::new(db.clone(), Clock::system()).put(name, PASSWORD, role).await.expect("hired");
}

impl Agent {
    async fn sign_in(server: SocketAddr, db: &Db, name: &str) -> Self {
        let id = staff::by_name(db, name).await.expect("read").expect("hired").staff.id.0;
        let body = json!({ "name": name, "password": PASSWORD }).to_string();
        let answer = crate::support::http(server, "POST", "/api/staff/sign-in", &[], &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let cookie = answer.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
        Self { id, cookie: cookie.split(';').next().expect("a value").to_owned(), server }
    }

    /// A request; returns status and body.
    async fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let headers = [("Cookie", self.cookie.as_str()), ("X-Xiaoer-Csrf", "1")];
        let body = if method == "GET" { String::new() } else { body.to_string() };
        let answer = crate::support::http(self.server, method, path, &headers, &body).await;
        (answer.status, serde_json::from_str(&answer.body).unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call("GET", path, &Value::Null).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.call("POST", path, body).await
    }

    /// A socket that has not said hello.
    async fn connect(&self) -> Socket {
        let mut request = format!("ws://{}/ws/desk", self.server).into_client_request().expect("a request");
        let headers = request.headers_mut();
        headers.insert("sec-websocket-protocol", "xiaoer.v1".parse().expect("a header"));
        headers.insert("origin", format!("http://{}", self.server).parse().expect("a header"));
        headers.insert("cookie", self.cookie.parse().expect("a header"));
        Socket(connect_async(request).await.expect("the handshake succeeds").0)
    }

    /// A socket with its snapshot.
    async fn open(&self) -> (Socket, DeskServerFrame) {
        let mut socket = self.connect().await;
        socket.send(&DeskClientFrame::Hello {}).await;
        let welcome = socket.next().await;
        assert!(matches!(welcome, DeskServerFrame::Welcome { .. }), "{welcome:?}");
        (socket, welcome)
    }
}

struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn send(&mut self, frame: &DeskClientFrame) {
        self.0.send(Message::text(serde_json::to_string(frame).expect("JSON"))).await.expect("sent");
    }

    async fn next(&mut self) -> DeskServerFrame {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("the server answers in time");
            match next {
                Some(Ok(Message::Text(text))) => {
                    return serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
                }
                Some(Ok(Message::Ping(_))) => {}
                other => panic!("a text frame, not {other:?}"),
            }
        }
    }

    /// The first thing that fits, passing over others.
    async fn find<T>(&mut self, fits: impl Fn(&DeskServerFrame) -> Option<T>) -> T {
        loop {
            if let Some(found) = fits(&self.next().await) {
                return found;
            }
        }
    }

    async fn case(&mut self, change: CaseChange) -> CaseCard {
        self.find(|frame| match frame {
            DeskServerFrame::Case { change: found, case } if *found == change => Some(case.clone()),
            _ => None,
        })
        .await
    }

    /// Everything that was sent up to here.
    async fn settle(&mut self) -> String {
        self.send(&DeskClientFrame::Ping {}).await;
        let mut sent = String::new();
        loop {
            match self.next().await {
                DeskServerFrame::Pong {} => return sent,
                frame => sent.push_str(&serde_json::to_string(&frame).expect("JSON")),
            }
        }
    }

    /// Says something and returns its sequence.
    async fn say(&mut self, at: Uuid, client_id: &str, text: &str) -> i64 {
        self.send(&saying(at, client_id, text)).await;
        self.find(|frame| match frame {
            DeskServerFrame::Ack { client_id: id, sequence, .. } if id == client_id => Some(*sequence),
            DeskServerFrame::Error { .. } => panic!("{frame:?}"),
            _ => None,
        })
        .await
    }
}

fn saying(at: Uuid, client_id: &str, text: &str) -> DeskClientFrame {
    DeskClientFrame::Say {
        conversation_id: at,
        client_id: client_id.into(),
        text: text.into(),
        products: Vec::new(),
        suggestion: None,
    }
}

/// A shopper with everything they were ever sent.
struct Shopper {
    client: Client,
    token: String,
    conversation: Uuid,
    frames: Vec<ServerFrame>,
}

impl Shopper {
    async fn new(app: &TestApp) -> Self {
        let (client, welcome) = app.shopper(None, 0).await;
        let ServerFrame::Welcome { conversation_id, .. } = &welcome else { panic!("a welcome") };
        let conversation = conversation_id.parse().expect("an id");
        Self { client, token: token(&welcome), conversation, frames: vec![welcome] }
    }

    async fn say(&mut self, client_id: &str, text: &str) {
        self.client.send(&say(client_id, text)).await;
        self.find(|frame| matches!(frame, ServerFrame::Ack { client_id: id, .. } if id == client_id).then_some(()))
            .await;
    }

    async fn find<T>(&mut self, fits: impl Fn(&ServerFrame) -> Option<T>) -> T {
        loop {
            let frame = self.client.next().await;
            self.frames.push(frame.clone());
            if let Some(found) = fits(&frame) {
                return found;
            }
        }
    }

    async fn message(&mut self, text: &str) -> xiaoer::model::chat::Message {
        self.find(|frame| match frame {
            ServerFrame::Message { message } if message.body.text.contains(text) => Some(message.clone()),
            _ => None,
        })
        .await
    }

    async fn status(&mut self, wanted: Status) -> Option<String> {
        self.find(|frame| match frame {
            ServerFrame::Status { status, agent } if *status == wanted => Some(agent.clone()),
            _ => None,
        })
        .await
    }

    /// Everything up to here.
    async fn settle(&mut self) {
        self.client.send(&ClientFrame::Ping {}).await;
        self.find(|frame| (*frame == ServerFrame::Pong {}).then_some(())).await;
    }
}

/// Changes how the desk works.
async fn set(app: &TestApp, change: impl FnOnce(&mut DeskSettings)) {
    let admin = sign_in(app).await;
    let headers = [("Cookie", admin.as_str()), ("X-Xiaoer-Csrf", "1")];
    let view = app.http("GET", "/api/desk/settings", &headers, "").await.json();
    let mut settings: DeskSettings = serde_json::from_value(view["settings"].clone()).expect("settings");
    change(&mut settings);
    let body = serde_json::to_string(&settings).expect("JSON");
    let answer = app.http("PUT", "/api/desk/settings", &headers, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// Ten in the morning in China, on a Monday.
fn monday() -> Clock {
    Clock::fixed(Timestamp(1_767_578_400_000))
}

/// A conversation that waits for a person, without a socket.
async fn waits(app: &TestApp, number: usize) -> Uuid {
    let address =
        IpAddr::from([10, 0, u8::try_from(number / 250).expect("few"), u8::try_from(number % 250).expect("few")]);
    let (visitor, _mailbox, _) = app.chat.open(None, None, 0, address).await.expect("opened");
    app.chat.say(visitor, "1", "转人工", None).await.expect("said");
    visitor.conversation.0
}
