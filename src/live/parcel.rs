//! What a hub passes on to a socket.

use crate::live::desk_protocol::DeskServerFrame;
use crate::live::protocol::ServerFrame;
use std::sync::Arc;

/// Something for sockets, made once for all of them. A frame in it is JSON, as it goes on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parcel {
    /// A frame that may be lost.
    MayBeLost {
        /// The frame.
        frame: String,
    },
    /// A message of a conversation.
    Message {
        /// Its place in the conversation.
        sequence: i64,
        /// The frame that it is in.
        frame: String,
    },
    /// Word that a conversation has come to a sequence; its messages have to be read from the database.
    Reached {
        /// The newest sequence.
        sequence: i64,
    },
}

impl Parcel {
    /// Packs a frame.
    ///
    /// # Errors
    /// serde's, which no frame of the protocol causes.
    pub fn of(frame: &ServerFrame) -> serde_json::Result<Arc<Self>> {
        let text = serde_json::to_string(frame)?;
        Ok(Arc::new(match frame {
            ServerFrame::Message { message } => Self::Message { sequence: message.sequence, frame: text },
            _ => Self::MayBeLost { frame: text },
        }))
    }

    /// Packs a frame of the desk.
    ///
    /// # Errors
    /// serde's, which no frame of the desk causes.
    pub fn for_desk(frame: &DeskServerFrame) -> serde_json::Result<Arc<Self>> {
        Ok(Self::carried(serde_json::to_string(frame)?))
    }

    /// A frame that may be lost and that somebody has packed already, such as another node.
    pub fn carried(frame: String) -> Arc<Self> {
        Arc::new(Self::MayBeLost { frame })
    }

    /// Word that a conversation has come to a sequence, without the message itself.
    pub fn reached(sequence: i64) -> Arc<Self> {
        Arc::new(Self::Reached { sequence })
    }

    /// How far the conversation has come with it; nothing where no message is in it or behind it.
    pub fn sequence(&self) -> Option<i64> {
        match self {
            Self::MayBeLost { .. } => None,
            Self::Message { sequence, .. } | Self::Reached { sequence } => Some(*sequence),
        }
    }

    /// What to write; nothing where the database has it.
    pub fn frame(&self) -> Option<&str> {
        match self {
            Self::MayBeLost { frame } | Self::Message { frame, .. } => Some(frame),
            Self::Reached { .. } => None,
        }
    }
}
