//! A publish reaches the shopper at once, can be read, and can be taken back.

use super::Console;
use crate::nodes::two;
use crate::support::{PATIENCE, TestApp};
use serde_json::json;
use std::time::Duration;
use xiaoer::clock::{Clock, Timestamp};
use xiaoer::live::protocol::ServerFrame;
use xiaoer::model::id::ConversationId;
use xiaoer::store::{audit, conversation};

const BEFORE: &str = "满 59 元包邮，不满收 8 元运费。";

#[tokio::test(flavor = "multi_thread")]
async fn the_shopper_gets_the_new_answer_and_after_the_way_back_the_old_one() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    assert_eq!(shopper.ask("1", "运费怎么算").await.1.body.text, BEFORE);
    admin.answer_with("shipping-fee", "全场包邮。").await;
    let form = json!({ "id": "pickup", "category": "测试", "question": "可以自提吗", "answer": "可以自提。",
        "quick_replies": ["门店在哪"], "related": ["invoice"], "products": ["FD-001"] });
    admin.done("POST", "/api/admin/faq/entries", &form).await;
    let published = admin.publish().await;
    assert_eq!((published["version"].as_i64(), published["added"].as_i64()), (Some(2), Some(1)));
    // The answer to the click came after the swap: the next question is answered by the new version.
    assert_eq!(shopper.ask("2", "运费怎么算").await.1.body.text, "全场包邮。");
    let pickup = shopper.ask("3", "可以自提吗").await.1.body;
    assert_eq!(pickup.questions, ["门店在哪", "怎么开发票？"]);
    assert_eq!(pickup.products.iter().map(|card| card.sku.as_str()).collect::<Vec<_>>(), ["FD-001"]);

    let versions = admin.get("/api/admin/knowledge/versions").await;
    assert_eq!((versions["total"].as_i64(), versions["items"][0]["is_live"].as_bool()), (Some(2), Some(true)));
    let changes = admin.get("/api/admin/knowledge/versions/2/changes").await;
    assert_eq!(changes["total"], 2);
    let history = admin.get("/api/admin/faq/entries/shipping-fee/history").await;
    assert_eq!(
        (history["items"][0]["note"].as_str(), history["items"][0]["actor"].as_str()),
        (Some("测试"), Some("admin"))
    );

    let back = admin.done("POST", "/api/admin/knowledge/rollback", &json!({ "version": 1, "note": "回退" })).await;
    assert_eq!((back["version"].as_i64(), back["removed"].as_i64()), (Some(3), Some(1)));
    assert_eq!(shopper.ask("4", "运费怎么算").await.1.body.text, BEFORE);
    let again = admin.post("/api/admin/knowledge/rollback", &json!({ "version": 1 })).await;
    assert_eq!((again.0, again.1["code"].as_str()), (409, Some("conflict")));
    assert_eq!(admin.post("/api/admin/knowledge/rollback", &json!({ "version": 99 })).await.0, 404);

    // Each change has left its row, with both sides.
    let rows = audit::rows(&app.chat.db, &audit::Filter::default(), 50).await.expect("read");
    let of = |action: &str| rows.iter().find(|row| row.action == action).expect("a row");
    assert!(of("faq_saved").detail["after"].is_object());
    assert_eq!(of("knowledge_published").detail["after"]["added"], 1);
    assert_eq!(of("knowledge_rolled_back").detail["before"]["version"], 2);
    // What was published in the console is not undone by a start.
    drop(admin);
    let app = app.restart().await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    assert_eq!(shopper.ask("1", "运费怎么算").await.1.body.text, BEFORE);
    assert_eq!(app.chat.published.assistant().version, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_ends_by_itself() {
    let clock = Clock::fixed(Timestamp(1_800_000_000_000));
    let app = TestApp::start_at(&clock).await;
    let admin = Console::admin(&app).await;
    let form = json!({ "id": "sale", "category": "测试", "question": "双十一有什么活动", "answer": "全场五折。",
        "valid_until": 1_800_000_600_000_i64,
        "variants": [{ "segment": "new", "answer": "新客四折。" }, { "sku": "SS-001", "answer": "这双六折。" }] });
    admin.done("POST", "/api/admin/faq/entries", &form).await;
    admin.publish().await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    assert_eq!(shopper.ask("1", "双十一有什么活动").await.1.body.text, "新客四折。");
    clock.advance(Duration::from_secs(601));
    app.publisher.follow().await.expect("built");
    assert!(app.chat.published.assistant().knowledge.entry("sale").is_none());
    assert_eq!(admin.get("/api/admin/faq/entries?state=expired").await["total"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publish_reaches_the_other_node_and_its_answers_name_it() {
    let Some((here, there)) = two().await else { return };
    let admin = Console::admin(&here).await;
    admin.answer_with("shipping-fee", "全场包邮。").await;
    let version = admin.publish().await["version"].as_i64().expect("a version");
    let arrived = async {
        while there.chat.published.assistant().version < version {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, arrived).await.expect("the other node follows");
    let (mut shopper, welcome) = there.shopper(None, 0).await;
    let (_, answer) = shopper.ask("1", "运费怎么算").await;
    assert_eq!(answer.body.text, "全场包邮。");
    let ServerFrame::Welcome { conversation_id, .. } = welcome else { panic!("a welcome") };
    let conversation = ConversationId(conversation_id.parse().expect("an id"));
    let trace = conversation::trace(&there.chat.db, conversation, answer.sequence).await.expect("read");
    assert_eq!(trace.expect("a trace")["knowledge_version"], version);
}
