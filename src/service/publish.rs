//! From the knowledge in the database to the assistant that answers with it.
//!
//! The index and the models are built from the database on every node. What takes long, the intent model, is kept in
//! the database under the checksum of what it was trained from. A publish builds a whole new assistant and swaps it
//! in: a turn is answered by one version or the next, never by a mixture.

use crate::classify::intent::IntentModel;
use crate::classify::mood::MoodReader;
use crate::clock::Clock;
use crate::dialogue::memo::Memo;
use crate::dialogue::policy::Thresholds;
use crate::dialogue::{Assistant, Knowledge, Models};
use crate::model::knowledge::Intent;
use crate::recommend::wish::WishReader;
use crate::search::analyser::Analyser;
use crate::search::faq::FaqIndex;
use crate::search::products::ProductIndex;
use crate::service::Failure;
use crate::service::shipped::ShippedModels;
use crate::store::knowledge::Published as Stored;
use crate::store::{Db, trained_model};
use crate::text::Language;
use crate::text::entity::EntityReader;
use sha2::{Digest, Sha256};
use std::sync::{Arc, PoisonError, RwLock};

/// Name of the intent model in the database.
const INTENT_MODEL: &str = "intent";

/// The assistant in force; clones share it. A reader holds the version it got until its turn is done.
#[derive(Clone)]
pub struct Published {
    current: Arc<RwLock<Arc<Assistant>>>,
}

impl Published {
    /// Starts with an assistant.
    pub fn new(assistant: Assistant) -> Self {
        Self { current: Arc::new(RwLock::new(Arc::new(assistant))) }
    }

    /// The assistant in force.
    pub fn assistant(&self) -> Arc<Assistant> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another assistant in force. Turns that have begun end with the former one.
    pub fn swap(&self, assistant: Assistant) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(assistant);
    }
}

/// Builds the assistant for a knowledge.
///
/// # Errors
/// [`Failure`] where a model or an index cannot be built.
pub async fn build(
    db: &Db,
    clock: &Clock,
    stored: Stored,
    shipped: &ShippedModels,
    thresholds: Thresholds,
) -> Result<Assistant, Failure> {
    let Stored { version, checksum: _, knowledge: content } = stored;
    let language = Language::new(&content.dictionary);
    let intents = intent_model(db, clock, &language, &content.intents).await?;
    let sentiment = shipped.sentiment(language.segmenter())?;
    let entities = EntityReader::new(&content.shop.order_number_pattern)
        .map_err(|error| Failure::Model(format!("shop.order_number_pattern: {error}")))?;
    let analyser = Analyser::new(language.clone(), &content.synonyms);
    let common = shipped.common(language.segmenter())?;
    let knowledge = Knowledge {
        faq: FaqIndex::build(analyser.clone(), &content.faq, common)?,
        products: ProductIndex::build(analyser, &content.products, &content.categories)?,
        wishes: WishReader::new(&content.categories, &content.products),
        lanes: content.intents.iter().map(|intent| (intent.name.clone(), intent.lane)).collect(),
        content,
    };
    let models = Models { language, entities, intents, mood: MoodReader::new(sentiment) };
    Ok(Assistant { version, models, knowledge, thresholds, memo: Memo::default() })
}

/// The intent model that was trained from these utterances, or a new one.
async fn intent_model(db: &Db, clock: &Clock, language: &Language, intents: &[Intent]) -> Result<IntentModel, Failure> {
    let checksum = intents_checksum(language, intents)?;
    if let Some(bytes) = trained_model::get(db, INTENT_MODEL, &checksum).await? {
        match IntentModel::from_bytes(&bytes, language) {
            Ok(model) => return Ok(model),
            Err(error) => tracing::warn!(%error, "the kept intent model cannot be read, training it again"),
        }
    }
    tracing::info!(intents = intents.len(), "training the intent model");
    let (model, report) = IntentModel::train(language, intents).map_err(|error| Failure::Model(error.to_string()))?;
    tracing::info!(iterations = report.iterations, gradient = report.gradient_norm, "intent model trained");
    trained_model::put(db, INTENT_MODEL, &checksum, &model.to_bytes(), clock.now()).await?;
    Ok(model)
}

fn intents_checksum(language: &Language, intents: &[Intent]) -> Result<String, Failure> {
    let mut hash = Sha256::new();
    hash.update(language.segmenter().checksum());
    hash.update(serde_json::to_vec(intents)?);
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
