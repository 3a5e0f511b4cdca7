//! Dashboards, the catalogue, words, and the page to try the interface.

use super::Console;
use crate::support::TestApp;
use serde_json::{Value, json};
use xiaoer::live::protocol::ClientFrame;
use xiaoer::model::chat::Verdict;

#[tokio::test(flavor = "multi_thread")]
async fn figures_count_what_happened_and_come_as_csv() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let (mut first, _) = app.shopper(None, 0).await;
    let (_, answer) = first.ask("1", "运费怎么算").await;
    first.send(&ClientFrame::Rate { sequence: answer.sequence, verdict: Verdict::Solved }).await;
    first.ask("2", "怎么开发票").await;
    let (mut second, _) = app.shopper(None, 0).await;
    second.ask("1", "运费怎么算").await;
    second.ask("2", "转人工").await;
    let whole = admin.get("/api/admin/dashboard/overview").await;
    let totals = &whole["totals"];
    let count = |name: &str| totals[name].as_i64();
    assert_eq!((count("conversations"), count("questions"), count("answered")), (Some(2), Some(4), Some(3)), "{whole}");
    assert_eq!((count("handed_over"), count("bot_resolved"), count("solved")), (Some(1), Some(1), Some(1)), "{whole}");
    assert!(count("messages") >= Some(8));
    assert_eq!(whole["previous"]["questions"], 0);
    let series = whole["series"].as_array().expect("a series");
    assert_eq!(series.iter().filter_map(|step| step["questions"].as_i64()).sum::<i64>(), 4);
    let hot = admin.get("/api/admin/dashboard/hot-questions").await;
    assert_eq!((hot["items"][0]["entry"].as_str(), hot["items"][0]["count"].as_i64()), (Some("shipping-fee"), Some(2)));
    let handovers = admin.get("/api/admin/dashboard/handovers").await;
    assert_eq!(
        (handovers["items"][0]["reason"].as_str(), handovers["items"][0]["count"].as_i64()),
        (Some("requested"), Some(1))
    );
    let health = admin.get("/api/admin/dashboard/entries?sort=handover_rate").await;
    assert_eq!((health["total"].as_i64(), health["items"][0]["handed_over"].as_i64()), (Some(8), Some(1)), "{health}");
    let mood = admin.get("/api/admin/dashboard/mood").await;
    let turns: i64 =
        mood["levels"].as_array().expect("levels").iter().filter_map(|level| level["count"].as_i64()).sum();
    assert_eq!(turns, 4, "{mood}");
    for table in ["overview", "handovers", "hot-questions", "unknown", "mood", "ratings", "entries", "recommendations"]
    {
        let path = format!("/api/admin/dashboard/{table}");
        assert!(admin.get(&path).await["definitions"].as_array().is_some_and(|all| !all.is_empty()), "{table}");
        let (status, csv) = admin.bytes("GET", &format!("{path}?format=csv"), b"").await;
        assert!(status == 200 && csv.starts_with(b"\xef\xbb\xbf"), "{table}");
    }
    assert_eq!(admin.call("GET", "/api/admin/dashboard/overview?from=5&to=1", &Value::Null).await.0, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_changes_at_once_and_products_come_by_file() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let stock = json!({ "items": [{ "sku": "SS-001", "stock": 3, "price": 19900 }] });
    assert_eq!(admin.done("POST", "/api/admin/products/stock", &stock).await["changed"], 1);
    let page = app.http("GET", "/api/shop/products/SS-001", &[], "").await.json();
    assert_eq!(page["product"]["price"], 19_900);
    assert_eq!(admin.get("/api/admin/knowledge/versions").await["total"], 1, "no version for a price");
    let bad = json!({ "items": [{ "sku": "SS-001", "stock": 1 }, { "sku": "XX", "stock": 1 }, { "sku": "FD-001", "stock": -1 }] });
    let (status, body) = admin.post("/api/admin/products/stock", &bad).await;
    assert_eq!((status, body["problems"].as_array().map(Vec::len)), (400, Some(2)));
    assert_eq!(admin.get("/api/admin/products/SS-001").await["stock"], 3);
    for format in ["xlsx", "csv", "csv_gbk"] {
        let (status, file) = admin.bytes("GET", &format!("/api/admin/products/export?format={format}"), b"").await;
        assert_eq!(status, 200);
        let job = admin.upload("/api/admin/products/imports?mode=replace", &file).await;
        assert_eq!((job["result"]["unchanged"].as_i64(), job["result"]["version"].as_i64()), (Some(8), None), "{job}");
    }
    let file = "编号,名称,分类,价格,库存\nNEW-1,新款跑鞋,sport-shoes,129.9,7\n";
    let job = admin.upload("/api/admin/products/imports?filename=p.csv", file.as_bytes()).await;
    assert_eq!((job["result"]["added"].as_i64(), job["result"]["version"].as_i64()), (Some(1), Some(2)), "{job}");
    let found = admin.get("/api/admin/products?q=%E6%96%B0%E6%AC%BE").await;
    assert_eq!((found["total"].as_i64(), found["items"][0]["price"].as_i64()), (Some(1), Some(12_990)));
    let file = "编号,名称,分类,价格,库存\nNEW-2,x,nowhere,贵,7\n";
    let job = admin.upload("/api/admin/products/imports", file.as_bytes()).await;
    assert_eq!((job["state"].as_str(), job["problems"][0]["row"].as_i64()), (Some("failed"), Some(2)), "{job}");
    let mut product = found["items"][0].clone();
    product["name"] = json!("新款慢跑鞋");
    admin.done("PUT", "/api/admin/products/NEW-1", &product).await;
    assert_eq!(admin.get("/api/admin/knowledge/versions").await["items"][0]["source"], "catalogue");
    admin.done("DELETE", "/api/admin/products/NEW-1", &Value::Null).await;
    assert_eq!(admin.call("GET", "/api/admin/products/NEW-1", &Value::Null).await.0, 404);
    // A start finds what was changed.
    drop(admin);
    let app = app.restart().await;
    let page = app.http("GET", "/api/shop/products/SS-001", &[], "").await.json();
    assert_eq!(page["product"]["price"], 19_900);
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_tried_before_they_are_saved() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let words = admin.get("/api/admin/words").await;
    assert_eq!((words["revision"].as_i64(), words["synonyms"][0][0].as_str()), (Some(0), Some("运费")));
    let mut dictionary = words["dictionary"].as_array().expect("words").clone();
    dictionary.push(json!({ "word": "运费怎么算", "frequency": 1_000_000, "tag": "n" }));
    let change = json!({ "revision": 0, "dictionary": dictionary, "stop_words": ["请问"] });
    let preview = admin.done("POST", "/api/admin/words/preview", &change).await;
    assert_eq!(preview["segmentations"][0]["entry"], "shipping-fee", "{preview}");
    assert_eq!((preview["entries_total"].as_i64(), preview["problems"].as_array().map(Vec::len)), (Some(1), Some(0)));
    let saved = admin.done("PUT", "/api/admin/words", &change).await;
    assert_eq!(
        (saved["changed"]["dictionary"].as_bool(), saved["changed"]["synonyms"].as_bool()),
        (Some(true), Some(false))
    );
    assert_eq!(admin.call("PUT", "/api/admin/words", &change).await.1["code"], "stale");
    let bad = json!({ "revision": saved["revision"], "synonyms": [["孤单"], ["a", "a"]] });
    let (status, body) = admin.call("PUT", "/api/admin/words", &bad).await;
    assert_eq!((status, body["code"].as_str()), (400, Some("invalid")));
    let published = admin.publish().await;
    assert_eq!(published["words_changed"], json!(["dictionary", "stop_words"]));
    let tried = admin.done("POST", "/api/admin/try", &json!({ "text": "请问运费怎么算" })).await;
    assert!(tried["tokens"].as_array().is_some_and(|tokens| tokens.contains(&json!("运费怎么算"))), "{tried}");
    assert_eq!(tried["stop_words"], json!(["请问"]));
    admin.done("POST", "/api/admin/knowledge/rollback", &json!({ "version": 1 })).await;
    assert_eq!(admin.get("/api/admin/words").await["stop_words"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_interface_has_a_page_to_try_it_that_needs_no_other_host() {
    let app = TestApp::start().await;
    let page = app.http("GET", "/api/docs", &[], "").await;
    assert!(page.status == 200 && page.head.contains("text/html") && page.head.contains("script-src 'nonce-"));
    for file in ["/api/docs/page.js", "/api/docs/page.css"] {
        let file = app.http("GET", file, &[], "").await;
        assert!(file.status == 200 && !file.body.contains("://"), "{}", file.body);
    }
    assert!(page.body.contains("/api/docs/page.js") && !page.body.contains("://"));
}
