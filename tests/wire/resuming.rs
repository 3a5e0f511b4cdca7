//! Messages that are sent again, and clients and servers that come back: nothing is lost and nothing comes twice.

use crate::support::{Client, Program, TestApp, say, sequences, token};
use std::collections::HashSet;
use tokio_tungstenite::tungstenite::Message;
use xiaoer::live::protocol::{ClientFrame, ErrorCode, ServerFrame};
use xiaoer::model::chat::Status;

/// The acknowledgements for these client ids, as they come.
async fn acks(client: &mut Client, count: usize) -> Vec<ServerFrame> {
    let mut acks = Vec::new();
    while acks.len() < count {
        match client.next().await {
            ack @ ServerFrame::Ack { .. } => acks.push(ack),
            ServerFrame::Message { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    acks
}

#[tokio::test(flavor = "multi_thread")]
async fn line_31_the_same_id_twice_is_one_message_with_one_answer_and_the_same_ack() {
    let app = TestApp::start().await;
    let (mut first, welcome) = app.shopper(None, 0).await;
    let token = token(&welcome);
    let (mut second, _) = app.shopper(Some(&token), 0).await;
    // At once, over two sockets, and again over one of them.
    first.send(&say("same", "运费怎么算")).await;
    second.send(&say("same", "运费怎么算")).await;
    second.send(&say("same", "运费怎么算")).await;
    let mut all = acks(&mut first, 1).await;
    all.extend(acks(&mut second, 2).await);
    drop((first, second));
    let app = app.restart().await;
    let (mut later, welcome) = app.shopper(Some(&token), 0).await;
    assert_eq!(sequences(&welcome), [1, 2]);
    later.send(&say("same", "运费怎么算")).await;
    all.extend(acks(&mut later, 1).await);
    assert!(all.iter().all(|ack| *ack == all[0]), "{all:?}");
    let (next, _) = later.ask("other", "你好").await;
    assert_eq!(next, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_32_the_same_id_with_another_text_is_a_conflict() {
    let app = TestApp::start().await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    shopper.ask("1", "你好").await;
    shopper.send(&say("1", "别的话")).await;
    assert!(matches!(
        shopper.next().await,
        ServerFrame::Error { code: ErrorCode::Conflict, client_id: Some(id), .. } if id == "1"
    ));
    let (next, _) = shopper.ask("2", "在吗").await;
    assert_eq!(next, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_34_what_was_missed_comes_exactly_once_and_the_conversation_equals_the_uninterrupted_one() {
    let app = TestApp::unlimited().await;
    let (mut steady, welcome) = app.shopper(None, 0).await;
    let token = token(&welcome);
    let (mut whole, mut pieces, mut held) = (Vec::new(), Vec::new(), 0);
    for round in 0..12 {
        // One tab comes and goes; what is said while it is away, and while it comes, it must have once.
        let said = async {
            for number in 0..3 {
                let client_id = format!("{round}-{number}");
                steady.send(&say(&client_id, "你好")).await;
                for _ in 0..3 {
                    if let ServerFrame::Message { message } = steady.next().await {
                        whole.push(message);
                    }
                }
            }
        };
        let (mut returning, ()) = tokio::join!(app.shopper(Some(&token), held), said);
        let ServerFrame::Welcome { messages, reset, .. } = returning.1 else { panic!("welcome") };
        assert_eq!(reset, held == 0);
        pieces.extend(messages);
        while pieces.len() < (round + 1) * 6 {
            if let ServerFrame::Message { message } = returning.0.next().await {
                pieces.push(message);
            }
        }
        held = pieces.last().expect("messages").sequence;
    }
    assert_eq!(pieces.iter().map(|message| message.sequence).collect::<Vec<_>>(), (1..=72).collect::<Vec<_>>());
    assert_eq!(pieces, whole);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_35_a_resume_point_that_is_too_old_or_unknown_gets_a_snapshot() {
    let app = TestApp::unlimited().await;
    let (mut shopper, welcome) = app.shopper(None, 0).await;
    let token = token(&welcome);
    for number in 0..55 {
        shopper.ask(&number.to_string(), "你好").await;
    }
    // Hundred and ten messages: from 10 on a hundred are missing, from 9 on one too many.
    let (_, welcome) = app.shopper(Some(&token), 10).await;
    assert!(matches!(welcome, ServerFrame::Welcome { reset: false, .. }));
    assert_eq!(sequences(&welcome), (11..=110).collect::<Vec<_>>());
    for stale in [9, 111, i64::MAX, 0, -5, i64::MIN] {
        let (mut client, welcome) = app.shopper(Some(&token), stale).await;
        assert!(matches!(welcome, ServerFrame::Welcome { reset: true, has_earlier: true, last_sequence: 110, .. }));
        assert_eq!(sequences(&welcome), (11..=110).collect::<Vec<_>>(), "{stale}");
        // With what it has now it is not reset again.
        client.send(&ClientFrame::History { before: 11 }).await;
        let ServerFrame::History { messages, has_earlier } = client.next().await else { panic!("history") };
        assert_eq!((messages.len(), has_earlier), (10, false));
        let (_, welcome) = app.shopper(Some(&token), 110).await;
        assert!(matches!(&welcome, ServerFrame::Welcome { reset: false, messages, .. } if messages.is_empty()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn line_36_after_a_restart_status_and_messages_all_come_back() {
    let app = TestApp::start().await;
    let (mut shopper, welcome) = app.shopper(None, 0).await;
    let token = token(&welcome);
    shopper.ask("1", "运费怎么算").await;
    let (_, last) = shopper.ask("2", "我要人工").await;
    shopper.send(&ClientFrame::Read { sequence: 3 }).await;
    shopper.send(&ClientFrame::Ping {}).await;
    while shopper.next().await != (ServerFrame::Pong {}) {}
    drop(shopper);
    let app = app.restart().await;
    let (_, welcome) = app.shopper(Some(&token), 0).await;
    assert_eq!(sequences(&welcome), [1, 2, 3, 4]);
    let ServerFrame::Welcome { messages, status, read_sequence, .. } = welcome else { panic!("welcome") };
    assert_eq!((status, read_sequence, &messages[3].body), (Status::Waiting, 3, &last.body));
}

#[tokio::test(flavor = "multi_thread")]
async fn line_39_stopping_acknowledges_what_is_saved_and_closes_with_1012() {
    let mut app = TestApp::unlimited().await;
    let (mut shopper, welcome) = app.shopper(None, 0).await;
    let token = token(&welcome);
    for number in 0..40 {
        shopper.send(&say(&number.to_string(), "你好")).await;
    }
    acks(&mut shopper, 1).await;
    app.stop();
    let (mut acknowledged, mut code) = (HashSet::from(["0".to_owned()]), None);
    while let Some(Ok(message)) = shopper.next_raw().await {
        match message {
            Message::Text(text) => {
                if let ServerFrame::Ack { client_id, .. } = serde_json::from_str(&text).expect("a frame") {
                    acknowledged.insert(client_id);
                }
            }
            Message::Close(frame) => code = frame.map(|frame| u16::from(frame.code)),
            _ => {}
        }
    }
    assert_eq!(code, Some(1012));
    let app = app.restart().await;
    let (_, welcome) = app.shopper(Some(&token), 0).await;
    let ServerFrame::Welcome { messages, .. } = welcome else { panic!("welcome") };
    let kept: HashSet<String> = messages.into_iter().filter_map(|message| message.client_id).collect();
    assert!(acknowledged.is_subset(&kept), "{acknowledged:?} {kept:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn line_39_who_is_asked_to_stop_while_starting_ends_well() {
    // It takes connections before it is ready to answer them.
    let program = Program::start(&[]).await;
    let ended = program.terminate().await;
    assert!(ended.success(), "{ended}");
}
