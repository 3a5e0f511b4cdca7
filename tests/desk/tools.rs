//! What an agent works with.

use super::*;
use xiaoer::store::desk::search::behind;

#[tokio::test(flavor = "multi_thread")]
async fn the_tools_of_an_agent_work() {
    let app = TestApp::start().await;
    let wang = agent(&app, "wang", Role::Agent).await;
    let boss = agent(&app, "boss", Role::Supervisor).await;
    let (mut at_wang, _) = wang.open().await;
    let mut shopper = Shopper::new(&app).await;
    shopper.client.ask("1", "退款多久到账").await;
    shopper.client.ask("2", "推荐一双跑步鞋").await;
    shopper.say("3", "转人工").await;
    let case = at_wang.case(CaseChange::Assigned).await;
    let at = case.conversation_id;
    // The brief.
    let detail = wang.get(&format!("/api/desk/cases/{}", case.id)).await;
    let brief = &detail["brief"];
    assert_eq!(brief["tried"][0]["entry"], "refund-time", "{brief}");
    assert!(
        brief["products"].as_array().is_some_and(|products| products.iter().any(|one| one["how"] == "shown")),
        "{brief}"
    );
    assert_eq!(brief["mood"].as_array().map(Vec::len), Some(3));
    assert!(brief["summary"].as_str().is_some_and(|text| text.contains("顾客要求人工")));
    let customer = wang.get(&format!("/api/desk/conversations/{at}/customer")).await;
    assert_eq!(customer["cases"][0]["id"], json!(case.id));
    // Quick replies.
    let reply = json!({ "shortcut": "hi", "title": "问候", "text": "{{name}}您好，我是{{agent}}，订单{{order}}" });
    assert_eq!(wang.post("/api/desk/quick-replies", &reply).await.0, 201);
    let mut shared = reply.clone();
    shared["shared"] = json!(true);
    assert_eq!(wang.post("/api/desk/quick-replies", &shared).await.0, 403);
    assert_eq!(boss.post("/api/desk/quick-replies", &shared).await.0, 201);
    let replies = wang.get(&format!("/api/desk/quick-replies?conversation={at}")).await;
    assert_eq!(replies["replies"].as_array().map(Vec::len), Some(2));
    let filled = replies["replies"][0]["filled"].as_str().expect("text");
    assert!(filled.starts_with("访客") && filled.contains("我是wang"), "{filled}");
    assert_eq!(replies["replies"][0]["missing"], json!(["order"]));
    // Products to send.
    let products = wang.get(&format!("/api/desk/conversations/{at}/products?q=%E5%9D%9A%E6%9E%9C")).await;
    let sku = products["products"][0]["sku"].as_str().expect("a product").to_owned();
    let mut frame = serde_json::to_value(saying(at, "p", "")).expect("JSON");
    frame["products"] = json!([sku]);
    at_wang.send(&serde_json::from_value(frame).expect("a frame")).await;
    let shown = shopper.find(|frame| match frame {
        ServerFrame::Message { message } if message.author == Author::Agent => Some(message.body.products.clone()),
        _ => None,
    });
    assert_eq!(shown.await[0].sku, sku);
    // Search finds words, not characters.
    let found = wang.get("/api/desk/search?q=%E9%80%80%E6%AC%BE").await;
    assert!(found["found"].as_array().is_some_and(|found| !found.is_empty()), "{found}");
    assert_eq!(found["found"][0]["conversation_id"], json!(at));
    assert_eq!(wang.get("/api/desk/search?q=%E6%B2%A1%E8%AF%B4%E8%BF%87").await["found"], json!([]));
    assert_eq!(wang.call("GET", "/api/desk/search?q=%20", &Value::Null).await.0, 400);
    // One tap teaches.
    let teach = format!("/api/desk/conversations/{at}/turns/2/teach");
    assert_eq!(wang.post(&teach, &json!({ "entry": "nothing" })).await.0, 400);
    assert_eq!(wang.post(&teach, &json!({})).await.0, 400);
    let (status, taught) = wang.post(&teach, &json!({ "entry": "invoice" })).await;
    assert_eq!(status, 201, "{taught}");
    let admin = agent(&app, "chief", Role::Admin).await;
    let inbox = admin.get("/api/desk/inbox").await;
    assert_eq!(
        (inbox["items"][0]["entry"].as_str(), inbox["items"][0]["state"].as_str()),
        (Some("invoice"), Some("new"))
    );
    if let Some(intent) = taught["example_of"].as_str() {
        let corrections = admin.get("/api/admin/corrections").await;
        assert_eq!(corrections["corrections"][0]["intent"], intent);
    }
    let settle = format!("/api/desk/inbox/{}", taught["id"].as_str().expect("an id"));
    assert_eq!(admin.post(&settle, &json!({ "state": "done" })).await.0, 204);
    // The report, its definitions, and the draw.
    assert_eq!(wang.post(&format!("/api/desk/cases/{}/resolve", case.id), &json!({ "reason": "已解决" })).await.0, 200);
    let report = boss.get("/api/desk/report?by=agent&from=0&to=9999999999999").await;
    assert_eq!(
        (report["rows"][0]["volume"].as_i64(), report["rows"][1]["name"].as_str()),
        (Some(1), Some("wang")),
        "{report}"
    );
    assert!(report["definitions"].as_array().is_some_and(|all| all.len() == 14));
    let headers = [("Cookie", boss.cookie.as_str())];
    let csv = app.http("GET", "/api/desk/report.csv?by=agent&from=0&to=9999999999999", &headers, "").await;
    assert!(
        csv.body.starts_with('\u{feff}') && csv.body.contains("wang,1,1,") && csv.head.contains("text/csv"),
        "{}",
        csv.body
    );
    let (status, drawn) =
        boss.post("/api/desk/quality/draw", &json!({ "count": 5, "from": 0, "to": 9_999_999_999_999_i64 })).await;
    assert_eq!((status, drawn["sheets"].as_array().map(Vec::len)), (200, Some(1)), "{drawn}");
    let items = boss.get("/api/desk/settings").await["settings"]["score_sheet"].clone();
    let scores: Vec<Value> = items
        .as_array()
        .expect("items")
        .iter()
        .map(|item| json!({ "item": item["name"], "points": item["points"] }))
        .collect();
    let sheet = format!("/api/desk/quality/{}", case.id);
    assert_eq!(boss.call("PUT", &sheet, &json!({ "scores": scores[1..] })).await.0, 400);
    assert_eq!(boss.call("PUT", &sheet, &json!({ "scores": scores })).await.1["total"], 100);
}

/// Somebody who says something and then waits for a person.
async fn says(app: &TestApp, text: &str) -> Uuid {
    let mut shopper = Shopper::new(app).await;
    shopper.say("1", text).await;
    shopper.say("2", "转人工").await;
    shopper.conversation
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_the_newest_at_once_and_everything_a_little_later() {
    let app = TestApp::start().await;
    let wang = agent(&app, "wang", Role::Agent).await;
    set(&app, |settings| settings.assign = false).await;
    let oldest = says(&app, "海王星").await;
    for number in 0..510 {
        waits(&app, number).await;
    }
    let newest = says(&app, "海王星").await;
    let found = async || {
        let page = wang.get("/api/desk/search?q=海王星").await;
        let found = page["found"].as_array().expect("what was found").iter();
        found.map(|one| one["conversation_id"].as_str().expect("an id").to_owned()).collect::<HashSet<_>>()
    };
    assert_eq!(found().await, HashSet::from([newest.to_string()]), "as much as a search waits for");
    let done = async {
        while !behind(&app.chat.db, Timestamp(0), 1).await.expect("read").is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, done).await.expect("the rest is indexed without another search");
    assert_eq!(found().await, HashSet::from([oldest.to_string(), newest.to_string()]));
    let said = says(&app, "海王星").await;
    assert!(found().await.contains(&said.to_string()), "what is said after that as well");
}
