//! Whom a frame of the desk is for, and sending it there.

use super::owners::Owners;
use super::{DeskHub, Socket};
use crate::live::bus::Hint;
use crate::live::desk_protocol::DeskServerFrame;
use crate::live::parcel::Parcel;
use crate::model::id::{ConversationId, StaffId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

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

impl Audience {
    /// Whether a socket belongs to it.
    fn includes(&self, socket: &Socket, owners: &Owners) -> bool {
        let me = socket.staff();
        let shows = |conversation: &ConversationId| socket.shows(*conversation, owners);
        match self {
            Self::Conversation { conversation, except } => shows(conversation) && !except.contains(&me),
            Self::ViewingSupervisors { conversation, except } => {
                socket.supervises && socket.views.contains_key(conversation) && me != *except
            }
            Self::Case { conversation, also } => socket.all || shows(conversation) || also.contains(&me),
            Self::Staff(staff) => staff.contains(&me),
            Self::SupervisorsAnd(staff) => socket.supervises || *staff == Some(me),
            Self::All => true,
        }
    }
}

impl DeskHub {
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

    /// Sends on this node and, over the bus, on the others.
    fn send(&self, to: &Audience, frame: &DeskServerFrame) {
        let is_for_somebody = {
            let registry = self.registry();
            registry.sockets.values().any(|socket| to.includes(socket, &registry.owners))
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
        let slow = self.offer(parcel, |registry, socket| to.includes(socket, &registry.owners));
        self.show_without(slow);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::desk_hub::tests::{agent, conversation};

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
}
