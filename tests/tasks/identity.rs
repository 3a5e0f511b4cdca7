//! Who a shopper is: checklist 4, 5, 7 and 9.

use super::{Script, clock, demo_token, morning};
use crate::support::{TestApp, token};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use std::time::Duration;
use xiaoer::config::Config;
use xiaoer::live::protocol::{ClientFrame, ErrorCode, ServerFrame, close};
use xiaoer::service::identity::{IdentityKey, KeyAlgorithm};

const OLD: &str = "the old secret, which is 32 bytes long";
const NEW: &str = "the new secret, which is 32 bytes long";
/// `openssl genpkey -algorithm ed25519`, for this test alone.
const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIMBAbw1kcfx2+NvhFLmfi5v+Jyequq9MqSd4h8vkgX/z\n-----END PRIVATE KEY-----\n";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAdMWabRJz+jgVNiqKYXnpR78a6juI7MZvcuYBmYHLQj0=\n-----END PUBLIC KEY-----\n";

fn keys(config: &mut Config) {
    let secret = |id: &str, secret: &str, until: Option<&str>| IdentityKey {
        id: id.into(),
        secret: Some(secret.into()),
        until: until.map(str::to_owned),
        ..IdentityKey::default()
    };
    let ed = IdentityKey {
        id: "ed".into(),
        algorithm: KeyAlgorithm::EdDSA,
        public_key: Some(PUBLIC.into()),
        ..IdentityKey::default()
    };
    config.identity.keys = vec![secret("old", OLD, Some("2026-11-26")), secret("new", NEW, None), ed];
}

fn signed(secret: &str, kid: Option<&str>, claims: &Value) -> String {
    let header = Header { kid: kid.map(str::to_owned), ..Header::new(Algorithm::HS256) };
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

fn claims(change: &Value) -> Value {
    let mut claims = json!({"sub": "c-1", "aud": "xiaoer", "exp": morning().0 / 1_000 + 600});
    for (name, value) in change.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

#[tokio::test(flavor = "multi_thread")]
async fn line_04_only_a_good_token_of_the_shop_is_believed() {
    let clock = clock();
    let app = TestApp::start_at_with(&clock, keys).await;
    let (_, welcome) = app.shopper(None, 0).await;
    let known = token(&welcome);
    let now = morning().0 / 1_000;
    let good = claims(&json!({}));
    let bad = [
        ("nonsense", "no token at all".to_owned()),
        ("alg none", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJjLTEifQ.".to_owned()),
        ("wrong key", signed("a secret that nobody knows, 32 bytes long", None, &good)),
        ("key of another name", signed(NEW, Some("old"), &good)),
        ("public key as secret", signed(PUBLIC, Some("ed"), &good)),
        ("aud", signed(NEW, None, &claims(&json!({"aud": "another"})))),
        ("expired", signed(NEW, None, &claims(&json!({"exp": now - 31})))),
        ("too long", signed(NEW, None, &claims(&json!({"exp": now + 16 * 60})))),
        ("nbf", signed(NEW, None, &claims(&json!({"nbf": now + 60})))),
        ("nobody", signed(NEW, None, &claims(&json!({"sub": ""})))),
    ];
    for (what, jwt) in bad {
        let hello = |token| ClientFrame::Hello { token, jwt: Some(jwt.clone()), last_sequence: 0, page: None };
        for first in [hello(None), hello(Some(known.clone())), ClientFrame::Identify { jwt: jwt.clone() }] {
            let mut shopper = match first {
                ClientFrame::Identify { .. } => app.shopper(Some(&known), 0).await.0,
                _ => app.socket().await,
            };
            shopper.send(&first).await;
            let answer = shopper.next().await;
            assert!(matches!(answer, ServerFrame::Error { code: ErrorCode::BadIdentity, .. }), "{what}: {answer:?}");
            assert_eq!(shopper.close_code().await, Some(close::SIGNED_OUT), "{what}");
        }
    }
    // The visitor's own token is none the worse for it, and nobody became a customer.
    let (mut shopper, again) = app.shopper(Some(&known), 0).await;
    assert!(matches!(&again, ServerFrame::Welcome { identified_until: None, .. }) && token(&again) == known);
    let ed = EncodingKey::from_ed_pem(PRIVATE.as_bytes()).unwrap();
    let eddsa = jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &good, &ed).unwrap();
    for jwt in [signed(NEW, Some("new"), &good), signed(OLD, None, &good), eddsa] {
        shopper.send(&ClientFrame::Identify { jwt }).await;
        assert!(matches!(shopper.next().await, ServerFrame::Identified { until } if until.0 / 1_000 == now + 600));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn line_07_an_old_key_is_good_for_the_overlap_only() {
    let clock = clock();
    let app = TestApp::start_at_with(&clock, keys).await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    let now = morning().0 / 1_000;
    for secret in [OLD, NEW] {
        shopper.send(&ClientFrame::Identify { jwt: signed(secret, None, &claims(&json!({}))) }).await;
        assert!(matches!(shopper.next().await, ServerFrame::Identified { .. }));
    }
    // The old key's last day is over.
    clock.advance(Duration::from_secs(15 * 3_600));
    let later = claims(&json!({"exp": now + 15 * 3_600 + 600}));
    shopper.send(&ClientFrame::Identify { jwt: signed(OLD, None, &later) }).await;
    assert!(matches!(shopper.next().await, ServerFrame::Error { code: ErrorCode::BadIdentity, .. }));
    let (mut shopper, _) = app.shopper(None, 0).await;
    shopper.send(&ClientFrame::Identify { jwt: signed(NEW, None, &later) }).await;
    assert!(matches!(shopper.next().await, ServerFrame::Identified { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn line_09_another_customer_in_the_same_browser_is_another_shopper() {
    let app = TestApp::start_at_with(&clock(), |config| config.knowledge.folder = super::knowledge_base()).await;
    let (first, second) = (demo_token(&app, "linlan").await, demo_token(&app, "zhouyuan").await);
    let hello =
        |token: Option<String>, jwt: Option<String>| ClientFrame::Hello { token, jwt, last_sequence: 0, page: None };
    let mut shopper = app.socket().await;
    shopper.send(&hello(None, Some(first.clone()))).await;
    let welcome = shopper.next().await;
    assert!(matches!(&welcome, ServerFrame::Welcome { identified_until: Some(_), .. }));
    shopper.ask("1", "满多少包邮？").await;
    let of_first = token(&welcome);
    // The same customer again, in another tab.
    let mut tab = app.socket().await;
    tab.send(&hello(Some(of_first.clone()), Some(first))).await;
    let again = tab.next().await;
    assert!(matches!(&again, ServerFrame::Welcome { last_sequence: 2, .. }) && token(&again) == of_first);
    tab.send(&ClientFrame::Identify { jwt: second.clone() }).await;
    assert!(matches!(tab.next().await, ServerFrame::Error { code: ErrorCode::BadIdentity, .. }));
    // Another one, with the token that the browser has kept.
    let mut other = app.socket().await;
    other.send(&hello(Some(of_first.clone()), Some(second))).await;
    let welcome = other.next().await;
    let ServerFrame::Welcome { last_sequence, messages, .. } = &welcome else { panic!("{welcome:?}") };
    assert!(*last_sequence == 0 && messages.is_empty() && token(&welcome) != of_first);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_05_who_only_claims_to_be_a_customer_stays_anonymous() {
    let app = TestApp::start_at_with(&clock(), |config| config.knowledge.folder = super::knowledge_base()).await;
    let mut script = Script::open(&app, "没有登录", None).await;
    let answer = script.say("查订单 SG202611230042").await;
    assert!(answer.body.text.contains("登录") && !answer.body.text.contains("空气炸锅"), "{}", answer.body.text);
    let mut script = Script::of_customer(&app, "zhouyuan", "周远").await;
    let answer = script.say("查订单 SG202611230042").await;
    assert!(answer.body.text.contains("没有找到"), "{}", answer.body.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_10_after_the_end_of_the_token_an_open_socket_shows_no_orders() {
    let clock = clock();
    let app = TestApp::start_at_with(&clock, |config| config.knowledge.folder = super::knowledge_base()).await;
    let mut script = Script::of_customer(&app, "linlan", "林岚").await;
    let before = script.say("查订单 SG202611230042").await;
    assert!(before.body.text.contains("空气炸锅"), "{}", before.body.text);
    clock.advance(Duration::from_secs(11 * 60));
    let after = script.say("查订单 SG202611230042").await;
    assert!(after.body.text.contains("登录") && !after.body.text.contains("空气炸锅"), "{}", after.body.text);
    // A fresh token on the same socket, and it goes on.
    script.client.send(&ClientFrame::Identify { jwt: demo_token(&app, "linlan").await }).await;
    while !matches!(script.client.next().await, ServerFrame::Identified { .. }) {}
    let again = script.say("查订单 SG202611230042").await;
    assert!(again.body.text.contains("空气炸锅"), "{}", again.body.text);
}
