//! The working state in lists: what is live with the drafts laid over it.

use crate::clock::Timestamp;
use crate::store::db::reading;
use crate::store::{Db, StoreError};
use crate::text::normalize::essence;

/// Which entries to list; empty texts mean all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Part of the question or of a similar phrasing.
    pub text: String,
    /// This category and what is below it.
    pub category: String,
    /// `published`, `draft`, `in_review`, `approved`, `pending`, `expired`, `scheduled`.
    pub state: String,
    /// This tag.
    pub tag: String,
    /// Whether the last touched come first.
    pub newest_first: bool,
}

/// An entry in the list.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// Path of its category.
    pub category: String,
    /// The standard question.
    pub question: String,
    /// `published`, or how far its draft is.
    pub state: String,
    /// What the draft does.
    pub change: Option<String>,
    /// From when on it answers.
    pub valid_from: Option<i64>,
    /// Until when.
    pub valid_until: Option<i64>,
    /// When its draft was saved.
    pub updated_at: Option<i64>,
    /// Who saved it.
    pub updated_by: Option<String>,
}

/// A category, tag or state with the number of its entries.
pub type Count = (String, i64);

/// What lies below a category, as a pattern of `LIKE`.
fn below(category: &str) -> String {
    let mut pattern = String::with_capacity(category.len() + 2);
    for c in category.chars() {
        if matches!(c, '\\' | '%' | '_') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern + "/%"
}

const WHERE: &str = " FROM faq_working WHERE \
    ($1 = '' OR id IN (SELECT entry_id FROM faq_owner WHERE essence LIKE $1)) \
    AND ($2 = '' OR category = $2 OR category LIKE $3 ESCAPE '\\') \
    AND ($4 = '' OR state = $4 OR ($4 = 'pending' AND state <> 'published') \
        OR ($4 = 'expired' AND valid_until <= $5) OR ($4 = 'scheduled' AND valid_from > $5)) \
    AND ($6 = '' OR id IN (SELECT entry_id FROM faq_tag WHERE tag = $6))";

/// A page of entries, and how many there are.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn list(
    db: &Db,
    filter: &Filter,
    now: Timestamp,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Row>, i64), StoreError> {
    let order = if filter.newest_first { "COALESCE(updated_at, 0) DESC, position, id" } else { "position, id" };
    let page = format!(
        "SELECT id, category, question, state, change, valid_from, valid_until, updated_at, updated_by{WHERE} \
         ORDER BY {order} LIMIT $7 OFFSET $8"
    );
    let count = format!("SELECT COUNT(*){WHERE}");
    let text = essence(&filter.text);
    let text = if text.is_empty() { String::new() } else { format!("%{text}%") };
    let below = below(&filter.category);
    let rows = reading!(db, pool => sqlx::query_as(sqlx::AssertSqlSafe(page))
        .bind(&text).bind(&filter.category).bind(&below).bind(&filter.state).bind(now.0).bind(&filter.tag)
        .bind(limit).bind(offset).fetch_all(pool).await?);
    let total = reading!(db, pool => sqlx::query_scalar(sqlx::AssertSqlSafe(count))
        .bind(&text).bind(&filter.category).bind(&below).bind(&filter.state).bind(now.0).bind(&filter.tag)
        .fetch_one(pool).await?);
    Ok((rows, total))
}

/// How many phrasings an entry has, the standard question among them.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn phrasings(db: &Db, ids: &[String]) -> Result<Vec<Count>, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM faq_owner WHERE entry_id = $1";
    let mut counts = Vec::with_capacity(ids.len());
    for id in ids {
        let count = reading!(db, pool => sqlx::query_scalar(SQL).bind(id).fetch_one(pool).await?);
        counts.push((id.clone(), count));
    }
    Ok(counts)
}

/// The tags of entries: entry and tag.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn tags_of(db: &Db, ids: &[String]) -> Result<Vec<(String, String)>, StoreError> {
    const SQL: &str = "SELECT entry_id, tag FROM faq_tag WHERE entry_id = $1 ORDER BY tag";
    let mut tags = Vec::new();
    for id in ids {
        let rows: Vec<(String, String)> = reading!(db, pool => sqlx::query_as(SQL).bind(id).fetch_all(pool).await?);
        tags.extend(rows);
    }
    Ok(tags)
}

/// Entries by state.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn states(db: &Db) -> Result<Vec<Count>, StoreError> {
    const SQL: &str = "SELECT state, COUNT(*) FROM faq_working GROUP BY state";
    Ok(reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?))
}

/// Entries by category; those that a draft removes do not count.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn categories(db: &Db) -> Result<Vec<Count>, StoreError> {
    const SQL: &str = "SELECT category, COUNT(*) FROM faq_working WHERE change IS NULL OR change <> 'removed' \
        GROUP BY category ORDER BY MIN(position), category";
    Ok(reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?))
}

/// Entries by tag, the most frequent first.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn tags(db: &Db) -> Result<Vec<Count>, StoreError> {
    const SQL: &str = "SELECT tag, COUNT(*) FROM faq_tag GROUP BY tag ORDER BY COUNT(*) DESC, tag";
    Ok(reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?))
}

/// Ids of the entries of a category and of what is below it.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn in_category(db: &Db, category: &str) -> Result<Vec<String>, StoreError> {
    const SQL: &str = "SELECT id FROM faq_working WHERE (change IS NULL OR change <> 'removed') \
        AND (category = $1 OR category LIKE $2 ESCAPE '\\') ORDER BY position, id";
    Ok(reading!(db, pool => sqlx::query_scalar(SQL).bind(category).bind(below(category)).fetch_all(pool).await?))
}

/// Who owns phrasings with these essences: essence, entry, its standard question.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn owners(db: &Db, essences: &[String]) -> Result<Vec<(String, String, String)>, StoreError> {
    const SQL: &str = "SELECT faq_owner.essence, faq_owner.entry_id, \
        COALESCE(faq_draft.question, faq_entry.question, '') FROM faq_owner \
        LEFT JOIN faq_draft ON faq_draft.entry_id = faq_owner.entry_id \
        LEFT JOIN faq_entry ON faq_entry.id = faq_owner.entry_id WHERE faq_owner.essence = $1 \
        ORDER BY faq_owner.entry_id";
    let mut owners = Vec::new();
    for essence in essences {
        let rows: Vec<(String, String, String)> =
            reading!(db, pool => sqlx::query_as(SQL).bind(essence).fetch_all(pool).await?);
        owners.extend(rows);
    }
    Ok(owners)
}

/// Which of these entries exist in the working state.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn known(db: &Db, ids: &[String]) -> Result<Vec<String>, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM faq_owner WHERE entry_id = $1";
    let mut known = Vec::new();
    for id in ids {
        let count: i64 = reading!(db, pool => sqlx::query_scalar(SQL).bind(id).fetch_one(pool).await?);
        if count > 0 {
            known.push(id.clone());
        }
    }
    Ok(known)
}

/// The standard questions of these entries: id and question.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn questions(db: &Db, ids: &[&String]) -> Result<Vec<(String, String)>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(reading!(db, pool => {
        let mut select = sqlx::QueryBuilder::new("SELECT id, question FROM faq_working WHERE id IN (");
        let mut list = select.separated(", ");
        for id in ids {
            list.push_bind(*id);
        }
        select.push(")");
        select.build_query_as().fetch_all(pool).await?
    }))
}
