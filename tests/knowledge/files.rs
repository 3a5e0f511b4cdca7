//! Entries in and out as Excel and CSV.

use super::Console;
use crate::support::TestApp;
use rust_xlsxwriter::Workbook;
use serde_json::json;

/// A workbook of so many entries in the columns that shops know.
fn workbook(entries: usize) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (place, column) in (0_u16..).zip(["分类", "标准问", "相似问", "答案"]) {
        sheet.write_string(0, place, column).expect("written");
    }
    for number in 0..entries {
        let row = u32::try_from(number).expect("few") + 1;
        let cells = [
            format!("批量/第{}组", number % 20),
            format!("型号{number}的说明书在哪里"),
            format!("{number}号说明书怎么找\n{number}号有没有说明书"),
            format!("在包装里第 {number} 页。"),
        ];
        for (place, cell) in (0_u16..).zip(cells) {
            sheet.write_string(row, place, cell).expect("written");
        }
    }
    book.save_to_buffer().expect("saved")
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_entries_come_from_excel_and_answer_after_the_publish() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let tried = admin.upload("/api/admin/faq/imports?filename=faq.xlsx&dry_run=true", &workbook(2_000)).await;
    assert_eq!((tried["state"].as_str(), tried["result"]["added"].as_i64()), (Some("done"), Some(2_000)), "{tried}");
    assert_eq!(admin.get("/api/admin/faq/entries").await["total"], 8, "nothing was saved");
    let job = admin.upload("/api/admin/faq/imports?filename=faq.xlsx", &workbook(2_000)).await;
    assert_eq!((job["state"].as_str(), job["result"]["rows"].as_i64()), (Some("done"), Some(2_000)), "{job}");
    let list = admin.get("/api/admin/faq/entries?limit=1&category=%E6%89%B9%E9%87%8F").await;
    assert_eq!((list["total"].as_i64(), list["items"][0]["similar_count"].as_i64()), (Some(2_000), Some(2)));
    let published = admin.publish().await;
    assert_eq!(published["added"], 2_000);
    let (mut shopper, _) = app.shopper(None, 0).await;
    assert_eq!(shopper.ask("1", "1234号有没有说明书").await.1.body.text, "在包装里第 1234 页。");
    // The same file again changes nothing.
    let again = admin.upload("/api/admin/faq/imports?filename=faq.xlsx", &workbook(2_000)).await;
    assert_eq!(again["result"]["unchanged"], 2_000, "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_comes_back_without_loss() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let form = json!({ "id": "all", "category": "甲/乙", "question": "=1+1 等于几", "answer": "-二\n第二行, \"引号\"",
        "similar": ["a|b\\c", "+86 是什么"], "quick_replies": ["@在吗"], "related": ["invoice"], "products": ["FD-001"],
        "valid_from": 1_790_000_000_000_i64, "valid_until": 1_890_000_000_000_i64, "tags": ["双11", "活动"],
        "variants": [{ "segment": "loyal", "answer": "老客户" }, { "sku": "SS-001", "answer": "'鞋" }] });
    admin.done("POST", "/api/admin/faq/entries", &form).await;
    for format in ["xlsx", "csv", "csv_gbk"] {
        let (status, file) = admin.bytes("GET", &format!("/api/admin/faq/export?format={format}"), b"").await;
        assert_eq!(status, 200);
        let job = admin.upload("/api/admin/faq/imports?mode=replace", &file).await;
        let result = &job["result"];
        let counts = ["rows", "unchanged", "added", "changed", "removed"].map(|name| result[name].as_i64());
        assert_eq!(counts, [Some(9), Some(9), Some(0), Some(0), Some(0)], "{format}: {job}");
    }
    let (status, template) = admin.bytes("GET", "/api/admin/faq/template?format=csv", b"").await;
    assert_eq!(status, 200);
    let job = admin.upload("/api/admin/faq/imports", &template).await;
    assert_eq!((job["result"]["changed"].as_i64(), job["result"]["added"].as_i64()), (Some(1), Some(1)), "{job}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_row_stops_the_import_with_row_and_column() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let text = "分类,标准问,相似问,答案,失效时间\n\
        甲,可以自提吗,门店自提,可以,\n\
        甲,,,没有问题的答案,\n\
        甲,能送货吗,邮费多少啊,可以,\n\
        甲,可以自提吗？,,可以,\n\
        甲,周末发货吗,,发,明天\n";
    let gbk = encoding_rs::GBK.encode(text).0.into_owned();
    let job = admin.upload("/api/admin/faq/imports?filename=a.csv", &gbk).await;
    assert_eq!(job["state"], "failed", "{job}");
    let named: Vec<(i64, &str)> = (job["problems"].as_array().expect("problems").iter())
        .map(|problem| (problem["row"].as_i64().unwrap_or(0), problem["column"].as_str().unwrap_or("")))
        .collect();
    assert_eq!(named, [(3, "标准问"), (6, "失效时间")], "what cannot be read at all comes first: {job}");
    let text = text.replace("甲,,,没有问题的答案,\n", "").replace("明天", "2026-11-11");
    let job = admin.upload("/api/admin/faq/imports?filename=a.csv", text.as_bytes()).await;
    let named: Vec<(i64, &str)> = (job["problems"].as_array().expect("problems").iter())
        .map(|problem| (problem["row"].as_i64().unwrap_or(0), problem["column"].as_str().unwrap_or("")))
        .collect();
    assert_eq!(named, [(3, "相似问"), (4, "标准问")], "{job}");
    assert_eq!(admin.get("/api/admin/faq/entries").await["total"], 8);
    let (status, _) = admin.bytes("POST", "/api/admin/faq/imports", &vec![b'a'; 21 * 1024 * 1024]).await;
    assert_eq!(status, 413);
}
