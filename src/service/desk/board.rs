//! What each member of staff is shown of the queue: the cases that they may take, and numbers that say the same as their
//! lists. It is read once for everybody and handed out by [`Unfinished::is_for`].

use super::{Desk, DeskRefused};
use crate::clock::Timestamp;
use crate::live::desk_protocol::{DeskServerFrame, QUEUE_HEAD};
use crate::model::customer::Role;
use crate::model::desk::{AgentCard, CaseCard, Counters, Presence};
use crate::model::id::{CaseId, StaffId};
use crate::store::StoreError;
use crate::store::desk::case::{self, Reader, Unfinished};
use crate::store::desk::queue;
use std::collections::{BTreeSet, HashMap};

/// A case as it was when it was decided who is shown it.
type Place = (CaseId, i64);

/// The desk's unfinished cases at one moment, and the numbers that are the same for all.
pub(super) struct Board {
    cases: Vec<Unfinished>,
    shop: Counters,
}

/// What one member of staff is shown of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Share {
    /// The first of the queue, as far as they may take it.
    head: Vec<Place>,
    /// Their numbers.
    pub(super) counters: Counters,
}

impl Board {
    /// What of it a member of staff is shown.
    pub(super) fn share(&self, member: &AgentCard) -> Share {
        let reader = Reader { staff: StaffId(member.id), all: member.role != Role::Agent.name() };
        let mut counters = Counters { mine: member.open, ..self.shop };
        let mut head = Vec::new();
        for case in self.cases.iter().filter(|case| case.is_for(reader, &member.groups)) {
            match (case.waits, case.ticket) {
                (true, false) => counters.waiting += 1,
                (true, true) => counters.tickets += 1,
                (false, _) => counters.open += 1,
            }
            if case.waits && head.len() < QUEUE_HEAD {
                head.push((case.id, case.revision));
            }
        }
        Share { head, counters }
    }
}

impl Desk {
    /// The board at this moment.
    pub(super) async fn board(&self, agents: &[AgentCard]) -> Result<Board, StoreError> {
        let midnight = Timestamp(self.clock.now().china_day() * 86_400_000 - 8 * 3_600_000);
        let resolved_today = queue::resolved_since(&self.db, midnight).await?;
        let online = agents.iter().filter(|agent| agent.presence == Presence::Online).count();
        let shop = Counters { resolved_today, agents_online: online as i64, ..Counters::default() };
        Ok(Board { cases: case::all_unfinished(&self.db).await?, shop })
    }

    /// The cards of a share's queue.
    pub(super) async fn queue_of(&self, share: &Share) -> Result<Vec<CaseCard>, StoreError> {
        Ok(in_order(&share.head, &self.cards(&[&share.head]).await?))
    }

    /// Shows everybody who is connected here their numbers and the head of their queue, where they have changed.
    pub(super) async fn show_shares(&self, agents: &[AgentCard]) -> Result<(), DeskRefused> {
        let (board, connected) = (self.board(agents).await?, self.hub.connected_here());
        let members = agents.iter().filter(|agent| connected.contains(&StaffId(agent.id)));
        let shares: HashMap<StaffId, Share> = members.map(|member| (StaffId(member.id), board.share(member))).collect();
        let (here, before) = (self.hub.here(), std::mem::take(&mut self.shown().shares));
        // Whoever is in the same groups has the same head: it is written once for all of them.
        let mut heads: HashMap<&[Place], Vec<StaffId>> = HashMap::new();
        for (member, share) in &shares {
            let had = before.get(member);
            if had.is_none_or(|had| had.counters != share.counters) {
                here.to_staff(&[*member], &DeskServerFrame::Counters { counters: share.counters });
            }
            if had.is_none_or(|had| had.head != share.head) {
                heads.entry(&share.head).or_default().push(*member);
            }
        }
        let changed: Vec<&[Place]> = heads.keys().copied().collect();
        let cards = self.cards(&changed).await?;
        for (head, members) in heads {
            here.to_staff(&members, &DeskServerFrame::Queue { queue: in_order(head, &cards) });
        }
        self.shown().shares = shares;
        Ok(())
    }

    /// The cards of these heads, each once.
    async fn cards(&self, heads: &[&[Place]]) -> Result<HashMap<Place, CaseCard>, StoreError> {
        let ids: BTreeSet<CaseId> = heads.iter().flat_map(|head| head.iter().map(|place| place.0)).collect();
        let rows = case::by_ids(&self.db, &ids.into_iter().collect::<Vec<_>>()).await?;
        Ok(rows.iter().map(|row| ((row.id, row.revision), self.card(row))).collect())
    }
}

/// The cards of a head. A case that has changed since may be somebody else's to see, and is left to the next look.
fn in_order(head: &[Place], cards: &HashMap<Place, CaseCard>) -> Vec<CaseCard> {
    head.iter().filter_map(|place| cards.get(place).cloned()).collect()
}
