//! A publish in the middle of conversations: no pause, no mixture, and every answer names the knowledge it came from.

use crate::knowledge::Console;
use crate::support::{TestApp, copy_of_shop, shop};
use std::path::Path;
use std::str::FromStr;
use uuid::Uuid;
use xiaoer::clock::Timestamp;
use xiaoer::command::ask::{self, Arguments};
use xiaoer::config::{Config, KnowledgeSettings};
use xiaoer::live::protocol::ServerFrame;
use xiaoer::model::id::ConversationId;
use xiaoer::search::analyser::Analyser;
use xiaoer::service::import::{self, Imported};
use xiaoer::store::{Db, conversation, knowledge};
use xiaoer::text::Language;

const BEFORE: &str = "满 59 元包邮，不满收 8 元运费。";
const AFTER: &str = "全场包邮。";

/// Messages of each shopper; fewer than the limit of messages in ten seconds.
const MESSAGES: usize = 8;

fn change(folder: &Path, file: &str, from: &str, to: &str) {
    let path = folder.join(file);
    let text = std::fs::read_to_string(&path).expect("a file of the shop");
    assert!(text.contains(from), "{file} has {from}");
    std::fs::write(path, text.replace(from, to)).expect("the file is written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publish_while_chatting_changes_the_answers_at_once_and_completely() {
    let app = TestApp::start().await;
    let changed = copy_of_shop();
    change(changed.path(), "faq/all.jsonl", BEFORE, AFTER);
    let (published, seen) = tokio::sync::watch::channel(false);
    let mut chats = Vec::new();
    for number in 0..6 {
        let (mut shopper, welcome) = app.shopper(None, 0).await;
        let ServerFrame::Welcome { conversation_id, .. } = welcome else { panic!("welcome") };
        let mut seen = seen.clone();
        chats.push(tokio::spawn(async move {
            let mut answers = Vec::new();
            for message in 0..MESSAGES {
                if message == MESSAGES - 2 {
                    seen.wait_for(|published| *published).await.expect("the publish ends");
                }
                let (_, answer) = shopper.ask(&format!("{number}-{message}"), "运费怎么算").await;
                answers.push((answer.sequence, answer.body.text));
            }
            (conversation_id, answers)
        }));
    }
    let db = Db::connect(&app.database).await.expect("the database");
    let imported = import::import(&db, changed.path(), Timestamp(1)).await.expect("the import");
    assert_eq!(imported, Imported::Published(2));
    // The server may have noticed by itself already.
    app.publisher.follow().await.expect("the build");
    published.send(true).expect("somebody listens");
    for chat in chats {
        let (id, answers) = chat.await.expect("no panic");
        let id = ConversationId(Uuid::from_str(&id).expect("an id"));
        for (sequence, text) in &answers {
            let trace = conversation::trace(&db, id, *sequence).await.expect("the database").expect("a trace");
            let expected = if trace["knowledge_version"] == 1 { BEFORE } else { AFTER };
            assert_eq!((text.as_str(), trace["act"]["entry"].as_str()), (expected, Some("shipping-fee")));
        }
        assert!(answers[MESSAGES - 2..].iter().all(|(_, text)| text == AFTER), "{answers:?}");
    }
    db.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_dictionary_rebuilds_the_index() {
    let app = TestApp::start().await;
    let knowledge = import::read_folder(&shop()).expect("the shop");
    let expected =
        |dictionary: &[_]| Analyser::new(Language::new(dictionary), &knowledge.synonyms).version().to_owned();
    assert_eq!(app.analyser_of_an_answer().await, expected(&knowledge.dictionary));
    let changed = copy_of_shop();
    std::fs::write(changed.path().join("user_dictionary.txt"), "运费怎么算 100000 n\n").expect("the file is written");
    let dictionary = import::read_folder(changed.path()).expect("the shop").dictionary;
    let db = Db::connect(&app.database).await.expect("the database");
    import::import(&db, changed.path(), Timestamp(1)).await.expect("the import");
    app.publisher.follow().await.expect("the build");
    assert_ne!(expected(&dictionary), expected(&knowledge.dictionary));
    assert_eq!(app.analyser_of_an_answer().await, expected(&dictionary));
    db.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_on_the_command_line_publishes_no_folder_over_the_console() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    admin.answer_with("shipping-fee", AFTER).await;
    admin.publish().await;
    let changed = copy_of_shop();
    change(changed.path(), "faq/all.jsonl", BEFORE, "一律自付。");
    let config = Config {
        database: app.database.clone(),
        knowledge: KnowledgeSettings { folder: changed.path().to_owned(), ..KnowledgeSettings::default() },
        ..Config::default()
    };
    let question = Arguments { texts: vec!["运费怎么算".to_owned()], sku: None, explain: false, json: true };
    ask::run(&config, &question).await.expect("an answer");
    let db = Db::connect(&app.database).await.expect("the database");
    let newest = knowledge::newest(&db).await.expect("read").expect("a version");
    let entry = newest.knowledge.faq.iter().find(|entry| entry.id == "shipping-fee").expect("the entry");
    assert_eq!((newest.version, entry.answer.as_str()), (2, AFTER));
    db.close().await;
}
