//! A publish of the console: only what changes is written, so that twenty thousand entries cost no more than one.

use crate::model::catalogue::Product;
use crate::model::knowledge::FaqEntry;
use crate::model::publication::{Change, Part};
use crate::store::audit::{Deed, record};
use crate::store::db::writing;
use crate::store::knowledge::version::{NewVersion, write_version};
use crate::store::portions::{delete_in, insert_rows};
use crate::store::{Db, StoreError, faq};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::types::Json;
use std::collections::HashMap;

/// A draft that a publish takes; it goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftTaken {
    /// The entry, or the name of the document.
    pub id: String,
    /// The draft as it was read: another one in its place stops the publish.
    pub revision: i64,
}

/// What became of a publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It is this version.
    Published(i64),
    /// Somebody has published or saved meanwhile; nothing was written.
    Stale,
}

/// What changes, by the tables it stands in.
#[derive(Default)]
struct Tables {
    gone: Vec<String>,
    entries: Vec<FaqEntry>,
    new_entries: Vec<FaqEntry>,
    gone_products: Vec<String>,
    products: Vec<Product>,
    documents: Vec<(&'static str, Value)>,
}

/// Writes the next version over version `base`, with its changes, and takes the drafts that went into it.
///
/// # Errors
/// [`StoreError`] where the database fails or a change is of a part that only folders bring; nothing is written then.
pub async fn apply(
    db: &Db,
    base: i64,
    new: &NewVersion<'_>,
    entries: &[DraftTaken],
    documents: &[DraftTaken],
) -> Result<Applied, StoreError> {
    const NEWEST: &str = "SELECT COALESCE(MAX(version), 0) FROM knowledge_version";
    const DRAFTS: &str = "SELECT entry_id, revision FROM faq_draft";
    const DOCUMENT_TAKEN: &str = "DELETE FROM knowledge_draft WHERE name = $1 AND revision = $2";
    const FORGET: [&str; 2] = ["DELETE FROM faq_phrasing WHERE entry_id IN (", "DELETE FROM faq_entry WHERE id IN ("];
    const DISOWN: [&str; 2] = ["DELETE FROM faq_owner WHERE entry_id IN (", "DELETE FROM faq_tag WHERE entry_id IN ("];
    const LAST: &str = "SELECT COALESCE(MAX(position), -1) FROM faq_entry";
    const LAST_PRODUCT: &str = "SELECT COALESCE(MAX(position), -1) FROM product";
    const PLACE: &str = "SELECT position FROM faq_entry WHERE id = $1";
    const NO_PRODUCT: &str = "DELETE FROM product WHERE sku = $1";
    const DOCUMENT: &str = "INSERT INTO knowledge_document (name, document) VALUES ($1, $2) \
        ON CONFLICT (name) DO UPDATE SET document = excluded.document";

    let tables = Tables::of(new.changes)?;
    let action = if new.rolled_back_to.is_some() { "knowledge_rolled_back" } else { "knowledge_published" };
    let deed = Deed::new(new.actor, action, "knowledge", new.at)
        .from_to(Some(serde_json::json!({ "version": base })), Some(new.figures()));
    let version = writing!(db, tx => {
        let newest: i64 = sqlx::query_scalar(NEWEST).fetch_one(&mut *tx).await?;
        if newest != base {
            return Ok(Applied::Stale);
        }
        let drafts: Vec<(String, i64)> = sqlx::query_as(DRAFTS).fetch_all(&mut *tx).await?;
        let drafts: HashMap<String, i64> = drafts.into_iter().collect();
        if entries.iter().any(|taken| drafts.get(&taken.id) != Some(&taken.revision)) {
            return Ok(Applied::Stale);
        }
        for one in documents {
            let taken = sqlx::query(DOCUMENT_TAKEN).bind(&one.id).bind(one.revision).execute(&mut *tx).await?;
            if taken.rows_affected() == 0 {
                return Ok(Applied::Stale);
            }
        }
        let taken: Vec<&str> = entries.iter().map(|taken| taken.id.as_str()).collect();
        delete_in!(tx, "DELETE FROM faq_draft WHERE entry_id IN (", &taken);
        let mut placed = Vec::with_capacity(tables.entries.len() + tables.new_entries.len());
        for entry in &tables.entries {
            let position: i64 = sqlx::query_scalar(PLACE).bind(&entry.id).fetch_one(&mut *tx).await?;
            placed.push((position, entry));
        }
        let replaced = tables.gone.iter().chain(tables.entries.iter().map(|entry| &entry.id));
        let replaced: Vec<&str> = replaced.map(String::as_str).collect();
        for head in FORGET {
            delete_in!(tx, head, &replaced);
        }
        let last: i64 = sqlx::query_scalar(LAST).fetch_one(&mut *tx).await?;
        placed.extend((last + 1..).zip(&tables.new_entries));
        faq::insert_live!(tx, &placed);
        // What was taken is owned as it is published, and what a draft says goes on to count in the working state.
        let is_free = |id: &String| !drafts.contains_key(id);
        let free: Vec<&FaqEntry> = placed.iter().map(|(_, entry)| *entry).filter(|entry| is_free(&entry.id)).collect();
        let gone = tables.gone.iter().filter(|id| is_free(id));
        let disowned: Vec<&str> = free.iter().map(|entry| &entry.id).chain(gone).map(String::as_str).collect();
        for head in DISOWN {
            delete_in!(tx, head, &disowned);
        }
        faq::insert_owned!(tx, &free);
        faq::settle_drafts!(tx);
        for sku in &tables.gone_products {
            sqlx::query(NO_PRODUCT).bind(sku).execute(&mut *tx).await?;
        }
        let last: i64 = sqlx::query_scalar(LAST_PRODUCT).fetch_one(&mut *tx).await?;
        let products: Vec<(i64, &Product)> = (last + 1..).zip(&tables.products).collect();
        let head = "INSERT INTO product (sku, position, category, price, stock, detail) ";
        let tail = " ON CONFLICT (sku) DO UPDATE SET category = excluded.category, price = excluded.price, \
            stock = excluded.stock, detail = excluded.detail";
        insert_rows!(tx, head, &products, tail, (row, one) => row
            .push_bind(&one.1.sku)
            .push_bind(one.0)
            .push_bind(&one.1.category)
            .push_bind(one.1.price.0)
            .push_bind(one.1.stock)
            .push_bind(Json(one.1)));
        for (name, document) in &tables.documents {
            sqlx::query(DOCUMENT).bind(*name).bind(Json(document)).execute(&mut *tx).await?;
        }
        record!(tx, &deed);
        for deed in without_draft(new) {
            record!(tx, &deed);
        }
        write_version!(tx, new)
    });
    Ok(Applied::Published(version))
}

impl Tables {
    fn of(changes: &[Change]) -> Result<Self, StoreError> {
        let mut tables = Self::default();
        for change in changes {
            match (change.part, &change.before, &change.after) {
                (Part::Faq, _, None) => tables.gone.push(change.subject.clone()),
                (Part::Faq, None, Some(entry)) => tables.new_entries.push(read(entry)?),
                (Part::Faq, Some(_), Some(entry)) => tables.entries.push(read(entry)?),
                (Part::Products, _, None) => tables.gone_products.push(change.subject.clone()),
                (Part::Products, _, Some(product)) => tables.products.push(read(product)?),
                (Part::Intents | Part::Categories, ..) => {
                    let reason = format!("{} cannot be changed by itself", change.part.name());
                    return Err(StoreError::corrupt("publication")(reason));
                }
                (part, _, after) => tables.documents.push((part.name(), after.clone().unwrap_or_default())),
            }
        }
        Ok(tables)
    }
}

/// What no draft has recorded before: changes of the shop and of products.
fn without_draft<'a>(new: &'a NewVersion<'_>) -> impl Iterator<Item = Deed<'a>> {
    new.changes.iter().filter_map(|change| {
        let action = match change.part {
            Part::Shop => "shop_changed",
            Part::Products => "product_changed",
            _ => return None,
        };
        let deed = Deed::new(new.actor, action, &change.subject, new.at);
        Some(deed.from_to(change.before.clone(), change.after.clone()))
    })
}

fn read<T: DeserializeOwned>(value: &Value) -> Result<T, StoreError> {
    T::deserialize(value).map_err(|error| StoreError::corrupt("change of the knowledge")(error.to_string()))
}
