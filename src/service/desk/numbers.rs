//! A personal number in full, for whoever needs it for their work.

use super::{Desk, DeskRefused};
use crate::desk::masked::masked;
use crate::model::chat::Message;
use crate::model::customer::{Role, Staff};
use crate::model::id::ConversationId;
use crate::store::audit::{self, Deed};
use crate::store::conversation;
use serde_json::json;

impl Desk {
    /// One message with its personal numbers in full: for the agent who has the conversation, and for supervisors. The
    /// record says who read which message, before anybody reads it.
    ///
    /// # Errors
    /// [`DeskRefused::NotFound`] where there is no such message for them, [`DeskRefused::Forbidden`] for an agent whose
    /// conversation it is not.
    pub async fn reveal(&self, staff: &Staff, at: ConversationId, sequence: i64) -> Result<Message, DeskRefused> {
        self.may_see(staff, at).await?;
        if staff.role == Role::Agent && !self.owns(staff, at).await? {
            return Err(DeskRefused::Forbidden("完整号码只给正在接待的客服和主管看"));
        }
        let found = conversation::messages_after(&self.db, at, sequence.saturating_sub(1), 1).await?.pop();
        let message = found.filter(|message| message.sequence == sequence).ok_or(DeskRefused::NotFound)?;
        if masked(message.clone()).body.masked {
            let subject = at.to_string();
            let deed = Deed::new(&staff.name, "number_revealed", &subject, self.clock.now());
            audit::write(&self.db, &deed.from_to(None, Some(json!({ "sequence": sequence })))).await?;
        }
        Ok(message)
    }
}
