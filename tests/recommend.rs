//! Recommendation in the running shop: conversations, events, opt-out, the log and its report.

use crate::nodes::two;
use crate::rest::sign_in;
use crate::support::{Client, TestApp, token};
use uuid::Uuid;
use xiaoer::clock::{Clock, Timestamp};
use xiaoer::live::protocol::{ClientFrame, ServerFrame};
use xiaoer::model::chat::{Author, Message, PageContext};
use xiaoer::model::customer::{Event, EventKind};
use xiaoer::model::id::ShopperId;
use xiaoer::recommend::model::first_recipe;
use xiaoer::service::leases::Leases;
use xiaoer::service::training::{self, Round};
use xiaoer::store::event::{self as event_log, Receipt};
use xiaoer::store::{Db, recommendation};

/// Says something with a product on the screen.
async fn ask_on_page(client: &mut Client, id: &str, text: &str, sku: &str) -> Message {
    let page = Some(PageContext { sku: Some(sku.into()), ..PageContext::default() });
    client.send(&ClientFrame::Say { client_id: id.into(), text: text.into(), page }).await;
    loop {
        if let ServerFrame::Message { message } = client.next().await
            && message.author == Author::Bot
        {
            return message;
        }
    }
}

fn skus(answer: &Message) -> Vec<&str> {
    answer.body.products.iter().map(|card| card.sku.as_str()).collect()
}

async fn event(app: &TestApp, token: &str, kind: &str, sku: &str) {
    let body = serde_json::json!({ "token": token, "kind": kind, "sku": sku }).to_string();
    assert_eq!(app.http("POST", "/api/shop/events", &[], &body).await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_is_refined_turn_by_turn() {
    let app = TestApp::start().await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    let (_, answer) = shopper.ask("1", "推荐一双跑步鞋，三百以内").await;
    assert!(!answer.body.products.is_empty());
    for card in &answer.body.products {
        assert!(card.price.0 <= 30_000 && card.reason.contains("符合 300 元以内"), "{card:?}");
    }
    // What is sold out (SS-005) is never shown, and colours join the price.
    let (_, answer) = shopper.ask("2", "有没有灰色的").await;
    assert_eq!(skus(&answer), ["SS-004"], "{answer:?}");
    assert!(answer.body.products[0].reason.contains("有灰色"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_slots_are_a_wish_without_goods() {
    let app = TestApp::start().await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    let (_, answer) = shopper.ask("1", "送自己的，一百以内").await;
    assert!(!answer.body.products.is_empty(), "{answer:?}");
    assert!(answer.body.products.iter().all(|card| card.price.0 <= 10_000));
    assert!(answer.body.products[0].reason.contains("适合送自己"), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn cheaper_than_the_one_on_the_screen() {
    let app = TestApp::start().await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    let answer = ask_on_page(&mut shopper, "1", "比这个便宜点的", "SS-001").await;
    assert!(!answer.body.products.is_empty(), "{answer:?}");
    assert!(answer.body.products.iter().all(|card| card.price.0 < 26_900 && card.sku != "SS-001"));
}

#[tokio::test(flavor = "multi_thread")]
async fn something_to_go_with_what_is_on_the_screen() {
    let app = TestApp::start().await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    let answer = ask_on_page(&mut shopper, "1", "配这双鞋买点什么零食", "SS-001").await;
    assert!(!answer.body.products.is_empty(), "{answer:?}");
    for card in &answer.body.products {
        assert!(card.sku.starts_with("FD-") && card.reason.contains("可以搭配「云朵缓震跑步鞋」"), "{card:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_products_are_compared_by_facts() {
    let app = TestApp::start().await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    let (_, shown) = shopper.ask("1", "推荐一双跑步鞋").await;
    let (first, second) = (shown.body.products[0].clone(), shown.body.products[1].clone());
    let (_, answer) = shopper.ask("2", "前两个哪个好").await;
    assert_eq!(skus(&answer), [first.sku.as_str(), second.sku.as_str()]);
    assert!(answer.body.text.contains(&format!("| 价格 | {} 元 | {} 元 |", first.price, second.price)), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn these_two_are_the_one_on_the_screen_and_the_one_before() {
    let app = TestApp::start().await;
    let (mut shopper, welcome) = app.shopper(None, 0).await;
    event(&app, &token(&welcome), "view", "SS-004").await;
    let answer = ask_on_page(&mut shopper, "1", "这两款哪个好", "SS-001").await;
    assert_eq!(skus(&answer), ["SS-001", "SS-004"], "{answer:?}");
    assert!(answer.body.text.contains("怎么选"), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upset_shopper_is_not_sold_to() {
    let app = TestApp::start().await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    let (_, answer) = shopper.ask("1", "垃圾店，气死我了，推荐的什么破跑步鞋").await;
    assert!(answer.body.products.is_empty(), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_bought_is_not_suggested_again_and_a_restart_forgets_nothing() {
    let app = TestApp::start().await;
    let (shopper, welcome) = app.shopper(None, 0).await;
    drop(shopper);
    let token = token(&welcome);
    event(&app, &token, "buy", "SS-001").await;
    event(&app, &token, "buy", "FD-001").await;
    let body = serde_json::json!({ "token": token, "opted_out": true }).to_string();
    assert_eq!(app.http("PUT", "/api/shop/recommendations/opt-out", &[], &body).await.json()["opted_out"], true);
    let app = app.restart().await;
    let (mut shopper, _) = app.shopper(Some(&token), 0).await;
    let (_, shoes) = shopper.ask("1", "推荐一双跑步鞋").await;
    assert!(!shoes.body.products.is_empty() && !skus(&shoes).contains(&"SS-001"), "{shoes:?}");
    // Food is consumed and may come again.
    let (_, food) = shopper.ask("2", "推荐点坚果").await;
    assert!(skus(&food).contains(&"FD-001"), "{food:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn clicks_and_purchases_are_credited_to_what_was_shown() {
    let app = TestApp::start().await;
    let (mut shopper, welcome) = app.shopper(None, 0).await;
    let token = token(&welcome);
    let (_, answer) = shopper.ask("1", "推荐一双跑步鞋").await;
    let body = serde_json::json!({ "token": token, "slot": "home" }).to_string();
    let list = app.http("POST", "/api/shop/recommendations", &[], &body).await.json();
    let list = list["products"].as_array().expect("a list");
    assert!(!list.is_empty() && list.iter().all(|card| card["reason"].as_str().is_some_and(|r| !r.is_empty())));
    let chosen = answer.body.products[0].sku.clone();
    event(&app, &token, "click", &chosen).await;
    event(&app, &token, "buy", &chosen).await;
    let cookie = sign_in(&app).await;
    let path = "/api/admin/recommendations/report?days=7";
    assert_eq!(app.http("GET", path, &[], "").await.status, 401);
    let report = app.http("GET", path, &[("Cookie", &cookie)], "").await.json();
    let rows = report["rows"].as_array().expect("rows");
    let sum = |slot: Option<&str>, what: &str| -> i64 {
        let rows = rows.iter().filter(|row| slot.is_none_or(|slot| row["slot"] == slot));
        rows.filter_map(|row| row[what].as_i64()).sum()
    };
    assert_eq!(sum(Some("chat"), "impressions"), answer.body.products.len() as i64);
    assert_eq!(sum(Some("home"), "impressions"), list.len() as i64);
    // One click and one purchase, credited to the newest impression of the product alone.
    assert_eq!((sum(None, "clicks"), sum(None, "conversions")), (1, 1), "{report}");
    assert!(rows.iter().all(|row| row["arm"] == "a" || row["arm"] == "b"));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_imported_from_csv_all_or_none() {
    let app = TestApp::start().await;
    let cookie = sign_in(&app).await;
    let headers = [("Cookie", cookie.as_str()), ("X-Xiaoer-Csrf", "1")];
    let bad = "userId,movieId,rating,timestamp\nu1,SS-001,5,1700000000\nu1,XX-9,5,1700000000\n";
    let refused = app.http("POST", "/api/admin/events", &headers, bad).await;
    assert_eq!(refused.status, 400);
    assert!(refused.json()["message"].as_str().is_some_and(|text| text.contains("第 3 行") && text.contains("XX-9")));
    let in_microseconds = "shopper,sku,kind,value,at\nu1,SS-001,buy,1,1700000000000000\n";
    let refused = app.http("POST", "/api/admin/events", &headers, in_microseconds).await;
    assert!(refused.json()["message"].as_str().is_some_and(|text| text.contains("第 2 行") && text.contains("毫秒")));
    let good = "userId,movieId,rating,timestamp\nu1,SS-001,5,1700000000\nu1,FD-002,5,1700000001\n";
    assert_eq!(app.http("POST", "/api/admin/events", &headers, good).await.json()["added"], 2);
    assert_eq!(app.http("POST", "/api/admin/events", &headers, good).await.json()["added"], 0);
    // The next page knows it: shoes and biscuits were liked by the same shopper.
    let slot = r#"{"slot":"product","sku":"SS-001"}"#;
    let list = app.http("POST", "/api/shop/recommendations", &[], slot).await.json();
    assert_eq!(list["products"][0]["sku"], "FD-002", "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shopper_turns_recommendations_off_and_on_in_the_chat() {
    let app = TestApp::start().await;
    let (mut shopper, welcome) = app.shopper(None, 0).await;
    let body = serde_json::json!({ "token": token(&welcome) }).to_string();
    let (_, answer) = shopper.ask("1", "不要给我推荐了").await;
    assert!(answer.body.text.contains("已经关闭") && answer.body.products.is_empty(), "{answer:?}");
    drop(shopper);
    let app = app.restart().await;
    let kept = app.http("PUT", "/api/shop/recommendations/opt-out", &[], &body).await.json();
    assert_eq!(kept["opted_out"], true);
    let (mut shopper, _) = app.shopper(Some(&token(&welcome)), 0).await;
    let (_, answer) = shopper.ask("2", "打开个性化推荐").await;
    assert!(answer.body.text.contains("已经打开"), "{answer:?}");
    let kept = app.http("PUT", "/api/shop/recommendations/opt-out", &[], &body).await.json();
    assert_eq!(kept["opted_out"], false);
}

/// What another run of the program wrote about these shoppers.
async fn written_elsewhere(app: &TestApp, run: u128, events: &[Event]) {
    let db = Db::connect(&app.database).await.expect("the database");
    let receipt = Receipt { written_by: Uuid::from_u128(run), at: Clock::system().now() };
    event_log::add(&db, events, receipt).await.expect("added");
    db.close().await;
}

fn bought(shopper: u128, sku: &str, at: i64) -> Event {
    let shopper = ShopperId(Uuid::from_u128(shopper));
    Event { shopper, sku: sku.into(), kind: EventKind::Buy, value: 1.0, at: Timestamp(at) }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_write_is_followed_once() {
    let app = TestApp::start().await;
    let both = [bought(7, "SS-001", 1), bought(7, "FD-002", 2)];
    written_elsewhere(&app, 1, &both).await;
    // The program follows by itself as well: whoever comes first learns them, nobody learns them twice.
    app.behaviour.follow().await.expect("the database answers");
    let slot = r#"{"slot":"product","sku":"SS-001"}"#;
    let list = app.http("POST", "/api/shop/recommendations", &[], slot).await.json();
    assert_eq!(list["products"][0]["sku"], "FD-002", "{list}");
    assert_eq!(app.behaviour.follow().await.expect("the database answers"), 0);
    assert_eq!(app.behaviour.learned_until(), Timestamp(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opt_out_that_was_kept_elsewhere_is_followed_and_so_is_its_withdrawal() {
    let app = TestApp::start().await;
    let db = Db::connect(&app.database).await.expect("the database");
    let shopper = ShopperId(Uuid::from_u128(7));
    for opted_out in [true, false, true] {
        recommendation::set_opt_out(&db, shopper, opted_out, Clock::system().now()).await.expect("kept");
        app.behaviour.follow().await.expect("the database answers");
        assert_eq!(app.behaviour.has_opted_out(shopper), opted_out);
    }
    db.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opt_out_holds_on_every_node_and_so_does_its_withdrawal() {
    let Some((here, there)) = two().await else { return };
    let (shopper, welcome) = here.shopper(None, 0).await;
    drop(shopper);
    let token = token(&welcome);
    written_elsewhere(&here, 1, &[bought(7, "SS-001", 1), bought(7, "FD-002", 2)]).await;
    event(&here, &token, "view", "SS-001").await;
    for opted_out in [false, true, false] {
        let body = serde_json::json!({ "token": token, "opted_out": opted_out }).to_string();
        assert_eq!(here.http("PUT", "/api/shop/recommendations/opt-out", &[], &body).await.status, 200);
        there.behaviour.follow().await.expect("the database answers");
        let body = serde_json::json!({ "token": token, "slot": "home" }).to_string();
        let list = there.http("POST", "/api/shop/recommendations", &[], &body).await.json();
        let cards = list["products"].as_array().expect("a list");
        let is_personal = cards.iter().any(|card| card["reason"].as_str().is_some_and(|text| text.contains("看过")));
        assert_eq!((list["opted_out"].as_bool(), is_personal), (Some(opted_out), !opted_out), "{list}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blend_of_before_everything_was_learned_anew_or_published_is_not_put_in_force() {
    let app = TestApp::start().await;
    let assistant = app.chat.published.assistant();
    let content = &assistant.knowledge.content;
    let consumable = content.consumable();
    let reversed: Vec<_> = content.products.iter().rev().cloned().collect();
    written_elsewhere(&app, 1, &[bought(7, "SS-001", 1), bought(7, "FD-002", 2)]).await;
    app.behaviour.follow().await.expect("the database answers");
    for published in [false, true] {
        let lesson = app.behaviour.lesson(0).expect("something new");
        let models = lesson.fit(first_recipe()).expect("a small shop");
        if published {
            app.behaviour.take_goods(&reversed, &consumable);
        } else {
            app.behaviour.learn_anew(&content.products, &consumable).await.expect("learned");
        }
        assert!(!app.behaviour.settle(&lesson.generation, models));
    }
    let lesson = app.behaviour.lesson(0).expect("it is learned again");
    let models = lesson.fit(first_recipe()).expect("a small shop");
    assert!(app.behaviour.settle(&lesson.generation, models));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blend_is_learned_from_the_log_and_kept() {
    let app = TestApp::start().await;
    let leases = Leases::new(app.chat.db.clone(), Clock::system());
    assert_eq!(training::learn(&app.behaviour, &leases).await.expect("the database answers"), Round::NothingNew);
    let skus = ["SS-001", "FD-001", "SS-002", "FD-002", "SS-003", "FD-003"];
    let walk = |who: u128| {
        (0..4).map(move |step| bought(who, skus[(who as usize + step) % 6], step as i64 * 1_000 + who as i64))
    };
    let events: Vec<Event> = (1..=600).flat_map(walk).collect();
    written_elsewhere(&app, 1, &events).await;
    app.behaviour.follow().await.expect("the database answers");
    let round = training::learn(&app.behaviour, &leases).await.expect("the database answers");
    let Round::Learned(first) = round else { panic!("{round:?}") };
    assert!(first.chosen_now && first.learned.ndcg20 > 0.0, "{first:?}");
    assert_eq!(training::learn(&app.behaviour, &leases).await.expect("the database answers"), Round::NothingNew);
    // One more event: the same recipe is fitted again.
    written_elsewhere(&app, 2, &[bought(601, "SS-001", 9_000)]).await;
    app.behaviour.follow().await.expect("the database answers");
    let round = training::learn(&app.behaviour, &leases).await.expect("the database answers");
    let Round::Learned(second) = round else { panic!("{round:?}") };
    assert!(!second.chosen_now && second.learned == first.learned, "{second:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_the_storefront_is_logged_and_its_click_credited() {
    let app = TestApp::start().await;
    let (shopper, welcome) = app.shopper(None, 0).await;
    drop(shopper);
    let token = token(&welcome);
    let body = serde_json::json!({ "token": token, "slot": "product", "sku": "SS-001" }).to_string();
    let list = app.http("POST", "/api/shop/recommendations", &[], &body).await.json();
    let list = list["products"].as_array().expect("a list");
    assert!(!list.is_empty() && list.iter().all(|card| card["sku"] != "SS-001"));
    // Somebody unknown gets a list, too, but nothing can be credited to them.
    let unknown = r#"{"slot":"home"}"#;
    assert_eq!(app.http("POST", "/api/shop/recommendations", &[], unknown).await.status, 200);
    event(&app, &token, "click", list[0]["sku"].as_str().expect("a product")).await;
    let cookie = sign_in(&app).await;
    let report = app.http("GET", "/api/admin/recommendations/report?days=7", &[("Cookie", &cookie)], "").await.json();
    let rows = report["rows"].as_array().expect("rows");
    let sum = |what: &str| rows.iter().filter_map(|row| row[what].as_i64()).sum::<i64>();
    assert!(rows.iter().all(|row| row["slot"] == "product"), "{report}");
    assert_eq!((sum("impressions"), sum("clicks"), sum("conversions")), (list.len() as i64, 1, 0), "{report}");
}
