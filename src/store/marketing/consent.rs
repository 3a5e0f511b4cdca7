//! What people agreed to. A word replaces the one before it; of several keys of a person the newest word counts.

use super::facts::Recipient;
use crate::clock::Timestamp;
use crate::marketing::campaign::Channel;
use crate::model::id::ShopperId;
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use std::collections::BTreeMap;

/// Who gave a word, by which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// Said in the chat.
    Chat,
    /// Chosen on the shop's page.
    Page,
    /// A click on the page of a message's link, or in a mail program.
    Link,
    /// Answered to the gateway: TD.
    Gateway,
}

impl Given {
    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Page => "page",
            Self::Link => "link",
            Self::Gateway => "gateway",
        }
    }
}

/// Keeps a word of one key about one channel; an older one never replaces it.
pub(in crate::store) const PUT: &str = "INSERT INTO marketing_consent (person, channel, granted, source, at) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (person, channel) DO UPDATE SET granted = excluded.granted, \
    source = excluded.source, at = excluded.at WHERE marketing_consent.at <= excluded.at";

/// The same for the customer behind a browser, where one is known.
pub(in crate::store) const PUT_FOR_CUSTOMER: &str = "INSERT INTO marketing_consent (person, channel, granted, source, at) \
    SELECT 'c:' || customer, $2, $3, $4, $5 FROM shopper_identity WHERE shopper_id = $1 \
    ON CONFLICT (person, channel) DO UPDATE SET granted = excluded.granted, source = excluded.source, \
    at = excluded.at WHERE marketing_consent.at <= excluded.at";

/// Makes decisions about a person wait for each other until the transaction ends.
pub(in crate::store) const LOCK: &str = "INSERT INTO marketing_contact (person, decisions) VALUES ($1, 1) \
    ON CONFLICT (person) DO UPDATE SET decisions = marketing_contact.decisions + 1";

/// The channels that a word is about: one, or with nothing all of them.
pub fn channels(channel: Option<Channel>) -> impl Iterator<Item = Channel> {
    Channel::ALL.into_iter().map(|(known, ..)| known).filter(move |known| channel.is_none_or(|wanted| wanted == *known))
}

/// Keeps a word of a browser and of the customer behind it, inside a transaction.
macro_rules! keep_word {
    ($tx:ident, $shopper:expr, $channel:expr, $granted:expr, $given:expr, $at:expr) => {{
        for channel in $crate::store::marketing::consent::channels($channel) {
            sqlx::query($crate::store::marketing::consent::PUT)
                .bind(format!("v:{}", $shopper))
                .bind(channel.name())
                .bind($granted)
                .bind($given.name())
                .bind($at.0)
                .execute(&mut *$tx)
                .await?;
            sqlx::query($crate::store::marketing::consent::PUT_FOR_CUSTOMER)
                .bind($shopper.0)
                .bind(channel.name())
                .bind($granted)
                .bind($given.name())
                .bind($at.0)
                .execute(&mut *$tx)
                .await?;
        }
    }};
}

pub(in crate::store) use keep_word;

/// Keeps the word of a browser, about one channel or all.
///
/// # Errors
/// [`StoreError`] where the database fails; then nothing changed.
pub async fn put(
    db: &Db,
    shopper: ShopperId,
    channel: Option<Channel>,
    granted: bool,
    given: Given,
    now: Timestamp,
) -> Result<(), StoreError> {
    writing!(db, tx => {
        sqlx::query(LOCK).bind(format!("v:{shopper}")).execute(&mut *tx).await?;
        keep_word!(tx, shopper, channel, granted, given, now);
    });
    Ok(())
}

/// Keeps the word of a person by key, about one channel or all.
///
/// # Errors
/// [`StoreError`] where the database fails; then nothing changed.
pub async fn put_for(
    db: &Db,
    person: &str,
    channel: Option<Channel>,
    granted: bool,
    given: Given,
    now: Timestamp,
) -> Result<(), StoreError> {
    writing!(db, tx => {
        sqlx::query(LOCK).bind(person).execute(&mut *tx).await?;
        for channel in channels(channel) {
            sqlx::query(PUT).bind(person).bind(channel.name()).bind(granted).bind(given.name()).bind(now.0)
                .execute(&mut *tx).await?;
        }
    });
    Ok(())
}

/// What a person said last about each channel.
///
/// # Errors
/// [`StoreError`] where the database fails or holds an unknown channel.
pub async fn of(db: &Db, person: &Recipient) -> Result<BTreeMap<Channel, (bool, Timestamp)>, StoreError> {
    const SQL: &str = "SELECT person, channel, granted, at FROM marketing_consent WHERE person = $1";
    let mut all = Vec::new();
    for key in person.keys() {
        let rows: Vec<Row> = reading!(db, pool => sqlx::query_as(SQL).bind(key).fetch_all(pool).await?);
        all.extend(rows);
    }
    newest(all)
}

/// Key, channel, whether it was granted, when.
pub(super) type Row = (String, String, bool, i64);

/// The newest word about each channel.
pub(super) fn newest(rows: Vec<Row>) -> Result<BTreeMap<Channel, (bool, Timestamp)>, StoreError> {
    let mut newest: BTreeMap<Channel, (bool, Timestamp)> = BTreeMap::new();
    for (_, channel, granted, at) in rows {
        let channel: Channel = channel.parse().map_err(StoreError::corrupt("channel"))?;
        let kept = newest.entry(channel).or_insert((granted, Timestamp(at)));
        // Of two words of one moment the no counts.
        if at > kept.1.0 || (at == kept.1.0 && !granted) {
            *kept = (granted, Timestamp(at));
        }
    }
    Ok(newest)
}
