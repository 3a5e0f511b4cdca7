//! The learning inbox: from what was not known to an answer.

use super::Console;
use crate::support::TestApp;
use serde_json::json;
use xiaoer::live::protocol::ClientFrame;
use xiaoer::model::chat::Verdict;

const UNKNOWN: &str = "你们有没有实体门店，我想过去看看";

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_known_is_adopted_and_answered() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    for number in 0..4 {
        let (mut shopper, _) = app.shopper(None, 0).await;
        let text = if number < 2 { UNKNOWN.to_owned() } else { format!("{UNKNOWN} 13800138000") };
        let (_, answer) = shopper.ask("1", &text).await;
        assert!(!answer.body.ratable, "{answer:?}");
    }
    let (mut shopper, _) = app.shopper(None, 0).await;
    let (_, answer) = shopper.ask("1", "运费怎么算").await;
    shopper.send(&ClientFrame::Rate { sequence: answer.sequence, verdict: Verdict::Unsolved }).await;
    shopper.ask("2", "怎么开发票").await;

    let inbox = admin.get("/api/admin/inbox").await;
    let items = inbox["items"].as_array().expect("items");
    assert_eq!(items.len(), 2, "{inbox}");
    let (first, second) = (&items[0], &items[1]);
    assert_eq!((first["kinds"]["unknown"].as_i64(), first["volume"].as_i64()), (Some(4), Some(4)), "{inbox}");
    assert_eq!(second["answered"]["id"], "shipping-fee");
    let path = format!("/api/admin/inbox/{}", first["id"].as_str().expect("an id"));
    let cluster = admin.get(&path).await;
    assert!(!cluster.to_string().contains("13800138000"), "{cluster}");

    let adoption = json!({ "action": "new", "category": "门店", "question": "有实体门店吗",
        "answer": "暂时没有门店。", "phrasings": [UNKNOWN] });
    let preview = admin.done("POST", &format!("{path}/preview"), &adoption).await;
    assert_eq!((preview["problems"].as_array().map(Vec::len), preview["total"].as_i64()), (Some(0), Some(2)));
    assert!(preview["solved"].as_i64() >= Some(1), "{preview}");
    assert_eq!(preview["disturbed"].as_array().map(Vec::len), Some(0), "{preview}");
    let adopted = admin.done("POST", &format!("{path}/adopt"), &adoption).await;
    assert!(adopted["entry"].is_string(), "{adopted}");
    assert_eq!(admin.post(&format!("{path}/adopt"), &adoption).await.0, 409);
    admin.publish().await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    assert_eq!(shopper.ask("1", UNKNOWN).await.1.body.text, "暂时没有门店。");

    // Similar phrasings go to an entry that is there.
    let path = format!("/api/admin/inbox/{}", second["id"].as_str().expect("an id"));
    let similar = json!({ "action": "similar", "entry": "invoice", "phrasings": ["电子票怎么要"] });
    let adopted = admin.done("POST", &format!("{path}/adopt"), &similar).await;
    assert_eq!(adopted["entry"], "invoice");
    let entry = admin.get("/api/admin/faq/entries/invoice").await;
    assert_eq!((entry["state"].as_str(), entry["fields"][0]["field"].as_str()), (Some("draft"), Some("similar")));
    assert_eq!(admin.get("/api/admin/inbox").await["total"], 0);
    assert_eq!(admin.get("/api/admin/inbox?state=settled").await["total"], 2);
    admin.done("POST", &format!("{path}/reopen"), &json!({})).await;
    let settled = json!({ "action": "out_of_scope", "phrasings": ["明天会下雨吗", "帮我写首诗"] });
    let adopted = admin.done("POST", &format!("{path}/adopt"), &settled).await;
    assert!(["published", "refused"].contains(&adopted["learned"].as_str().unwrap_or("")), "{adopted}");
    let audit = admin.get("/api/admin/audit?action=inbox_settled").await;
    assert_eq!(audit["items"].as_array().map(Vec::len), Some(3));
    assert!(audit["items"][0]["after"].is_object());
}
