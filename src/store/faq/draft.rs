//! Drafts: entries that differ from what is live.

use crate::clock::Timestamp;
use crate::model::knowledge::FaqEntry;
use crate::store::audit::{Deed, record};
use crate::store::db::{reading, writing};
use crate::store::faq::insert_owned;
use crate::store::portions::{delete_in, insert_rows};
use crate::store::{Db, StoreError};
use sha2::{Digest, Sha256};
use sqlx::types::Json;
use std::collections::HashMap;

/// How far a draft is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Somebody works on it.
    Draft,
    /// It waits for somebody to read it.
    InReview,
    /// Somebody has agreed to it.
    Approved,
}

/// What a draft does to the live state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Nothing of this id is live.
    Added,
    /// It says something else than what is live.
    Changed,
    /// It takes away what is live.
    Removed,
}

const STAGES: [(Stage, &str); 3] =
    [(Stage::Draft, "draft"), (Stage::InReview, "in_review"), (Stage::Approved, "approved")];

const EFFECTS: [(Effect, &str); 3] =
    [(Effect::Added, "added"), (Effect::Changed, "changed"), (Effect::Removed, "removed")];

impl Stage {
    /// The name in the database and in the interface.
    pub fn name(self) -> &'static str {
        STAGES.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }

    /// By its name.
    pub fn parse(name: &str) -> Option<Self> {
        STAGES.iter().find(|(_, known)| *known == name).map(|(stage, _)| *stage)
    }
}

impl Effect {
    /// The name in the database and in the interface.
    pub fn name(self) -> &'static str {
        EFFECTS.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }
}

/// A draft.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Grows with every save.
    pub revision: i64,
    /// How far it is.
    pub stage: Stage,
    /// What it does.
    pub effect: Effect,
    /// The entry; of a removed one, as it was.
    pub entry: FaqEntry,
    /// When it was saved.
    pub updated_at: Timestamp,
    /// Who saved it.
    pub updated_by: String,
    /// Who asked for a review.
    pub submitted_by: Option<String>,
    /// Who agreed to it or sent it back.
    pub reviewed_by: Option<String>,
    /// What the reviewer said.
    pub review_note: String,
}

const COLUMNS: &str = "entry_id, revision, state, change, content, updated_at, updated_by, submitted_by, reviewed_by, \
    review_note FROM faq_draft";

type Row = (String, i64, String, String, Json<FaqEntry>, i64, String, Option<String>, Option<String>, String);

impl TryFrom<Row> for Draft {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let (_, revision, state, change, content, updated_at, updated_by, submitted_by, reviewed_by, review_note) = row;
        let effect = EFFECTS.iter().find(|(_, name)| *name == change).map(|(effect, _)| *effect);
        Ok(Self {
            revision,
            stage: Stage::parse(&state).ok_or(state).map_err(StoreError::corrupt("state of a draft"))?,
            effect: effect.ok_or(change).map_err(StoreError::corrupt("effect of a draft"))?,
            entry: content.0,
            updated_at: Timestamp(updated_at),
            updated_by,
            submitted_by,
            reviewed_by,
            review_note,
        })
    }
}

/// The draft of an entry.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn get(db: &Db, id: &str) -> Result<Option<Draft>, StoreError> {
    let sql = format!("SELECT {COLUMNS} WHERE entry_id = $1");
    let row: Option<Row> =
        reading!(db, pool => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(pool).await?);
    row.map(Draft::try_from).transpose()
}

/// All drafts, in the order in which they were begun.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn all(db: &Db) -> Result<Vec<Draft>, StoreError> {
    let sql = format!("SELECT {COLUMNS} ORDER BY position, entry_id");
    let rows: Vec<Row> = reading!(db, pool => sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(pool).await?);
    rows.into_iter().map(Draft::try_from).collect()
}

/// How many drafts there are at each stage.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn stages(db: &Db) -> Result<Vec<(String, i64)>, StoreError> {
    const SQL: &str = "SELECT state, COUNT(*) FROM faq_draft GROUP BY state ORDER BY state";
    Ok(reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?))
}

/// Names a state of the drafts: with every save it is another one.
pub fn mark(drafts: &[Draft], documents: &[Document]) -> String {
    mark_of(drafts.iter().map(|draft| (draft.entry.id.clone(), draft.revision)).collect(), documents)
}

fn mark_of(mut names: Vec<(String, i64)>, documents: &[Document]) -> String {
    names.sort_unstable();
    names.extend(documents.iter().map(|(name, _, revision)| (name.clone(), *revision)));
    let mut hash = Sha256::new();
    for (id, revision) in names {
        hash.update(id.as_bytes());
        hash.update(revision.to_le_bytes());
    }
    hex::encode(&hash.finalize()[..8])
}

/// The mark of all drafts, without reading what they say.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn current_mark(db: &Db) -> Result<String, StoreError> {
    const SQL: &str = "SELECT entry_id, revision FROM faq_draft";
    let rows: Vec<(String, i64)> = reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    Ok(mark_of(rows, &documents(db).await?))
}

/// How many drafts there are of each effect.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn effects(db: &Db) -> Result<Vec<(String, i64)>, StoreError> {
    const SQL: &str = "SELECT change, COUNT(*) FROM faq_draft GROUP BY change";
    Ok(reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?))
}

/// One entry of a change of drafts.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Puts a draft in place of what was there.
    Put(Box<Draft>),
    /// Takes the draft away; what is live counts again, if anything is.
    Drop {
        /// The entry.
        id: String,
        /// What is live of it.
        live: Option<Box<FaqEntry>>,
    },
}

impl Step {
    fn id(&self) -> &str {
        match self {
            Self::Put(draft) => &draft.entry.id,
            Self::Drop { id, .. } => id,
        }
    }
}

/// The state of the drafts that a change was decided on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Revisions of the entries that change; 0 for no draft.
    Revisions(Vec<(String, i64)>),
    /// The mark of all entries.
    Mark(String),
}

/// Changes drafts, all or none; another state than the expected one stops it. Returns whether it was done.
///
/// # Errors
/// [`StoreError`] where the database fails; nothing was changed then.
pub async fn change(db: &Db, steps: &[Step], expected: &Expected, deeds: &[Deed<'_>]) -> Result<bool, StoreError> {
    const REVISION: &str = "SELECT revision FROM faq_draft WHERE entry_id = $1";
    const REVISIONS: &str = "SELECT entry_id, revision FROM faq_draft";
    const POSITIONS: &str = "SELECT entry_id, position FROM faq_draft";
    const FORGET: [&str; 3] = [
        "DELETE FROM faq_draft WHERE entry_id IN (",
        "DELETE FROM faq_owner WHERE entry_id IN (",
        "DELETE FROM faq_tag WHERE entry_id IN (",
    ];
    let ids: Vec<&str> = steps.iter().map(Step::id).collect();
    let puts: Vec<&Draft> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Put(draft) => Some(&**draft),
            Step::Drop { .. } => None,
        })
        .collect();
    let owned: Vec<&FaqEntry> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Put(draft) => (draft.effect != Effect::Removed).then_some(&draft.entry),
            Step::Drop { live, .. } => live.as_deref(),
        })
        .collect();
    Ok(writing!(db, tx => {
        match expected {
            Expected::Revisions(revisions) => {
                for (id, revision) in revisions {
                    let found: Option<i64> = sqlx::query_scalar(REVISION).bind(id).fetch_optional(&mut *tx).await?;
                    if found.unwrap_or(0) != *revision {
                        return Ok(false);
                    }
                }
            }
            Expected::Mark(mark) => {
                let found: Vec<(String, i64)> = sqlx::query_as(REVISIONS).fetch_all(&mut *tx).await?;
                if mark_of(found, &[]) != *mark {
                    return Ok(false);
                }
            }
        }
        let held: Vec<(String, i64)> = sqlx::query_as(POSITIONS).fetch_all(&mut *tx).await?;
        let placed = placed(&puts, held);
        for head in FORGET {
            delete_in!(tx, head, &ids);
        }
        let head = "INSERT INTO faq_draft (position, entry_id, revision, state, change, category, question, content, \
            valid_from, valid_until, updated_at, updated_by, submitted_by, reviewed_by, review_note) ";
        insert_rows!(tx, head, &placed, "", (row, one) => row
            .push_bind(one.0)
            .push_bind(&one.1.entry.id)
            .push_bind(one.1.revision)
            .push_bind(one.1.stage.name())
            .push_bind(one.1.effect.name())
            .push_bind(&one.1.entry.category)
            .push_bind(&one.1.entry.question)
            .push_bind(Json(&one.1.entry))
            .push_bind(one.1.entry.extras.valid_from.map(|at| at.0))
            .push_bind(one.1.entry.extras.valid_until.map(|at| at.0))
            .push_bind(one.1.updated_at.0)
            .push_bind(&one.1.updated_by)
            .push_bind(one.1.submitted_by.as_deref())
            .push_bind(one.1.reviewed_by.as_deref())
            .push_bind(&one.1.review_note));
        insert_owned!(tx, &owned);
        for deed in deeds {
            record!(tx, deed);
        }
        true
    }))
}

/// Drafts with their positions: each keeps the one it has, and new ones come behind all others in their order.
fn placed<'a>(puts: &[&'a Draft], held: Vec<(String, i64)>) -> Vec<(i64, &'a Draft)> {
    let mut next = held.iter().map(|(_, position)| position + 1).max().unwrap_or(0);
    let held: HashMap<String, i64> = held.into_iter().collect();
    let place = |draft: &&'a Draft| {
        let position = held.get(&draft.entry.id).copied().unwrap_or(next);
        next += 1;
        (position, *draft)
    };
    puts.iter().map(place).collect()
}

/// A document that differs from what is live: name, document, revision.
pub type Document = (String, serde_json::Value, i64);

/// All of them.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn documents(db: &Db) -> Result<Vec<Document>, StoreError> {
    const SQL: &str = "SELECT name, document, revision FROM knowledge_draft ORDER BY name";
    let rows: Vec<(String, Json<serde_json::Value>, i64)> =
        reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    Ok(rows.into_iter().map(|(name, document, revision)| (name, document.0, revision)).collect())
}
