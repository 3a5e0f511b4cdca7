//! An agent talks with a shopper.

use super::{Desk, DeskRefused};
use crate::dialogue::respond;
use crate::live::desk_hub::DeskEvent;
use crate::live::hub::Hub;
use crate::live::parcel::Parcel;
use crate::live::protocol::{MAX_TEXT_CHARS, ServerFrame};
use crate::model::catalogue::Sku;
use crate::model::chat::{Author, Body, Message, ProductCard, Status};
use crate::model::customer::Staff;
use crate::model::desk::{Adoption, CaseState};
use crate::model::id::{ConversationId, MessageId};
use crate::recommend::in_conversation::Suggestion;
use crate::service::chat::{Standing, Step};
use crate::store::conversation;
use crate::store::desk::{case, suggestion};
use crate::store::journal::{CaseStep, NewMessage, ReadMark};
use uuid::Uuid;

/// Products of a message, at most.
const PRODUCTS: usize = 5;

/// Longest id that a console may give a message, in bytes.
const MAX_CLIENT_ID: usize = 64;

/// What an agent says.
#[derive(Debug, Clone, Copy)]
pub struct Saying<'a> {
    /// Where.
    pub conversation: ConversationId,
    /// The console's own id of it.
    pub client_id: &'a str,
    /// The text.
    pub text: &'a str,
    /// Products to show.
    pub products: &'a [Sku],
    /// The proposal that it came from.
    pub suggestion: Option<Uuid>,
}

impl Desk {
    /// Says something to the shopper; returns the message once it is committed. The same client id twice is one message.
    ///
    /// # Errors
    /// [`DeskRefused`]; nothing was kept then.
    pub async fn say(&self, staff: &Staff, saying: &Saying<'_>) -> Result<Message, DeskRefused> {
        let products = self.check(saying)?;
        let known = conversation::message_of_client(&self.db, saying.conversation, saying.client_id).await?;
        if let Some(known) = known {
            let same = known.author == Author::Agent && known.body.text == saying.text;
            return if same { Ok(known) } else { Err(crate::service::chat::Refused::Conflict.into()) };
        }
        let mut id = None;
        let decide = |standing: &Standing| {
            let case = standing.case.as_ref().filter(|case| case.state == CaseState::Open);
            let agent = case.and_then(|case| case.agent.as_ref()).filter(|agent| agent.id == staff.id.0);
            let (Some(case), Some(agent)) = (case, agent) else {
                return Err(DeskRefused::Forbidden("这不是您接待的会话"));
            };
            id = Some(case.id);
            let body = Body {
                text: saying.text.to_owned(),
                products: products.clone(),
                agent: Some(agent.name.clone()),
                ..Body::default()
            };
            let client_id = Some(saying.client_id.to_owned());
            let message = NewMessage { id: MessageId(Uuid::now_v7()), client_id, author: Author::Agent, body };
            Ok(Step {
                status: Status::Agent,
                agent: Some(agent.name.clone()),
                messages: vec![message],
                case: Some(CaseStep::Answer),
                settled: false,
            })
        };
        let said = self.chat.step(saying.conversation, decide).await?.pop().ok_or(DeskRefused::NotFound)?;
        if let Some(id) = saying.suggestion {
            self.adopted(staff, saying.conversation, id, saying.text).await?;
        }
        self.read(staff, saying.conversation, said.sequence).await?;
        self.hub.attend(DeskEvent::Said(saying.conversation, said.sequence));
        Ok(said)
    }

    fn check(&self, saying: &Saying<'_>) -> Result<Vec<ProductCard>, DeskRefused> {
        if saying.client_id.is_empty() || saying.client_id.len() > MAX_CLIENT_ID {
            return Err(DeskRefused::Invalid("消息编号无效".to_owned()));
        }
        if saying.text.trim().is_empty() && saying.products.is_empty() {
            return Err(DeskRefused::Empty);
        }
        if saying.text.chars().count() > MAX_TEXT_CHARS {
            return Err(DeskRefused::TooLong);
        }
        if saying.products.len() > PRODUCTS {
            return Err(DeskRefused::Invalid(format!("一次最多发 {PRODUCTS} 件商品")));
        }
        let unknown = |sku: &Sku| DeskRefused::Invalid(format!("没有编号为 {sku} 的商品"));
        saying.products.iter().map(|sku| self.product(sku, "客服推荐").ok_or_else(|| unknown(sku))).collect()
    }

    /// A product as a card.
    pub(super) fn product(&self, sku: &str, reason: &str) -> Option<ProductCard> {
        let assistant = self.chat.published.assistant();
        let source = "agent".to_owned();
        let suggestion = Suggestion { sku: sku.to_owned(), reason: reason.to_owned(), source, score: 0.0 };
        Some(respond::card(assistant.knowledge.product(sku)?, &suggestion))
    }

    /// Records that a proposal was sent, as it was or changed.
    async fn adopted(&self, staff: &Staff, at: ConversationId, id: Uuid, text: &str) -> Result<(), DeskRefused> {
        let Some((conversation, entry)) = suggestion::entry(&self.db, id).await? else { return Ok(()) };
        if conversation == at {
            let assistant = self.chat.published.assistant();
            let as_it_was = assistant.knowledge.entry(&entry).is_some_and(|entry| entry.answer.trim() == text.trim());
            let adoption = if as_it_was { Adoption::Sent } else { Adoption::Edited };
            suggestion::adopt(&self.db, id, adoption, staff.id, self.clock.now()).await?;
        }
        Ok(())
    }

    /// Shows that the agent is typing: to the shopper, if it is their case, and to colleagues who look on.
    ///
    /// # Errors
    /// [`DeskRefused`] where the database fails.
    pub async fn typing(&self, staff: &Staff, socket: u64, at: ConversationId, on: bool) -> Result<(), DeskRefused> {
        if self.hub.typing(socket, at, on) {
            self.hub.show_viewers(at);
        }
        if self.owns(staff, at).await? {
            self.hint(at, &ServerFrame::Typing { author: Author::Agent, on });
        }
        Ok(())
    }

    /// Keeps how far the agent who has the case has read it.
    ///
    /// # Errors
    /// [`DeskRefused`] where the database fails.
    pub async fn read(&self, staff: &Staff, at: ConversationId, sequence: i64) -> Result<(), DeskRefused> {
        if self.owns(staff, at).await? {
            let mark = ReadMark { conversation: at, reader: Author::Agent, sequence, at: self.clock.now() };
            self.chat.journal.mark_read(mark);
            self.hint(at, &ServerFrame::Read { author: Author::Agent, sequence });
        }
        Ok(())
    }

    pub(super) async fn owns(&self, staff: &Staff, at: ConversationId) -> Result<bool, DeskRefused> {
        let case = case::unfinished(&self.db, at).await?;
        let agent = case.filter(|case| case.state == CaseState::Open).and_then(|case| case.agent);
        Ok(agent.is_some_and(|agent| agent.id == staff.id.0))
    }

    /// Sends a hint to the shopper's sockets.
    pub(super) fn hint(&self, to: ConversationId, frame: &ServerFrame) {
        show(&self.chat.hub, to, frame);
    }

    /// Sends a hint to the shopper's sockets on this node alone.
    pub(super) fn hint_here(&self, to: ConversationId, frame: &ServerFrame) {
        show(&self.chat.hub.here(), to, frame);
    }
}

fn show(hub: &Hub, to: ConversationId, frame: &ServerFrame) {
    if hub.is_watched(to, None)
        && let Ok(parcel) = Parcel::of(frame)
    {
        hub.publish(to, &[parcel], None);
    }
}
