//! Who the shopper is, from what the shop knows: events, value, earlier cases. And the variables of quick replies.

use super::{Desk, DeskRefused, name_of};
use crate::clock::Timestamp;
use crate::desk::customer::Value;
use crate::desk::variables;
use crate::model::customer::{Event, Staff};
use crate::model::desk::{CaseCard, QuickReply};
use crate::model::id::{ConversationId, ShopperId};
use crate::store::desk::{case, history};
use crate::store::event;

/// Events and cases that are shown.
const SHOWN: (usize, usize) = (50, 20);

/// A customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Customer {
    /// Who.
    pub shopper: ShopperId,
    /// What to call them.
    pub name: String,
    /// Since when they are known.
    pub first_seen: Timestamp,
    /// What they are worth to the shop.
    pub value: Value,
    /// What they did, the newest first.
    pub events: Vec<Event>,
    /// Their cases, the newest first.
    pub cases: Vec<CaseCard>,
}

impl Desk {
    /// The customer of a conversation.
    ///
    /// # Errors
    /// [`DeskRefused`].
    pub async fn customer(&self, staff: &Staff, at: ConversationId) -> Result<Customer, DeskRefused> {
        self.may_see(staff, at).await?;
        let (shopper, first_seen) = history::shopper_of(&self.db, at).await?.ok_or(DeskRefused::NotFound)?;
        let assistant = self.chat.published.assistant();
        let price = |sku: &str| assistant.knowledge.product(sku).map(|product| product.price);
        let value = super::plan::value(&self.db, shopper, price, self.clock.now()).await?;
        let cases = case::of_shopper(&self.db, shopper, SHOWN.1).await?;
        let events = event::of_shopper(&self.db, shopper, SHOWN.0).await?;
        let cases = cases.iter().map(|row| self.card(row)).collect();
        Ok(Customer { shopper, name: name_of(shopper), first_seen, value, events, cases })
    }

    /// Whose conversation it is.
    ///
    /// # Errors
    /// [`DeskRefused`].
    pub async fn shopper_of(&self, staff: &Staff, at: ConversationId) -> Result<ShopperId, DeskRefused> {
        self.may_see(staff, at).await?;
        Ok(history::shopper_of(&self.db, at).await?.ok_or(DeskRefused::NotFound)?.0)
    }

    /// A quick reply with its variables filled in for a conversation, and those that nothing is known for.
    ///
    /// # Errors
    /// [`DeskRefused`].
    pub async fn filled(
        &self,
        staff: &Staff,
        replies: &[QuickReply],
        at: Option<ConversationId>,
    ) -> Result<Vec<(String, Vec<String>)>, DeskRefused> {
        let Some(at) = at else {
            return Ok(replies.iter().map(|reply| (reply.text.clone(), Vec::new())).collect());
        };
        self.may_see(staff, at).await?;
        let row = case::newest(&self.db, at).await?.ok_or(DeskRefused::NotFound)?;
        let brief = self.brief(&row).await?;
        let order = brief.slots.iter().rfind(|(name, _)| *name == "订单号").map(|(_, order)| order.clone());
        let (agent, name) = (self.named(staff.id).await?.name, name_of(row.shopper));
        let assistant = self.chat.published.assistant();
        let values = [
            ("name", Some(name.as_str())),
            ("order", order.as_deref()),
            ("agent", Some(agent.as_str())),
            ("shop", Some(assistant.knowledge.content.shop.name.as_str())),
        ];
        Ok(replies.iter().map(|reply| variables::fill(&reply.text, &values)).collect())
    }
}
