//! The assistant of a knowledge: index, models and words put together.

use super::intents::intent_model;
use crate::classify::intent::IntentModel;
use crate::classify::mood::MoodReader;
use crate::clock::{Clock, Timestamp};
use crate::dialogue::memo::Memo;
use crate::dialogue::policy::Thresholds;
use crate::dialogue::{Assistant, Knowledge, Models};
use crate::model::knowledge::FaqEntry;
use crate::recommend::wish::reader::WishReader;
use crate::search::analyser::Analyser;
use crate::search::faq::FaqIndex;
use crate::search::products::ProductIndex;
use crate::service::Failure;
use crate::service::shipped::ShippedModels;
use crate::service::trained::TrainedBefore;
use crate::store::Db;
use crate::store::knowledge::Published as Stored;
use crate::text::Language;
use crate::text::entity::EntityReader;
use crate::text::normalize::normalize;
use std::sync::Arc;

/// When the first of these entries begins or ceases to answer after a moment.
pub fn next_change(entries: &[FaqEntry], now: Timestamp) -> Option<Timestamp> {
    entries.iter().filter_map(|entry| entry.extras.next_change(now)).min()
}

/// Only the entries that answer at a moment.
pub(super) fn valid_at(mut stored: Stored, now: Timestamp) -> Stored {
    stored.knowledge.faq.retain(|entry| entry.extras.is_valid_at(now));
    stored
}

/// Builds the assistant for a knowledge; what comes with its folder need not be trained.
///
/// # Errors
/// [`Failure`] where a model or an index cannot be built.
pub async fn build(
    db: &Db,
    clock: &Clock,
    stored: Stored,
    shipped: &ShippedModels,
    trained: &TrainedBefore,
    thresholds: Thresholds,
) -> Result<Assistant, Failure> {
    let language = Language::new(&stored.knowledge.dictionary).with_vectors(shipped.vectors()?);
    let intents = intent_model(db, clock, &language, &stored.knowledge.intents, Some(trained), true).await?;
    assemble(valid_at(stored, clock.now()), language, intents, shipped, thresholds)
}

/// The assistant from its knowledge and the models that read for it.
///
/// # Errors
/// [`Failure`] where a model or an index cannot be built.
pub fn assemble(
    stored: Stored,
    language: Language,
    intents: IntentModel,
    shipped: &ShippedModels,
    thresholds: Thresholds,
) -> Result<Assistant, Failure> {
    let Stored { version, checksum: _, knowledge: content } = stored;
    let sentiment = shipped.sentiment(language.segmenter())?;
    let entities = EntityReader::new(&content.shop.order_number_pattern)
        .map_err(|error| Failure::inside("shop.order_number_pattern", &error))?;
    let analyser = Analyser::new(language.clone(), &content.synonyms).without(&content.stop_words);
    let common = shipped.common(language.segmenter())?;
    let by_segment = |entry: &FaqEntry| entry.extras.variants.iter().any(|variant| variant.segment.is_some());
    let knowledge = Arc::new(Knowledge {
        faq: Arc::new(FaqIndex::build(analyser.clone(), &content.faq, common)?),
        products: Arc::new(ProductIndex::build(analyser, &content.products, &content.categories)?),
        titles: content.products.iter().map(|product| normalize(&product.name)).collect(),
        wishes: Arc::new(WishReader::new(&content.categories, &content.products)),
        lanes: content.intents.iter().map(|intent| (intent.name.clone(), intent.lane)).collect(),
        answers_by_segment: content.faq.iter().any(by_segment),
        content,
    });
    let mood = Arc::new(MoodReader::new(shipped.mood().clone(), sentiment));
    let models = Arc::new(Models { language, entities, intents, mood });
    Ok(Assistant { version, models, knowledge, thresholds, memo: Memo::default() })
}
