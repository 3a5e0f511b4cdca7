//! The desk, decided: when people answer, who waits in which order, who gets the next conversation, what a wait costs,
//! and what the figures say. Nothing here knows a clock or a database.

pub mod customer;
pub mod hours;
pub mod hours_in_words;
pub mod masked;
pub mod priority;
pub mod report;
pub mod risk;
pub mod routing;
pub mod rules;
pub mod variables;
