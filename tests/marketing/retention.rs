//! What is kept of messages that had their time, so that what is sent once is sent once.

use super::*;
use xiaoer::store::marketing::delivery;

const DAY: Duration = Duration::from_hours(24);

fn welcome() -> Value {
    plan(json!({ "kind": "segment_entry" }), json!({ "audience": "同意站内消息 = 是" }))
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_welcomed_twice_by_a_campaign_that_goes_on_for_years() {
    let clock = clock();
    let app = start(&clock).await;
    let mut shopper = Visitor::who_agrees(&app).await;
    let mut customer = Visitor::who_agrees(&app).await;
    customer.is("c-1", &clock, &json!({})).await;
    let id = run(&Console::admin(&app).await, "欢迎", welcome()).await;
    assert_eq!(app.marketing.tick().await.expect("looked"), 2);
    clock.advance(DAY * 400);
    for one in [&mut shopper, &mut customer] {
        one.says("退款多久到账").await;
    }
    app.retention.run().await.expect("deleted");
    let states = async || delivery::of_campaign(&app.chat.db, id).await.expect("read");
    assert_eq!(states().await, [("past".to_owned(), 2)], "nothing else is known of it");
    assert_eq!(app.marketing.tick().await.expect("looked"), 0, "once each");
    let found = report(&Console::admin(&app).await, id).await;
    assert_eq!(found["total"]["persons"].as_i64(), Some(0), "what followed is no longer kept either: {found}");
    assert_eq!(app.retention.run().await.expect("deleted").total(), 0, "once is enough");

    // A deletion finds it, and nobody comes back as the one who was deleted.
    let person = app.personal.by_key("c:c-1").await.expect("read").expect("known");
    app.personal.erase(&person, "admin").await.expect("erased");
    let dealt = delivery::dealt(&app.chat.db, id).await.expect("read");
    assert!(dealt.noted.iter().all(|(person, _)| person != "c:c-1"), "{dealt:?}");
    app.retention.run().await.expect("deleted");
    assert_eq!(states().await, [("past".to_owned(), 1)]);
    let end = json!({ "state": "ended" });
    Console::admin(&app).await.done("PUT", &format!("/api/admin/campaigns/{id}/state"), &end).await;
    app.retention.run().await.expect("deleted");
    assert!(states().await.is_empty(), "the campaign is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_occasion_that_has_passed_goes_also_while_its_campaign_runs() {
    let clock = clock();
    let app = start(&clock).await;
    let mut shopper = Visitor::who_agrees(&app).await;
    let page = plan(json!({ "kind": "page", "path": "/sale" }), json!({}));
    let id = run(&Console::admin(&app).await, "页面", page).await;
    shopper.opens("/sale").await;
    assert_eq!(shopper.got().await.len(), 1);
    clock.advance(DAY * 400);
    shopper.says("退款多久到账").await;
    app.retention.run().await.expect("deleted");
    assert!(delivery::of_campaign(&app.chat.db, id).await.expect("read").is_empty());
}
