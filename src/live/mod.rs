//! Who is connected: the wire protocol, one session per socket, the hub that knows them all, and the bus between
//! nodes.
pub mod protocol;
