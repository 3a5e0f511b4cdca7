//! A step that somebody else than the shopper takes in a conversation: an agent who speaks, a case that changes hands.
//! It goes the way of a message: decide on what is there, commit, and only then show.

use super::contest::Contest;
use super::memory::Remembered;
use super::say::numbered;
use super::{Chat, Refused, load};
use crate::desk::masked::masked;
use crate::live::desk_protocol::DeskServerFrame;
use crate::live::parcel::Parcel;
use crate::live::protocol::ServerFrame;
use crate::model::chat::{Message, Status};
use crate::model::id::ConversationId;
use crate::service::Failure;
use crate::store::desk::case::{self, CaseRow};
use crate::store::journal::{Append, Appended, CaseStep, NewMessage};
use serde_json::value::to_raw_value;

/// Where a conversation stands when a step is decided.
pub(crate) struct Standing {
    /// Who answers.
    pub(crate) status: Status,
    /// Its newest message.
    pub(crate) last_sequence: i64,
    /// Its unfinished case.
    pub(crate) case: Option<CaseRow>,
}

/// A step to take.
pub(crate) struct Step {
    /// Who answers after it.
    pub(crate) status: Status,
    /// Name of the person who answers after it.
    pub(crate) agent: Option<String>,
    /// New messages.
    pub(crate) messages: Vec<NewMessage>,
    /// What happens to the case.
    pub(crate) case: Option<CaseStep>,
    /// Whether the matter is settled: complaints and failures are over.
    pub(crate) settled: bool,
}

impl Chat {
    /// Takes a step. `decide` may be asked more than once, each time on what is there then.
    ///
    /// # Errors
    /// Those of `decide`, [`Refused::Busy`] where others are always faster, [`Refused::Failed`] where the database fails;
    /// nothing was written then.
    pub(crate) async fn step<E: From<Refused>>(
        &self,
        conversation: ConversationId,
        mut decide: impl FnMut(&Standing) -> Result<Step, E>,
    ) -> Result<Vec<Message>, E> {
        let open = self.memory.open(conversation);
        let mut remembered = open.turn.lock().await;
        let mut contest = Contest::default();
        loop {
            let before = match remembered.take() {
                Some(before) => before,
                None => self.load_conversation(conversation).await?,
            };
            // Read after the conversation: a case that changed in between has moved the conversation on as well.
            let case = case::unfinished(&self.db, conversation).await.map_err(Refused::from)?;
            match decide(&Standing { status: before.status, last_sequence: before.last_sequence, case }) {
                Ok(step) => {
                    let status_told = (step.status != before.status).then_some((step.status, step.agent.clone()));
                    if let Some((after, messages)) = self.commit(conversation, before, step).await? {
                        self.show(conversation, &messages, status_told)?;
                        *remembered = Some(after);
                        return Ok(messages);
                    }
                }
                // What was remembered may be old; only what the database says is a reason to refuse.
                Err(error) => {
                    let fresh = self.load_conversation(conversation).await?;
                    let same = fresh.last_sequence == before.last_sequence && fresh.status == before.status;
                    *remembered = Some(fresh);
                    if same {
                        return Err(error);
                    }
                }
            }
            if !contest.again().await {
                return Err(load::busy(conversation.0).into());
            }
        }
    }

    async fn commit(
        &self,
        conversation: ConversationId,
        before: Remembered,
        step: Step,
    ) -> Result<Option<(Remembered, Vec<Message>)>, Refused> {
        let mut state = before.state;
        if step.settled {
            (state.open_complaint, state.failures, state.task) = (false, 0, None);
        }
        let append = Append {
            conversation,
            expected_sequence: before.last_sequence,
            expected_status: before.status,
            status: step.status,
            state: to_raw_value(&state).map_err(Failure::from)?,
            messages: step.messages,
            trace: None,
            unknown: None,
            case: step.case,
            suggestions: Vec::new(),
            wish: None,
            request: None,
            ends_request: None,
            at: self.clock.now(),
        };
        let (messages, last_sequence) = (numbered(&append), append.last_sequence());
        let committed = self.journal.append(append).await? == Appended::Committed;
        Ok(committed.then_some((Remembered { last_sequence, status: step.status, state }, messages)))
    }

    /// Shows what was committed to the shopper's sockets and to the desk.
    fn show(
        &self,
        conversation: ConversationId,
        messages: &[Message],
        status: Option<(Status, Option<String>)>,
    ) -> Result<(), Refused> {
        let mut frames: Vec<ServerFrame> =
            messages.iter().map(|message| ServerFrame::Message { message: message.clone() }).collect();
        frames.extend(status.map(|(status, agent)| ServerFrame::Status { status, agent }));
        let parcels: Vec<_> = frames.iter().map(Parcel::of).collect::<Result<_, _>>().map_err(Failure::from)?;
        self.hub.publish(conversation, &parcels, None);
        self.show_at_desk(conversation, messages);
        Ok(())
    }

    /// Shows new messages to whoever has or views the conversation at the desk of this node. Other nodes read them from
    /// the database once they are told how far it has come.
    pub(crate) fn show_at_desk(&self, conversation: ConversationId, messages: &[Message]) {
        let desk = self.desk.here();
        if desk.is_shown(conversation) {
            for message in messages {
                let frame =
                    DeskServerFrame::Message { conversation_id: conversation.0, message: masked(message.clone()) };
                desk.to_conversation(conversation, &frame);
            }
        }
    }
}
