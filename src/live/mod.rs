//! Who is connected: the wire protocol, the mailbox of each socket, and the hub that knows them all.
//!
//! # Invariants
//! - Nothing here is the truth. The database is; a socket that missed something says `hello` with the last sequence
//!   it saw and gets exactly what it missed.
//! - Slow never stalls fast: publishing never waits. A mailbox that is full is closed with "resume".
//! - A hub shows on its own node at once, and tells the other nodes over the bus; `here()` shows on this node alone.

pub mod admissions;
pub mod bus;
pub mod desk_hub;
pub mod desk_protocol;
pub mod hub;
pub mod limits;
mod line;
pub mod nats;
pub mod parcel;
pub mod protocol;
