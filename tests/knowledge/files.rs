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
async fn line_28_what_is_exported_comes_back_without_loss_formulas_included() {
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
async fn line_28_a_bad_row_stops_the_import_with_row_and_column() {
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

#[tokio::test(flavor = "multi_thread")]
async fn new_entries_keep_the_order_of_the_sheet() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let names = ["丁是什么", "甲是什么", "丙是什么", "乙是什么", "戊是什么"];
    let rows: String = names.iter().map(|name| format!("顺序,{name},,就是{name}。\n")).collect();
    let sheet = format!("分类,标准问,相似问,答案\n{rows}");
    admin.upload("/api/admin/faq/imports?filename=faq.csv", sheet.as_bytes()).await;
    let category = "/api/admin/faq/entries?category=%E9%A1%BA%E5%BA%8F";
    let order = |list: &serde_json::Value| -> Vec<String> {
        let items = list["items"].as_array().expect("items");
        items.iter().map(|item| item["question"].as_str().expect("a question").to_owned()).collect()
    };
    assert_eq!(order(&admin.get(category).await), names, "as drafts");
    // A draft that is saved again keeps its place, and what comes later comes behind.
    let first = admin.get(category).await["items"][0]["id"].as_str().expect("an id").to_owned();
    admin.answer_with(&first, "改过了。").await;
    let form = json!({ "category": "顺序", "question": "后来的是什么", "answer": "后来的。" });
    admin.done("POST", "/api/admin/faq/entries", &form).await;
    let with_later: Vec<&str> = names.into_iter().chain(["后来的是什么"]).collect();
    assert_eq!(order(&admin.get(category).await), with_later);
    let (status, file) = admin.bytes("GET", "/api/admin/faq/export?format=csv", b"").await;
    let file = String::from_utf8(file).expect("UTF-8");
    let places: Vec<Option<usize>> = with_later.iter().map(|name| file.find(name)).collect();
    assert!(status == 200 && places.is_sorted() && places[0].is_some(), "{places:?}");
    admin.publish().await;
    assert_eq!(order(&admin.get(category).await), with_later, "and live");
}

/// A workbook with a part that unpacks to this many bytes of nothing.
fn bomb(size: u64) -> Vec<u8> {
    let book = std::io::Cursor::new(workbook(1));
    let mut archive = zip::ZipWriter::new_append(book).expect("an archive");
    archive.start_file("xl/worksheets/sheet2.xml", zip::write::SimpleFileOptions::default()).expect("begun");
    std::io::copy(&mut std::io::Read::take(std::io::repeat(b' '), size), &mut archive).expect("written");
    archive.finish().expect("an archive").into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn line_28_a_small_file_with_too_much_inside_is_refused() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let file = bomb(301 * 1024 * 1024);
    assert!(file.len() < 2 * 1024 * 1024, "{}", file.len());
    let (status, body) = admin.bytes("POST", "/api/admin/faq/imports?filename=a.xlsx", &file).await;
    let refused = match status {
        202 => admin.finished(&serde_json::from_slice(&body).expect("JSON")).await["state"] == "failed",
        other => other == 413,
    };
    assert!(refused, "{status} {}", String::from_utf8_lossy(&body));
    assert_eq!(admin.get("/api/admin/faq/entries").await["total"], 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_28_encodings_are_told_apart_and_formulas_are_text() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let text = "分类,标准问,相似问,答案\n甲,=1+1是多少,@某人在吗,+86 和 -1\n";
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for (what, file) in [
        ("UTF-8", text.as_bytes().to_vec()),
        ("byte-order mark", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
        ("GBK", encoding_rs::GBK.encode(text).0.into_owned()),
    ] {
        let job = admin.upload("/api/admin/faq/imports?filename=a.csv", &file).await;
        assert_eq!((job["state"].as_str(), job["result"]["rows"].as_i64()), (Some("done"), Some(1)), "{what}: {job}");
        let entry = &admin.get("/api/admin/faq/entries?category=%E7%94%B2").await["items"][0];
        assert_eq!(entry["question"], "=1+1是多少", "{what}: {entry}");
    }
    let (_, exported) = admin.bytes("GET", "/api/admin/faq/export?format=csv", b"").await;
    let exported = String::from_utf8(exported).expect("UTF-8");
    assert!(exported.contains(",'=1+1是多少,'@某人在吗,'+86 和 -1,"), "{exported}");
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (place, column) in (0_u16..).zip(["分类", "标准问", "答案"]) {
        sheet.write_string(0, place, column).expect("written");
    }
    sheet.write_string(1, 0, "甲").expect("written").write_formula(1, 1, "=1+1").expect("written");
    let job = admin.upload("/api/admin/faq/imports?filename=a.xlsx", &book.save_to_buffer().expect("saved")).await;
    assert_eq!((job["state"].as_str(), job["problems"][0]["row"].as_i64()), (Some("failed"), Some(2)), "{job}");
    // What is neither, and what is no table, is refused and changes nothing.
    for file in
        [utf16, b"PK\x03\x04 and no more".to_vec(), b"\xd0\xcf\x11\xe0 old".to_vec(), vec![0xff; 500], Vec::new()]
    {
        let (status, body) = admin.bytes("POST", "/api/admin/faq/imports?filename=a", &file).await;
        let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        let refused = status == 400 || admin.finished(&body).await["state"] == "failed";
        assert!(refused, "{status} {body}");
    }
    assert_eq!(admin.get("/api/admin/faq/entries").await["total"], 9);
}
