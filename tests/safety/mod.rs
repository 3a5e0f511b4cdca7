//! Safe to put on the internet: who is let in, for how long, and what the pages allow.

mod identity;
mod outgoing;
mod records;
mod second_step;
mod uploads;
mod web;
