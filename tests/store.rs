//! The store's promises, on a real database.

use serde_json::value::RawValue;
use std::sync::Arc;
use tempfile::TempDir;
use uuid::Uuid;
use xiaoer::clock::Timestamp;
use xiaoer::model::chat::{Author, Body, Status};
use xiaoer::model::customer::{Event, EventKind};
use xiaoer::model::id::{ConversationId, MessageId, ShopperId};
use xiaoer::store::inbox::{self, NewSignal, PlacedSignal, SignalKind};
use xiaoer::store::journal::{Append, Appended, Journal, NewMessage, NewShopper, ReadMark, Took};
use xiaoer::store::{Db, StoreError, conversation, event, recommendation};

async fn database(folder: &TempDir) -> Db {
    let settings = crate::support::database(folder).await;
    Db::connect(&settings).await.expect("a database")
}

fn journal(db: &Db) -> (Journal, tokio::task::JoinHandle<()>) {
    let nobody_listens: Took = Arc::new(|_| {});
    Journal::start(db, &nobody_listens)
}

async fn conversation(journal: &Journal, token_hash: &str) -> ConversationId {
    let (shopper, conversation) = (ShopperId(Uuid::now_v7()), ConversationId(Uuid::now_v7()));
    let new = NewShopper { shopper, token_hash: token_hash.into(), conversation, at: Timestamp(1) };
    journal.create(new).await.expect("created");
    conversation
}

fn append(conversation: ConversationId, expected_sequence: i64, text: &str) -> Append {
    Append {
        conversation,
        expected_sequence,
        expected_status: Status::Bot,
        status: Status::Bot,
        state: RawValue::from_string(format!("{{\"turns\":{}}}", expected_sequence + 1)).expect("JSON"),
        messages: vec![NewMessage {
            id: MessageId(Uuid::now_v7()),
            client_id: Some(text.to_owned()),
            author: Author::Shopper,
            body: Body::text(text),
        }],
        trace: None,
        unknown: None,
        case: None,
        suggestions: Vec::new(),
        wish: None,
        request: None,
        ends_request: None,
        at: Timestamp(7),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_decided_on_the_same_state_one_wins() {
    let folder = TempDir::new().expect("a folder");
    let db = database(&folder).await;
    let (journal, writer) = journal(&db);
    let id = conversation(&journal, "hash").await;
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
    let state: serde_json::Value = serde_json::from_str(state.get()).expect("JSON");
    assert_eq!((head.last_sequence, state), (2, serde_json::json!({ "turns": 2 })));
    drop(journal);
    writer.await.expect("the writer ends with its last handle");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_append_does_not_take_its_batch_with_it() {
    let folder = TempDir::new().expect("a folder");
    let db = database(&folder).await;
    let (journal, _writer) = journal(&db);
    let id = conversation(&journal, "hash").await;
    let mut twice = append(id, 0, "a");
    // Two messages of one client id: the unique index refuses the transaction.
    twice.messages.push(twice.messages[0].clone());
    let other = conversation(&journal, "hash 2").await;
    let (bad, good) = tokio::join!(journal.append(twice), journal.append(append(other, 0, "b")));
    assert!(matches!(bad, Err(StoreError::Database(_))), "{bad:?}");
    assert_eq!(good.expect("written"), Appended::Committed);
    assert!(conversation::messages_after(&db, id, 0, 10).await.expect("read").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_was_decided_on_another_status_or_repeats_a_message_writes_nothing() {
    let folder = TempDir::new().expect("a folder");
    let db = database(&folder).await;
    let (journal, _writer) = journal(&db);
    let id = conversation(&journal, "hash").await;
    let mut called = append(id, 0, "a");
    called.status = Status::Agent;
    assert_eq!(journal.append(called).await.expect("written"), Appended::Committed);
    assert_eq!(journal.append(append(id, 1, "b")).await.expect("answered"), Appended::Conflict);
    let mut again = append(id, 1, "a");
    again.expected_status = Status::Agent;
    assert_eq!(journal.append(again.clone()).await.expect("answered"), Appended::Conflict);
    again.messages[0].client_id = Some("b".into());
    assert_eq!(journal.append(again).await.expect("written"), Appended::Committed);
    assert_eq!(conversation::messages_after(&db, id, 0, 10).await.expect("read").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_conversations_at_once_share_their_commits_and_lose_nothing() {
    let folder = TempDir::new().expect("a folder");
    let db = database(&folder).await;
    let (journal, _writer) = journal(&db);
    let talks = (0..100).map(|number| {
        let (journal, db) = (journal.clone(), db.clone());
        tokio::spawn(async move {
            let id = conversation(&journal, &format!("hash {number}")).await;
            for sequence in 0..7 {
                let one = append(id, sequence, &format!("{number}-{sequence}"));
                assert_eq!(journal.append(one).await.expect("written"), Appended::Committed);
            }
            let messages = conversation::messages_after(&db, id, 0, 10).await.expect("read");
            let ids: Vec<String> = messages.into_iter().filter_map(|message| message.client_id).collect();
            assert_eq!(ids, (0..7).map(|sequence| format!("{number}-{sequence}")).collect::<Vec<_>>());
        })
    });
    for talk in talks.collect::<Vec<_>>() {
        talk.await.expect("no panic");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_goes_forward_only() {
    let folder = TempDir::new().expect("a folder");
    let db = database(&folder).await;
    let (journal, writer) = journal(&db);
    let id = conversation(&journal, "hash").await;
    for (reader, sequence) in [(Author::Shopper, 3), (Author::Agent, 2), (Author::Shopper, 5), (Author::Shopper, 4)] {
        journal.mark_read(ReadMark { conversation: id, reader, sequence, at: Timestamp(9) });
    }
    drop(journal);
    writer.await.expect("the writer ends with its last handle");
    let mut positions = conversation::read_positions(&db, id).await.expect("read");
    positions.sort_by_key(|(_, sequence)| *sequence);
    assert_eq!(positions, [(Author::Agent, 2), (Author::Shopper, 5)]);
}

#[tokio::test]
async fn events_are_kept_once() {
    let folder = TempDir::new().expect("a folder");
    let db = database(&folder).await;
    let shopper = ShopperId(Uuid::now_v7());
    let events: Vec<Event> = (0..1_200)
        .map(|at| Event { shopper, sku: "SS-001".into(), kind: EventKind::View, value: 1.0, at: Timestamp(at) })
        .collect();
    let receipt = event::Receipt { written_by: Uuid::from_u128(1), at: Timestamp(5) };
    assert_eq!(event::add(&db, &events, receipt).await.expect("added").len(), 1_200);
    assert_eq!(event::add(&db, &events, receipt).await.expect("added").len(), 0);
    // Another run reads them from the moment of receipt on; the one that wrote them knows them.
    let of_others = |own, since| event::batches_of_others(&db, Uuid::from_u128(own), Timestamp(since));
    let batches = of_others(2, 5).await.expect("read");
    assert_eq!(batches, [(receipt, 1_200)]);
    assert_eq!(event::of_batch(&db, receipt).await.expect("read"), events);
    assert_eq!(of_others(2, 6).await.expect("read"), []);
    assert_eq!(of_others(1, 5).await.expect("read"), []);
    assert_eq!(event::all(&db).await.expect("read"), events);
}

#[tokio::test]
async fn an_opt_out_survives_a_restart_until_it_is_withdrawn() {
    let folder = TempDir::new().expect("a folder");
    let shopper = ShopperId(Uuid::now_v7());
    let settings = crate::support::database(&folder).await;
    let db = Db::connect(&settings).await.expect("a database");
    for _ in 0..2 {
        recommendation::set_opt_out(&db, shopper, true, Timestamp(1)).await.expect("kept");
    }
    db.close().await;
    let db = Db::connect(&settings).await.expect("the same database");
    assert!(recommendation::opted_out(&db).await.expect("read").contains(&shopper));
    recommendation::set_opt_out(&db, shopper, false, Timestamp(2)).await.expect("withdrawn");
    assert!(recommendation::opted_out(&db).await.expect("read").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_that_two_nodes_gather_stands_in_one_cluster() {
    let folder = TempDir::new().expect("a folder");
    let db = database(&folder).await;
    let signal = NewSignal::new(SignalKind::Unknown, "你们招人吗".to_owned(), (Uuid::now_v7(), 1), Timestamp(1));
    for _ in 0..2 {
        let placed = PlacedSignal {
            signal: signal.clone(),
            essence: "你们招人吗".to_owned(),
            cluster: Uuid::now_v7(),
            is_first: true,
        };
        inbox::add(&db, &[placed], Timestamp(2)).await.expect("kept");
    }
    let (clusters, total) = inbox::list(&db, "open", "", false, 10, 0).await.expect("a page");
    assert_eq!((clusters.len(), total, clusters[0].unknowns), (1, 1, 1));
}
