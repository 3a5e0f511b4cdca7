//! Texts that break programs, in what a shop writes: entries, products, and the files that they come in.

use super::Console;
use crate::support::TestApp;
use crate::support::naughty::{in_address, no_strings, strings};
use serde_json::{Value, json};
use std::collections::HashSet;
use xiaoer::live::limits::Limits;
use xiaoer::live::protocol::ServerFrame;

/// Whether an answer can be shown as it is: an answer is not empty, and its pictures come by https.
fn is_answer(text: &str) -> bool {
    !text.trim().is_empty()
}

/// Answers as they are kept: with line breaks of one kind.
fn as_kept(answer: &str) -> String {
    answer.replace("\r\n", "\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn line_25_questions_and_answers_come_back_byte_for_byte() {
    let app = TestApp::start_with(|config| config.limits = Limits::none()).await;
    let admin = Console::admin(&app).await;
    let mut answers = Vec::new();
    for (number, text) in strings().into_iter().enumerate() {
        // As a question, alone: two of them may mean the same to the search.
        let form = json!({ "category": "怪", "question": text, "answer": "好", "tags": [text] });
        let (status, entry) = admin.post("/api/admin/faq/entries", &form).await;
        match status {
            201 => {
                assert_eq!(entry["content"]["question"].as_str(), Some(text.trim()), "{entry}");
                let id = entry["id"].as_str().expect("an id");
                let kept = admin.get(&format!("/api/admin/faq/entries/{id}")).await;
                assert_eq!(kept["content"], entry["content"]);
                admin.done("POST", &format!("/api/admin/faq/entries/{id}/discard"), &Value::Null).await;
            }
            400 => assert!(entry["problems"][0]["reason"].is_string(), "{text:?}: {entry}"),
            other => panic!("{text:?}: {other} {entry}"),
        }
        let found = admin.call("GET", &format!("/api/admin/faq/entries?q={}", in_address(&text)), &Value::Null).await;
        assert!(found.0 < 500, "{text:?}: {}", found.1);
        let tried = admin.post("/api/admin/try", &json!({ "text": text, "against": "live" })).await;
        assert!(tried.0 < 500, "{text:?}: {}", tried.1);
        if is_answer(&text) {
            // Not the decimal number: 315 is whom one complains to.
            let question = format!("顽石第{number:x}块在哪里");
            let form = json!({ "id": format!("n{number}"), "category": "怪", "question": question, "answer": text });
            let entry = admin.done("POST", "/api/admin/faq/entries", &form).await;
            assert_eq!(entry["content"]["answer"].as_str(), Some(as_kept(&text).as_str()));
            answers.push((question, text));
        }
    }
    // Out and in again.
    for format in ["xlsx", "csv"] {
        let (status, file) = admin.bytes("GET", &format!("/api/admin/faq/export?format={format}"), b"").await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&file));
        let job = admin.upload("/api/admin/faq/imports?mode=replace", &file).await;
        assert_eq!(job["result"]["unchanged"], job["result"]["rows"], "{format}: {job}");
        assert_eq!(job["result"]["rows"].as_u64(), Some(answers.len() as u64 + 8), "{format}: {job}");
    }
    admin.publish().await;
    let (mut shopper, welcome) = app.shopper(None, 0).await;
    assert!(matches!(welcome, ServerFrame::Welcome { .. }));
    for (number, (question, answer)) in answers.iter().enumerate() {
        let (_, said) = shopper.ask(&number.to_string(), question).await;
        assert_eq!(said.body.text, as_kept(answer), "{question}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn line_25_names_of_products_come_back_byte_for_byte() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let mut names = HashSet::new();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["编号", "名称", "分类", "价格", "库存", "描述"]).expect("written");
    let products: Vec<(String, String)> = (strings().into_iter().enumerate())
        .filter(|(_, text)| !text.trim().is_empty())
        .map(|(number, text)| (format!("N-{number}"), text))
        .filter(|(_, text)| names.insert(text.trim().to_owned()))
        .collect();
    for (sku, name) in &products {
        // A cell that begins with an apostrophe for the spreadsheet's sake is read without it.
        let cell = if name.starts_with('\'') { format!("'{name}") } else { name.clone() };
        writer.write_record([sku, &cell, "sport-shoes", "129.9", "7", &cell]).expect("written");
    }
    let file = writer.into_inner().expect("a file");
    let job = admin.upload("/api/admin/products/imports?filename=p.csv", &file).await;
    assert_eq!(job["result"]["added"].as_u64(), Some(products.len() as u64), "{job}");
    for (sku, name) in &products {
        let page = app.http("GET", &format!("/api/shop/products/{sku}"), &[], "").await;
        assert_eq!(page.status, 200, "{name:?}");
        assert_eq!(page.json()["product"]["name"].as_str(), Some(as_kept(name.trim()).as_str()), "{sku}");
    }
    for text in strings() {
        let query = in_address(&text);
        for path in [
            format!("/api/shop/search?q={query}"),
            format!("/api/shop/products/{query}"),
            format!("/api/shop/categories/{query}"),
            format!("/search?q={query}"),
        ] {
            let answer = app.http("GET", &path, &[], "").await;
            assert!(answer.status < 500, "{text:?}: {path} {} {}", answer.status, answer.body);
        }
        for path in [
            format!("/api/admin/products?q={query}"),
            format!("/api/admin/audit?subject={query}"),
            format!("/api/admin/faq/entries/{query}"),
            format!("/api/admin/products/{query}"),
        ] {
            let (status, body) = admin.call("GET", &path, &Value::Null).await;
            assert!(status < 500, "{text:?}: {path} {status} {body}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn line_25_what_is_no_text_changes_nothing_in_the_console() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let headers = [("Cookie", admin.cookie.as_str()), ("X-Xiaoer-Csrf", "1")];
    for bad in no_strings() {
        for (method, path, body) in [
            ("POST", "/api/admin/faq/entries", format!(r#"{{"category":"怪","question":{bad},"answer":"好"}}"#)),
            ("POST", "/api/admin/faq/entries", format!(r#"{{"category":"怪","question":"好吗","answer":{bad}}}"#)),
            ("POST", "/api/admin/try", format!(r#"{{"text":{bad}}}"#)),
            ("POST", "/api/admin/segments", format!(r#"{{"name":{bad},"rule":"订单数 >= 1"}}"#)),
            ("POST", "/api/staff/sign-in", format!(r#"{{"name":{bad},"password":{bad}}}"#)),
        ] {
            let answer = app.http(method, path, &headers, &body).await;
            assert!((400..500).contains(&answer.status), "{path} {body}: {} {}", answer.status, answer.body);
        }
    }
    assert_eq!(admin.get("/api/admin/faq/entries").await["total"], 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_26_html_and_scripts_in_an_answer_stay_text_on_the_wire() {
    // The server never makes HTML of an answer: what faces get is the text and nothing else.
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let answer = "<img src=x onerror=alert(1)>[x](javascript:alert(1))";
    admin.answer_with("shipping-fee", answer).await;
    admin.publish().await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    assert_eq!(shopper.ask("1", "运费怎么算").await.1.body.text, answer);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_27_pictures_that_do_not_come_by_https_are_refused() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    for (answer, fine) in [
        ("![图](https://a.example/b.png)", true),
        ("![图](http://a.example/b.png)", false),
        ("![图](//a.example/b.png)", false),
        ("![图](data:image/png;base64,AA==)", false),
        ("![图](javascript:alert(1))", false),
        ("![图](<http://a.example/b.png>)", false),
        ("好 ![a](https://a.example/b.png) ![b](ftp://a.example/c.png)", false),
    ] {
        let form = json!({ "category": "图", "question": format!("图在哪里{}", answer.len()), "answer": answer });
        let (status, body) = admin.post("/api/admin/faq/entries", &form).await;
        assert_eq!(status == 201, fine, "{answer}: {body}");
    }
}
