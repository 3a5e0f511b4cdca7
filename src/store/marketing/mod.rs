//! Marketing: who agreed to what, segments, campaigns, what was sent and what came of it.
//!
//! The check before a message is sent lives in [`delivery`]: one transaction that makes decisions about a person wait for
//! each other, reads the facts, lets the pure decision speak, and notes what it said.

pub mod campaign;
pub mod consent;
pub mod delivery;
pub mod facts;
pub mod goods;
pub mod order;
pub mod report;
pub mod segment;
pub mod traces;

pub use facts::{Facts, Recipient};
