//! What a client is told of its conversation when it comes, and what is told again where it may have been lost.

use super::{Chat, Refused, Visitor};
use crate::live::parcel::Parcel;
use crate::live::protocol::{MAX_MESSAGES_PER_FRAME, ServerFrame, ShopCard};
use crate::model::chat::{Author, ConversationHead, Status};
use crate::model::desk::CaseState;
use crate::model::id::ConversationId;
use crate::service::Failure;
use crate::store::desk::case;
use crate::store::{StoreError, conversation};
use std::time::Duration;
use uuid::Uuid;

/// How long after its end a case may be rated.
const RATED_WITHIN: Duration = Duration::from_hours(24);

/// What the newest case of a conversation is to its shopper.
#[derive(Debug, Default)]
struct Served {
    /// Name of the person who answers, where one does.
    agent: Option<String>,
    /// The case, where it has ended and may still be rated.
    rate_case: Option<Uuid>,
}

impl Chat {
    /// The welcome of a session: what it missed, who answers, and how the shop presents itself.
    pub(super) async fn welcome(
        &self,
        visitor: Visitor,
        token: String,
        head: ConversationHead,
        last_seen: i64,
    ) -> Result<ServerFrame, Refused> {
        let missed = head.last_sequence.saturating_sub(last_seen);
        let reset = last_seen <= 0 || missed < 0 || missed > MAX_MESSAGES_PER_FRAME as i64;
        let messages = if head.last_sequence == 0 {
            Vec::new()
        } else if reset {
            conversation::messages_before(&self.db, head.id, i64::MAX, MAX_MESSAGES_PER_FRAME).await?
        } else {
            conversation::messages_after(&self.db, head.id, last_seen, MAX_MESSAGES_PER_FRAME).await?
        };
        let last_sequence = messages.last().map_or(head.last_sequence, |message| message.sequence);
        let (mut read_sequence, mut seen_sequence) = (0, 0);
        if last_sequence > 0 {
            for (reader, sequence) in conversation::read_positions(&self.db, head.id).await? {
                let position = if reader == Author::Shopper { &mut read_sequence } else { &mut seen_sequence };
                // A client may claim to have read what is not written yet.
                *position = sequence.min(last_sequence);
            }
        }
        let Served { agent, rate_case } =
            if last_sequence > 0 { self.served(head.id).await? } else { Served::default() };
        let identified_until = self.identities.customer(visitor.shopper).await?.map(|identity| identity.expires_at);
        let shop = &self.published.assistant().knowledge.content.shop;
        Ok(ServerFrame::Welcome {
            token,
            conversation_id: head.id.to_string(),
            status: head.status,
            last_sequence,
            reset,
            has_earlier: reset && messages.first().is_some_and(|message| message.sequence > 1),
            messages,
            read_sequence,
            seen_sequence,
            agent,
            rate_case,
            identified_until,
            shop: ShopCard {
                name: shop.name.clone(),
                greeting: self.greeting(),
                hot_questions: shop.hot_questions.clone(),
                human_hours: shop.human_hours.clone(),
            },
        })
    }

    /// The greeting with the notice about the shopper's data: nobody writes a word before they can have seen it.
    fn greeting(&self) -> String {
        let content = &self.published.assistant().knowledge.content;
        let notice = content.replies.get("privacy_greeting").and_then(|variants| variants.first());
        notice.map_or_else(|| content.shop.greeting.clone(), |notice| format!("{}\n\n{notice}", content.shop.greeting))
    }

    async fn served(&self, id: ConversationId) -> Result<Served, StoreError> {
        let Some(case) = case::newest(&self.db, id).await? else { return Ok(Served::default()) };
        let ended = case.ended_at.is_some_and(|at| self.clock.now().since(at) < RATED_WITHIN);
        let rate_case = (case.state == CaseState::Resolved && case.rating.is_none() && ended).then_some(case.id.0);
        let agent = case.agent.filter(|_| case.state == CaseState::Open).map(|agent| agent.name);
        Ok(Served { agent, rate_case })
    }

    /// Tells the sockets of this node who answers in a conversation, and asks for the rating that is open.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub(crate) async fn tell_status_here(&self, id: ConversationId, status: Status) -> Result<(), Failure> {
        let Served { agent, rate_case } = self.served(id).await?;
        let mut frames = vec![ServerFrame::Status { status, agent }];
        frames.extend(rate_case.map(|case_id| ServerFrame::RatingRequest { case_id }));
        let parcels = frames.iter().map(Parcel::of).collect::<Result<Vec<_>, _>>()?;
        self.hub.here().publish(id, &parcels, None);
        Ok(())
    }
}
