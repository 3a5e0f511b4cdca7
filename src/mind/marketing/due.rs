//! Whether a message of a campaign is due for somebody, and why. An occasion has a name that stays the same as long as it
//! lasts: the basket of this moment, this order, this birthday. Each is noted once for each person.
//!
//! An occasion lasts a while, so that what fell into a quiet hour is sent when it is over: a day for baskets, orders and
//! moments, a week for prices and stock.

use super::assemble::basket;
use super::campaign::Trigger;
use super::profile::{Field, Profile};
use super::sending::minute_of_day;
use super::traces::OrderHead;
use crate::clock::Timestamp;
use crate::model::catalogue::{Money, Sku};
use crate::model::customer::{Event, EventKind};
use crate::model::date::Date;
use crate::model::order::OrderStatus;

const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;

/// Days before a change of price or stock in which a look counts, and after it in which it is told.
const LOOKED: i64 = 30 * DAY;
const NEWS: i64 = 7 * DAY;

/// Another price or stock of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoodsChange {
    /// Which product.
    pub sku: Sku,
    /// When it was seen.
    pub at: Timestamp,
    /// What it cost, and costs.
    pub price: (Money, Money),
    /// How many there were, and are.
    pub stock: (i64, i64),
}

impl GoodsChange {
    /// By how many percent it became cheaper.
    fn drop_percent(&self) -> f64 {
        let (before, after) = self.price;
        if before.0 <= 0 { 0.0 } else { (before.0 - after.0) as f64 * 100.0 / before.0 as f64 }
    }

    fn is_back(&self) -> bool {
        self.stock.0 <= 0 && self.stock.1 > 0
    }
}

/// What is known of a person at a moment.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Who they are.
    pub profile: &'a Profile,
    /// What they did, in the order of time.
    pub events: &'a [Event],
    /// Their orders.
    pub orders: &'a [OrderHead],
    /// What changed in the catalogue of late.
    pub changes: &'a [GoodsChange],
    /// Now.
    pub now: Timestamp,
}

/// Why a message is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occasion {
    /// Its name.
    pub key: String,
    /// The products that it is about.
    pub skus: Vec<Sku>,
    /// The order that it is about.
    pub order: Option<String>,
    /// A purchase of these products from this moment on settles it.
    pub since: Timestamp,
}

impl Occasion {
    fn plain(key: String, now: Timestamp) -> Self {
        Self { key, skus: Vec::new(), order: None, since: now }
    }

    /// Somebody opens a page: one a day.
    pub fn page(now: Timestamp) -> Self {
        Self::plain(format!("page:{}", Date::of(now)), now)
    }
}

/// What is due for somebody by a trigger; the audience is not asked here. Pages come by themselves.
pub fn due(trigger: &Trigger, seen: &Seen<'_>) -> Option<Occasion> {
    let now = seen.now;
    match trigger {
        Trigger::SegmentEntry => Some(Occasion::plain("entry".to_owned(), now)),
        Trigger::Page { .. } => None,
        Trigger::Schedule { at } => within(*at, DAY, now).then(|| Occasion::plain(format!("at:{}", at.0), now)),
        Trigger::Birthday { minute } => birthday(seen.profile.words(Field::Birthday)?, *minute, now),
        Trigger::CartLeft { minutes } => cart(seen, i64::from(*minutes) * MINUTE),
        Trigger::OrderUnpaid { minutes } => unpaid(seen, i64::from(*minutes) * MINUTE),
        Trigger::PriceDrop { percent } => {
            let change = news(seen, |change| change.drop_percent() >= f64::from(*percent))?;
            Some(of_goods("drop", change))
        }
        Trigger::BackInStock => Some(of_goods("back", news(seen, GoodsChange::is_back)?)),
    }
}

fn within(from: Timestamp, lasts: i64, now: Timestamp) -> bool {
    (from.0..from.0 + lasts).contains(&now.0)
}

fn cart(seen: &Seen<'_>, wait: i64) -> Option<Occasion> {
    let basket = basket(seen.events, seen.now);
    let (_, last) = *basket.last()?;
    within(Timestamp(last.0 + wait), DAY, seen.now).then(|| Occasion {
        key: format!("cart:{}", last.0),
        skus: basket.iter().rev().map(|(sku, _)| (*sku).clone()).collect(),
        order: None,
        since: last,
    })
}

fn unpaid(seen: &Seen<'_>, wait: i64) -> Option<Occasion> {
    let is_due = |order: &&OrderHead| {
        order.status == OrderStatus::Unpaid && within(Timestamp(order.placed_at.0 + wait), DAY, seen.now)
    };
    let order = seen.orders.iter().filter(is_due).max_by_key(|order| order.placed_at)?;
    Some(Occasion {
        key: format!("order:{}", order.number),
        skus: order.skus.clone(),
        order: Some(order.number.clone()),
        since: Timestamp(order.placed_at.0 + 1),
    })
}

/// The newest change of something that the person looked at before it and has not bought since.
fn news<'a>(seen: &Seen<'a>, wanted: impl Fn(&GoodsChange) -> bool) -> Option<&'a GoodsChange> {
    let looked = |change: &GoodsChange| {
        let of_it = |event: &&Event| event.sku == change.sku;
        let before = |event: &&Event| event.at <= change.at && change.at.0 - event.at.0 <= LOOKED;
        let looks = |event: &&Event| {
            matches!(event.kind, EventKind::View | EventKind::Search | EventKind::Click | EventKind::Cart)
        };
        let bought = seen
            .events
            .iter()
            .filter(of_it)
            .any(|event| event.kind == EventKind::Buy && change.at.0 - event.at.0 <= LOOKED);
        !bought && seen.events.iter().filter(of_it).filter(before).any(|event| looks(&event))
    };
    let changes =
        seen.changes.iter().filter(|change| within(change.at, NEWS, seen.now) && wanted(change) && looked(change));
    changes.max_by_key(|change| change.at)
}

fn of_goods(kind: &str, change: &GoodsChange) -> Occasion {
    Occasion {
        key: format!("{kind}:{}:{}", change.sku, change.at.0),
        skus: vec![change.sku.clone()],
        order: None,
        since: change.at,
    }
}

/// `05-21` or `1990-05-21`; who was born on the 29th of February celebrates on the 28th in other years.
fn birthday(born: &str, minute: u16, now: Timestamp) -> Option<Occasion> {
    let today = Date::of(now);
    let (year, month, day) = today.parts();
    let mut parts = born.rsplit('-').map(str::parse::<i64>);
    let (of_day, of_month) = (parts.next()?.ok()?, parts.next()?.ok()?);
    let of_day = if (of_month, of_day) == (2, 29) && Date::new(year, 2, 29).is_none() { 28 } else { of_day };
    let is_today = (of_month, of_day) == (month, day) && minute_of_day(now) >= minute;
    is_today.then(|| Occasion::plain(format!("birthday:{year}"), now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::marketing::profile::Source;
    use crate::model::id::ShopperId;

    const NOON: i64 = 20_000 * DAY + 4 * 3_600_000;

    fn event(kind: EventKind, sku: &str, minutes_ago: i64) -> Event {
        Event {
            shopper: ShopperId::default(),
            sku: sku.into(),
            kind,
            value: 1.0,
            at: Timestamp(NOON - minutes_ago * MINUTE),
        }
    }

    fn ask(trigger: &Trigger, events: &[Event], orders: &[OrderHead], changes: &[GoodsChange]) -> Option<Occasion> {
        due(trigger, &Seen { profile: &Profile::default(), events, orders, changes, now: Timestamp(NOON) })
    }

    #[test]
    fn a_basket_is_due_when_it_was_left_for_a_while() {
        let trigger = Trigger::CartLeft { minutes: 30 };
        let put = [event(EventKind::Cart, "a", 50), event(EventKind::Cart, "b", 30)];
        let occasion = ask(&trigger, &put, &[], &[]).unwrap();
        assert_eq!((occasion.skus, occasion.since), (vec!["b".to_owned(), "a".to_owned()], put[1].at));
        assert_eq!(ask(&trigger, &[event(EventKind::Cart, "a", 29)], &[], &[]), None);
        assert_eq!(ask(&trigger, &[event(EventKind::Cart, "a", 1_471)], &[], &[]), None, "a day later it is over");
        assert_eq!(ask(&trigger, &[put[0].clone(), event(EventKind::Buy, "a", 40)], &[], &[]), None);
    }

    #[test]
    fn an_order_is_due_until_it_is_paid() {
        let order = |status| OrderHead {
            number: "SG1".into(),
            status,
            placed_at: Timestamp(NOON - 20 * MINUTE),
            total: Money(1),
            skus: vec!["a".into()],
        };
        let occasion = ask(&Trigger::OrderUnpaid { minutes: 15 }, &[], &[order(OrderStatus::Unpaid)], &[]).unwrap();
        assert_eq!((occasion.key.as_str(), occasion.order.as_deref()), ("order:SG1", Some("SG1")));
        assert_eq!(ask(&Trigger::OrderUnpaid { minutes: 15 }, &[], &[order(OrderStatus::Paid)], &[]), None);
        assert_eq!(ask(&Trigger::OrderUnpaid { minutes: 30 }, &[], &[order(OrderStatus::Unpaid)], &[]), None);
    }

    #[test]
    fn prices_and_stock_concern_those_who_looked_before() {
        let change = |price, stock| GoodsChange {
            sku: "a".into(),
            at: Timestamp(NOON - 60 * MINUTE),
            price: (Money(10_000), Money(price)),
            stock,
        };
        let looked = [event(EventKind::View, "a", 90)];
        let drop = Trigger::PriceDrop { percent: 10 };
        assert_eq!(ask(&drop, &looked, &[], &[change(9_000, (5, 5))]).unwrap().skus, ["a"]);
        assert_eq!(ask(&drop, &looked, &[], &[change(9_100, (5, 5))]), None);
        assert_eq!(
            ask(&drop, &[event(EventKind::View, "a", 30)], &[], &[change(9_000, (5, 5))]),
            None,
            "it looked after"
        );
        assert_eq!(
            ask(&drop, &[looked[0].clone(), event(EventKind::Buy, "a", 80)], &[], &[change(9_000, (5, 5))]),
            None
        );
        assert!(ask(&Trigger::BackInStock, &looked, &[], &[change(10_000, (0, 3))]).is_some());
        assert_eq!(ask(&Trigger::BackInStock, &looked, &[], &[change(10_000, (1, 3))]), None);
    }

    #[test]
    fn birthdays_and_moments() {
        let now = Timestamp(NOON);
        let (year, month, day) = Date::of(now).parts();
        let mut profile = Profile::default();
        profile.text(Field::Birthday, &format!("1990-{month:02}-{day:02}"), Source::Shop, now);
        let seen = Seen { profile: &profile, events: &[], orders: &[], changes: &[], now };
        assert_eq!(due(&Trigger::Birthday { minute: 600 }, &seen).unwrap().key, format!("birthday:{year}"));
        assert_eq!(due(&Trigger::Birthday { minute: 780 }, &seen), None, "not before one o'clock");
        assert_eq!(birthday("02-29", 0, Date::new(2027, 2, 28).unwrap().begin()).unwrap().key, "birthday:2027");
        assert_eq!(birthday("02-29", 0, Date::new(2028, 2, 28).unwrap().begin()), None);
        assert_eq!(birthday("nonsense", 0, now), None);
        let at = |moment: i64| ask(&Trigger::Schedule { at: Timestamp(moment) }, &[], &[], &[]);
        assert!(at(NOON).is_some() && at(NOON + 1).is_none() && at(NOON - DAY).is_none());
    }
}
