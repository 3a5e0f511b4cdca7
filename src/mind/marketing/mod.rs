//! Marketing that respects people: what a customer is to the shop, which of them are alike, what a campaign is, and
//! whether something may be shown or sent to somebody at this moment.
//!
//! Two decisions stand alone, each in its file: [`contact`] for products in a reply, [`sending`] for a message of a
//! campaign. Everything else here says what is known ([`profile`], [`rfm`], [`lifetime`], [`odds`], [`clusters`]), whom a
//! rule means ([`segment`]), what is planned ([`campaign`], [`split`]) and what came of it ([`lift`]).

pub mod assemble;
pub mod campaign;
pub mod clusters;
pub mod contact;
pub mod due;
pub mod lifetime;
pub mod lift;
pub mod odds;
pub mod profile;
pub mod report;
pub mod rfm;
pub mod segment;
pub mod sending;
pub mod split;
pub mod traces;
pub mod unsubscribe;
pub mod wording;
