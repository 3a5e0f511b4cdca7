//! E-mail against a mail server, short messages against a gateway, and one click that ends both.

use super::smtp::MailServer;
use super::*;
use crate::tasks::shop_system::{Reply, ShopSystem};
use xiaoer::service::marketing::channels::{SmtpSecurity, SmtpSettings};
use xiaoer::service::orders::{WebhookSettings, sign};

/// The text of a mail: quoted-printable taken apart.
fn text_of(mail: &str) -> String {
    let joined = mail.replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail
            .get(..2)
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (first, hex) {
            (b'=', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn token_in(text: &str, before: &str) -> String {
    let rest = &text[text.find(before).expect("a link") + before.len()..];
    rest.chars().take_while(char::is_ascii_alphanumeric).collect()
}

fn email() -> Value {
    json!({
        "audience": "已登录 = 是",
        "channel": "email",
        "variants": [{
            "subject": "{shop}的好东西",
            "text": "{name}，看看这个\n<b>{product}</b>",
            "products": { "kind": "listed", "skus": ["SS-001"] },
        }],
    })
}

async fn with_mail(clock: &Clock, mail: &MailServer) -> TestApp {
    TestApp::start_at_with(clock, |config| {
        settings(config);
        config.marketing.public_url = "https://kf.example.com".into();
        config.marketing.smtp = Some(SmtpSettings {
            host: mail.address.ip().to_string(),
            port: mail.address.port(),
            security: SmtpSecurity::None,
            from: "拾光小铺 <news@shop.example.com>".into(),
            ..SmtpSettings::default()
        });
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_has_a_button_that_ends_all_and_says_so() {
    let (clock, mail) = (clock(), MailServer::start().await);
    let app = with_mail(&clock, &mail).await;
    let console = Console::admin(&app).await;
    let shopper = Visitor::new(&app).await;
    shopper.is("c-1", &clock, &json!({ "name": "林岚", "email": "linlan@example.com" })).await;
    let unreachable = Visitor::new(&app).await;
    unreachable.is("c-2", &clock, &json!({ "name": "周远" })).await;
    for one in [&shopper, &unreachable] {
        one.agree("email").await;
    }
    let id = run(&console, "邮件", plan(json!({ "kind": "segment_entry" }), email())).await;
    assert_eq!(app.marketing.tick().await.expect("looked"), 1);
    let mails = mail.mails();
    assert_eq!(mails.len(), 1);
    let text = text_of(&mails[0]);
    assert!(mails[0].contains("To: linlan@example.com") && text.contains("林岚，看看这个"), "{text}");
    assert!(text.contains("&lt;b&gt;云朵缓震跑步鞋&lt;/b&gt;"), "no text becomes markup: {text}");
    assert!(mails[0].contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"));
    assert_eq!(refused(&report(&console, id).await), [("unreachable".to_owned(), 1)]);

    // A link is noted and leads nowhere else than to this shop.
    let token = token_in(&text, "/m/u/");
    let opened = app.http("GET", &format!("/m/c/{token}?to=/product/SS-001"), &[], "").await;
    assert!(opened.status == 303 && opened.head.contains("location: /product/ss-001"), "{}", opened.head);
    let elsewhere = ["//evil.example.com", "https://evil.example.com", "/%5Cevil", "evil.example.com", "", "%20//evil"];
    let by_controls = ["/%09/evil", "/%0A/evil", "/%0D/evil", "%09//evil", "/%7F/evil", "/a%C2%85"];
    for away in elsewhere.into_iter().chain(by_controls) {
        assert_eq!(app.http("GET", &format!("/m/c/{token}?to={away}"), &[], "").await.status, 404, "{away}");
    }
    // Opening the link asks; the button, and that of a mail program, ends it.
    let asked = app.http("GET", &format!("/m/u/{token}"), &[], "").await;
    assert!(asked.status == 200 && asked.body.contains("确认退订") && asked.head.contains("no-referrer"));
    assert_eq!(report(&console, id).await["total"]["unsubscribed"], 0, "whoever looks for harm in mails opens links");
    let ended = app.http("POST", &format!("/m/u/{token}"), &[], "List-Unsubscribe=One-Click").await;
    assert!(ended.status == 200 && ended.body.contains("已退订，马上生效") && ended.head.contains("no-referrer"));
    assert_eq!(app.http("POST", &format!("/m/u/{token}"), &[], "").await.status, 200, "again");
    assert_eq!(app.http("POST", "/m/u/nonsense", &[], "").await.status, 404);
    assert_eq!(app.http("GET", "/m/u/nonsense", &[], "").await.status, 404);
    let found = report(&console, id).await;
    let total = |field: &str| found["total"][field].as_i64();
    assert_eq!(
        (total("sent"), total("seen"), total("clicked"), total("unsubscribed")),
        (Some(1), Some(1), Some(1), Some(1))
    );
    run(&console, "再来", plan(json!({ "kind": "segment_entry" }), email())).await;
    assert_eq!(app.marketing.tick().await.expect("looked"), 0, "at once");
    assert!(app.http("POST", &format!("/m/r/{token}"), &[], "").await.body.contains("已恢复订阅"));
    *mail.refuses.lock().unwrap() = true;
    assert_eq!(app.marketing.tick().await.expect("looked"), 0);
    let all = console.get("/api/admin/campaigns").await;
    let again = all["campaigns"][0]["id"].as_str().expect("an id").parse().expect("an id");
    assert_eq!(report(&console, again).await["total"]["failed"].as_i64(), Some(1), "the server refused it");
}

#[tokio::test(flavor = "multi_thread")]
async fn short_messages_go_signed_through_the_gateway_and_td_comes_back() {
    let (clock, gateway) = (clock(), ShopSystem::start().await);
    gateway.will(&[Reply::Json(json!({ "accepted": true }).to_string())]);
    let app = TestApp::start_at_with(&clock, |config| {
        settings(config);
        config.marketing.public_url = "https://kf.example.com".into();
        config.marketing.gateway = Some(WebhookSettings {
            url: format!("http://{}/sms", gateway.address),
            secrets: vec![SECRET.into()],
            allow: vec!["127.0.0.0/8".into()],
            ..WebhookSettings::default()
        });
    })
    .await;
    let console = Console::admin(&app).await;
    let shopper = Visitor::new(&app).await;
    shopper.is("c-1", &clock, &json!({ "name": "林岚", "phone": "13800138000" })).await;
    shopper.agree("sms").await;
    let sms = || plan(json!({ "kind": "segment_entry" }), json!({ "channel": "sms", "audience": "同意短信 = 是" }));
    run(&console, "短信", sms()).await;
    assert_eq!(app.marketing.tick().await.expect("looked"), 1);
    let asked = gateway.asked();
    assert_eq!(asked.len(), 1);
    let body: Value = serde_json::from_str(&asked[0].body).expect("JSON");
    assert_eq!((body["channel"].as_str(), body["phone"].as_str()), (Some("sms"), Some("13800138000")));
    assert_eq!(body["text"], "【测试小店】林岚，测试小店上新啦 回TD退订");
    let seconds = asked[0].timestamp.parse().expect("seconds");
    assert_eq!(asked[0].signature, sign(&[SECRET.into()], seconds, asked[0].body.as_bytes()).signature);

    // The gateway hands an answer on; only what is signed is believed.
    let told = json!({ "event": "unsubscribe", "customer": "c-1" }).to_string();
    let seconds = clock.now().0 / 1_000;
    let signed = sign(&[SECRET.into()], seconds, told.as_bytes());
    let hook = async |timestamp: &str, signature: &str, body: &str| {
        let headers = [("x-xiaoer-timestamp", timestamp), ("x-xiaoer-signature", signature)];
        app.http("POST", "/api/hooks/shop", &headers, body).await.status
    };
    assert_eq!(hook(&signed.timestamp, "v1=00", &told).await, 401);
    assert_eq!(hook(&signed.timestamp, &signed.signature, &told.replace("c-1", "c-2")).await, 401);
    let old = sign(&[SECRET.into()], seconds - 301, told.as_bytes());
    assert_eq!(hook(&old.timestamp, &old.signature, &told).await, 401);
    assert_eq!(hook(&signed.timestamp, &signed.signature, &told).await, 204);
    run(&console, "又一条", sms()).await;
    assert_eq!(app.marketing.tick().await.expect("looked"), 0);
    assert_eq!(gateway.asked().len(), 1);
    let nonsense = sign(&[SECRET.into()], seconds, b"{}");
    assert_eq!(hook(&nonsense.timestamp, &nonsense.signature, "{}").await, 400);
}
