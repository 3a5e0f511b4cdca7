//! What this server asks of others. It never reaches into the network that it stands in, unless the operator has listed
//! what it may reach there: a name is looked up once, every address is judged, and the connection goes to one that was
//! judged. Redirects are not followed, answers are read up to a limit, and time is limited by whoever asks.

mod address;
mod http;

pub use address::Allowed;
pub(super) use http::Target;
