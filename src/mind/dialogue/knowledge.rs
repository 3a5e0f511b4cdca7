//! What answers messages: the published content with the indexes that were built from it.

use crate::model::catalogue::Product;
use crate::model::flow::Flow;
use crate::model::knowledge::{FaqEntry, Knowledge as Content, Lane};
use crate::recommend::wish::reader::WishReader;
use crate::search::faq::FaqIndex;
use crate::search::products::ProductIndex;
use std::collections::HashMap;
use std::sync::Arc;

/// Content and indexes.
pub struct Knowledge {
    /// The content as it was published.
    pub content: Content,
    /// FAQ entries.
    pub faq: Arc<FaqIndex>,
    /// Products by their words.
    pub products: Arc<ProductIndex>,
    /// Titles of the products as messages are read, in the order of the catalogue.
    pub titles: Vec<String>,
    /// Words that name goods, colours, persons.
    pub wishes: Arc<WishReader>,
    /// Lane of each intent.
    pub lanes: HashMap<String, Lane>,
    /// Whether an answer depends on the shopper's segments.
    pub answers_by_segment: bool,
}

impl Knowledge {
    /// An entry by id.
    pub fn entry(&self, id: &str) -> Option<&FaqEntry> {
        self.content.faq.iter().find(|entry| entry.id == id)
    }

    /// A product by its number.
    pub fn product(&self, sku: &str) -> Option<&Product> {
        self.content.products.iter().find(|product| product.sku == sku)
    }

    /// The standard question of an entry; empty where there is none.
    pub fn question(&self, id: &str) -> &str {
        self.entry(id).map_or("", |entry| entry.question.as_str())
    }

    /// What people call an entry: its standard question, or the id of one that is gone.
    pub fn called<'a>(&'a self, id: &'a str) -> &'a str {
        self.entry(id).map_or(id, |entry| entry.question.as_str())
    }

    /// The standard questions of entries.
    pub fn questions(&self, ids: &[String]) -> Vec<String> {
        ids.iter().filter_map(|id| self.entry(id)).map(|entry| entry.question.clone()).collect()
    }

    /// A flow by its name.
    pub fn flow(&self, name: &str) -> Option<&Flow> {
        self.content.flows.iter().find(|flow| flow.name == name)
    }

    /// The lane of an intent; an unknown one is business.
    pub fn lane(&self, intent: &str) -> Lane {
        self.lanes.get(intent).copied().unwrap_or(Lane::Business)
    }
}
