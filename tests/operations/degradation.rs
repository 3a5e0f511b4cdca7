//! Disk full, database locked, files damaged, clock turned back: the shop says so, loses nothing, and recovers.

use crate::support::{Client, TestApp, copy_of_shop, shop};
use std::time::Duration;
use tempfile::TempDir;
use xiaoer::app::App;
use xiaoer::clock::{Clock, Timestamp};
use xiaoer::config::Config;
use xiaoer::live::protocol::{ClientFrame, ErrorCode, ServerFrame};
use xiaoer::store::Db;

/// Says something that cannot be kept; returns the error.
async fn refused(client: &mut Client, id: &str, text: &str) -> ErrorCode {
    client.send(&ClientFrame::Say { client_id: id.into(), text: text.into(), page: None }).await;
    loop {
        match client.next().await {
            ServerFrame::Error { code, .. } => return code,
            ServerFrame::Ack { .. } => panic!("nothing was kept, and nothing may be acknowledged"),
            _ => {}
        }
    }
}

async fn pragma(app: &TestApp, sql: &str) -> Option<i64> {
    let Db::Sqlite { write, .. } = &app.chat.db else { panic!("a file") };
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).fetch_optional(write).await.expect("a pragma")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_as_busy_and_the_same_message_goes_through_afterwards() {
    let app = TestApp::start().await;
    if !app.chat.db.is_ours_alone() {
        return;
    }
    let (mut shopper, _) = app.shopper(None, 0).await;
    shopper.ask("1", "运费怎么算").await;
    // No page can be added any more: SQLite answers as on a full disk.
    let pages = pragma(&app, "PRAGMA page_count").await.expect("a number");
    pragma(&app, &format!("PRAGMA max_page_count = {pages}")).await;
    let long = "运费怎么算".repeat(190);
    let mut told = None;
    // What is free inside of the file is used up first.
    for attempt in 0..400 {
        let id = format!("full-{attempt}");
        shopper.send(&ClientFrame::Say { client_id: id.clone(), text: long.clone(), page: None }).await;
        let code = loop {
            match shopper.next().await {
                ServerFrame::Error { code, .. } => break Some(code),
                ServerFrame::Message { message } if message.author != xiaoer::model::chat::Author::Shopper => {
                    break None;
                }
                _ => {}
            }
        };
        if let Some(code) = code {
            told = Some((id, code));
            break;
        }
    }
    let (id, code) = told.expect("it fills up");
    assert_eq!(code, ErrorCode::Busy);
    pragma(&app, "PRAGMA max_page_count = 1000000").await;
    let (acknowledged, _) = shopper.ask(&id, &long).await;
    assert!(acknowledged > 2, "the same message under the same id");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_database_is_told_as_busy_and_recovers() {
    let app = TestApp::start().await;
    if !app.chat.db.is_ours_alone() {
        return;
    }
    let (mut shopper, _) = app.shopper(None, 0).await;
    shopper.ask("1", "运费怎么算").await;
    pragma(&app, "PRAGMA busy_timeout = 50").await;
    let other = sqlx::SqlitePool::connect(&app.database.url).await.expect("another program");
    let held = other.begin_with("BEGIN IMMEDIATE").await.expect("the lock");
    assert_eq!(refused(&mut shopper, "2", "怎么申请退货").await, ErrorCode::Busy);
    held.rollback().await.expect("given back");
    let (sequence, _) = shopper.ask("2", "怎么申请退货").await;
    assert_eq!(sequence, 3, "no gap");
}

fn config(folder: &TempDir) -> Config {
    let mut config = Config::default();
    config.server.port = 0;
    config.database.url = format!("sqlite://{}/test.db", folder.path().display());
    config.knowledge.folder = shop();
    config
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_is_told_in_clear_words() {
    let folder = TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("test.db"), "this was a database once ".repeat(500)).expect("written");
    let Err(error) = App::build(&config(&folder), Clock::system()).await else { panic!("refused") };
    let told = format!("{error:#}");
    assert!(told.contains("数据库用不了") && told.contains("备份"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_folder_leaves_what_was_published_in_force() {
    let (folder, knowledge) = (TempDir::new().expect("a folder"), copy_of_shop());
    let mut config = config(&folder);
    config.knowledge.folder = knowledge.path().to_owned();
    let products = knowledge.path().join("products.jsonl");
    let whole = std::fs::read(&products).expect("read");
    std::fs::write(&products, "not JSON\n").expect("written");
    let Err(error) = App::build(&config, Clock::system()).await else { panic!("an empty shop cannot open") };
    assert!(format!("{error:#}").contains("products.jsonl"), "{error:#}");
    std::fs::write(&products, &whole).expect("written");
    drop(App::build(&config, Clock::system()).await.expect("it starts"));
    std::fs::write(&products, "not JSON\n").expect("written");
    let app = App::build(&config, Clock::system()).await.expect("it starts with what it knew");
    assert_eq!(app.chat().published.assistant().version, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_turned_back_changes_no_order() {
    let clock = Clock::fixed(Timestamp(1_800_000_000_000));
    let app = TestApp::start_at(&clock).await;
    let (mut shopper, welcome) = app.shopper(None, 0).await;
    shopper.ask("1", "运费怎么算").await;
    clock.set(Timestamp(1_800_000_000_000 - 2 * 86_400_000));
    let (sequence, _) = shopper.ask("2", "怎么申请退货").await;
    assert_eq!(sequence, 3);
    clock.advance(Duration::from_secs(1));
    shopper.ask("3", "你好").await;
    let messages = app.messages_of(&mut shopper).await;
    let order: Vec<i64> = messages.iter().map(|message| message.sequence).collect();
    assert_eq!(order, [1, 2, 3, 4, 5, 6]);
    let (_, resumed) = app.shopper(Some(&crate::support::token(&welcome)), 4).await;
    let ServerFrame::Welcome { messages, reset, .. } = resumed else { panic!("a welcome") };
    assert_eq!((reset, messages.iter().map(|one| one.sequence).collect::<Vec<_>>()), (false, vec![5, 6]));
    let staff = xiaoer::service::sign_in::SignIn::new(app.chat.db.clone(), clock.clone());
    let password = app.first_password.as_deref().expect("a password");
    let who = xiaoer::service::sign_in::Credentials { name: "admin", password, code: None };
    assert!(staff.sign_in(&who, xiaoer::service::sign_in::Device::default()).await.is_ok());
}
