//! Texts that break programs, as names of segments, campaigns and customers, and as what campaigns say.

use super::*;
use crate::support::naughty::{in_address, strings};
use xiaoer::live::limits::Limits;

/// The clock stands still, so whoever asks as often as these tests would have asked too often.
fn unlimited(config: &mut Config) {
    settings(config);
    config.limits = Limits::none();
}

#[tokio::test(flavor = "multi_thread")]
async fn line_25_segments_and_campaigns_come_back_byte_for_byte() {
    let app = TestApp::start_at_with(&clock(), unlimited).await;
    let console = Console::admin(&app).await;
    let good = plan(json!({ "kind": "segment_entry" }), json!({ "audience": "距首次到访 <= 1" }));
    for text in strings() {
        let name = text.trim();
        let is_name = !name.is_empty() && name.chars().count() <= 40;
        let segment = json!({ "name": text, "rule": "订单数 >= 1" });
        let (status, made) = console.post("/api/admin/segments", &segment).await;
        assert_eq!(status == 200, is_name, "{text:?}: {status} {made}");
        if let Some(id) = made["id"].as_str() {
            let all = console.get("/api/admin/segments").await;
            assert_eq!(all["segments"][0]["name"].as_str(), Some(name), "{all}");
            console.done("DELETE", &format!("/api/admin/segments/{id}"), &Value::Null).await;
        }
        let (status, made) = console.post("/api/admin/campaigns", &json!({ "name": text, "plan": good })).await;
        assert_eq!(status == 200, is_name, "{text:?}: {status} {made}");
        if let Some(id) = made["id"].as_str() {
            let kept = console.get(&format!("/api/admin/campaigns/{id}")).await;
            assert_eq!(kept["name"].as_str(), Some(name), "{kept}");
            console.done("DELETE", &format!("/api/admin/campaigns/{id}"), &Value::Null).await;
        }
        // As a rule, as an audience and as what is said.
        let rule = json!({ "name": "x", "rule": text });
        let (status, refused) = console.post("/api/admin/segments", &rule).await;
        assert!(status == 400 || text.starts_with("订单数"), "{text:?}: {status} {refused}");
        let members = format!("/api/admin/segments/members?rule={}", in_address(&text));
        let (status, members) = console.call("GET", &members, &Value::Null).await;
        assert!(status < 500, "{text:?}: {members}");
        let mut saying = good.clone();
        saying["variants"][0]["text"] = json!(text);
        let (status, made) = console.post("/api/admin/campaigns", &json!({ "name": "x", "plan": saying })).await;
        assert!(matches!(status, 200 | 400), "{text:?}: {status} {made}");
        if let Some(id) = made["id"].as_str() {
            assert_eq!(made["plan"]["variants"][0]["text"].as_str(), Some(text.as_str()), "{made}");
            console.done("DELETE", &format!("/api/admin/campaigns/{id}"), &Value::Null).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn line_25_what_a_shop_says_of_its_customers_breaks_nothing() {
    let clock = clock();
    let app = TestApp::start_at_with(&clock, unlimited).await;
    let console = Console::admin(&app).await;
    let nul = ["甲\u{0}乙".to_owned(), "\u{0}".to_owned()];
    for (number, name) in strings().into_iter().chain(nul).enumerate() {
        let visitor = Visitor::new(&app).await;
        let claims = json!({ "name": name, "phone": name, "email": name, "birthday": name });
        visitor.is(&format!("c-{number}"), &clock, &claims).await;
        let profile = console.get(&format!("/api/admin/profiles/c:c-{number}/export")).await;
        let kept = profile.to_string();
        let shown = name.replace('\0', "\u{fffd}");
        let written = serde_json::to_string(&shown).expect("JSON");
        if shown.len() <= 200 {
            assert!(kept.contains(&written), "{name:?}: {kept}");
        }
    }
    // And as the customer's own name in the shop's system.
    for name in strings().into_iter().filter(|name| name.len() <= 200) {
        let visitor = Visitor::new(&app).await;
        visitor.is(&name, &clock, &json!({})).await;
        let path = format!("/api/admin/profiles/{}/export", in_address(&format!("c:{name}")));
        let (status, profile) = console.call("GET", &path, &Value::Null).await;
        assert_eq!(status, 200, "{name:?}: {profile}");
    }
}
