//! What the desk keeps. Messages and the states of cases are written by [`crate::store::journal`] alone; here they are
//! read, and everything around them is kept.

pub mod agent;
pub mod case;
pub mod history;
pub mod lesson;
pub mod note;
pub mod plan;
pub mod quality;
pub mod queue;
pub mod quick_reply;
pub mod report;
pub mod search;
pub mod suggestion;
