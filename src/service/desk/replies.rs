//! Quick replies: own ones, and shared ones that supervisors write.

use super::{Desk, DeskRefused};
use crate::live::protocol::MAX_TEXT_CHARS;
use crate::model::customer::{Role, Staff};
use crate::model::desk::QuickReply;
use crate::store::desk::quick_reply;
use crate::store::staff;
use uuid::Uuid;

/// Longest shortcut and title, in characters.
const SHORT: usize = 20;

impl Desk {
    /// Own and shared ones.
    ///
    /// # Errors
    /// [`DeskRefused`] where the database fails.
    pub async fn quick_replies(&self, staff: &Staff) -> Result<Vec<QuickReply>, DeskRefused> {
        Ok(quick_reply::of(&self.db, staff.id).await?)
    }

    /// Adds one, or with an id changes it.
    ///
    /// # Errors
    /// [`DeskRefused`].
    pub async fn put_quick_reply(
        &self,
        staff: &Staff,
        id: Option<Uuid>,
        reply: QuickReply,
    ) -> Result<QuickReply, DeskRefused> {
        let known = quick_reply::of(&self.db, staff.id).await?;
        let before = match id {
            Some(id) => Some(known.iter().find(|known| known.id == id).ok_or(DeskRefused::NotFound)?),
            None => None,
        };
        if let Some(before) = before {
            may_write(staff, before)?;
        }
        may_write(staff, &reply)?;
        let reply = QuickReply { id: id.unwrap_or_else(Uuid::now_v7), ..reply };
        let short = |text: &str| !text.trim().is_empty() && text.chars().count() <= SHORT;
        if !short(&reply.shortcut) || !short(&reply.title) || reply.shortcut.contains(char::is_whitespace) {
            return Err(DeskRefused::Invalid(format!("快捷键和标题要有 1 到 {SHORT} 个字，快捷键里不能有空格")));
        }
        if reply.text.trim().is_empty() || reply.text.chars().count() > MAX_TEXT_CHARS {
            return Err(DeskRefused::Invalid(format!("内容要有 1 到 {MAX_TEXT_CHARS} 个字")));
        }
        let same = |other: &&QuickReply| {
            other.id != reply.id && other.shared == reply.shared && other.shortcut == reply.shortcut
        };
        if known.iter().any(|other| same(&other)) {
            return Err(DeskRefused::Invalid(format!("快捷键 {} 已经用过了", reply.shortcut)));
        }
        quick_reply::put(&self.db, staff.id, &reply, self.clock.now()).await?;
        self.note_shared(staff, "quick_reply_put", before, Some(&reply)).await?;
        Ok(reply)
    }

    /// Removes one.
    ///
    /// # Errors
    /// [`DeskRefused`].
    pub async fn remove_quick_reply(&self, staff: &Staff, id: Uuid) -> Result<(), DeskRefused> {
        let known = quick_reply::of(&self.db, staff.id).await?;
        let before = known.iter().find(|known| known.id == id).ok_or(DeskRefused::NotFound)?;
        may_write(staff, before)?;
        quick_reply::remove(&self.db, id).await?;
        self.note_shared(staff, "quick_reply_removed", Some(before), None).await
    }

    /// Records what was done to a reply that all agents have; one's own is one's own.
    async fn note_shared(
        &self,
        by: &Staff,
        action: &str,
        before: Option<&QuickReply>,
        after: Option<&QuickReply>,
    ) -> Result<(), DeskRefused> {
        let shared = |reply: Option<&QuickReply>| reply.is_some_and(|reply| reply.shared);
        if !shared(before) && !shared(after) {
            return Ok(());
        }
        let subject = after.or(before).map(|reply| reply.shortcut.as_str()).unwrap_or_default();
        let detail = serde_json::json!({ "before": before, "after": after });
        Ok(staff::audit(&self.db, &by.name, action, subject, &detail, self.clock.now()).await?)
    }
}

fn may_write(staff: &Staff, reply: &QuickReply) -> Result<(), DeskRefused> {
    let may = !reply.shared || staff.role != Role::Agent;
    if may { Ok(()) } else { Err(DeskRefused::Forbidden("共享的快捷回复由主管维护")) }
}
