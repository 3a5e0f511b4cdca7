//! When a message is due.

use super::*;
use xiaoer::marketing::traces::OrderHead;
use xiaoer::model::catalogue::Money;
use xiaoer::model::order::OrderStatus;

#[tokio::test(flavor = "multi_thread")]
async fn a_basket_that_is_left_is_recalled_unless_it_was_bought() {
    let clock = clock();
    let app = start(&clock).await;
    let console = Console::admin(&app).await;
    let (mut leaves, mut buys) = (Visitor::who_agrees(&app).await, Visitor::who_agrees(&app).await);
    let variants = json!([{ "text": "{product}还在购物车里", "products": { "kind": "trigger" } }]);
    run(&console, "购物车", plan(json!({ "kind": "cart_left", "minutes": 30 }), json!({ "variants": variants }))).await;
    for one in [&leaves, &buys] {
        one.does(EventKind::Cart, "SS-002").await;
    }
    clock.advance(Duration::from_secs(29 * 60));
    assert_eq!(app.marketing.tick().await.expect("looked"), 0);
    buys.does(EventKind::Buy, "SS-002").await;
    clock.advance(Duration::from_secs(60));
    assert_eq!(app.marketing.tick().await.expect("looked"), 1);
    let got = leaves.got().await;
    assert_eq!(got[0].body.text, "疾风竞速跑步鞋还在购物车里");
    assert_eq!(
        (got[0].body.products[0].sku.as_str(), got[0].body.products[0].reason.as_str()),
        ("SS-002", "在您的购物车里")
    );
    assert!(buys.got().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn lower_prices_and_new_stock_are_told_to_those_who_looked() {
    let clock = clock();
    let app = start(&clock).await;
    let console = Console::admin(&app).await;
    let (mut looked, mut other) = (Visitor::who_agrees(&app).await, Visitor::who_agrees(&app).await);
    looked.does(EventKind::View, "SS-001").await;
    looked.does(EventKind::View, "SS-005").await;
    other.does(EventKind::View, "FD-001").await;
    let variants = |text: &str| json!({ "variants": [{ "text": text, "products": { "kind": "trigger" } }] });
    run(&console, "降价", plan(json!({ "kind": "price_drop", "percent": 10 }), variants("{product}降到 {price} 元")))
        .await;
    run(&console, "到货", plan(json!({ "kind": "back_in_stock" }), variants("{product}到货"))).await;
    assert_eq!(app.marketing.tick().await.expect("looked"), 0, "nothing has changed");
    clock.advance(Duration::from_secs(60));
    let items = json!({ "items": [{ "sku": "SS-001", "price": 19_900 }, { "sku": "SS-005", "stock": 4 }, { "sku": "SS-002", "price": 100 }] });
    console.done("POST", "/api/admin/products/stock", &items).await;
    assert_eq!(app.marketing.tick().await.expect("looked"), 2);
    let texts: Vec<String> = looked.got().await.into_iter().map(|message| message.body.text).collect();
    assert_eq!(texts.len(), 2);
    assert!(
        texts.contains(&"云朵缓震跑步鞋降到 199 元".to_owned()) && texts.contains(&"限量碳板跑步鞋到货".to_owned()),
        "{texts:?}"
    );
    assert!(other.got().await.is_empty());
}

/// Price and stock change, and it is looked for what is due; returns how many messages went out.
async fn sent_after(app: &TestApp, items: &Value) -> usize {
    let changed = json!({ "items": items });
    Console::admin(app).await.done("POST", "/api/admin/products/stock", &changed).await;
    app.marketing.tick().await.expect("looked")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_dearer_or_gone_again_in_the_morning_is_not_told() {
    let clock = clock();
    let app = start(&clock).await;
    let mut shopper = Visitor::who_agrees(&app).await;
    shopper.does(EventKind::View, "SS-001").await;
    shopper.does(EventKind::View, "SS-005").await;
    let console = Console::admin(&app).await;
    let shows = json!({ "variants": [{ "text": "{product}降到 {price} 元", "products": { "kind": "trigger" } }] });
    run(&console, "降价", plan(json!({ "kind": "price_drop", "percent": 10 }), shows)).await;
    let says = json!({ "variants": [{ "text": "您看过的到货了" }] });
    run(&console, "到货", plan(json!({ "kind": "back_in_stock" }), says)).await;
    assert_eq!(app.marketing.tick().await.expect("looked"), 0, "nothing has changed");
    let better = json!([{ "sku": "SS-001", "price": 19_900 }, { "sku": "SS-005", "stock": 4 }]);
    clock.set(at_hour(22));
    assert_eq!(sent_after(&app, &better).await, 0, "a quiet hour");
    clock.set(at_hour(24 + 8));
    let as_before = json!([{ "sku": "SS-001", "price": 26_900 }, { "sku": "SS-005", "stock": 0 }]);
    assert_eq!(sent_after(&app, &as_before).await, 0);
    clock.set(at_hour(24 + 9));
    assert_eq!(app.marketing.tick().await.expect("looked"), 0, "it is as it was");
    assert!(shopper.got().await.is_empty());
    assert_eq!(sent_after(&app, &better).await, 2, "both again");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_products_lowered_at_once_both_are_told() {
    let clock = clock();
    let app = start(&clock).await;
    let mut shopper = Visitor::who_agrees(&app).await;
    for sku in ["SS-001", "SS-002"] {
        shopper.does(EventKind::View, sku).await;
    }
    let more = json!({
        "variants": [{ "text": "{product}降价", "products": { "kind": "trigger" } }],
        "cap": { "times": 3, "days": 30 },
    });
    run(&Console::admin(&app).await, "降价", plan(json!({ "kind": "price_drop", "percent": 10 }), more)).await;
    assert_eq!(app.marketing.tick().await.expect("looked"), 0);
    clock.advance(Duration::from_secs(60));
    let lower = json!([{ "sku": "SS-001", "price": 19_900 }, { "sku": "SS-002", "price": 29_900 }]);
    assert_eq!(sent_after(&app, &lower).await, 1);
    assert_eq!(app.marketing.tick().await.expect("looked"), 1, "then the other");
    assert_eq!(app.marketing.tick().await.expect("looked"), 0, "each once");
    let mut texts: Vec<String> = shopper.got().await.into_iter().map(|message| message.body.text).collect();
    texts.sort();
    assert_eq!(texts, ["云朵缓震跑步鞋降价", "疾风竞速跑步鞋降价"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn moments_and_birthdays() {
    let clock = clock();
    let app = start(&clock).await;
    let console = Console::admin(&app).await;
    let mut born_today = Visitor::who_agrees(&app).await;
    born_today.is("c-1", &clock, &json!({ "name": "林岚", "birthday": "1990-11-26" })).await;
    let mut other = Visitor::who_agrees(&app).await;
    let text = json!({ "variants": [{ "text": "{name}，生日快乐" }] });
    run(&console, "生日", plan(json!({ "kind": "birthday", "minute": 660 }), text)).await;
    run(
        &console,
        "定时",
        plan(json!({ "kind": "schedule", "at": at_hour(12).0 }), json!({ "audience": "非 已登录 = 是" })),
    )
    .await;
    assert_eq!(app.marketing.tick().await.expect("looked"), 0);
    clock.advance(Duration::from_secs(3_600));
    assert_eq!(app.marketing.tick().await.expect("looked"), 1);
    assert_eq!(born_today.got().await[0].body.text, "林岚，生日快乐");
    clock.advance(Duration::from_secs(3_600));
    assert_eq!(app.marketing.tick().await.expect("looked"), 1);
    assert_eq!(other.got().await.len(), 1);
    assert_eq!(app.marketing.tick().await.expect("looked"), 0);
}

fn order(status: OrderStatus, clock: &Clock) -> OrderHead {
    let (number, skus) = ("SG1".to_owned(), vec!["SS-001".to_owned()]);
    OrderHead { number, status, placed_at: clock.now(), total: Money(26_900), skus }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_of_an_order_ends_with_its_payment() {
    let clock = clock();
    let app = start(&clock).await;
    let console = Console::admin(&app).await;
    let mut shopper = Visitor::who_agrees(&app).await;
    shopper.is("c-1", &clock, &json!({ "name": "林岚" })).await;
    let nudge = || {
        plan(
            json!({ "kind": "order_unpaid", "minutes": 15 }),
            json!({ "variants": [{ "text": "还没付款", "products": { "kind": "trigger" } }] }),
        )
    };
    let id = run(&console, "催付", nudge()).await;
    app.marketing.order_changed("c-1", &order(OrderStatus::Unpaid, &clock), clock.now()).await.expect("kept");
    clock.advance(Duration::from_secs(15 * 60));
    assert_eq!(app.marketing.tick().await.expect("looked"), 1);
    assert_eq!(shopper.got().await[0].body.text, "还没付款");
    let placed = Clock::fixed(at_hour(10));
    clock.advance(Duration::from_secs(60));
    app.marketing.order_changed("c-1", &order(OrderStatus::Paid, &placed), clock.now()).await.expect("kept");
    let last = app.messages_of(&mut shopper.client).await.pop().expect("a message");
    assert!(last.body.text.contains("已收到付款"), "{}", last.body.text);
    let found = report(&console, id).await;
    assert_eq!(found["total"]["bought"].as_i64(), Some(1), "{found}");

    // Paid before it was out: it never is.
    let second = run(&console, "再催", nudge()).await;
    let mut unpaid = OrderHead { number: "SG2".into(), ..order(OrderStatus::Unpaid, &clock) };
    app.marketing.order_changed("c-1", &unpaid, clock.now()).await.expect("kept");
    clock.advance(Duration::from_secs(20 * 60));
    unpaid.status = OrderStatus::Paid;
    app.marketing.order_changed("c-1", &unpaid, clock.now()).await.expect("kept");
    assert_eq!(app.marketing.tick().await.expect("looked"), 0);
    assert_eq!(report(&console, second).await["total"]["sent"].as_i64(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_its_way_is_withdrawn_in_the_payments_own_transaction() {
    use xiaoer::marketing::campaign::Channel;
    use xiaoer::marketing::due::Occasion;
    use xiaoer::marketing::split::Share;
    use xiaoer::store::marketing::delivery::{self, Decided, Draft};
    use xiaoer::store::marketing::{Recipient, facts::Asked, order as orders};
    let clock = clock();
    let app = start(&clock).await;
    let console = Console::admin(&app).await;
    let shopper = Visitor::who_agrees(&app).await;
    let campaign = run(&console, "催付", plan(json!({ "kind": "order_unpaid", "minutes": 15 }), json!({}))).await;
    let (db, now) = (&app.chat.db, clock.now());
    orders::put(db, "c-1", &order(OrderStatus::Unpaid, &clock), now).await.expect("kept");
    let to = Recipient { customer: Some("c-1".into()), shoppers: vec![shopper.shopper] };
    let occasion = Occasion { key: "order:SG1".into(), skus: Vec::new(), order: Some("SG1".into()), since: now };
    let asked =
        Asked { campaign, to: &to, occasion: &occasion, channel: Channel::Email, since: (Timestamp(0), Timestamp(0)) };
    let draft = Draft { id: Uuid::now_v7(), asked, shopper: shopper.shopper, skus: &[], link_hash: "x".into(), now };
    let decided = delivery::claim(db, &draft, |facts| {
        assert!(facts.running && !facts.bought && !facts.noted);
        Ok(Share::Variant(0))
    });
    assert!(matches!(decided.await.expect("decided"), Decided::Send { variant: 0, .. }));
    assert!(delivery::is_wanted(db, draft.id).await.expect("read"));
    orders::put(db, "c-1", &order(OrderStatus::Paid, &clock), now).await.expect("kept");
    assert!(!delivery::is_wanted(db, draft.id).await.expect("read"), "withdrawn");
    let second = Draft { id: Uuid::now_v7(), ..draft.clone() };
    let again = delivery::claim(db, &second, |facts| {
        assert!(facts.noted && facts.bought);
        Err(vec![xiaoer::marketing::sending::Refusal::AlreadyBought])
    });
    assert!(matches!(again.await.expect("decided"), Decided::Refused(_)));
}
