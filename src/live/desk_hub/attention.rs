//! What the desk has to look at, in the order in which that was asked for.

use super::DeskHub;
use crate::live::bus::Hint;
use crate::model::id::ConversationId;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Events that may wait for the desk's attention. What does not fit is made up for by the next look at the database.
const EVENTS: usize = 4_096;

/// How many of the newest events a new one is compared with: whoever asks twice mostly does so at once.
const COMPARED: usize = 8;

/// Something that the desk has to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeskEvent {
    /// Somebody began or ceased to wait, or an agent has room.
    Queue(ConversationId),
    /// A shopper who waits for a person, or talks with one, has said something.
    Said(ConversationId, i64),
}

/// Events that wait, and the bell that tells of them.
#[derive(Debug, Default)]
pub(super) struct Attention {
    events: Mutex<VecDeque<DeskEvent>>,
    bell: Notify,
}

impl Attention {
    fn events(&self) -> MutexGuard<'_, VecDeque<DeskEvent>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps an event that is new and finds room, and rings in any case.
    fn ask(&self, event: DeskEvent) {
        let mut events = self.events();
        if events.len() < EVENTS && !events.iter().rev().take(COMPARED).any(|known| *known == event) {
            events.push_back(event);
        }
        drop(events);
        self.bell.notify_one();
    }
}

impl DeskHub {
    /// Asks for the desk's attention, on every node.
    pub fn attend(&self, event: DeskEvent) {
        self.bus.tell(|| Hint::Attend(event));
        self.attention.ask(event);
    }

    /// Waits until attention is asked for.
    pub async fn rung(&self) {
        self.attention.bell.notified().await;
    }

    /// What attention was asked for since the last time.
    pub fn events(&self) -> Vec<DeskEvent> {
        self.attention.events().drain(..).collect()
    }
}
