//! From the knowledge in the database to the assistant that answers with it.
//!
//! The index and the models are built from the database on every node. What takes long, the intent model, is kept in
//! the database under the checksum of what it was trained from. A publish builds a whole new assistant and swaps it
//! in: a turn is answered by one version or the next, never by a mixture.

mod build;
mod intents;

pub use build::{assemble, build, next_change};
pub use intents::intents_checksum;

use crate::clock::{Clock, Timestamp};
use crate::dialogue::Assistant;
use crate::dialogue::policy::Thresholds;
use crate::live::bus::{Bus, Hint};
use crate::model::catalogue::Product;
use crate::model::knowledge::Shop;
use crate::service::Failure;
use crate::service::apart::apart;
use crate::service::behaviour::Behaviour;
use crate::service::shipped::ShippedModels;
use crate::store::knowledge::Published as Stored;
use crate::store::{Db, correction, knowledge, product, setting};
use crate::text::Language;
use build::valid_at;
use intents::intent_model;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, MutexGuard};

/// Name of the intent model in the database.
pub const INTENT_MODEL: &str = "intent";

/// Stands for a moment that never came.
const NEVER: i64 = i64::MIN;

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
    /// What its intent model has learned, as the publisher notes it.
    learned: i64,
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
    /// When what the intent model in force has learned was decided on, or taken back. Several nodes have several clocks,
    /// so another moment than that of the database means that there is something to take over, a later one or not.
    learned: Arc<AtomicI64>,
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
        let (learned, bus) = (Arc::new(AtomicI64::new(NEVER)), Bus::alone());
        Self { db, clock, shipped, lines, published, behaviour, next_change, restocked, learned, building, bus }
    }

    /// The same, where what is in force has learned what was decided on at a moment.
    #[must_use]
    pub fn having_learned(self, at: Option<Timestamp>) -> Self {
        self.learned.store(at.map_or(NEVER, |at| at.0), Ordering::SeqCst);
        self
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
            self.follow_learning().await?;
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
        let learned = self.learned_at().await?;
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
            Ok::<_, Failure>(Ready { assistant, next_change, learned })
        })
        .await?
    }

    /// Puts in force what was just learned or taken back, here and, by a hint, on the other nodes.
    ///
    /// # Errors
    /// [`Failure`] where the model cannot be built; it is tried again soon.
    pub async fn take_learned(&self) -> Result<(), Failure> {
        let _one_at_a_time = self.turn().await;
        self.follow_learning().await?;
        self.bus.tell(|| Hint::Knowledge);
        Ok(())
    }

    async fn learned_at(&self) -> Result<i64, Failure> {
        Ok(setting::changed_at(&self.db, correction::LEARNED).await?.map_or(NEVER, |at| at.0))
    }

    /// Takes over what was learned or taken back, on whichever node.
    async fn follow_learning(&self) -> Result<(), Failure> {
        let learned = self.learned_at().await?;
        if learned == self.learned.load(Ordering::SeqCst) {
            return Ok(());
        }
        let (Self { db, clock, .. }, current) = (self.clone(), self.published.assistant());
        let runtime = Handle::current();
        let model = apart(move || {
            let (language, intents) = (&current.models.language, &current.knowledge.content.intents);
            runtime.block_on(intent_model(&db, &clock, language, intents, None, true))
        })
        .await??;
        // Knowledge waits for the turn, but stock and lines may have changed meanwhile.
        self.published.swap(self.published.assistant().with_intents(model));
        self.learned.store(learned, Ordering::SeqCst);
        Ok(())
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
        let learned = self.learned.load(Ordering::SeqCst);
        (current.version == base).then(|| Ready { assistant: Arc::new(current.with_shop(shop)), next_change, learned })
    }

    /// Puts an assistant in force. Turns that have begun end with the former one.
    fn put_in_force(&self, ready: Ready) {
        let content = &ready.assistant.knowledge.content;
        self.behaviour.take_goods(&content.products, &content.consumable());
        self.next_change.store(ready.next_change.map_or(i64::MAX, |at| at.0), Ordering::SeqCst);
        self.learned.store(ready.learned, Ordering::SeqCst);
        self.published.put(ready.assistant);
    }
}
