//! Who has which open conversation: a copy of the database, set after the commit.

use super::DeskHub;
use crate::live::bus::Hint;
use crate::model::id::{ConversationId, StaffId};
use std::collections::HashMap;

/// The owners of all open conversations, as far as this node knows.
#[derive(Debug, Default)]
pub(super) struct Owners {
    by_conversation: HashMap<ConversationId, StaffId>,
    /// Grows with every change of an owner.
    changes: u64,
}

impl Owners {
    /// Who has a conversation.
    pub(super) fn of(&self, conversation: ConversationId) -> Option<StaffId> {
        self.by_conversation.get(&conversation).copied()
    }

    /// Every conversation that somebody has, and who.
    pub(super) fn all(&self) -> impl Iterator<Item = (ConversationId, StaffId)> {
        self.by_conversation.iter().map(|(conversation, owner)| (*conversation, *owner))
    }

    fn set(&mut self, conversation: ConversationId, owner: Option<StaffId>) {
        self.changes += 1;
        match owner {
            Some(owner) => self.by_conversation.insert(conversation, owner),
            None => self.by_conversation.remove(&conversation),
        };
    }
}

impl DeskHub {
    /// Notes who has a conversation; nobody for none.
    pub fn set_owner(&self, conversation: ConversationId, owner: Option<StaffId>) {
        self.bus.tell(|| Hint::Owner { conversation, owner });
        self.registry().owners.set(conversation, owner);
    }

    /// How often an owner has changed on this node.
    pub fn owner_changes(&self) -> u64 {
        self.registry().owners.changes
    }

    /// Puts these owners in the place of all known ones, unless one has changed since `changes` was read: what was read
    /// from the database before may be older than what is known here.
    pub fn set_owners(&self, owners: HashMap<ConversationId, StaffId>, changes: u64) {
        let mut registry = self.registry();
        if registry.owners.changes == changes {
            registry.owners.by_conversation = owners;
        }
    }
}
