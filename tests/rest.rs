//! The REST interface: the shop's pages and the console's door.

use crate::support::TestApp;

/// Signs in as the first admin; returns the cookie.
pub(crate) async fn sign_in(app: &TestApp) -> String {
    let password = app.first_password.as_deref().expect("the first start made an admin");
    let body = serde_json::json!({ "name": "admin", "password": password }).to_string();
    let answer = app.http("POST", "/api/staff/sign-in", &[], &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let cookie = answer.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
    assert!(cookie.contains("httponly") && cookie.contains("samesite=strict"), "{cookie}");
    cookie.split(';').next().expect("a value").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_page_has_its_data() {
    let app = TestApp::start().await;
    let home = app.http("GET", "/api/shop/home", &[], "").await.json();
    assert_eq!(home["shop"]["name"], "测试小店");
    assert_eq!(home["categories"].as_array().map(Vec::len), Some(2));
    let page = app.http("GET", "/api/shop/products/SS-001", &[], "").await.json();
    assert_eq!(page["product"]["price"], 26_900);
    let found = app.http("GET", "/api/shop/search?q=%E5%9D%9A%E6%9E%9C", &[], "").await.json();
    assert_eq!(found["products"][0]["sku"], "FD-001");
    let picture = app.http("GET", "/shop-pictures/SS-001.svg", &[], "").await;
    assert!(picture.body.contains("#7a9e9f") && picture.head.contains("image/svg+xml"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_said_in_chinese() {
    let app = TestApp::start().await;
    for path in ["/api/shop/products/XX-999", "/api/shop/categories/none", "/nowhere", "/shop-pictures/..%2f.svg"] {
        let answer = app.http("GET", path, &[], "").await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.json()["message"].as_str().is_some_and(|text| text.contains("没有")), "{path}");
    }
    let bad = app.http("POST", "/api/shop/events", &[], "{").await;
    assert_eq!(bad.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_is_for_those_who_signed_in() {
    let app = TestApp::start().await;
    for path in ["/api/staff/me", "/api/admin/unknown-questions"] {
        assert_eq!(app.http("GET", path, &[], "").await.status, 401, "{path}");
    }
    let cookie = sign_in(&app).await;
    let me = app.http("GET", "/api/staff/me", &[("Cookie", &cookie)], "").await.json();
    assert_eq!((me["name"].as_str(), me["role"].as_str()), (Some("admin"), Some("admin")));
    assert_eq!(app.http("POST", "/api/staff/sign-out", &[("Cookie", &cookie)], "").await.status, 403);
    let headers = [("Cookie", cookie.as_str()), ("X-Xiaoer-Csrf", "1")];
    assert_eq!(app.http("POST", "/api/staff/sign-out", &headers, "").await.status, 204);
    assert_eq!(app.http("GET", "/api/staff/me", &[("Cookie", &cookie)], "").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_changes_the_next_suggestion() {
    let app = TestApp::start().await;
    let (mut shopper, welcome) = app.shopper(None, 0).await;
    let token = crate::support::token(&welcome);
    let (_, before) = shopper.ask("1", "推荐一双跑步鞋").await;
    let liked = before.body.products[0].sku.clone();
    let body = serde_json::json!({ "token": token, "kind": "dismiss", "sku": liked }).to_string();
    assert_eq!(app.http("POST", "/api/shop/events", &[], &body).await.status, 204);
    let (_, after) = shopper.ask("2", "推荐一双跑步鞋").await;
    assert!(after.body.products.iter().all(|card| card.sku != liked), "{after:?}");
    let unknown = serde_json::json!({ "token": token, "kind": "view", "sku": "nothing" }).to_string();
    assert_eq!(app.http("POST", "/api/shop/events", &[], &unknown).await.status, 404);
}
