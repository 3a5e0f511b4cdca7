//! Whether a message of a campaign is due for somebody, and why. An occasion has a name that stays the same as long as it
//! lasts: the basket of this moment, this order, this birthday. Each is noted once for each person.
//!
//! An occasion lasts a while, so that what fell into a quiet hour is sent when it is over: a day for baskets, orders and
//! moments, a week for prices and stock. What costs more again or is gone again is no news by then.

use super::assemble::basket;
use super::campaign::Trigger;
use super::profile::{Field, Profile};
use super::sending::minute_of_day;
use super::traces::OrderHead;
use crate::clock::Timestamp;
use crate::model::catalogue::{Money, Product, Sku};
use crate::model::customer::{Event, EventKind};
use crate::model::date::Date;
use crate::model::order::OrderStatus;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

/// Somebody is in the audience. Of all occasions this one alone never passes, and `store/retention.rs` goes by that.
pub const ENTRY: &str = "entry";

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

/// What the shop sells: how it changed of late, and how it is now.
#[derive(Debug, Clone, Default)]
pub struct Shelf<'a> {
    changes: Vec<GoodsChange>,
    /// What can be bought, and for how much.
    on_sale: HashMap<&'a str, Money>,
}

impl<'a> Shelf<'a> {
    /// Puts both together.
    pub fn new(changes: Vec<GoodsChange>, products: &'a [Product]) -> Self {
        let on_sale = products.iter().filter(|product| product.in_stock());
        Self { changes, on_sale: on_sale.map(|product| (product.sku.as_str(), product.price)).collect() }
    }

    /// Whether something can still be bought as cheaply as it became.
    fn is_still_as_cheap(&self, change: &GoodsChange) -> bool {
        self.on_sale.get(change.sku.as_str()).is_some_and(|price| *price <= change.price.1)
    }

    /// Whether something can still be bought.
    fn is_still_there(&self, change: &GoodsChange) -> bool {
        self.on_sale.contains_key(change.sku.as_str())
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
    /// What the shop sells.
    pub shelf: &'a Shelf<'a>,
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

/// What is due for somebody by a trigger; the audience is not asked here. Pages come by themselves. Of several products
/// comes the first whose occasion was not noted before.
pub fn due(trigger: &Trigger, seen: &Seen<'_>, noted: impl Fn(&str) -> bool) -> Option<Occasion> {
    let now = seen.now;
    match trigger {
        Trigger::SegmentEntry => Some(Occasion::plain(ENTRY.to_owned(), now)),
        Trigger::Page { .. } => None,
        Trigger::Schedule { at } => within(*at, DAY, now).then(|| Occasion::plain(format!("at:{}", at.0), now)),
        Trigger::Birthday { minute } => birthday(seen.profile.words(Field::Birthday)?, *minute, now),
        Trigger::CartLeft { minutes } => cart(seen, i64::from(*minutes) * MINUTE),
        Trigger::OrderUnpaid { minutes } => unpaid(seen, i64::from(*minutes) * MINUTE),
        Trigger::PriceDrop { percent } => {
            let dropped = |change: &GoodsChange| change.drop_percent() >= f64::from(*percent);
            of_goods("drop", &news(seen, dropped, Shelf::is_still_as_cheap), noted)
        }
        Trigger::BackInStock => of_goods("back", &news(seen, GoodsChange::is_back, Shelf::is_still_there), noted),
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

/// What changed of what the person looked at and has not bought: of each product the newest change that is wanted, and that
/// only if it lasts. The newest comes first.
fn news<'a>(
    seen: &Seen<'a>,
    wanted: impl Fn(&GoodsChange) -> bool,
    lasts: impl Fn(&Shelf<'a>, &GoodsChange) -> bool,
) -> Vec<&'a GoodsChange> {
    let shelf = seen.shelf;
    let concerns =
        |change: &&GoodsChange| within(change.at, NEWS, seen.now) && wanted(change) && looked(seen.events, change);
    let mut changes: Vec<&GoodsChange> = shelf.changes.iter().filter(concerns).collect();
    changes.sort_by_key(|change| Reverse(change.at));
    let mut known = HashSet::new();
    changes.retain(|change| known.insert(change.sku.as_str()) && lasts(shelf, change));
    changes
}

/// Whether a person looked at something before it changed, and has not bought it since or of late.
fn looked(events: &[Event], change: &GoodsChange) -> bool {
    let of_it = || events.iter().filter(move |event| event.sku == change.sku && change.at.0 - event.at.0 <= LOOKED);
    let looks =
        |event: &Event| matches!(event.kind, EventKind::View | EventKind::Search | EventKind::Click | EventKind::Cart);
    let bought = of_it().any(|event| event.kind == EventKind::Buy);
    !bought && of_it().any(|event| event.at <= change.at && looks(event))
}

/// The first of these that was not told before; where all were, the first, so that it can be said why nothing comes.
fn of_goods(kind: &str, changes: &[&GoodsChange], noted: impl Fn(&str) -> bool) -> Option<Occasion> {
    let occasion = |change: &&GoodsChange| Occasion {
        key: format!("{kind}:{}:{}", change.sku, change.at.0),
        skus: vec![change.sku.clone()],
        order: None,
        since: change.at,
    };
    let occasions: Vec<Occasion> = changes.iter().map(occasion).collect();
    occasions.iter().find(|one| !noted(&one.key)).or(occasions.first()).cloned()
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

    fn seen<'a>(profile: &'a Profile, events: &'a [Event], orders: &'a [OrderHead], shelf: &'a Shelf<'a>) -> Seen<'a> {
        Seen { profile, events, orders, shelf, now: Timestamp(NOON) }
    }

    fn ask(trigger: &Trigger, events: &[Event], orders: &[OrderHead]) -> Option<Occasion> {
        due(trigger, &seen(&Profile::default(), events, orders, &Shelf::default()), |_| false)
    }

    /// The goods of an occasion, where these changed and are now as the last change left them.
    fn of_changes(trigger: &Trigger, events: &[Event], changes: &[GoodsChange], noted: &[&str]) -> Option<String> {
        let mut products: HashMap<&str, Product> = HashMap::new();
        for GoodsChange { sku, price, stock, .. } in changes {
            products.insert(sku, Product { sku: sku.clone(), price: price.1, stock: stock.1, ..Product::default() });
        }
        let products: Vec<Product> = products.into_values().collect();
        let shelf = Shelf::new(changes.to_vec(), &products);
        let is_noted = |key: &str| noted.iter().any(|sku| key.contains(&format!(":{sku}:")));
        let occasion = due(trigger, &seen(&Profile::default(), events, &[], &shelf), is_noted);
        occasion.map(|occasion| occasion.skus.concat())
    }

    fn change(sku: &str, minutes_ago: i64, price: (i64, i64), stock: (i64, i64)) -> GoodsChange {
        let (at, price) = (Timestamp(NOON - minutes_ago * MINUTE), (Money(price.0), Money(price.1)));
        GoodsChange { sku: sku.into(), at, price, stock }
    }

    #[test]
    fn a_basket_is_due_when_it_was_left_for_a_while() {
        let trigger = Trigger::CartLeft { minutes: 30 };
        let put = [event(EventKind::Cart, "a", 50), event(EventKind::Cart, "b", 30)];
        let occasion = ask(&trigger, &put, &[]).unwrap();
        assert_eq!((occasion.skus, occasion.since), (vec!["b".to_owned(), "a".to_owned()], put[1].at));
        assert_eq!(ask(&trigger, &[event(EventKind::Cart, "a", 29)], &[]), None);
        assert_eq!(ask(&trigger, &[event(EventKind::Cart, "a", 1_471)], &[]), None, "a day later it is over");
        assert_eq!(ask(&trigger, &[put[0].clone(), event(EventKind::Buy, "a", 40)], &[]), None);
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
        let occasion = ask(&Trigger::OrderUnpaid { minutes: 15 }, &[], &[order(OrderStatus::Unpaid)]).unwrap();
        assert_eq!((occasion.key.as_str(), occasion.order.as_deref()), ("order:SG1", Some("SG1")));
        assert_eq!(ask(&Trigger::OrderUnpaid { minutes: 15 }, &[], &[order(OrderStatus::Paid)]), None);
        assert_eq!(ask(&Trigger::OrderUnpaid { minutes: 30 }, &[], &[order(OrderStatus::Unpaid)]), None);
    }

    #[test]
    fn prices_and_stock_concern_those_who_looked_before() {
        let drop = Trigger::PriceDrop { percent: 10 };
        let told = |trigger: &Trigger, events: &[Event], price, stock| {
            of_changes(trigger, events, &[change("a", 60, (10_000, price), stock)], &[])
        };
        let looked = [event(EventKind::View, "a", 90)];
        assert_eq!(told(&drop, &looked, 9_000, (5, 5)).as_deref(), Some("a"));
        assert_eq!(told(&drop, &looked, 9_100, (5, 5)), None);
        assert_eq!(told(&drop, &[event(EventKind::View, "a", 30)], 9_000, (5, 5)), None, "it looked after");
        assert_eq!(told(&drop, &[looked[0].clone(), event(EventKind::Buy, "a", 80)], 9_000, (5, 5)), None);
        assert_eq!(told(&drop, &[looked[0].clone(), event(EventKind::Buy, "a", 20)], 9_000, (5, 5)), None);
        assert_eq!(told(&Trigger::BackInStock, &looked, 10_000, (0, 3)).as_deref(), Some("a"));
        assert_eq!(told(&Trigger::BackInStock, &looked, 10_000, (1, 3)), None);
    }

    #[test]
    fn what_costs_more_again_or_is_gone_again_is_no_news() {
        let (drop, back) = (Trigger::PriceDrop { percent: 10 }, Trigger::BackInStock);
        let looked = [event(EventKind::View, "a", 900)];
        let told = |trigger: &Trigger, changes: &[GoodsChange]| of_changes(trigger, &looked, changes, &[]);
        let lower = change("a", 660, (10_000, 8_000), (5, 5));
        let came = change("a", 660, (10_000, 10_000), (0, 5));
        assert_eq!(told(&drop, &[lower.clone(), change("a", 60, (8_000, 10_000), (5, 5))]), None);
        assert_eq!(told(&drop, &[lower.clone(), change("a", 60, (8_000, 8_000), (5, 0))]), None, "sold out");
        assert_eq!(told(&back, &[came.clone(), change("a", 60, (10_000, 10_000), (5, 0))]), None);
        // What changed besides takes nothing back.
        let there = change("a", 60, (8_000, 8_000), (0, 5));
        assert_eq!(told(&drop, &[lower, there]).as_deref(), Some("a"));
        assert_eq!(told(&back, &[came, change("a", 60, (10_000, 12_000), (5, 5))]).as_deref(), Some("a"));
        // Half way up again: the drop before the last was told when it was there.
        let steps = [
            change("a", 700, (10_000, 9_000), (5, 5)),
            change("a", 660, (9_000, 8_000), (5, 5)),
            change("a", 60, (8_000, 8_500), (5, 5)),
        ];
        assert_eq!(told(&drop, &steps), None);
    }

    #[test]
    fn of_several_products_each_has_its_turn() {
        let drop = Trigger::PriceDrop { percent: 10 };
        let looked =
            [event(EventKind::View, "a", 900), event(EventKind::View, "b", 900), event(EventKind::View, "c", 900)];
        let changes = [
            change("c", 120, (10_000, 8_000), (5, 5)),
            change("a", 60, (10_000, 8_000), (5, 5)),
            change("b", 60, (10_000, 8_000), (5, 5)),
        ];
        let next = |noted: &[&str]| of_changes(&drop, &looked, &changes, noted);
        assert_eq!(next(&[]).as_deref(), Some("a"));
        assert_eq!(next(&["a"]).as_deref(), Some("b"), "lowered at the same moment");
        assert_eq!(next(&["a", "b"]).as_deref(), Some("c"), "lowered before");
        assert_eq!(next(&["a", "b", "c"]).as_deref(), Some("a"), "and it is said that it was noted");
    }

    #[test]
    fn birthdays_and_moments() {
        let now = Timestamp(NOON);
        let (year, month, day) = Date::of(now).parts();
        let mut profile = Profile::default();
        profile.text(Field::Birthday, &format!("1990-{month:02}-{day:02}"), Source::Shop, now);
        let shelf = Shelf::default();
        let at_minute = |minute| due(&Trigger::Birthday { minute }, &seen(&profile, &[], &[], &shelf), |_| false);
        assert_eq!(at_minute(600).unwrap().key, format!("birthday:{year}"));
        assert_eq!(at_minute(780), None, "not before one o'clock");
        assert_eq!(birthday("02-29", 0, Date::new(2027, 2, 28).unwrap().begin()).unwrap().key, "birthday:2027");
        assert_eq!(birthday("02-29", 0, Date::new(2028, 2, 28).unwrap().begin()), None);
        assert_eq!(birthday("nonsense", 0, now), None);
        let at = |moment: i64| ask(&Trigger::Schedule { at: Timestamp(moment) }, &[], &[]);
        assert!(at(NOON).is_some() && at(NOON + 1).is_none() && at(NOON - DAY).is_none());
    }
}
