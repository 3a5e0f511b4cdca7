//! What a shopper tells the desk: that they no longer wait, and what they thought of it.

use super::step::{Standing, Step};
use super::{Chat, Refused, Visitor};
use crate::live::desk_hub::{DeskEvent, DeskHub};
use crate::live::desk_protocol::{CaseChange, DeskServerFrame};
use crate::live::parcel::Parcel;
use crate::live::protocol::ServerFrame;
use crate::model::chat::{Author, Body, Notice, Status};
use crate::model::desk::{CaseState, ServiceRating};
use crate::model::id::{CaseId, MessageId};
use crate::service::Failure;
use crate::service::desk::card;
use crate::store::desk::case;
use crate::store::journal::{CaseStep, NewMessage};
use uuid::Uuid;

/// Longest comment on a rating, in characters.
const MAX_COMMENT: usize = 500;

/// A message of the system.
pub(crate) fn notice(notice: Notice, text: impl Into<String>) -> NewMessage {
    let body = Body { notice: Some(notice), ..Body::text(text) };
    NewMessage { id: MessageId(Uuid::now_v7()), client_id: None, author: Author::System, body }
}

impl Chat {
    /// Ends the wait for a person. Without effect where nobody waits.
    ///
    /// # Errors
    /// [`Refused`]; nothing was kept then.
    pub async fn cancel_wait(&self, visitor: Visitor) -> Result<(), Refused> {
        let decide = |standing: &Standing| {
            if standing.status != Status::Waiting {
                return Err(Refused::NotFound);
            }
            Ok(Step {
                status: Status::Bot,
                agent: None,
                messages: vec![notice(Notice::WaitCancelled, "已取消排队，我继续为您服务；需要人工时随时说“转人工”。")],
                case: Some(CaseStep::Cancel),
                settled: false,
            })
        };
        let waiting = case::unfinished(&self.db, visitor.conversation).await?;
        match self.step(visitor.conversation, decide).await {
            Ok(_) => {}
            Err(Refused::NotFound) => return Ok(()),
            Err(refused) => return Err(refused),
        }
        if let Some(id) = waiting.map(|case| case.id) {
            self.tell_case(id, CaseChange::Cancelled).await?;
        }
        self.desk.attend(DeskEvent::Queue(visitor.conversation));
        Ok(())
    }

    /// Keeps what the shopper thought of a case, once.
    ///
    /// # Errors
    /// [`Refused::NotFound`] where there is no such case to rate, or it is rated already.
    pub async fn rate_service(&self, visitor: Visitor, id: CaseId, rating: ServiceRating) -> Result<(), Refused> {
        if !(1..=5).contains(&rating.stars) {
            return Err(Refused::NotFound);
        }
        if rating.comment.chars().count() > MAX_COMMENT {
            return Err(Refused::TooLong);
        }
        if !case::rate(&self.db, visitor.conversation, id, &rating, self.clock.now()).await? {
            return Err(Refused::NotFound);
        }
        let rated = ServerFrame::Rated { case_id: id.0 };
        let parcel = Parcel::of(&rated).map_err(Failure::from)?;
        self.hub.publish(visitor.conversation, &[parcel], None);
        self.tell_case(id, CaseChange::Rated).await?;
        Ok(())
    }

    /// Shows a case to everybody at the desk whom it concerns.
    pub(crate) async fn tell_case(&self, id: CaseId, change: CaseChange) -> Result<(), Refused> {
        self.show_case(&self.desk, id, change).await
    }

    /// Shows a case to everybody whom it concerns on this node alone, where every node notices by itself.
    pub(crate) async fn tell_case_here(&self, id: CaseId, change: CaseChange) -> Result<(), Refused> {
        self.show_case(&self.desk.here(), id, change).await
    }

    async fn show_case(&self, desk: &DeskHub, id: CaseId, change: CaseChange) -> Result<(), Refused> {
        if let Some(row) = case::by_id(&self.db, id).await? {
            let (conversation, owner) = (row.conversation, row.agent.as_ref().map(|agent| agent.id));
            let owner = owner.filter(|_| row.state != CaseState::Waiting).map(crate::model::id::StaffId);
            let frame = DeskServerFrame::Case { change, case: card(&row, self.clock.now()) };
            desk.to_case(conversation, owner.as_slice(), &frame);
        }
        Ok(())
    }
}
