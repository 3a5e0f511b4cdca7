//! A thousand triggers at once, on several nodes over one database.

use super::*;
use futures_util::future::join_all;
use std::time::Instant;
use xiaoer::service::marketing::Outcome;

const CAMPAIGNS: usize = 17;
const PEOPLE: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_gets_more_than_the_cap_and_nobody_who_must_not_gets_anything() {
    let clock = clock();
    let app = start(&clock).await;
    let console = Console::admin(&app).await;
    for number in 0..CAMPAIGNS {
        let more = json!({ "cap": { "times": 5, "days": 30 } });
        run(&console, &format!("活动 {number}"), plan(json!({ "kind": "page", "path": "/sale" }), more)).await;
    }
    let nodes = [app.beside().await, app.beside().await];
    let mut people = Vec::new();
    for _ in 0..PEOPLE {
        people.push(Visitor::who_agrees(&app).await);
    }
    // Of twenty, three said no, three are upset, two never agreed.
    for one in &mut people[..3] {
        one.says("TD").await;
    }
    for one in &mut people[3..6] {
        one.says("你们太差劲了，气死我了，骗子！").await;
    }
    for one in &mut people[6..8] {
        *one = Visitor::new(&app).await;
    }
    // Each visit asks all campaigns, and everybody visits on three nodes at once: 1,020 decisions.
    let shoppers: Vec<ShopperId> = people.iter().map(|one| one.shopper).collect();
    let began = Instant::now();
    let visit = |place: usize| {
        let marketing = [&app.marketing, &nodes[0].marketing, &nodes[1].marketing][place % 3].clone();
        let shopper = shoppers[place % PEOPLE];
        tokio::spawn(async move { marketing.visited(shopper, "/sale").await.expect("decided") })
    };
    let outcomes = join_all((0..PEOPLE * 3).map(visit)).await;
    let outcomes: Vec<Outcome> = outcomes.into_iter().flat_map(|one| one.expect("no panic")).collect();
    println!("{} decisions in {:?}", outcomes.len(), began.elapsed());
    assert_eq!(outcomes.len(), PEOPLE * 3 * CAMPAIGNS);
    assert_eq!(outcomes.iter().filter(|one| **one == Outcome::Sent).count(), (PEOPLE - 8) * 3, "the cap, and no less");
    for (place, one) in people.iter_mut().enumerate() {
        let expected = if place < 8 { 0 } else { 3 };
        assert_eq!(one.got().await.len(), expected, "person {place}");
    }
    // At night nobody gets anything, however many ask.
    clock.advance(Duration::from_secs(8 * 86_400 + 13 * 3_600));
    let outcomes = join_all((0..PEOPLE).map(visit)).await;
    let sent = outcomes.into_iter().flat_map(|one| one.expect("no panic")).filter(|one| *one == Outcome::Sent);
    assert_eq!(sent.count(), 0);
}
