//! Importing the knowledge folder: all or nothing, every problem with file, line and reason.

use crate::support::shop;
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use xiaoer::clock::Timestamp;
use xiaoer::service::import::{self, ImportError, Imported};
use xiaoer::store::{Db, knowledge};

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, target).expect("a copy");
        }
    }
}

async fn database(folder: &TempDir) -> Db {
    Db::connect(&crate::support::database(folder).await).await.expect("a database")
}

#[tokio::test]
async fn what_is_imported_comes_back_and_a_second_import_changes_nothing() {
    let folder = TempDir::new().expect("a folder");
    let db = database(&folder).await;
    assert_eq!(import::import(&db, &shop(), Timestamp(1)).await.expect("imported"), Imported::Published(1));
    assert_eq!(import::import(&db, &shop(), Timestamp(2)).await.expect("imported"), Imported::Unchanged(1));
    let stored = knowledge::newest(&db).await.expect("read").expect("published");
    assert_eq!(stored.knowledge, import::read_folder(&shop()).expect("valid"));
}

#[tokio::test]
async fn broken_rows_stop_the_import_with_file_line_and_reason() {
    let folder = TempDir::new().expect("a folder");
    let db = database(&folder).await;
    import::import(&db, &shop(), Timestamp(1)).await.expect("imported");
    for (file, append, line, reason) in [
        ("faq/all.jsonl", "{\"id\":\"x\"\n", 9, "不是有效的 JSON"),
        (
            "faq/all.jsonl",
            "{\"id\":\"x\",\"category\":\"c\",\"question\":\"q\",\"answer\":\" \"}\n",
            9,
            "answer 不能为空",
        ),
        (
            "faq/all.jsonl",
            "{\"id\":\"x\",\"category\":\"c\",\"question\":\"邮费多少啊？\",\"answer\":\"a\"}\n",
            9,
            "里已经有了",
        ),
        ("products.jsonl", "{}\n", 9, "不是有效的 JSON"),
        ("intents/shipping_fee.txt", "开发票！\n", 10, "里已经有了"),
        ("synonyms.txt", "孤单\n", 4, "至少两个词"),
        ("user_dictionary.txt", "词 多 n\n", 3, "词频应当是整数"),
        ("shop.toml", "\nunclosed = \"\n", 15, ""),
    ] {
        let broken = folder.path().join("broken");
        let _ = fs::remove_dir_all(&broken);
        copy(&shop(), &broken);
        let path = broken.join(file);
        let text = fs::read_to_string(&path).expect("a file") + append;
        fs::write(&path, text).expect("written");
        let refused = import::import(&db, &broken, Timestamp(2)).await;
        let Err(ImportError::Problems(problems)) = refused else { panic!("{file}: {refused:?}") };
        let named = problems.iter().any(|p| p.file == file && p.line == line && p.reason.contains(reason));
        assert!(named, "{file}: {problems:?}");
    }
    assert_eq!(knowledge::newest_version(&db).await.expect("read").map(|(version, _)| version), Some(1));
}
#[test]
fn the_demo_shop_has_no_duplicates_conflicts_or_empty_fields() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("knowledge_base");
    let knowledge = import::read_folder(&demo).unwrap_or_else(|problems| {
        panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    });
    assert!(knowledge.faq.len() >= 240, "{} entries", knowledge.faq.len());
    assert!(knowledge.faq.iter().all(|entry| entry.similar.len() >= 6));
    assert!(knowledge.intents.len() >= 30, "{} intents", knowledge.intents.len());
    for intent in &knowledge.intents {
        assert!(intent.utterances.len() >= 60, "{}: {}", intent.name, intent.utterances.len());
    }
    assert!(knowledge.products.len() >= 200, "{} products", knowledge.products.len());
    assert_eq!(knowledge.categories.len(), 12);
    for product in &knowledge.products {
        let drawing = demo.join("pictures").join(product.drawing()).with_extension("svg");
        assert!(drawing.is_file(), "{}: {}", product.name, drawing.display());
    }
}
