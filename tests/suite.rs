//! Everything that needs the whole program: one binary, so that the crate is linked once.

mod chat;
mod classify;
mod import;
mod layers;
mod learning;
mod rest;
mod store;
mod support;
mod types;
