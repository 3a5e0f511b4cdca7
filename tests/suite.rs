//! Everything that needs the whole program: one binary, so that the crate is linked once.

mod chat;
mod fuzz;
mod import;
mod layers;
mod ledger;
mod rest;
mod store;
mod support;
mod types;
mod wire;
mod wire_http;
