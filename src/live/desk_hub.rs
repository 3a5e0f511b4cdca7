//! The desk's side of the hub: which agent sockets there are, who has and who views which conversation.
//!
//! # Invariants
//! - Nothing here is ever sent to a shopper: the hub of shoppers takes other frames, of another type.
//! - Publishing never waits. A socket whose mailbox is full is closed with "resume".
//! - Presence is whether there is a socket. Who has a conversation is a copy of the database, set after the commit.

use crate::live::bus::{Bus, Hint, NodeId};
use crate::live::desk_protocol::DeskServerFrame;
use crate::live::line::Line;
use crate::live::parcel::Parcel;
use crate::live::protocol::close;
use crate::model::desk::{Named, Viewer};
use crate::model::id::{ConversationId, StaffId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Frames that an agent's socket may be behind.
const MAILBOX: usize = 1_024;

/// Conversations that a socket may view at a time.
const VIEWS: usize = 50;

/// Events that may wait for the desk's attention. What does not fit is made up for by the next look at the database.
const EVENTS: usize = 4_096;

/// How long a node is believed to be there after its last sign of life.
const BELIEVED_FOR: Duration = Duration::from_secs(15);

/// Something that the desk has to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeskEvent {
    /// Somebody began or ceased to wait, or an agent has room.
    Queue(ConversationId),
    /// A shopper who waits for a person, or talks with one, has said something.
    Said(ConversationId, i64),
}

/// Whom a frame is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Whoever has or views a conversation.
    Conversation {
        /// Which.
        conversation: ConversationId,
        /// But not these.
        except: Vec<StaffId>,
    },
    /// Supervisors who view a conversation.
    ViewingSupervisors {
        /// Which.
        conversation: ConversationId,
        /// But not this one.
        except: StaffId,
    },
    /// Whoever has or views a conversation, and supervisors who watch everything.
    Case {
        /// Which.
        conversation: ConversationId,
        /// And these.
        also: Vec<StaffId>,
    },
    /// These alone.
    Staff(Vec<StaffId>),
    /// Supervisors, and one agent.
    SupervisorsAnd(Option<StaffId>),
    /// Everybody.
    All,
}

/// All sockets of the desk on this node, and the way to those of other nodes. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct DeskHub {
    inner: Arc<Mutex<Registry>>,
    events: Arc<Mutex<VecDeque<DeskEvent>>>,
    bell: Arc<Notify>,
    bus: Bus,
}

#[derive(Debug, Default)]
struct Registry {
    next_socket: u64,
    sockets: BTreeMap<u64, Socket>,
    /// Who has which open conversation.
    owners: HashMap<ConversationId, StaffId>,
    /// Grows with every change of an owner.
    changes: u64,
    /// Who is at the desk on other nodes, and when that was last heard.
    elsewhere: HashMap<NodeId, (Instant, HashSet<StaffId>)>,
    /// Who views what on other nodes, and when that was last heard.
    views_elsewhere: HashMap<(ConversationId, NodeId), (Instant, Vec<Viewer>)>,
    draining: bool,
}

impl Registry {
    /// Whether a frame is for a socket.
    fn is_for(&self, to: &Audience, socket: &Socket) -> bool {
        let me = StaffId(socket.who.id);
        let shows = |conversation| socket.shows(conversation, self.owners.get(&conversation).copied());
        match to {
            Audience::Conversation { conversation, except } => shows(*conversation) && !except.contains(&me),
            Audience::ViewingSupervisors { conversation, except } => {
                socket.supervises && socket.views.contains_key(conversation) && me != *except
            }
            Audience::Case { conversation, also } => socket.all || shows(*conversation) || also.contains(&me),
            Audience::Staff(staff) => staff.contains(&me),
            Audience::SupervisorsAnd(staff) => socket.supervises || *staff == Some(me),
            Audience::All => true,
        }
    }

    fn viewers_here(&self, conversation: ConversationId) -> BTreeMap<uuid::Uuid, Viewer> {
        let mut viewers: BTreeMap<uuid::Uuid, Viewer> = BTreeMap::new();
        for socket in self.sockets.values() {
            if let Some(typing) = socket.views.get(&conversation) {
                let viewer = Viewer { agent: socket.who.clone(), typing: false };
                viewers.entry(socket.who.id).or_insert(viewer).typing |= typing;
            }
        }
        viewers
    }
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

    /// A hub without sockets, on a bus.
    pub fn on(bus: Bus) -> Self {
        Self { bus, ..Self::default() }
    }

    /// The same hub, but what it is told stays on this node.
    pub fn here(&self) -> Self {
        Self { bus: Bus::alone(), ..self.clone() }
    }

    /// Who has a socket on this node.
    pub fn connected_here(&self) -> HashSet<StaffId> {
        self.registry().sockets.values().map(|socket| StaffId(socket.who.id)).collect()
    }

    /// Who has a socket, on any node that was heard of lately.
    pub fn connected(&self) -> HashSet<StaffId> {
        let mut registry = self.registry();
        registry.elsewhere.retain(|_, (heard, _)| heard.elapsed() < BELIEVED_FOR);
        let elsewhere = registry.elsewhere.values().flat_map(|(_, staff)| staff).copied();
        registry.sockets.values().map(|socket| StaffId(socket.who.id)).chain(elsewhere).collect()
    }

    /// Another node has said who is at the desk there.
    pub fn heard_of(&self, node: NodeId, staff: Vec<StaffId>) {
        self.registry().elsewhere.insert(node, (Instant::now(), staff.into_iter().collect()));
    }

    /// Another node has stopped.
    pub fn forget(&self, node: NodeId) {
        let mut registry = self.registry();
        registry.elsewhere.remove(&node);
        registry.views_elsewhere.retain(|(_, of), _| *of != node);
    }

    /// Another node has said who views a conversation there.
    pub fn heard_views(&self, node: NodeId, conversation: ConversationId, viewers: &[Viewer]) {
        let mut registry = self.registry();
        registry.views_elsewhere.retain(|_, (heard, _)| heard.elapsed() < BELIEVED_FOR);
        let is_gone = viewers.is_empty();
        let before = registry.views_elsewhere.insert((conversation, node), (Instant::now(), viewers.to_vec()));
        if is_gone {
            registry.views_elsewhere.remove(&(conversation, node));
        }
        drop(registry);
        if before.map_or(!is_gone, |(_, before)| before != viewers) {
            self.show_viewers_here(conversation);
        }
    }

    /// Tells other nodes who is here and what they view.
    pub fn give_sign_of_life(&self) {
        let staff = self.connected_here().into_iter().collect();
        self.bus.tell(|| Hint::Here { staff });
        for conversation in self.viewed_here() {
            self.tell_views(conversation);
        }
    }

    fn viewed_here(&self) -> HashSet<ConversationId> {
        self.registry().sockets.values().flat_map(|socket| socket.views.keys()).copied().collect()
    }

    fn tell_views(&self, conversation: ConversationId) {
        let viewers = || self.registry().viewers_here(conversation).into_values().collect();
        self.bus.tell(|| Hint::Views { conversation, viewers: viewers() });
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

    /// Agents who view a conversation on this node; supervisors may see everything and are left out.
    pub fn agents_viewing(&self, conversation: ConversationId) -> HashSet<StaffId> {
        let registry = self.registry();
        let viewing = registry.sockets.values().filter(|socket| socket.views.contains_key(&conversation));
        viewing.filter(|socket| !socket.supervises).map(|socket| StaffId(socket.who.id)).collect()
    }

    /// What somebody views, on any node that was heard of lately.
    pub fn viewed_by(&self, staff: StaffId) -> HashSet<ConversationId> {
        let registry = self.registry();
        let sockets = registry.sockets.values().filter(|socket| socket.who.id == staff.0);
        let here = sockets.flat_map(|socket| socket.views.keys()).copied();
        let is_there = |viewers: &[Viewer]| viewers.iter().any(|viewer| viewer.agent.id == staff.0);
        let elsewhere = registry.views_elsewhere.iter().filter(|(_, (_, viewers))| is_there(viewers));
        here.chain(elsewhere.map(|((conversation, _), _)| *conversation)).collect()
    }

    /// Ends the views that somebody has of a conversation on this node. The last that these sockets hear of it is why.
    pub fn end_views(&self, staff: StaffId, conversation: ConversationId, last: &DeskServerFrame) {
        let parcels: Vec<Arc<Parcel>> = Parcel::for_desk(last).into_iter().collect();
        let mut registry = self.registry();
        for socket in registry.sockets.values_mut().filter(|socket| socket.who.id == staff.0) {
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

    /// Who views a conversation on any node, each once.
    pub fn viewers(&self, conversation: ConversationId) -> Vec<Viewer> {
        let registry = self.registry();
        let mut viewers = registry.viewers_here(conversation);
        for ((at, _), (heard, others)) in &registry.views_elsewhere {
            if *at == conversation && heard.elapsed() < BELIEVED_FOR {
                for other in others {
                    viewers.entry(other.agent.id).or_insert_with(|| other.clone()).typing |= other.typing;
                }
            }
        }
        viewers.into_values().collect()
    }

    /// Notes who has a conversation; nobody for none.
    pub fn set_owner(&self, conversation: ConversationId, owner: Option<StaffId>) {
        self.bus.tell(|| Hint::Owner { conversation, owner });
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

    /// Whether anybody at the desk may be shown a conversation; with other nodes, that cannot be ruled out.
    pub fn is_shown(&self, conversation: ConversationId) -> bool {
        if self.bus.is_shared() {
            return true;
        }
        let registry = self.registry();
        let owner = registry.owners.get(&conversation).copied();
        registry.sockets.values().any(|socket| socket.shows(conversation, owner))
    }

    /// Conversations that somebody at the desk is shown on this node.
    pub fn conversations(&self) -> Vec<ConversationId> {
        let registry = self.registry();
        let is_here = |owner: &StaffId| registry.sockets.values().any(|socket| socket.who.id == owner.0);
        let owned = registry.owners.iter().filter(|(_, owner)| is_here(owner)).map(|(conversation, _)| *conversation);
        let viewed = registry.sockets.values().flat_map(|socket| socket.views.keys()).copied();
        owned.chain(viewed).collect::<HashSet<_>>().into_iter().collect()
    }

    /// Sends to whoever has or views a conversation.
    pub fn to_conversation(&self, conversation: ConversationId, frame: &DeskServerFrame) {
        self.send(&Audience::Conversation { conversation, except: Vec::new() }, frame);
    }

    /// Sends to whoever has or views a conversation, except to these agents.
    pub fn to_conversation_except(&self, conversation: ConversationId, except: &[StaffId], frame: &DeskServerFrame) {
        self.send(&Audience::Conversation { conversation, except: except.to_vec() }, frame);
    }

    /// Sends to supervisors who view a conversation, except to one agent.
    pub fn to_viewing_supervisors(&self, conversation: ConversationId, except: StaffId, frame: &DeskServerFrame) {
        self.send(&Audience::ViewingSupervisors { conversation, except }, frame);
    }

    /// Sends to whoever has or views a conversation, to these agents, and to supervisors who watch everything.
    pub fn to_case(&self, conversation: ConversationId, also: &[StaffId], frame: &DeskServerFrame) {
        self.send(&Audience::Case { conversation, also: also.to_vec() }, frame);
    }

    /// Sends to the sockets of these agents.
    pub fn to_staff(&self, staff: &[StaffId], frame: &DeskServerFrame) {
        self.send(&Audience::Staff(staff.to_vec()), frame);
    }

    /// Sends to supervisors, and to one agent.
    pub fn to_supervisors_and(&self, staff: Option<StaffId>, frame: &DeskServerFrame) {
        self.send(&Audience::SupervisorsAnd(staff), frame);
    }

    /// Sends to everybody.
    pub fn to_all(&self, frame: &DeskServerFrame) {
        self.send(&Audience::All, frame);
    }

    /// Tells everybody who views a conversation who else does.
    pub fn show_viewers(&self, conversation: ConversationId) {
        self.tell_views(conversation);
        self.show_viewers_here(conversation);
    }

    fn show_viewers_here(&self, conversation: ConversationId) {
        let viewers = self.viewers(conversation);
        for viewer in &viewers {
            let me = viewer.agent.id;
            let others = viewers.iter().filter(|other| other.agent.id != me).cloned().collect();
            let frame = DeskServerFrame::Viewers { conversation_id: conversation.0, viewers: others };
            let is_for =
                |_: &Registry, socket: &Socket| socket.who.id == me && socket.views.contains_key(&conversation);
            if let Ok(parcel) = Parcel::for_desk(&frame) {
                self.offer(&parcel, is_for);
            }
        }
    }

    /// Sends on this node and, over the bus, on the others.
    fn send(&self, to: &Audience, frame: &DeskServerFrame) {
        let is_for_somebody = {
            let registry = self.registry();
            registry.sockets.values().any(|socket| registry.is_for(to, socket))
        };
        if !is_for_somebody && !self.bus.is_shared() {
            return;
        }
        let Ok(parcel) = Parcel::for_desk(frame) else { return };
        if let Some(frame) = parcel.frame() {
            self.bus.tell(|| Hint::Desk { to: to.clone(), text: frame.to_owned() });
        }
        self.deliver(to, &parcel);
    }

    /// Offers a parcel to the sockets of this node that it is for.
    pub fn deliver(&self, to: &Audience, parcel: &Arc<Parcel>) {
        self.offer(parcel, |registry, socket| registry.is_for(to, socket));
    }

    fn offer(&self, parcel: &Arc<Parcel>, is_for: impl Fn(&Registry, &Socket) -> bool) {
        let mut registry = self.registry();
        let due = registry.sockets.iter().filter(|(_, socket)| is_for(&registry, socket));
        let parcels = [Arc::clone(parcel)];
        let full: Vec<u64> =
            due.filter(|(_, socket)| !socket.line.offer(&parcels, MAILBOX)).map(|(number, _)| *number).collect();
        for number in full {
            registry.sockets.remove(&number);
        }
    }

    /// Asks for the desk's attention, on every node.
    pub fn attend(&self, event: DeskEvent) {
        self.bus.tell(|| Hint::Attend(event));
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

    /// The next frame of a socket.
    fn heard(mailbox: &mut DeskMailbox) -> String {
        mailbox.ready().unwrap().frame().unwrap().to_owned()
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
