//! The hub: which sockets show which conversation.
//!
//! # Invariants
//! - A list of sockets is never empty; the last socket of a conversation takes the list with it.
//! - Publishing never waits. A socket whose mailbox is full leaves the registry at once; what it had before is still
//!   written, nothing after, so that it never sees a gap it could take for the whole.

use crate::live::admissions::{Admission, Admissions};
use crate::live::bus::{Bus, Hint};
use crate::live::line::Line;
use crate::live::parcel::Parcel;
use crate::live::protocol::close;
use crate::model::id::ConversationId;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Frames that a socket may be behind. A browser that reads at all empties this within a blink; one that does not
/// costs at most this much memory before it is closed.
const MAILBOX: usize = 64;

/// All sockets of this node, and the way to those of other nodes. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Hub {
    inner: Arc<Mutex<Registry>>,
    /// Sockets by the address they came from, also those that have not said hello yet.
    addresses: Admissions,
    bus: Bus,
}

#[derive(Debug, Default)]
struct Registry {
    /// Grows by one with every socket; names it.
    next_socket: u64,
    /// Who looks on.
    sockets: HashMap<ConversationId, Vec<Socket>>,
    /// Set once, when the program stops: no new sockets after that.
    draining: bool,
}

#[derive(Debug)]
struct Socket {
    number: u64,
    line: Arc<Line>,
}

/// Why a socket got no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPlace {
    /// The program stops.
    Draining,
    /// The visitor has as many sockets as allowed.
    TooMany,
}

/// The receiving end of one socket's place in the hub. Dropping it gives the place back.
#[derive(Debug)]
pub struct Mailbox {
    hub: Hub,
    conversation: ConversationId,
    number: u64,
    line: Arc<Line>,
}

impl Hub {
    /// A hub without sockets, on a bus.
    pub fn on(bus: Bus) -> Self {
        Self { inner: Arc::default(), addresses: Admissions::default(), bus }
    }

    /// The same hub, but what it is told stays on this node.
    pub fn here(&self) -> Self {
        Self { bus: Bus::alone(), ..self.clone() }
    }

    /// Counts one more socket of an address; none where it has `limit` of them already.
    pub fn admit(&self, address: IpAddr, limit: usize) -> Option<Admission> {
        self.addresses.admit(address, limit)
    }

    /// A place for one socket.
    ///
    /// # Errors
    /// [`NoPlace`] while the program stops, or where the conversation has `limit` sockets already.
    pub fn join(&self, conversation: ConversationId, limit: usize) -> Result<Mailbox, NoPlace> {
        let line = Arc::new(Line::default());
        let mut registry = self.registry();
        if registry.draining {
            return Err(NoPlace::Draining);
        }
        if registry.sockets.get(&conversation).is_some_and(|sockets| sockets.len() >= limit) {
            return Err(NoPlace::TooMany);
        }
        registry.next_socket += 1;
        let number = registry.next_socket;
        let socket = Socket { number, line: Arc::clone(&line) };
        registry.sockets.entry(conversation).or_insert_with(|| Vec::with_capacity(1)).push(socket);
        Ok(Mailbox { hub: self.clone(), conversation, number, line })
    }

    /// Offers frames, in order, to the sockets of a conversation, except to one of them. Never waits: a socket whose
    /// mailbox is full is told to close and resume. Other nodes are told up to where messages have come, and get every
    /// other frame as it is.
    pub fn publish(&self, conversation: ConversationId, parcels: &[Arc<Parcel>], except: Option<u64>) {
        self.tell(conversation, parcels);
        let mut registry = self.registry();
        let Some(sockets) = registry.sockets.get_mut(&conversation) else { return };
        sockets.retain(|socket| Some(socket.number) == except || socket.line.offer(parcels, MAILBOX));
        if sockets.is_empty() {
            registry.sockets.remove(&conversation);
        }
    }

    fn tell(&self, conversation: ConversationId, parcels: &[Arc<Parcel>]) {
        let sequences = || parcels.iter().filter_map(|parcel| parcel.sequence());
        if let (Some(first), Some(sequence)) = (sequences().min(), sequences().max()) {
            self.bus.tell(|| Hint::Reached { conversation, after: first - 1, sequence });
        }
        for parcel in parcels {
            if let Parcel::MayBeLost { frame } = &**parcel {
                self.bus.tell(|| Hint::Shopper { conversation, text: frame.clone() });
            }
        }
    }

    /// Whether anybody but this socket may show the conversation; with other nodes, that cannot be ruled out.
    pub fn is_watched(&self, conversation: ConversationId, except: Option<u64>) -> bool {
        if self.bus.is_shared() {
            return true;
        }
        let registry = self.registry();
        let sockets = registry.sockets.get(&conversation);
        sockets.is_some_and(|sockets| sockets.iter().any(|socket| Some(socket.number) != except))
    }

    /// A sign of life of a socket that came another way. Returns whether there is such a socket.
    pub fn heard(&self, conversation: ConversationId, number: u64) -> bool {
        let registry = self.registry();
        let sockets = registry.sockets.get(&conversation);
        let socket = sockets.and_then(|sockets| sockets.iter().find(|socket| socket.number == number));
        if let Some(socket) = socket {
            socket.line.heard();
        }
        socket.is_some()
    }

    /// Ends all sockets of a conversation with a close code, on every node.
    pub fn dismiss(&self, conversation: ConversationId, code: u16) {
        self.bus.tell(|| Hint::Dismissed { conversation, code });
        let sockets = self.registry().sockets.remove(&conversation);
        for socket in sockets.into_iter().flatten() {
            socket.line.close(code);
        }
    }

    /// Whether the program stops.
    pub fn is_draining(&self) -> bool {
        self.registry().draining
    }

    /// The way to other nodes.
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// The conversations that sockets of this node show.
    pub fn conversations(&self) -> Vec<ConversationId> {
        self.registry().sockets.keys().copied().collect()
    }

    /// How many sockets have a place.
    pub fn connected(&self) -> usize {
        self.registry().sockets.values().map(Vec::len).sum()
    }

    /// Takes no new sockets and tells all others to come back later.
    pub fn drain(&self) {
        let mut registry = self.registry();
        registry.draining = true;
        for (_, sockets) in registry.sockets.drain() {
            for socket in sockets {
                socket.line.close(close::RESTART);
            }
        }
    }

    /// The lock is held for a few map operations and never across an await. A panic inside it cannot leave the
    /// registry half changed, so a poisoned lock is used on.
    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mailbox {
    /// The next frame to write, or the code to close with once the socket has to go and has what it had before. May
    /// be dropped and called again: nothing is lost.
    pub async fn next(&mut self) -> Result<Arc<Parcel>, u16> {
        self.line.next().await
    }

    /// The next frame, if there is one already.
    pub fn ready(&mut self) -> Option<Arc<Parcel>> {
        self.line.ready()
    }

    /// Signs of life so far that came another way than over the socket itself.
    pub fn signs_of_life(&self) -> u64 {
        self.line.signs_of_life()
    }

    /// The socket's name in the hub.
    pub fn number(&self) -> u64 {
        self.number
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        let mut registry = self.hub.registry();
        if let Some(sockets) = registry.sockets.get_mut(&self.conversation) {
            sockets.retain(|socket| socket.number != self.number);
            if sockets.is_empty() {
                registry.sockets.remove(&self.conversation);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::protocol::ServerFrame;
    use proptest::prelude::*;
    use uuid::Uuid;

    const LIMIT: usize = 3;

    fn conversation(n: u128) -> ConversationId {
        ConversationId(Uuid::from_u128(n))
    }

    fn parcel() -> [Arc<Parcel>; 1] {
        [Parcel::of(&ServerFrame::Pong {}).unwrap()]
    }

    #[test]
    fn every_tab_of_a_conversation_gets_the_frame_and_no_other() {
        let hub = Hub::default();
        let mut first = hub.join(conversation(1), LIMIT).unwrap();
        let mut second = hub.join(conversation(1), LIMIT).unwrap();
        let mut stranger = hub.join(conversation(2), LIMIT).unwrap();
        hub.publish(conversation(1), &parcel(), None);
        hub.publish(conversation(1), &parcel(), Some(first.number()));
        assert!(first.ready().is_some() && first.ready().is_none());
        assert!(second.ready().is_some() && second.ready().is_some());
        assert!(stranger.ready().is_none());
    }

    #[tokio::test]
    async fn line_20_a_socket_that_does_not_read_is_closed_and_forgotten() {
        let hub = Hub::default();
        let mut slow = hub.join(conversation(1), LIMIT).unwrap();
        let mut fast = hub.join(conversation(1), LIMIT).unwrap();
        for _ in 0..=MAILBOX {
            hub.publish(conversation(1), &parcel(), None);
            assert!(fast.ready().is_some());
        }
        assert_eq!(hub.connected(), 1);
        for _ in 0..MAILBOX {
            assert!(slow.next().await.is_ok(), "what it had before is still written");
        }
        assert_eq!(slow.next().await, Err(close::RESUME));
    }

    #[tokio::test]
    async fn line_39_draining_closes_all_and_takes_nobody_in() {
        let hub = Hub::default();
        let mut mailbox = hub.join(conversation(1), LIMIT).unwrap();
        hub.publish(conversation(1), &parcel(), None);
        hub.drain();
        assert!(mailbox.next().await.is_ok());
        assert_eq!(mailbox.next().await, Err(close::RESTART));
        assert_eq!(hub.join(conversation(2), LIMIT).unwrap_err(), NoPlace::Draining);
    }

    #[test]
    fn line_19_the_newest_socket_beyond_the_limit_is_refused() {
        let hub = Hub::default();
        let held: Vec<Mailbox> = (0..LIMIT).map(|_| hub.join(conversation(1), LIMIT).unwrap()).collect();
        assert_eq!(hub.join(conversation(1), LIMIT).unwrap_err(), NoPlace::TooMany);
        assert!(hub.join(conversation(2), LIMIT).is_ok());
        drop(held);
        assert!(hub.join(conversation(1), LIMIT).is_ok());
    }

    #[derive(Debug, Clone)]
    enum Step {
        Join(u128),
        Leave(usize),
        Publish(u128),
        Read(usize),
        End(u128),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0_u128..4).prop_map(Step::Join),
            any::<usize>().prop_map(Step::Leave),
            (0_u128..4).prop_map(Step::Publish),
            any::<usize>().prop_map(Step::Read),
            (0_u128..4).prop_map(Step::End),
        ]
    }

    proptest! {
        #[test]
        fn the_registry_keeps_its_invariants(steps in prop::collection::vec(step(), 0..400)) {
            let hub = Hub::default();
            let mut mailboxes: Vec<Mailbox> = Vec::new();
            for step in steps {
                match step {
                    Step::Join(n) => mailboxes.extend(hub.join(conversation(n), LIMIT)),
                    Step::Leave(at) if !mailboxes.is_empty() => drop(mailboxes.swap_remove(at % mailboxes.len())),
                    Step::Publish(n) => hub.publish(conversation(n), &parcel(), None),
                    Step::Read(at) if !mailboxes.is_empty() => {
                        let at = at % mailboxes.len();
                        while mailboxes[at].ready().is_some() {}
                    }
                    Step::End(n) => hub.dismiss(conversation(n), close::RESTART),
                    _ => {}
                }
                let registry = hub.registry();
                prop_assert!(registry.sockets.values().all(|list| !list.is_empty() && list.len() <= LIMIT));
                let known = mailboxes.iter().map(|mailbox| mailbox.number).collect::<Vec<_>>();
                prop_assert!(registry.sockets.values().flatten().all(|socket| known.contains(&socket.number)));
            }
            drop(mailboxes);
            prop_assert!(hub.registry().sockets.is_empty());
        }
    }
}
