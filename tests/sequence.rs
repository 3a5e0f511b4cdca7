//! The sequence of a conversation under random interleavings: two tabs of one visitor send, repeat, contradict
//! themselves, lose their sockets in the middle and come back. Whatever they do, a small model says what must hold.
//!
//! # Invariants
//! - Each tab sees the sequences 1, 2, 3… without a gap and without a repetition.
//! - A client's id is acknowledged with one sequence for ever, and stands in the conversation exactly once, with the text
//!   that came first; another text under it is a conflict.
//! - What a tab sends keeps its order, and every message of the shopper has one answer.

use crate::support::{Client, TestApp, say, token};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use std::collections::{BTreeMap, VecDeque};
use xiaoer::live::limits::Limits;
use xiaoer::live::protocol::{ClientFrame, ErrorCode, ServerFrame};
use xiaoer::model::chat::{Author, Message};

/// Steps, at most: the conversation still fits into one snapshot.
const MOST: usize = 24;

const TEXTS: [&str; 3] = ["你好", "运费怎么算", "怎么申请退货"];

/// What a tab does next.
#[derive(Debug, Clone)]
enum Step {
    /// Says something new and does not wait.
    Say(usize),
    /// Says again what it has said before, the so-manieth from the end.
    Repeat(usize),
    /// Says something else under an id that it has used.
    Contradict(usize),
    /// Reads everything that has come.
    Read,
    /// Loses its socket and comes back at what it holds.
    Drop,
    /// Loses its socket together with what it held last, as after a crash of the browser.
    Forget(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0..TEXTS.len()).prop_map(Step::Say),
        2 => (0..4_usize).prop_map(Step::Repeat),
        1 => (0..4_usize).prop_map(Step::Contradict),
        2 => Just(Step::Read),
        2 => Just(Step::Drop),
        1 => (0..6_usize).prop_map(Step::Forget),
    ]
}

/// A tab with what a widget keeps.
struct Tab {
    name: char,
    client: Client,
    token: String,
    held: Vec<Message>,
    said: Vec<(String, &'static str)>,
    acknowledged: BTreeMap<String, i64>,
    /// Contradictions that were sent on this socket and not answered yet.
    contradictions: usize,
}

impl Tab {
    async fn open(app: &TestApp, name: char, known: Option<&str>) -> Self {
        let (client, welcome) = app.shopper(known, 0).await;
        let token = token(&welcome);
        let (said, acknowledged) = (Vec::new(), BTreeMap::new());
        let mut tab = Self { name, client, token, held: Vec::new(), said, acknowledged, contradictions: 0 };
        tab.welcomed(welcome);
        tab
    }

    fn welcomed(&mut self, welcome: ServerFrame) {
        let ServerFrame::Welcome { messages, reset, .. } = welcome else { panic!("{welcome:?}") };
        let (none, held) = (self.held.is_empty(), self.held.len());
        assert!(none || !reset, "tab {} holds {held} messages and gets a snapshot", self.name);
        messages.into_iter().for_each(|message| self.holds(message));
    }

    fn holds(&mut self, message: Message) {
        let expected = self.held.last().map_or(1, |last| last.sequence + 1);
        assert_eq!(message.sequence, expected, "tab {} has a gap or a repetition", self.name);
        self.held.push(message);
    }

    async fn takes(&mut self, step: &Step, app: &TestApp) {
        let from_the_end = |said: &[(String, &'static str)], back: usize| said.iter().rev().nth(back).cloned();
        match step {
            Step::Say(text) => {
                let new = (format!("{}{}", self.name, self.said.len()), TEXTS[*text]);
                self.client.send(&say(&new.0, new.1)).await;
                self.said.push(new);
            }
            Step::Repeat(back) => {
                if let Some((id, text)) = from_the_end(&self.said, *back) {
                    self.client.send(&say(&id, text)).await;
                }
            }
            Step::Contradict(back) => {
                if let Some((id, text)) = from_the_end(&self.said, *back) {
                    self.client.send(&say(&id, &format!("不是{text}"))).await;
                    self.contradictions += 1;
                }
            }
            Step::Read => self.read().await,
            Step::Drop => self.comes_back(app).await,
            Step::Forget(lost) => {
                self.held.truncate(self.held.len().saturating_sub(*lost));
                self.comes_back(app).await;
            }
        }
    }

    /// A new socket, on which everything that is not acknowledged is said again, in order.
    async fn comes_back(&mut self, app: &TestApp) {
        let last = self.held.last().map_or(0, |message| message.sequence);
        let (client, welcome) = app.shopper(Some(&self.token), last).await;
        (self.client, self.contradictions) = (client, 0);
        self.welcomed(welcome);
        for (id, text) in self.said.clone() {
            if !self.acknowledged.contains_key(&id) {
                self.client.send(&say(&id, text)).await;
            }
        }
    }

    /// Reads until the server has answered everything that was sent so far.
    async fn read(&mut self) {
        self.client.send(&ClientFrame::Ping {}).await;
        while self.frame().await != (ServerFrame::Pong {}) {}
        assert_eq!(self.contradictions, 0, "every contradiction is a conflict");
    }

    async fn frame(&mut self) -> ServerFrame {
        let frame = self.client.next().await;
        match &frame {
            ServerFrame::Message { message } => self.holds(message.clone()),
            ServerFrame::Ack { client_id, sequence, .. } => {
                let before = self.acknowledged.insert(client_id.clone(), *sequence);
                assert!(before.is_none_or(|before| before == *sequence), "{client_id}: {before:?} and {sequence}");
            }
            ServerFrame::Error { code: ErrorCode::Conflict, .. } => self.contradictions -= 1,
            ServerFrame::Error { .. } => panic!("{frame:?}"),
            _ => {}
        }
        frame
    }

    async fn reads_up_to(&mut self, sequence: i64) {
        while self.held.last().map_or(0, |message| message.sequence) < sequence {
            self.frame().await;
        }
    }
}

/// Both tabs take their steps in turn; `true` is the first one's.
async fn interleaved(app: &TestApp, steps: &[(bool, Step)]) -> Result<(), TestCaseError> {
    let mut first = Tab::open(app, 'a', None).await;
    let token = first.token.clone();
    let mut second = Tab::open(app, 'b', Some(&token)).await;
    for (is_first, step) in steps {
        let tab = if *is_first { &mut first } else { &mut second };
        // A contradiction that comes before its message, on a socket that has lost it, would be the message.
        if matches!(step, Step::Contradict(_)) {
            tab.read().await;
        }
        tab.takes(step, app).await;
    }
    for tab in [&mut first, &mut second] {
        tab.comes_back(app).await;
        tab.read().await;
    }
    let all = (first.said.len() + second.said.len()) as i64;
    let newest = 2 * all;
    first.reads_up_to(newest).await;
    second.reads_up_to(newest).await;
    prop_assert_eq!(&first.held, &second.held);
    prop_assert_eq!(first.held.len() as i64, newest, "one answer for each message");
    for tab in [&first, &second] {
        let mut expected: VecDeque<_> = tab.said.iter().cloned().collect();
        for message in &first.held {
            let Some(id) = message.client_id.as_ref().filter(|id| id.starts_with(tab.name)) else { continue };
            let (said, text) = expected.pop_front().expect("nothing twice");
            prop_assert_eq!((id, message.body.text.as_str(), message.author), (&said, text, Author::Shopper));
            prop_assert_eq!(tab.acknowledged.get(id), Some(&message.sequence));
        }
        prop_assert!(expected.is_empty(), "lost: {:?}", expected);
    }
    Ok(())
}

#[test]
fn line_34_random_interleavings_leave_one_gapless_conversation() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let app = runtime.block_on(TestApp::start_with(|config| config.limits = Limits::none()));
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(24);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config)
        .run(&vec((any::<bool>(), step()), 1..MOST), |steps| runtime.block_on(interleaved(&app, &steps)));
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    drop(app);
}
