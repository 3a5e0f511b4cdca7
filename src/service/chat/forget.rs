//! Forgetting conversations that are deleted.

use super::Chat;
use crate::model::id::ConversationId;

impl Chat {
    /// Does something to conversations while no turn of this node is under way in any of them; they are not remembered
    /// afterwards. On other nodes a turn that was decided before is refused by the journal.
    pub async fn forgetting<T>(&self, conversations: &[ConversationId], deed: impl Future<Output = T>) -> T {
        let mut sorted = conversations.to_vec();
        // Always in one order, so that two who do this never wait for each other.
        sorted.sort_unstable();
        let open: Vec<_> = sorted.iter().map(|one| self.memory.open(*one)).collect();
        let mut held = Vec::with_capacity(open.len());
        for one in &open {
            held.push(one.turn.lock().await);
        }
        let done = deed.await;
        for remembered in &mut held {
            **remembered = None;
        }
        for one in sorted {
            self.memory.forget(one);
        }
        done
    }

    /// Remembers nothing of any conversation: they are read from the database again.
    pub fn forget_all(&self) {
        self.memory.forget_all();
    }
}
