//! What this node remembers of conversations in which somebody talks.
//!
//! It spares the reads of a turn and nothing else: the journal compares the sequence that a turn was decided on with
//! the database, so a memory that is behind costs a repetition, never a wrong turn. Idle sockets have no memory, and
//! the number of memories is bounded.

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

/// All conversations in which somebody talks, and where they come from; clones share them.
#[derive(Debug, Clone)]
pub(super) struct Memory {
    conversations: Arc<Mutex<LruCache<ConversationId, Arc<Open>>>>,
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
        let mut conversations = self.conversations.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(conversations.get_or_insert(conversation, Arc::default))
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
