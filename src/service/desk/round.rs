//! The desk's attention: one task on each node that gives waiting cases to agents with room, tells shoppers where they
//! stand, proposes answers, watches the clocks, and takes cases back from agents who are gone.
//!
//! A round is begun by an event, or by the tick. Events are hints: whatever one of them missed, the tick finds in the
//! database. Several nodes run rounds side by side: each claim is decided by the journal, and what a round notices each
//! node shows to its own sockets alone.

use super::board::Share;
use super::cases::Back;
use super::{Desk, DeskRefused};
use crate::clock::Timestamp;
use crate::desk::priority;
use crate::desk::routing::{self, Agent, Waiting};
use crate::live::desk_hub::DeskEvent;
use crate::live::desk_protocol::{CaseChange, DeskServerFrame};
use crate::live::protocol::ServerFrame;
use crate::model::customer::Role;
use crate::model::desk::{AgentCard, CaseState, ClockState, Named, Presence, Target};
use crate::model::id::{CaseId, ConversationId, StaffId};
use crate::store::desk::queue::{Queued, queued};
use crate::store::desk::{agent, case, queue};
use futures_util::future::join_all;
use std::collections::HashMap;
use std::sync::PoisonError;
use std::time::Duration;

/// Time between two ticks.
const TICK: Duration = Duration::from_secs(1);

/// How long an agent without a sign of life keeps their cases.
pub const LEASE: Duration = Duration::from_secs(30);

/// How old a sign of life may be before it is written anew.
const SEEN_EVERY: Duration = Duration::from_secs(5);

/// Waiting cases that routing looks at in one go.
const LOOK_AT: usize = 512;

/// Waiting shoppers who are told their place.
const PLACES: usize = 10_000;

/// Newcomers whose places are counted one by one.
const FEW: usize = 16;

/// Cases whose times an estimate is made of, and how far back.
const HANDLING: (usize, Duration) = (50, Duration::from_hours(24));

/// What was shown last, so that only what has changed is shown again.
#[derive(Debug, Default)]
pub struct Shown {
    agents: HashMap<uuid::Uuid, AgentCard>,
    /// Of the queue, to everybody who is connected here.
    pub(super) shares: HashMap<StaffId, Share>,
    places: HashMap<ConversationId, (Option<u32>, Option<u64>)>,
    looked: Option<Timestamp>,
    /// Whether the queue may have changed since the places were told.
    stale: bool,
}

impl Desk {
    /// Runs until it is dropped. Rounds do not wait for the tick, which has more to look at, nor for what is indexed.
    pub async fn attend(self) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let report = |done: Result<(), DeskRefused>| {
            if let Err(error) = done {
                tracing::error!(error = &error as &dyn std::error::Error, "a round of the desk failed");
            }
        };
        let rounds = async {
            loop {
                self.hub.rung().await;
                report(self.round().await);
            }
        };
        let looks = async {
            loop {
                ticks.tick().await;
                report(self.tick().await);
            }
        };
        tokio::join!(rounds, looks, self.go_on_indexing());
    }

    /// Looks at what attention was asked for, all of it: what fails for one conversation is left to the tick.
    ///
    /// # Errors
    /// [`DeskRefused`] where the database fails; the next round tries again.
    pub async fn round(&self) -> Result<(), DeskRefused> {
        let events = self.hub.events();
        let mut dispatched = Ok(());
        if events.iter().any(|event| matches!(event, DeskEvent::Queue(_))) {
            dispatched = self.dispatch().await;
            self.shown().stale = true;
        }
        let mut said: HashMap<ConversationId, i64> = HashMap::new();
        let mut queued = Vec::new();
        for event in events {
            match event {
                DeskEvent::Said(conversation, sequence) => drop(said.insert(conversation, sequence)),
                DeskEvent::Queue(conversation) => queued.push(conversation),
            }
        }
        for conversation in &queued {
            pass_over(*conversation, self.look_at_views(*conversation).await);
        }
        let told = self.tell_new(&queued).await;
        for (conversation, sequence) in said {
            if self.hub.here().is_shown(conversation) {
                pass_over(conversation, self.tell_said(conversation, sequence).await);
            }
        }
        dispatched.and(told)
    }

    /// Shows the desk what a shopper's words have made of a case, and what to answer.
    async fn tell_said(&self, conversation: ConversationId, sequence: i64) -> Result<(), DeskRefused> {
        if let Some(case) = case::unfinished(&self.db, conversation).await? {
            self.chat.tell_case_here(case.id, CaseChange::Updated).await?;
        }
        self.propose(conversation, sequence).await
    }

    /// Everything that time brings.
    ///
    /// # Errors
    /// [`DeskRefused`] where the database fails; the next tick tries again.
    pub async fn tick(&self) -> Result<(), DeskRefused> {
        self.plans.follow(&self.db).await?;
        let changes = self.hub.owner_changes();
        let owners = queue::owners(&self.db).await?;
        self.hub.set_owners(owners.iter().copied().collect(), changes);
        self.keep_leases(&owners).await?;
        self.dispatch().await?;
        self.round().await?;
        self.tell_moved().await?;
        self.watch_clocks().await?;
        self.show_numbers().await
    }

    /// Gives waiting cases to agents with room, until nobody who waits could be given to anybody.
    async fn dispatch(&self) -> Result<(), DeskRefused> {
        if !self.plans.current().settings.assign {
            return Ok(());
        }
        let _one_at_a_time = self.dispatching.lock().await;
        loop {
            // Before the agents. Where another node gives a case away in between, this one loses the contest for it;
            // with the agents first, the next case would fall to an agent who only seems to have room.
            let queue = queued(&self.db, LOOK_AT).await?;
            if queue.is_empty() {
                return Ok(());
            }
            let cards = self.agents().await?;
            let agents: Vec<Agent> = cards.iter().filter_map(routed).collect();
            let patience = Duration::from_secs(u64::from(self.plans.current().settings.group_s));
            let waiting: Vec<Waiting> = queue.iter().map(waiting).collect();
            let decided = routing::assign(&waiting, &agents, self.clock.now(), patience);
            if decided.is_empty() {
                return Ok(());
            }
            let gifts = decided.iter().filter_map(|(place, to)| {
                let (case, to) = (&queue[*place], cards.iter().find(|card| card.id == to.0)?);
                let to = Named { id: to.id, name: to.display_name.clone() };
                Some(async move { self.give(ConversationId(case.conversation_id), CaseId(case.id), &to).await })
            });
            let given = join_all(gifts).await;
            for outcome in &given {
                if let Err(DeskRefused::Failed(failure)) = outcome {
                    tracing::error!(error = failure as &dyn std::error::Error, "a case could not be given");
                }
            }
            if given.iter().all(Result::is_err) {
                return Ok(());
            }
        }
    }

    /// Renews the leases of agents who are here, and takes the cases of those who are gone.
    async fn keep_leases(&self, owners: &[(ConversationId, StaffId)]) -> Result<(), DeskRefused> {
        let (connected, here, now) = (self.hub.connected(), self.hub.connected_here(), self.clock.now());
        let rows = agent::all(&self.db).await?;
        for away in [false, true] {
            let due = rows.iter().filter(|row| here.contains(&row.id) && now.since(row.seen_at) >= SEEN_EVERY);
            let due: Vec<StaffId> = due.filter(|row| (row.role != Role::Agent) == away).map(|row| row.id).collect();
            if !due.is_empty() {
                agent::seen(&self.db, &due, away, now).await?;
            }
        }
        for (conversation, owner) in owners {
            let row = rows.iter().find(|row| row.id == *owner);
            let gone = row.is_none_or(|row| !connected.contains(owner) && now.since(row.seen_at) >= LEASE);
            if gone {
                pass_over(*conversation, self.take_back(*conversation, *owner).await);
            }
        }
        Ok(())
    }

    /// Takes a conversation back from an agent who is gone, if they still have it.
    async fn take_back(&self, conversation: ConversationId, owner: StaffId) -> Result<(), DeskRefused> {
        let Some(case) = case::unfinished(&self.db, conversation).await? else { return Ok(()) };
        match self.send_back(Back::Gone(owner), conversation, case.id).await {
            Ok(_) | Err(DeskRefused::Taken(_)) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// Tells the desk of cases that have begun to wait.
    async fn tell_new(&self, conversations: &[ConversationId]) -> Result<(), DeskRefused> {
        if conversations.is_empty() {
            return Ok(());
        }
        for conversation in conversations {
            pass_over(*conversation, self.tell_waiting(*conversation).await);
        }
        self.tell_places(Some(conversations)).await
    }

    async fn tell_waiting(&self, conversation: ConversationId) -> Result<(), DeskRefused> {
        let case = case::unfinished(&self.db, conversation).await?;
        if let Some(case) = case.filter(|case| case.state == CaseState::Waiting) {
            self.chat.tell_case_here(case.id, CaseChange::Waiting).await?;
        }
        Ok(())
    }

    /// Tells shoppers whose place has changed where they stand, if the queue may have.
    async fn tell_moved(&self) -> Result<(), DeskRefused> {
        if !std::mem::take(&mut self.shown().stale) {
            return Ok(());
        }
        let told = self.tell_places(None).await;
        if told.is_err() {
            self.shown().stale = true;
        }
        told
    }

    /// Tells shoppers who wait where they stand: these ones, whatever they know, or all whose place has changed.
    async fn tell_places(&self, only: Option<&[ConversationId]>) -> Result<(), DeskRefused> {
        let standing = self.standing(only).await?;
        let plan = self.plans.current();
        let slots: i64 = self
            .agents()
            .await?
            .iter()
            .filter(|agent| agent.presence == Presence::Online)
            .map(|agent| agent.capacity)
            .sum();
        let since = Timestamp(self.clock.now().0 - i64::try_from(HANDLING.1.as_millis()).unwrap_or_default());
        let typical = priority::typical(queue::handling_times(&self.db, since, HANDLING.0).await?);
        let (opens, open) = (plan.hours.next_open(self.clock.now()), plan.hours.is_open(self.clock.now()));
        let mut places = HashMap::with_capacity(standing.len());
        for (conversation, ahead, ticket) in standing {
            let ticket = ticket && !open;
            let place = u32::try_from(ahead + 1).ok().filter(|_| !ticket);
            let slots = usize::try_from(slots).unwrap_or_default();
            let estimate =
                priority::estimate(ahead, slots, typical).filter(|_| !ticket).map(|wait| wait.as_secs().max(1));
            places.insert(conversation, (place, estimate));
            let known = self.shown().places.get(&conversation) == Some(&(place, estimate));
            if only.map_or(!known, |only| only.contains(&conversation)) {
                let opens_at = opens.filter(|_| ticket);
                let bot = plan.settings.bot_while_waiting;
                self.hint_here(conversation, &ServerFrame::Queue { place, estimate_s: estimate, opens_at, bot });
            }
        }
        match only {
            None => self.shown().places = places,
            Some(only) => {
                let told = only.iter().filter_map(|one| Some((*one, places.get(one).copied()?)));
                self.shown().places.extend(told);
            }
        }
        Ok(())
    }

    /// Who waits, with how many before them and whether it is a ticket: everybody, or at least these ones. The whole
    /// queue is read only where many of it are asked for, or each newcomer would cost as much as all who wait.
    async fn standing(
        &self,
        only: Option<&[ConversationId]>,
    ) -> Result<Vec<(ConversationId, usize, bool)>, DeskRefused> {
        let Some(few) = only.filter(|only| only.len() <= FEW) else {
            let queue = queued(&self.db, PLACES).await?.into_iter().enumerate();
            return Ok(queue.map(|(ahead, one)| (ConversationId(one.conversation_id), ahead, one.ticket)).collect());
        };
        let mut standing = Vec::with_capacity(few.len());
        for conversation in few {
            let place = queue::standing(&self.db, *conversation).await?;
            standing.extend(place.map(|(ahead, ticket)| (*conversation, ahead, ticket)));
        }
        Ok(standing)
    }

    /// Warns of clocks that have come to their warning or their target since the last look.
    async fn watch_clocks(&self) -> Result<(), DeskRefused> {
        let now = self.clock.now();
        let Some(before) = self.shown().looked.replace(now) else { return Ok(()) };
        let watched = self.warn_of(before, now).await;
        if watched.is_err() {
            self.shown().looked = Some(before);
        }
        watched
    }

    /// Warns of clocks that come to their warning or their target after one moment and by another.
    async fn warn_of(&self, before: Timestamp, now: Timestamp) -> Result<(), DeskRefused> {
        let here = self.hub.here();
        for row in case::clocks_between(&self.db, before, now).await? {
            let card = self.card(&row);
            let passed = |at: Timestamp| at > before && at <= now;
            let clocks = [
                (Target::FirstAnswer, row.first_answer, row.answered_at.is_none()),
                (Target::Resolution, row.resolve, true),
            ];
            for (target, (warns, due), runs) in clocks {
                let state = if passed(due) { ClockState::Breached } else { ClockState::Warning };
                if runs && (passed(warns) || passed(due)) {
                    let (case_id, conversation_id) = (card.id, card.conversation_id);
                    let frame = DeskServerFrame::Clock { case_id, conversation_id, target, state, due };
                    here.to_supervisors_and(card.agent.as_ref().map(|agent| StaffId(agent.id)), &frame);
                }
            }
            let told = self.chat.tell_case_here(row.id, CaseChange::Updated).await;
            pass_over(row.conversation, told.map_err(DeskRefused::from));
        }
        Ok(())
    }

    /// Shows agents, and everybody their numbers and the head of their queue, where they have changed.
    async fn show_numbers(&self) -> Result<(), DeskRefused> {
        let agents = self.agents().await?;
        if self.hub.connected_here().is_empty() {
            return Ok(());
        }
        let here = self.hub.here();
        let known = std::mem::take(&mut self.shown().agents);
        let changed: Vec<&AgentCard> = agents.iter().filter(|agent| known.get(&agent.id) != Some(agent)).collect();
        for agent in &changed {
            here.to_all(&DeskServerFrame::Agent { agent: (*agent).clone() });
        }
        self.show_shares(&agents).await?;
        self.shown().agents = agents.into_iter().map(|agent| (agent.id, agent)).collect();
        Ok(())
    }

    /// Tells everybody what has become of an agent.
    pub(super) async fn show_agent(&self, id: StaffId) -> Result<(), DeskRefused> {
        if let Some(agent) = self.agents().await?.into_iter().find(|agent| agent.id == id.0) {
            self.shown().agents.insert(agent.id, agent.clone());
            self.hub.to_all(&DeskServerFrame::Agent { agent });
        }
        Ok(())
    }

    pub(super) fn shown(&self) -> std::sync::MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Passes over a conversation for which something failed, and says so: the others do not wait for it.
fn pass_over(conversation: ConversationId, done: Result<(), DeskRefused>) {
    if let Err(error) = done {
        tracing::error!(%conversation, error = &error as &dyn std::error::Error, "the desk passes over a conversation");
    }
}

/// An agent who takes conversations, as routing sees them.
fn routed(card: &AgentCard) -> Option<Agent> {
    let count = |number: i64| usize::try_from(number).unwrap_or_default();
    (card.presence == Presence::Online).then(|| Agent {
        id: StaffId(card.id),
        open: count(card.open),
        capacity: count(card.capacity),
        groups: card.groups.iter().map(|group| group.id).collect(),
    })
}

fn waiting(queued: &Queued) -> Waiting {
    Waiting {
        group: queued.group_id,
        known: queued.known_agent_id.map(|agent| (StaffId(agent), Timestamp(queued.known_until))),
        queued_at: Timestamp(queued.queued_at),
    }
}
