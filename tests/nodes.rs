//! Several nodes on one database and one bus look like one server to whoever talks with them. These tests need
//! PostgreSQL and NATS, which `tests/cluster.sh` brings; without them they say so and pass.

use crate::support::{Client, TestApp, is_cluster, say, token};
use std::collections::HashSet;
use std::time::Duration;
use uuid::Uuid;
use xiaoer::clock::Timestamp;
use xiaoer::live::protocol::{ClientFrame, ServerFrame, close};
use xiaoer::model::chat::{Author, Message};
use xiaoer::store::{DatabaseSettings, Db, StoreError, copy, lease};

/// Two nodes; none where there is nothing to share.
pub(crate) async fn two() -> Option<(TestApp, TestApp)> {
    if !is_cluster() {
        println!("skipped: no PostgreSQL and NATS; run tests/cluster.sh cargo test");
        return None;
    }
    let first = TestApp::start().await;
    let second = first.beside().await;
    Some((first, second))
}

async fn message(client: &mut Client) -> Message {
    loop {
        match client.next().await {
            ServerFrame::Message { message } => return message,
            ServerFrame::Error { code, .. } => panic!("refused: {code:?}"),
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_on_two_nodes_show_one_conversation() {
    let Some((here, there)) = two().await else { return };
    let (mut first, welcome) = here.shopper(None, 0).await;
    let (mut second, _) = there.shopper(Some(&token(&welcome)), 0).await;
    for number in 1..=5 {
        let (from, to) = if number % 2 == 1 { (&mut first, &mut second) } else { (&mut second, &mut first) };
        let (asked, answer) = from.ask(&number.to_string(), "运费怎么算").await;
        let (question, shown) = (message(to).await, message(to).await);
        assert_eq!((question.sequence, question.author), (asked, Author::Shopper));
        assert_eq!(shown, answer, "the other node shows the same message");
        assert_eq!(asked, 2 * number - 1, "without a gap");
    }
    first.send(&ClientFrame::Typing { on: true }).await;
    while !matches!(second.next().await, ServerFrame::Typing { author: Author::Shopper, on: true }) {}
    first.send(&ClientFrame::Leave {}).await;
    assert_eq!(second.close_code().await, Some(close::SIGNED_OUT), "signed out everywhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_that_write_at_once_on_two_nodes_lose_nothing() {
    let Some((here, there)) = two().await else { return };
    let (mut first, welcome) = here.shopper(None, 0).await;
    let (mut second, _) = there.shopper(Some(&token(&welcome)), 0).await;
    for number in 0..8 {
        first.send(&say(&format!("a{number}"), "你好")).await;
        second.send(&say(&format!("b{number}"), "运费怎么算")).await;
    }
    for client in [&mut first, &mut second] {
        let mut sequences = Vec::new();
        while sequences.len() < 32 {
            sequences.push(message(client).await.sequence);
        }
        assert_eq!(sequences, (1..=32).collect::<Vec<_>>(), "each once, in order, without a gap");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_bus_words_arrive_a_moment_later() {
    if !is_cluster() {
        return;
    }
    // Nobody listens on this port.
    let deaf = |config: &mut xiaoer::config::Config| config.bus.url = Some("nats://127.0.0.1:9".to_owned());
    let here = TestApp::start_with(deaf).await;
    let there = here.beside().await;
    let (mut first, welcome) = here.shopper(None, 0).await;
    let (mut second, _) = there.shopper(Some(&token(&welcome)), 0).await;
    let (asked, answer) = first.ask("1", "运费怎么算").await;
    assert_eq!(message(&mut second).await.sequence, asked);
    assert_eq!(message(&mut second).await, answer);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stops_hands_its_shoppers_to_another() {
    let Some((mut here, there)) = two().await else { return };
    let (mut client, welcome) = here.shopper(None, 0).await;
    let (_, answer) = client.ask("1", "运费怎么算").await;
    here.stop();
    assert_eq!(client.close_code().await, Some(close::RESTART));
    let (mut client, again) = there.shopper(Some(&token(&welcome)), answer.sequence).await;
    let ServerFrame::Welcome { reset: false, messages, last_sequence, .. } = again else { panic!("{again:?}") };
    assert_eq!((messages.len(), last_sequence), (0, answer.sequence));
    let (asked, _) = client.ask("2", "多久发货").await;
    assert_eq!(asked, answer.sequence + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_has_one_holder_and_its_number_tells_a_former_one() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let db = Db::connect(&crate::support::database(&folder).await).await.expect("a database");
    let lasts = Duration::from_millis(100);
    let [first, second] = [1, 2].map(Uuid::from_u128);
    let take = async |holder, at| lease::take(&db, "work", holder, Timestamp(at), lasts).await.expect("asked");
    assert_eq!(take(first, 0).await, Some(1));
    assert_eq!(take(second, 99).await, None, "it is held");
    assert_eq!(take(first, 50).await, Some(1), "renewed");
    assert_eq!(take(second, 149).await, None);
    assert_eq!(take(second, 150).await, Some(2), "it has run out");
    assert_eq!(take(first, 151).await, None);
    lease::give_back(&db, first).await.expect("asked");
    assert_eq!(take(first, 152).await, None, "only the holder gives back");
    lease::give_back(&db, second).await.expect("asked");
    assert_eq!(take(first, 153).await, Some(3));

    let racers = (10..40_u128).map(|racer| {
        let db = db.clone();
        tokio::spawn(async move { lease::take(&db, "race", Uuid::from_u128(racer), Timestamp(0), lasts).await })
    });
    let mut won = HashSet::new();
    for racer in racers.collect::<Vec<_>>() {
        won.extend(racer.await.expect("no panic").expect("asked"));
    }
    assert_eq!(won, HashSet::from([1]), "one winner");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_former_holder_writes_late_comes_to_nothing() {
    use xiaoer::store::lease::Held;
    use xiaoer::store::trained_model;
    let folder = tempfile::TempDir::new().expect("a folder");
    let db = Db::connect(&crate::support::database(&folder).await).await.expect("a database");
    let lasts = Duration::from_millis(100);
    for (holder, at) in [(1, 0), (2, 200)] {
        lease::take(&db, "work", Uuid::from_u128(holder), Timestamp(at), lasts).await.expect("asked");
    }
    let put = async |number, bytes: &[u8]| {
        let held = Held { name: "work", number };
        trained_model::put_holding(&db, held, "model", "1", bytes, Timestamp(201)).await.expect("asked")
    };
    assert!(put(2, b"new").await);
    assert!(!put(1, b"old").await);
    assert_eq!(trained_model::get(&db, "model", "1").await.expect("read").as_deref(), Some(b"new".as_slice()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_ready_until_it_stops_or_its_database_is_gone() {
    let app = TestApp::start().await;
    let ready = app.http("GET", "/readyz", &[], "").await;
    assert_eq!((ready.status, ready.json()["knowledge_version"].as_i64()), (200, Some(1)));
    assert_eq!(app.http("GET", "/healthz", &[], "").await.status, 200);
    app.chat.db.close().await;
    let unready = app.http("GET", "/readyz", &[], "").await;
    assert_eq!((unready.status, unready.json()["database"].as_bool()), (503, Some(false)));
    assert_eq!(app.http("GET", "/healthz", &[], "").await.status, 200, "alive all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_taken_in_use_comes_back_whole_into_an_empty_database() {
    let app = TestApp::start().await;
    let (mut client, welcome) = app.shopper(None, 0).await;
    let (_, answer) = client.ask("1", "运费怎么算").await;
    let folder = tempfile::TempDir::new().expect("a folder");
    let file = DatabaseSettings {
        url: format!("sqlite://{}/backup.db", folder.path().display()),
        connections: 1,
        ..DatabaseSettings::default()
    };
    let backup = Db::connect(&file).await.expect("a file");
    let copied = copy::copy(&app.chat.db, &backup, |_| {}).await.expect("copied");
    let rows = |name: &str| copied.iter().find(|table| table.table == name).expect("the table").rows;
    assert_eq!((rows("message"), rows("conversation"), rows("lease") >= 1), (2, 1, true));
    let again = copy::copy(&app.chat.db, &backup, |_| {}).await;
    assert!(matches!(again, Err(StoreError::NotEmpty(_))), "{again:?}");
    // Said after the backup: not in it.
    client.ask("2", "多久发货").await;

    let other = tempfile::TempDir::new().expect("a folder");
    let restored = crate::support::database(&other).await;
    let db = Db::connect(&restored).await.expect("an empty database");
    assert_eq!(copy::copy(&backup, &db, |_| {}).await.expect("restored"), copied);
    db.close().await;
    let app = TestApp::start_with(|config| config.database = restored).await;
    let (_, welcome) = app.shopper(Some(&token(&welcome)), 0).await;
    let ServerFrame::Welcome { messages, .. } = welcome else { panic!("a welcome") };
    assert_eq!(messages.last(), Some(&answer), "the shopper finds the conversation of that moment");
    assert_eq!(messages.len(), 2);
}
