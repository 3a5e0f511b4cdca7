//! Marketing that respects people: whether something may be shown to a shopper at this moment.

pub mod contact;
