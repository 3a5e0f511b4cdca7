//! How fast visitors and addresses may do what costs something.

use super::memory::Open;
use super::{Chat, Refused, Visitor};
use std::net::IpAddr;
use std::time::Instant;

impl Chat {
    /// Lets a message pass.
    pub(super) fn pace(&self, visitor: Visitor, open: &Open) -> Result<(), Refused> {
        let now = Instant::now();
        open.take_message(now, &self.limits.of_visitor()).map_err(Refused::TooFast)?;
        self.memory.messages.take(visitor.address, now, &self.limits.of_address()).map_err(Refused::TooFast)
    }

    /// Lets a frame pass that is no message: each of them may read or write the database all the same.
    ///
    /// # Errors
    /// [`Refused::TooFast`].
    pub fn pace_frame(&self, visitor: Visitor) -> Result<(), Refused> {
        let open = self.memory.open(visitor.conversation);
        open.take_frame(Instant::now(), &self.limits.of_frames()).map_err(Refused::TooFast)
    }

    /// Lets one more visitor of an address in whom nobody knows.
    pub(super) fn pace_newcomer(&self, address: IpAddr) -> Result<(), Refused> {
        self.memory.newcomers.take(address, Instant::now(), &self.limits.of_newcomers()).map_err(Refused::TooFast)
    }

    /// Lets one request of an address pass that costs as much as a message.
    ///
    /// # Errors
    /// [`Refused::TooFast`].
    pub fn pace_of(&self, address: IpAddr) -> Result<(), Refused> {
        self.memory.messages.take(address, Instant::now(), &self.limits.of_address()).map_err(Refused::TooFast)
    }
}
