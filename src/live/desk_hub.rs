//! The desk's side of the hub: which agent sockets there are, who has and who views which conversation.
//!
//! # Invariants
//! - Nothing here is ever sent to a shopper: the hub of shoppers takes other frames, of another type.
//! - Publishing never waits. A socket whose mailbox is full is closed with "resume".
//! - Presence is whether there is a socket. Who has a conversation is a copy of the database, set after the commit.

use crate::live::desk_protocol::DeskServerFrame;
use crate::live::hub::Parcel;
use crate::live::line::Line;
use crate::live::protocol::close;
use crate::model::desk::{Named, Viewer};
use crate::model::id::{ConversationId, StaffId};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Frames that an agent's socket may be behind.
const MAILBOX: usize = 1_024;

/// Conversations that a socket may view at a time.
const VIEWS: usize = 50;

/// Events that may wait for the desk's attention. What does not fit is made up for by the next look at the database.
const EVENTS: usize = 4_096;

/// Something that the desk has to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeskEvent {
    /// Somebody began or ceased to wait, or an agent has room.
    Queue(ConversationId),
    /// A shopper who waits for a person, or talks with one, has said something.
    Said(ConversationId, i64),
}

/// All sockets of the desk on this node. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct DeskHub {
    inner: Arc<Mutex<Registry>>,
    events: Arc<Mutex<VecDeque<DeskEvent>>>,
    bell: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Registry {
    next_socket: u64,
    sockets: BTreeMap<u64, Socket>,
    /// Who has which open conversation.
    owners: HashMap<ConversationId, StaffId>,
    /// Grows with every change of an owner.
    changes: u64,
    draining: bool,
}

#[derive(Debug)]
struct Socket {
    who: Named,
    supervises: bool,
    /// Whether cases of all agents are shown.
    all: bool,
    /// Conversations in view, and whether an answer is being typed there.
    views: HashMap<ConversationId, bool>,
    line: Arc<Line>,
}

impl Socket {
    fn shows(&self, conversation: ConversationId, owner: Option<StaffId>) -> bool {
        owner == Some(StaffId(self.who.id)) || self.views.contains_key(&conversation)
    }
}

/// The receiving end of one socket. Dropping it gives the place back.
#[derive(Debug)]
pub struct DeskMailbox {
    hub: DeskHub,
    number: u64,
    line: Arc<Line>,
}

impl DeskHub {
    /// A place for one socket; none while the program stops.
    pub fn join(&self, who: Named, supervises: bool) -> Option<DeskMailbox> {
        let line = Arc::new(Line::default());
        let mut registry = self.registry();
        if registry.draining {
            return None;
        }
        registry.next_socket += 1;
        let number = registry.next_socket;
        let socket = Socket { who, supervises, all: false, views: HashMap::new(), line: Arc::clone(&line) };
        registry.sockets.insert(number, socket);
        Some(DeskMailbox { hub: self.clone(), number, line })
    }

    /// Who has a socket.
    pub fn connected(&self) -> HashSet<StaffId> {
        self.registry().sockets.values().map(|socket| StaffId(socket.who.id)).collect()
    }

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

    /// Notes whether an answer is being typed in a view. Returns whether that is new.
    pub fn typing(&self, socket: u64, conversation: ConversationId, on: bool) -> bool {
        let mut registry = self.registry();
        let view = registry.sockets.get_mut(&socket).and_then(|socket| socket.views.get_mut(&conversation));
        view.is_some_and(|typing| std::mem::replace(typing, on) != on)
    }

    /// Whether cases of all agents are shown to a supervisor's socket.
    pub fn watch_all(&self, socket: u64, on: bool) {
        if let Some(socket) = self.registry().sockets.get_mut(&socket) {
            socket.all = on && socket.supervises;
        }
    }

    /// Conversations that a socket views.
    pub fn views_of(&self, socket: u64) -> Vec<ConversationId> {
        let registry = self.registry();
        registry.sockets.get(&socket).map(|socket| socket.views.keys().copied().collect()).unwrap_or_default()
    }

    /// Who views a conversation, each once.
    pub fn viewers(&self, conversation: ConversationId) -> Vec<Viewer> {
        let mut viewers: BTreeMap<uuid::Uuid, Viewer> = BTreeMap::new();
        for socket in self.registry().sockets.values() {
            if let Some(typing) = socket.views.get(&conversation) {
                let viewer = Viewer { agent: socket.who.clone(), typing: false };
                viewers.entry(socket.who.id).or_insert(viewer).typing |= typing;
            }
        }
        viewers.into_values().collect()
    }

    /// Notes who has a conversation; nobody for none.
    pub fn set_owner(&self, conversation: ConversationId, owner: Option<StaffId>) {
        let mut registry = self.registry();
        registry.changes += 1;
        match owner {
            Some(owner) => registry.owners.insert(conversation, owner),
            None => registry.owners.remove(&conversation),
        };
    }

    /// How often an owner has changed on this node.
    pub fn owner_changes(&self) -> u64 {
        self.registry().changes
    }

    /// Puts these owners in the place of all known ones, unless one has changed since `changes` was read: what was read
    /// from the database before may be older than what is known here.
    pub fn set_owners(&self, owners: HashMap<ConversationId, StaffId>, changes: u64) {
        let mut registry = self.registry();
        if registry.changes == changes {
            registry.owners = owners;
        }
    }

    /// Whether anybody at the desk is shown a conversation.
    pub fn is_shown(&self, conversation: ConversationId) -> bool {
        let registry = self.registry();
        let owner = registry.owners.get(&conversation).copied();
        registry.sockets.values().any(|socket| socket.shows(conversation, owner))
    }

    /// Sends to whoever has or views a conversation.
    pub fn to_conversation(&self, conversation: ConversationId, frame: &DeskServerFrame) {
        let owner = self.registry().owners.get(&conversation).copied();
        self.send(frame, |socket| socket.shows(conversation, owner));
    }

    /// Sends to whoever has or views a conversation, except to these agents.
    pub fn to_conversation_except(&self, conversation: ConversationId, except: &[StaffId], frame: &DeskServerFrame) {
        let owner = self.registry().owners.get(&conversation).copied();
        self.send(frame, |socket| socket.shows(conversation, owner) && !except.contains(&StaffId(socket.who.id)));
    }

    /// Sends to supervisors who view a conversation, except to one agent.
    pub fn to_viewing_supervisors(&self, conversation: ConversationId, except: StaffId, frame: &DeskServerFrame) {
        self.send(frame, |socket| {
            socket.supervises && socket.views.contains_key(&conversation) && socket.who.id != except.0
        });
    }

    /// Sends to whoever has or views a conversation, to these agents, and to supervisors who watch everything.
    pub fn to_case(&self, conversation: ConversationId, also: &[StaffId], frame: &DeskServerFrame) {
        let owner = self.registry().owners.get(&conversation).copied();
        self.send(frame, |socket| {
            socket.all || socket.shows(conversation, owner) || also.contains(&StaffId(socket.who.id))
        });
    }

    /// Sends to the sockets of these agents.
    pub fn to_staff(&self, staff: &[StaffId], frame: &DeskServerFrame) {
        self.send(frame, |socket| staff.contains(&StaffId(socket.who.id)));
    }

    /// Sends to supervisors, and to one agent.
    pub fn to_supervisors_and(&self, staff: Option<StaffId>, frame: &DeskServerFrame) {
        self.send(frame, |socket| socket.supervises || staff == Some(StaffId(socket.who.id)));
    }

    /// Sends to everybody.
    pub fn to_all(&self, frame: &DeskServerFrame) {
        self.send(frame, |_| true);
    }

    /// Tells everybody who views a conversation who else does.
    pub fn show_viewers(&self, conversation: ConversationId) {
        let viewers = self.viewers(conversation);
        for viewer in &viewers {
            let me = viewer.agent.id;
            let others = viewers.iter().filter(|other| other.agent.id != me).cloned().collect();
            let frame = DeskServerFrame::Viewers { conversation_id: conversation.0, viewers: others };
            self.send(&frame, |socket| socket.who.id == me && socket.views.contains_key(&conversation));
        }
    }

    fn send(&self, frame: &DeskServerFrame, to: impl Fn(&Socket) -> bool) {
        let mut registry = self.registry();
        if !registry.sockets.values().any(&to) {
            return;
        }
        let Ok(parcel) = Parcel::for_desk(frame) else { return };
        let parcels = [parcel];
        registry.sockets.retain(|_, socket| !to(socket) || socket.line.offer(&parcels, MAILBOX));
    }

    /// Asks for the desk's attention.
    pub fn attend(&self, event: DeskEvent) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        if events.len() < EVENTS && !events.iter().rev().take(8).any(|known| *known == event) {
            events.push_back(event);
        }
        drop(events);
        self.bell.notify_one();
    }

    /// Waits until attention is asked for.
    pub async fn rung(&self) {
        self.bell.notified().await;
    }

    /// What attention was asked for since the last time.
    pub fn events(&self) -> Vec<DeskEvent> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect()
    }

    /// Takes no new sockets and tells all others to come back later.
    pub fn drain(&self) {
        let mut registry = self.registry();
        registry.draining = true;
        for socket in std::mem::take(&mut registry.sockets).into_values() {
            socket.line.close(close::RESTART);
        }
    }

    /// The lock is held for a few map operations and never across an await.
    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DeskMailbox {
    /// The next frame to write, or the code to close with. May be dropped and called again: nothing is lost.
    pub async fn next(&mut self) -> Result<Arc<Parcel>, u16> {
        self.line.next().await
    }

    /// The next frame, if there is one already.
    pub fn ready(&mut self) -> Option<Arc<Parcel>> {
        self.line.ready()
    }

    /// Ends the socket with a code, after what it is due.
    pub fn close(&self, code: u16) {
        self.line.close(code);
    }

    /// The socket's name in the hub.
    pub fn number(&self) -> u64 {
        self.number
    }
}

impl Drop for DeskMailbox {
    fn drop(&mut self) {
        let left = self.hub.registry().sockets.remove(&self.number);
        for conversation in left.into_iter().flat_map(|socket| socket.views.into_keys()) {
            self.hub.show_viewers(conversation);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn agent(n: u128) -> Named {
        Named { id: Uuid::from_u128(n), name: n.to_string() }
    }

    fn conversation(n: u128) -> ConversationId {
        ConversationId(Uuid::from_u128(n))
    }

    #[test]
    fn a_conversation_is_shown_to_its_agent_and_to_those_who_view_it() {
        let hub = DeskHub::default();
        let mut owner = hub.join(agent(1), false).unwrap();
        let mut viewer = hub.join(agent(2), false).unwrap();
        let mut stranger = hub.join(agent(3), false).unwrap();
        let mut supervisor = hub.join(agent(4), true).unwrap();
        hub.set_owner(conversation(1), Some(StaffId(agent(1).id)));
        assert!(hub.view(viewer.number(), conversation(1), true));
        hub.watch_all(supervisor.number(), true);
        hub.watch_all(stranger.number(), true);
        let frame = DeskServerFrame::Typing { conversation_id: conversation(1).0, on: true };
        hub.to_conversation(conversation(1), &frame);
        assert!(owner.ready().is_some() && viewer.ready().is_some());
        assert!(stranger.ready().is_none() && supervisor.ready().is_none());
        hub.to_case(conversation(1), &[], &frame);
        assert!(supervisor.ready().is_some() && stranger.ready().is_none(), "only supervisors watch everything");
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
        let seen = first.ready().unwrap();
        assert!(
            seen.text.contains(r#""typing":true"#) && !seen.text.contains(&agent(1).id.to_string()),
            "{}",
            seen.text
        );
        drop(second);
        assert!(first.ready().unwrap().text.contains(r#""viewers":[]"#));
        assert_eq!(hub.connected(), HashSet::from([StaffId(agent(1).id)]));
    }

    #[tokio::test]
    async fn who_does_not_read_is_closed_and_who_comes_while_it_stops_is_refused() {
        let hub = DeskHub::default();
        let mut slow = hub.join(agent(1), false).unwrap();
        for _ in 0..=MAILBOX {
            hub.to_all(&DeskServerFrame::Pong {});
        }
        assert!(hub.connected().is_empty());
        for _ in 0..MAILBOX {
            assert!(slow.next().await.is_ok());
        }
        assert_eq!(slow.next().await, Err(close::RESUME));
        hub.drain();
        assert!(hub.join(agent(2), false).is_none());
    }
}
