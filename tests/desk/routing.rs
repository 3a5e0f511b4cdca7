//! Who gets a case, and what happens when they are gone, late or killed.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn line_40_of_two_agents_who_claim_one_conversation_one_wins_two_hundred_times() {
    let app = TestApp::start().await;
    set(&app, |settings| settings.assign = false).await;
    let agents = [agent(&app, "wang", Role::Agent).await, agent(&app, "li", Role::Agent).await];
    for number in 0..200 {
        waits(&app, number).await;
    }
    let queue = agents[0].get("/api/desk/cases?view=waiting&limit=200").await;
    let cases: Vec<String> = queue["cases"]
        .as_array()
        .expect("cases")
        .iter()
        .map(|case| case["id"].as_str().expect("an id").to_owned())
        .collect();
    assert_eq!(cases.len(), 200);
    let mut won = [0, 0];
    for case in &cases {
        let path = format!("/api/desk/cases/{case}/claim");
        let none = json!({});
        let (first, second) = tokio::join!(agents[0].post(&path, &none), agents[1].post(&path, &none));
        let mut statuses = [first.0, second.0];
        let winner = usize::from(first.0 != 200);
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{first:?} {second:?}");
        let loser = if winner == 0 { &second.1 } else { &first.1 };
        assert!(loser["message"].as_str().is_some_and(|text| text.contains(["wang", "li"][winner])), "{loser}");
        won[winner] += 1;
    }
    let (_, welcome) = agents[0].open().await;
    let DeskServerFrame::Welcome { counters, .. } = welcome else { panic!("a welcome") };
    assert_eq!((counters.waiting, counters.open, won[0] + won[1]), (0, 200, 200));
    let mine = agents[0].get("/api/desk/cases?view=mine&limit=1").await;
    assert_eq!(mine["total"], won[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_who_is_gone_loses_the_conversation_after_the_lease_and_not_before() {
    let clock = monday();
    let app = TestApp::start_at(&clock).await;
    let (wang, li) = (agent(&app, "wang", Role::Agent).await, agent(&app, "li", Role::Agent).await);
    let (mut at_wang, _) = wang.open().await;
    let mut shopper = Shopper::new(&app).await;
    shopper.say("1", "转人工").await;
    let case = at_wang.case(CaseChange::Assigned).await;
    let (mut at_li, _) = li.open().await;
    // While the socket is there, time alone takes nothing.
    clock.advance(Duration::from_secs(120));
    app.desk.tick().await.expect("a tick");
    drop(at_wang);
    at_li
        .find(|frame| match frame {
            DeskServerFrame::Agent { agent } if agent.id == wang.id && agent.presence == Presence::Offline => Some(()),
            _ => None,
        })
        .await;
    clock.advance(Duration::from_secs(29));
    app.desk.tick().await.expect("a tick");
    assert_eq!(li.get(&format!("/api/desk/cases/{}", case.id)).await["case"]["agent"]["name"], "wang");
    clock.advance(Duration::from_secs(2));
    app.desk.tick().await.expect("a tick");
    let taken = at_li.case(CaseChange::Assigned).await;
    assert_eq!((taken.id, taken.agent.map(|agent| agent.id)), (case.id, Some(li.id)));
    assert_eq!(shopper.message("离线").await.body.notice, Some(Notice::AgentLeft));
    assert_eq!(shopper.status(Status::Agent).await.as_deref(), Some("li"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freed_slot_takes_the_next_at_once_and_a_returning_shopper_goes_to_whom_they_know() {
    let clock = monday();
    let app = TestApp::start_at(&clock).await;
    set(&app, |settings| settings.capacity = 1).await;
    let (wang, li) = (agent(&app, "wang", Role::Agent).await, agent(&app, "li", Role::Agent).await);
    let (mut at_wang, _) = wang.open().await;
    let mut first = Shopper::new(&app).await;
    first.say("1", "转人工").await;
    let case = at_wang.case(CaseChange::Assigned).await;
    let waiting = waits(&app, 1).await;
    let resolve = |id: Uuid| format!("/api/desk/cases/{id}/resolve");
    assert_eq!(wang.post(&resolve(case.id), &json!({ "reason": "已解决" })).await.0, 200);
    let next = at_wang.find(|frame| match frame {
        DeskServerFrame::Case { change: CaseChange::Assigned, case } => Some(case.clone()),
        _ => None,
    });
    let next = next.await;
    assert_eq!(next.conversation_id, waiting);
    // The first shopper comes back: wang is busy, li is free, and yet wang is waited for.
    let (mut at_li, _) = li.open().await;
    first.say("2", "转人工").await;
    app.desk.tick().await.expect("a tick");
    clock.advance(Duration::from_secs(30));
    app.desk.tick().await.expect("a tick");
    assert_eq!(wang.post(&resolve(next.id), &json!({ "reason": "已解决" })).await.0, 200);
    assert_eq!(at_wang.case(CaseChange::Assigned).await.conversation_id, first.conversation);
    // Another time wang stays busy: after a minute anybody will do.
    let again = wang.get("/api/desk/cases?view=mine").await;
    let id: Uuid = again["cases"][0]["id"].as_str().expect("a case").parse().expect("an id");
    assert_eq!(wang.post(&resolve(id), &json!({ "reason": "已解决" })).await.0, 200);
    let busy = Shopper::new(&app).await;
    let mut busy = busy;
    at_li.send(&DeskClientFrame::Presence { presence: Presence::Away }).await;
    at_li
        .find(|frame| match frame {
            DeskServerFrame::Agent { agent } if agent.id == li.id && agent.presence == Presence::Away => Some(()),
            _ => None,
        })
        .await;
    busy.say("1", "转人工").await;
    assert_eq!(at_wang.case(CaseChange::Assigned).await.conversation_id, busy.conversation);
    at_li.send(&DeskClientFrame::Presence { presence: Presence::Online }).await;
    first.say("3", "转人工").await;
    clock.advance(Duration::from_secs(61));
    app.desk.tick().await.expect("a tick");
    assert_eq!(at_li.case(CaseChange::Assigned).await.conversation_id, first.conversation);
}

#[tokio::test(flavor = "multi_thread")]
async fn clocks_warn_before_they_break() {
    let clock = monday();
    let app = TestApp::start_at(&clock).await;
    let boss = agent(&app, "boss", Role::Supervisor).await;
    let (mut at_boss, _) = boss.open().await;
    app.desk.tick().await.expect("a tick");
    waits(&app, 1).await;
    for (seconds, expected) in [(48, ClockState::Warning), (13, ClockState::Breached)] {
        clock.advance(Duration::from_secs(seconds));
        app.desk.tick().await.expect("a tick");
        let state = at_boss.find(|frame| match frame {
            DeskServerFrame::Clock { state, .. } => Some(*state),
            _ => None,
        });
        assert_eq!(state.await, expected);
    }
    let live = boss.get("/api/desk/live").await;
    assert_eq!(live["cases"][0]["first_answer"]["state"], "breached");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_in_the_middle_loses_nothing_and_leaves_nobody_stuck() {
    let folder = TempDir::new().expect("a temporary folder");
    let database = crate::support::database(&folder).await;
    keep_open(&database).await;
    let db = Db::connect(&database).await.expect("a database");
    hire(&db, "wang", Role::Agent).await;
    let environment = [("XIAOER_DATABASE__URL", database.url.as_str())];
    let (mut held, mut shopper_token, mut case) = (Vec::new(), None, None);
    for round in 0..3 {
        let program = Program::start(&environment).await;
        let wang = Agent::sign_in(program.address, &db, "wang").await;
        let (mut at_wang, welcome) = wang.open().await;
        let mut shopper =
            Client::connect(program.address, Some(&program.origin()), "/ws/chat").await.expect("connected");
        let last_sequence = held.len() as i64;
        shopper.send(&ClientFrame::Hello { token: shopper_token.clone(), jwt: None, last_sequence, page: None }).await;
        let hello = shopper.next().await;
        shopper_token = Some(token(&hello));
        let ServerFrame::Welcome { messages, status, .. } = hello else { panic!("a welcome") };
        held.extend(messages.into_iter().map(|message| message.sequence));
        let open: CaseCard = if round == 0 {
            shopper.send(&say("1", "转人工")).await;
            at_wang.case(CaseChange::Assigned).await
        } else {
            // The conversation is still the agent's: neither of them has to do anything.
            assert_eq!(status, Status::Agent);
            let DeskServerFrame::Welcome { mut cases, .. } = welcome else { panic!("a welcome") };
            assert_eq!(cases.len(), 1);
            cases.remove(0)
        };
        assert_eq!(*case.get_or_insert(open.id), open.id);
        at_wang.say(open.conversation_id, &format!("a{round}"), "还在处理").await;
        shopper.send(&say(&format!("s{round}"), "好的")).await;
        loop {
            match shopper.next().await {
                ServerFrame::Message { message } => held.push(message.sequence),
                ServerFrame::Ack { client_id, .. } if client_id == format!("s{round}") => break,
                _ => {}
            }
        }
        drop(program.stop().await);
    }
    let program = Program::start(&environment).await;
    let mut shopper = Client::connect(program.address, Some(&program.origin()), "/ws/chat").await.expect("connected");
    shopper.send(&ClientFrame::Hello { token: shopper_token, jwt: None, last_sequence: 0, page: None }).await;
    let ServerFrame::Welcome { messages, last_sequence, .. } = shopper.next().await else { panic!("a welcome") };
    let kept: Vec<i64> = messages.iter().map(|message| message.sequence).collect();
    assert_eq!(kept, (1..=last_sequence).collect::<Vec<_>>(), "no gap");
    let ids: HashSet<&str> = messages.iter().filter_map(|message| message.client_id.as_deref()).collect();
    assert!(["1", "a0", "s0", "a1", "s1", "a2", "s2"].iter().all(|id| ids.contains(id)), "{ids:?}");
    drop(program.stop().await);
    db.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_brings_a_supervisor_no_conversations() {
    let app = TestApp::start().await;
    let (wang, boss) = (agent(&app, "wang", Role::Agent).await, agent(&app, "boss", Role::Supervisor).await);
    let form = json!({ "display_name": "小明", "capacity": 3, "groups": [] });
    for (who, presence) in [(&boss, Presence::Away), (&wang, Presence::Online)] {
        assert_eq!(boss.call("PUT", &format!("/api/desk/agents/{}", who.id), &form).await.0, 200);
        let (_socket, welcome) = who.open().await;
        let DeskServerFrame::Welcome { me, .. } = welcome else { panic!("a welcome") };
        assert_eq!((me.presence, me.display_name.as_str()), (presence, "小明"), "{}", me.name);
    }
}

/// Cases that somebody has claimed, in the order of the queue.
async fn claimed(app: &TestApp, who: &Agent, count: usize) -> Vec<String> {
    for number in 0..count {
        waits(app, number).await;
    }
    let queue = who.get("/api/desk/cases?view=waiting&limit=200").await;
    let cases = queue["cases"].as_array().expect("cases").iter();
    let cases: Vec<String> = cases.map(|case| case["id"].as_str().expect("an id").to_owned()).collect();
    assert_eq!(cases.len(), count);
    for case in &cases {
        assert_eq!(who.post(&format!("/api/desk/cases/{case}/claim"), &json!({})).await.0, 200);
    }
    cases
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_over_from_an_agent_who_is_gone_stays_with_whoever_took_it() {
    let clock = monday();
    let app = TestApp::start_at(&clock).await;
    set(&app, |settings| settings.assign = false).await;
    let (wang, boss) = (agent(&app, "wang", Role::Agent).await, agent(&app, "boss", Role::Supervisor).await);
    let cases = claimed(&app, &wang, 40).await;
    let (_at_boss, _) = boss.open().await;
    clock.advance(Duration::from_secs(31));
    // The tick goes through all that wang had, beginning with the first; the supervisor begins with the last.
    let taking = async {
        for case in cases.iter().rev() {
            let (status, body) = boss.post(&format!("/api/desk/cases/{case}/take-over"), &json!({})).await;
            assert_eq!(status, 200, "{body}");
        }
    };
    let (ticked, ()) = tokio::join!(app.desk.tick(), taking);
    ticked.expect("a tick");
    for case in &cases {
        let card = boss.get(&format!("/api/desk/cases/{case}")).await["case"].clone();
        assert_eq!(card["agent"]["name"], "boss", "{card}");
    }
}

/// Makes a case one that cannot be read.
async fn spoil(db: &Db, case: &str) {
    const SPOIL: &str = "UPDATE desk_case SET reason = 'none that is known' WHERE id = $1";
    let id: Uuid = case.parse().expect("an id");
    let spoiled = match db {
        Db::Sqlite { write, .. } => sqlx::query(SPOIL).bind(id).execute(write).await.expect("written").rows_affected(),
        Db::Postgres(pool) => sqlx::query(SPOIL).bind(id).execute(pool).await.expect("written").rows_affected(),
    };
    assert_eq!(spoiled, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_cannot_be_read_keeps_no_other_with_an_agent_who_is_gone() {
    let clock = monday();
    let app = TestApp::start_at(&clock).await;
    set(&app, |settings| settings.assign = false).await;
    let wang = agent(&app, "wang", Role::Agent).await;
    let cases = claimed(&app, &wang, 3).await;
    spoil(&app.chat.db, &cases[1]).await;
    clock.advance(Duration::from_secs(31));
    app.desk.tick().await.expect("a tick");
    for case in [&cases[0], &cases[2]] {
        assert_eq!(wang.get(&format!("/api/desk/cases/{case}")).await["case"]["state"], "waiting");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skill_group_that_is_removed_is_sent_no_case_any_more() {
    let app = TestApp::start().await;
    let (wang, chief) = (agent(&app, "wang", Role::Agent).await, agent(&app, "chief", Role::Admin).await);
    set(&app, |settings| settings.assign = false).await;
    let (_, group) = chief.post("/api/desk/groups", &json!({ "name": "售后" })).await;
    let rule = json!({ "name": "都给售后", "group": group["id"] });
    assert_eq!(chief.post("/api/desk/rules", &rule).await.0, 201);
    let path = format!("/api/desk/groups/{}", group["id"].as_str().expect("an id"));
    assert_eq!(chief.call("DELETE", &path, &Value::Null).await.0, 204);
    let rule = chief.get("/api/desk/rules").await["rules"][0].clone();
    assert_eq!((&rule["name"], &rule["group"]), (&json!("都给售后"), &Value::Null));
    waits(&app, 1).await;
    assert_eq!(wang.get("/api/desk/cases?view=waiting").await["total"], 1, "anybody may take it");
}
