//! The bus: what a node tells the others, after its commit.
//!
//! A hint says that something may be worth a look; the database is the truth. Whoever gets a hint reads what it is
//! about, so a lost one costs a moment and never a message, and one that comes twice costs a read. What may be lost for
//! good travels whole: typing, places in the queue, cards of the desk. Words of a conversation do not travel.
//!
//! # Invariants
//! - Telling never waits and never fails. A node that produces faster than the bus carries loses hints, and says so.
//! - A node does not hear itself.
//! - With one node there is no bus: nothing is packed for nobody.

use crate::live::desk_hub::{Audience, DeskEvent};
use crate::model::desk::Viewer;
use crate::model::id::{ConversationId, StaffId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;
use uuid::Uuid;

/// Hints that may wait to be carried away. A burst of a few thousand turns fits; beyond it the bus is down or drowning,
/// and the catch-up of the other nodes does its work.
const WAITING: usize = 8_192;

/// One running program. A restart is another node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub Uuid);

/// What a node tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hint {
    /// A conversation has got messages: those after one sequence, up to another.
    Reached {
        /// Which.
        conversation: ConversationId,
        /// The newest sequence before.
        after: i64,
        /// The newest sequence now.
        sequence: i64,
    },
    /// A frame for whoever shows a conversation, as JSON. It may be lost.
    Shopper {
        /// Which.
        conversation: ConversationId,
        /// The frame.
        text: String,
    },
    /// All sockets of a conversation have to close.
    Dismissed {
        /// Which.
        conversation: ConversationId,
        /// With this code.
        code: u16,
    },
    /// A frame for sockets of the desk, as JSON. It may be lost.
    Desk {
        /// For whom.
        to: Audience,
        /// The frame.
        text: String,
    },
    /// A conversation has changed hands.
    Owner {
        /// Which.
        conversation: ConversationId,
        /// Who has it now.
        owner: Option<StaffId>,
    },
    /// The desk has something to look at.
    Attend(DeskEvent),
    /// Who views a conversation on this node.
    Views {
        /// Which.
        conversation: ConversationId,
        /// All of them; empty once the last has left.
        viewers: Vec<Viewer>,
    },
    /// A sign of life: everybody who has a socket of the desk here.
    Here {
        /// Each once.
        staff: Vec<StaffId>,
    },
    /// The node stops: nobody is at the desk there any more.
    Gone,
    /// Another knowledge may be in the database.
    Knowledge,
    /// The settings of the desk may have changed.
    Plan,
}

/// The near end of the bus. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Bus {
    outlet: Option<Arc<Outlet>>,
}

#[derive(Debug)]
struct Outlet {
    hints: mpsc::Sender<Hint>,
    /// Hints that found no room.
    lost: AtomicU64,
}

impl Bus {
    /// No other nodes.
    pub fn alone() -> Self {
        Self::default()
    }

    /// A bus to other nodes, and what has to be carried there.
    pub fn shared() -> (Self, mpsc::Receiver<Hint>) {
        let (hints, carried) = mpsc::channel(WAITING);
        (Self { outlet: Some(Arc::new(Outlet { hints, lost: AtomicU64::new(0) })) }, carried)
    }

    /// Whether there may be other nodes.
    pub fn is_shared(&self) -> bool {
        self.outlet.is_some()
    }

    /// Tells the others, if there are any.
    pub fn tell(&self, hint: impl FnOnce() -> Hint) {
        let Some(outlet) = &self.outlet else { return };
        if outlet.hints.try_send(hint()).is_err() {
            let lost = outlet.lost.fetch_add(1, Ordering::Relaxed) + 1;
            if lost.is_power_of_two() {
                tracing::warn!(lost, "hints for other nodes find no room; they catch up from the database");
            }
        }
    }

    /// Hints that found no room so far.
    pub fn lost(&self) -> u64 {
        self.outlet.as_ref().map_or(0, |outlet| outlet.lost.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_bus_loses_hints_and_counts_them() {
        let (bus, mut carried) = Bus::shared();
        for _ in 0..WAITING + 3 {
            bus.tell(|| Hint::Knowledge);
        }
        assert_eq!(bus.lost(), 3);
        assert_eq!(carried.try_recv(), Ok(Hint::Knowledge));
        bus.tell(|| Hint::Plan);
        assert_eq!(bus.lost(), 3);
    }

    #[test]
    fn alone_nothing_is_packed() {
        Bus::alone().tell(|| unreachable!("nobody listens"));
    }

    #[test]
    fn hints_survive_the_way() {
        let hint = Hint::Reached { conversation: ConversationId(Uuid::from_u128(7)), after: 1, sequence: 3 };
        let text = serde_json::to_string(&hint).unwrap();
        assert_eq!(serde_json::from_str::<Hint>(&text).unwrap(), hint);
        assert!(serde_json::from_str::<Hint>(r#"{"unheard_of":{}}"#).is_err());
    }
}
