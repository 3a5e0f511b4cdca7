//! How the desk works at this moment: settings, hours and rules, read once and shared.

use crate::clock::Timestamp;
use crate::desk::customer::{self, Value};
use crate::desk::hours::Hours;
use crate::desk::rules;
use crate::dialogue::ByRule;
use crate::live::bus::{Bus, Hint};
use crate::model::catalogue::Money;
use crate::model::desk::{DeskSettings, HandoverRule};
use crate::model::id::ShopperId;
use crate::store::desk::plan;
use crate::store::{Db, StoreError, event};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// Events that a shopper's value is made of, at most.
const EVENTS: usize = 500;

/// What is in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// How the desk works.
    pub settings: DeskSettings,
    /// When people answer.
    pub hours: Hours,
    /// What is sent to a person.
    pub rules: Vec<HandoverRule>,
}

/// The plan in force; clones share it.
#[derive(Debug, Clone)]
pub struct Plans {
    current: Arc<RwLock<Arc<Plan>>>,
    bus: Bus,
}

impl Plans {
    /// Reads the plan.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails or holds hours that make no sense.
    pub async fn load(db: &Db, bus: Bus) -> Result<Self, StoreError> {
        Ok(Self { current: Arc::new(RwLock::new(Arc::new(read(db).await?))), bus })
    }

    /// The plan in force.
    pub fn current(&self) -> Arc<Plan> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads it again, whoever changed it.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails; the former plan then stays.
    pub async fn follow(&self, db: &Db) -> Result<(), StoreError> {
        let plan = read(db).await?;
        if *self.current() != plan {
            *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(plan);
        }
        Ok(())
    }

    /// Reads it again after a change on this node, and tells the others.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails; the change is then followed a moment later.
    pub async fn changed(&self, db: &Db) -> Result<(), StoreError> {
        self.bus.tell(|| Hint::Plan);
        self.follow(db).await
    }
}

async fn read(db: &Db) -> Result<Plan, StoreError> {
    let settings = plan::settings(db).await?.unwrap_or_default();
    let hours = Hours::read(&settings.hours);
    let hours = hours.map_err(|reason| StoreError::Corrupt { what: "opening hours", reason })?;
    Ok(Plan { settings, hours, rules: plan::rules(db).await? })
}

impl Plan {
    /// Whether a rule that calls a person has to know what the shopper is worth.
    pub fn asks_for_value(&self) -> bool {
        self.rules.iter().any(|rule| rule.enabled && rule.hand_over && rules::asks_for_value(rule))
    }

    /// What the rules send to a person, for a shopper.
    pub fn by_rule(&self, value: &Value) -> ByRule {
        let mut by_rule = ByRule::default();
        for rule in self.rules.iter().filter(|rule| rule.hand_over && rules::fits(rule, value)) {
            by_rule.always |= rule.intents.is_empty();
            by_rule.intents.extend(rule.intents.iter().cloned());
        }
        by_rule
    }

    /// When a clock that begins now warns and is over its target.
    pub fn clock(&self, from: Timestamp, seconds: u32) -> (Timestamp, Timestamp) {
        let target = Duration::from_secs(u64::from(seconds));
        (self.hours.add(from, target * 4 / 5), self.hours.add(from, target))
    }
}

/// What a shopper is worth.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn value(
    db: &Db,
    shopper: ShopperId,
    price: impl Fn(&str) -> Option<Money>,
    now: Timestamp,
) -> Result<Value, StoreError> {
    Ok(customer::value(&event::of_shopper(db, shopper, EVENTS).await?, price, now))
}
