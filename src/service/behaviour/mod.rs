//! What shoppers did, and what follows from it for the next reply and the next page.

mod anew;

use crate::clock::{Clock, Timestamp};
use crate::dialogue::Context;
use crate::model::catalogue::{Product, Sku};
use crate::model::chat::{PageContext, Status};
use crate::model::customer::{Event, EventKind};
use crate::model::id::ShopperId;
use crate::recommend::experiment::{Arm, Experiment};
use crate::recommend::generation::Generation;
use crate::recommend::model::Models;
use crate::recommend::recommender::Recommender;
use crate::recommend::taste::Personal;
use crate::recommend::training::Lesson;
use crate::service::Failure;
use crate::store::event::Receipt;
use crate::store::recommendation::{self, Impression, Outcome};
use crate::store::{Db, event};
use anew::{Meanwhile, learned};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Mutex;
use uuid::Uuid;

/// How long after an impression a click or a purchase is credited to it.
const CREDITED_FOR: Duration = Duration::from_hours(7 * 24);

/// How recommendations are made and compared.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecommendSettings {
    /// The A/B split.
    pub experiment: Experiment,
}

/// The behaviour of all shoppers and the recommender that learned from it; clones share both.
#[derive(Clone)]
pub struct Behaviour {
    db: Db,
    clock: Clock,
    recommender: Arc<RwLock<Recommender>>,
    experiment: Arc<Experiment>,
    /// This run of the program, among those that write events.
    run: Uuid,
    followed: Arc<Mutex<Followed>>,
    /// Events since the blend was last learned.
    unlearned: Arc<AtomicU64>,
    meanwhile: Arc<std::sync::Mutex<Option<Meanwhile>>>,
}

/// What others wrote, as far as it was read.
struct Followed {
    until: Timestamp,
    /// What was read of the last seconds, because a commit may be late: a batch is read again only where it has grown.
    recent: HashMap<Batch, HashSet<Key>>,
}

/// Run and moment of one writing.
type Batch = (Uuid, Timestamp);

/// What tells events apart.
type Key = (ShopperId, Timestamp, Sku, EventKind);

fn key(event: &Event) -> Key {
    (event.shopper, event.at, event.sku.clone(), event.kind)
}

/// Products as they are logged, place by place.
fn impressions(shopper: ShopperId, slot: &str, arm: &str, shown: &[(Sku, Personal)], at: Timestamp) -> Vec<Impression> {
    let one = |(position, (sku, one)): (i64, &(Sku, Personal))| Impression {
        shopper,
        slot: slot.to_owned(),
        position,
        sku: sku.clone(),
        algorithm: one.source.name().to_owned(),
        arm: arm.to_owned(),
        reason: one.reason.clone(),
        at,
    };
    (1..).zip(shown).map(one).collect()
}

/// What others wrote since a moment, by batch.
async fn recent(db: &Db, run: Uuid, since: Timestamp) -> Result<HashMap<Batch, HashSet<Key>>, Failure> {
    let mut recent = HashMap::new();
    for (receipt, _) in event::batches_of_others(db, run, since).await? {
        let keys = event::of_batch(db, receipt).await?.iter().map(key).collect();
        recent.insert((receipt.written_by, receipt.at), keys);
    }
    Ok(recent)
}

/// How late a commit may become visible.
const LATE: i64 = 5_000;

/// The same for opt-outs: they are few, and one that was missed would stay so.
const OPT_OUT_LATE: i64 = 60_000;

/// How often the database is asked what others wrote.
const FOLLOW: Duration = Duration::from_millis(500);

/// Why an event was not taken; the texts are for the shop's programmers and shoppers alike.
#[derive(Debug, thiserror::Error)]
pub enum EventRefused {
    /// The catalogue has no such product.
    #[error("没有编号为 {0} 的商品")]
    UnknownProduct(Sku),
    /// A rating outside 1 to 5, or a negative number of pieces.
    #[error("数值 {0} 不在允许的范围内")]
    BadValue(f64),
    /// Something failed inside.
    #[error("系统出了点问题，请稍后再试")]
    Failed(#[from] Failure),
}

impl Behaviour {
    /// Learns from all events of the database.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn load(
        db: Db,
        clock: Clock,
        products: &[Product],
        consumable: &[String],
        settings: &RecommendSettings,
    ) -> Result<Self, Failure> {
        let (run, until) = (Uuid::now_v7(), clock.now());
        let recent = recent(&db, run, Timestamp(until.0 - LATE)).await?;
        let (recommender, events) = learned(&db, &clock, products, consumable).await?;
        let experiment = Arc::new(settings.experiment.clone());
        Ok(Self {
            db,
            clock,
            recommender: Arc::new(RwLock::new(recommender)),
            experiment,
            run,
            followed: Arc::new(Mutex::new(Followed { until, recent })),
            unlearned: Arc::new(AtomicU64::new(events as u64)),
            meanwhile: Arc::default(),
        })
    }

    /// Learns what others write, imports and other nodes, and who opts out there, as long as the program runs.
    pub async fn run(self) {
        let mut ticks = tokio::time::interval(FOLLOW);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match self.follow().await {
                Ok(0) => {}
                Ok(events) => tracing::info!(events, "learned what others wrote"),
                Err(error) => tracing::error!(%error, "events of others cannot be read"),
            }
        }
    }

    /// Learns what others wrote since the last time, and who opted out there; returns how many events that were.
    ///
    /// # Errors
    /// [`Failure`] where the database fails; it is read the next time then.
    pub async fn follow(&self) -> Result<usize, Failure> {
        let mut followed = self.followed.lock().await;
        let now = self.clock.now();
        self.follow_opt_outs(Timestamp(followed.until.0 - OPT_OUT_LATE)).await?;
        let batches = event::batches_of_others(&self.db, self.run, Timestamp(followed.until.0 - LATE)).await?;
        let mut recent = HashMap::with_capacity(batches.len());
        let mut new = Vec::new();
        for (Receipt { written_by, at }, count) in batches {
            let known = followed.recent.get(&(written_by, at));
            let keys = match known {
                Some(known) if known.len() as i64 == count => known.clone(),
                _ => {
                    let events = event::of_batch(&self.db, Receipt { written_by, at }).await?;
                    let keys = events.iter().map(key).collect();
                    new.extend(
                        events.into_iter().filter(|event| known.is_none_or(|known| !known.contains(&key(event)))),
                    );
                    keys
                }
            };
            recent.insert((written_by, at), keys);
        }
        *followed = Followed { until: now, recent };
        self.observe(&new);
        Ok(new.len())
    }

    /// Takes over what shoppers said of recommendations, wherever they said it. A word that comes while those before it are
    /// read is read with the next ones.
    async fn follow_opt_outs(&self, since: Timestamp) -> Result<(), Failure> {
        for (shopper, opted_out) in recommendation::opt_outs_since(&self.db, since).await? {
            if self.has_opted_out(shopper) != opted_out {
                self.apply_opt_out(shopper, opted_out);
            }
        }
        Ok(())
    }

    fn observe(&self, events: &[Event]) {
        let mut recommender = self.recommender.write().unwrap_or_else(PoisonError::into_inner);
        events.iter().for_each(|event| recommender.observe(event));
        if let Some(meanwhile) = self.meanwhile().as_mut() {
            meanwhile.events.extend_from_slice(events);
        }
        self.unlearned.fetch_add(events.len() as u64, Ordering::Relaxed);
    }

    /// The log to learn a blend from, where there is something new and at least so many acts.
    pub fn lesson(&self, enough: usize) -> Option<Lesson> {
        if self.unlearned.load(Ordering::Relaxed) == 0 || self.asking(|known| known.engine().acts() < enough) {
            return None;
        }
        self.unlearned.store(0, Ordering::Relaxed);
        Some(self.recommender.write().unwrap_or_else(PoisonError::into_inner).lesson())
    }

    /// Puts a blend in force that was learned from the last lesson, of that generation. Says whether it still fits: another
    /// catalogue may have come meanwhile, or everything may have been learned anew.
    pub fn settle(&self, generation: &Generation, models: Models) -> bool {
        self.recommender.write().unwrap_or_else(PoisonError::into_inner).settle(generation, models)
    }

    /// Takes over a newly published catalogue; pages list its products from now on. A blend is learned for it in the
    /// background.
    pub fn take_goods(&self, products: &[Product], consumable: &[String]) {
        let mut recommender = self.recommender.write().unwrap_or_else(PoisonError::into_inner);
        if recommender.products() != products {
            *recommender = recommender.moved_to(products, consumable);
            if let Some(meanwhile) = self.meanwhile().as_mut() {
                meanwhile.goods = Some((products.to_vec(), consumable.to_vec()));
            }
            self.unlearned.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Keeps an event; the next reply already knows it.
    ///
    /// # Errors
    /// [`EventRefused`] where it makes no sense or the database fails; then nothing was kept.
    pub async fn record(
        &self,
        shopper: ShopperId,
        sku: &str,
        kind: EventKind,
        value: Option<f64>,
    ) -> Result<(), EventRefused> {
        let event = Event { shopper, sku: sku.to_owned(), kind, value: value.unwrap_or(1.0), at: self.clock.now() };
        self.check(&event)?;
        self.record_all(std::slice::from_ref(&event)).await?;
        Ok(())
    }

    /// Whether an event makes sense.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, event: &Event) -> Result<(), EventRefused> {
        if !self.asking(|recommender| recommender.engine().knows(&event.sku)) {
            return Err(EventRefused::UnknownProduct(event.sku.clone()));
        }
        let allowed = if event.kind == EventKind::Rate { 0.5..=5.0 } else { 0.0..=10_000.0 };
        if allowed.contains(&event.value) { Ok(()) } else { Err(EventRefused::BadValue(event.value)) }
    }

    /// Keeps events that were checked, all or none, and learns from those that are new. Returns how many were.
    ///
    /// # Errors
    /// [`Failure`] where the database fails; then nothing was kept.
    pub async fn record_all(&self, events: &[Event]) -> Result<u64, Failure> {
        let receipt = event::Receipt { written_by: self.run, at: self.clock.now() };
        let added = event::add(&self.db, events, receipt).await?;
        self.observe(&added);
        Ok(added.len() as u64)
    }

    /// What is known around a message of this shopper.
    pub fn context(&self, shopper: ShopperId, status: Status, page: Option<PageContext>) -> Context {
        let on_page = page.as_ref().and_then(|page| page.sku.clone());
        let (arm, now) = (self.arm(shopper), self.clock.now());
        self.asking(|recommender| Context {
            status,
            personal: recommender.taste(Some(shopper), on_page.as_deref(), arm, now),
            withheld: recommender.withheld(shopper),
            page,
            ..Context::default()
        })
    }

    /// The half of the A/B split that a shopper is in.
    pub fn arm(&self, shopper: ShopperId) -> Arm {
        self.experiment.arm(shopper)
    }

    /// A list for a place of the shop's pages, logged as shown to this shopper; to somebody unknown nothing can be
    /// credited, and nothing is logged.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be logged; then it must not be shown.
    pub async fn show(
        &self,
        shopper: Option<ShopperId>,
        slot: &str,
        on_page: Option<&str>,
        count: usize,
        category_cap: usize,
    ) -> Result<Vec<(Sku, Personal)>, Failure> {
        let arm = shopper.map_or(Arm::A, |shopper| self.arm(shopper));
        let now = self.clock.now();
        let list = self.asking(|recommender| recommender.list(shopper, on_page, arm, now, count, category_cap));
        let Some(shopper) = shopper else { return Ok(list) };
        let impressions = impressions(shopper, slot, arm.name(), &list, now);
        recommendation::log(&self.db, &impressions).await?;
        self.count_shown(list.iter().map(|(sku, _)| sku));
        Ok(list)
    }

    /// What somebody may like best, for a message that is not sent yet: nothing is logged.
    pub fn picks(&self, shopper: ShopperId, count: usize, category_cap: usize) -> Vec<(Sku, Personal)> {
        let (arm, now) = (self.arm(shopper), self.clock.now());
        self.asking(|recommender| recommender.list(Some(shopper), None, arm, now, count, category_cap))
    }

    /// Logs products that a message shows, place by place.
    ///
    /// # Errors
    /// [`Failure`] where they cannot be logged.
    pub async fn log_shown(&self, shopper: ShopperId, slot: &str, shown: &[(Sku, Personal)]) -> Result<(), Failure> {
        let arm = self.arm(shopper).name();
        let impressions = impressions(shopper, slot, arm, shown, self.clock.now());
        recommendation::log(&self.db, &impressions).await?;
        self.count_shown(shown.iter().map(|(sku, _)| sku));
        Ok(())
    }

    /// Counts products that were shown and logged elsewhere.
    pub fn count_shown<'a>(&self, shown: impl IntoIterator<Item = &'a Sku>) {
        let mut recommender = self.recommender.write().unwrap_or_else(PoisonError::into_inner);
        recommender.count_shown(shown.into_iter().map(|sku| (sku, 1)));
    }

    /// Keeps or withdraws a shopper's wish not to be recommended to by what they did.
    ///
    /// # Errors
    /// [`Failure`] where the database fails; then nothing changed.
    pub async fn set_opt_out(&self, shopper: ShopperId, opted_out: bool) -> Result<(), Failure> {
        recommendation::set_opt_out(&self.db, shopper, opted_out, self.clock.now()).await?;
        self.apply_opt_out(shopper, opted_out);
        Ok(())
    }

    /// Takes over an opt-out that was kept elsewhere.
    pub fn apply_opt_out(&self, shopper: ShopperId, opted_out: bool) {
        let mut recommender = self.recommender.write().unwrap_or_else(PoisonError::into_inner);
        recommender.set_opt_out(shopper, opted_out);
        if let Some(meanwhile) = self.meanwhile().as_mut() {
            meanwhile.opt_outs.push((shopper, opted_out));
        }
    }

    /// Whether a shopper opted out.
    pub fn has_opted_out(&self, shopper: ShopperId) -> bool {
        self.asking(|recommender| recommender.has_opted_out(shopper))
    }

    /// Impressions, clicks and purchases of the last days, by slot, algorithm and arm.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn outcomes(&self, days: u32) -> Result<Vec<Outcome>, Failure> {
        let since = Timestamp(self.clock.now().0 - i64::from(days) * 86_400_000);
        let window = i64::try_from(CREDITED_FOR.as_millis()).unwrap_or(i64::MAX);
        Ok(recommendation::outcomes(&self.db, since, window).await?)
    }

    /// The products that sell best of late.
    pub fn popular(&self, count: usize) -> Vec<Sku> {
        self.asking(|recommender| recommender.popular(count))
    }

    /// The moment up to which the recommender has learned.
    pub fn learned_until(&self) -> Timestamp {
        self.asking(|recommender| recommender.engine().learned_until())
    }

    fn asking<T>(&self, ask: impl FnOnce(&Recommender) -> T) -> T {
        ask(&self.recommender.read().unwrap_or_else(PoisonError::into_inner))
    }
}
