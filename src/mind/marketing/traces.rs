//! What is kept of a person, gathered from all tables: profiles are assembled from it.

use super::campaign::Channel;
use crate::classify::mood::Mood;
use crate::clock::Timestamp;
use crate::model::catalogue::{Money, Sku};
use crate::model::customer::Event;
use crate::model::id::ShopperId;
use crate::model::order::{Facts, Order, OrderStatus};
use std::collections::BTreeMap;

/// An order, as far as marketing is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderHead {
    /// Its number.
    pub number: String,
    /// How far it has come.
    pub status: OrderStatus,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// What it cost.
    pub total: Money,
    /// What was ordered.
    pub skus: Vec<Sku>,
}

impl OrderHead {
    /// What marketing keeps of an order.
    pub fn of(order: &Order) -> Self {
        Self {
            number: order.number.clone(),
            status: order.status,
            placed_at: order.placed_at,
            total: order.total,
            skus: order.items.iter().map(|item| item.sku.clone()).collect(),
        }
    }

    /// Whether it was paid for and not taken back.
    pub fn is_paid(&self) -> bool {
        !matches!(self.status, OrderStatus::Unpaid | OrderStatus::Cancelled)
    }
}

/// What a conversation says of somebody.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Talk {
    /// Messages they wrote.
    pub messages: u32,
    /// Their mood.
    pub mood: Mood,
    /// Whether a complaint is open.
    pub complaint: bool,
    /// Whether a person serves them, or is waited for.
    pub with_agent: bool,
    /// The newest of it.
    pub at: Timestamp,
}

/// Everything that is kept of a person.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Traces {
    /// The shop's name of the customer.
    pub customer: Option<String>,
    /// Their browsers, the newest last.
    pub shoppers: Vec<ShopperId>,
    /// When the first of them came.
    pub first_seen: Timestamp,
    /// What the shop's token said, and when.
    pub told: Option<(Facts, Timestamp)>,
    /// What they did, in the order of time.
    pub events: Vec<Event>,
    /// Their orders.
    pub orders: Vec<OrderHead>,
    /// Their conversation.
    pub talk: Option<Talk>,
    /// What they agreed to, or no longer, and when.
    pub consents: BTreeMap<Channel, (bool, Timestamp)>,
}

/// The key of a person: of a customer, or of a browser whose customer is not known.
pub fn key_of(customer: Option<&str>, shopper: ShopperId) -> String {
    customer.map_or_else(|| format!("v:{shopper}"), |customer| format!("c:{customer}"))
}
