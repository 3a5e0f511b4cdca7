//! What has had its time is deleted by the job, with a count, and nothing else.

use super::count;
use crate::knowledge::Console;
use crate::marketing::{Visitor, clock, start};
use serde_json::json;
use std::time::Duration;
use xiaoer::model::customer::EventKind;
use xiaoer::service::leases::Leases;
use xiaoer::service::retention::{Retention, RetentionSettings};
use xiaoer::store::retention::{Kind, RULES};

const DAY: Duration = Duration::from_hours(24);

#[tokio::test(flavor = "multi_thread")]
async fn line_45_what_has_had_its_time_is_deleted_and_counted() {
    let clock = clock();
    let app = start(&clock).await;
    let mut gone = Visitor::new(&app).await;
    gone.says("退款多久到账").await;
    gone.says("你们厂里招人吗").await;
    gone.does(EventKind::View, "SS-001").await;
    let mut waiting = Visitor::new(&app).await;
    waiting.says("转人工").await;
    let empty = Visitor::new(&app).await;
    clock.advance(DAY * 400);
    let mut fresh = Visitor::new(&app).await;
    fresh.says("退款多久到账").await;
    fresh.does(EventKind::View, "SS-002").await;

    let foreseen = app.retention.preview().await.expect("counted");
    let report = app.retention.run().await.expect("deleted");
    assert_eq!(report.deleted.get(&Kind::Behaviour), foreseen.deleted.get(&Kind::Behaviour));
    let rows = |kind: Kind, table: &str| report.deleted.get(&kind).and_then(|tables| tables.get(table)).copied();
    assert_eq!(rows(Kind::Conversations, "message"), Some(4), "{report:?}");
    assert_eq!(rows(Kind::Behaviour, "event"), Some(1));
    assert_eq!((rows(Kind::Traces, "turn_trace")), Some(3), "also of the conversation that waits: it is no message");
    assert_eq!(count(&app, "message").await, 4, "two of today, two of a conversation that waits for a person");
    assert_eq!(count(&app, "event").await, 1);
    assert!(rows(Kind::Visitors, "shopper").is_some(), "browsers of which nothing is left: {report:?}");
    drop(empty);

    let console = Console::admin(&app).await;
    let last = app.retention.last().await.expect("read").expect("kept");
    assert_eq!(last, report);
    let record = console.get("/api/admin/audit?action=retention_done").await;
    assert_eq!(record["items"][0]["actor"], "system", "{record}");
    let view = console.get("/api/admin/settings/retention").await;
    assert_eq!(view["last_at"], json!(report.at));
    let kinds = view["kinds"].as_array().expect("a list");
    assert_eq!(kinds.len(), Kind::ALL.len());
    assert!(kinds.iter().any(|kind| kind["kind"] == "conversations" && kind["deleted"].as_u64() > Some(3)), "{view}");
    let preview = console.get("/api/admin/settings/retention/preview").await;
    assert!(preview["kinds"].as_array().expect("a list").iter().all(|kind| kind["deleted"] == 0), "{preview}");
    assert_eq!(app.retention.run().await.expect("deleted").total(), 0, "once is enough");
}

#[tokio::test(flavor = "multi_thread")]
async fn line_45_every_rule_runs_and_one_node_does_it_once_a_day() {
    let clock = clock();
    let app = start(&clock).await;
    for rule in RULES {
        rule.count(&app.chat.db, clock.now()).await.unwrap_or_else(|error| panic!("{}: {error}", rule.table));
        rule.delete(&app.chat.db, xiaoer::clock::Timestamp(0), 10)
            .await
            .unwrap_or_else(|error| panic!("{}: {error}", rule.table));
    }
    let (here, there) =
        (Leases::new(app.chat.db.clone(), clock.clone()), Leases::new(app.chat.db.clone(), clock.clone()));
    assert!(app.retention.look(&here).await.expect("looked").is_some());
    assert!(app.retention.look(&there).await.expect("looked").is_none(), "another node has the lease");
    assert!(app.retention.look(&here).await.expect("looked").is_none(), "it was done today");
    clock.advance(DAY);
    assert!(app.retention.look(&there).await.expect("looked").is_some(), "the lease has run out, and a day is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn line_45_many_rows_go_in_portions_and_nothing_goes_where_days_are_zero() {
    let clock = clock();
    let app = start(&clock).await;
    let shopper = Visitor::new(&app).await;
    for _ in 0..1_100 {
        clock.advance(Duration::from_millis(1));
        shopper.does(EventKind::View, "SS-001").await;
    }
    clock.advance(DAY * 800);
    let forever = RetentionSettings { behaviour: 0, ..RetentionSettings::default() };
    let kept = Retention::new(app.chat.db.clone(), clock.clone(), forever);
    kept.run().await.expect("run");
    assert_eq!(count(&app, "event").await, 1_100);
    let report = app.retention.run().await.expect("run");
    assert_eq!(report.deleted[&Kind::Behaviour]["event"], 1_100);
}
