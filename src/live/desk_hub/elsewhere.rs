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

    /// Notes who views a conversation on a node. Returns whether that is new.
    fn note_views(&mut self, node: NodeId, conversation: ConversationId, viewers: &[Viewer]) -> bool {
        self.views.retain(|_, heard| heard.is_believed());
        let before = if viewers.is_empty() {
            self.views.remove(&(conversation, node))
        } else {
            self.views.insert((conversation, node), Heard::now(viewers.to_vec()))
        };
        before.map(|heard| heard.said).unwrap_or_default() != viewers
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
        let mut registry = self.registry();
        registry.elsewhere.staff.remove(&node);
        registry.elsewhere.views.retain(|(_, of), _| *of != node);
    }

    /// Tells other nodes who is here and what they view.
    pub fn give_sign_of_life(&self) {
        let staff = self.connected_here().into_iter().collect();
        self.bus.tell(|| Hint::Here { staff });
        for conversation in self.viewed_here() {
            self.tell_views(conversation);
        }
    }
}
