//! What colleagues write for each other: notes, mentions, whispers. Nothing of it goes through the shoppers' hub.

use super::{Desk, DeskRefused, reader};
use crate::live::desk_protocol::DeskServerFrame;
use crate::model::customer::{Role, Staff};
use crate::model::desk::{CaseState, Named, Note, NoteKind};
use crate::model::id::{ConversationId, StaffId};
use crate::store::conversation;
use crate::store::desk::{agent, case, note};
use uuid::Uuid;

/// Longest note, in characters.
const MAX_CHARS: usize = 1_000;

impl Desk {
    /// The notes of a conversation that somebody may read.
    ///
    /// # Errors
    /// [`DeskRefused`].
    pub async fn notes(&self, staff: &Staff, at: ConversationId) -> Result<Vec<Note>, DeskRefused> {
        self.may_see(staff, at).await?;
        Ok(note::of(&self.db, at, reader(staff), &self.people().await?).await?)
    }

    async fn people(&self) -> Result<Vec<Named>, DeskRefused> {
        let rows = agent::all(&self.db).await?;
        Ok(rows.into_iter().map(|row| Named { id: row.id.0, name: row.display_name }).collect())
    }

    /// Writes a note, or as a supervisor a whisper to the agent who has the case.
    ///
    /// # Errors
    /// [`DeskRefused`]; nothing was kept then.
    pub async fn write_note(
        &self,
        staff: &Staff,
        at: ConversationId,
        text: &str,
        mentions: &[Uuid],
        kind: NoteKind,
    ) -> Result<Note, DeskRefused> {
        self.may_see(staff, at).await?;
        let text = noted(text)?;
        let to = if kind == NoteKind::Whisper { Some(self.whisper_to(staff, at).await?) } else { None };
        let head = conversation::head(&self.db, at).await?.ok_or(DeskRefused::NotFound)?;
        let people = self.people().await?;
        let named = |id: Uuid| people.iter().find(|person| person.id == id).cloned();
        let mentions: Vec<Named> = mentions.iter().filter_map(|id| named(*id)).collect();
        let note = Note {
            id: Uuid::now_v7(),
            conversation_id: at.0,
            after_sequence: head.last_sequence,
            kind,
            author: named(staff.id.0).ok_or(DeskRefused::NotFound)?,
            text: text.to_owned(),
            mentions,
            at: self.clock.now(),
        };
        note::add(&self.db, &note, to).await?;
        if kind == NoteKind::Note && !note.mentions.is_empty() {
            let named: Vec<Uuid> = note.mentions.iter().map(|named| named.id).collect();
            case::bring_in(&self.db, at, &named, note.at).await?;
        }
        self.show_note(&note, to);
        Ok(note)
    }

    async fn whisper_to(&self, staff: &Staff, at: ConversationId) -> Result<StaffId, DeskRefused> {
        if staff.role == Role::Agent {
            return Err(DeskRefused::Forbidden("只有主管可以悄悄话"));
        }
        let case = case::unfinished(&self.db, at).await?.filter(|case| case.state == CaseState::Open);
        let agent = case.and_then(|case| case.agent).map(|agent| StaffId(agent.id));
        agent.ok_or_else(|| DeskRefused::Invalid("这个会话现在没有客服接待".to_owned()))
    }

    fn show_note(&self, note: &Note, to: Option<StaffId>) {
        let frame = |to_me| DeskServerFrame::Note { note: note.clone(), to_me };
        let at = ConversationId(note.conversation_id);
        match to {
            Some(to) => {
                self.hub.to_staff(&[to], &frame(true));
                self.hub.to_viewing_supervisors(at, to, &frame(false));
            }
            None => {
                let named: Vec<StaffId> = note.mentions.iter().map(|named| StaffId(named.id)).collect();
                self.hub.to_staff(&named, &frame(true));
                self.hub.to_conversation_except(at, &named, &frame(false));
            }
        }
    }
}

/// A note's text without the blanks around it, if it is one.
pub(super) fn noted(text: &str) -> Result<&str, DeskRefused> {
    let text = text.trim();
    if text.is_empty() {
        return Err(DeskRefused::Empty);
    }
    if text.chars().count() > MAX_CHARS {
        return Err(DeskRefused::TooLong);
    }
    Ok(text)
}
