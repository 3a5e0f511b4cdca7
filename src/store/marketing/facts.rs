//! What the decision about a message to a person rests on, read from the database at one moment.

use super::consent;
use crate::clock::Timestamp;
use crate::marketing::campaign::Channel;
use crate::marketing::due::Occasion;
use crate::marketing::traces::key_of;
use crate::model::chat::Status;
use crate::model::id::{ConversationId, ShopperId};
use crate::store::conversation::parse_status;
use crate::store::db::snapshot;
use crate::store::{Db, StoreError};
use serde_json::value::RawValue;
use sqlx::types::Json;
use uuid::Uuid;

/// Browsers of one person that are looked at, the newest.
const BROWSERS: usize = 12;

/// Somebody to whom something may be sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recipient {
    /// The shop's name of the customer, where it is known.
    pub customer: Option<String>,
    /// Their browsers, the newest last.
    pub shoppers: Vec<ShopperId>,
}

impl Recipient {
    /// The key of the person.
    pub fn key(&self) -> String {
        key_of(self.customer.as_deref(), self.newest())
    }

    /// The key, and those of the browsers.
    pub fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.browsers().iter().map(|shopper| format!("v:{shopper}")).collect();
        keys.extend(self.customer.as_ref().map(|customer| format!("c:{customer}")));
        keys
    }

    /// The newest browsers.
    pub fn browsers(&self) -> &[ShopperId] {
        &self.shoppers[self.shoppers.len().saturating_sub(BROWSERS)..]
    }

    /// The browser that came last.
    pub fn newest(&self) -> ShopperId {
        self.shoppers.last().copied().unwrap_or_default()
    }
}

/// A conversation of the person.
#[derive(Debug, Clone)]
pub struct Talking {
    /// Which.
    pub id: ConversationId,
    /// Whose.
    pub shopper: ShopperId,
    /// Who answers.
    pub status: Status,
    /// Its newest message.
    pub last_sequence: i64,
    /// What the assistant remembers.
    pub state: Box<RawValue>,
    /// Whether a case is unfinished.
    pub has_case: bool,
}

/// What is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Of which campaign.
    pub campaign: Uuid,
    /// To whom.
    pub to: &'a Recipient,
    /// Because of what.
    pub occasion: &'a Occasion,
    /// By which way.
    pub channel: Channel,
    /// Since when messages of all campaigns count, and those of this one.
    pub since: (Timestamp, Timestamp),
}

/// What holds at that moment.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Whether the campaign runs.
    pub running: bool,
    /// What the person last said about the channel.
    pub consent: Option<bool>,
    /// Messages of all campaigns that count.
    pub sent: u32,
    /// Messages of this campaign that count.
    pub sent_by_campaign: u32,
    /// Whether the occasion was noted before.
    pub noted: bool,
    /// The person's conversations, the newest browser's last.
    pub talks: Vec<Talking>,
    /// Whether the occasion is settled: bought, or the order paid or gone.
    pub bought: bool,
}

pub(super) const RUNNING: &str = "SELECT COUNT(*) FROM campaign WHERE id = $1 AND state = 'running'";
pub(super) const CONSENTS: &str = "SELECT person, channel, granted, at FROM marketing_consent WHERE channel = ";
pub(super) const SENT: &str =
    "SELECT campaign_id, occasion, state, decided_at FROM campaign_delivery WHERE (person IN (";
pub(super) const TALKS: &str = "SELECT id, shopper_id, status, last_sequence, state, (SELECT COUNT(*) FROM desk_case \
    WHERE desk_case.conversation_id = conversation.id AND desk_case.state IN ('waiting', 'open')) \
    FROM conversation WHERE shopper_id IN (";
pub(super) const BOUGHT: &str = "SELECT sku FROM event WHERE kind = 'buy' AND at >= ";
pub(super) const ORDER: &str = "SELECT status FROM customer_order WHERE number = $1";

pub(super) type TalkRow = (Uuid, Uuid, String, i64, Json<Box<RawValue>>, i64);
pub(super) type SentRow = (Uuid, String, String, i64);

/// Binds values as a list in brackets: `list!(query, values)`.
macro_rules! list {
    ($query:ident, $values:expr) => {{
        let mut list = $query.separated(", ");
        for value in $values {
            list.push_bind(value);
        }
        $query.push(")");
    }};
}

/// Reads the facts inside of a transaction.
macro_rules! read_facts {
    ($tx:ident, $asked:expr) => {{
        use $crate::store::marketing::facts as f;
        let asked: &f::Asked<'_> = $asked;
        let (keys, browsers) = (asked.to.keys(), asked.to.browsers());
        let running: i64 = sqlx::query_scalar(f::RUNNING).bind(asked.campaign).fetch_one(&mut *$tx).await?;
        let mut query = sqlx::QueryBuilder::new(f::CONSENTS);
        query.push_bind(asked.channel.name()).push(" AND person IN (");
        f::list!(query, keys.iter().cloned());
        let consents: Vec<(String, String, bool, i64)> = query.build_query_as().fetch_all(&mut *$tx).await?;
        let mut query = sqlx::QueryBuilder::new(f::SENT);
        f::list!(query, keys.iter().cloned());
        query.push(" OR shopper_id IN (");
        f::list!(query, browsers.iter().map(|shopper| shopper.0));
        query.push(") AND (decided_at > ").push_bind(asked.since.0.0.min(asked.since.1.0));
        query.push(" OR campaign_id = ").push_bind(asked.campaign).push(")");
        let sent: Vec<f::SentRow> = query.build_query_as().fetch_all(&mut *$tx).await?;
        let mut query = sqlx::QueryBuilder::new(f::TALKS);
        f::list!(query, browsers.iter().map(|shopper| shopper.0));
        let talks: Vec<f::TalkRow> = query.build_query_as().fetch_all(&mut *$tx).await?;
        let mut query = sqlx::QueryBuilder::new(f::BOUGHT);
        query.push_bind(asked.occasion.since.0).push(" AND shopper_id IN (");
        f::list!(query, browsers.iter().map(|shopper| shopper.0));
        let bought: Vec<(String,)> = query.build_query_as().fetch_all(&mut *$tx).await?;
        let order: Option<(String,)> = match &asked.occasion.order {
            Some(number) => sqlx::query_as(f::ORDER).bind(number).fetch_optional(&mut *$tx).await?,
            None => None,
        };
        f::gather(asked, running, consents, &sent, talks, &bought, order)?
    }};
}

pub(super) use {list, read_facts};

/// States of messages that count for the caps: also those of which it is not certain that they arrived.
const COUNTS: [&str; 3] = ["claimed", "sent", "failed"];

pub(super) fn gather(
    asked: &Asked<'_>,
    running: i64,
    consents: Vec<consent::Row>,
    sent: &[SentRow],
    talks: Vec<TalkRow>,
    bought: &[(String,)],
    order: Option<(String,)>,
) -> Result<Facts, StoreError> {
    let counts = |row: &&SentRow| COUNTS.contains(&row.2.as_str());
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let own = |row: &&SentRow| row.0 == asked.campaign;
    let talks = talks.into_iter().map(|(id, shopper, status, last_sequence, state, cases)| {
        let (id, shopper, status) = (ConversationId(id), ShopperId(shopper), parse_status(&status)?);
        Ok(Talking { id, shopper, status, last_sequence, state: state.0, has_case: cases > 0 })
    });
    let mut talks = talks.collect::<Result<Vec<_>, StoreError>>()?;
    talks.sort_by_key(|talk| talk.shopper);
    Ok(Facts {
        running: running > 0,
        consent: consent::newest(consents)?.get(&asked.channel).map(|(granted, _)| *granted),
        sent: count(sent.iter().filter(counts).filter(|row| row.3 > asked.since.0.0).count()),
        sent_by_campaign: count(sent.iter().filter(counts).filter(own).filter(|row| row.3 > asked.since.1.0).count()),
        noted: sent.iter().filter(own).any(|row| row.1 == asked.occasion.key),
        talks,
        bought: bought.iter().any(|(sku,)| asked.occasion.skus.contains(sku))
            || (asked.occasion.order.is_some() && order.is_none_or(|(status,)| status != "unpaid")),
    })
}

/// The facts at this moment, for somebody who only wants to know.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn facts(db: &Db, asked: &Asked<'_>) -> Result<Facts, StoreError> {
    Ok(snapshot!(db, tx => read_facts!(tx, asked)))
}
