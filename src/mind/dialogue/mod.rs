//! How a message becomes a reply.
//!
//! [`Assistant::turn`] is the whole way. It is pure: the same inputs give the same turn, on every node
//! and in every replay. Effects are data; the service floor performs them after the commit. The [`trace::Trace`] is stored
//! with the reply and answers "why did it say that?".

pub mod act;
pub mod act_in_words;
mod assistant;
mod circumstances;
pub mod context;
pub mod danger;
mod effect;
pub mod explain;
mod find;
pub mod flows;
pub mod grave;
mod knowledge;
pub mod memo;
pub mod noted;
pub mod ordinals;
pub mod parts;
pub mod phrases;
pub mod policy;
pub mod privacy;
pub mod product_facts;
mod repeated;
pub mod respond;
pub mod shopping;
pub mod state;
pub mod trace;
mod turn;
pub mod understand;
pub mod why;

pub use assistant::{Assistant, Models};
pub use circumstances::{ByRule, Context};
pub use effect::Effect;
pub use find::Found;
pub use knowledge::Knowledge;
pub use turn::Turn;
