//! FAQ entries one by one: what is live, the drafts over it, and the working state that both make together.
//!
//! # Invariants
//! - A draft stands only where it differs from what is live.
//! - `faq_owner` and `faq_tag` hold the working state: of a drafted entry what the draft says (nothing where it removes
//!   the entry), of all others what is live.

pub mod draft;
pub mod working;

use crate::model::knowledge::{Extras, FaqEntry};
use crate::store::db::snapshot;
use crate::store::{Db, StoreError};
use sqlx::types::Json;
use std::collections::HashMap;

/// Writes entries into the live tables: `insert_live!(tx, &[(position, &entry)])`.
macro_rules! insert_live {
    ($tx:ident, $entries:expr) => {{
        let head = "INSERT INTO faq_entry (id, position, category, question, answer, extras, valid_from, valid_until) ";
        $crate::store::portions::insert_rows!($tx, head, $entries, "", (row, one) => row
            .push_bind(&one.1.id)
            .push_bind(one.0)
            .push_bind(&one.1.category)
            .push_bind(&one.1.question)
            .push_bind(&one.1.answer)
            .push_bind(sqlx::types::Json(&one.1.extras))
            .push_bind(one.1.extras.valid_from.map(|at| at.0))
            .push_bind(one.1.extras.valid_until.map(|at| at.0)));
        let phrasings: Vec<(&String, i64, &String)> = ($entries.iter())
            .flat_map(|one| (0_i64..).zip(&one.1.similar).map(|(place, phrasing)| (&one.1.id, place, phrasing)))
            .collect();
        let head = "INSERT INTO faq_phrasing (entry_id, position, phrasing) ";
        $crate::store::portions::insert_rows!($tx, head, &phrasings, "", (row, one) => row
            .push_bind(one.0)
            .push_bind(one.1)
            .push_bind(one.2));
    }};
}

/// Writes down whose phrasings and tags these are: `insert_owned!(tx, &[&entry])`.
macro_rules! insert_owned {
    ($tx:ident, $entries:expr) => {{
        let owned: Vec<(String, &String, i64)> = ($entries.iter())
            .flat_map(|entry| {
                let essences = entry.phrasings().map($crate::text::normalize::essence);
                (0_i64..).zip(essences).map(|(place, essence)| (essence, &entry.id, place))
            })
            .filter(|(essence, ..)| !essence.is_empty())
            .collect();
        let head = "INSERT INTO faq_owner (essence, entry_id, position) ";
        $crate::store::portions::insert_rows!($tx, head, &owned, " ON CONFLICT DO NOTHING", (row, one) => row
            .push_bind(&one.0)
            .push_bind(one.1)
            .push_bind(one.2));
        let tags: Vec<(&String, &String)> =
            $entries.iter().flat_map(|entry| entry.extras.tags.iter().map(|tag| (&entry.id, tag))).collect();
        let head = "INSERT INTO faq_tag (entry_id, tag) ";
        $crate::store::portions::insert_rows!($tx, head, &tags, " ON CONFLICT DO NOTHING", (row, one) => row
            .push_bind(one.0)
            .push_bind(one.1));
    }};
}

/// After another version has come: what a draft does to the live state depends on whether the entry is there.
macro_rules! settle_drafts {
    ($tx:ident) => {
        for statement in [
            "DELETE FROM faq_draft WHERE change = 'removed' \
                AND NOT EXISTS (SELECT 1 FROM faq_entry WHERE faq_entry.id = faq_draft.entry_id)",
            "UPDATE faq_draft SET change = 'added' WHERE change = 'changed' \
                AND NOT EXISTS (SELECT 1 FROM faq_entry WHERE faq_entry.id = faq_draft.entry_id)",
            "UPDATE faq_draft SET change = 'changed' WHERE change = 'added' \
                AND EXISTS (SELECT 1 FROM faq_entry WHERE faq_entry.id = faq_draft.entry_id)",
        ] {
            sqlx::query(statement).execute(&mut *$tx).await?;
        }
    };
}

pub(super) use {insert_live, insert_owned, settle_drafts};

type EntryRow = (String, String, String, String, Json<Extras>);

/// What is live of one entry.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn live(db: &Db, id: &str) -> Result<Option<FaqEntry>, StoreError> {
    const ENTRY: &str = "SELECT id, category, question, answer, extras FROM faq_entry WHERE id = $1";
    const PHRASINGS: &str = "SELECT phrasing FROM faq_phrasing WHERE entry_id = $1 ORDER BY position";
    let row: Option<(EntryRow, Vec<String>)> = snapshot!(db, tx => {
        let entry: Option<EntryRow> = sqlx::query_as(ENTRY).bind(id).fetch_optional(&mut *tx).await?;
        let similar: Vec<String> = sqlx::query_scalar(PHRASINGS).bind(id).fetch_all(&mut *tx).await?;
        entry.map(|entry| (entry, similar))
    });
    Ok(row.map(|(row, similar)| entry(row, similar)))
}

/// Everything that is live, in order.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn all_live(db: &Db) -> Result<Vec<FaqEntry>, StoreError> {
    const ENTRIES: &str = "SELECT id, category, question, answer, extras FROM faq_entry ORDER BY position";
    const PHRASINGS: &str = "SELECT entry_id, phrasing FROM faq_phrasing ORDER BY entry_id, position";
    let (entries, phrasings): (Vec<EntryRow>, Vec<(String, String)>) = snapshot!(db, tx => {
        (sqlx::query_as(ENTRIES).fetch_all(&mut *tx).await?, sqlx::query_as(PHRASINGS).fetch_all(&mut *tx).await?)
    });
    let mut similar: HashMap<String, Vec<String>> = HashMap::new();
    for (id, phrasing) in phrasings {
        similar.entry(id).or_default().push(phrasing);
    }
    Ok(entries
        .into_iter()
        .map(|row| {
            let similar = similar.remove(&row.0).unwrap_or_default();
            entry(row, similar)
        })
        .collect())
}

fn entry((id, category, question, answer, extras): EntryRow, similar: Vec<String>) -> FaqEntry {
    FaqEntry { id, category, question, similar, answer, extras: extras.0 }
}
