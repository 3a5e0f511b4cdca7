//! From the knowledge in the database to the assistant that answers with it.
//!
//! The index and the models are built from the database on every node. What takes long, the intent model, is kept in
//! the database under the checksum of what it was trained from. A publish builds a whole new assistant and swaps it
//! in: a turn is answered by one version or the next, never by a mixture.

use crate::classify::intent::IntentModel;
use crate::classify::mood::MoodReader;
use crate::clock::{Clock, Timestamp};
use crate::dialogue::memo::Memo;
use crate::dialogue::policy::Thresholds;
use crate::dialogue::{Assistant, Knowledge, Models};
use crate::live::bus::{Bus, Hint};
use crate::model::catalogue::Product;
use crate::model::knowledge::{Correction, FaqEntry, Intent, Shop};
use crate::recommend::wish::reader::WishReader;
use crate::search::analyser::Analyser;
use crate::search::faq::FaqIndex;
use crate::search::products::ProductIndex;
use crate::service::Failure;
use crate::service::apart::apart;
use crate::service::behaviour::Behaviour;
use crate::service::shipped::ShippedModels;
use crate::service::trained::TrainedBefore;
use crate::store::correction::{self, CorrectionState};
use crate::store::knowledge::Published as Stored;
use crate::store::{Db, knowledge, product, setting, trained_model};
use crate::text::Language;
use crate::text::entity::EntityReader;
use crate::text::normalize::normalize;
use crate::text::word_vectors::WordVectors;
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, MutexGuard};

/// Name of the intent model in the database.
pub const INTENT_MODEL: &str = "intent";

/// Name of the setting that holds the lines an admin has chosen.
pub const THRESHOLDS: &str = "thresholds";

/// The lines that an admin has chosen, or else those of the configuration.
///
/// # Errors
/// [`Failure`] where the database fails.
pub async fn thresholds(db: &Db, configured: Thresholds) -> Result<Thresholds, Failure> {
    Ok(setting::get(db, THRESHOLDS).await?.unwrap_or(configured))
}

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
        self.put(Arc::new(assistant));
    }

    fn put(&self, assistant: Arc<Assistant>) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = assistant;
    }
}

/// An assistant that can be put in force.
#[derive(Clone)]
pub struct Ready {
    /// The assistant.
    pub assistant: Arc<Assistant>,
    /// When it has to be built anew, because an entry begins or ceases to answer.
    next_change: Option<Timestamp>,
}

/// Puts newer knowledge in force. Clones share everything.
#[derive(Clone)]
pub struct Publisher {
    db: Db,
    clock: Clock,
    shipped: Arc<ShippedModels>,
    /// The lines in force, and when they were last changed, as far as this node knows.
    lines: Arc<RwLock<(Thresholds, Timestamp)>>,
    published: Published,
    behaviour: Behaviour,
    /// When what is in force has to be built anew; `i64::MAX` for never.
    next_change: Arc<AtomicI64>,
    /// When stock or prices were last changed, as far as this node knows.
    restocked: Arc<AtomicI64>,
    /// One build at a time.
    building: Arc<Mutex<()>>,
    bus: Bus,
}

/// The right to build and to publish, as long as it is held.
pub struct Turn<'a> {
    _held: MutexGuard<'a, ()>,
}

impl Publisher {
    /// Puts the use case together; `next_change` is when an entry of the knowledge in force begins or ceases to answer.
    pub fn new(
        db: Db,
        clock: Clock,
        shipped: ShippedModels,
        thresholds: Thresholds,
        published: Published,
        behaviour: Behaviour,
        next_change: Option<Timestamp>,
    ) -> Self {
        let next_change = Arc::new(AtomicI64::new(next_change.map_or(i64::MAX, |at| at.0)));
        let (shipped, restocked) = (Arc::new(shipped), Arc::new(AtomicI64::new(clock.now().0)));
        let (building, lines) = (Arc::default(), Arc::new(RwLock::new((thresholds, Timestamp(0)))));
        Self { db, clock, shipped, lines, published, behaviour, next_change, restocked, building, bus: Bus::alone() }
    }

    /// The same, telling other nodes of what it publishes.
    #[must_use]
    pub fn on(self, bus: Bus) -> Self {
        Self { bus, ..self }
    }

    /// The lines between answering, asking and admitting that are in force.
    pub fn thresholds(&self) -> Thresholds {
        self.lines.read().unwrap_or_else(PoisonError::into_inner).0
    }

    /// Puts other lines in force, as they were chosen at a moment.
    pub fn draw_lines(&self, thresholds: Thresholds, at: Timestamp) {
        *self.lines.write().unwrap_or_else(PoisonError::into_inner) = (thresholds, at);
        let current = self.published.assistant();
        if current.thresholds != thresholds {
            self.published.swap(current.with_thresholds(thresholds));
        }
    }

    /// Takes over lines that were chosen on another node.
    async fn follow_lines(&self) -> Result<(), Failure> {
        let known = self.lines.read().unwrap_or_else(PoisonError::into_inner).1;
        let Some(at) = setting::changed_at(&self.db, THRESHOLDS).await? else { return Ok(()) };
        if at > known
            && let Some(chosen) = setting::get(&self.db, THRESHOLDS).await?
        {
            self.draw_lines(chosen, at);
        }
        Ok(())
    }

    /// The assistant in force.
    pub fn published(&self) -> &Published {
        &self.published
    }

    /// Waits until nobody else builds or publishes on this node.
    pub async fn turn(&self) -> Turn<'_> {
        Turn { _held: self.building.lock().await }
    }

    /// Puts the newest knowledge of the database in force, if it is newer than the one that answers or an entry begins
    /// or ceases to be valid; returns its version then. Turns go on meanwhile: the new assistant is built on a thread of
    /// its own.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be built; the former one goes on answering then.
    pub async fn follow(&self) -> Result<Option<i64>, Failure> {
        let _one_at_a_time = self.turn().await;
        self.follow_lines().await?;
        let current = self.published.assistant().version;
        let Some((newest, _)) = knowledge::newest_version(&self.db).await? else { return Ok(None) };
        let is_due = self.clock.now().0 >= self.next_change.load(Ordering::SeqCst);
        if newest <= current && !is_due {
            self.follow_stock().await?;
            return Ok(None);
        }
        let Some(stored) = knowledge::newest(&self.db).await? else { return Ok(None) };
        let ready = self.prepare(stored, true).await?;
        let version = ready.assistant.version;
        self.put_in_force(ready);
        Ok(Some(version))
    }

    /// Builds the assistant of a knowledge on a thread of its own; what has not changed is taken over from the one in
    /// force. `keeps` says whether an intent model that had to be trained for it is kept for the next start.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be built.
    pub async fn prepare(&self, stored: Stored, keeps: bool) -> Result<Ready, Failure> {
        let Self { db, clock, shipped, .. } = self.clone();
        let thresholds = self.thresholds();
        let current = self.published.assistant();
        let runtime = Handle::current();
        apart(move || {
            let now = clock.now();
            let next_change = next_change(&stored.knowledge.faq, now);
            let stored = valid_at(stored, now);
            let same_words = stored.knowledge.dictionary == current.knowledge.content.dictionary;
            let language = if same_words {
                current.models.language.clone()
            } else {
                Language::new(&stored.knowledge.dictionary).with_vectors(shipped.vectors()?)
            };
            let model = intent_model(&db, &clock, &language, &stored.knowledge.intents, None, keeps);
            let intents = runtime.block_on(model)?;
            let assistant = Arc::new(assemble(stored, language, intents, &shipped, thresholds)?);
            Ok::<_, Failure>(Ready { assistant, next_change })
        })
        .await?
    }

    /// Takes over stock and prices that another node has changed.
    async fn follow_stock(&self) -> Result<(), Failure> {
        let changed_at = setting::changed_at(&self.db, product::STOCK).await?.unwrap_or_default();
        if changed_at.0 > self.restocked.load(Ordering::SeqCst) {
            self.restock(&product::all(&self.db).await?, changed_at);
        }
        Ok(())
    }

    /// Puts other stock and prices in force, as they were changed at a moment.
    pub fn restock(&self, changed: &[Product], at: Timestamp) {
        self.restocked.fetch_max(at.0, Ordering::SeqCst);
        let assistant = self.published.assistant().with_stock(changed);
        let content = &assistant.knowledge.content;
        self.behaviour.take_goods(&content.products, &content.consumable());
        self.published.swap(assistant);
    }

    /// Puts in force what this node has just committed, and tells the others that there is something newer.
    pub fn release(&self, ready: Ready) {
        self.put_in_force(ready);
        self.bus.tell(|| Hint::Knowledge);
    }

    /// The assistant in force as the next version, in which the shop presents itself otherwise; none where another
    /// version than `base` is in force.
    pub fn with_shop(&self, base: i64, shop: Shop) -> Option<Ready> {
        let current = self.published.assistant();
        let at = self.next_change.load(Ordering::SeqCst);
        let next_change = (at != i64::MAX).then_some(Timestamp(at));
        (current.version == base).then(|| Ready { assistant: Arc::new(current.with_shop(shop)), next_change })
    }

    /// Puts an assistant in force. Turns that have begun end with the former one.
    fn put_in_force(&self, ready: Ready) {
        let content = &ready.assistant.knowledge.content;
        self.behaviour.take_goods(&content.products, &content.consumable());
        self.next_change.store(ready.next_change.map_or(i64::MAX, |at| at.0), Ordering::SeqCst);
        self.published.put(ready.assistant);
    }
}

/// When the first of these entries begins or ceases to answer after a moment.
pub fn next_change(entries: &[FaqEntry], now: Timestamp) -> Option<Timestamp> {
    entries.iter().filter_map(|entry| entry.extras.next_change(now)).min()
}

/// Only the entries that answer at a moment.
fn valid_at(mut stored: Stored, now: Timestamp) -> Stored {
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

/// The intent model that was trained from these utterances and what was corrected since: the one of the database, or the
/// one that came along, or a new one; `keeps` says whether either of those is kept for the next start.
pub(super) async fn intent_model(
    db: &Db,
    clock: &Clock,
    language: &Language,
    intents: &[Intent],
    came_along: Option<&TrainedBefore>,
    keeps: bool,
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
    let is_new = kept.is_none();
    if let Some(bytes) = kept.or_else(|| came_along?.intents(&checksum)) {
        match IntentModel::from_bytes(&bytes, language) {
            Ok(model) => {
                if is_new && keeps {
                    trained_model::put(db, INTENT_MODEL, &checksum, &bytes, clock.now()).await?;
                }
                return Ok(model);
            }
            Err(error) => tracing::warn!(%error, "the kept intent model cannot be read, training it again"),
        }
    }
    tracing::info!(intents = intents.len(), "training the intent model");
    let examples = IntentModel::examples(language, intents, &corrections);
    let (model, report) =
        IntentModel::train_from(None, language, &examples).map_err(|error| Failure::Model(error.to_string()))?;
    tracing::info!(iterations = report.iterations, gradient = report.gradient_norm, "intent model trained");
    if keeps {
        trained_model::put(db, INTENT_MODEL, &checksum, &model.to_bytes(), clock.now()).await?;
    }
    Ok(model)
}

/// Names what an intent model is trained from: 64 hexadecimal digits.
///
/// # Errors
/// [`Failure`] where it cannot be written as JSON, which no knowledge causes.
pub fn intents_checksum(
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
    Ok(hex::encode(hash.finalize()))
}
