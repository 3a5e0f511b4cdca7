//! The hub: which sockets show which conversation.

use crate::live::protocol::{ServerFrame, close};
use crate::model::id::ConversationId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, watch};

/// Frames that a socket may be behind. A browser that reads at all empties this within a blink; one that does not
/// costs at most this much memory before it is closed.
const MAILBOX: usize = 64;

/// All sockets of this node. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Hub {
    inner: Arc<Mutex<Registry>>,
}

#[derive(Debug, Default)]
struct Registry {
    /// Grows by one with every socket; names a socket inside its conversation.
    next_socket: u64,
    /// Invariant: no list is empty; the last socket of a conversation takes the list with it.
    sockets: HashMap<ConversationId, Vec<Socket>>,
    /// Set once, when the program stops: no new sockets after that.
    draining: bool,
}

#[derive(Debug)]
struct Socket {
    number: u64,
    frames: mpsc::Sender<Arc<ServerFrame>>,
    /// Holds a close code once the socket has to go.
    close: watch::Sender<Option<u16>>,
}

/// The receiving end of one socket's place in the hub. Dropping it gives the place back.
#[derive(Debug)]
pub struct Mailbox {
    hub: Hub,
    conversation: ConversationId,
    number: u64,
    /// Frames to write, in order.
    pub frames: mpsc::Receiver<Arc<ServerFrame>>,
    /// Turns to a close code once the socket has to go.
    pub close: watch::Receiver<Option<u16>>,
}

impl Hub {
    /// A place for one socket; none while the program stops.
    pub fn join(&self, conversation: ConversationId) -> Option<Mailbox> {
        let (frames, received) = mpsc::channel(MAILBOX);
        let (close, closing) = watch::channel(None);
        let mut registry = self.registry();
        if registry.draining {
            return None;
        }
        registry.next_socket += 1;
        let number = registry.next_socket;
        registry.sockets.entry(conversation).or_default().push(Socket { number, frames, close });
        Some(Mailbox { hub: self.clone(), conversation, number, frames: received, close: closing })
    }

    /// Offers frames, in order, to every socket of a conversation. Never waits: a socket whose mailbox is full is
    /// told to close and resume, and gets nothing further, so that it never sees a gap it could take for the whole.
    pub fn publish(&self, conversation: ConversationId, frames: &[ServerFrame]) {
        let frames: Vec<Arc<ServerFrame>> = frames.iter().cloned().map(Arc::new).collect();
        let mut registry = self.registry();
        let Some(sockets) = registry.sockets.get_mut(&conversation) else { return };
        sockets.retain(|socket| {
            let kept_up = frames.iter().all(|frame| socket.frames.try_send(Arc::clone(frame)).is_ok());
            if !kept_up {
                socket.close.send_replace(Some(close::RESUME));
            }
            kept_up
        });
        if sockets.is_empty() {
            registry.sockets.remove(&conversation);
        }
    }

    /// How many sockets are connected.
    pub fn connected(&self) -> usize {
        self.registry().sockets.values().map(Vec::len).sum()
    }

    /// Takes no new sockets and tells all others to come back later.
    pub fn drain(&self) {
        let mut registry = self.registry();
        registry.draining = true;
        for socket in registry.sockets.values().flatten() {
            socket.close.send_replace(Some(close::RESTART));
        }
    }

    /// The lock is held for a few map operations and never across an await. A panic inside it cannot leave the
    /// registry half changed, so a poisoned lock is used on.
    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
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
    use uuid::Uuid;

    fn conversation(n: u128) -> ConversationId {
        ConversationId(Uuid::from_u128(n))
    }

    #[test]
    fn every_tab_of_a_conversation_gets_the_frame_and_no_other() {
        let hub = Hub::default();
        let mut first = hub.join(conversation(1)).unwrap();
        let mut second = hub.join(conversation(1)).unwrap();
        let mut stranger = hub.join(conversation(2)).unwrap();
        hub.publish(conversation(1), &[ServerFrame::Pong {}]);
        assert!(first.frames.try_recv().is_ok());
        assert!(second.frames.try_recv().is_ok());
        assert!(stranger.frames.try_recv().is_err());
    }

    #[test]
    fn a_socket_that_does_not_read_is_closed_and_forgotten() {
        let hub = Hub::default();
        let slow = hub.join(conversation(1)).unwrap();
        let mut fast = hub.join(conversation(1)).unwrap();
        for _ in 0..=MAILBOX {
            hub.publish(conversation(1), &[ServerFrame::Pong {}]);
            assert!(fast.frames.try_recv().is_ok());
        }
        assert_eq!(*slow.close.borrow(), Some(close::RESUME));
        assert_eq!(*fast.close.borrow(), None);
        assert_eq!(hub.connected(), 1);
    }

    #[test]
    fn places_are_given_back() {
        let hub = Hub::default();
        let mailbox = hub.join(conversation(1)).unwrap();
        assert_eq!(hub.connected(), 1);
        drop(mailbox);
        assert_eq!(hub.connected(), 0);
        assert!(hub.registry().sockets.is_empty());
    }

    #[test]
    fn draining_closes_all_and_takes_nobody_in() {
        let hub = Hub::default();
        let mailbox = hub.join(conversation(1)).unwrap();
        hub.drain();
        assert_eq!(*mailbox.close.borrow(), Some(close::RESTART));
        assert!(hub.join(conversation(2)).is_none());
    }
}
