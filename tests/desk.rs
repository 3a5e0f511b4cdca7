//! People take over, over real sockets: hand-over, queue, races, transfer, agents who are gone, crashes, and that nothing
//! of the desk ever reaches a shopper.

use crate::rest::sign_in;
use crate::support::{Client, PATIENCE, Program, TestApp, keep_open, token};
use crate::wire::say;
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
use xiaoer::store::{DatabaseSettings, Db, staff};

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

    /// A socket with its snapshot.
    async fn open(&self) -> (Socket, DeskServerFrame) {
        let mut request = format!("ws://{}/ws/desk", self.server).into_client_request().expect("a request");
        let headers = request.headers_mut();
        headers.insert("sec-websocket-protocol", "xiaoer.v1".parse().expect("a header"));
        headers.insert("origin", format!("http://{}", self.server).parse().expect("a header"));
        headers.insert("cookie", self.cookie.parse().expect("a header"));
        let mut socket = Socket(connect_async(request).await.expect("the handshake succeeds").0);
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

#[tokio::test(flavor = "multi_thread")]
async fn a_shopper_is_handed_over_served_handed_on_and_asked_once() {
    let app = TestApp::start().await;
    let (wang, li) = (agent(&app, "wang", Role::Agent).await, agent(&app, "li", Role::Agent).await);
    let (mut at_wang, _) = wang.open().await;
    let mut shopper = Shopper::new(&app).await;
    shopper.say("1", "我要转人工").await;
    let case = at_wang.case(CaseChange::Assigned).await;
    assert_eq!((case.conversation_id, case.reason), (shopper.conversation, HandoverReason::Requested));
    assert_eq!(case.agent.as_ref().map(|agent| agent.id), Some(wang.id));
    let joined = shopper.message("为您服务").await;
    assert_eq!((joined.author, joined.body.notice), (Author::System, Some(Notice::AgentJoined)));
    assert_eq!(shopper.status(Status::Agent).await.as_deref(), Some("wang"));

    let sequence = at_wang.say(case.conversation_id, "a", "您好，请讲").await;
    let heard = shopper.message("请讲").await;
    assert_eq!((heard.author, heard.sequence, heard.body.agent.as_deref()), (Author::Agent, sequence, Some("wang")));
    assert_eq!(at_wang.say(case.conversation_id, "a", "您好，请讲").await, sequence, "a resend is one message");
    shopper.say("2", "退款多久到账").await;
    let proposed = at_wang
        .find(|frame| match frame {
            DeskServerFrame::Suggestions { answers, .. } => Some(answers.clone()),
            _ => None,
        })
        .await;
    assert!(proposed.len() <= 3 && proposed[0].entry == "refund-time" && proposed[0].confidence > 0.5, "{proposed:?}");
    let DeskClientFrame::Say { conversation_id, client_id, products, .. } = saying(case.conversation_id, "b", "")
    else {
        unreachable!()
    };
    let text = proposed[0].answer.clone();
    let suggestion = Some(proposed[0].id);
    at_wang.send(&DeskClientFrame::Say { conversation_id, client_id, text, products, suggestion }).await;
    at_wang.find(|frame| matches!(frame, DeskServerFrame::Ack { .. }).then_some(())).await;
    let (mut at_li, _) = li.open().await;

    // Handed on with its history.
    let path = format!("/api/desk/cases/{}", case.id);
    let (status, body) = wang.post(&format!("{path}/transfer"), &json!({ "agent": li.id, "note": "老顾客" })).await;
    assert_eq!(status, 200, "{body}");
    let moved = at_li.case(CaseChange::Assigned).await;
    assert_eq!(moved.agent.as_ref().map(|agent| agent.id), Some(li.id));
    at_wang.send(&saying(case.conversation_id, "c", "还在吗")).await;
    let refused = at_wang.find(|frame| match frame {
        DeskServerFrame::Error { code, .. } => Some(*code),
        _ => None,
    });
    assert_eq!(refused.await, ErrorCode::Forbidden, "whoever gave it away is silent");
    let messages = li.get(&format!("/api/desk/conversations/{}/messages", case.conversation_id)).await;
    assert!(messages["messages"].as_array().is_some_and(|all| all.len() as i64 == messages["last_sequence"]));
    let notes = li.get(&format!("/api/desk/conversations/{}/notes", case.conversation_id)).await;
    assert_eq!(notes["notes"][0]["text"], "老顾客");

    let (status, _) = wang.post(&format!("{path}/resolve"), &json!({ "reason": "已解决" })).await;
    assert_eq!(status, 403);
    let (status, body) = li.post(&format!("{path}/resolve"), &json!({ "reason": "已解决" })).await;
    assert_eq!((status, body["state"].as_str()), (200, Some("resolved")), "{body}");
    let asked = shopper.find(|frame| match frame {
        ServerFrame::RatingRequest { case_id } => Some(*case_id),
        _ => None,
    });
    assert_eq!(asked.await, case.id);
    let (_, welcome) = app.shopper(Some(&shopper.token), 0).await;
    assert!(
        matches!(welcome, ServerFrame::Welcome { rate_case: Some(id), status: Status::Closed, .. } if id == case.id)
    );
    let rate =
        |stars| ClientFrame::RateService { case_id: case.id, solved: true, stars, comment: Some("谢谢".into()) };
    shopper.client.send(&rate(5)).await;
    shopper.find(|frame| matches!(frame, ServerFrame::Rated { .. }).then_some(())).await;
    shopper.client.send(&rate(1)).await;
    shopper.find(|frame| matches!(frame, ServerFrame::Error { code: ErrorCode::NotFound, .. }).then_some(())).await;
    let detail = li.get(&path).await;
    assert_eq!(
        (detail["case"]["rating"]["stars"].as_i64(), detail["agents"].as_array().map(Vec::len)),
        (Some(5), Some(2))
    );
    let (_, welcome) = app.shopper(Some(&shopper.token), 0).await;
    assert!(matches!(welcome, ServerFrame::Welcome { rate_case: None, .. }), "asked once");
    // The assistant answers again.
    let (_, answer) = shopper.client.ask("9", "运费怎么算").await;
    assert_eq!(answer.author, Author::Bot);
}

/// What somebody says, and why a person is then called.
async fn called(app: &TestApp, admin: &Agent, said: &[&str], reason: &str) -> Value {
    let mut shopper = Shopper::new(app).await;
    for (number, text) in said.iter().enumerate() {
        shopper.say(&number.to_string(), text).await;
    }
    let queue = admin.get("/api/desk/cases?view=waiting&limit=200").await;
    let id = json!(shopper.conversation);
    let case = queue["cases"].as_array().and_then(|cases| cases.iter().find(|case| case["conversation_id"] == id));
    let case = case.unwrap_or_else(|| panic!("{said:?} calls nobody: {queue}")).clone();
    assert_eq!(case["reason"], reason, "{said:?}");
    case
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_called_on_every_trigger() {
    let app = TestApp::start().await;
    let admin = agent(&app, "boss", Role::Admin).await;
    called(&app, &admin, &["帮我转人工"], "requested").await;
    called(&app, &admin, &["你们这是骗子吧，太气人了", "垃圾店铺，气死我了，太过分了"], "mood").await;
    called(&app, &admin, &["怎么办", "有问题", "怎么办啊"], "unanswered").await;
    called(&app, &admin, &["我不想活了"], "danger").await;
    for risk in ["我要打12315", "我要投诉到工商局", "准备起诉你们", "找媒体曝光你们", "卖的是假货"]
    {
        called(&app, &admin, &[risk], "risk").await;
    }
    // Rules: by intent, and by what the shopper has bought.
    let (status, group) = admin.post("/api/desk/groups", &json!({ "name": "发票组" })).await;
    assert_eq!(status, 201);
    let rule = json!({ "name": "发票找人", "intents": ["invoice"], "hand_over": true, "group": group["id"] });
    assert_eq!(admin.post("/api/desk/rules", &rule).await.0, 201);
    let case = called(&app, &admin, &["电子发票怎么开"], "rule").await;
    assert_eq!(case["group"]["name"], "发票组");
    let rich = json!({ "name": "大单", "min_order_value": 50_000, "hand_over": true, "head_start_s": 600 });
    assert_eq!(admin.post("/api/desk/rules", &rich).await.0, 201);
    let mut shopper = Shopper::new(&app).await;
    let who = app.chat.shopper_of(&shopper.token).await.expect("read").expect("known");
    app.chat.behaviour.record(who, "SS-001", EventKind::Buy, Some(2.0)).await.expect("kept");
    shopper.say("1", "运费怎么算").await;
    shopper.status(Status::Waiting).await;
    let mut poor = Shopper::new(&app).await;
    let (_, answer) = poor.client.ask("1", "运费怎么算").await;
    assert!(answer.body.ratable, "nobody else is handed over");
    let bad = json!({ "name": "x", "intents": ["nothing"], "hand_over": true });
    assert_eq!(admin.post("/api/desk/rules", &bad).await.0, 400);
}

/// A conversation that waits for a person, without a socket.
async fn waits(app: &TestApp, number: usize) -> Uuid {
    let address =
        IpAddr::from([10, 0, u8::try_from(number / 250).expect("few"), u8::try_from(number % 250).expect("few")]);
    let (visitor, _mailbox, _) = app.chat.open(None, 0, address).await.expect("opened");
    app.chat.say(visitor, "1", "转人工", None).await.expect("said");
    visitor.conversation.0
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_agents_who_claim_one_conversation_one_wins_two_hundred_times() {
    let app = TestApp::start().await;
    set(&app, |settings| settings.assign = false).await;
    let agents = [agent(&app, "wang", Role::Agent).await, agent(&app, "li", Role::Agent).await];
    for number in 0..200 {
        waits(&app, number).await;
    }
    let queue = agents[0].get("/api/desk/cases?view=waiting&limit=200").await;
    let cases: Vec<String> = queue["cases"]
        .as_array()
        .expect("cases")
        .iter()
        .map(|case| case["id"].as_str().expect("an id").to_owned())
        .collect();
    assert_eq!(cases.len(), 200);
    let mut won = [0, 0];
    for case in &cases {
        let path = format!("/api/desk/cases/{case}/claim");
        let none = json!({});
        let (first, second) = tokio::join!(agents[0].post(&path, &none), agents[1].post(&path, &none));
        let mut statuses = [first.0, second.0];
        let winner = usize::from(first.0 != 200);
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{first:?} {second:?}");
        let loser = if winner == 0 { &second.1 } else { &first.1 };
        assert!(loser["message"].as_str().is_some_and(|text| text.contains(["wang", "li"][winner])), "{loser}");
        won[winner] += 1;
    }
    let counters = app.desk.counters(&app.desk.agents().await.expect("agents")).await.expect("counted");
    assert_eq!((counters.waiting, counters.open, won[0] + won[1]), (0, 200, 200));
    let mine = agents[0].get("/api/desk/cases?view=mine&limit=1").await;
    assert_eq!(mine["total"], won[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_tells_the_place_and_can_be_left() {
    let app = TestApp::start().await;
    let mut first = Shopper::new(&app).await;
    first.say("1", "转人工").await;
    let place = |frame: &ServerFrame| match frame {
        ServerFrame::Queue { place, .. } => Some(*place),
        _ => None,
    };
    assert_eq!(first.find(place).await, Some(1));
    let mut second = Shopper::new(&app).await;
    second.say("1", "转人工").await;
    assert_eq!(second.find(place).await, Some(2));
    // The assistant goes on answering.
    let (_, answer) = second.client.ask("2", "运费怎么算").await;
    assert!(answer.body.ratable);
    first.client.send(&ClientFrame::CancelWait {}).await;
    assert_eq!(first.message("已取消排队").await.body.notice, Some(Notice::WaitCancelled));
    first.status(Status::Bot).await;
    assert_eq!(second.find(place).await, Some(1), "who is behind moves up");
    let (_, answer) = first.client.ask("3", "运费怎么算").await;
    assert!(answer.body.ratable);
    set(&app, |settings| settings.bot_while_waiting = false).await;
    second.say("3", "运费怎么算").await;
    second.settle().await;
    let last = second.frames.iter().rev().find_map(|frame| match frame {
        ServerFrame::Message { message } => Some(message.author),
        _ => None,
    });
    assert_eq!(last, Some(Author::Shopper), "the assistant is silent while they wait");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_who_is_gone_loses_the_conversation_after_the_lease_and_not_before() {
    let clock = monday();
    let app = TestApp::start_at(&clock).await;
    let (wang, li) = (agent(&app, "wang", Role::Agent).await, agent(&app, "li", Role::Agent).await);
    let (mut at_wang, _) = wang.open().await;
    let mut shopper = Shopper::new(&app).await;
    shopper.say("1", "转人工").await;
    let case = at_wang.case(CaseChange::Assigned).await;
    let (mut at_li, _) = li.open().await;
    // While the socket is there, time alone takes nothing.
    clock.advance(Duration::from_secs(120));
    app.desk.tick().await.expect("a tick");
    drop(at_wang);
    at_li
        .find(|frame| match frame {
            DeskServerFrame::Agent { agent } if agent.id == wang.id && agent.presence == Presence::Offline => Some(()),
            _ => None,
        })
        .await;
    clock.advance(Duration::from_secs(29));
    app.desk.tick().await.expect("a tick");
    assert_eq!(li.get(&format!("/api/desk/cases/{}", case.id)).await["case"]["agent"]["name"], "wang");
    clock.advance(Duration::from_secs(2));
    app.desk.tick().await.expect("a tick");
    let taken = at_li.case(CaseChange::Assigned).await;
    assert_eq!((taken.id, taken.agent.map(|agent| agent.id)), (case.id, Some(li.id)));
    assert_eq!(shopper.message("离线").await.body.notice, Some(Notice::AgentLeft));
    assert_eq!(shopper.status(Status::Agent).await.as_deref(), Some("li"));
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_business_hours_a_ticket_is_answered_later() {
    let clock = monday();
    let app = TestApp::start_at(&clock).await;
    set(&app, |settings| settings.hours.week = vec![vec![Stretch { from: 9 * 60, to: 18 * 60 }]; 7]).await;
    clock.advance(Duration::from_secs(12 * 3_600));
    let mut shopper = Shopper::new(&app).await;
    shopper.say("1", "转人工").await;
    let reply = shopper.message("工单").await;
    assert_eq!(reply.body.notice, Some(Notice::TicketOpened));
    let opens = shopper.find(|frame| match frame {
        ServerFrame::Queue { place: None, opens_at, .. } => *opens_at,
        _ => None,
    });
    assert_eq!(opens.await, Timestamp(1_767_578_400_000 + 23 * 3_600_000), "nine the next morning");
    drop(shopper.client);
    // The next morning an agent answers, and the shopper finds it when they come back.
    clock.advance(Duration::from_secs(12 * 3_600));
    let wang = agent(&app, "wang", Role::Agent).await;
    let (mut at_wang, _) = wang.open().await;
    let case = at_wang.case(CaseChange::Assigned).await;
    assert!(case.ticket && case.first_answer.state == ClockState::Breached, "{case:?}");
    at_wang.say(case.conversation_id, "a", "昨晚的问题已经处理好了").await;
    let (_, welcome) = app.shopper(Some(&shopper.token), 2).await;
    let ServerFrame::Welcome { messages, agent, .. } = welcome else { panic!("a welcome") };
    assert!(messages.iter().any(|message| message.body.text.contains("处理好了")), "{messages:?}");
    assert_eq!(agent.as_deref(), Some("wang"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freed_slot_takes_the_next_at_once_and_a_returning_shopper_goes_to_whom_they_know() {
    let clock = monday();
    let app = TestApp::start_at(&clock).await;
    set(&app, |settings| settings.capacity = 1).await;
    let (wang, li) = (agent(&app, "wang", Role::Agent).await, agent(&app, "li", Role::Agent).await);
    let (mut at_wang, _) = wang.open().await;
    let mut first = Shopper::new(&app).await;
    first.say("1", "转人工").await;
    let case = at_wang.case(CaseChange::Assigned).await;
    let waiting = waits(&app, 1).await;
    let resolve = |id: Uuid| format!("/api/desk/cases/{id}/resolve");
    assert_eq!(wang.post(&resolve(case.id), &json!({ "reason": "已解决" })).await.0, 200);
    let next = at_wang.find(|frame| match frame {
        DeskServerFrame::Case { change: CaseChange::Assigned, case } => Some(case.clone()),
        _ => None,
    });
    let next = next.await;
    assert_eq!(next.conversation_id, waiting);
    // The first shopper comes back: wang is busy, li is free, and yet wang is waited for.
    let (mut at_li, _) = li.open().await;
    first.say("2", "转人工").await;
    app.desk.tick().await.expect("a tick");
    clock.advance(Duration::from_secs(30));
    app.desk.tick().await.expect("a tick");
    assert_eq!(wang.post(&resolve(next.id), &json!({ "reason": "已解决" })).await.0, 200);
    assert_eq!(at_wang.case(CaseChange::Assigned).await.conversation_id, first.conversation);
    // Another time wang stays busy: after a minute anybody will do.
    let again = wang.get("/api/desk/cases?view=mine").await;
    let id: Uuid = again["cases"][0]["id"].as_str().expect("a case").parse().expect("an id");
    assert_eq!(wang.post(&resolve(id), &json!({ "reason": "已解决" })).await.0, 200);
    let busy = Shopper::new(&app).await;
    let mut busy = busy;
    at_li.send(&DeskClientFrame::Presence { presence: Presence::Away }).await;
    at_li
        .find(|frame| match frame {
            DeskServerFrame::Agent { agent } if agent.id == li.id && agent.presence == Presence::Away => Some(()),
            _ => None,
        })
        .await;
    busy.say("1", "转人工").await;
    assert_eq!(at_wang.case(CaseChange::Assigned).await.conversation_id, busy.conversation);
    at_li.send(&DeskClientFrame::Presence { presence: Presence::Online }).await;
    first.say("3", "转人工").await;
    clock.advance(Duration::from_secs(61));
    app.desk.tick().await.expect("a tick");
    assert_eq!(at_li.case(CaseChange::Assigned).await.conversation_id, first.conversation);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_the_desk_and_of_other_shoppers_reaches_a_shopper() {
    let app = TestApp::start().await;
    let (wang, li) = (agent(&app, "wang", Role::Agent).await, agent(&app, "li", Role::Agent).await);
    let boss = agent(&app, "boss", Role::Supervisor).await;
    let (mut at_wang, _) = wang.open().await;
    let (mut at_boss, _) = boss.open().await;
    at_boss.send(&DeskClientFrame::WatchAll { on: true }).await;
    let mut shopper = Shopper::new(&app).await;
    let mut other = Shopper::new(&app).await;
    shopper.say("1", "转人工").await;
    let case = at_wang.case(CaseChange::Assigned).await;
    other.say("1", "转人工，秘密甲").await;
    at_wang.case(CaseChange::Assigned).await;
    let (mut at_li, _) = li.open().await;
    let at = case.conversation_id;
    for socket in [&mut at_boss, &mut at_li, &mut at_wang] {
        socket.send(&DeskClientFrame::View { conversation_id: at, on: true }).await;
        socket.send(&DeskClientFrame::Typing { conversation_id: at, on: true }).await;
    }
    at_wang
        .find(|frame| match frame {
            DeskServerFrame::Viewers { viewers, .. } if viewers.iter().any(|viewer| viewer.agent.id == li.id) => {
                Some(())
            }
            _ => None,
        })
        .await;
    let notes = format!("/api/desk/conversations/{at}/notes");
    assert_eq!(wang.post(&notes, &json!({ "text": "秘密乙", "mentions": [li.id] })).await.0, 201);
    let named = at_li.find(|frame| match frame {
        DeskServerFrame::Note { note, to_me } => Some((note.text.clone(), *to_me)),
        _ => None,
    });
    assert_eq!(named.await, ("秘密乙".to_owned(), true));
    assert_eq!(boss.post(&notes, &json!({ "text": "秘密丙", "kind": "whisper" })).await.0, 201);
    assert_eq!(li.post(&notes, &json!({ "text": "x", "kind": "whisper" })).await.0, 403);
    at_wang
        .find(|frame| {
            matches!(frame, DeskServerFrame::Note { note, to_me: true } if note.text == "秘密丙").then_some(())
        })
        .await;
    let seen = |notes: &Value| notes["notes"].as_array().map(Vec::len);
    assert_eq!(
        (seen(&li.get(&notes).await), seen(&wang.get(&notes).await)),
        (Some(1), Some(2)),
        "a whisper is for two"
    );
    let tags = json!({ "tags": ["秘密丁"] });
    assert_eq!(wang.call("PUT", &format!("/api/desk/cases/{}/tags", case.id), &tags).await.0, 200);
    shopper.say("2", "退款多久到账").await;
    at_wang.find(|frame| matches!(frame, DeskServerFrame::Suggestions { .. }).then_some(())).await;
    other.say("2", "我的电话是 13800138000").await;
    at_wang.say(at, "a", "好的").await;
    let (status, body) = boss.post(&format!("/api/desk/cases/{}/take-over", case.id), &json!({})).await;
    assert_eq!(status, 200, "{body}");
    at_boss.say(at, "b", "我是主管").await;
    shopper.message("我是主管").await;
    shopper.settle().await;
    let everything = serde_json::to_string(&shopper.frames).expect("JSON");
    for secret in
        ["秘密", "13800138000", "suggest", "confidence", "refund-time", "viewers", "whisper", "mention", "mood", "risk"]
    {
        assert!(!everything.contains(secret), "{secret}: {everything}");
    }
    assert!(!everything.contains(&other.conversation.to_string()) && !everything.contains(&wang.id.to_string()));
    // Whoever comes back is told no more than that.
    let (_, welcome) = app.shopper(Some(&shopper.token), 0).await;
    let welcome = serde_json::to_string(&welcome).expect("JSON");
    assert!(!welcome.contains("秘密"), "{welcome}");
    // And the transcript has no gap.
    let mut sequences: Vec<i64> = shopper
        .frames
        .iter()
        .filter_map(|frame| match frame {
            ServerFrame::Message { message } => Some(message.sequence),
            _ => None,
        })
        .collect();
    let shown = sequences.len();
    sequences.sort_unstable();
    assert_eq!(sequences, (1..=shown as i64).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_does_what_their_role_allows() {
    let app = TestApp::start().await;
    let wang = agent(&app, "wang", Role::Agent).await;
    let boss = agent(&app, "boss", Role::Supervisor).await;
    let admin = agent(&app, "chief", Role::Admin).await;
    let report = "/api/desk/report?by=agent&from=0&to=9999999999999";
    for (method, path, body, agent_may, boss_may) in [
        ("GET", "/api/desk/me", json!({}), true, true),
        ("GET", "/api/desk/cases?view=waiting", json!({}), true, true),
        ("GET", "/api/desk/live", json!({}), false, true),
        ("GET", report, json!({}), false, true),
        ("GET", "/api/desk/quality", json!({}), false, true),
        ("POST", "/api/desk/groups", json!({ "name": "售后" }), false, true),
        ("GET", "/api/desk/rules", json!({}), false, false),
        ("PUT", "/api/desk/settings", json!(DeskSettings::default()), false, false),
        ("GET", "/api/desk/inbox", json!({}), false, false),
    ] {
        let ok = |status: u16| (200..300).contains(&status);
        assert_eq!(ok(wang.call(method, path, &body).await.0), agent_may, "{path}");
        let boss_status = boss.call(method, path, &body).await.0;
        assert!(if boss_may { ok(boss_status) } else { boss_status == 403 }, "{path}: {boss_status}");
        let body = if method == "POST" { json!({ "name": "售前" }) } else { body };
        assert!(ok(admin.call(method, path, &body).await.0), "{path}");
        let bare = app.http(method, path, &[("X-Xiaoer-Csrf", "1")], &body.to_string()).await;
        assert_eq!(bare.status, 401, "{path}");
    }
    // A shopper cannot open the desk's socket, a foreign page neither.
    for (cookie, origin, expected) in [
        (None, None, 401),
        (Some(&wang.cookie), Some("https://evil.example.com"), 403),
        (Some(&wang.cookie), None, 403),
    ] {
        let mut request = format!("ws://{}/ws/desk", app.address).into_client_request().expect("a request");
        if let Some(cookie) = cookie {
            request.headers_mut().insert("cookie", cookie.parse().expect("a header"));
        }
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().expect("a header"));
        }
        match connect_async(request).await {
            Err(tungstenite::Error::Http(answer)) => assert_eq!(answer.status().as_u16(), expected),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_sees_what_they_may_take_and_nothing_of_other_groups() {
    let app = TestApp::start().await;
    let (wang, li) = (agent(&app, "wang", Role::Agent).await, agent(&app, "li", Role::Agent).await);
    let admin = agent(&app, "chief", Role::Admin).await;
    let (_, group) = admin.post("/api/desk/groups", &json!({ "name": "售后" })).await;
    let form = json!({ "display_name": "小李", "capacity": 3, "groups": [group["id"]] });
    assert_eq!(admin.call("PUT", &format!("/api/desk/agents/{}", li.id), &form).await.0, 200);
    let rule = json!({ "name": "都给售后", "group": group["id"] });
    assert_eq!(admin.post("/api/desk/rules", &rule).await.0, 201);
    set(&app, |settings| settings.assign = false).await;
    let conversation = waits(&app, 1).await;
    let total = |page: Value| page["total"].as_i64();
    assert_eq!(total(wang.get("/api/desk/cases?view=waiting").await), Some(0));
    let page = li.get("/api/desk/cases?view=waiting").await;
    let id = page["cases"][0]["id"].as_str().expect("a case").to_owned();
    assert_eq!(wang.post(&format!("/api/desk/cases/{id}/claim"), &json!({})).await.0, 404);
    let path = format!("/api/desk/conversations/{conversation}/messages");
    assert_eq!(wang.call("GET", &path, &Value::Null).await.0, 404);
    assert_eq!(li.post(&format!("/api/desk/cases/{id}/claim"), &json!({})).await.1["agent"]["name"], "小李");
    assert_eq!(
        admin.call("DELETE", &format!("/api/desk/groups/{}", group["id"].as_str().unwrap()), &Value::Null).await.0,
        204
    );
    assert_eq!(wang.call("GET", &path, &Value::Null).await.0, 200, "without its group it is anybody's to see");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tools_of_an_agent_work() {
    let app = TestApp::start().await;
    let wang = agent(&app, "wang", Role::Agent).await;
    let boss = agent(&app, "boss", Role::Supervisor).await;
    let (mut at_wang, _) = wang.open().await;
    let mut shopper = Shopper::new(&app).await;
    shopper.client.ask("1", "退款多久到账").await;
    shopper.client.ask("2", "推荐一双跑步鞋").await;
    shopper.say("3", "转人工").await;
    let case = at_wang.case(CaseChange::Assigned).await;
    let at = case.conversation_id;
    // The brief.
    let detail = wang.get(&format!("/api/desk/cases/{}", case.id)).await;
    let brief = &detail["brief"];
    assert_eq!(brief["tried"][0]["entry"], "refund-time", "{brief}");
    assert!(
        brief["products"].as_array().is_some_and(|products| products.iter().any(|one| one["how"] == "shown")),
        "{brief}"
    );
    assert_eq!(brief["mood"].as_array().map(Vec::len), Some(3));
    assert!(brief["summary"].as_str().is_some_and(|text| text.contains("顾客要求人工")));
    let customer = wang.get(&format!("/api/desk/conversations/{at}/customer")).await;
    assert_eq!(customer["cases"][0]["id"], json!(case.id));
    // Quick replies.
    let reply = json!({ "shortcut": "hi", "title": "问候", "text": "{{name}}您好，我是{{agent}}，订单{{order}}" });
    assert_eq!(wang.post("/api/desk/quick-replies", &reply).await.0, 201);
    let mut shared = reply.clone();
    shared["shared"] = json!(true);
    assert_eq!(wang.post("/api/desk/quick-replies", &shared).await.0, 403);
    assert_eq!(boss.post("/api/desk/quick-replies", &shared).await.0, 201);
    let replies = wang.get(&format!("/api/desk/quick-replies?conversation={at}")).await;
    assert_eq!(replies["replies"].as_array().map(Vec::len), Some(2));
    let filled = replies["replies"][0]["filled"].as_str().expect("text");
    assert!(filled.starts_with("访客") && filled.contains("我是wang"), "{filled}");
    assert_eq!(replies["replies"][0]["missing"], json!(["order"]));
    // Products to send.
    let products = wang.get(&format!("/api/desk/conversations/{at}/products?q=%E5%9D%9A%E6%9E%9C")).await;
    let sku = products["products"][0]["sku"].as_str().expect("a product").to_owned();
    let mut frame = serde_json::to_value(saying(at, "p", "")).expect("JSON");
    frame["products"] = json!([sku]);
    at_wang.send(&serde_json::from_value(frame).expect("a frame")).await;
    let shown = shopper.find(|frame| match frame {
        ServerFrame::Message { message } if message.author == Author::Agent => Some(message.body.products.clone()),
        _ => None,
    });
    assert_eq!(shown.await[0].sku, sku);
    // Search finds words, not characters.
    let found = wang.get("/api/desk/search?q=%E9%80%80%E6%AC%BE").await;
    assert!(found["found"].as_array().is_some_and(|found| !found.is_empty()), "{found}");
    assert_eq!(found["found"][0]["conversation_id"], json!(at));
    assert_eq!(wang.get("/api/desk/search?q=%E6%B2%A1%E8%AF%B4%E8%BF%87").await["found"], json!([]));
    assert_eq!(wang.call("GET", "/api/desk/search?q=%20", &Value::Null).await.0, 400);
    // One tap teaches.
    let teach = format!("/api/desk/conversations/{at}/turns/2/teach");
    assert_eq!(wang.post(&teach, &json!({ "entry": "nothing" })).await.0, 400);
    assert_eq!(wang.post(&teach, &json!({})).await.0, 400);
    let (status, taught) = wang.post(&teach, &json!({ "entry": "invoice" })).await;
    assert_eq!(status, 201, "{taught}");
    let admin = agent(&app, "chief", Role::Admin).await;
    let inbox = admin.get("/api/desk/inbox").await;
    assert_eq!(
        (inbox["items"][0]["entry"].as_str(), inbox["items"][0]["state"].as_str()),
        (Some("invoice"), Some("new"))
    );
    if let Some(intent) = taught["example_of"].as_str() {
        let corrections = admin.get("/api/admin/corrections").await;
        assert_eq!(corrections["corrections"][0]["intent"], intent);
    }
    let settle = format!("/api/desk/inbox/{}", taught["id"].as_str().expect("an id"));
    assert_eq!(admin.post(&settle, &json!({ "state": "done" })).await.0, 204);
    // The report, its definitions, and the draw.
    assert_eq!(wang.post(&format!("/api/desk/cases/{}/resolve", case.id), &json!({ "reason": "已解决" })).await.0, 200);
    let report = boss.get("/api/desk/report?by=agent&from=0&to=9999999999999").await;
    assert_eq!(
        (report["rows"][0]["volume"].as_i64(), report["rows"][1]["name"].as_str()),
        (Some(1), Some("wang")),
        "{report}"
    );
    assert!(report["definitions"].as_array().is_some_and(|all| all.len() == 14));
    let headers = [("Cookie", boss.cookie.as_str())];
    let csv = app.http("GET", "/api/desk/report.csv?by=agent&from=0&to=9999999999999", &headers, "").await;
    assert!(
        csv.body.starts_with('\u{feff}') && csv.body.contains("wang,1,1,") && csv.head.contains("text/csv"),
        "{}",
        csv.body
    );
    let (status, drawn) =
        boss.post("/api/desk/quality/draw", &json!({ "count": 5, "from": 0, "to": 9_999_999_999_999_i64 })).await;
    assert_eq!((status, drawn["sheets"].as_array().map(Vec::len)), (200, Some(1)), "{drawn}");
    let items = boss.get("/api/desk/settings").await["settings"]["score_sheet"].clone();
    let scores: Vec<Value> = items
        .as_array()
        .expect("items")
        .iter()
        .map(|item| json!({ "item": item["name"], "points": item["points"] }))
        .collect();
    let sheet = format!("/api/desk/quality/{}", case.id);
    assert_eq!(boss.call("PUT", &sheet, &json!({ "scores": scores[1..] })).await.0, 400);
    assert_eq!(boss.call("PUT", &sheet, &json!({ "scores": scores })).await.1["total"], 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn clocks_warn_before_they_break() {
    let clock = monday();
    let app = TestApp::start_at(&clock).await;
    let boss = agent(&app, "boss", Role::Supervisor).await;
    let (mut at_boss, _) = boss.open().await;
    app.desk.tick().await.expect("a tick");
    waits(&app, 1).await;
    for (seconds, expected) in [(48, ClockState::Warning), (13, ClockState::Breached)] {
        clock.advance(Duration::from_secs(seconds));
        app.desk.tick().await.expect("a tick");
        let state = at_boss.find(|frame| match frame {
            DeskServerFrame::Clock { state, .. } => Some(*state),
            _ => None,
        });
        assert_eq!(state.await, expected);
    }
    let live = boss.get("/api/desk/live").await;
    assert_eq!(live["cases"][0]["first_answer"]["state"], "breached");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_in_the_middle_loses_nothing_and_leaves_nobody_stuck() {
    let folder = TempDir::new().expect("a temporary folder");
    let database = DatabaseSettings { url: format!("sqlite://{}/desk.db", folder.path().display()), connections: 2 };
    keep_open(&database).await;
    let db = Db::connect(&database).await.expect("a database");
    hire(&db, "wang", Role::Agent).await;
    let environment = [("XIAOER_DATABASE__URL", database.url.as_str())];
    let (mut held, mut shopper_token, mut case) = (Vec::new(), None, None);
    for round in 0..3 {
        let program = Program::start(&environment).await;
        let wang = Agent::sign_in(program.address, &db, "wang").await;
        let (mut at_wang, welcome) = wang.open().await;
        let mut shopper =
            Client::connect(program.address, Some(&program.origin()), "/ws/chat").await.expect("connected");
        let last_sequence = held.len() as i64;
        shopper.send(&ClientFrame::Hello { token: shopper_token.clone(), last_sequence, page: None }).await;
        let hello = shopper.next().await;
        shopper_token = Some(token(&hello));
        let ServerFrame::Welcome { messages, status, .. } = hello else { panic!("a welcome") };
        held.extend(messages.into_iter().map(|message| message.sequence));
        let open: CaseCard = if round == 0 {
            shopper.send(&say("1", "转人工")).await;
            at_wang.case(CaseChange::Assigned).await
        } else {
            // The conversation is still the agent's: neither of them has to do anything.
            assert_eq!(status, Status::Agent);
            let DeskServerFrame::Welcome { mut cases, .. } = welcome else { panic!("a welcome") };
            assert_eq!(cases.len(), 1);
            cases.remove(0)
        };
        assert_eq!(*case.get_or_insert(open.id), open.id);
        at_wang.say(open.conversation_id, &format!("a{round}"), "还在处理").await;
        shopper.send(&say(&format!("s{round}"), "好的")).await;
        loop {
            match shopper.next().await {
                ServerFrame::Message { message } => held.push(message.sequence),
                ServerFrame::Ack { client_id, .. } if client_id == format!("s{round}") => break,
                _ => {}
            }
        }
        drop(program.stop().await);
    }
    let program = Program::start(&environment).await;
    let mut shopper = Client::connect(program.address, Some(&program.origin()), "/ws/chat").await.expect("connected");
    shopper.send(&ClientFrame::Hello { token: shopper_token, last_sequence: 0, page: None }).await;
    let ServerFrame::Welcome { messages, last_sequence, .. } = shopper.next().await else { panic!("a welcome") };
    let kept: Vec<i64> = messages.iter().map(|message| message.sequence).collect();
    assert_eq!(kept, (1..=last_sequence).collect::<Vec<_>>(), "no gap");
    let ids: HashSet<&str> = messages.iter().filter_map(|message| message.client_id.as_deref()).collect();
    assert!(["1", "a0", "s0", "a1", "s1", "a2", "s2"].iter().all(|id| ids.contains(id)), "{ids:?}");
    drop(program.stop().await);
    db.close().await;
}
