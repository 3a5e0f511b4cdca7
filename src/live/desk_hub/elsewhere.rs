//! Who is at the desk on other nodes and what they view there, as those nodes have said.

use super::DeskHub;
use crate::live::bus::{Hint, NodeId};
use crate::model::desk::Viewer;
use crate::model::id::{ConversationId, StaffId};
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use tokio::time::Instant;

/// How long a node is believed to be there after its last sign of life.
const BELIEVED_FOR: Duration = Duration::from_secs(15);

/// What this node has heard of others.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    /// Who is at the desk there.
    staff: HashMap<NodeId, Heard<HashSet<StaffId>>>,
    /// Who views what there; never nobody.
    views: HashMap<(ConversationId, NodeId), Heard<Vec<Viewer>>>,
}

/// What a node has said last.
#[derive(Debug)]
struct Heard<T> {
    at: Instant,
    said: T,
}

impl<T> Heard<T> {
    fn now(said: T) -> Self {
        Self { at: Instant::now(), said }
    }

    fn is_believed(&self) -> bool {
        self.at.elapsed() < BELIEVED_FOR
    }
}

impl Elsewhere {
    /// Who is at the desk there; nodes that have not been heard of lately are forgotten.
    pub(super) fn connected(&mut self) -> HashSet<StaffId> {
        self.staff.retain(|_, heard| heard.is_believed());
        self.staff.values().flat_map(|heard| &heard.said).copied().collect()
    }

    /// Who views a conversation there, once for every node.
    pub(super) fn viewers(&self, conversation: ConversationId) -> impl Iterator<Item = &Viewer> {
        let heard = self.views.iter().filter(move |((at, _), heard)| *at == conversation && heard.is_believed());
        heard.flat_map(|(_, heard)| &heard.said)
    }

    /// What somebody views there.
    pub(super) fn viewed_by(&self, staff: StaffId) -> impl Iterator<Item = ConversationId> {
        let is_there = move |viewers: &[Viewer]| viewers.iter().any(|viewer| viewer.agent.id == staff.0);
        let views = self.views.iter().filter(move |(_, heard)| is_there(&heard.said));
        views.map(|((conversation, _), _)| *conversation)
    }

    /// Forgets what is viewed on nodes, all that have not been heard of lately or one that stops. Returns what it was.
    fn forget_views(&mut self, stopped: Option<NodeId>) -> HashSet<ConversationId> {
        let gone = self.views.extract_if(|(_, node), heard| stopped == Some(*node) || !heard.is_believed());
        gone.map(|((conversation, _), _)| conversation).collect()
    }

    /// Notes who views a conversation on a node. Returns whether that is new.
    fn note_views(&mut self, node: NodeId, conversation: ConversationId, viewers: &[Viewer]) -> bool {
        let before = if viewers.is_empty() {
            self.views.remove(&(conversation, node))
        } else {
            self.views.insert((conversation, node), Heard::now(viewers.to_vec()))
        };
        before.filter(Heard::is_believed).map(|heard| heard.said).unwrap_or_default() != viewers
    }
}

impl DeskHub {
    /// Another node has said who is at the desk there.
    pub fn heard_of(&self, node: NodeId, staff: Vec<StaffId>) {
        self.registry().elsewhere.staff.insert(node, Heard::now(staff.into_iter().collect()));
    }

    /// Another node has said who views a conversation there.
    pub fn heard_views(&self, node: NodeId, conversation: ConversationId, viewers: &[Viewer]) {
        // A statement of its own: what is shown next takes the lock again.
        let is_new = self.registry().elsewhere.note_views(node, conversation, viewers);
        if is_new {
            self.show_viewers_here(conversation);
        }
    }

    /// Another node has stopped.
    pub fn forget(&self, node: NodeId) {
        self.registry().elsewhere.staff.remove(&node);
        self.show_without_nodes(Some(node));
    }

    /// Forgets what is viewed on nodes that are gone, and shows it.
    fn show_without_nodes(&self, stopped: Option<NodeId>) {
        let gone = self.registry().elsewhere.forget_views(stopped);
        for conversation in gone {
            self.show_viewers_here(conversation);
        }
    }

    /// Tells other nodes who is here and what they view, and lets go of those that tell nothing any more.
    pub fn give_sign_of_life(&self) {
        self.show_without_nodes(None);
        let staff = self.connected_here().into_iter().collect();
        self.bus.tell(|| Hint::Here { staff });
        for conversation in self.viewed_here() {
            self.tell_views(conversation);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::desk_hub::DeskMailbox;
    use crate::live::desk_hub::tests::{agent, conversation, heard};
    use uuid::Uuid;

    #[test]
    fn who_viewed_it_on_a_node_that_stops_or_falls_silent_is_gone_from_the_list() {
        let (hub, node) = (DeskHub::default(), NodeId(Uuid::from_u128(7)));
        let mut mailbox = hub.join(agent(1), false).unwrap();
        hub.view(mailbox.number(), conversation(1), true);
        let viewers = [Viewer { agent: agent(2), typing: false }];
        let come = |mailbox: &mut DeskMailbox| {
            hub.heard_views(node, conversation(1), &viewers);
            assert!(heard(mailbox).contains(&agent(2).id.to_string()));
        };
        come(&mut mailbox);
        hub.forget(node);
        assert!(heard(&mut mailbox).contains(r#""viewers":[]"#));
        come(&mut mailbox);
        hub.give_sign_of_life();
        assert!(mailbox.ready().is_none(), "it was heard of just now");
        hub.registry().elsewhere.views.values_mut().for_each(|heard| heard.at -= BELIEVED_FOR);
        hub.give_sign_of_life();
        assert!(heard(&mut mailbox).contains(r#""viewers":[]"#));
        // Whoever is heard of again, with the same words, is there again.
        come(&mut mailbox);
        hub.registry().elsewhere.views.values_mut().for_each(|heard| heard.at -= BELIEVED_FOR);
        come(&mut mailbox);
    }
}
