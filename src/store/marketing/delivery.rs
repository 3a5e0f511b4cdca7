//! What was sent to whom, and the check before it: the only place where a message of a campaign comes into being.
//!
//! # Invariants
//! - A decision is made in the transaction that notes it, after a row of the person was written: two decisions about one
//!   person never overlap, on whatever nodes. So a cap holds however many ask at once.
//! - A message that was decided counts for the caps until it is known that it was not sent.
//! - An occasion that never passes stays noted as long as its campaign is not over. What had its time is `past` and says
//!   nothing else any more (`store/retention.rs`).

use super::consent::LOCK;
use super::facts::{Asked, Facts, Recipient, read_facts};
use crate::clock::Timestamp;
use crate::marketing::campaign::Channel;
use crate::marketing::sending::Refusal;
use crate::marketing::split::Share;
use crate::model::catalogue::Sku;
use crate::model::id::{ConversationId, ShopperId};
use crate::store::db::{reading, snapshot, writing};
use crate::store::portions::insert_rows;
use crate::store::{Db, StoreError};
use sqlx::types::Json;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// What should be sent.
#[derive(Debug, Clone)]
pub struct Draft<'a> {
    /// Its id.
    pub id: Uuid,
    /// Whom it is for, because of what, by which way.
    pub asked: Asked<'a>,
    /// Whose conversation or address it goes to.
    pub shopper: ShopperId,
    /// What it shows.
    pub skus: &'a [Sku],
    /// What is stored of the token in its links.
    pub link_hash: String,
    /// Now.
    pub now: Timestamp,
}

/// What was decided.
#[derive(Debug, Clone)]
pub enum Decided {
    /// It is to be sent now, in this variant, on these facts.
    Send {
        /// Number of the variant.
        variant: usize,
        /// What the decision rests on.
        facts: Box<Facts>,
    },
    /// The person is held out; it was noted.
    HeldOut,
    /// It may not be sent.
    Refused(Vec<Refusal>),
}

const NOTE: &str = "INSERT INTO campaign_delivery (id, campaign_id, person, shopper_id, occasion, channel, variant, state, \
    skus, order_number, link_hash, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
    ON CONFLICT DO NOTHING";

const REFUSE: &str = "INSERT INTO campaign_refusal (campaign_id, person, occasion, reasons, at) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (campaign_id, person, occasion) DO UPDATE SET reasons = excluded.reasons, \
    at = excluded.at";

const CLEAR: &str = "DELETE FROM campaign_refusal WHERE campaign_id = $1 AND person = $2 AND occasion = $3";

/// Decides about a message and notes it: `decide` is asked once, on facts that no other decision about this person can
/// change meanwhile.
///
/// # Errors
/// [`StoreError`] where the database fails; then nothing was noted and nothing may be sent.
pub async fn claim(
    db: &Db,
    draft: &Draft<'_>,
    decide: impl FnOnce(&Facts) -> Result<Share, Vec<Refusal>>,
) -> Result<Decided, StoreError> {
    let asked = &draft.asked;
    let (person, occasion) = (asked.to.key(), asked.occasion);
    Ok(writing!(db, tx => {
        for key in asked.to.keys() {
            sqlx::query(LOCK).bind(key).execute(&mut *tx).await?;
        }
        let facts = read_facts!(tx, asked);
        match decide(&facts) {
            Err(reasons) => {
                // That it was noted before is no news.
                if !reasons.contains(&Refusal::AlreadyNoted) {
                    sqlx::query(REFUSE).bind(asked.campaign).bind(&person).bind(&occasion.key)
                        .bind(names(&reasons)).bind(draft.now.0).execute(&mut *tx).await?;
                }
                Decided::Refused(reasons)
            }
            Ok(share) => {
                let (variant, state) = match share {
                    Share::Holdout => (None, "holdout"),
                    Share::Variant(number) => (Some(number), "claimed"),
                };
                let link = variant.map(|_| draft.link_hash.as_str());
                let noted = sqlx::query(NOTE).bind(draft.id).bind(asked.campaign).bind(&person).bind(draft.shopper.0)
                    .bind(&occasion.key).bind(asked.channel.name()).bind(variant.map(|number| number as i64)).bind(state)
                    .bind(Json(draft.skus)).bind(occasion.order.as_deref()).bind(link).bind(draft.now.0)
                    .execute(&mut *tx).await?.rows_affected();
                sqlx::query(CLEAR).bind(asked.campaign).bind(&person).bind(&occasion.key).execute(&mut *tx).await?;
                match (noted, variant) {
                    (0, _) => Decided::Refused(vec![Refusal::AlreadyNoted]),
                    (_, None) => Decided::HeldOut,
                    (_, Some(variant)) => Decided::Send { variant, facts: Box::new(facts) },
                }
            }
        }
    }))
}

/// What a campaign has dealt with already.
#[derive(Debug, Clone, Default)]
pub struct Dealt {
    /// Persons and occasions that were noted.
    pub noted: HashSet<(String, String)>,
    /// Persons and occasions that were refused, with the names of the reasons and the moment.
    pub refused: HashMap<(String, String), (String, Timestamp)>,
}

impl Dealt {
    /// Whether an occasion was noted for somebody, under whichever of their keys.
    pub fn is_noted(&self, person: &Recipient, occasion: &str) -> bool {
        person.keys().into_iter().any(|key| self.noted.contains(&(key, occasion.to_owned())))
    }
}

/// What a campaign has dealt with already, so that nobody is asked about it again.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn dealt(db: &Db, campaign: Uuid) -> Result<Dealt, StoreError> {
    const NOTED: &str = "SELECT person, occasion FROM campaign_delivery WHERE campaign_id = $1";
    const REFUSED: &str = "SELECT person, occasion, reasons, at FROM campaign_refusal WHERE campaign_id = $1";
    type Refused = (String, String, String, i64);
    let (noted, refused): (Vec<(String, String)>, Vec<Refused>) = snapshot!(db, tx => (
        sqlx::query_as(NOTED).bind(campaign).fetch_all(&mut *tx).await?,
        sqlx::query_as(REFUSED).bind(campaign).fetch_all(&mut *tx).await?,
    ));
    let refused =
        refused.into_iter().map(|(person, occasion, reasons, at)| ((person, occasion), (reasons, Timestamp(at))));
    Ok(Dealt { noted: noted.into_iter().collect(), refused: refused.collect() })
}

/// Names of reasons as they are kept.
pub fn names(reasons: &[Refusal]) -> String {
    reasons.iter().map(|reason| reason.name()).collect::<Vec<_>>().join(",")
}

/// Notes why many were refused at once, each as person, occasion and names of the reasons.
///
/// # Errors
/// [`StoreError`] where the database fails; then nothing was noted.
pub async fn refuse(
    db: &Db,
    campaign: Uuid,
    refused: &[(String, String, String)],
    now: Timestamp,
) -> Result<(), StoreError> {
    if refused.is_empty() {
        return Ok(());
    }
    let head = "INSERT INTO campaign_refusal (campaign_id, person, occasion, reasons, at) ";
    let tail =
        " ON CONFLICT (campaign_id, person, occasion) DO UPDATE SET reasons = excluded.reasons, at = excluded.at";
    writing!(db, tx => {
        insert_rows!(tx, head, refused, tail, (row, one) => row
            .push_bind(campaign)
            .push_bind(&one.0)
            .push_bind(&one.1)
            .push_bind(&one.2)
            .push_bind(now.0));
    });
    Ok(())
}

/// Takes a decision back: what it rests on has changed before anything was sent.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn release(db: &Db, id: Uuid) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM campaign_delivery WHERE id = $1 AND state = 'claimed'";
    writing!(db, tx => {
        sqlx::query(SQL).bind(id).execute(&mut *tx).await?;
    });
    Ok(())
}

/// Whether a message is still wanted that was decided.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn is_wanted(db: &Db, id: Uuid) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM campaign_delivery WHERE id = $1 AND state = 'claimed'";
    let count: i64 = reading!(db, pool => sqlx::query_scalar(SQL).bind(id).fetch_one(pool).await?);
    Ok(count > 0)
}

/// Notes that a message was sent, or why it was not.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn settle(db: &Db, id: Uuid, fault: Option<&str>, now: Timestamp) -> Result<(), StoreError> {
    const SQL: &str =
        "UPDATE campaign_delivery SET state = $1, sent_at = $2, fault = $3 WHERE id = $4 AND state = 'claimed'";
    let (state, sent_at) = if fault.is_some() { ("failed", None) } else { ("sent", Some(now.0)) };
    writing!(db, tx => {
        sqlx::query(SQL).bind(state).bind(sent_at).bind(fault).bind(id).execute(&mut *tx).await?;
    });
    Ok(())
}

/// Settles what was decided before a moment and never heard of again: a node has died. A message that stands in its
/// conversation was sent; of the others it is not certain, and they still count.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn settle_lost(db: &Db, before: Timestamp) -> Result<(), StoreError> {
    const SHOWN: &str = "UPDATE campaign_delivery SET state = 'sent', sent_at = decided_at WHERE state = 'claimed' \
        AND decided_at < $1 AND EXISTS (SELECT 1 FROM message WHERE message.id = campaign_delivery.id)";
    const LOST: &str = "UPDATE campaign_delivery SET state = 'failed', fault = '发送时服务中断，是否送达不确定' \
        WHERE state = 'claimed' AND decided_at < $1";
    writing!(db, tx => {
        sqlx::query(SHOWN).bind(before.0).execute(&mut *tx).await?;
        sqlx::query(LOST).bind(before.0).execute(&mut *tx).await?;
    });
    Ok(())
}

/// A message behind a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// Which.
    pub id: Uuid,
    /// To whom.
    pub person: String,
    /// To which browser.
    pub shopper: ShopperId,
    /// By which way.
    pub channel: Channel,
}

/// The message whose links have this token.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn by_link(db: &Db, link_hash: &str) -> Result<Option<Linked>, StoreError> {
    const SQL: &str = "SELECT id, person, shopper_id, channel FROM campaign_delivery WHERE link_hash = $1";
    let row: Option<(Uuid, String, Uuid, String)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(link_hash).fetch_optional(pool).await?);
    row.map(|(id, person, shopper, channel)| {
        let channel = channel.parse().map_err(StoreError::corrupt("channel"))?;
        Ok(Linked { id, person, shopper: ShopperId(shopper), channel })
    })
    .transpose()
}

/// Notes that a link of a message was opened; the first time counts.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn clicked(db: &Db, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE campaign_delivery SET clicked_at = $1 WHERE id = $2 AND clicked_at IS NULL";
    writing!(db, tx => {
        sqlx::query(SQL).bind(now.0).bind(id).execute(&mut *tx).await?;
    });
    Ok(())
}

/// Credits a withdrawal of consent to the newest message that was sent to one of these within the last days.
pub(in crate::store) const CREDIT: &str = "UPDATE campaign_delivery SET unsubscribed_at = $1 WHERE id = (SELECT id \
    FROM campaign_delivery WHERE shopper_id = $2 AND state = 'sent' AND sent_at > $3 AND unsubscribed_at IS NULL \
    ORDER BY sent_at DESC, id DESC LIMIT 1)";

/// Days after a message in which a withdrawal is credited to it.
pub(in crate::store) const CREDITED_MS: i64 = 7 * 86_400_000;

/// Credits a withdrawal of consent to one message.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn unsubscribed(db: &Db, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE campaign_delivery SET unsubscribed_at = $1 WHERE id = $2 AND unsubscribed_at IS NULL";
    writing!(db, tx => {
        sqlx::query(SQL).bind(now.0).bind(id).execute(&mut *tx).await?;
    });
    Ok(())
}

/// Reminders of an order that stand in a conversation: where, and since when.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn shown_of_order(db: &Db, number: &str, since: Timestamp) -> Result<Vec<ConversationId>, StoreError> {
    const SQL: &str = "SELECT DISTINCT message.conversation_id FROM campaign_delivery \
        JOIN message ON message.id = campaign_delivery.id WHERE order_number = $1 AND sent_at > $2";
    let rows: Vec<(Uuid,)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(number).bind(since.0).fetch_all(pool).await?);
    Ok(rows.into_iter().map(|(id,)| ConversationId(id)).collect())
}

/// How many messages of each state a campaign has.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn of_campaign(db: &Db, campaign: Uuid) -> Result<Vec<(String, i64)>, StoreError> {
    const SQL: &str =
        "SELECT state, COUNT(*) FROM campaign_delivery WHERE campaign_id = $1 GROUP BY state ORDER BY state";
    Ok(reading!(db, pool => sqlx::query_as(SQL).bind(campaign).fetch_all(pool).await?))
}
