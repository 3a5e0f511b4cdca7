//! The commands that carry a shop's data from one place to another.

use crate::support::{TestApp, is_cluster, shop};
use std::process::Output;
use tempfile::TempDir;
use xiaoer::store::{DatabaseSettings, Db};

async fn program(database: &DatabaseSettings, arguments: &[&str]) -> Output {
    tokio::process::Command::new(env!("CARGO_BIN_EXE_xiaoer"))
        .args(arguments)
        .env("XIAOER_DATABASE__URL", &database.url)
        .env("XIAOER_KNOWLEDGE__FOLDER", shop())
        .output()
        .await
        .expect("the program runs")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_whole_or_not_there_and_is_restored_into_an_empty_database_alone() {
    let app = TestApp::start().await;
    let (mut client, _) = app.shopper(None, 0).await;
    client.ask("1", "运费怎么算").await;
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("shop.backup");
    let to = file.to_str().expect("a path");
    let made = program(&app.database, &["backup", "--to", to]).await;
    assert!(made.status.success() && said(&made).contains("已备份"), "{}", said(&made));
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).expect("a folder").map(|one| one.expect("one").path()).collect();
    assert_eq!(left, std::slice::from_ref(&file), "one file, and nothing beside it");
    let again = program(&app.database, &["backup", "--to", to]).await;
    assert!(!again.status.success() && said(&again).contains("已经存在"), "{}", said(&again));

    let full = program(&app.database, &["restore", "--from", to]).await;
    assert!(!full.status.success() && said(&full).contains("不是空的"), "{}", said(&full));
    let other = TempDir::new().expect("a folder");
    let empty = crate::support::database(&other).await;
    let back = program(&empty, &["restore", "--from", to]).await;
    assert!(back.status.success() && said(&back).contains("已恢复"), "{}", said(&back));
    let db = Db::connect(&empty).await.expect("a database");
    let newest = xiaoer::store::knowledge::newest(&db).await.expect("read").expect("published");
    assert!(!newest.knowledge.faq.is_empty());
    db.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_moves_from_a_file_to_postgresql_with_a_count_of_every_table() {
    if !is_cluster() {
        return;
    }
    let folder = TempDir::new().expect("a folder");
    let file = DatabaseSettings {
        url: format!("sqlite://{}/shop.db", folder.path().display()),
        connections: 2,
        ..DatabaseSettings::default()
    };
    let imported = program(&file, &["import"]).await;
    assert!(imported.status.success(), "{}", said(&imported));
    let postgres = crate::support::database(&folder).await;
    let options = ["migrate-database", "--from", &file.url, "--to", &postgres.url];
    let moved = program(&file, &options).await;
    let text = said(&moved);
    assert!(moved.status.success() && text.contains("逐表核对无误"), "{text}");
    let entries = text.lines().find(|line| line.starts_with("faq_entry ")).expect("the table is named");
    assert!(entries.split_whitespace().nth(1).is_some_and(|rows| rows != "0"), "{entries}");
    let again = program(&file, &options).await;
    assert!(!again.status.success() && said(&again).contains("不是空的"), "{}", said(&again));
    let missing =
        program(&file, &["migrate-database", "--from", "sqlite:///nowhere/x.db", "--to", &postgres.url]).await;
    assert!(!missing.status.success() && said(&missing).contains("没有"), "{}", said(&missing));
}
