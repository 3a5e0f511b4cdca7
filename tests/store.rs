//! The store's promises, on a real database.

use tempfile::TempDir;
use uuid::Uuid;
use xiaoer::clock::Timestamp;
use xiaoer::model::chat::{Author, Body, Status};
use xiaoer::model::customer::{Event, EventKind};
use xiaoer::model::id::{ConversationId, MessageId, ShopperId};
use xiaoer::store::journal::{Append, Appended, Journal, NewMessage};
use xiaoer::store::{DatabaseSettings, Db, StoreError, conversation, event, recommendation, shopper};

async fn database(folder: &TempDir) -> Db {
    let url = format!("sqlite://{}/test.db", folder.path().display());
    Db::connect(&DatabaseSettings { url, connections: 2 }).await.expect("a database")
}

fn append(conversation: ConversationId, expected_sequence: i64, text: &str) -> Append {
    Append {
        conversation,
        expected_sequence,
        status: Status::Bot,
        state: serde_json::json!({ "turns": expected_sequence + 1 }),
        messages: vec![NewMessage {
            id: MessageId(Uuid::now_v7()),
            client_id: Some(text.to_owned()),
            author: Author::Shopper,
            body: Body::text(text),
        }],
        trace: None,
        unknown: None,
        handover: None,
        suggestions: Vec::new(),
        at: Timestamp(7),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_decided_on_the_same_state_one_wins() {
    let folder = TempDir::new().expect("a folder");
    let db = database(&folder).await;
    let (journal, writer) = Journal::start(db.clone());
    let id = ConversationId(Uuid::now_v7());
    shopper::create(&db, ShopperId(Uuid::now_v7()), "hash", id, Timestamp(1)).await.expect("created");
    let racers = (0..20).map(|number| {
        let journal = journal.clone();
        tokio::spawn(async move { journal.append(append(id, 0, &number.to_string())).await })
    });
    let mut won = 0;
    for racer in racers.collect::<Vec<_>>() {
        won += i32::from(racer.await.expect("no panic").expect("written") == Appended::Committed);
    }
    assert_eq!(won, 1);
    assert_eq!(journal.append(append(id, 1, "next")).await.expect("written"), Appended::Committed);
    let messages = conversation::messages_after(&db, id, 0, 10).await.expect("read");
    assert_eq!(messages.iter().map(|message| message.sequence).collect::<Vec<_>>(), [1, 2]);
    let (head, state) = conversation::with_state(&db, id).await.expect("read").expect("there");
    assert_eq!((head.last_sequence, state["turns"].as_i64()), (2, Some(2)));
    drop(journal);
    writer.await.expect("the writer ends with its last handle");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_append_does_not_take_its_batch_with_it() {
    let folder = TempDir::new().expect("a folder");
    let db = database(&folder).await;
    let (journal, _writer) = Journal::start(db.clone());
    let id = ConversationId(Uuid::now_v7());
    shopper::create(&db, ShopperId(Uuid::now_v7()), "hash", id, Timestamp(1)).await.expect("created");
    let mut twice = append(id, 0, "a");
    // Two messages of one client id: the unique index refuses the transaction.
    twice.messages.push(twice.messages[0].clone());
    let other = ConversationId(Uuid::now_v7());
    shopper::create(&db, ShopperId(Uuid::now_v7()), "hash 2", other, Timestamp(1)).await.expect("created");
    let (bad, good) = tokio::join!(journal.append(twice), journal.append(append(other, 0, "b")));
    assert!(matches!(bad, Err(StoreError::Database(_))), "{bad:?}");
    assert_eq!(good.expect("written"), Appended::Committed);
    assert!(conversation::messages_after(&db, id, 0, 10).await.expect("read").is_empty());
}

#[tokio::test]
async fn events_are_kept_once() {
    let folder = TempDir::new().expect("a folder");
    let db = database(&folder).await;
    let shopper = ShopperId(Uuid::now_v7());
    let events: Vec<Event> = (0..1_200)
        .map(|at| Event { shopper, sku: "SS-001".into(), kind: EventKind::View, value: 1.0, at: Timestamp(at) })
        .collect();
    assert_eq!(event::add(&db, &events).await.expect("added"), 1_200);
    assert_eq!(event::add(&db, &events).await.expect("added"), 0);
    assert_eq!(event::all(&db).await.expect("read"), events);
}

#[tokio::test]
async fn an_opt_out_survives_a_restart_until_it_is_withdrawn() {
    let folder = TempDir::new().expect("a folder");
    let shopper = ShopperId(Uuid::now_v7());
    let db = database(&folder).await;
    for _ in 0..2 {
        recommendation::set_opt_out(&db, shopper, true, Timestamp(1)).await.expect("kept");
    }
    db.close().await;
    let db = database(&folder).await;
    assert!(recommendation::opted_out(&db).await.expect("read").contains(&shopper));
    recommendation::set_opt_out(&db, shopper, false, Timestamp(2)).await.expect("withdrawn");
    assert!(recommendation::opted_out(&db).await.expect("read").is_empty());
}
