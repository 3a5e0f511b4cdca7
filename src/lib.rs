//! Xiaoer (小二): the customer-service assistant that a Chinese online shop runs itself.
//!
//! # Floors
//!
//! A file imports only from floors below its own; a test keeps it so. Floors 0 to 2 are pure: no runtime, no
//! database, no files, no clock, no randomness that is not passed in. Runtime, HTTP and database are crates that their
//! package does not depend on; files, sockets and the system's time are forbidden by the same test, but for [`clock`].
//!
//! | floor | rooms | what lives there |
//! |---|---|---|
//! | 0 | [`model`], [`clock`], [`text`] | plain data, time as a value, Chinese text in and tokens out |
//! | 1 | [`classify`], [`search`], [`recommend`], [`marketing`] | what is meant, what answers it, what suits, what may be shown |
//! | 2 | [`dialogue`], [`desk`] | how a message becomes a reply, who gets the next conversation |
//! | 3 | [`store`], [`live`] | the database, who is connected |
//! | 4 | [`service`] | one file a use case: load, decide, save, then publish |
//! | 5 | [`api`] | HTTP and WebSocket |
//! | top | [`config`], [`app`], [`command`] | settings, the program as a whole, its commands |
//!
//! The way of one message: [`api::wire`] reads a frame, [`service::chat`] loads the conversation, [`dialogue`] decides,
//! [`store::journal`] commits message, reply and trace together, [`live::hub`] shows them to everybody who looks on.

pub mod api;
pub mod app;
pub mod command;
pub mod config;
pub mod live;
pub mod service;
pub mod store;

pub use xiaoer_mind::{classify, clock, desk, dialogue, marketing, model, recommend, search, text};
