//! Plain data that every floor shares. No behaviour beyond what the data itself guarantees: parsing into an id,
//! printing a price, telling which authors a shopper may see.
//!
//! Everything here is free of clocks, randomness and I/O. Times are [`crate::clock::Timestamp`] values that
//! somebody above passed in; ids are made by the service floor.

pub mod access;
pub mod catalogue;
pub mod chat;
pub mod color;
pub mod customer;
pub mod date;
pub mod desk;
pub mod flow;
pub mod id;
pub mod knowledge;
pub mod order;
pub mod publication;
pub mod secret;
