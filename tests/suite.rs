//! Everything that needs the whole program: one binary, so that the crate is linked once.

mod chat;
mod import;
mod layers;
mod recommend;
mod rest;
mod store;
mod support;
mod types;
