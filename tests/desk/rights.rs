//! Who sees and does what; nothing of the desk reaches a shopper.

use super::*;
use xiaoer::api::access::TABLE;
use xiaoer::live::protocol::close;
use xiaoer::model::id::StaffId;

#[tokio::test(flavor = "multi_thread")]
async fn line_13_nothing_of_the_desk_and_of_other_shoppers_reaches_a_shopper() {
    let app = TestApp::start().await;
    let (wang, li) = (agent(&app, "wang", Role::Agent).await, agent(&app, "li", Role::Agent).await);
    let boss = agent(&app, "boss", Role::Supervisor).await;
    let (mut at_wang, _) = wang.open().await;
    let (mut at_boss, _) = boss.open().await;
    at_boss.send(&DeskClientFrame::WatchAll { on: true }).await;
    let mut shopper = Shopper::new(&app).await;
    let mut other = Shopper::new(&app).await;
    shopper.say("1", "转人工").await;
    let case = at_wang.case(CaseChange::Assigned).await;
    other.say("1", "转人工，秘密甲").await;
    at_wang.case(CaseChange::Assigned).await;
    let (mut at_li, _) = li.open().await;
    let at = case.conversation_id;
    for socket in [&mut at_boss, &mut at_li, &mut at_wang] {
        socket.send(&DeskClientFrame::View { conversation_id: at, on: true }).await;
        socket.send(&DeskClientFrame::Typing { conversation_id: at, on: true }).await;
    }
    at_wang
        .find(|frame| match frame {
            DeskServerFrame::Viewers { viewers, .. } if viewers.iter().any(|viewer| viewer.agent.id == li.id) => {
                Some(())
            }
            _ => None,
        })
        .await;
    let notes = format!("/api/desk/conversations/{at}/notes");
    assert_eq!(wang.post(&notes, &json!({ "text": "秘密乙", "mentions": [li.id] })).await.0, 201);
    let named = at_li.find(|frame| match frame {
        DeskServerFrame::Note { note, to_me } => Some((note.text.clone(), *to_me)),
        _ => None,
    });
    assert_eq!(named.await, ("秘密乙".to_owned(), true));
    assert_eq!(boss.post(&notes, &json!({ "text": "秘密丙", "kind": "whisper" })).await.0, 201);
    assert_eq!(li.post(&notes, &json!({ "text": "x", "kind": "whisper" })).await.0, 403);
    at_wang
        .find(|frame| {
            matches!(frame, DeskServerFrame::Note { note, to_me: true } if note.text == "秘密丙").then_some(())
        })
        .await;
    let seen = |notes: &Value| notes["notes"].as_array().map(Vec::len);
    assert_eq!(
        (seen(&li.get(&notes).await), seen(&wang.get(&notes).await)),
        (Some(1), Some(2)),
        "a whisper is for two"
    );
    let tags = json!({ "tags": ["秘密丁"] });
    assert_eq!(wang.call("PUT", &format!("/api/desk/cases/{}/tags", case.id), &tags).await.0, 200);
    shopper.say("2", "退款多久到账").await;
    at_wang.find(|frame| matches!(frame, DeskServerFrame::Suggestions { .. }).then_some(())).await;
    other.say("2", "我的电话是 13800138000").await;
    at_wang.say(at, "a", "好的").await;
    let (status, body) = boss.post(&format!("/api/desk/cases/{}/take-over", case.id), &json!({})).await;
    assert_eq!(status, 200, "{body}");
    at_boss.say(at, "b", "我是主管").await;
    shopper.message("我是主管").await;
    shopper.settle().await;
    let everything = serde_json::to_string(&shopper.frames).expect("JSON");
    for secret in
        ["秘密", "13800138000", "suggest", "confidence", "refund-time", "viewers", "whisper", "mention", "mood", "risk"]
    {
        assert!(!everything.contains(secret), "{secret}: {everything}");
    }
    assert!(!everything.contains(&other.conversation.to_string()) && !everything.contains(&wang.id.to_string()));
    // Whoever comes back is told no more than that.
    let (_, welcome) = app.shopper(Some(&shopper.token), 0).await;
    let welcome = serde_json::to_string(&welcome).expect("JSON");
    assert!(!welcome.contains("秘密"), "{welcome}");
    let history = serde_json::to_string(&app.messages_of(&mut shopper.client).await).expect("JSON");
    assert!(history.contains("我是主管") && !history.contains("秘密"), "{history}");
    // Nor is it in what they may take along.
    let chief = agent(&app, "chief", Role::Admin).await;
    let who = app.chat.shopper_of(&shopper.token).await.expect("read").expect("known");
    let exported = chief.get(&format!("/api/admin/profiles/v:{who}/export")).await.to_string();
    assert!(exported.contains(&who.to_string()) && !exported.contains("秘密"), "{exported}");
    // And the transcript has no gap.
    let mut sequences: Vec<i64> = shopper
        .frames
        .iter()
        .filter_map(|frame| match frame {
            ServerFrame::Message { message } => Some(message.sequence),
            _ => None,
        })
        .collect();
    let shown = sequences.len();
    sequences.sort_unstable();
    assert_eq!(sequences, (1..=shown as i64).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn line_43_the_desk_sees_a_personal_number_only_where_the_record_says_who_looked() {
    const NUMBERS: [&str; 3] = ["13912345678", "11010519491231002X", "4111111111111111"];
    let app = TestApp::start().await;
    let (wang, li) = (agent(&app, "wang", Role::Agent).await, agent(&app, "li", Role::Agent).await);
    let (boss, chief) = (agent(&app, "boss", Role::Supervisor).await, agent(&app, "chief", Role::Admin).await);
    let (mut at_wang, _) = wang.open().await;
    let mut shopper = Shopper::new(&app).await;
    let said = "订单SG202611180042，电话13912345678，身份证11010519491231002X，卡号4111 1111 1111 1111";
    shopper.say("0", said).await;
    shopper.say("1", "转人工").await;
    let case = at_wang.case(CaseChange::Assigned).await;
    let at = case.conversation_id;
    shopper.say("2", said).await;
    let frame = at_wang.find(|frame| match frame {
        DeskServerFrame::Message { message, .. } if message.body.text.contains("身份证") => Some(message.clone()),
        _ => None,
    });
    let message = frame.await;
    let shown = "订单SG202611180042，电话139****5678，身份证110*************2X，卡号4111********1111";
    assert_eq!((message.body.text.as_str(), message.body.masked), (shown, true));
    at_wang.say(at, "a", "收到，13912345678").await;
    let one = format!("/api/desk/cases/{}", case.id);
    let messages = format!("/api/desk/conversations/{at}/messages");
    for (who, paths) in [
        (&wang, vec!["/api/desk/cases?view=mine", &one, &messages, "/api/desk/search?q=身份证"]),
        (
            &boss,
            vec!["/api/desk/live", "/api/desk/cases?view=open", &one, &messages, "/api/desk/search?q=SG202611180042"],
        ),
        (&chief, vec![&one, &messages, "/api/desk/search?q=身份证"]),
    ] {
        for path in paths {
            let mut told = who.get(path).await;
            // A search repeats what was looked for.
            told["words"].take();
            let told = told.to_string();
            assert!(told.contains("139****5678"), "{path}: {told}");
            let digits: String = told.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
            for number in NUMBERS {
                assert!(!digits.contains(number), "{path}: {told}");
            }
        }
    }
    let reveal = format!("{messages}/{}/reveal", message.sequence);
    let (status, body) = li.post(&reveal, &Value::Null).await;
    assert!(matches!(status, 403 | 404) && !body.to_string().contains(NUMBERS[0]), "{body}");
    for who in [&wang, &boss] {
        let (status, body) = who.post(&reveal, &Value::Null).await;
        assert_eq!((status, body["body"]["text"].as_str()), (200, Some(said)), "{body}");
        assert_eq!(body["body"]["masked"], Value::Null);
    }
    assert_eq!(wang.post(&format!("{messages}/{}/reveal", i64::MIN), &Value::Null).await.0, 404);
    let record = chief.get(&format!("/api/admin/audit?action=number_revealed&subject={at}")).await;
    let actors: Vec<&str> =
        record["items"].as_array().expect("rows").iter().filter_map(|row| row["actor"].as_str()).collect();
    assert_eq!(actors, ["boss", "wang"], "{record}");
    assert!(!record.to_string().contains(NUMBERS[0]), "{record}");
    // The shopper sees their own words as they are.
    shopper.settle().await;
    assert!(serde_json::to_string(&shopper.frames).expect("JSON").contains("卡号4111 1111 1111 1111"));
}

#[tokio::test(flavor = "multi_thread")]
async fn line_43_a_search_finds_what_the_desk_shows_and_tells_no_hidden_digit() {
    let app = TestApp::start().await;
    let wang = agent(&app, "wang", Role::Agent).await;
    set(&app, |settings| settings.assign = false).await;
    let mut shopper = Shopper::new(&app).await;
    shopper.say("0", "订单号 4111111111111111，货号SG202611180042").await;
    shopper.say("1", "打13912345678找我").await;
    shopper.say("2", "转人工").await;
    let found = async |words: &str| {
        let page = wang.get(&format!("/api/desk/search?q={words}")).await;
        let found = page["found"].as_array().expect("what was found").iter().map(|one| &one["message"]);
        let of_shopper = found.filter(|message| message["author"] == "shopper");
        of_shopper.map(|message| message["body"]["text"].as_str().expect("a text").to_owned()).collect::<Vec<_>>()
    };
    let called = ["打139****5678找我"];
    assert_eq!(found("139****5678").await, called, "as it is shown");
    // The number itself and a guess at it are told the same; its hidden digits alone are in no message.
    for guess in ["13912345678", "13900005678", "139-9999-5678", "１３９００００５６７８"] {
        assert_eq!(found(guess).await, called, "{guess}");
    }
    for hidden in ["1234", "12345678", "91234", "13912345679", "13812345678"] {
        assert_eq!(found(hidden).await, [""; 0], "{hidden}");
    }
    let order = ["订单号 4111111111111111，货号SG202611180042"];
    for shown in ["SG202611180042", "4111111111111111"] {
        assert_eq!(found(shown).await, order, "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_does_what_their_role_allows() {
    let app = TestApp::start().await;
    let wang = agent(&app, "wang", Role::Agent).await;
    let boss = agent(&app, "boss", Role::Supervisor).await;
    let admin = agent(&app, "chief", Role::Admin).await;
    let report = "/api/desk/report?by=agent&from=0&to=9999999999999";
    for (method, path, body, agent_may, boss_may) in [
        ("GET", "/api/desk/me", json!({}), true, true),
        ("GET", "/api/desk/cases?view=waiting", json!({}), true, true),
        ("GET", "/api/desk/live", json!({}), false, true),
        ("GET", report, json!({}), false, true),
        ("GET", "/api/desk/quality", json!({}), false, true),
        ("POST", "/api/desk/groups", json!({ "name": "售后" }), false, true),
        ("GET", "/api/desk/rules", json!({}), false, false),
        ("PUT", "/api/desk/settings", json!(DeskSettings::default()), false, false),
        ("GET", "/api/desk/inbox", json!({}), false, false),
    ] {
        let ok = |status: u16| (200..300).contains(&status);
        assert_eq!(ok(wang.call(method, path, &body).await.0), agent_may, "{path}");
        let boss_status = boss.call(method, path, &body).await.0;
        assert!(if boss_may { ok(boss_status) } else { boss_status == 403 }, "{path}: {boss_status}");
        let body = if method == "POST" { json!({ "name": "售前" }) } else { body };
        assert!(ok(admin.call(method, path, &body).await.0), "{path}");
        let bare = app.http(method, path, &[("X-Xiaoer-Csrf", "1")], &body.to_string()).await;
        assert_eq!(bare.status, 401, "{path}");
    }
    // A shopper cannot open the desk's socket, a foreign page neither.
    for (cookie, origin, expected) in [
        (None, None, 401),
        (Some(&wang.cookie), Some("https://evil.example.com"), 403),
        (Some(&wang.cookie), None, 403),
    ] {
        let mut request = format!("ws://{}/ws/desk", app.address).into_client_request().expect("a request");
        if let Some(cookie) = cookie {
            request.headers_mut().insert("cookie", cookie.parse().expect("a header"));
        }
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().expect("a header"));
        }
        match connect_async(request).await {
            Err(tungstenite::Error::Http(answer)) => assert_eq!(answer.status().as_u16(), expected),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn line_12_an_agent_sees_what_they_may_take_and_nothing_of_other_groups() {
    let app = TestApp::start().await;
    let (wang, li) = (agent(&app, "wang", Role::Agent).await, agent(&app, "li", Role::Agent).await);
    let admin = agent(&app, "chief", Role::Admin).await;
    let (_, group) = admin.post("/api/desk/groups", &json!({ "name": "售后" })).await;
    let form = json!({ "display_name": "小李", "capacity": 3, "groups": [group["id"]] });
    assert_eq!(admin.call("PUT", &format!("/api/desk/agents/{}", li.id), &form).await.0, 200);
    let rule = json!({ "name": "都给售后", "group": group["id"] });
    assert_eq!(admin.post("/api/desk/rules", &rule).await.0, 201);
    set(&app, |settings| settings.assign = false).await;
    let conversation = waits(&app, 1).await;
    let total = |page: Value| page["total"].as_i64();
    assert_eq!(total(wang.get("/api/desk/cases?view=waiting").await), Some(0));
    let page = li.get("/api/desk/cases?view=waiting").await;
    let id = page["cases"][0]["id"].as_str().expect("a case").to_owned();
    assert_eq!(wang.post(&format!("/api/desk/cases/{id}/claim"), &json!({})).await.0, 404);
    let path = format!("/api/desk/conversations/{conversation}/messages");
    for rule in TABLE.iter().filter(|rule| rule.method == "GET") {
        let Some(what) = rule.route.strip_prefix("/api/desk/conversations/{id}/") else { continue };
        // The second message is the assistant's, which has a decision.
        let what = what.replace("{sequence}", "2");
        let asked = format!("/api/desk/conversations/{conversation}/{what}?q=鞋");
        assert_eq!(wang.call("GET", &asked, &Value::Null).await.0, 404, "{what}");
        let status = li.call("GET", &asked, &Value::Null).await.0;
        assert!(matches!(status, 200 | 204), "{what}: {status}");
    }
    assert_eq!(li.post(&format!("/api/desk/cases/{id}/claim"), &json!({})).await.1["agent"]["name"], "小李");
    assert_eq!(
        admin.call("DELETE", &format!("/api/desk/groups/{}", group["id"].as_str().unwrap()), &Value::Null).await.0,
        204
    );
    assert_eq!(wang.call("GET", &path, &Value::Null).await.0, 200, "without its group it is anybody's to see");
}

/// The queue that somebody is sent, which is the one that they may ask for, and so are its numbers.
async fn queue_of(who: &Agent) -> Vec<Uuid> {
    let (_socket, welcome) = who.open().await;
    let DeskServerFrame::Welcome { queue, counters, .. } = welcome else { panic!("a welcome") };
    let waiting = who.get("/api/desk/cases?view=waiting").await;
    let open = who.get("/api/desk/cases?view=open").await;
    assert_eq!(json!([counters.waiting + counters.tickets, counters.open]), json!([waiting["total"], open["total"]]));
    let sent: Vec<Uuid> = queue.iter().map(|case| case.id).collect();
    let asked: Vec<&Value> = waiting["cases"].as_array().expect("cases").iter().map(|case| &case["id"]).collect();
    assert_eq!(json!(sent), json!(asked));
    sent
}

#[tokio::test(flavor = "multi_thread")]
async fn line_12_the_desk_sends_everybody_the_queue_that_they_may_ask_for() {
    let app = TestApp::start().await;
    let (wang, li) = (agent(&app, "wang", Role::Agent).await, agent(&app, "li", Role::Agent).await);
    let (boss, admin) = (agent(&app, "boss", Role::Supervisor).await, agent(&app, "chief", Role::Admin).await);
    set(&app, |settings| settings.assign = false).await;
    let (_, group) = admin.post("/api/desk/groups", &json!({ "name": "售后" })).await;
    let form = json!({ "display_name": "小李", "capacity": 3, "groups": [group["id"]] });
    assert_eq!(admin.call("PUT", &format!("/api/desk/agents/{}", li.id), &form).await.0, 200);
    let (mut at_wang, _) = wang.open().await;
    let (mut at_li, _) = li.open().await;
    waits(&app, 1).await;
    let free = queue_of(&wang).await;
    assert_eq!(free.len(), 1);
    let rule = json!({ "name": "都给售后", "group": group["id"] });
    assert_eq!(admin.post("/api/desk/rules", &rule).await.0, 201);
    waits(&app, 2).await;
    assert_eq!(queue_of(&wang).await, free);
    let both = queue_of(&li).await;
    assert_eq!((both.len(), both[0]), (2, free[0]));
    for who in [&boss, &admin] {
        assert_eq!(queue_of(who).await, both);
    }
    // Whoever took part in a case sees it where it goes.
    let path = format!("/api/desk/cases/{}", free[0]);
    assert_eq!(wang.post(&format!("{path}/claim"), &json!({})).await.0, 200);
    for (who, expected) in [(&wang, &[][..]), (&li, &both[1..]), (&boss, &both[1..])] {
        assert_eq!(queue_of(who).await, expected);
    }
    assert_eq!(wang.post(&format!("{path}/transfer"), &json!({ "group": group["id"] })).await.0, 200);
    for (who, expected) in [(&wang, &free), (&li, &both), (&boss, &both)] {
        assert_eq!(queue_of(who).await, *expected);
    }
    // And what comes while one is there is no more than that.
    app.desk.tick().await.expect("a tick");
    let sent = at_wang.settle().await;
    assert!(sent.contains(&free[0].to_string()) && !sent.contains(&both[1].to_string()), "{sent}");
    at_li
        .find(|frame| match frame {
            DeskServerFrame::Queue { queue } if queue.len() == 2 => Some(()),
            _ => None,
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn line_12_a_view_ends_where_its_conversation_may_no_longer_be_seen() {
    let app = TestApp::start().await;
    let (wang, li) = (agent(&app, "wang", Role::Agent).await, agent(&app, "li", Role::Agent).await);
    let boss = agent(&app, "boss", Role::Supervisor).await;
    set(&app, |settings| settings.assign = false).await;
    let (_, group) = boss.post("/api/desk/groups", &json!({ "name": "售后" })).await;
    let li_form = |groups: Value| json!({ "display_name": "小李", "capacity": 3, "groups": groups });
    let li_path = format!("/api/desk/agents/{}", li.id);
    assert_eq!(boss.call("PUT", &li_path, &li_form(json!([group["id"]]))).await.0, 200);
    let mut shopper = Shopper::new(&app).await;
    shopper.say("1", "转人工").await;
    shopper.status(Status::Waiting).await;
    let at = shopper.conversation;
    let view = DeskClientFrame::View { conversation_id: at, on: true };
    let ((mut at_wang, _), (mut at_li, _), (mut at_boss, _)) = tokio::join!(wang.open(), li.open(), boss.open());
    for socket in [&mut at_wang, &mut at_li, &mut at_boss] {
        socket.send(&view).await;
        socket.settle().await;
    }
    let ended = |frame: &DeskServerFrame| match frame {
        DeskServerFrame::Error { code: ErrorCode::NotFound, conversation_id, .. } => *conversation_id,
        _ => None,
    };
    let path = format!("/api/desk/cases/{}", queue_of(&boss).await[0]);
    assert_eq!(boss.post(&format!("{path}/take-over"), &json!({})).await.0, 200);
    assert!(!at_wang.settle().await.contains("not_found"), "it is in no group: anybody may look on");
    assert_eq!(boss.post(&format!("{path}/transfer"), &json!({ "group": group["id"] })).await.0, 200);
    assert_eq!(at_wang.find(ended).await, at);
    let hears = |text: &'static str| {
        move |frame: &DeskServerFrame| match frame {
            DeskServerFrame::Message { message, .. } if message.body.text == text => Some(()),
            _ => None,
        }
    };
    shopper.say("2", "秘密甲").await;
    at_li.find(hears("秘密甲")).await;
    at_boss.find(hears("秘密甲")).await;
    assert!(!at_wang.settle().await.contains("秘密甲"));
    at_wang.send(&view).await;
    assert_eq!(at_wang.find(ended).await, at, "nor is it opened again");
    // Whoever leaves the group leaves its conversations.
    assert_eq!(boss.call("PUT", &li_path, &li_form(json!([]))).await.0, 200);
    assert_eq!(at_li.find(ended).await, at);
    shopper.say("3", "秘密乙").await;
    at_boss.find(hears("秘密乙")).await;
    assert!(!at_li.settle().await.contains("秘密乙"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_before_hello_is_shown_nothing() {
    let app = TestApp::start().await;
    let wang = agent(&app, "wang", Role::Agent).await;
    let mut socket = wang.connect().await;
    assert_eq!(wang.post("/api/staff/sign-out", &Value::Null).await.0, 204);
    socket.send(&DeskClientFrame::Hello {}).await;
    let first = tokio::time::timeout(PATIENCE, socket.0.next()).await.expect("the server answers in time");
    match first {
        Some(Ok(Message::Close(Some(said)))) => assert_eq!(u16::from(said.code), close::SIGNED_OUT),
        other => panic!("no snapshot was due: {other:?}"),
    }
    assert!(!app.desk.hub.connected_here().contains(&StaffId(wang.id)));
}
