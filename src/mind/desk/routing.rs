//! Who gets which conversation.
//!
//! Cases are taken in the order of the queue. Of the agents who may have a case and have room, the one with the fewest
//! open conversations gets it. A case is kept for the agent that the shopper knows as long as that agent is there and
//! the time for it lasts; a case of a skill group goes to its members, and to anybody once it has waited too long or no
//! member is there: a person is always reachable.

use crate::clock::Timestamp;
use crate::model::id::StaffId;
use std::collections::HashMap;
use std::time::Duration;
use uuid::Uuid;

/// A case of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Its skill group.
    pub group: Option<Uuid>,
    /// The agent that the shopper knows, and until when it is kept for them.
    pub known: Option<(StaffId, Timestamp)>,
    /// Since when it is in the queue.
    pub queued_at: Timestamp,
}

/// An agent who takes conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Who.
    pub id: StaffId,
    /// Open conversations.
    pub open: usize,
    /// Open conversations at a time.
    pub capacity: usize,
    /// Skill groups.
    pub groups: Vec<Uuid>,
}

/// Decides for a queue, next in turn first: places in the queue, and who gets them.
pub fn assign(queue: &[Waiting], agents: &[Agent], now: Timestamp, patience: Duration) -> Vec<(usize, StaffId)> {
    let mut open: HashMap<StaffId, usize> = agents.iter().map(|agent| (agent.id, agent.open)).collect();
    let mut free: usize = agents.iter().map(|agent| agent.capacity.saturating_sub(agent.open)).sum();
    let mut decided = Vec::new();
    for (place, case) in queue.iter().enumerate() {
        if free == 0 {
            break;
        }
        let has_room = |agent: &&Agent| open[&agent.id] < agent.capacity;
        let able = agents.iter().filter(|agent| may_have(case, agent, agents, now, patience)).filter(has_room);
        let Some(agent) = able.min_by_key(|agent| (open[&agent.id], agent.id)) else { continue };
        *open.entry(agent.id).or_default() += 1;
        free -= 1;
        decided.push((place, agent.id));
    }
    decided
}

/// Whether an agent may have a case, room aside.
pub fn may_have(case: &Waiting, agent: &Agent, agents: &[Agent], now: Timestamp, patience: Duration) -> bool {
    if let Some((known, until)) = case.known
        && now < until
        && agents.iter().any(|agent| agent.id == known)
    {
        return agent.id == known;
    }
    let Some(group) = case.group else { return true };
    let overdue = now.since(case.queued_at) >= patience;
    overdue || agent.groups.contains(&group) || !agents.iter().any(|agent| agent.groups.contains(&group))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PATIENCE: Duration = Duration::from_secs(100);

    fn staff(n: u128) -> StaffId {
        StaffId(Uuid::from_u128(n))
    }

    fn agent(n: u128, open: usize, capacity: usize) -> Agent {
        Agent { id: staff(n), open, capacity, groups: Vec::new() }
    }

    fn anybody() -> Waiting {
        Waiting { group: None, known: None, queued_at: Timestamp(0) }
    }

    #[test]
    fn the_least_busy_gets_the_next_and_nobody_more_than_they_can_hold() {
        let agents = [agent(1, 2, 3), agent(2, 0, 2)];
        let decided = assign(&[anybody(); 5], &agents, Timestamp(0), PATIENCE);
        assert_eq!(decided, [(0, staff(2)), (1, staff(2)), (2, staff(1))]);
    }

    #[test]
    fn a_returning_shopper_waits_for_the_agent_they_know_only_so_long_and_only_if_that_one_is_there() {
        let known = |n| Waiting { known: Some((staff(n), Timestamp(60_000))), ..anybody() };
        let agents = [agent(1, 1, 1), agent(2, 0, 1)];
        assert_eq!(assign(&[known(1)], &agents, Timestamp(0), PATIENCE), []);
        assert_eq!(assign(&[known(1)], &agents, Timestamp(60_000), PATIENCE), [(0, staff(2))]);
        assert_eq!(assign(&[known(9)], &agents, Timestamp(0), PATIENCE), [(0, staff(2))]);
        assert_eq!(assign(&[known(2)], &agents, Timestamp(0), PATIENCE), [(0, staff(2))]);
    }

    #[test]
    fn a_group_has_its_time_and_then_anybody_helps() {
        let group = Uuid::from_u128(7);
        let case = Waiting { group: Some(group), ..anybody() };
        let expert = |open| Agent { groups: vec![group], ..agent(1, open, 1) };
        let helper = agent(2, 0, 1);
        assert_eq!(assign(&[case], &[expert(0), helper.clone()], Timestamp(0), PATIENCE), [(0, staff(1))]);
        assert_eq!(assign(&[case], &[expert(1), helper.clone()], Timestamp(0), PATIENCE), []);
        assert_eq!(assign(&[case], &[expert(1), helper.clone()], Timestamp(100_000), PATIENCE), [(0, staff(2))]);
        assert_eq!(assign(&[case], &[helper], Timestamp(0), PATIENCE), [(0, staff(2))], "no expert is there");
    }

    fn any_case() -> impl Strategy<Value = Waiting> {
        let group = prop::option::of((0_u128..3).prop_map(Uuid::from_u128));
        let known = prop::option::of((0_u128..8, 0_i64..200_000).prop_map(|(n, until)| (staff(n), Timestamp(until))));
        (group, known, 0_i64..200_000).prop_map(|(group, known, at)| Waiting { group, known, queued_at: Timestamp(at) })
    }

    fn any_agents() -> impl Strategy<Value = Vec<Agent>> {
        let groups = prop::collection::vec((0_u128..3).prop_map(Uuid::from_u128), 0..3);
        prop::collection::vec((0_usize..6, 0_usize..5, groups), 0..8).prop_map(|agents| {
            let agents = agents.into_iter().enumerate();
            agents.map(|(n, (open, capacity, groups))| Agent { id: staff(n as u128), open, capacity, groups }).collect()
        })
    }

    proptest! {
        #[test]
        fn every_decision_is_allowed_and_nobody_waits_beside_a_free_agent(
            queue in prop::collection::vec(any_case(), 0..30),
            agents in any_agents(),
            now in 0_i64..400_000,
        ) {
            let now = Timestamp(now);
            let decided = assign(&queue, &agents, now, PATIENCE);
            prop_assert!(decided.windows(2).all(|pair| pair[0].0 < pair[1].0), "each case once, in order");
            let mut open: HashMap<StaffId, usize> = agents.iter().map(|agent| (agent.id, agent.open)).collect();
            for (place, id) in &decided {
                let agent = agents.iter().find(|agent| agent.id == *id).unwrap();
                prop_assert!(may_have(&queue[*place], agent, &agents, now, PATIENCE));
                *open.get_mut(id).unwrap() += 1;
                prop_assert!(open[id] <= agent.capacity);
            }
            for (place, case) in queue.iter().enumerate() {
                if decided.iter().all(|(given, _)| *given != place) {
                    let idle = agents.iter().find(|agent| open[&agent.id] < agent.capacity
                        && may_have(case, agent, &agents, now, PATIENCE));
                    prop_assert!(idle.is_none(), "{case:?} waits beside {idle:?}");
                }
            }
        }

        #[test]
        fn every_case_is_served_once_its_patience_is_over(case in any_case(), capacity in 1_usize..4) {
            let late = Timestamp(1_000_000);
            prop_assert_eq!(assign(&[case], &[agent(1, 0, capacity)], late, PATIENCE), [(0, staff(1))]);
        }
    }
}
