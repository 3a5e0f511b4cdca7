//! Everything that answers, as one immutable value. A publish builds a new one and swaps it in; a change that touches a
//! part shares the rest with the one before.

use super::knowledge::Knowledge;
use super::memo::Memo;
use super::policy::Thresholds;
use crate::classify::intent::IntentModel;
use crate::classify::mood::MoodReader;
use crate::model::catalogue::Product;
use crate::model::knowledge::{Knowledge as Content, Shop};
use crate::text::Language;
use crate::text::entity::EntityReader;
use std::collections::HashMap;
use std::sync::Arc;

/// The models that read and the knowledge that is asked.
pub struct Assistant {
    /// Which knowledge this is; every answer names it.
    pub version: i64,
    /// What reads messages.
    pub models: Arc<Models>,
    /// What answers them.
    pub knowledge: Arc<Knowledge>,
    /// Lines between answering, asking and admitting.
    pub thresholds: Thresholds,
    /// What was understood of late.
    pub memo: Memo,
}

/// What reads messages.
pub struct Models {
    /// Normalisation and words.
    pub language: Language,
    /// Order numbers, amounts, sizes.
    pub entities: EntityReader,
    /// What is wanted.
    pub intents: IntentModel,
    /// How it is said.
    pub mood: Arc<MoodReader>,
}

impl Assistant {
    /// The same with another intent model; everything else is shared.
    #[must_use]
    pub fn with_intents(&self, intents: IntentModel) -> Self {
        let Models { language, entities, mood, .. } = &*self.models;
        let models = Models { language: language.clone(), entities: entities.clone(), intents, mood: Arc::clone(mood) };
        Self {
            version: self.version,
            models: Arc::new(models),
            knowledge: Arc::clone(&self.knowledge),
            thresholds: self.thresholds,
            memo: Memo::default(),
        }
    }

    /// The same with other lines between answering, asking and admitting.
    #[must_use]
    pub fn with_thresholds(&self, thresholds: Thresholds) -> Self {
        let (models, knowledge) = (Arc::clone(&self.models), Arc::clone(&self.knowledge));
        Self { version: self.version, models, knowledge, thresholds, memo: Memo::default() }
    }

    /// The same with other stock and prices of some products; what is searched stays.
    #[must_use]
    pub fn with_stock(&self, changed: &[Product]) -> Self {
        let changed: HashMap<&str, &Product> = changed.iter().map(|product| (product.sku.as_str(), product)).collect();
        let mut content = self.knowledge.content.clone();
        for product in &mut content.products {
            if let Some(changed) = changed.get(product.sku.as_str()) {
                product.stock = changed.stock;
                product.price = changed.price;
                product.original_price = changed.original_price;
            }
        }
        self.with_content(self.version, content)
    }

    /// The next version, in which the shop presents itself otherwise; what is searched and how orders are read stays.
    #[must_use]
    pub fn with_shop(&self, shop: Shop) -> Self {
        let order_number_pattern = self.knowledge.content.shop.order_number_pattern.clone();
        let shop = Shop { order_number_pattern, ..shop };
        self.with_content(self.version + 1, Content { shop, ..self.knowledge.content.clone() })
    }

    /// Another content that gives the same indexes.
    fn with_content(&self, version: i64, content: Content) -> Self {
        let former = &self.knowledge;
        let knowledge = Knowledge {
            content,
            faq: Arc::clone(&former.faq),
            products: Arc::clone(&former.products),
            titles: former.titles.clone(),
            wishes: Arc::clone(&former.wishes),
            lanes: former.lanes.clone(),
            answers_by_segment: former.answers_by_segment,
        };
        Self {
            version,
            models: Arc::clone(&self.models),
            knowledge: Arc::new(knowledge),
            thresholds: self.thresholds,
            memo: Memo::default(),
        }
    }
}
