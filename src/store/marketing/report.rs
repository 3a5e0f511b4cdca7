//! What came of a campaign, row by row, and why others did not get it.

use crate::clock::Timestamp;
use crate::marketing::report::{Fate, Row};
use crate::store::db::{reading, snapshot};
use crate::store::{Db, StoreError};
use sqlx::types::Json;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Id, person, variant, fate, when it was decided, when a link was opened, when they unsubscribed, SKUs, times it was
/// read, purchases of the person within the credited time.
type Found = (Uuid, String, Option<i64>, String, i64, Option<i64>, Option<i64>, Json<Vec<String>>, i64, i64);

/// Everything that a campaign has decided, with what followed within `window` milliseconds. What had its time is no part of
/// it: what followed then is no longer kept.
///
/// # Errors
/// [`StoreError`] where the database fails or holds an unknown state.
pub async fn rows(db: &Db, campaign: Uuid, window: i64) -> Result<Vec<Row>, StoreError> {
    const SQL: &str = "SELECT d.id, d.person, d.variant, d.state, d.decided_at, d.clicked_at, d.unsubscribed_at, d.skus, \
        (SELECT COUNT(*) FROM message m JOIN read_position r ON r.conversation_id = m.conversation_id \
            WHERE m.id = d.id AND r.reader = 'shopper' AND r.sequence >= m.sequence), \
        (SELECT COUNT(*) FROM event e WHERE e.kind = 'buy' AND e.at >= d.decided_at AND e.at < d.decided_at + $2 \
            AND (e.shopper_id = d.shopper_id OR e.shopper_id IN (SELECT i.shopper_id FROM shopper_identity i \
                WHERE 'c:' || i.customer = d.person))) \
        + (SELECT COUNT(*) FROM customer_order o WHERE 'c:' || o.customer = d.person \
            AND o.status NOT IN ('unpaid', 'cancelled') AND ((o.placed_at >= d.decided_at AND o.placed_at < d.decided_at + $2) \
                OR (o.number = d.order_number AND o.paid_at < d.decided_at + $2))) \
        FROM campaign_delivery d WHERE d.campaign_id = $1 AND d.state <> 'past' ORDER BY d.decided_at, d.id";
    const ACTS: &str = "SELECT d.id, e.sku FROM campaign_delivery d JOIN event e ON e.shopper_id = d.shopper_id \
        WHERE d.campaign_id = $1 AND d.state = 'sent' AND e.kind IN ('view', 'search', 'click', 'cart') \
        AND e.at >= d.decided_at AND e.at < d.decided_at + $2";
    let (found, acts): (Vec<Found>, Vec<(Uuid, String)>) = snapshot!(db, tx => (
        sqlx::query_as(SQL).bind(campaign).bind(window).fetch_all(&mut *tx).await?,
        sqlx::query_as(ACTS).bind(campaign).bind(window).fetch_all(&mut *tx).await?,
    ));
    let mut acted: HashMap<Uuid, HashSet<String>> = HashMap::new();
    for (id, sku) in acts {
        acted.entry(id).or_default().insert(sku);
    }
    let row = |(id, person, variant, state, decided_at, clicked_at, unsubscribed_at, skus, read, bought): Found| {
        let fate = Fate::ALL.iter().find(|(_, name)| *name == state).map(|(fate, _)| *fate);
        let opened = acted.get(&id).is_some_and(|acts| skus.0.iter().any(|sku| acts.contains(sku)));
        Ok(Row {
            person,
            variant: variant.and_then(|number| usize::try_from(number).ok()),
            fate: fate.ok_or_else(|| StoreError::corrupt("fate of a message")(state))?,
            decided_at: Timestamp(decided_at),
            seen: read > 0,
            clicked: clicked_at.is_some() || opened,
            bought: bought > 0,
            unsubscribed: unsubscribed_at.is_some(),
        })
    };
    found.into_iter().map(row).collect()
}

/// Why others did not get what was due for them: the names of the reasons with the number of occasions.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn refusals(db: &Db, campaign: Uuid) -> Result<Vec<(String, i64)>, StoreError> {
    const SQL: &str = "SELECT reasons, COUNT(*) FROM campaign_refusal WHERE campaign_id = $1 GROUP BY reasons";
    let rows: Vec<(String, i64)> = reading!(db, pool => sqlx::query_as(SQL).bind(campaign).fetch_all(pool).await?);
    let mut counts: HashMap<String, i64> = HashMap::new();
    for (reasons, count) in rows {
        for reason in reasons.split(',') {
            *counts.entry(reason.to_owned()).or_default() += count;
        }
    }
    let mut counts: Vec<(String, i64)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(counts)
}

/// A message somebody got, as an agent sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    /// Name of the campaign.
    pub campaign: String,
    /// By which way.
    pub channel: String,
    /// What became of it.
    pub state: String,
    /// When it was decided.
    pub at: Timestamp,
}

/// The newest messages to a person by one of these keys; who is held out is not told.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn touches(db: &Db, keys: &[String], limit: usize) -> Result<Vec<Touch>, StoreError> {
    const SQL: &str = "SELECT campaign.name, channel, campaign_delivery.state, decided_at FROM campaign_delivery \
        JOIN campaign ON campaign.id = campaign_id WHERE person = $1 \
        AND campaign_delivery.state NOT IN ('holdout', 'past') ORDER BY decided_at DESC LIMIT $2";
    let mut touches = Vec::new();
    for key in keys {
        let rows: Vec<(String, String, String, i64)> =
            reading!(db, pool => sqlx::query_as(SQL).bind(key).bind(limit as i64).fetch_all(pool).await?);
        let touch = |(campaign, channel, state, at)| Touch { campaign, channel, state, at: Timestamp(at) };
        touches.extend(rows.into_iter().map(touch));
    }
    touches.sort_by_key(|touch| std::cmp::Reverse(touch.at));
    touches.truncate(limit);
    Ok(touches)
}
