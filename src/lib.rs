//! Xiaoer (小二): the customer-service assistant that a Chinese online shop runs itself.
pub mod clock;
pub mod live;
pub mod store;
pub mod model;
pub mod text;
