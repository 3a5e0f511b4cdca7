//! Views: which agents look at which conversation, and who of them types an answer.

use super::{DeskHub, MAILBOX, Registry, Socket};
use crate::live::bus::Hint;
use crate::live::desk_protocol::DeskServerFrame;
use crate::live::parcel::Parcel;
use crate::model::desk::Viewer;
use crate::model::id::{ConversationId, StaffId};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use uuid::Uuid;

/// Conversations that a socket may view at a time.
const VIEWS: usize = 50;

impl Registry {
    /// Who views a conversation on this node, each once.
    fn viewers_here(&self, conversation: ConversationId) -> BTreeMap<Uuid, Viewer> {
        let mut viewers: BTreeMap<Uuid, Viewer> = BTreeMap::new();
        for socket in self.sockets.values() {
            if let Some(typing) = socket.views.get(&conversation) {
                let viewer = Viewer { agent: socket.who.clone(), typing: false };
                viewers.entry(socket.who.id).or_insert(viewer).typing |= typing;
            }
        }
        viewers
    }
}

impl DeskHub {
    /// Opens or leaves a view. Returns whether anything changed.
    pub fn view(&self, socket: u64, conversation: ConversationId, on: bool) -> bool {
        let mut registry = self.registry();
        let Some(socket) = registry.sockets.get_mut(&socket) else { return false };
        if !on {
            return socket.views.remove(&conversation).is_some();
        }
        let room = socket.views.len() < VIEWS && !socket.views.contains_key(&conversation);
        room && socket.views.insert(conversation, false).is_none()
    }

    /// Agents who view a conversation on this node; supervisors may see everything and are left out.
    pub fn agents_viewing(&self, conversation: ConversationId) -> HashSet<StaffId> {
        let registry = self.registry();
        let viewing = registry.sockets.values().filter(|socket| socket.views.contains_key(&conversation));
        viewing.filter(|socket| !socket.supervises).map(Socket::staff).collect()
    }

    /// Ends the views that somebody has of a conversation on this node. The last that these sockets hear of it is why.
    pub fn end_views(&self, staff: StaffId, conversation: ConversationId, last: &DeskServerFrame) {
        let parcels: Vec<Arc<Parcel>> = Parcel::for_desk(last).into_iter().collect();
        let mut registry = self.registry();
        for socket in registry.sockets.values_mut().filter(|socket| socket.staff() == staff) {
            if socket.views.remove(&conversation).is_some() {
                socket.line.offer(&parcels, MAILBOX);
            }
        }
        drop(registry);
        self.show_viewers(conversation);
    }

    /// Notes whether an answer is being typed in a view. Returns whether that is new.
    pub fn typing(&self, socket: u64, conversation: ConversationId, on: bool) -> bool {
        let mut registry = self.registry();
        let view = registry.sockets.get_mut(&socket).and_then(|socket| socket.views.get_mut(&conversation));
        view.is_some_and(|typing| std::mem::replace(typing, on) != on)
    }

    /// Conversations that a socket views.
    pub fn views_of(&self, socket: u64) -> Vec<ConversationId> {
        let registry = self.registry();
        registry.sockets.get(&socket).map(|socket| socket.views.keys().copied().collect()).unwrap_or_default()
    }

    /// What somebody views, on any node that was heard of lately.
    pub fn viewed_by(&self, staff: StaffId) -> HashSet<ConversationId> {
        let registry = self.registry();
        let sockets = registry.sockets.values().filter(|socket| socket.staff() == staff);
        let here = sockets.flat_map(|socket| socket.views.keys()).copied();
        here.chain(registry.elsewhere.viewed_by(staff)).collect()
    }

    /// What anybody views on this node.
    pub(super) fn viewed_here(&self) -> HashSet<ConversationId> {
        self.registry().sockets.values().flat_map(|socket| socket.views.keys()).copied().collect()
    }

    /// Who views a conversation on any node, each once.
    pub fn viewers(&self, conversation: ConversationId) -> Vec<Viewer> {
        let registry = self.registry();
        let mut viewers = registry.viewers_here(conversation);
        for other in registry.elsewhere.viewers(conversation) {
            viewers.entry(other.agent.id).or_insert_with(|| other.clone()).typing |= other.typing;
        }
        viewers.into_values().collect()
    }

    /// Tells everybody who views a conversation who else does.
    pub fn show_viewers(&self, conversation: ConversationId) {
        self.tell_views(conversation);
        self.show_viewers_here(conversation);
    }

    /// Tells those on this node alone.
    pub(super) fn show_viewers_here(&self, conversation: ConversationId) {
        let (viewers, mut slow) = (self.viewers(conversation), Vec::new());
        for viewer in &viewers {
            let me = viewer.agent.id;
            let others = viewers.iter().filter(|other| other.agent.id != me).cloned().collect();
            let frame = DeskServerFrame::Viewers { conversation_id: conversation.0, viewers: others };
            let is_for =
                |_: &Registry, socket: &Socket| socket.who.id == me && socket.views.contains_key(&conversation);
            if let Ok(parcel) = Parcel::for_desk(&frame) {
                slow.extend(self.offer(&parcel, is_for));
            }
        }
        // After the last list in which they stand.
        self.show_without(slow);
    }

    /// Tells everybody who views what these sockets viewed that they are gone.
    pub(super) fn show_without(&self, gone: impl IntoIterator<Item = Socket>) {
        let viewed: HashSet<ConversationId> = gone.into_iter().flat_map(|socket| socket.views.into_keys()).collect();
        for conversation in viewed {
            self.show_viewers(conversation);
        }
    }

    /// Tells other nodes who views a conversation on this one.
    pub(super) fn tell_views(&self, conversation: ConversationId) {
        let viewers = || self.registry().viewers_here(conversation).into_values().collect();
        self.outside.tell(|| Hint::Views { conversation, viewers: viewers() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::desk_hub::tests::{agent, conversation, heard};

    #[test]
    fn a_view_that_is_ended_hears_why_and_nothing_more() {
        let hub = DeskHub::default();
        let (mut agent_socket, mut boss) = (hub.join(agent(1), false).unwrap(), hub.join(agent(2), true).unwrap());
        for mailbox in [&agent_socket, &boss] {
            hub.view(mailbox.number(), conversation(1), true);
        }
        let staff = StaffId(agent(1).id);
        assert_eq!(hub.agents_viewing(conversation(1)), HashSet::from([staff]));
        assert_eq!(hub.viewed_by(staff), HashSet::from([conversation(1)]));
        hub.end_views(staff, conversation(1), &DeskServerFrame::Pong {});
        hub.to_conversation(conversation(1), &DeskServerFrame::Ping {});
        assert!(heard(&mut agent_socket).contains("pong") && agent_socket.ready().is_none());
        assert!(heard(&mut boss).contains("viewers") && heard(&mut boss).contains("ping"));
        assert!(hub.viewed_by(staff).is_empty());
    }

    #[test]
    fn viewers_know_of_each_other_and_of_who_leaves() {
        let hub = DeskHub::default();
        let mut first = hub.join(agent(1), false).unwrap();
        let second = hub.join(agent(2), false).unwrap();
        for mailbox in [&first, &second] {
            hub.view(mailbox.number(), conversation(9), true);
        }
        assert!(
            hub.typing(second.number(), conversation(9), true) && !hub.typing(second.number(), conversation(9), true)
        );
        hub.show_viewers(conversation(9));
        let seen = heard(&mut first);
        assert!(seen.contains(r#""typing":true"#) && !seen.contains(&agent(1).id.to_string()), "{seen}");
        drop(second);
        assert!(heard(&mut first).contains(r#""viewers":[]"#));
        assert_eq!(hub.connected(), HashSet::from([StaffId(agent(1).id)]));
    }
}
