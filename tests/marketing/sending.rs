//! Who gets a message in the chat, and who does not.

use super::*;
use xiaoer::model::chat::Author;

fn everybody() -> Value {
    json!({ "kind": "segment_entry" })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_stands_in_the_chat_and_a_tap_unsubscribes_at_once() {
    let clock = clock();
    let app = start(&clock).await;
    let console = Console::admin(&app).await;
    let mut shopper = Visitor::who_agrees(&app).await;
    let mut stranger = Visitor::new(&app).await;
    let products =
        json!([{ "text": "{product}只要 {price} 元", "products": { "kind": "listed", "skus": ["SS-001", "SS-005"] } }]);
    let more = json!({ "audience": "距首次到访 <= 30", "variants": products });
    let id = run(&console, "上新", plan(everybody(), more)).await;
    assert_eq!(app.marketing.tick().await.expect("looked"), 1);
    let got = shopper.got().await;
    assert_eq!(got.len(), 1);
    assert_eq!((got[0].author, got[0].body.text.as_str()), (Author::Bot, "云朵缓震跑步鞋只要 269 元"));
    assert_eq!(got[0].body.campaign, Some(id.to_string()));
    assert_eq!(got[0].body.products.len(), 1, "what is sold out is not shown");
    assert_eq!(got[0].body.questions, ["退订"]);
    assert!(stranger.got().await.is_empty(), "nothing is sent to those who never agreed");
    assert_eq!(app.marketing.tick().await.expect("looked"), 0, "once for each");

    let confirmed = shopper.says("退订").await;
    assert!(confirmed.body.text.contains("已经为您退订"), "{}", confirmed.body.text);
    let second = run(&console, "再来", plan(everybody(), json!({ "audience": "距首次到访 <= 30" }))).await;
    assert_eq!(app.marketing.tick().await.expect("looked"), 0);
    assert_eq!(refused(&report(&console, second).await), [("no_consent".to_owned(), 1), ("opted_out".to_owned(), 1)]);
    let first = report(&console, id).await;
    assert_eq!((first["total"]["sent"].as_i64(), first["total"]["unsubscribed"].as_i64()), (Some(1), Some(1)));

    // An opt-out is kept until the person takes it back.
    assert!(shopper.says("订阅优惠消息").await.body.text.contains("订阅"));
    assert_eq!(app.marketing.tick().await.expect("looked"), 1);
    assert_eq!(shopper.got().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn td_works_in_whatever_writing_and_beside_a_person() {
    let clock = clock();
    let app = start(&clock).await;
    for word in ["TD", "td", "ＴＤ", "退訂", "回TD"] {
        let mut shopper = Visitor::who_agrees(&app).await;
        shopper.says("转人工").await;
        assert!(shopper.says(word).await.body.text.contains("已经为您退订"), "{word}");
        let body = json!({ "token": shopper.token }).to_string();
        let kept = app.http("PUT", "/api/shop/consent", &[], &body).await.json();
        assert_eq!(kept, json!({ "granted": [], "refused": ["widget", "email", "sms", "wechat"] }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_is_upset_waits_or_sleeps_gets_anything_until_it_is_over() {
    let clock = clock();
    let app = start(&clock).await;
    let console = Console::admin(&app).await;
    let mut calm = Visitor::who_agrees(&app).await;
    let mut upset = Visitor::who_agrees(&app).await;
    let mut waiting = Visitor::who_agrees(&app).await;
    upset.says("你们太差劲了，气死我了，骗子！").await;
    waiting.says("转人工").await;
    let id = run(&console, "晚上好", plan(everybody(), json!({ "audience": "同意站内消息 = 是" }))).await;
    clock.advance(Duration::from_secs(12 * 3_600));
    assert_eq!(app.marketing.tick().await.expect("looked"), 0, "it is ten in the evening");
    // Who signed in this morning is signed out by now.
    let console = Console::admin(&app).await;
    assert!(refused(&report(&console, id).await).contains(&("quiet_hours".to_owned(), 3)));
    clock.advance(Duration::from_secs(11 * 3_600));
    assert_eq!(app.marketing.tick().await.expect("looked"), 1, "nine in the morning");
    let console = Console::admin(&app).await;
    assert_eq!(calm.got().await.len(), 1);
    assert!(upset.got().await.is_empty() && waiting.got().await.is_empty());
    let reasons = refused(&report(&console, id).await);
    for reason in ["upset", "open_complaint", "with_agent"] {
        assert!(reasons.iter().any(|(name, count)| name == reason && *count >= 1), "{reason}: {reasons:?}");
    }
    // What was refused because of the hour is refused no longer.
    assert!(!reasons.iter().any(|(name, _)| name == "quiet_hours"), "{reasons:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn caps_hold_for_a_campaign_and_for_all_together_and_roll_on() {
    let clock = clock();
    let app = start(&clock).await;
    let console = Console::admin(&app).await;
    let mut shopper = Visitor::who_agrees(&app).await;
    let limits = json!({ "cap": { "times": 2, "days": 7 }, "quiet": { "from": 0, "until": 0 } });
    console.done("PUT", "/api/admin/marketing/limits", &limits).await;
    let page = |path: &str| plan(json!({ "kind": "page", "path": path }), json!({ "cap": { "times": 1, "days": 2 } }));
    for path in ["/a", "/b", "/c*"] {
        run(&console, path, page(path)).await;
    }
    for path in ["/a", "/a", "/b", "/c/1", "/elsewhere"] {
        shopper.opens(path).await;
    }
    assert_eq!(shopper.got().await.len(), 2, "two of three, and one once only");
    clock.advance(Duration::from_secs(86_400));
    shopper.opens("/a").await;
    assert_eq!(shopper.got().await.len(), 2, "the campaign's own cap lasts two days");
    clock.advance(Duration::from_secs(6 * 86_400 + 1));
    shopper.opens("/a").await;
    assert_eq!(shopper.got().await.len(), 3, "a week later there is room again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_with_two_browsers_is_one_person() {
    let clock = clock();
    let app = start(&clock).await;
    let console = Console::admin(&app).await;
    let mut phone = Visitor::who_agrees(&app).await;
    let mut desktop = Visitor::new(&app).await;
    for one in [&phone, &desktop] {
        one.is("c-1", &clock, &json!({ "name": "林岚" })).await;
    }
    run(&console, "您好", plan(everybody(), json!({ "audience": "已登录 = 是" }))).await;
    assert_eq!(app.marketing.tick().await.expect("looked"), 1);
    let got = [phone.got().await, desktop.got().await].concat();
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].body.text, "林岚，测试小店上新啦");
    desktop.says("TD").await;
    run(&console, "又来", plan(everybody(), json!({ "audience": "已登录 = 是" }))).await;
    assert_eq!(app.marketing.tick().await.expect("looked"), 0, "a no of one browser is a no of the person");
}

#[tokio::test(flavor = "multi_thread")]
async fn variants_and_holdout_are_split_and_reported_with_what_was_bought() {
    let clock = clock();
    let app = start(&clock).await;
    let console = Console::admin(&app).await;
    let mut all = Vec::new();
    for _ in 0..30 {
        all.push(Visitor::who_agrees(&app).await);
    }
    let variants = json!([{ "text": "甲" }, { "text": "乙" }]);
    let id = run(
        &console,
        "对比",
        plan(everybody(), json!({ "audience": "同意站内消息 = 是", "variants": variants, "holdout_percent": 30 })),
    )
    .await;
    let before = console.done("POST", &format!("/api/admin/campaigns/{id}/dry-run"), &json!({})).await;
    let sent = app.marketing.tick().await.expect("looked");
    let (mut texts, mut held) = (std::collections::BTreeMap::<String, i64>::new(), 0);
    for one in &mut all {
        match one.got().await.first() {
            Some(message) => *texts.entry(message.body.text.clone()).or_default() += 1,
            None => held += 1,
        }
    }
    assert!(texts.len() == 2 && held > 0 && sent as i64 + held == 30, "{texts:?} {held}");
    assert_eq!(before["holdout"].as_i64(), Some(held), "the dry run knew");
    assert_eq!(before["variants"], json!([texts["甲"], texts["乙"]]));
    clock.advance(Duration::from_secs(60));
    for one in &mut all {
        if !one.got().await.is_empty() {
            one.does(EventKind::Buy, "FD-001").await;
        }
    }
    let found = report(&console, id).await;
    assert_eq!((found["total"]["bought"].as_i64(), found["holdout"]["bought"].as_i64()), (Some(30 - held), Some(0)));
    assert_eq!(found["lift"]["value"].as_f64(), Some(1.0));
    assert!(found["lift"]["lower"].as_f64().expect("a bound") < 1.0);
    assert_eq!(found["variants"][0]["sent"].as_i64(), Some(texts["甲"]));
}
