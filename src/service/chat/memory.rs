//! What this node remembers of conversations in which somebody talks.
//!
//! It spares the reads of a turn and nothing else: the journal compares the sequence that a turn was decided on with
//! the database, so a memory that is behind costs a repetition, never a wrong turn. Idle sockets have no memory, the
//! number of memories is bounded, and whoever has said nothing for a while is forgotten.

use crate::dialogue::state::State;
use crate::live::limits::{Pace, Window};
use crate::model::chat::Status;
use crate::model::id::ConversationId;
use lru::LruCache;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Conversations that are remembered: those in which somebody said something last.
const CONVERSATIONS: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// How long a conversation is remembered after something was said in it: longer than every window of a pace, and than most
/// people take to write the next thing.
const REMEMBERED_FOR: Duration = Duration::from_mins(5);

/// Conversations that are looked at, whether they can be forgotten, each time that one is asked for: two, so that they go
/// faster than they come.
const LOOKED_AT: usize = 2;

/// Addresses whose pace is remembered.
const ADDRESSES: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// A conversation after its newest turn on this node.
#[derive(Debug, Clone)]
pub(super) struct Remembered {
    /// The newest sequence.
    pub(super) last_sequence: i64,
    /// Who answers.
    pub(super) status: Status,
    /// What the assistant remembers.
    pub(super) state: State,
}

/// One conversation in which somebody talks.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// Held during a turn: one turn at a time in a conversation of this node. Between nodes the journal decides.
    pub(super) turn: tokio::sync::Mutex<Option<Remembered>>,
    messages: Mutex<Pace>,
    frames: Mutex<Pace>,
}

impl Open {
    /// Takes one message of this visitor.
    ///
    /// # Errors
    /// How long to wait.
    pub(super) fn take_message(&self, now: Instant, windows: &[Window]) -> Result<(), Duration> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).take(now, windows)
    }

    /// Takes one frame of this visitor that is no message.
    ///
    /// # Errors
    /// How long to wait.
    pub(super) fn take_frame(&self, now: Instant, windows: &[Window]) -> Result<(), Duration> {
        self.frames.lock().unwrap_or_else(PoisonError::into_inner).take(now, windows)
    }
}

/// How fast addresses do one thing; clones share it.
#[derive(Debug, Clone)]
pub(super) struct OfAddresses(Arc<Mutex<LruCache<IpAddr, Pace>>>);

impl OfAddresses {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(LruCache::new(ADDRESSES))))
    }

    /// Lets an address do it once more.
    ///
    /// # Errors
    /// How long to wait.
    pub(super) fn take(&self, address: IpAddr, now: Instant, windows: &[Window]) -> Result<(), Duration> {
        let mut addresses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        addresses.get_or_insert_mut(address, Pace::default).take(now, windows)
    }
}

/// A conversation, and when it was asked for last.
#[derive(Debug)]
struct Asked {
    last: Instant,
    open: Arc<Open>,
}

/// All conversations in which somebody talks, and where they come from; clones share them.
#[derive(Debug, Clone)]
pub(super) struct Memory {
    /// In the order in which they were asked for last.
    conversations: Arc<Mutex<LruCache<ConversationId, Asked>>>,
    pub(super) messages: OfAddresses,
    pub(super) newcomers: OfAddresses,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self {
            conversations: Arc::new(Mutex::new(LruCache::new(CONVERSATIONS))),
            messages: OfAddresses::new(),
            newcomers: OfAddresses::new(),
        }
    }

    /// A conversation, remembered from now on.
    pub(super) fn open(&self, conversation: ConversationId) -> Arc<Open> {
        self.open_at(conversation, Instant::now())
    }

    fn open_at(&self, conversation: ConversationId, now: Instant) -> Arc<Open> {
        let mut conversations = self.conversations.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..LOOKED_AT {
            let oldest = conversations.peek_lru();
            if oldest.is_some_and(|(_, oldest)| now.duration_since(oldest.last) > REMEMBERED_FOR) {
                conversations.pop_lru();
            }
        }
        let asked = conversations.get_or_insert_mut(conversation, || Asked { last: now, open: Arc::default() });
        asked.last = now;
        Arc::clone(&asked.open)
    }

    /// Remembers nothing of a conversation any longer.
    pub(super) fn forget(&self, conversation: ConversationId) {
        self.conversations.lock().unwrap_or_else(PoisonError::into_inner).pop(&conversation);
    }

    /// Remembers nothing of any conversation. A turn under way ends as it began: the journal decides.
    pub(super) fn forget_all(&self) {
        self.conversations.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn whoever_says_nothing_for_a_while_is_forgotten_and_everybody_else_is_not() {
        let (memory, begin) = (Memory::new(), Instant::now());
        let conversation = |number| ConversationId(Uuid::from_u128(number));
        let at = |number: u128, seconds| memory.open_at(conversation(number), begin + Duration::from_secs(seconds));
        let kept = at(0, 0);
        for number in 1..=1_000 {
            at(number, 0);
        }
        assert!(Arc::ptr_eq(&kept, &at(0, 290)), "remembered within its time");
        for number in 2_000..2_600 {
            at(number, 310);
        }
        assert!(Arc::ptr_eq(&kept, &at(0, 310)));
        assert_eq!(memory.conversations.lock().unwrap().len(), 601, "of the thousand none is left");
    }
}
