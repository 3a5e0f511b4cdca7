//! What pages and answers allow.

use crate::knowledge::Console;
use crate::support::TestApp;

/// The nonce of a page, from its policy.
fn nonce(head: &str) -> String {
    let (_, rest) = head.split_once("'nonce-").expect("a nonce");
    rest.split('\'').next().expect("its end").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_runs_by_a_nonce_of_its_own_and_nothing_inline() {
    let app = TestApp::start().await;
    for path in ["/api/docs", "/m/u/1"] {
        let (first, second) = (app.http("GET", path, &[], "").await, app.http("GET", path, &[], "").await);
        assert_ne!(nonce(&first.head), nonce(&second.head), "{path}: each answer has its own");
        assert!(first.head.contains("'strict-dynamic'") && !first.head.contains("unsafe-"), "{path}: {}", first.head);
        for known in ["frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'", "permissions-policy: "] {
            assert!(first.head.contains(known), "{path}: {known}");
        }
        assert!(first.head.contains("cross-origin-opener-policy: same-origin"), "{path}");
        let mark = format!("nonce=\"{}\"", nonce(&first.head));
        for element in ["<script", "<style", "<link rel=\"stylesheet\""] {
            for rest in first.body.split(element).skip(1) {
                assert!(rest.trim_start().starts_with(&mark), "{path}: {element}{}", &rest[..rest.len().min(60)]);
            }
        }
        assert!(!first.body.contains(" style=") && !first.body.contains(" onclick="), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_no_page_allows_nothing() {
    let app = TestApp::start().await;
    for path in ["/api/shop/home", "/nowhere", "/healthz", "/api/staff/me", "/api/docs/page.js", "/widget.js"] {
        let head = app.http("GET", path, &[], "").await.head;
        assert!(head.contains("content-security-policy: default-src 'none'"), "{path}: {head}");
        assert!(head.contains("x-content-type-options: nosniff"), "{path}");
        assert!(head.contains("referrer-policy: same-origin"), "{path}");
        assert!(!head.contains("strict-transport-security"), "{path}: this server does not know of HTTPS");
    }
    let drawing = app.http("GET", "/shop-pictures/SS-001.svg", &[], "").await.head;
    assert!(drawing.contains("sandbox") && !drawing.contains("script-src"), "{drawing}");
    let behind_tls = TestApp::start_with(|config| config.server.secure_cookies = true).await;
    assert!(behind_tls.http("GET", "/healthz", &[], "").await.head.contains("strict-transport-security: max-age="));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_too_much_is_told_how_long_to_wait() {
    let app = TestApp::start_with(|config| {
        config.limits.sign_ins_of_address_in_60_s = 2;
        config.limits.requests_of_address_in_60_s = 4;
        config.limits.requests_of_account_in_60_s = 3;
    })
    .await;
    let admin = Console::admin(&app).await;
    let refused = |answer: crate::support::HttpAnswer| {
        let wait = answer.head.lines().find_map(|line| line.strip_prefix("retry-after: ")?.parse::<u64>().ok());
        assert_eq!((answer.status, answer.json()["code"].as_str()), (429, Some("too_many_requests")));
        assert!(wait.is_some_and(|wait| (1..=60).contains(&wait)), "{}", answer.head);
    };
    let guess = r#"{"name":"admin","password":"wrong password"}"#;
    assert_eq!(app.http("POST", "/api/staff/sign-in", &[], guess).await.status, 401);
    refused(app.http("POST", "/api/staff/sign-in", &[], guess).await);
    for _ in 0..2 {
        assert_eq!(app.http("GET", "/api/shop/home", &[], "").await.status, 200);
        let bad_key = [("Authorization", "Bearer xk_0000")];
        assert_eq!(app.http("GET", "/api/admin/products", &bad_key, "").await.status, 401, "it counts for the address");
    }
    refused(app.http("GET", "/api/shop/home", &[], "").await);
    for _ in 0..3 {
        assert_eq!(app.http("GET", "/api/staff/me", &[("Cookie", &admin.cookie)], "").await.status, 200);
    }
    refused(app.http("GET", "/api/staff/me", &[("Cookie", &admin.cookie)], "").await);
    assert_eq!(app.http("GET", "/healthz", &[], "").await.status, 200, "files and health do not count");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_a_persons_data_again_and_again_has_to_wait() {
    let app = TestApp::start_with(|config| config.limits.my_data_of_address_in_60_s = 2).await;
    let unknown = r#"{"token":"nobody","confirmed":true}"#;
    for route in ["/api/shop/my-data/export", "/api/shop/my-data/erase"] {
        assert_eq!(app.http("POST", route, &[], unknown).await.status, 404, "{route}");
    }
    for route in ["/api/shop/my-data/export", "/api/shop/my-data/erase"] {
        let refused = app.http("POST", route, &[], unknown).await;
        assert_eq!((refused.status, refused.json()["code"].as_str()), (429, Some("too_many_requests")), "{route}");
        assert!(refused.head.contains("retry-after: "), "{}", refused.head);
    }
    assert_eq!(app.http("GET", "/api/shop/home", &[], "").await.status, 200, "everything else goes on");
}
