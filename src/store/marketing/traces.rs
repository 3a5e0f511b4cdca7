//! Everything that is kept of persons, gathered from all tables.

use super::consent;
use super::facts::Recipient;
use super::order;
use crate::clock::Timestamp;
use crate::marketing::traces::{Traces, key_of};
use crate::model::id::ShopperId;
use crate::model::order::Facts;
use crate::store::db::{reading, snapshot};
use crate::store::{Db, StoreError, event};
use serde_json::value::RawValue;
use sqlx::types::Json;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// What the assistant remembers of somebody's conversation.
#[derive(Debug, Clone)]
pub struct Remembered {
    /// Key of the person.
    pub person: String,
    /// The dialogue's state, as JSON object.
    pub state: Box<RawValue>,
    /// Whether a case is unfinished.
    pub has_case: bool,
    /// The newest of it.
    pub at: Timestamp,
}

type TalkRow = (Uuid, Json<Box<RawValue>>, i64, i64);

/// All persons by key, without their conversations, and these beside them.
///
/// # Errors
/// [`StoreError`] where the database fails or holds what this program does not write.
pub async fn all(db: &Db) -> Result<(BTreeMap<String, Traces>, Vec<Remembered>), StoreError> {
    const SHOPPERS: &str = "SELECT id, created_at FROM shopper ORDER BY id";
    const NAMED: &str = "SELECT shopper_id, customer, profile, identified_at FROM shopper_identity";
    const CONSENTS: &str = "SELECT person, channel, granted, at FROM marketing_consent";
    const TALKS: &str = "SELECT shopper_id, state, updated_at, (SELECT COUNT(*) FROM desk_case \
        WHERE desk_case.conversation_id = conversation.id AND desk_case.state IN ('waiting', 'open')) \
        FROM conversation WHERE last_sequence > 0";
    type Named = (Uuid, String, Json<Facts>, i64);
    type Rows = (Vec<(Uuid, i64)>, Vec<Named>, Vec<consent::Row>, Vec<TalkRow>);
    let (shoppers, named, consents, talks): Rows = snapshot!(db, tx => (
        sqlx::query_as(SHOPPERS).fetch_all(&mut *tx).await?,
        sqlx::query_as(NAMED).fetch_all(&mut *tx).await?,
        sqlx::query_as(CONSENTS).fetch_all(&mut *tx).await?,
        sqlx::query_as(TALKS).fetch_all(&mut *tx).await?,
    ));
    let customers: HashMap<Uuid, &Named> = named.iter().map(|row| (row.0, row)).collect();
    let customer = |shopper: ShopperId| customers.get(&shopper.0).map(|row| row.1.as_str());
    let key = |shopper: ShopperId| key_of(customer(shopper), shopper);
    let mut people: BTreeMap<String, Traces> = BTreeMap::new();
    for (id, created_at) in shoppers {
        let shopper = ShopperId(id);
        let new = || Traces {
            first_seen: Timestamp(created_at),
            customer: customer(shopper).map(str::to_owned),
            ..Traces::default()
        };
        let person = people.entry(key(shopper)).or_insert_with(new);
        person.shoppers.push(shopper);
        person.first_seen = person.first_seen.min(Timestamp(created_at));
        if let Some((.., profile, at)) = customers.get(&id)
            && person.told.as_ref().is_none_or(|(_, known)| known.0 <= *at)
        {
            person.told = Some((profile.0.clone(), Timestamp(*at)));
        }
    }
    for event in event::all(db).await? {
        let (shopper, at) = (event.shopper, event.at);
        let person = people.entry(key(shopper)).or_insert_with(|| Traces {
            first_seen: at,
            shoppers: vec![shopper],
            ..Traces::default()
        });
        person.first_seen = person.first_seen.min(at);
        person.events.push(event);
    }
    for (customer, order) in order::all(db).await? {
        if let Some(person) = people.get_mut(&format!("c:{customer}")) {
            person.orders.push(order);
        }
    }
    words(&mut people, consents)?;
    let talks = talks.into_iter().map(|(shopper, state, at, cases)| Remembered {
        person: key(ShopperId(shopper)),
        state: state.0,
        has_case: cases > 0,
        at: Timestamp(at),
    });
    Ok((people, talks.collect()))
}

/// Gives everybody their own words, under whichever of their keys they were kept.
fn words(people: &mut BTreeMap<String, Traces>, consents: Vec<consent::Row>) -> Result<(), StoreError> {
    let mut by_key: HashMap<String, Vec<consent::Row>> = HashMap::new();
    for row in consents {
        by_key.entry(row.0.clone()).or_default().push(row);
    }
    for person in people.values_mut() {
        let recipient = Recipient { customer: person.customer.clone(), shoppers: person.shoppers.clone() };
        let own: Vec<consent::Row> =
            recipient.keys().iter().filter_map(|key| by_key.get(key)).flatten().cloned().collect();
        if !own.is_empty() {
            person.consents = consent::newest(own)?;
        }
    }
    Ok(())
}

/// Somebody by one of their browsers.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn person_of(db: &Db, shopper: ShopperId) -> Result<Recipient, StoreError> {
    const SQL: &str = "SELECT customer FROM shopper_identity WHERE shopper_id = $1";
    let row: Option<(String,)> = reading!(db, pool => sqlx::query_as(SQL).bind(shopper.0).fetch_optional(pool).await?);
    match row {
        Some((customer,)) => by_customer(db, &customer).await,
        None => Ok(Recipient { customer: None, shoppers: vec![shopper] }),
    }
}

/// A customer with all browsers, the newest last.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn by_customer(db: &Db, customer: &str) -> Result<Recipient, StoreError> {
    const SQL: &str = "SELECT shopper_id FROM shopper_identity WHERE customer = $1 ORDER BY identified_at, shopper_id";
    let rows: Vec<(Uuid,)> = reading!(db, pool => sqlx::query_as(SQL).bind(customer).fetch_all(pool).await?);
    let shoppers = rows.into_iter().map(|(id,)| ShopperId(id)).collect();
    Ok(Recipient { customer: Some(customer.to_owned()), shoppers })
}
