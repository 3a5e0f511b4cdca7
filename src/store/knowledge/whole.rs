//! A knowledge in the place of another, as an import of a folder does it.

use crate::model::catalogue::Product;
use crate::model::knowledge::{FaqEntry, Knowledge};
use crate::store::audit::{Deed, record};
use crate::store::db::writing;
use crate::store::knowledge::lane_name;
use crate::store::knowledge::version::{NewVersion, write_version};
use crate::store::portions::insert_rows;
use crate::store::{Db, StoreError, faq};
use sqlx::types::Json;
use std::collections::HashSet;

/// Puts this knowledge in the place of the former one, as the next version. Drafts stay what they are. Returns the
/// number of the version.
///
/// # Errors
/// [`StoreError`] where the database fails; the former version then stays.
pub async fn publish(db: &Db, knowledge: &Knowledge, new: &NewVersion<'_>) -> Result<i64, StoreError> {
    const CLEAR: [&str; 9] = [
        "DELETE FROM faq_phrasing",
        "DELETE FROM faq_entry",
        "DELETE FROM utterance",
        "DELETE FROM intent",
        "DELETE FROM product",
        "DELETE FROM category",
        "DELETE FROM knowledge_document",
        "DELETE FROM faq_owner WHERE entry_id NOT IN (SELECT entry_id FROM faq_draft)",
        "DELETE FROM faq_tag WHERE entry_id NOT IN (SELECT entry_id FROM faq_draft)",
    ];
    const INTENT: &str = "INSERT INTO intent (name, position, title, lane) VALUES ($1, $2, $3, $4)";
    const UTTERANCE: &str = "INSERT INTO utterance (intent, position, utterance) VALUES ($1, $2, $3)";
    const CATEGORY: &str = "INSERT INTO category (id, position, detail) VALUES ($1, $2, $3)";
    const DOCUMENT: &str = "INSERT INTO knowledge_document (name, document) VALUES ($1, $2)";
    const DRAFTS: &str = "SELECT entry_id FROM faq_draft";

    let documents = [
        ("shop", serde_json::to_value(&knowledge.shop)),
        ("replies", serde_json::to_value(&knowledge.replies)),
        ("synonyms", serde_json::to_value(&knowledge.synonyms)),
        ("dictionary", serde_json::to_value(&knowledge.dictionary)),
        ("flows", serde_json::to_value(&knowledge.flows)),
        ("stop_words", serde_json::to_value(&knowledge.stop_words)),
    ];
    let deed = Deed::new(new.actor, "knowledge_imported", "knowledge", new.at).from_to(None, Some(new.figures()));
    let version = writing!(db, tx => {
        for statement in CLEAR {
            sqlx::query(statement).execute(&mut *tx).await?;
        }
        let entries: Vec<(i64, &FaqEntry)> = (0_i64..).zip(&knowledge.faq).collect();
        faq::insert_live!(tx, &entries);
        let drafted: HashSet<String> =
            sqlx::query_scalar::<_, String>(DRAFTS).fetch_all(&mut *tx).await?.into_iter().collect();
        let free: Vec<&FaqEntry> =
            knowledge.faq.iter().filter(|entry| !drafted.contains(&entry.id)).collect();
        faq::insert_owned!(tx, &free);
        for (position, intent) in (0_i64..).zip(&knowledge.intents) {
            sqlx::query(INTENT)
                .bind(&intent.name).bind(position).bind(&intent.title).bind(lane_name(intent.lane))
                .execute(&mut *tx).await?;
            for (place, utterance) in (0_i64..).zip(&intent.utterances) {
                sqlx::query(UTTERANCE).bind(&intent.name).bind(place).bind(utterance).execute(&mut *tx).await?;
            }
        }
        for (position, category) in (0_i64..).zip(&knowledge.categories) {
            sqlx::query(CATEGORY).bind(&category.id).bind(position).bind(Json(category)).execute(&mut *tx).await?;
        }
        let head = "INSERT INTO product (sku, position, category, price, stock, detail) ";
        let products: Vec<(i64, &Product)> = (0_i64..).zip(&knowledge.products).collect();
        insert_rows!(tx, head, &products, "", (row, one) => row
            .push_bind(&one.1.sku)
            .push_bind(one.0)
            .push_bind(&one.1.category)
            .push_bind(one.1.price.0)
            .push_bind(one.1.stock)
            .push_bind(Json(one.1)));
        for (name, document) in &documents {
            let document = document.as_ref().map_err(|error| StoreError::corrupt("knowledge")(error.to_string()))?;
            sqlx::query(DOCUMENT).bind(*name).bind(Json(document)).execute(&mut *tx).await?;
        }
        faq::settle_drafts!(tx);
        record!(tx, &deed);
        write_version!(tx, new)
    });
    Ok(version)
}
