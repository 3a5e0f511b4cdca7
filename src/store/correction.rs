//! What staff taught the models, and the versions that came of it.

use crate::clock::Timestamp;
use crate::model::id::{ConversationId, CorrectionId};
use crate::model::knowledge::Correction as Taught;
use crate::store::db::{reading, writing};
use crate::store::setting::MARK;
use crate::store::{Db, StoreError};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

/// A text that was read wrongly, with the right label.
#[derive(Debug, Clone, PartialEq)]
pub struct Correction {
    /// Its id.
    pub id: CorrectionId,
    /// The text with personal numbers masked.
    pub said: String,
    /// The right label.
    pub label: String,
    /// What the model read.
    pub read_as: String,
    /// Who corrected.
    pub actor: String,
    /// What became of it.
    pub state: CorrectionState,
    /// The version that learned it first; 0 before.
    pub learned_in: i64,
    /// Where it was said.
    pub place: Option<(ConversationId, i64)>,
    /// When.
    pub at: Timestamp,
}

impl Correction {
    /// The correction as the intent model sees it.
    pub fn taught(&self) -> Taught {
        Taught { said: self.said.clone(), intent: self.label.clone() }
    }
}

/// What became of a correction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CorrectionState {
    /// Not tried yet.
    Pending,
    /// Part of the model.
    Learned,
    /// The model would have become worse.
    Refused,
    /// Taken back with the version that learned it.
    Withdrawn,
}

const STATES: [(CorrectionState, &str); 4] = [
    (CorrectionState::Pending, "pending"),
    (CorrectionState::Learned, "learned"),
    (CorrectionState::Refused, "refused"),
    (CorrectionState::Withdrawn, "withdrawn"),
];

impl CorrectionState {
    /// The name in the database and in the interface.
    pub fn name(self) -> &'static str {
        STATES.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }

    fn parse(name: &str) -> Result<Self, StoreError> {
        let found = STATES.iter().find(|(_, known)| *known == name).map(|(state, _)| *state);
        found.ok_or_else(|| name.to_owned()).map_err(StoreError::corrupt("correction state"))
    }
}

/// One attempt to learn.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelVersion {
    /// Counts up from 1.
    pub version: i64,
    /// Names what it was trained from.
    pub checksum: String,
    /// `published`, `refused` or `rolled_back`.
    pub decision: String,
    /// The shadow test, as JSON object.
    pub figures: Value,
    /// Who had it made.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

/// An attempt to write down, with the corrections that it tried.
pub struct NewVersion<'a> {
    /// Name of the model.
    pub model: &'a str,
    /// Names what it was trained from.
    pub checksum: &'a str,
    /// Whether it was put in force; then its corrections are learned, otherwise refused.
    pub published: bool,
    /// The shadow test, as JSON object.
    pub figures: &'a Value,
    /// The model; empty where it was refused.
    pub bytes: &'a [u8],
    /// The corrections that were new.
    pub tried: &'a [CorrectionId],
    /// Who had it made.
    pub actor: &'a str,
    /// When.
    pub at: Timestamp,
}

/// Name of the setting that tells other nodes when something was learned or taken back.
pub const LEARNED: &str = "learned";

/// Versions whose bytes are kept; older ones are trained again where somebody goes back so far.
const KEPT: i64 = 10;

/// Keeps a correction.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn add(db: &Db, model: &str, correction: &Correction) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO correction (id, model, said, label, read_as, actor, state, learned_in, \
        conversation_id, sequence, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let (conversation, sequence) = correction.place.map(|(id, sequence)| (id.0, sequence)).unzip();
    writing!(db, tx => {
        sqlx::query(SQL)
            .bind(correction.id.0).bind(model).bind(&correction.said).bind(&correction.label)
            .bind(&correction.read_as).bind(&correction.actor).bind(correction.state.name())
            .bind(correction.learned_in).bind(conversation).bind(sequence).bind(correction.at.0)
            .execute(&mut *tx).await?;
    });
    Ok(())
}

/// All corrections of a model, in the order of time.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn all(db: &Db, model: &str) -> Result<Vec<Correction>, StoreError> {
    const SQL: &str = "SELECT id, said, label, read_as, actor, state, learned_in, conversation_id, sequence, \
        created_at FROM correction WHERE model = $1 ORDER BY created_at, id";
    let rows: Vec<Row> = reading!(db, pool => sqlx::query_as(SQL).bind(model).fetch_all(pool).await?);
    rows.into_iter().map(Correction::try_from).collect()
}

type Row = (Uuid, String, String, String, String, String, i64, Option<Uuid>, Option<i64>, i64);

impl TryFrom<Row> for Correction {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let (id, said, label, read_as, actor, state, learned_in, conversation, sequence, at) = row;
        Ok(Self {
            id: CorrectionId(id),
            said,
            label,
            read_as,
            actor,
            state: CorrectionState::parse(&state)?,
            learned_in,
            place: conversation.map(ConversationId).zip(sequence),
            at: Timestamp(at),
        })
    }
}

/// Writes an attempt down as the next version and returns its number.
///
/// # Errors
/// [`StoreError`] where the database fails; nothing was changed then.
pub async fn add_version(db: &Db, new: &NewVersion<'_>) -> Result<i64, StoreError> {
    const NEXT: &str = "INSERT INTO model_version (model, version, checksum, decision, figures, bytes, actor, \
        created_at) SELECT $1, COALESCE(MAX(version), 0) + 1, $2, $3, $4, $5, $6, $7 FROM model_version \
        WHERE model = $1 RETURNING version";
    const FORGET: &str = "UPDATE model_version SET bytes = $1 WHERE model = $2 AND version <= $3";
    const TRIED: &str = "UPDATE correction SET state = $1, learned_in = $2 WHERE id = $3";
    let (decision, state) =
        if new.published { ("published", CorrectionState::Learned) } else { ("refused", CorrectionState::Refused) };
    let version = writing!(db, tx => {
        let version: i64 = sqlx::query_scalar(NEXT)
            .bind(new.model).bind(new.checksum).bind(decision).bind(Json(new.figures)).bind(new.bytes)
            .bind(new.actor).bind(new.at.0)
            .fetch_one(&mut *tx).await?;
        sqlx::query(FORGET).bind(&[][..] as &[u8]).bind(new.model).bind(version - KEPT).execute(&mut *tx).await?;
        for id in new.tried {
            sqlx::query(TRIED)
                .bind(state.name()).bind(if new.published { version } else { 0 }).bind(id.0)
                .execute(&mut *tx).await?;
        }
        if new.published {
            sqlx::query(MARK).bind(LEARNED).bind(new.at.0).execute(&mut *tx).await?;
        }
        version
    });
    Ok(version)
}

/// All versions of a model without their bytes, the newest first.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn versions(db: &Db, model: &str) -> Result<Vec<ModelVersion>, StoreError> {
    const SQL: &str = "SELECT version, checksum, decision, figures, actor, created_at FROM model_version \
        WHERE model = $1 ORDER BY version DESC";
    let rows: Vec<(i64, String, String, Json<Value>, String, i64)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(model).fetch_all(pool).await?);
    Ok(rows
        .into_iter()
        .map(|(version, checksum, decision, figures, actor, at)| ModelVersion {
            version,
            checksum,
            decision,
            figures: figures.0,
            actor,
            at: Timestamp(at),
        })
        .collect())
}

/// The bytes of the version with this checksum, where they are kept.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn bytes(db: &Db, model: &str, checksum: &str) -> Result<Option<Vec<u8>>, StoreError> {
    const SQL: &str = "SELECT bytes FROM model_version WHERE model = $1 AND checksum = $2 AND decision <> 'refused' \
        ORDER BY version DESC LIMIT 1";
    let row: Option<(Vec<u8>,)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(model).bind(checksum).fetch_optional(pool).await?);
    Ok(row.map(|(bytes,)| bytes).filter(|bytes| !bytes.is_empty()))
}

/// Takes back every version after one, with the corrections that they learned.
///
/// # Errors
/// [`StoreError`] where the database fails; nothing was changed then.
pub async fn roll_back(db: &Db, model: &str, to: i64, now: Timestamp) -> Result<(), StoreError> {
    const VERSIONS: &str = "UPDATE model_version SET decision = 'rolled_back' \
        WHERE model = $1 AND version > $2 AND decision = 'published'";
    const CORRECTIONS: &str =
        "UPDATE correction SET state = 'withdrawn' WHERE model = $1 AND learned_in > $2 AND state = 'learned'";
    writing!(db, tx => {
        for statement in [VERSIONS, CORRECTIONS] {
            sqlx::query(statement).bind(model).bind(to).execute(&mut *tx).await?;
        }
        sqlx::query(MARK).bind(LEARNED).bind(now.0).execute(&mut *tx).await?;
    });
    Ok(())
}
