//! A case changes hands: claimed, given, transferred, taken over, returned, resolved.
//!
//! Who wins is decided by the journal's guarded update of the conversation: of two agents who read "waiting", one
//! commits, and the other is asked again on what is there then.

use super::notes::noted;
use super::{Desk, DeskRefused};
use crate::clock::Timestamp;
use crate::desk::priority::LONGEST;
use crate::live::desk_hub::DeskEvent;
use crate::live::desk_protocol::{CaseChange, DeskServerFrame};
use crate::live::parcel::Parcel;
use crate::live::protocol::ServerFrame;
use crate::model::chat::{Notice, Status};
use crate::model::customer::{Role, Staff};
use crate::model::desk::{CaseState, Named, NoteKind, Presence};
use crate::model::id::{CaseId, ConversationId, StaffId};
use crate::service::Failure;
use crate::service::chat::{Standing, Step, notice};
use crate::store::desk::case::CaseRow;
use crate::store::desk::{agent, case};
use crate::store::journal::CaseStep;
use uuid::Uuid;

/// Tags of a case, at most, and characters of one.
const TAGS: (usize, usize) = (10, 20);

/// To whom a case is handed on.
#[derive(Debug, Clone, Copy)]
pub enum To {
    /// An agent who is not offline.
    Agent(StaffId),
    /// A skill group's queue.
    Group(Uuid),
}

/// Why a case goes back into the queue.
#[derive(Debug, Clone, Copy)]
pub(super) enum Back<'a> {
    /// Somebody hands it on to a skill group.
    HandedOn(&'a Staff, Uuid),
    /// The agent who had it is gone.
    Gone(StaffId),
}

impl Back<'_> {
    /// The skill group that a case then waits for, if it may go back at all.
    fn group(self, case: &CaseRow) -> Result<Option<Uuid>, DeskRefused> {
        match self {
            Self::HandedOn(staff, group) => may_act(staff, case).map(|()| Some(group)),
            Self::Gone(agent) if has(agent, case) => Ok(case.group.as_ref().map(|group| group.id)),
            // Since it was read whose it is, somebody has taken it, or it waits already.
            Self::Gone(_) => Err(DeskRefused::Taken("这个会话已经不由这位客服接待".to_owned())),
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::HandedOn(..) => "正在为您转接其他客服，请稍候",
            Self::Gone(_) => "客服暂时离线，正在为您转接其他客服，请稍候",
        }
    }
}

/// The unfinished case of a standing, if it is this one.
fn this(standing: &Standing, id: CaseId) -> Result<&CaseRow, DeskRefused> {
    let case = standing.case.as_ref().filter(|case| case.id == id);
    case.ok_or_else(|| DeskRefused::Taken("这个会话已经结束".to_owned()))
}

fn joined(agent: &Named, step: CaseStep) -> Step {
    Step {
        status: Status::Agent,
        agent: Some(agent.name.clone()),
        messages: vec![notice(Notice::AgentJoined, format!("客服 {} 为您服务", agent.name))],
        case: Some(step),
        settled: false,
    }
}

impl Desk {
    /// Takes a waiting case.
    ///
    /// # Errors
    /// [`DeskRefused::Taken`] with the winner's name where somebody was faster.
    pub async fn claim(&self, staff: &Staff, id: CaseId) -> Result<CaseRow, DeskRefused> {
        let row = self.case(staff, id).await?;
        if !self.hub.connected().contains(&staff.id) {
            agent::seen(&self.db, &[staff.id], staff.role != Role::Agent, self.clock.now()).await?;
        }
        self.give(row.conversation, id, &self.named(staff.id).await?).await
    }

    /// Gives a waiting case to an agent.
    pub(super) async fn give(
        &self,
        conversation: ConversationId,
        id: CaseId,
        agent: &Named,
    ) -> Result<CaseRow, DeskRefused> {
        let to = StaffId(agent.id);
        let decide = |standing: &Standing| {
            let case = this(standing, id)?;
            if case.state != CaseState::Waiting {
                let winner = case.agent.as_ref().map_or("别的客服", |agent| agent.name.as_str());
                return Err(DeskRefused::Taken(format!("{winner} 已经接待了这个会话")));
            }
            Ok(joined(agent, CaseStep::Give { to, transfer: false }))
        };
        self.chat.step(conversation, decide).await?;
        self.changed_hands(conversation, id, Some(to), &[], CaseChange::Assigned).await
    }

    /// A supervisor takes a case from whoever has it, or from the queue.
    ///
    /// # Errors
    /// [`DeskRefused`].
    pub async fn take_over(&self, staff: &Staff, id: CaseId) -> Result<CaseRow, DeskRefused> {
        if staff.role == Role::Agent {
            return Err(DeskRefused::Forbidden("只有主管可以接管"));
        }
        self.hand_to(staff, id, staff.id).await
    }

    /// Hands a case on, to an agent or a group's queue. A note for the colleague is kept once the case has moved.
    ///
    /// # Errors
    /// [`DeskRefused`].
    pub async fn transfer(
        &self,
        staff: &Staff,
        id: CaseId,
        to: To,
        note: Option<&str>,
    ) -> Result<CaseRow, DeskRefused> {
        let row = self.case(staff, id).await?;
        let note = note.filter(|text| !text.trim().is_empty()).map(noted).transpose()?;
        let moved = match to {
            To::Agent(to) => {
                let agents = self.agents().await?;
                let there = agents.iter().any(|agent| agent.id == to.0 && agent.presence != Presence::Offline);
                if !there {
                    return Err(DeskRefused::Invalid("这位客服不在线".to_owned()));
                }
                self.hand_to(staff, id, to).await?
            }
            To::Group(group) => {
                if !agent::groups(&self.db).await?.iter().any(|known| known.id == group) {
                    return Err(DeskRefused::Invalid("没有这个技能组".to_owned()));
                }
                self.send_back(Back::HandedOn(staff, group), row.conversation, id).await?
            }
        };
        if let Some(text) = note {
            self.write_note(staff, row.conversation, text, &[], NoteKind::Note).await?;
        }
        Ok(moved)
    }

    async fn hand_to(&self, staff: &Staff, id: CaseId, to: StaffId) -> Result<CaseRow, DeskRefused> {
        let row = self.case(staff, id).await?;
        let agent = self.named(to).await?;
        let mut from = None;
        let decide = |standing: &Standing| {
            let case = this(standing, id)?;
            may_act(staff, case)?;
            from = case.agent.as_ref().map(|agent| StaffId(agent.id));
            if from == Some(to) && case.state == CaseState::Open {
                return Err(DeskRefused::Taken(format!("{} 已经在接待这个会话", agent.name)));
            }
            Ok(joined(&agent, CaseStep::Give { to, transfer: case.state == CaseState::Open }))
        };
        self.chat.step(row.conversation, decide).await?;
        self.changed_hands(row.conversation, id, Some(to), from.as_slice(), CaseChange::Assigned).await
    }

    /// Puts a case back into the queue, in front.
    pub(super) async fn send_back(
        &self,
        back: Back<'_>,
        conversation: ConversationId,
        id: CaseId,
    ) -> Result<CaseRow, DeskRefused> {
        let longest = i64::try_from(LONGEST.as_millis()).unwrap_or(i64::MAX);
        let rank_at = Timestamp(self.clock.now().0.saturating_sub(longest));
        let mut from = None;
        let decide = |standing: &Standing| {
            let case = this(standing, id)?;
            let group = back.group(case)?;
            from = case.agent.as_ref().map(|agent| StaffId(agent.id));
            let (rank_at, transfer) = (rank_at.min(case.rank_at), matches!(back, Back::HandedOn(..)));
            Ok::<Step, DeskRefused>(Step {
                status: Status::Waiting,
                agent: None,
                messages: vec![notice(Notice::AgentLeft, back.text())],
                // Whoever waited longest keeps the place.
                case: Some(CaseStep::Return { group, rank_at, transfer }),
                settled: false,
            })
        };
        self.chat.step(conversation, decide).await?;
        self.changed_hands(conversation, id, None, from.as_slice(), CaseChange::Returned).await
    }

    /// Ends a case.
    ///
    /// # Errors
    /// [`DeskRefused`].
    pub async fn resolve(&self, staff: &Staff, id: CaseId, reason: &str) -> Result<CaseRow, DeskRefused> {
        let row = self.case(staff, id).await?;
        if !self.plans.current().settings.resolutions.iter().any(|known| known == reason) {
            return Err(DeskRefused::Invalid(format!("没有“{reason}”这个办结原因")));
        }
        let decide = |standing: &Standing| {
            let case = this(standing, id)?;
            if case.state != CaseState::Open {
                return Err(DeskRefused::Taken("这个会话还没有人接待".to_owned()));
            }
            may_act(staff, case)?;
            Ok(Step {
                status: Status::Closed,
                agent: None,
                messages: vec![notice(Notice::Resolved, "本次人工服务已结束，感谢您的咨询。还有问题随时告诉我。")],
                case: Some(CaseStep::Resolve { resolution: reason.to_owned() }),
                settled: true,
            })
        };
        self.chat.step(row.conversation, decide).await?;
        let request = Parcel::of(&ServerFrame::RatingRequest { case_id: id.0 }).map_err(Failure::from)?;
        self.chat.hub.publish(row.conversation, &[request], None);
        let owner = row.agent.as_ref().map(|agent| StaffId(agent.id));
        self.changed_hands(row.conversation, id, None, owner.as_slice(), CaseChange::Resolved).await
    }

    /// Puts tags in the place of the former ones.
    ///
    /// # Errors
    /// [`DeskRefused`].
    pub async fn set_tags(&self, staff: &Staff, id: CaseId, tags: Vec<String>) -> Result<CaseRow, DeskRefused> {
        self.case(staff, id).await?;
        let mut tags: Vec<String> =
            tags.iter().map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect();
        tags.sort();
        tags.dedup();
        if tags.len() > TAGS.0 || tags.iter().any(|tag| tag.chars().count() > TAGS.1) {
            return Err(DeskRefused::Invalid(format!("最多 {} 个标签，每个最多 {} 个字", TAGS.0, TAGS.1)));
        }
        case::set_tags(&self.db, id, &tags).await?;
        self.chat.tell_case(id, CaseChange::Updated).await?;
        case::by_id(&self.db, id).await?.ok_or(DeskRefused::NotFound)
    }

    /// Notes who has a conversation now, and tells everybody concerned.
    async fn changed_hands(
        &self,
        conversation: ConversationId,
        id: CaseId,
        owner: Option<StaffId>,
        before: &[StaffId],
        change: CaseChange,
    ) -> Result<CaseRow, DeskRefused> {
        self.hub.set_owner(conversation, owner);
        self.look_at_views(conversation).await?;
        let row = case::by_id(&self.db, id).await?.ok_or(DeskRefused::NotFound)?;
        let frame = DeskServerFrame::Case { change, case: self.card(&row) };
        self.hub.to_case(conversation, before, &frame);
        self.hub.attend(DeskEvent::Queue(conversation));
        Ok(row)
    }

    /// Somebody by the name that shoppers see.
    pub(super) async fn named(&self, id: StaffId) -> Result<Named, DeskRefused> {
        let agents = agent::all(&self.db).await?;
        let found = agents.into_iter().find(|agent| agent.id == id).ok_or(DeskRefused::NotFound)?;
        Ok(Named { id: found.id.0, name: found.display_name })
    }
}

/// Whether an agent has a case.
fn has(agent: StaffId, case: &CaseRow) -> bool {
    case.state == CaseState::Open && case.agent.as_ref().is_some_and(|owner| owner.id == agent.0)
}

/// Whether somebody may act on a case: who has it, and supervisors.
fn may_act(staff: &Staff, case: &CaseRow) -> Result<(), DeskRefused> {
    let may = has(staff.id, case) || staff.role != Role::Agent;
    if may { Ok(()) } else { Err(DeskRefused::Forbidden("这不是您接待的会话")) }
}
