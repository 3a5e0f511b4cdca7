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
use crate::model::knowledge::{Correction, Intent};
use crate::recommend::wish::reader::WishReader;
use crate::search::analyser::Analyser;
use crate::search::faq::FaqIndex;
use crate::search::products::ProductIndex;
use crate::service::Failure;
use crate::service::behaviour::Behaviour;
use crate::service::shipped::ShippedModels;
use crate::store::correction::{self, CorrectionState};
use crate::store::knowledge::Published as Stored;
use crate::store::{Db, knowledge, trained_model};
use crate::text::Language;
use crate::text::entity::EntityReader;
use crate::text::normalize::normalize;
use crate::text::word_vectors::WordVectors;
use sha2::{Digest, Sha256};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::runtime::Handle;
use tokio::sync::Mutex;

/// Name of the intent model in the database.
pub const INTENT_MODEL: &str = "intent";

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

/// Puts newer knowledge in force. Clones share everything.
#[derive(Clone)]
pub struct Publisher {
    db: Db,
    clock: Clock,
    shipped: Arc<ShippedModels>,
    thresholds: Thresholds,
    published: Published,
    behaviour: Behaviour,
    /// One build at a time.
    building: Arc<Mutex<()>>,
}

impl Publisher {
    /// Puts the use case together.
    pub fn new(
        db: Db,
        clock: Clock,
        shipped: ShippedModels,
        thresholds: Thresholds,
        published: Published,
        behaviour: Behaviour,
    ) -> Self {
        Self { db, clock, shipped: Arc::new(shipped), thresholds, published, behaviour, building: Arc::default() }
    }

    /// Puts the newest knowledge of the database in force, if it is newer than the one that answers; returns its
    /// version then. Turns go on meanwhile: the new assistant is built on a thread of its own.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be built; the former one goes on answering then.
    pub async fn follow(&self) -> Result<Option<i64>, Failure> {
        let _one_at_a_time = self.building.lock().await;
        let current = self.published.assistant().version;
        let Some((newest, _)) = knowledge::newest_version(&self.db).await? else { return Ok(None) };
        if newest <= current {
            return Ok(None);
        }
        let Some(stored) = knowledge::newest(&self.db).await? else { return Ok(None) };
        let Self { db, clock, shipped, thresholds, .. } = self.clone();
        let runtime = Handle::current();
        let built =
            tokio::task::spawn_blocking(move || runtime.block_on(build(&db, &clock, stored, &shipped, thresholds)));
        let assistant = built.await.map_err(|error| Failure::Model(error.to_string()))??;
        let version = assistant.version;
        let content = &assistant.knowledge.content;
        self.behaviour.take_goods(&content.products, &content.consumable());
        self.published.swap(assistant);
        Ok(Some(version))
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
    let language = Language::new(&stored.knowledge.dictionary).with_vectors(shipped.vectors()?);
    let intents = intent_model(db, clock, &language, &stored.knowledge.intents).await?;
    assemble(stored, language, intents, shipped, thresholds)
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
        .map_err(|error| Failure::Model(format!("shop.order_number_pattern: {error}")))?;
    let analyser = Analyser::new(language.clone(), &content.synonyms);
    let common = shipped.common(language.segmenter())?;
    let knowledge = Arc::new(Knowledge {
        faq: FaqIndex::build(analyser.clone(), &content.faq, common)?,
        products: ProductIndex::build(analyser, &content.products, &content.categories)?,
        titles: content.products.iter().map(|product| normalize(&product.name)).collect(),
        wishes: WishReader::new(&content.categories, &content.products),
        lanes: content.intents.iter().map(|intent| (intent.name.clone(), intent.lane)).collect(),
        content,
    });
    let mood = Arc::new(MoodReader::new(shipped.mood().clone(), sentiment));
    let models = Models { language, entities, intents, mood };
    Ok(Assistant { version, models, knowledge, thresholds, memo: Memo::default() })
}

/// The intent model that was trained from these utterances and what was corrected since, or a new one.
pub(super) async fn intent_model(
    db: &Db,
    clock: &Clock,
    language: &Language,
    intents: &[Intent],
) -> Result<IntentModel, Failure> {
    let corrections: Vec<Correction> = (correction::all(db, INTENT_MODEL).await?.iter())
        .filter(|one| one.state == CorrectionState::Learned)
        .map(correction::Correction::taught)
        .collect();
    let checksum = intents_checksum(language, intents, &corrections)?;
    let kept = match trained_model::get(db, INTENT_MODEL, &checksum).await? {
        Some(bytes) => Some(bytes),
        None => correction::bytes(db, INTENT_MODEL, &checksum).await?,
    };
    if let Some(bytes) = kept {
        match IntentModel::from_bytes(&bytes, language) {
            Ok(model) => return Ok(model),
            Err(error) => tracing::warn!(%error, "the kept intent model cannot be read, training it again"),
        }
    }
    tracing::info!(intents = intents.len(), "training the intent model");
    let examples = IntentModel::examples(language, intents, &corrections);
    let (model, report) =
        IntentModel::train_from(None, language, &examples).map_err(|error| Failure::Model(error.to_string()))?;
    tracing::info!(iterations = report.iterations, gradient = report.gradient_norm, "intent model trained");
    trained_model::put(db, INTENT_MODEL, &checksum, &model.to_bytes(), clock.now()).await?;
    Ok(model)
}

/// Names what an intent model is trained from.
pub(super) fn intents_checksum(
    language: &Language,
    intents: &[Intent],
    corrections: &[Correction],
) -> Result<String, Failure> {
    let mut hash = Sha256::new();
    hash.update(language.segmenter().checksum());
    hash.update(language.vectors().map_or("", WordVectors::checksum));
    hash.update(IntentModel::settings());
    hash.update(serde_json::to_vec(intents)?);
    if !corrections.is_empty() {
        hash.update(serde_json::to_vec(corrections)?);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
