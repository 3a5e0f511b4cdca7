//! Views of conversations: who may open one, and who has to leave it when it moves.
//!
//! A view shows messages without asking for each of them whether that is allowed. So whatever can take a right away (a case
//! that moves to another group, an agent who does) has the views looked at again, on each node those of its own sockets.

use super::{Desk, DeskRefused};
use crate::live::desk_protocol::DeskServerFrame;
use crate::live::protocol::ErrorCode;
use crate::model::customer::Staff;
use crate::model::id::ConversationId;
use crate::store::desk::case::{self, Reader};

impl Desk {
    /// Opens or leaves a view.
    ///
    /// # Errors
    /// [`DeskRefused::NotFound`] where they may not see it.
    pub async fn view(
        &self,
        staff: &Staff,
        socket: u64,
        conversation: ConversationId,
        on: bool,
    ) -> Result<(), DeskRefused> {
        if on {
            self.may_see(staff, conversation).await?;
        }
        if self.hub.view(socket, conversation, on) {
            self.hub.show_viewers(conversation);
            if on {
                // It may have moved after the right was asked for, when this view was not there to be ended.
                self.look_at_views(conversation).await?;
            }
        }
        Ok(())
    }

    /// Ends the views on this node of agents who may no longer see a conversation.
    pub(super) async fn look_at_views(&self, conversation: ConversationId) -> Result<(), DeskRefused> {
        for staff in self.hub.agents_viewing(conversation) {
            if !case::visible(&self.db, conversation, Reader { staff, all: false }).await? {
                let (code, message) = (ErrorCode::NotFound, "这个会话已转给其他技能组".to_owned());
                let conversation_id = Some(conversation.0);
                let last = DeskServerFrame::Error { code, message, client_id: None, conversation_id };
                self.hub.end_views(staff, conversation, &last);
            }
        }
        Ok(())
    }
}
