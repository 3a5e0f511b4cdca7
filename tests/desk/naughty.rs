//! Texts that break programs, as they pass between shoppers and agents.

use super::*;
use crate::support::naughty::{in_address, no_strings, strings};
use xiaoer::live::limits::Limits;

/// All messages of a conversation as the desk sees them.
async fn transcript(agent: &Agent, at: Uuid) -> Vec<xiaoer::model::chat::Message> {
    let mut all = Vec::new();
    loop {
        let page = agent.get(&format!("/api/desk/conversations/{at}/messages?after={}", all.len())).await;
        let messages: Vec<xiaoer::model::chat::Message> =
            serde_json::from_value(page["messages"].clone()).expect("messages");
        if messages.is_empty() {
            return all;
        }
        all.extend(messages);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn line_25_messages_and_notes_come_back_byte_for_byte() {
    let app = TestApp::start_with(|config| config.limits = Limits::none()).await;
    let wang = agent(&app, "wang", Role::Agent).await;
    let (mut at_wang, _) = wang.open().await;
    let mut shopper = Shopper::new(&app).await;
    let mut said = Vec::new();
    for (number, text) in strings().into_iter().enumerate() {
        shopper.client.send(&say(&number.to_string(), &text)).await;
        let kept = shopper.find(|frame| match frame {
            ServerFrame::Ack { client_id, .. } if *client_id == number.to_string() => Some(true),
            ServerFrame::Error { code: ErrorCode::Empty, .. } => Some(false),
            ServerFrame::Error { .. } => panic!("{text:?}: {frame:?}"),
            _ => None,
        });
        assert_eq!(kept.await, !text.trim().is_empty(), "{text:?}");
        said.extend((!text.trim().is_empty()).then_some(text));
    }
    shopper.say("call", "转人工").await;
    said.push("转人工".to_owned());
    let case = at_wang.case(CaseChange::Assigned).await;
    let at = case.conversation_id;

    let mut answered = Vec::new();
    let notes = format!("/api/desk/conversations/{at}/notes");
    let mut noted = Vec::new();
    for (number, text) in strings().into_iter().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
        at_wang.say(at, &format!("a{number}"), &text).await;
        let (status, note) = wang.post(&notes, &json!({ "text": text })).await;
        assert_eq!(status, 201, "{text:?}: {note}");
        noted.push(text.trim().to_owned());
        let search = format!("/api/desk/search?q={}", in_address(text.trim()));
        let found = app.http("GET", &search, &[("Cookie", &wang.cookie)], "").await;
        assert!(matches!(found.status, 200 | 400), "a search for {text:?}: {}", found.body);
        answered.push(text);
    }

    // What was said, what the shopper was shown, and what they are shown when they come back.
    shopper.settle().await;
    let mut shown: Vec<_> = (shopper.frames.iter())
        .filter_map(|frame| if let ServerFrame::Message { message } = frame { Some(message.clone()) } else { None })
        .collect();
    shown.sort_by_key(|message| message.sequence);
    let by = |author: Author| -> Vec<&str> {
        shown.iter().filter(|one| one.author == author).map(|one| one.body.text.as_str()).collect()
    };
    assert_eq!(
        (by(Author::Shopper), by(Author::Agent)),
        (said.iter().map(String::as_str).collect(), answered.iter().map(String::as_str).collect())
    );
    let texts = |messages: &[xiaoer::model::chat::Message]| -> Vec<String> {
        messages.iter().map(|message| message.body.text.clone()).collect()
    };
    let (_, welcome) = app.shopper(Some(&shopper.token), shown.len() as i64 - 50).await;
    let ServerFrame::Welcome { messages: newest, .. } = welcome else { panic!("a welcome") };
    assert_eq!(texts(&newest), texts(&shown[shown.len() - newest.len()..]));
    // The desk sees the same but for the numbers of persons.
    let masked: Vec<_> = shown.into_iter().map(xiaoer::desk::masked::masked).collect();
    assert_eq!(texts(&transcript(&wang, at).await), texts(&masked));
    let kept = wang.get(&notes).await;
    let kept: Vec<&str> =
        kept["notes"].as_array().expect("notes").iter().filter_map(|note| note["text"].as_str()).collect();
    assert_eq!(kept, noted);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_25_names_tags_and_quick_replies_come_back_byte_for_byte() {
    let app = TestApp::start().await;
    let admin = agent(&app, "chief", Role::Admin).await;
    let mut shopper = Shopper::new(&app).await;
    shopper.say("1", "转人工").await;
    shopper.status(Status::Waiting).await;
    let case = admin.get("/api/desk/cases?view=waiting").await["cases"][0]["id"].as_str().expect("a case").to_owned();
    for (number, text) in strings().into_iter().enumerate() {
        let own = format!("/api/desk/agents/{}", admin.id);
        let (status, card) =
            admin.call("PUT", &own, &json!({ "display_name": text, "capacity": 3, "groups": [] })).await;
        let name = text.trim();
        match status {
            200 => assert_eq!(card["display_name"].as_str(), Some(name), "{card}"),
            other => {
                assert!(other == 400 && (name.is_empty() || name.chars().count() > 20), "{text:?}: {other} {card}");
            }
        }
        let (status, card) =
            admin.call("PUT", &format!("/api/desk/cases/{case}/tags"), &json!({ "tags": [text] })).await;
        match status {
            200 if name.is_empty() => assert_eq!(card["tags"], json!([])),
            200 => assert_eq!(card["tags"], json!([name]), "{card}"),
            other => assert!(other == 400 && name.chars().count() > 20, "{text:?}: {other} {card}"),
        }
        let reply = json!({ "shortcut": format!("k{number}"), "title": "问候", "text": text });
        let (status, reply) = admin.post("/api/desk/quick-replies", &reply).await;
        match status {
            201 => assert_eq!(reply["text"].as_str(), Some(text.as_str())),
            other => assert!(other == 400 && name.is_empty(), "{text:?}: {other} {reply}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn line_25_what_is_no_text_is_refused_and_nul_is_replaced_or_refused() {
    let app = TestApp::start_with(|config| config.limits = Limits::none()).await;
    let wang = agent(&app, "wang", Role::Agent).await;
    let (mut at_wang, _) = wang.open().await;
    let mut shopper = Shopper::new(&app).await;
    shopper.say("1", "转人工").await;
    let at = at_wang.case(CaseChange::Assigned).await.conversation_id;
    let headers = [("Cookie", wang.cookie.as_str()), ("X-Xiaoer-Csrf", "1")];
    let notes = format!("/api/desk/conversations/{at}/notes");
    for bad in no_strings() {
        // Who sends too many of them is shown out.
        let (mut client, _) = app.shopper(Some(&shopper.token), 0).await;
        let (mut at_wang, _) = wang.open().await;
        let frame = format!(r#"{{"type":"say","client_id":"x","text":{bad}}}"#);
        client.send_raw(Message::text(frame)).await;
        while !matches!(client.next().await, ServerFrame::Error { code: ErrorCode::BadFrame, .. }) {}
        let frame = format!(r#"{{"type":"say","conversation_id":"{at}","client_id":"x","text":{bad}}}"#);
        at_wang.0.send(Message::text(frame)).await.expect("sent");
        at_wang
            .find(|frame| matches!(frame, DeskServerFrame::Error { code: ErrorCode::BadFrame, .. }).then_some(()))
            .await;
        let answer = app.http("POST", &notes, &headers, &format!(r#"{{"text":{bad}}}"#)).await;
        assert!((400..500).contains(&answer.status), "{bad}: {} {}", answer.status, answer.body);
    }
    let nul = |text: &str| text.replace('0', "\\u0000");
    shopper.client.send_raw(Message::text(nul(r#"{"type":"say","client_id":"n","text":"甲0乙"}"#))).await;
    assert_eq!(shopper.message("甲").await.body.text, "甲\u{fffd}乙");
    assert_eq!(app.http("POST", &notes, &headers, &nul(r#"{"text":"甲0乙"}"#)).await.status, 400);
    for address in [
        "/api/desk/search?q=%00",
        "/api/desk/cases?view=waiting&q=%00",
        "/api/desk/cases/%00",
        "/api/shop/search?q=%00",
        "/api/shop/products/%00",
        "/api/shop/categories/%00",
        "/product/%00",
        "/pictures/%00.svg",
        "/%00",
        "/api/desk/search?q=%ff%fe",
        "/api/shop/search?q=%ed%a0%80",
        "/api/shop/products/%ff",
    ] {
        let answer = app.http("GET", address, &headers, "").await;
        assert!(answer.status < 500, "{address}: {} {}", answer.status, answer.body);
    }
}
