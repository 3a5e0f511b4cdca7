//! Shoppers and agents on different nodes.

use super::*;
use crate::nodes::two;
use xiaoer::live::protocol::close;

#[tokio::test(flavor = "multi_thread")]
async fn a_shopper_on_one_node_is_served_by_an_agent_on_another() {
    let Some((here, there)) = two().await else { return };
    hire(&here.chat.db, "wang", Role::Agent).await;
    let wang = Agent::sign_in(there.address, &there.chat.db, "wang").await;
    let (mut at_wang, _) = wang.open().await;
    let mut shopper = Shopper::new(&here).await;
    shopper.say("1", "我要转人工").await;
    let case = at_wang.case(CaseChange::Assigned).await;
    assert_eq!(shopper.status(Status::Agent).await.as_deref(), Some("wang"));
    at_wang.send(&DeskClientFrame::Typing { conversation_id: case.conversation_id, on: true }).await;
    shopper.find(|frame| matches!(frame, ServerFrame::Typing { author: Author::Agent, on: true }).then_some(())).await;
    let sequence = at_wang.say(case.conversation_id, "a", "您好，请讲").await;
    let heard = shopper.message("请讲").await;
    assert_eq!((heard.author, heard.sequence), (Author::Agent, sequence));
    shopper.client.send(&ClientFrame::Typing { on: true }).await;
    at_wang.find(|frame| matches!(frame, DeskServerFrame::Typing { on: true, .. }).then_some(())).await;
    shopper.say("2", "退款多久到账").await;
    let said = at_wang.find(|frame| match frame {
        DeskServerFrame::Message { message, .. } if message.body.text.contains("退款") => Some(message.sequence),
        _ => None,
    });
    assert_eq!(said.await, sequence + 1, "without a gap");
    at_wang.find(|frame| matches!(frame, DeskServerFrame::Suggestions { .. }).then_some(())).await;
    let path = format!("/api/desk/cases/{}/resolve", case.id);
    assert_eq!(wang.post(&path, &json!({ "reason": "已解决" })).await.0, 200);
    shopper.find(|frame| matches!(frame, ServerFrame::RatingRequest { .. }).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_no_hint_reaches_shows_who_answers_all_the_same() {
    let Some((here, _)) = two().await else { return };
    let deaf = here.beside_with(|config| config.bus.subject = "of-nobody-else".to_owned()).await;
    hire(&here.chat.db, "wang", Role::Agent).await;
    let wang = Agent::sign_in(here.address, &here.chat.db, "wang").await;
    let chief = agent(&here, "chief", Role::Admin).await;
    let (mut at_wang, _) = wang.open().await;
    let mut shopper = Shopper::new(&deaf).await;
    shopper.say("1", "我要转人工").await;
    let case = at_wang.case(CaseChange::Assigned).await;
    assert_eq!(shopper.status(Status::Agent).await.as_deref(), Some("wang"));
    at_wang.say(case.conversation_id, "a", "您好，请讲").await;
    shopper.message("请讲").await;
    let path = format!("/api/desk/cases/{}/resolve", case.id);
    assert_eq!(wang.post(&path, &json!({ "reason": "已解决" })).await.0, 200);
    shopper.find(|frame| matches!(frame, ServerFrame::RatingRequest { .. }).then_some(())).await;
    // Whoever is deleted is signed out there, too.
    let who = here.chat.shopper_of(&shopper.token).await.expect("read").expect("known");
    let erased = chief.call("DELETE", &format!("/api/admin/profiles/v:{who}"), &Value::Null).await;
    assert!((200..300).contains(&erased.0), "{erased:?}");
    assert_eq!(shopper.client.close_code().await, Some(close::SIGNED_OUT));
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_on_two_nodes_see_each_other_and_what_the_other_views() {
    let Some((here, there)) = two().await else { return };
    for name in ["wang", "li"] {
        hire(&here.chat.db, name, Role::Supervisor).await;
    }
    let wang = Agent::sign_in(here.address, &here.chat.db, "wang").await;
    let li = Agent::sign_in(there.address, &there.chat.db, "li").await;
    let (mut at_wang, _) = wang.open().await;
    let (mut at_li, _) = li.open().await;
    let comes = at_wang.find(|frame| match frame {
        DeskServerFrame::Agent { agent } if agent.id == li.id && agent.presence != Presence::Offline => Some(()),
        _ => None,
    });
    comes.await;
    let mut shopper = Shopper::new(&here).await;
    shopper.say("1", "我要转人工").await;
    shopper.status(Status::Waiting).await;
    let view = DeskClientFrame::View { conversation_id: shopper.conversation, on: true };
    at_wang.send(&view).await;
    at_li.send(&view).await;
    let other = |me: Uuid| {
        move |frame: &DeskServerFrame| match frame {
            DeskServerFrame::Viewers { viewers, .. } => viewers.iter().find(|one| one.agent.id == me).cloned(),
            _ => None,
        }
    };
    at_wang.find(other(li.id)).await;
    at_li.find(other(wang.id)).await;
    at_li.send(&DeskClientFrame::Typing { conversation_id: shopper.conversation, on: true }).await;
    while !at_wang.find(other(li.id)).await.typing {}
    drop(at_li);
    let left =
        |frame: &DeskServerFrame| matches!(frame, DeskServerFrame::Viewers { viewers, .. } if viewers.is_empty());
    at_wang.find(|frame| left(frame).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn line_40_of_two_agents_on_two_nodes_who_claim_one_conversation_one_wins_five_hundred_times() {
    let Some((here, there)) = two().await else { return };
    set(&here, |settings| settings.assign = false).await;
    for name in ["wang", "li"] {
        hire(&here.chat.db, name, Role::Agent).await;
    }
    let agents = [
        Agent::sign_in(here.address, &here.chat.db, "wang").await,
        Agent::sign_in(there.address, &there.chat.db, "li").await,
    ];
    let mut won = [0, 0];
    for batch in 0..5 {
        for number in 0..100 {
            waits(&here, batch * 100 + number).await;
        }
        let queue = agents[0].get("/api/desk/cases?view=waiting&limit=200").await;
        let cases = queue["cases"].as_array().expect("cases");
        assert_eq!(cases.len(), 100);
        for case in cases {
            let path = format!("/api/desk/cases/{}/claim", case["id"].as_str().expect("an id"));
            let none = json!({});
            let (first, second) = tokio::join!(agents[0].post(&path, &none), agents[1].post(&path, &none));
            let mut statuses = [first.0, second.0];
            won[usize::from(first.0 != 200)] += 1;
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409], "{first:?} {second:?}");
        }
    }
    assert_eq!(won[0] + won[1], 500);
    let (_, welcome) = agents[1].open().await;
    let DeskServerFrame::Welcome { counters, .. } = welcome else { panic!("a welcome") };
    assert_eq!((counters.waiting, counters.open), (0, 500));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_that_becomes_free_is_filled_once_by_two_nodes() {
    let Some((here, there)) = two().await else { return };
    set(&here, |settings| settings.capacity = 1).await;
    there.desk.tick().await.expect("it has heard of that");
    hire(&here.chat.db, "wang", Role::Agent).await;
    for number in 0..40 {
        waits(&here, number).await;
    }
    let wang = Agent::sign_in(here.address, &here.chat.db, "wang").await;
    let wang_there = Agent::sign_in(there.address, &there.chat.db, "wang").await;
    let ((_at_here, _), (_at_there, _)) = tokio::join!(wang.open(), wang_there.open());
    let serving = async {
        for _ in 0..40 {
            while wang.get("/api/desk/cases?view=mine").await["total"] == 0 {}
            // Whatever the nodes were about to give, they have given by then.
            let (here, there) = tokio::join!(here.desk.tick(), there.desk.tick());
            here.and(there).expect("the desk is looked at");
            let mine = wang.get("/api/desk/cases?view=mine").await;
            assert_eq!(mine["total"], 1, "{mine}");
            let path = format!("/api/desk/cases/{}/resolve", mine["cases"][0]["id"].as_str().expect("an id"));
            assert_eq!(wang.post(&path, &json!({ "reason": "已解决" })).await.0, 200);
        }
    };
    tokio::time::timeout(PATIENCE, serving).await.expect("all are served");
}
