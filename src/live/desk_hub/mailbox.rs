//! The place that one socket of an agent has in the hub, from joining to leaving.

use super::{DeskHub, Socket};
use crate::live::line::Line;
use crate::live::parcel::Parcel;
use crate::model::desk::Named;
use std::collections::HashMap;
use std::sync::Arc;

/// The receiving end of one socket. Dropping it gives the place back.
#[derive(Debug)]
pub struct DeskMailbox {
    hub: DeskHub,
    number: u64,
    line: Arc<Line>,
}

impl DeskHub {
    /// A place for one socket; none while the program stops.
    pub fn join(&self, who: Named, supervises: bool) -> Option<DeskMailbox> {
        let line = Arc::new(Line::default());
        let mut registry = self.registry();
        if registry.draining {
            return None;
        }
        registry.next_socket += 1;
        let number = registry.next_socket;
        let socket = Socket { who, supervises, all: false, views: HashMap::new(), line: Arc::clone(&line) };
        registry.sockets.insert(number, socket);
        Some(DeskMailbox { hub: self.clone(), number, line })
    }
}

impl DeskMailbox {
    /// The next frame to write, or the code to close with. May be dropped and called again: nothing is lost.
    pub async fn next(&mut self) -> Result<Arc<Parcel>, u16> {
        self.line.next().await
    }

    /// The next frame, if there is one already.
    pub fn ready(&mut self) -> Option<Arc<Parcel>> {
        self.line.ready()
    }

    /// Ends the socket with a code, after what it is due.
    pub fn close(&self, code: u16) {
        self.line.close(code);
    }

    /// The socket's name in the hub.
    pub fn number(&self) -> u64 {
        self.number
    }
}

impl Drop for DeskMailbox {
    fn drop(&mut self) {
        // A statement of its own: what is shown next takes the lock again.
        let left = self.hub.registry().sockets.remove(&self.number);
        self.hub.show_without(left);
    }
}
