//! Profiles of all persons, assembled from what they did, ordered, said and agreed to.
//!
//! A person is a customer whom the shop has named, with all browsers they used, or else one browser. Purchases are the
//! orders that the shop has told of; where it has told of none, what was bought at one moment is one purchase.

use super::campaign::Channel;
use super::clusters::{Cluster, divide};
use super::lifetime::Lifetime;
use super::odds::Odds;
use super::profile::{Field, Profile, Source, Value};
use super::rfm::{Purchase, Rfm, measure, score};
use super::traces::Traces;
use crate::clock::Timestamp;
use crate::model::catalogue::{Money, Sku};
use crate::model::customer::{Event, EventKind};
use crate::model::date::Date;
use std::collections::{BTreeMap, HashMap, HashSet};

const DAY: i64 = 86_400_000;

/// Days in which a basket counts, and in which looks do.
const RECENT: (i64, i64) = (7, 30);

/// Clusters that customers are divided into.
const CLUSTERS: usize = 5;

/// What the catalogue says of a product.
#[derive(Debug, Clone, Copy)]
pub struct Goods<'a> {
    /// Name of its category.
    pub category: &'a str,
    /// Its brand.
    pub brand: &'a str,
    /// What it costs.
    pub price: Money,
}

/// All persons with their profiles.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct People {
    /// By key.
    pub profiles: BTreeMap<String, Profile>,
    /// Customers who are alike, the biggest spenders first.
    pub clusters: Vec<Cluster>,
}

/// Assembles the profiles of all.
pub fn assemble<'a>(
    people: &BTreeMap<String, Traces>,
    goods: impl Fn(&str) -> Option<Goods<'a>>,
    now: Timestamp,
) -> People {
    let mut found = People::default();
    let mut purchases: Vec<Purchase<&str>> = Vec::new();
    for (key, traces) in people {
        found.profiles.insert(key.clone(), basics(traces, &goods, now));
        purchases.extend(bought(traces, &goods).into_iter().map(|(at, amount)| Purchase {
            customer: key.as_str(),
            at,
            amount,
        }));
    }
    let customers = measure(&purchases, Date::of(now));
    let told = |key: &str| people.get(key).is_some_and(|traces| !traces.orders.is_empty());
    let source = |key: &str| if told(key) { Source::Orders } else { Source::Behaviour };
    appraise(&mut found, &customers, &grounds(&purchases, source));
    for profile in found.profiles.values_mut().filter(|profile| profile.value(Field::Orders).is_none()) {
        let at = profile.0.get(&Field::LastSeen).map_or(now, |seen| seen.at);
        profile.number(Field::Orders, 0.0, Source::Behaviour, at);
        profile.number(Field::Spent, 0.0, Source::Behaviour, at);
    }
    let odds = Odds::learn(people.values().map(|traces| traces.events.as_slice()));
    for (key, traces) in people.iter().filter(|(_, traces)| !traces.events.is_empty()) {
        let probability = odds.as_ref().and_then(|odds| odds.of(&traces.events, now));
        if let (Some(probability), Some(profile)) = (probability, found.profiles.get_mut(key)) {
            profile.number(Field::Purchase, probability * 100.0, Source::Model, now);
        }
    }
    found
}

/// What the figures of a customer rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground {
    /// Orders, or what was bought on the pages.
    pub source: Source,
    /// The last purchase.
    pub at: Timestamp,
}

/// The last purchase of each customer.
pub fn grounds<'a>(purchases: &[Purchase<&'a str>], source: impl Fn(&str) -> Source) -> HashMap<&'a str, Ground> {
    let mut grounds: HashMap<&str, Ground> = HashMap::new();
    for Purchase { customer, at, .. } in purchases {
        let ground = grounds.entry(customer).or_insert_with(|| Ground { source: source(customer), at: *at });
        ground.at = ground.at.max(*at);
    }
    grounds
}

/// Purchases with what they cost.
fn bought<'a>(traces: &Traces, goods: &impl Fn(&str) -> Option<Goods<'a>>) -> Vec<(Timestamp, Money)> {
    if !traces.orders.is_empty() {
        let paid = traces.orders.iter().filter(|order| order.is_paid());
        return paid.map(|order| (order.placed_at, order.total)).collect();
    }
    let mut purchases: BTreeMap<Timestamp, i64> = BTreeMap::new();
    for event in traces.events.iter().filter(|event| event.kind == EventKind::Buy) {
        #[allow(clippy::cast_possible_truncation)]
        let pieces = event.value.max(1.0) as i64;
        let price = goods(&event.sku).map_or(0, |goods| goods.price.0);
        *purchases.entry(event.at).or_default() += price.saturating_mul(pieces);
    }
    purchases.into_iter().map(|(at, amount)| (at, Money(amount))).collect()
}

/// What a person's own traces say.
fn basics<'a>(traces: &Traces, goods: &impl Fn(&str) -> Option<Goods<'a>>, now: Timestamp) -> Profile {
    let mut profile = Profile::default();
    let days = |at: Timestamp| ((now.0 - at.0) / DAY).max(0) as f64;
    if let Some((told, at)) = &traces.told {
        for (field, name) in [
            (Field::Name, "profile_name"),
            (Field::Phone, "profile_phone"),
            (Field::Email, "profile_email"),
            (Field::Birthday, "profile_birthday"),
        ] {
            profile.text(field, told.get(name).map_or("", String::as_str), Source::Shop, *at);
        }
    }
    let since = traces.first_seen;
    profile.put(
        Field::SignedIn,
        Value::Yes(traces.customer.is_some()),
        Source::Shop,
        traces.told.as_ref().map_or(since, |(_, at)| *at),
    );
    profile.number(Field::FirstSeen, days(since), Source::Behaviour, since);
    if let Some(talk) = traces.talk {
        profile.hear(talk.messages, talk.mood, talk.complaint || talk.with_agent, talk.at);
    }
    let seen = traces.events.last().map(|event| event.at).max(traces.talk.map(|talk| talk.at)).unwrap_or(since);
    profile.number(Field::LastSeen, days(seen), Source::Behaviour, seen);
    preferences(&mut profile, traces, goods, now);
    for (channel, (granted, at)) in &traces.consents {
        let field = match channel {
            Channel::Widget => Field::ConsentWidget,
            Channel::Email => Field::ConsentEmail,
            Channel::Sms => Field::ConsentSms,
            Channel::Wechat => Field::ConsentWechat,
        };
        profile.put(field, Value::Yes(*granted), Source::Own, *at);
    }
    profile
}

/// What they like, from what they looked at.
fn preferences<'a>(profile: &mut Profile, traces: &Traces, goods: &impl Fn(&str) -> Option<Goods<'a>>, now: Timestamp) {
    let looks = |event: &&Event| !matches!(event.kind, EventKind::Rate | EventKind::Dismiss);
    let (mut categories, mut brands) = (BTreeMap::<&str, usize>::new(), BTreeMap::<&str, usize>::new());
    let mut prices = Vec::new();
    for event in traces.events.iter().filter(looks) {
        let Some(goods) = goods(&event.sku) else { continue };
        *categories.entry(goods.category).or_default() += 1;
        *brands.entry(goods.brand).or_default() += 1;
        prices.push(goods.price);
    }
    let Some(at) = traces.events.iter().rfind(looks).map(|event| event.at) else { return };
    let most = |counts: &BTreeMap<&'a str, usize>| {
        counts.iter().max_by_key(|(name, count)| (**count, std::cmp::Reverse(**name))).map(|(name, _)| *name)
    };
    profile.text(Field::Category, most(&categories).unwrap_or_default(), Source::Behaviour, at);
    profile.text(Field::Brand, most(&brands).unwrap_or_default(), Source::Behaviour, at);
    prices.sort_unstable();
    if let Some(price) = prices.get(prices.len() / 2) {
        profile.number(Field::PriceLevel, price.yuan(), Source::Behaviour, at);
    }
    let lately = |event: &&Event| {
        now.0 - event.at.0 <= RECENT.1 * DAY
            && matches!(event.kind, EventKind::View | EventKind::Search | EventKind::Click)
    };
    profile.number(Field::Views, traces.events.iter().filter(lately).count() as f64, Source::Behaviour, at);
    profile.number(Field::Cart, basket(&traces.events, now).len() as f64, Source::Behaviour, at);
}

/// What was put into the basket within the last days and not bought since, with the moment, the newest last.
pub fn basket(events: &[Event], now: Timestamp) -> Vec<(&Sku, Timestamp)> {
    let mut basket: Vec<(&Sku, Timestamp)> = Vec::new();
    for event in events.iter().filter(|event| now.0 - event.at.0 <= RECENT.0 * DAY && event.at <= now) {
        if matches!(event.kind, EventKind::Cart | EventKind::Buy | EventKind::Dismiss) {
            basket.retain(|(sku, _)| **sku != event.sku);
        }
        if event.kind == EventKind::Cart {
            basket.push((&event.sku, event.at));
        }
    }
    basket
}

/// What customers are to the shop, beside each other, for those who have a profile.
pub fn appraise(found: &mut People, customers: &BTreeMap<&str, Rfm>, grounds: &HashMap<&str, Ground>) {
    let scores = score(customers);
    let all: Vec<Rfm> = customers.values().copied().collect();
    let lifetime = Lifetime::fit(&all);
    let distinct: HashSet<(i64, u32, i64)> =
        all.iter().map(|rfm| (rfm.recency_days, rfm.orders, rfm.spent.0)).collect();
    let clusters = divide(customers, CLUSTERS.min(distinct.len())).ok();
    for (key, rfm) in customers {
        let (Some(profile), Some(ground)) = (found.profiles.get_mut(*key), grounds.get(key)) else { continue };
        let at = ground.at;
        let scores = scores[key];
        for (field, value) in [
            (Field::Recency, rfm.recency_days as f64),
            (Field::Age, rfm.age_days as f64),
            (Field::Orders, f64::from(rfm.orders)),
            (Field::Spent, rfm.spent.yuan()),
            (Field::Average, rfm.average().yuan()),
        ] {
            profile.number(field, value, ground.source, at);
        }
        for (field, value) in [
            (Field::RecencyScore, scores.recency),
            (Field::FrequencyScore, scores.frequency),
            (Field::MonetaryScore, scores.monetary),
        ] {
            profile.number(field, f64::from(value), Source::Model, at);
        }
        profile.text(Field::Group, scores.group().title(), Source::Model, at);
        if let Some(lifetime) = lifetime {
            profile.number(Field::NextYear, lifetime.expects(rfm, 365.0).yuan(), Source::Model, at);
        }
        if let Some(place) = clusters.as_ref().and_then(|clusters| clusters.of.get(key)) {
            profile.text(Field::Cluster, &cluster_name(*place), Source::Model, at);
        }
    }
    found.clusters = clusters.map(|clusters| clusters.clusters).unwrap_or_default();
}

/// How the cluster of this place is called in rules.
pub fn cluster_name(place: usize) -> String {
    format!("第 {} 群", place + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::mood::Mood;
    use crate::marketing::traces::{OrderHead, Talk};
    use crate::model::id::ShopperId;
    use crate::model::order::{Facts, OrderStatus};

    fn event(kind: EventKind, sku: &str, day: i64) -> Event {
        Event { shopper: ShopperId::default(), sku: sku.into(), kind, value: 1.0, at: Timestamp(day * DAY) }
    }

    fn goods(sku: &str) -> Option<Goods<'static>> {
        let known = [
            ("a", Goods { category: "鞋", brand: "云", price: Money(10_000) }),
            ("b", Goods { category: "灯", brand: "光", price: Money(3_000) }),
        ];
        known.into_iter().find(|(known, _)| *known == sku).map(|(_, goods)| goods)
    }

    fn order(status: OrderStatus, day: i64, yuan: i64) -> OrderHead {
        OrderHead {
            number: day.to_string(),
            status,
            placed_at: Timestamp(day * DAY),
            total: Money(yuan * 100),
            skus: vec!["a".into()],
        }
    }

    #[test]
    fn a_profile_holds_what_the_traces_say_each_with_source_and_age() {
        let told: Facts =
            [("profile_name".to_owned(), "林岚".to_owned()), ("profile_birthday".to_owned(), "05-21".to_owned())]
                .into();
        let traces = Traces {
            customer: Some("c-1".into()),
            first_seen: Timestamp(DAY),
            told: Some((told, Timestamp(80 * DAY))),
            events: vec![
                event(EventKind::View, "a", 90),
                event(EventKind::View, "a", 95),
                event(EventKind::Cart, "b", 96),
                event(EventKind::Buy, "a", 97),
            ],
            orders: vec![order(OrderStatus::Completed, 60, 200), order(OrderStatus::Unpaid, 99, 900)],
            talk: Some(Talk {
                messages: 4,
                mood: Mood::Upset,
                complaint: true,
                with_agent: false,
                at: Timestamp(98 * DAY),
            }),
            consents: [(Channel::Email, (false, Timestamp(97 * DAY)))].into(),
            ..Traces::default()
        };
        let people = assemble(&[("c:c-1".to_owned(), traces)].into(), goods, Timestamp(100 * DAY));
        let profile = &people.profiles["c:c-1"];
        let say = |field: Field| profile.value(field).map(ToString::to_string).unwrap_or_default();
        for (field, value) in [
            (Field::Name, "林岚"),
            (Field::Birthday, "05-21"),
            (Field::SignedIn, "是"),
            (Field::Category, "鞋"),
            (Field::Brand, "云"),
            (Field::PriceLevel, "100"),
            (Field::Views, "2"),
            (Field::Cart, "1"),
            (Field::Orders, "1"),
            (Field::Spent, "200"),
            (Field::Recency, "40"),
            (Field::LastSeen, "2"),
            (Field::Mood, "不满"),
            (Field::Complaint, "是"),
            (Field::ConsentEmail, "否"),
            (Field::ConsentSms, ""),
            (Field::FirstSeen, "99"),
        ] {
            assert_eq!(say(field), value, "{field:?}");
        }
        let fact = &profile.0[&Field::Spent];
        assert_eq!((fact.source, fact.at), (Source::Orders, Timestamp(60 * DAY)));
    }

    #[test]
    fn without_orders_purchases_are_what_was_bought_at_one_moment() {
        let traces = Traces {
            events: vec![
                event(EventKind::Buy, "a", 10),
                event(EventKind::Buy, "b", 10),
                event(EventKind::Buy, "b", 20),
            ],
            ..Traces::default()
        };
        let people = assemble(
            &[("v:1".to_owned(), traces), ("v:2".to_owned(), Traces::default())].into(),
            goods,
            Timestamp(30 * DAY),
        );
        let value = |key: &str, field: Field| people.profiles[key].value(field).unwrap().to_string();
        assert_eq!(
            (value("v:1", Field::Orders), value("v:1", Field::Spent), value("v:1", Field::Average)),
            ("2".into(), "160".into(), "80".into())
        );
        assert_eq!(value("v:2", Field::Orders), "0");
        assert_eq!(people.clusters, []);
    }

    #[test]
    fn a_basket_holds_what_was_not_bought() {
        let events = [
            event(EventKind::Cart, "a", 1),
            event(EventKind::Cart, "b", 9),
            event(EventKind::Cart, "a", 10),
            event(EventKind::Buy, "b", 10),
        ];
        assert_eq!(basket(&events, Timestamp(11 * DAY)), [(&"a".to_owned(), Timestamp(10 * DAY))]);
    }
}
