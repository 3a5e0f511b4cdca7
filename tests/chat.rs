//! The way of one message through the whole server, over real sockets.

use crate::support::{TestApp, say, token};
use tokio_tungstenite::tungstenite::Message;
use xiaoer::live::limits::Limits;
use xiaoer::live::protocol::{ClientFrame, ErrorCode, ServerFrame};
use xiaoer::model::chat::{Action, Author, PageContext, Status, Verdict};

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_acknowledged_and_answered() {
    let app = TestApp::start().await;
    let (mut shopper, welcome) = app.shopper(None, 0).await;
    let ServerFrame::Welcome { shop, messages, last_sequence, .. } = welcome else { panic!("welcome") };
    assert_eq!((shop.name.as_str(), messages.len(), last_sequence), ("测试小店", 0, 0));
    let (sequence, answer) = shopper.ask("1", "郵費多少呀").await;
    assert_eq!((sequence, answer.sequence), (1, 2));
    assert_eq!(answer.body.text, "满 59 元包邮，不满收 8 元运费。");
    assert!(answer.body.ratable);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_gets_products_with_price_and_reason() {
    let app = TestApp::start().await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    let (_, answer) = shopper.ask("1", "想买一双三百以内的跑步鞋").await;
    let cards = &answer.body.products;
    assert!(!cards.is_empty(), "{answer:?}");
    assert!(cards.iter().all(|card| card.price.0 <= 30_000 && card.sku.starts_with("SS-")), "{cards:?}");
    assert!(cards.iter().all(|card| card.reason.contains("300 元以内")), "{cards:?}");
    // Sold out, however well it would fit.
    assert!(cards.iter().all(|card| card.sku != "SS-005"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_called_at_once() {
    let app = TestApp::start().await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    shopper.send(&say("1", "我要人工")).await;
    let mut status = None;
    let mut frames = Vec::new();
    while status.is_none() {
        match shopper.next().await {
            ServerFrame::Status { status: new, .. } => status = Some(new),
            other => frames.push(other),
        }
    }
    assert_eq!(status, Some(Status::Waiting));
    assert!(frames.iter().any(|f| matches!(f, ServerFrame::Message { message } if message.author == Author::Bot)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_angry_shopper_gets_care_and_no_products() {
    let app = TestApp::start().await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    let (_, answer) = shopper.ask("1", "什么态度啊，太差劲了，想买双跑步鞋都没人理").await;
    assert!(answer.body.products.is_empty(), "{answer:?}");
    assert_eq!(answer.body.actions, [Action::CallHuman]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_question_is_admitted_and_kept() {
    let app = TestApp::start().await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    let (_, answer) = shopper.ask("1", "你们店里的快递能不能让骑手帮忙把旧沙发搬走，电话13800138000").await;
    assert!(!answer.body.ratable, "not an answer: {answer:?}");
    let cookie = crate::rest::sign_in(&app).await;
    let kept = app.http("GET", "/api/admin/unknown-questions", &[("Cookie", &cookie)], "").await.json();
    let text = kept["questions"][0]["text"].as_str().expect("the question was kept");
    assert!(text.contains("旧沙发") && text.contains("138****8000"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reply_can_be_explained() {
    let app = TestApp::start().await;
    let (mut shopper, welcome) = app.shopper(None, 0).await;
    let ServerFrame::Welcome { conversation_id, .. } = welcome else { panic!("welcome") };
    let (_, answer) = shopper.ask("1", "怎么开发票").await;
    let cookie = crate::rest::sign_in(&app).await;
    let path = format!("/api/admin/conversations/{conversation_id}/turns/{}", answer.sequence);
    let trace = app.http("GET", &path, &[("Cookie", &cookie)], "").await.json();
    assert_eq!(trace["act"]["act"], "answer");
    assert_eq!(trace["act"]["entry"], "invoice");
    assert!(trace["entries"][0]["because"].as_array().is_some_and(|because| !because.is_empty()));
    assert!(trace["confidence"].as_f64().is_some_and(|confidence| confidence > 0.5));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_see_the_same_conversation_and_a_stranger_nothing() {
    let app = TestApp::start().await;
    let (mut first, welcome) = app.shopper(None, 0).await;
    let (mut second, _) = app.shopper(Some(&token(&welcome)), 0).await;
    let (mut stranger, _) = app.shopper(None, 0).await;
    let (_, answer) = first.ask("1", "运费怎么算").await;
    assert!(
        matches!(second.next().await, ServerFrame::Message { message } if message.client_id.as_deref() == Some("1"))
    );
    assert!(matches!(second.next().await, ServerFrame::Message { message } if message == answer));
    stranger.send(&ClientFrame::Ping {}).await;
    assert_eq!(stranger.next().await, ServerFrame::Pong {});
}

#[tokio::test(flavor = "multi_thread")]
async fn many_messages_at_once_get_gapless_sequences() {
    let app = TestApp::start_with(|config| config.limits = Limits::none()).await;
    let (first, welcome) = app.shopper(None, 0).await;
    drop(first);
    let token = token(&welcome);
    let mut tabs = Vec::new();
    for _ in 0..4 {
        tabs.push(app.shopper(Some(&token), 0).await.0);
    }
    for (number, tab) in tabs.iter_mut().enumerate() {
        for message in 0..5 {
            tab.send(&say(&format!("{number}-{message}"), "你好")).await;
        }
    }
    for tab in &mut tabs {
        let mut seen = Vec::new();
        while seen.len() < 40 {
            if let ServerFrame::Message { message } = tab.next().await {
                seen.push(message.sequence);
            }
        }
        assert_eq!(seen, (1..=40).collect::<Vec<i64>>());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_input_gets_a_typed_error_or_a_sensible_reply() {
    let app = TestApp::start().await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    for (text, expected) in
        [("", ErrorCode::Empty), ("   \n ", ErrorCode::Empty), (&"长".repeat(1_001), ErrorCode::TooLong)]
    {
        shopper.send(&say("x", text)).await;
        assert!(matches!(shopper.next().await, ServerFrame::Error { code, .. } if code == expected), "{text:?}");
    }
    for raw in ["", "{", "[]", r#"{"type":"fly"}"#, r#"{"type":"say"}"#, "\u{0}\u{1}"] {
        shopper.send_raw(Message::text(raw)).await;
        assert!(matches!(shopper.next().await, ServerFrame::Error { code: ErrorCode::BadFrame, .. }), "{raw:?}");
    }
    for (number, text) in ["😀😀😀", "？？？", "\u{200b}\u{202e}\u{7}", "a\u{0}b", "﷽𠮷🏳️‍🌈", "<script>alert(1)</script>"]
        .iter()
        .enumerate()
    {
        let (_, answer) = shopper.ask(&format!("odd-{number}"), text).await;
        assert!(!answer.body.text.is_empty(), "{text:?}");
    }
    let (mut neighbour, _) = app.shopper(None, 0).await;
    let (_, answer) = neighbour.ask("1", "运费怎么算").await;
    assert!(answer.body.ratable);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_can_be_rated_and_nothing_else() {
    let app = TestApp::start().await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    let (own, answer) = shopper.ask("1", "运费怎么算").await;
    shopper.send(&ClientFrame::Rate { sequence: answer.sequence, verdict: Verdict::Solved }).await;
    shopper.send(&ClientFrame::Rate { sequence: own, verdict: Verdict::Unsolved }).await;
    assert!(matches!(shopper.next().await, ServerFrame::Error { code: ErrorCode::NotFound, .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_and_the_conversation_refine_a_wish() {
    let app = TestApp::start().await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    let (_, first) = shopper.ask("1", "推荐一双跑步鞋").await;
    let dearest = first.body.products.iter().map(|card| card.price).max().expect("cards");
    let page = PageContext { sku: Some("SS-001".into()), ..PageContext::default() };
    shopper
        .send(&ClientFrame::Say {
            client_id: "2".into(), text: "有没有便宜点的跑步鞋".into(), page: Some(page)
        })
        .await;
    let cheaper = loop {
        if let ServerFrame::Message { message } = shopper.next().await
            && message.author == Author::Bot
            && message.sequence == 4
        {
            break message;
        }
    };
    assert!(!cheaper.body.products.is_empty(), "{cheaper:?}");
    assert!(cheaper.body.products.iter().all(|card| card.price.0 < 26_900 && card.price <= dearest));
}
