//! The knowledge of the shop. A publish is one transaction and a read is one snapshot: a reader sees one version or the
//! next, never a mixture.

mod apply;
pub mod version;
mod whole;

pub use apply::{Applied, DraftTaken, apply};
pub use whole::publish;

use crate::model::catalogue::{Category, Money, Product};
use crate::model::flow::Flow;
use crate::model::knowledge::{DictionaryWord, Extras, FaqEntry, Intent, Knowledge, Lane, Replies, Shop};
use crate::store::db::{reading, snapshot};
use crate::store::{Db, StoreError};
use serde::de::DeserializeOwned;
use sqlx::types::Json;
use std::collections::HashMap;

/// A published knowledge with its place in the history.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// Counts up from 1.
    pub version: i64,
    /// Names the content: the same content has the same checksum.
    pub checksum: String,
    /// The content.
    pub knowledge: Knowledge,
}

/// The newest version and its checksum, where anything was published.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn newest_version(db: &Db) -> Result<Option<(i64, String)>, StoreError> {
    const SQL: &str = "SELECT version, checksum FROM knowledge_version ORDER BY version DESC LIMIT 1";
    Ok(reading!(db, pool => sqlx::query_as(SQL).fetch_optional(pool).await?))
}

/// The newest knowledge.
///
/// # Errors
/// [`StoreError`] where the database fails or holds what this program does not write.
pub async fn newest(db: &Db) -> Result<Option<Published>, StoreError> {
    const VERSION: &str = "SELECT version, checksum FROM knowledge_version ORDER BY version DESC LIMIT 1";
    const ENTRIES: &str = "SELECT id, category, question, answer, extras FROM faq_entry ORDER BY position";
    const PHRASINGS: &str = "SELECT entry_id, phrasing FROM faq_phrasing ORDER BY entry_id, position";
    const INTENTS: &str = "SELECT name, title, lane FROM intent ORDER BY position";
    const UTTERANCES: &str = "SELECT intent, utterance FROM utterance ORDER BY intent, position";
    const CATEGORIES: &str = "SELECT detail FROM category ORDER BY position";
    const PRODUCTS: &str = "SELECT price, stock, detail FROM product ORDER BY position";
    const DOCUMENTS: &str = "SELECT name, document FROM knowledge_document";

    let rows = snapshot!(db, tx => {
        let version: Option<(i64, String)> = sqlx::query_as(VERSION).fetch_optional(&mut *tx).await?;
        let rows = Rows {
            entries: sqlx::query_as(ENTRIES).fetch_all(&mut *tx).await?,
            phrasings: sqlx::query_as(PHRASINGS).fetch_all(&mut *tx).await?,
            intents: sqlx::query_as(INTENTS).fetch_all(&mut *tx).await?,
            utterances: sqlx::query_as(UTTERANCES).fetch_all(&mut *tx).await?,
            categories: sqlx::query_as(CATEGORIES).fetch_all(&mut *tx).await?,
            products: sqlx::query_as(PRODUCTS).fetch_all(&mut *tx).await?,
            documents: sqlx::query_as(DOCUMENTS).fetch_all(&mut *tx).await?,
        };
        version.map(|version| (version, rows))
    });
    rows.map(|((version, checksum), rows)| Ok(Published { version, checksum, knowledge: rows.assemble()? })).transpose()
}

/// The words of the newest knowledge: synonyms, dictionary, stop words.
pub type WordDocuments = (Vec<Vec<String>>, Vec<DictionaryWord>, Vec<String>);

/// The words alone.
///
/// # Errors
/// [`StoreError`] where the database fails or holds what this program does not write.
pub async fn words(db: &Db) -> Result<WordDocuments, StoreError> {
    const SQL: &str = "SELECT name, document FROM knowledge_document \
        WHERE name IN ('synonyms', 'dictionary', 'stop_words')";
    let rows: Vec<(String, Json<serde_json::Value>)> = reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    let mut documents = rows.into_iter().map(|(name, document)| (name, document.0)).collect();
    Ok((
        document(&mut documents, "synonyms")?,
        document(&mut documents, "dictionary")?,
        document(&mut documents, "stop_words")?,
    ))
}

struct Rows {
    entries: Vec<(String, String, String, String, Json<Extras>)>,
    phrasings: Vec<(String, String)>,
    intents: Vec<(String, String, String)>,
    utterances: Vec<(String, String)>,
    categories: Vec<(Json<Category>,)>,
    products: Vec<(i64, i64, Json<Product>)>,
    documents: Vec<(String, Json<serde_json::Value>)>,
}

impl Rows {
    fn assemble(self) -> Result<Knowledge, StoreError> {
        let mut similar = grouped(self.phrasings);
        let mut utterances = grouped(self.utterances);
        let mut documents: HashMap<String, serde_json::Value> =
            self.documents.into_iter().map(|(name, document)| (name, document.0)).collect();
        let faq = self.entries.into_iter().map(|(id, category, question, answer, extras)| FaqEntry {
            similar: similar.remove(&id).unwrap_or_default(),
            id,
            category,
            question,
            answer,
            extras: extras.0,
        });
        let intents = self.intents.into_iter().map(|(name, title, lane)| {
            let lane = parse_lane(&lane)?;
            Ok(Intent { utterances: utterances.remove(&name).unwrap_or_default(), name, title, lane })
        });
        // Price and stock have columns of their own, so that they can change without a new version.
        let products =
            self.products.into_iter().map(|(price, stock, detail)| Product { price: Money(price), stock, ..detail.0 });
        Ok(Knowledge {
            faq: faq.collect(),
            intents: intents.collect::<Result<_, StoreError>>()?,
            categories: self.categories.into_iter().map(|(category,)| category.0).collect(),
            products: products.collect(),
            shop: document::<Shop>(&mut documents, "shop")?,
            replies: document::<Replies>(&mut documents, "replies")?,
            synonyms: document::<Vec<Vec<String>>>(&mut documents, "synonyms")?,
            dictionary: document::<Vec<DictionaryWord>>(&mut documents, "dictionary")?,
            flows: document::<Option<Vec<Flow>>>(&mut documents, "flows")?.unwrap_or_default(),
            stop_words: document::<Vec<String>>(&mut documents, "stop_words")?,
        })
    }
}

fn grouped(rows: Vec<(String, String)>) -> HashMap<String, Vec<String>> {
    let mut groups: HashMap<String, Vec<String>> = HashMap::new();
    for (key, value) in rows {
        groups.entry(key).or_default().push(value);
    }
    groups
}

fn document<T: DeserializeOwned>(
    documents: &mut HashMap<String, serde_json::Value>,
    name: &'static str,
) -> Result<T, StoreError> {
    let value = documents.remove(name).unwrap_or_default();
    serde_json::from_value(value).map_err(|error| StoreError::corrupt(name)(error.to_string()))
}

const LANES: [(Lane, &str); 7] = [
    (Lane::Business, "business"),
    (Lane::Product, "product"),
    (Lane::Human, "human"),
    (Lane::Complaint, "complaint"),
    (Lane::Chitchat, "chitchat"),
    (Lane::Dialogue, "dialogue"),
    (Lane::OutOfScope, "out_of_scope"),
];

fn lane_name(lane: Lane) -> &'static str {
    LANES.iter().find(|(known, _)| *known == lane).map_or("", |(_, name)| name)
}

fn parse_lane(name: &str) -> Result<Lane, StoreError> {
    let found = LANES.iter().find(|(_, known)| *known == name).map(|(lane, _)| *lane);
    found.ok_or_else(|| name.to_owned()).map_err(StoreError::corrupt("lane"))
}
