//! The protocol's promises over real sockets. A name that begins with `line_` names the line of the checklist of
//! trust that it proves.

mod admission;
mod frames;
mod http;
mod limits;
mod resuming;
mod session;
