//! What becomes of a shopper who needs a person.

use super::*;
use xiaoer::service::chat::Refused;
use xiaoer::service::desk::DeskRefused;

#[tokio::test(flavor = "multi_thread")]
async fn a_shopper_is_handed_over_served_handed_on_and_asked_once() {
    let app = TestApp::start().await;
    let (wang, li) = (agent(&app, "wang", Role::Agent).await, agent(&app, "li", Role::Agent).await);
    let (mut at_wang, _) = wang.open().await;
    let mut shopper = Shopper::new(&app).await;
    shopper.say("1", "我要转人工").await;
    let case = at_wang.case(CaseChange::Assigned).await;
    assert_eq!((case.conversation_id, case.reason), (shopper.conversation, HandoverReason::Requested));
    assert_eq!(case.agent.as_ref().map(|agent| agent.id), Some(wang.id));
    let joined = shopper.message("为您服务").await;
    assert_eq!((joined.author, joined.body.notice), (Author::System, Some(Notice::AgentJoined)));
    assert_eq!(shopper.status(Status::Agent).await.as_deref(), Some("wang"));

    let sequence = at_wang.say(case.conversation_id, "a", "您好，请讲").await;
    let heard = shopper.message("请讲").await;
    assert_eq!((heard.author, heard.sequence, heard.body.agent.as_deref()), (Author::Agent, sequence, Some("wang")));
    assert_eq!(at_wang.say(case.conversation_id, "a", "您好，请讲").await, sequence, "a resend is one message");
    shopper.say("2", "退款多久到账").await;
    let proposed = at_wang
        .find(|frame| match frame {
            DeskServerFrame::Suggestions { answers, .. } => Some(answers.clone()),
            _ => None,
        })
        .await;
    assert!(proposed.len() <= 3 && proposed[0].entry == "refund-time" && proposed[0].confidence > 0.5, "{proposed:?}");
    let DeskClientFrame::Say { conversation_id, client_id, products, .. } = saying(case.conversation_id, "b", "")
    else {
        unreachable!()
    };
    let text = proposed[0].answer.clone();
    let suggestion = Some(proposed[0].id);
    at_wang.send(&DeskClientFrame::Say { conversation_id, client_id, text, products, suggestion }).await;
    at_wang.find(|frame| matches!(frame, DeskServerFrame::Ack { .. }).then_some(())).await;
    let (mut at_li, _) = li.open().await;

    // Handed on with its history.
    let path = format!("/api/desk/cases/{}", case.id);
    let (status, body) = wang.post(&format!("{path}/transfer"), &json!({ "agent": li.id, "note": "老顾客" })).await;
    assert_eq!(status, 200, "{body}");
    let moved = at_li.case(CaseChange::Assigned).await;
    assert_eq!(moved.agent.as_ref().map(|agent| agent.id), Some(li.id));
    at_wang.send(&saying(case.conversation_id, "c", "还在吗")).await;
    let refused = at_wang.find(|frame| match frame {
        DeskServerFrame::Error { code, .. } => Some(*code),
        _ => None,
    });
    assert_eq!(refused.await, ErrorCode::Forbidden, "whoever gave it away is silent");
    let messages = li.get(&format!("/api/desk/conversations/{}/messages", case.conversation_id)).await;
    assert!(messages["messages"].as_array().is_some_and(|all| all.len() as i64 == messages["last_sequence"]));
    let notes = li.get(&format!("/api/desk/conversations/{}/notes", case.conversation_id)).await;
    assert_eq!(notes["notes"][0]["text"], "老顾客");

    let (status, _) = wang.post(&format!("{path}/resolve"), &json!({ "reason": "已解决" })).await;
    assert_eq!(status, 403);
    let (status, body) = li.post(&format!("{path}/resolve"), &json!({ "reason": "已解决" })).await;
    assert_eq!((status, body["state"].as_str()), (200, Some("resolved")), "{body}");
    let asked = shopper.find(|frame| match frame {
        ServerFrame::RatingRequest { case_id } => Some(*case_id),
        _ => None,
    });
    assert_eq!(asked.await, case.id);
    let (_, welcome) = app.shopper(Some(&shopper.token), 0).await;
    assert!(
        matches!(welcome, ServerFrame::Welcome { rate_case: Some(id), status: Status::Closed, .. } if id == case.id)
    );
    let rate =
        |stars| ClientFrame::RateService { case_id: case.id, solved: true, stars, comment: Some("谢谢".into()) };
    shopper.client.send(&rate(5)).await;
    shopper.find(|frame| matches!(frame, ServerFrame::Rated { .. }).then_some(())).await;
    shopper.client.send(&rate(1)).await;
    shopper.find(|frame| matches!(frame, ServerFrame::Error { code: ErrorCode::NotFound, .. }).then_some(())).await;
    let detail = li.get(&path).await;
    assert_eq!(
        (detail["case"]["rating"]["stars"].as_i64(), detail["agents"].as_array().map(Vec::len)),
        (Some(5), Some(2))
    );
    let (_, welcome) = app.shopper(Some(&shopper.token), 0).await;
    assert!(matches!(welcome, ServerFrame::Welcome { rate_case: None, .. }), "asked once");
    // The assistant answers again.
    let (_, answer) = shopper.client.ask("9", "运费怎么算").await;
    assert_eq!(answer.author, Author::Bot);
}

/// What somebody says, and why a person is then called.
async fn called(app: &TestApp, admin: &Agent, said: &[&str], reason: &str) -> Value {
    let mut shopper = Shopper::new(app).await;
    for (number, text) in said.iter().enumerate() {
        shopper.say(&number.to_string(), text).await;
    }
    let queue = admin.get("/api/desk/cases?view=waiting&limit=200").await;
    let id = json!(shopper.conversation);
    let case = queue["cases"].as_array().and_then(|cases| cases.iter().find(|case| case["conversation_id"] == id));
    let case = case.unwrap_or_else(|| panic!("{said:?} calls nobody: {queue}")).clone();
    assert_eq!(case["reason"], reason, "{said:?}");
    case
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_called_on_every_trigger() {
    let app = TestApp::start().await;
    let admin = agent(&app, "boss", Role::Admin).await;
    called(&app, &admin, &["帮我转人工"], "requested").await;
    called(&app, &admin, &["你们这是骗子吧，太气人了", "垃圾店铺，气死我了，太过分了"], "mood").await;
    called(&app, &admin, &["怎么办", "有问题", "怎么办啊"], "unanswered").await;
    called(&app, &admin, &["我不想活了"], "danger").await;
    for risk in ["我要打12315", "我要投诉到工商局", "准备起诉你们", "找媒体曝光你们", "卖的是假货"]
    {
        called(&app, &admin, &[risk], "risk").await;
    }
    // Rules: by intent, and by what the shopper has bought.
    let (status, group) = admin.post("/api/desk/groups", &json!({ "name": "发票组" })).await;
    assert_eq!(status, 201);
    let rule = json!({ "name": "发票找人", "intents": ["invoice"], "hand_over": true, "group": group["id"] });
    assert_eq!(admin.post("/api/desk/rules", &rule).await.0, 201);
    let case = called(&app, &admin, &["电子发票怎么开"], "rule").await;
    assert_eq!(case["group"]["name"], "发票组");
    let rich = json!({ "name": "大单", "min_order_value": 50_000, "hand_over": true, "head_start_s": 600 });
    assert_eq!(admin.post("/api/desk/rules", &rich).await.0, 201);
    let mut shopper = Shopper::new(&app).await;
    let who = app.chat.shopper_of(&shopper.token).await.expect("read").expect("known");
    app.chat.behaviour.record(who, "SS-001", EventKind::Buy, Some(2.0)).await.expect("kept");
    shopper.say("1", "运费怎么算").await;
    shopper.status(Status::Waiting).await;
    let mut poor = Shopper::new(&app).await;
    let (_, answer) = poor.client.ask("1", "运费怎么算").await;
    assert!(answer.body.ratable, "nobody else is handed over");
    let bad = json!({ "name": "x", "intents": ["nothing"], "hand_over": true });
    assert_eq!(admin.post("/api/desk/rules", &bad).await.0, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_tells_the_place_and_can_be_left() {
    let app = TestApp::start().await;
    let mut first = Shopper::new(&app).await;
    first.say("1", "转人工").await;
    let place = |frame: &ServerFrame| match frame {
        ServerFrame::Queue { place, .. } => Some(*place),
        _ => None,
    };
    assert_eq!(first.find(place).await, Some(1));
    let mut second = Shopper::new(&app).await;
    second.say("1", "转人工").await;
    assert_eq!(second.find(place).await, Some(2));
    // The assistant goes on answering.
    let (_, answer) = second.client.ask("2", "运费怎么算").await;
    assert!(answer.body.ratable);
    first.client.send(&ClientFrame::CancelWait {}).await;
    assert_eq!(first.message("已取消排队").await.body.notice, Some(Notice::WaitCancelled));
    first.status(Status::Bot).await;
    assert_eq!(second.find(place).await, Some(1), "who is behind moves up");
    let (_, answer) = first.client.ask("3", "运费怎么算").await;
    assert!(answer.body.ratable);
    set(&app, |settings| settings.bot_while_waiting = false).await;
    second.say("3", "运费怎么算").await;
    second.settle().await;
    let last = second.frames.iter().rev().find_map(|frame| match frame {
        ServerFrame::Message { message } => Some(message.author),
        _ => None,
    });
    assert_eq!(last, Some(Author::Shopper), "the assistant is silent while they wait");
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_business_hours_a_ticket_is_answered_later() {
    let clock = monday();
    let app = TestApp::start_at(&clock).await;
    set(&app, |settings| settings.hours.week = vec![vec![Stretch { from: 9 * 60, to: 18 * 60 }]; 7]).await;
    clock.advance(Duration::from_secs(12 * 3_600));
    let mut shopper = Shopper::new(&app).await;
    shopper.say("1", "转人工").await;
    let reply = shopper.message("工单").await;
    assert_eq!(reply.body.notice, Some(Notice::TicketOpened));
    let text = &reply.body.text;
    assert!(text.contains("（每天 9:00-18:00）") && text.contains("客服明天 9:00上班"), "the desk's hours: {text}");
    let opens = shopper.find(|frame| match frame {
        ServerFrame::Queue { place: None, opens_at, .. } => *opens_at,
        _ => None,
    });
    assert_eq!(opens.await, Timestamp(1_767_578_400_000 + 23 * 3_600_000), "nine the next morning");
    drop(shopper.client);
    // The next morning an agent answers, and the shopper finds it when they come back.
    clock.advance(Duration::from_secs(12 * 3_600));
    let wang = agent(&app, "wang", Role::Agent).await;
    let (mut at_wang, _) = wang.open().await;
    let case = at_wang.case(CaseChange::Assigned).await;
    assert!(case.ticket && case.first_answer.state == ClockState::Breached, "{case:?}");
    assert!(case.first_answer.running);
    at_wang.say(case.conversation_id, "a", "昨晚的问题已经处理好了").await;
    let answered = wang.get(&format!("/api/desk/cases/{}", case.id)).await["case"].clone();
    assert_eq!(
        (&answered["first_answer"]["state"], &answered["first_answer"]["running"]),
        (&json!("breached"), &json!(false))
    );
    assert!(answered["risk"].as_f64() < Some(case.risk), "what was answered late, was answered: {answered}");
    let (_, welcome) = app.shopper(Some(&shopper.token), 2).await;
    let ServerFrame::Welcome { messages, agent, .. } = welcome else { panic!("a welcome") };
    assert!(messages.iter().any(|message| message.body.text.contains("处理好了")), "{messages:?}");
    assert_eq!(agent.as_deref(), Some("wang"));
}

#[test]
fn the_desk_is_told_why_a_message_was_not_taken() {
    for (refused, told) in [
        (Refused::Empty, "消息不能为空"),
        (Refused::TooLong, "消息太长了"),
        (Refused::BadClientId, "消息编号无效"),
        (Refused::NotFound, "没有找到"),
        (Refused::Busy(Duration::ZERO), "现在太忙了，请再试一次"),
    ] {
        assert_eq!(DeskRefused::from(refused).to_string(), told);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_that_is_refused_leaves_no_note_and_a_note_that_is_none_no_transfer() {
    let app = TestApp::start().await;
    let (wang, li) = (agent(&app, "wang", Role::Agent).await, agent(&app, "li", Role::Agent).await);
    let (mut at_wang, _) = wang.open().await;
    waits(&app, 1).await;
    let case = at_wang.case(CaseChange::Assigned).await;
    let path = format!("/api/desk/cases/{}", case.id);
    let (transfer, notes) =
        (format!("{path}/transfer"), format!("/api/desk/conversations/{}/notes", case.conversation_id));
    let to = |agent: Uuid, note: &str| json!({ "agent": agent, "note": note });
    for (who, form, expected) in [
        (&wang, to(li.id, "不在线"), 400),
        (&wang, json!({ "group": Uuid::nil(), "note": "没有这个组" }), 400),
        (&wang, to(wang.id, "已经在接待"), 409),
        (&li, to(wang.id, "不是我的"), 403),
    ] {
        let (status, body) = who.post(&transfer, &form).await;
        assert_eq!(status, expected, "{form}: {body}");
    }
    assert_eq!(wang.get(&notes).await["notes"], json!([]));
    let (mut at_li, _) = li.open().await;
    assert_eq!(wang.post(&transfer, &to(li.id, &"长".repeat(1_001))).await.0, 400);
    assert_eq!(wang.get(&path).await["case"]["agent"]["name"], "wang");
    assert_eq!(wang.post(&transfer, &to(li.id, " 老顾客 ")).await.0, 200);
    let noted = at_li.find(|frame| match frame {
        DeskServerFrame::Note { note, .. } => Some(note.text.clone()),
        _ => None,
    });
    assert_eq!(noted.await, "老顾客");
}
