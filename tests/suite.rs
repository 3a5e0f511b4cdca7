//! Everything that needs the whole program: one binary, so that the crate is linked once.

mod backup;
mod chat;
mod classify;
mod conversations;
mod desk;
mod fuzz;
mod import;
mod knowledge;
mod layers;
mod learning;
mod ledger;
mod marketing;
mod nodes;
mod operations;
mod privacy;
mod publish;
mod recommend;
mod rest;
mod settings;
mod shopping;
mod store;
mod support;
mod tasks;
mod types;
mod wire;
mod wire_http;
