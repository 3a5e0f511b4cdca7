//! What the shop's system tells of orders: late, twice, and in any order.

use super::*;
use xiaoer::marketing::traces::OrderHead;
use xiaoer::model::catalogue::Money;
use xiaoer::model::order::OrderStatus;
use xiaoer::service::orders::sign;
use xiaoer::store::marketing::order as orders;

const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

fn head(number: &str, status: OrderStatus) -> OrderHead {
    OrderHead { number: number.to_owned(), status, placed_at: at_hour(10), total: Money(26_900), skus: Vec::new() }
}

/// A reminder of what is not paid after a quarter of an hour.
fn nudge() -> Value {
    plan(json!({ "kind": "order_unpaid", "minutes": 15 }), json!({ "variants": [{ "text": "还没付款" }] }))
}

/// The shop's system tells of the order `SG1` of `c-1` by its hook.
async fn tell(app: &TestApp, status: &str, signed_at: Timestamp) {
    let order = json!({ "number": "SG1", "status": status, "placed_at": at_hour(10).0, "total": 26_900, "items": [] });
    let body = json!({ "event": "order", "customer": "c-1", "order": order }).to_string();
    let signed = sign(&[SECRET.into()], signed_at.0 / 1_000, body.as_bytes());
    let headers =
        [("x-xiaoer-timestamp", signed.timestamp.as_str()), ("x-xiaoer-signature", signed.signature.as_str())];
    assert_eq!(app.http("POST", "/api/hooks/shop", &headers, &body).await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_paid_gets_no_reminder_whatever_comes_late() {
    let clock = clock();
    let app = start(&clock).await;
    let console = Console::admin(&app).await;
    let mut shopper = Visitor::who_agrees(&app).await;
    shopper.is("c-1", &clock, &json!({})).await;
    run(&console, "催付", nudge()).await;
    // That it was placed could not be told: it is sent again, as it was signed, and signed anew.
    let placed = clock.now();
    clock.advance(MINUTE);
    tell(&app, "paid", clock.now()).await;
    tell(&app, "unpaid", placed).await;
    tell(&app, "unpaid", clock.now()).await;
    clock.advance(MINUTE);
    tell(&app, "unpaid", clock.now()).await;
    clock.advance(MINUTE * 15);
    assert_eq!(app.marketing.tick().await.expect("looked"), 0);
    assert!(shopper.got().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_only_moves_on_whenever_it_was_told() {
    let app = start(&clock()).await;
    let db = &app.chat.db;
    for (place, (first, ..)) in OrderStatus::NAMES.into_iter().enumerate() {
        for (next, (second, ..)) in OrderStatus::NAMES.into_iter().enumerate() {
            for later in [-1, 0, 1] {
                let number = format!("{place}{next}{later}");
                orders::put(db, "c-1", &head(&number, first), Timestamp(100)).await.expect("kept");
                orders::put(db, "c-1", &head(&number, second), Timestamp(100 + later)).await.expect("kept");
                let (_, kept) = orders::by_number(db, &number).await.expect("read").expect("known");
                assert_eq!(kept.status, OrderStatus::NAMES[place.max(next)].0, "{first:?}, then {second:?} at {later}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_words_about_one_status_the_later_counts() {
    let app = start(&clock()).await;
    let db = &app.chat.db;
    let costs = async |fen: i64, told: i64| {
        let order = OrderHead { total: Money(fen), ..head("SG1", OrderStatus::Paid) };
        assert!(!orders::put(db, "c-1", &order, Timestamp(told)).await.expect("kept"), "no news that it was paid");
        orders::by_number(db, "SG1").await.expect("read").expect("known").1.total.0
    };
    assert_eq!(costs(100, 10).await, 100);
    assert_eq!(costs(90, 9).await, 100, "an older word");
    assert_eq!(costs(90, 10).await, 90, "of one moment what came last");
    assert_eq!(costs(80, 11).await, 80);
    let of_another = head("SG1", OrderStatus::Completed);
    orders::put(db, "c-2", &of_another, Timestamp(12)).await.expect("left as it is");
    let (customer, kept) = orders::by_number(db, "SG1").await.expect("read").expect("known");
    assert_eq!((customer.as_str(), kept.status), ("c-1", OrderStatus::Paid), "it is nobody else's");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversion_stays_however_the_order_moves_on() {
    let clock = clock();
    let app = start(&clock).await;
    let id = run(&Console::admin(&app).await, "催付", nudge()).await;
    let people = [("c-1", "SG1"), ("c-2", "SG2")];
    let (at_once, late) = (Visitor::who_agrees(&app).await, Visitor::who_agrees(&app).await);
    for ((customer, number), visitor) in people.into_iter().zip([&at_once, &late]) {
        visitor.is(customer, &clock, &json!({})).await;
        let order = head(number, OrderStatus::Unpaid);
        app.marketing.order_changed(customer, &order, clock.now()).await.expect("kept");
    }
    clock.advance(MINUTE * 15);
    assert_eq!(app.marketing.tick().await.expect("looked"), 2);
    let tell = async |(customer, number): (&str, &str), status: OrderStatus| {
        app.marketing.order_changed(customer, &head(number, status), clock.now()).await.expect("kept");
        let found = report(&Console::admin(&app).await, id).await;
        found["total"]["bought"].as_i64()
    };
    clock.advance(MINUTE);
    assert_eq!(tell(people[0], OrderStatus::Paid).await, Some(1));
    clock.advance(DAY * 8);
    assert_eq!(tell(people[0], OrderStatus::Shipped).await, Some(1), "it was paid in time");
    assert_eq!(tell(people[1], OrderStatus::Paid).await, Some(1), "what is paid later is not its merit");
    clock.advance(DAY);
    assert_eq!(tell(people[0], OrderStatus::Completed).await, Some(1));
}
