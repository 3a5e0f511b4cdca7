//! Marketing that respects people: what a customer is to the shop, and whether something may be shown to a shopper at
//! this moment.

pub mod clusters;
pub mod contact;
pub mod lifetime;
pub mod rfm;
pub mod segment;
