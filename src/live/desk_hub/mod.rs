//! The desk's side of the hub: which sockets of agents there are, and what each of them is shown.
//!
//! # Invariants
//! - Nothing here is ever sent to a shopper: the hub of shoppers takes other frames, of another type.
//! - Publishing never waits. A socket whose mailbox is full is closed with "resume".
//! - Presence is whether there is a socket. Who has a conversation is a copy of the database, set after the commit.

mod attention;
mod audience;
mod elsewhere;
mod mailbox;
mod owners;
mod views;

pub use attention::DeskEvent;
pub use audience::Audience;
pub use mailbox::DeskMailbox;

use crate::live::bus::Bus;
use crate::live::line::Line;
use crate::live::parcel::Parcel;
use crate::live::protocol::close;
use crate::model::desk::Named;
use crate::model::id::{ConversationId, StaffId};
use attention::Attention;
use elsewhere::Elsewhere;
use owners::Owners;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Frames that an agent's socket may be behind.
const MAILBOX: usize = 1_024;

/// All sockets of the desk on this node, and the way to those of other nodes. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct DeskHub {
    inner: Arc<Mutex<Registry>>,
    attention: Arc<Attention>,
    bus: Bus,
    /// The bus also where [`DeskHub::here`] has put another in its place: other nodes are told who views what here,
    /// whatever has changed it.
    outside: Bus,
}

#[derive(Debug, Default)]
struct Registry {
    /// Grows by one with every socket; names it.
    next_socket: u64,
    sockets: BTreeMap<u64, Socket>,
    owners: Owners,
    elsewhere: Elsewhere,
    /// Set once, when the program stops: no new sockets after that.
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
    fn staff(&self) -> StaffId {
        StaffId(self.who.id)
    }

    /// Whether its agent has the conversation, or views it.
    fn shows(&self, conversation: ConversationId, owners: &Owners) -> bool {
        owners.of(conversation) == Some(self.staff()) || self.views.contains_key(&conversation)
    }
}

impl DeskHub {
    /// A hub without sockets, on a bus.
    pub fn on(bus: Bus) -> Self {
        Self { outside: bus.clone(), bus, ..Self::default() }
    }

    /// The same hub, but what it is told stays on this node.
    pub fn here(&self) -> Self {
        Self { bus: Bus::alone(), ..self.clone() }
    }

    /// Who has a socket on this node.
    pub fn connected_here(&self) -> HashSet<StaffId> {
        self.registry().sockets.values().map(Socket::staff).collect()
    }

    /// Who has a socket, on any node that was heard of lately.
    pub fn connected(&self) -> HashSet<StaffId> {
        let mut registry = self.registry();
        let mut connected = registry.elsewhere.connected();
        connected.extend(registry.sockets.values().map(Socket::staff));
        connected
    }

    /// Whether cases of all agents are shown to a supervisor's socket.
    pub fn watch_all(&self, socket: u64, on: bool) {
        if let Some(socket) = self.registry().sockets.get_mut(&socket) {
            socket.all = on && socket.supervises;
        }
    }

    /// Whether anybody at the desk may be shown a conversation; with other nodes, that cannot be ruled out.
    pub fn is_shown(&self, conversation: ConversationId) -> bool {
        if self.bus.is_shared() {
            return true;
        }
        let registry = self.registry();
        registry.sockets.values().any(|socket| socket.shows(conversation, &registry.owners))
    }

    /// Conversations that somebody at the desk is shown on this node.
    pub fn conversations(&self) -> Vec<ConversationId> {
        let registry = self.registry();
        let is_here = |owner: StaffId| registry.sockets.values().any(|socket| socket.staff() == owner);
        let owned = registry.owners.all().filter(|(_, owner)| is_here(*owner)).map(|(conversation, _)| conversation);
        let viewed = registry.sockets.values().flat_map(|socket| socket.views.keys()).copied();
        owned.chain(viewed).collect::<HashSet<_>>().into_iter().collect()
    }

    /// Offers a parcel to sockets of this node. Whoever has no room for it is told to close and resume, and is returned,
    /// to be shown as gone once the lock is free.
    #[must_use]
    fn offer(&self, parcel: &Arc<Parcel>, is_for: impl Fn(&Registry, &Socket) -> bool) -> Vec<Socket> {
        let mut registry = self.registry();
        let due = registry.sockets.iter().filter(|(_, socket)| is_for(&registry, socket));
        let parcels = [Arc::clone(parcel)];
        let full: Vec<u64> =
            due.filter(|(_, socket)| !socket.line.offer(&parcels, MAILBOX)).map(|(number, _)| *number).collect();
        full.iter().filter_map(|number| registry.sockets.remove(number)).collect()
    }

    /// Takes no new sockets and tells all others to come back later.
    pub fn drain(&self) {
        let mut registry = self.registry();
        registry.draining = true;
        let sockets = std::mem::take(&mut registry.sockets);
        drop(registry);
        sockets.values().for_each(|socket| socket.line.close(close::RESTART));
        self.show_without(sockets.into_values());
    }

    /// The lock is held for a few map operations and never across an await.
    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::bus::Hint;
    use crate::live::desk_protocol::DeskServerFrame;
    use tokio::sync::mpsc;
    use uuid::Uuid;

    pub(super) fn agent(n: u128) -> Named {
        Named { id: Uuid::from_u128(n), name: n.to_string() }
    }

    pub(super) fn conversation(n: u128) -> ConversationId {
        ConversationId(Uuid::from_u128(n))
    }

    /// The next frame of a socket.
    pub(super) fn heard(mailbox: &mut DeskMailbox) -> String {
        mailbox.ready().unwrap().frame().unwrap().to_owned()
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

    /// What other nodes are told of who views a conversation.
    fn told(carried: &mut mpsc::Receiver<Hint>, wanted: ConversationId) -> Vec<usize> {
        let mut told = Vec::new();
        while let Ok(hint) = carried.try_recv() {
            if let Hint::Views { conversation, viewers } = hint
                && conversation == wanted
            {
                told.push(viewers.len());
            }
        }
        told
    }

    #[test]
    fn who_is_closed_for_being_slow_views_nothing_any_more_here_and_elsewhere() {
        let (bus, mut carried) = Bus::shared();
        let hub = DeskHub::on(bus);
        let (slow, mut other) = (hub.join(agent(1), false).unwrap(), hub.join(agent(2), false).unwrap());
        for mailbox in [&slow, &other] {
            hub.view(mailbox.number(), conversation(1), true);
        }
        hub.show_viewers(conversation(1));
        assert!(heard(&mut other).contains(&agent(1).id.to_string()));
        assert_eq!(told(&mut carried, conversation(1)), [2]);
        // What another node has sent is too much for it.
        for _ in 0..=MAILBOX {
            hub.here().to_staff(&[StaffId(agent(1).id)], &DeskServerFrame::Pong {});
        }
        assert!(heard(&mut other).contains(r#""viewers":[]"#));
        assert_eq!(told(&mut carried, conversation(1)), [1]);
        drop(slow);
        assert!(other.ready().is_none(), "once is enough");
        hub.drain();
        assert_eq!(told(&mut carried, conversation(1)), [0]);
    }

    #[test]
    fn whoever_is_found_to_be_slow_while_viewers_are_shown_is_in_no_list_that_stays() {
        let hub = DeskHub::default();
        let (slow, mut other) = (hub.join(agent(1), false).unwrap(), hub.join(agent(2), false).unwrap());
        for mailbox in [&slow, &other] {
            hub.view(mailbox.number(), conversation(1), true);
        }
        for _ in 0..MAILBOX {
            hub.to_staff(&[StaffId(agent(1).id)], &DeskServerFrame::Pong {});
        }
        hub.show_viewers(conversation(1));
        let mut last = heard(&mut other);
        while let Some(parcel) = other.ready() {
            last = parcel.frame().unwrap().to_owned();
        }
        assert!(last.contains(r#""viewers":[]"#), "{last}");
    }
}
