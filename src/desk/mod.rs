//! The desk: who waits for a person, in which order, and how long it will take.

pub mod queue;
