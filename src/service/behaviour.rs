//! What shoppers did, and what follows from it for the next reply and the next page.

use crate::clock::{Clock, Timestamp};
use crate::dialogue::Context;
use crate::model::catalogue::{Product, Sku};
use crate::model::chat::{PageContext, Status};
use crate::model::customer::{Event, EventKind};
use crate::model::id::ShopperId;
use crate::recommend::experiment::{Arm, Experiment};
use crate::recommend::recommender::{Personal, Recommender};
use crate::service::Failure;
use crate::store::recommendation::{self, Impression, Outcome};
use crate::store::{Db, event};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

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
}

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
        let events = event::all(&db).await?;
        let mut recommender = Recommender::learn(products, consumable, &events, clock.now());
        recommender.count_shown(recommendation::shown(&db).await?.iter().map(|(sku, times)| (sku, *times)));
        for shopper in recommendation::opted_out(&db).await? {
            recommender.set_opt_out(shopper, true);
        }
        let experiment = Arc::new(settings.experiment.clone());
        Ok(Self { db, clock, recommender: Arc::new(RwLock::new(recommender)), experiment })
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
        let added = event::add(&self.db, events).await?;
        let mut recommender = self.recommender.write().unwrap_or_else(PoisonError::into_inner);
        // An act that is known already changes no sum: only the strongest act on a product counts.
        events.iter().for_each(|event| recommender.observe(event));
        Ok(added)
    }

    /// What is known around a message of this shopper.
    pub fn context(&self, shopper: ShopperId, status: Status, page: Option<PageContext>) -> Context {
        let on_page = page.as_ref().and_then(|page| page.sku.clone());
        let arm = self.arm(shopper);
        self.asking(|recommender| Context {
            status,
            personal: recommender.personal(shopper, on_page.as_deref(), arm),
            withheld: recommender.engine().withheld(shopper),
            page,
            ..Context::default()
        })
    }

    /// The half of the A/B split that a shopper is in.
    pub fn arm(&self, shopper: ShopperId) -> Arm {
        self.experiment.arm(shopper)
    }

    /// A list for a place of the shop's pages, logged as shown to this shopper.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be logged; then it must not be shown.
    pub async fn show(
        &self,
        shopper: ShopperId,
        slot: &str,
        on_page: Option<&str>,
        count: usize,
        category_cap: usize,
    ) -> Result<Vec<(Sku, Personal)>, Failure> {
        let arm = self.arm(shopper);
        let list = self.asking(|recommender| recommender.list(shopper, on_page, arm, count, category_cap));
        let impressions: Vec<Impression> = (1_i64..)
            .zip(&list)
            .map(|(position, (sku, one))| Impression {
                shopper,
                slot: slot.to_owned(),
                position,
                sku: sku.clone(),
                algorithm: one.source.name().to_owned(),
                arm: arm.name().to_owned(),
                reason: one.reason.clone(),
                at: self.clock.now(),
            })
            .collect();
        recommendation::log(&self.db, &impressions).await?;
        self.count_shown(list.iter().map(|(sku, _)| sku));
        Ok(list)
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
        self.recommender.write().unwrap_or_else(PoisonError::into_inner).set_opt_out(shopper, opted_out);
        Ok(())
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

    /// Products that go with one, with the reason.
    pub fn related(&self, sku: &str, count: usize) -> Vec<(Sku, String)> {
        self.asking(|recommender| recommender.engine().related(sku, count))
    }

    /// The products that sell best of late.
    pub fn popular(&self, count: usize) -> Vec<Sku> {
        self.asking(|recommender| recommender.engine().popular(count))
    }

    /// The moment up to which the recommender has learned.
    pub fn learned_until(&self) -> Timestamp {
        self.asking(|recommender| recommender.engine().learned_until())
    }

    fn asking<T>(&self, ask: impl FnOnce(&Recommender) -> T) -> T {
        ask(&self.recommender.read().unwrap_or_else(PoisonError::into_inner))
    }
}
