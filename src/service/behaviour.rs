//! What shoppers did, and what follows from it for the next reply.

use crate::clock::{Clock, Timestamp};
use crate::dialogue::Context;
use crate::model::catalogue::{Product, Sku};
use crate::model::chat::{PageContext, Status};
use crate::model::customer::{Event, EventKind};
use crate::model::id::ShopperId;
use crate::recommend::engine::{Catalogue, Engine};
use crate::service::Failure;
use crate::store::{Db, event};
use std::sync::{Arc, PoisonError, RwLock};

/// The behaviour of all shoppers and the recommender that learned from it; clones share both.
#[derive(Clone)]
pub struct Behaviour {
    db: Db,
    clock: Clock,
    engine: Arc<RwLock<Engine>>,
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
    pub async fn load(db: Db, clock: Clock, products: &[Product], consumable: &[String]) -> Result<Self, Failure> {
        let events = event::all(&db).await?;
        let engine = Engine::learn(Catalogue::new(products, consumable), &events, clock.now());
        Ok(Self { db, clock, engine: Arc::new(RwLock::new(engine)) })
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
        if !self.with_engine(|engine| engine.knows(sku)) {
            return Err(EventRefused::UnknownProduct(sku.to_owned()));
        }
        let value = value.unwrap_or(1.0);
        let allowed = if kind == EventKind::Rate { 1.0..=5.0 } else { 0.0..=10_000.0 };
        if !allowed.contains(&value) {
            return Err(EventRefused::BadValue(value));
        }
        let event = Event { shopper, sku: sku.to_owned(), kind, value, at: self.clock.now() };
        event::add(&self.db, std::slice::from_ref(&event)).await.map_err(Failure::from)?;
        self.engine.write().unwrap_or_else(PoisonError::into_inner).observe(&event);
        Ok(())
    }

    /// What is known around a message of this shopper.
    pub fn context(&self, shopper: ShopperId, status: Status, page: Option<PageContext>) -> Context {
        let on_page = page.as_ref().and_then(|page| page.sku.clone());
        self.with_engine(|engine| Context {
            status,
            personal: engine.personal(shopper, on_page.as_deref()),
            withheld: engine.withheld(shopper),
            page,
            without_products: false,
        })
    }

    /// Products that go with one, with the reason.
    pub fn related(&self, sku: &str, count: usize) -> Vec<(Sku, String)> {
        self.with_engine(|engine| engine.related(sku, count))
    }

    /// The products that sell best of late.
    pub fn popular(&self, count: usize) -> Vec<Sku> {
        self.with_engine(|engine| engine.popular(count))
    }

    /// The moment up to which the engine has learned.
    pub fn learned_until(&self) -> Timestamp {
        self.with_engine(Engine::learned_until)
    }

    fn with_engine<T>(&self, ask: impl FnOnce(&Engine) -> T) -> T {
        ask(&self.engine.read().unwrap_or_else(PoisonError::into_inner))
    }
}
