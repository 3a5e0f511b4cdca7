//! Staff correct what was heard, the assistant learns, and what it learned can be taken back.

use crate::nodes::two;
use crate::rest::sign_in;
use crate::support::{HttpAnswer, TestApp};
use serde_json::{Value, json};

async fn post(app: &TestApp, cookie: &str, path: &str, body: &Value) -> HttpAnswer {
    app.http("POST", path, &[("Cookie", cookie), ("X-Xiaoer-Csrf", "1")], &body.to_string()).await
}

async fn get(app: &TestApp, cookie: &str, path: &str) -> Value {
    app.http("GET", path, &[("Cookie", cookie)], "").await.json()
}

/// The probability that a message is about an intent, from the trace of a fresh shopper's turn.
async fn heard(app: &TestApp, cookie: &str, said: &str, intent: &str) -> f64 {
    let (mut shopper, welcome) = app.shopper(None, 0).await;
    let xiaoer::live::protocol::ServerFrame::Welcome { conversation_id, .. } = welcome else { panic!("welcome") };
    let (_, answer) = shopper.ask("1", said).await;
    let path = format!("/api/admin/conversations/{conversation_id}/turns/{}", answer.sequence);
    let trace = get(app, cookie, &path).await;
    let intents = trace["intents"].as_array().cloned().unwrap_or_default();
    let own = intents.iter().find(|one| one["name"] == intent);
    own.and_then(|one| one["probability"].as_f64()).unwrap_or(0.0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_is_learned_and_can_be_taken_back() {
    let app = TestApp::start().await;
    let cookie = sign_in(&app).await;
    let said = "公司报销要的那张纸寄我一下";
    let before = heard(&app, &cookie, said, "invoice").await;

    let form = json!({ "text": format!("{said}，电话13800138000"), "intent": "invoice" });
    let answer = post(&app, &cookie, "/api/admin/corrections", &form).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let learned = &answer.json()["learned"];
    assert_eq!((learned["decision"].as_str(), learned["version"].as_i64()), (Some("published"), Some(1)), "{learned}");
    assert!(learned["comparison"]["held_out"].as_i64().is_some_and(|texts| texts > 10), "{learned}");

    let list = get(&app, &cookie, "/api/admin/corrections").await;
    let kept = &list["corrections"][0];
    assert_eq!((kept["state"].as_str(), kept["actor"].as_str()), (Some("learned"), Some("admin")));
    assert!(kept["text"].as_str().is_some_and(|text| text.contains("138****8000")), "{kept}");
    let after = heard(&app, &cookie, said, "invoice").await;
    assert!(after > before && after > 0.5, "{before} → {after}");

    // What was learned survives a restart.
    let app = app.restart().await;
    assert!((heard(&app, &cookie, said, "invoice").await - after).abs() < 1e-2);

    let back = |version: i64| json!({ "version": version });
    assert_eq!(post(&app, &cookie, "/api/admin/models/intent/rollback", &back(7)).await.status, 404);
    assert_eq!(post(&app, &cookie, "/api/admin/models/intent/rollback", &back(0)).await.status, 204);
    assert!((heard(&app, &cookie, said, "invoice").await - before).abs() < 1e-2);
    let versions = get(&app, &cookie, "/api/admin/models/intent/versions").await;
    assert_eq!(versions["versions"][0]["decision"], "rolled_back");
    let list = get(&app, &cookie, "/api/admin/corrections").await;
    assert_eq!(list["corrections"][0]["state"], "withdrawn");
    let nothing = post(&app, &cookie, "/api/admin/models/intent/learn", &json!({})).await.json();
    assert_eq!(nothing["decision"], "nothing_new");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_make_the_assistant_worse_is_refused() {
    let app = TestApp::start().await;
    let cookie = sign_in(&app).await;
    // Somebody teaches that all questions about delivery fees are greetings.
    for said in
        ["运费是多少", "运费怎么收", "邮费要多少", "包邮吗亲", "运费贵不贵", "要付运费吗", "寄过来多少运费", "邮费谁付"]
    {
        for tail in ["呀", "呢亲", "哈", "啊请问"] {
            let form = json!({ "text": format!("{said}{tail}"), "intent": "greeting", "learn": false });
            assert_eq!(post(&app, &cookie, "/api/admin/corrections", &form).await.status, 201);
        }
    }
    let outcome = post(&app, &cookie, "/api/admin/models/intent/learn", &json!({})).await.json();
    assert_eq!(outcome["decision"], "refused", "{outcome}");
    let list = get(&app, &cookie, "/api/admin/corrections").await;
    assert!(list["corrections"].as_array().is_some_and(|all| all.iter().all(|one| one["state"] == "refused")));
    let (mut shopper, _) = app.shopper(None, 0).await;
    assert!(shopper.ask("1", "运费怎么算").await.1.body.ratable);
}

#[tokio::test(flavor = "multi_thread")]
async fn corrections_are_for_staff_and_must_make_sense() {
    let app = TestApp::start().await;
    let form = json!({ "text": "随便", "intent": "invoice" });
    assert_eq!(app.http("POST", "/api/admin/corrections", &[], &form.to_string()).await.status, 403);
    let csrf = [("X-Xiaoer-Csrf", "1")];
    assert_eq!(app.http("POST", "/api/admin/corrections", &csrf, &form.to_string()).await.status, 401);
    let cookie = sign_in(&app).await;
    for (text, intent, expected) in [
        ("随便", "nothing", "没有“nothing”这个意图"),
        ("  ", "invoice", "不能为空"),
        (&"长".repeat(201), "invoice", "太长"),
        ("开发票", "invoice", "已经是"),
    ] {
        let answer = post(&app, &cookie, "/api/admin/corrections", &json!({ "text": text, "intent": intent })).await;
        assert_eq!(answer.status, 400, "{text}: {}", answer.body);
        assert!(answer.body.contains(expected), "{text}: {}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_questions_get_two_answers_and_the_decision_is_told_in_chinese() {
    let app = TestApp::start().await;
    let cookie = sign_in(&app).await;
    let (mut shopper, welcome) = app.shopper(None, 0).await;
    let xiaoer::live::protocol::ServerFrame::Welcome { conversation_id, .. } = welcome else { panic!("welcome") };
    let (_, answer) = shopper.ask("1", "运费怎么算，另外怎么开发票").await;
    assert!(answer.body.text.contains("59 元包邮") && answer.body.text.contains("发票"), "{answer:?}");
    let path = format!("/api/admin/conversations/{conversation_id}/turns/{}", answer.sequence);
    let trace = get(&app, &cookie, &path).await;
    assert_eq!(trace["act"]["act"], "answer_several", "{trace}");
    let because = &trace["intent_because"];
    assert!(because["strongest"].as_array().is_some_and(|strongest| !strongest.is_empty()), "{because}");
    // Agents may read it as well.
    let why = get(&app, &cookie, &format!("{}/why", path.replace("/admin/", "/desk/"))).await;
    let lines: Vec<&str> = why["lines"].as_array().expect("lines").iter().filter_map(Value::as_str).collect();
    for begin in ["意图：", "情绪：平静", "其中一问“运费怎么算”", "问答：", "决定：分别答复"]
    {
        assert!(lines.iter().any(|line| line.starts_with(begin)), "{begin}: {lines:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_learns_and_takes_back_the_others_do_too() {
    let Some((here, there)) = two().await else { return };
    let cookie = sign_in(&here).await;
    let said = "公司报销要的那张纸寄我一下";
    let before = heard(&there, &cookie, said, "invoice").await;
    let answer = post(&here, &cookie, "/api/admin/corrections", &json!({ "text": said, "intent": "invoice" })).await;
    assert_eq!(answer.json()["learned"]["decision"], "published", "{}", answer.body);
    there.publisher.follow().await.expect("taken over");
    let after = heard(&there, &cookie, said, "invoice").await;
    assert!(after > before && after > 0.5, "{before} → {after}");
    let back = json!({ "version": 0 });
    assert_eq!(post(&there, &cookie, "/api/admin/models/intent/rollback", &back).await.status, 204);
    here.publisher.follow().await.expect("taken over");
    assert!((heard(&here, &cookie, said, "invoice").await - before).abs() < 1e-2);
}
