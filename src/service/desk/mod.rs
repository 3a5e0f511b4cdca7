//! The desk: people take over. Each file is one thing that they do; all of them go the way of a message: decide on what
//! is there, commit through the journal, and only then show.

mod board;
pub mod brief;
pub mod cases;
pub mod customers;
pub mod notes;
pub mod numbers;
pub mod people;
pub mod plan;
pub mod quality;
pub mod replies;
pub mod report;
pub mod round;
pub mod search;
pub mod suggest;
pub mod talk;
pub mod teach;
mod views;

use crate::clock::{Clock, Timestamp};
use crate::desk::risk::{Running, Signs, risk};
use crate::live::desk_hub::DeskHub;
use crate::live::desk_protocol::DeskServerFrame;
use crate::model::catalogue::Money;
use crate::model::customer::{Role, Staff};
use crate::model::desk::{AgentCard, CaseCard, CaseState, Presence, ServiceClock, ServiceRating};
use crate::model::id::{CaseId, ConversationId, ShopperId, StaffId};
use crate::service::Failure;
use crate::service::chat::{Chat, Refused};
use crate::service::learning::Learning;
use crate::store::desk::agent::{self, AgentRow};
use crate::store::desk::case::{self, CaseRow, Reader};
use crate::store::{Db, StoreError};
use crate::text::mask::mask;
use plan::Plans;
use std::sync::{Arc, Mutex};

/// The use case; clones share everything.
#[derive(Clone)]
pub struct Desk {
    /// The conversations.
    pub chat: Chat,
    /// Who looks on at the desk.
    pub hub: DeskHub,
    db: Db,
    clock: Clock,
    plans: Plans,
    learning: Learning,
    shown: Arc<Mutex<round::Shown>>,
    /// One dispatch at a time on this node: two side by side would both fill the same free slot.
    dispatching: Arc<tokio::sync::Mutex<()>>,
    indexing: Arc<search::Indexing>,
}

/// Why the desk did not do something; the texts are for the agent.
#[derive(Debug, thiserror::Error)]
pub enum DeskRefused {
    /// There is no such thing, or it is not for this agent to see.
    #[error("没有找到")]
    NotFound,
    /// Not in this role, or not this agent's case.
    #[error("{0}")]
    Forbidden(&'static str),
    /// Somebody was faster.
    #[error("{0}")]
    Taken(String),
    /// Something about the request makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// Nothing to say.
    #[error("消息不能为空")]
    Empty,
    /// Too many characters.
    #[error("消息太长了")]
    TooLong,
    /// Others are always faster.
    #[error("现在太忙了，请再试一次")]
    Busy,
    /// Something failed inside.
    #[error("系统出了点问题，请稍后再试")]
    Failed(#[from] Failure),
}

impl From<StoreError> for DeskRefused {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Refused> for DeskRefused {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Failed(failure) => Self::Failed(failure),
            Refused::NotFound => Self::NotFound,
            Refused::Conflict => Self::Taken("同一个消息编号已经用于另一条消息".to_owned()),
            Refused::Empty => Self::Empty,
            Refused::TooLong => Self::TooLong,
            Refused::BadClientId => Self::Invalid(Refused::BadClientId.to_string()),
            // The last two are told to shoppers alone; no agent can come upon them.
            Refused::TooFast(_)
            | Refused::TooManySockets
            | Refused::Busy(_)
            | Refused::BadIdentity(_)
            | Refused::AnotherCustomer => Self::Busy,
        }
    }
}

/// What a reader may see.
pub fn reader(staff: &Staff) -> Reader {
    Reader { staff: staff.id, all: staff.role != Role::Agent }
}

/// What to call a shopper of whom no name is known: the end of their id, which no two of a day share by chance often.
pub fn name_of(shopper: ShopperId) -> String {
    let id = shopper.0.simple().to_string();
    format!("访客 {}", id[id.len() - 4..].to_uppercase())
}

/// A case as lists show it.
pub fn card(row: &CaseRow, now: Timestamp) -> CaseCard {
    let ended = if row.state == CaseState::Cancelled { row.ended_at } else { None };
    let answer = Running { warns: row.first_answer.0, due: row.first_answer.1, stopped: row.answered_at.or(ended) };
    let resolve = Running { warns: row.resolve.0, due: row.resolve.1, stopped: row.ended_at };
    let clocks = [answer.pressing(now), resolve.pressing(now)];
    let clock = |one: Running| ServiceClock { due: one.due, state: one.state(now), running: one.stopped.is_none() };
    let signs = Signs { reason: row.reason, mood: row.mood, urgent: row.urgent, clocks, unread: row.unread };
    CaseCard {
        id: row.id.0,
        revision: row.revision,
        conversation_id: row.conversation.0,
        shopper_id: row.shopper.0,
        shopper: name_of(row.shopper),
        state: row.state,
        ticket: row.ticket,
        reason: row.reason,
        group: row.group.clone(),
        agent: row.agent.clone(),
        since: row.since,
        claimed_at: row.claimed_at,
        ended_at: row.ended_at,
        resolution: row.resolution.clone(),
        intent: row.intent.clone(),
        mood: row.mood,
        urgent: row.urgent,
        spent: Money(row.spent),
        risk: risk(&signs),
        last: row.last.clone(),
        last_sequence: row.last_sequence,
        unread: row.unread,
        tags: row.tags.clone(),
        first_answer: clock(answer),
        resolve: clock(resolve),
        rating: row
            .rating
            .clone()
            .map(|rating| ServiceRating { comment: mask(&rating.comment).into_owned(), ..rating }),
    }
}

impl Desk {
    /// Puts the use case together.
    pub fn new(chat: Chat, learning: Learning) -> Self {
        let (db, clock, plans, hub) = (chat.db.clone(), chat.clock.clone(), chat.plans.clone(), chat.desk.clone());
        let (shown, dispatching, indexing) = (Arc::default(), Arc::default(), Arc::default());
        Self { chat, hub, db, clock, plans, learning, shown, dispatching, indexing }
    }

    /// A case that somebody may see.
    ///
    /// # Errors
    /// [`DeskRefused::NotFound`] where there is none for them.
    pub async fn case(&self, staff: &Staff, id: CaseId) -> Result<CaseRow, DeskRefused> {
        let row = case::by_id(&self.db, id).await?.ok_or(DeskRefused::NotFound)?;
        self.may_see(staff, row.conversation).await?;
        Ok(row)
    }

    /// Checks that somebody may see a conversation.
    ///
    /// # Errors
    /// [`DeskRefused::NotFound`] where they may not.
    pub async fn may_see(&self, staff: &Staff, conversation: ConversationId) -> Result<(), DeskRefused> {
        let visible = case::visible(&self.db, conversation, reader(staff)).await?;
        if visible { Ok(()) } else { Err(DeskRefused::NotFound) }
    }

    /// A case as lists show it, at this moment.
    pub fn card(&self, row: &CaseRow) -> CaseCard {
        card(row, self.clock.now())
    }

    /// Everybody at the desk.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails.
    pub async fn agents(&self) -> Result<Vec<AgentCard>, StoreError> {
        let (rows, connected) = (agent::all(&self.db).await?, self.hub.connected());
        let capacity = self.plans.current().settings.capacity;
        Ok(rows.into_iter().map(|row| agent_card(row, capacity, |id| connected.contains(&id))).collect())
    }

    /// What a session of the desk begins with.
    ///
    /// # Errors
    /// [`DeskRefused`] where the database fails.
    pub async fn welcome(&self, staff: &Staff) -> Result<DeskServerFrame, DeskRefused> {
        let agents = self.agents().await?;
        let me = agents.iter().find(|agent| agent.id == staff.id.0).cloned().ok_or(DeskRefused::NotFound)?;
        let cases = case::open_of(&self.db, staff.id).await?;
        let share = self.board(&agents).await?.share(&me);
        let now = self.clock.now();
        Ok(DeskServerFrame::Welcome {
            me,
            cases: cases.iter().map(|row| card(row, now)).collect(),
            queue: self.queue_of(&share).await?,
            counters: share.counters,
            agents,
            groups: agent::groups(&self.db).await?,
            now,
        })
    }
}

/// An agent as lists show them. Whoever never said whether they take conversations does as an agent, and does not as
/// supervisor or admin.
pub fn agent_card(row: AgentRow, capacity: i64, connected: impl Fn(StaffId) -> bool) -> AgentCard {
    let away = row.away.unwrap_or(row.role != Role::Agent);
    let presence = match (connected(row.id), away) {
        (false, _) => Presence::Offline,
        (true, true) => Presence::Away,
        (true, false) => Presence::Online,
    };
    AgentCard {
        id: row.id.0,
        name: row.name,
        display_name: row.display_name,
        role: row.role.name().to_owned(),
        presence,
        open: row.open,
        capacity: row.capacity.unwrap_or(capacity),
        groups: row.groups,
    }
}
