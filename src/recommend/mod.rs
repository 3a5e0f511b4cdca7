//! Recommendation: from what shoppers say and do to products, each with its true reason.
//!
//! [`wish`] reads what the words ask for, [`engine`] learns from behaviour which products go together and what a
//! shopper likes, and [`in_conversation`] lets the words decide what fits and the behaviour decide the order.

pub mod engine;
pub mod in_conversation;
pub mod simulate;
pub mod wish;
