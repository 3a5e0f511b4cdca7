//! Learning everything anew from the database, where something was erased, while the shop goes on.
//!
//! # Invariants
//! - What happens meanwhile is not lost, neither acts nor opt-outs: it is learned once more on top. An event that was read
//!   already is the same act; popularity alone counts it twice.
//! - Who was deleted meanwhile does not come back by what was read before.

use super::Behaviour;
use crate::clock::Clock;
use crate::model::catalogue::Product;
use crate::model::customer::Event;
use crate::model::id::ShopperId;
use crate::recommend::recommender::Recommender;
use crate::service::Failure;
use crate::service::apart::apart;
use crate::store::{Db, event, recommendation};
use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};

/// What happened since it was begun to learn anew.
#[derive(Debug, Default)]
pub(super) struct Meanwhile {
    pub(super) events: Vec<Event>,
    /// The catalogue with its consumable categories, where another one was published.
    pub(super) goods: Option<(Vec<Product>, Vec<String>)>,
    /// What shoppers said of recommendations, in the order in which they said it.
    pub(super) opt_outs: Vec<(ShopperId, bool)>,
    gone: Vec<ShopperId>,
}

impl Meanwhile {
    fn onto(self, mut fresh: Recommender) -> Recommender {
        if let Some((products, consumable)) = self.goods.filter(|(products, _)| fresh.products() != products) {
            fresh = fresh.moved_to(&products, &consumable);
        }
        self.events.iter().for_each(|event| fresh.observe(event));
        self.opt_outs.into_iter().for_each(|(shopper, opted_out)| fresh.set_opt_out(shopper, opted_out));
        self.gone.into_iter().for_each(|shopper| fresh.forget(shopper));
        fresh
    }
}

/// Learns from everything that the database has, beside the event loop; says from how many events.
pub(super) async fn learned(
    db: &Db,
    clock: &Clock,
    products: &[Product],
    consumable: &[String],
) -> Result<(Recommender, usize), Failure> {
    let events = event::all(db).await?;
    let (count, now) = (events.len(), clock.now());
    let (products, consumable) = (products.to_vec(), consumable.to_vec());
    let mut recommender = apart(move || Recommender::learn(&products, &consumable, &events, now)).await?;
    recommender.count_shown(recommendation::shown(db).await?.iter().map(|(sku, times)| (sku, *times)));
    for shopper in recommendation::opted_out(db).await? {
        recommender.set_opt_out(shopper, true);
    }
    Ok((recommender, count))
}

impl Behaviour {
    /// Forgets what browsers did whose person was deleted. What all shoppers did together has their share in it until
    /// everything is learned anew.
    pub fn forget(&self, shoppers: &[ShopperId]) {
        let mut recommender = self.recommender.write().unwrap_or_else(PoisonError::into_inner);
        shoppers.iter().for_each(|shopper| recommender.forget(*shopper));
        if let Some(meanwhile) = self.meanwhile().as_mut() {
            meanwhile.gone.extend_from_slice(shoppers);
        }
        self.unlearned.fetch_add(1, Ordering::Relaxed);
    }

    /// Forgets everything that was learned and learns from the database anew: what was erased there is gone here. Called
    /// by one at a time.
    ///
    /// # Errors
    /// [`Failure`] where the database fails; what was learned then stays.
    pub async fn learn_anew(&self, products: &[Product], consumable: &[String]) -> Result<(), Failure> {
        *self.meanwhile() = Some(Meanwhile::default());
        let learned = learned(&self.db, &self.clock, products, consumable).await;
        let mut recommender = self.recommender.write().unwrap_or_else(PoisonError::into_inner);
        let meanwhile = self.meanwhile().take().unwrap_or_default();
        let (fresh, _) = learned?;
        *recommender = meanwhile.onto(fresh);
        self.unlearned.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// What happens while it is learned anew; nothing where it is not. Asked for after the recommender is held.
    pub(super) fn meanwhile(&self) -> MutexGuard<'_, Option<Meanwhile>> {
        self.meanwhile.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::model::customer::EventKind;
    use uuid::Uuid;

    fn goods(skus: &[&str]) -> Vec<Product> {
        skus.iter().map(|sku| Product { sku: (*sku).into(), ..Product::default() }).collect()
    }

    fn view(who: u128, sku: &str) -> Event {
        let shopper = ShopperId(Uuid::from_u128(who));
        Event { shopper, sku: sku.into(), kind: EventKind::View, value: 1.0, at: Timestamp(0) }
    }

    #[test]
    fn what_happens_meanwhile_is_learned_on_top_and_who_is_deleted_does_not_come_back() {
        let read = [view(1, "a"), view(2, "a")];
        let fresh = Recommender::learn(&goods(&["a", "b"]), &[], &read, Timestamp(0));
        let goods = Some((goods(&["b", "a", "c"]), Vec::new()));
        let events = vec![view(2, "b"), view(3, "c")];
        let gone = vec![view(2, "a").shopper];
        let learned = Meanwhile { events, goods, gone, ..Meanwhile::default() }.onto(fresh);
        assert_eq!(learned.products().len(), 3);
        assert_eq!(learned.engine().acts(), 2, "one act each of the first and the third shopper");
    }

    #[test]
    fn who_opts_out_meanwhile_stays_so_and_who_withdraws_it_does_not() {
        let [out, back, gone] = [1, 2, 3].map(|who| view(who, "a").shopper);
        let mut fresh = Recommender::learn(&goods(&["a"]), &[], &[], Timestamp(0));
        fresh.set_opt_out(back, true);
        let opt_outs = vec![(out, false), (out, true), (back, false), (gone, true)];
        let learned = Meanwhile { opt_outs, gone: vec![gone], ..Meanwhile::default() }.onto(fresh);
        assert_eq!([out, back, gone].map(|shopper| learned.has_opted_out(shopper)), [true, false, false]);
    }
}
