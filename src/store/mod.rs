//! The database: the truth about everything that was acknowledged, and the only place with SQL.
//!
//! One file per aggregate, each a set of functions on [`Db`]. A statement is written once and compiled for both
//! backends by the `reading!` and `writing!` macros; the portable subset is described at the top of the first
//! migration, and `$1` placeholders, `RETURNING` and `ON CONFLICT` work on both.
//!
//! # Invariants
//! - Moments come from the caller; no statement asks the database for the time.
//! - A function either does all it says or nothing: everything that writes runs in one transaction.
//! - SQLite has one writer connection, so a write transaction never meets `SQLITE_BUSY` inside this process;
//!   `BEGIN IMMEDIATE` keeps other processes (a backup, the command line) from dead-locking with it.

pub mod api_key;
pub mod audit;
pub mod backlog;
pub mod conversation;
pub mod copy;
pub mod correction;
mod db;
pub mod demo_order;
pub mod desk;
pub mod event;
pub mod faq;
pub mod figures;
pub mod health;
pub mod identity;
pub mod inbox;
pub mod job;
pub mod journal;
pub mod knowledge;
pub mod lease;
pub mod marketing;
pub mod personal;
pub mod picture;
mod portions;
pub mod product;
pub mod recommendation;
pub mod retention;
pub mod saved_test;
mod schema;
pub mod second_factor;
pub mod session;
pub mod setting;
pub mod shop_request;
pub mod shopper;
pub mod sign_in_failure;
pub mod staff;
pub mod trained_model;
pub mod turn_fact;
pub mod unknown_question;
pub mod word_draft;

pub use db::{DatabaseSettings, Db, StoreError};
