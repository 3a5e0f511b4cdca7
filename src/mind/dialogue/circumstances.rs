//! What stands around a message besides its words and the dialogue's memory. The service floor gathers it before the turn.

use super::knowledge::Knowledge;
use super::shopping;
use crate::model::catalogue::Sku;
use crate::model::chat::{PageContext, Status};
use crate::model::date::Date;
use crate::model::desk::Segment;
use crate::model::knowledge::Listener;
use crate::recommend::taste::Taste;
use std::collections::HashSet;

/// What is known around a message besides its words and the dialogue's memory.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Who answers at the moment.
    pub status: Status,
    /// Where the shopper is.
    pub page: Option<PageContext>,
    /// What the recommender says of this shopper.
    pub personal: Taste,
    /// Products not to suggest to this shopper: dismissed, or bought and not consumed.
    pub withheld: HashSet<Sku>,
    /// Whether there is too much to do for product suggestions; a wish for products is then put off.
    pub without_products: bool,
    /// Whether the assistant is silent while the shopper waits for a person.
    pub silent_while_waiting: bool,
    /// What a rule of the shop sends to a person.
    pub by_rule: ByRule,
    /// The day.
    pub today: Date,
    /// The shopper's segments, where an answer depends on them.
    pub segments: Vec<Segment>,
}

impl Context {
    /// Who is answered and where.
    pub fn listener<'a>(&'a self, knowledge: &'a Knowledge) -> Listener<'a> {
        let product = shopping::on_page(self).and_then(|sku| knowledge.product(sku));
        Listener {
            segments: &self.segments,
            product: product.map(|product| (product.sku.as_str(), product.category.as_str())),
        }
    }
}

/// What the rules of the shop send to a person, for this shopper.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ByRule {
    /// Whatever is said.
    pub always: bool,
    /// Names of intents.
    pub intents: HashSet<String>,
}
