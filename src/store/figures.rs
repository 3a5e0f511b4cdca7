//! What the dashboards count. Every function takes a stretch of time, `from` inside and `to` outside, and counts from
//! indexes by time alone.

use crate::clock::Timestamp;
use crate::store::db::reading;
use crate::store::{Db, StoreError};
use uuid::Uuid;

/// China Standard Time is so many milliseconds ahead: days are its days.
pub const CHINA: i64 = 8 * 3_600_000;

/// How long after an answer a call of a person belongs to it, in milliseconds.
const CALLED_WITHIN: i64 = 10 * 60_000;

/// Turns of a step of time.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct TurnStep {
    /// Steps since 1970 in China.
    pub step: i64,
    /// Turns.
    pub turns: i64,
    /// Conversations with a turn.
    pub conversations: i64,
    /// Turns answered by an entry.
    pub answered: i64,
    /// Turns in which the assistant admitted that it does not know.
    pub unknown: i64,
    /// Mean mood.
    pub mood: f64,
}

/// Turns by step of time; a step has `width` milliseconds.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn turns(db: &Db, from: Timestamp, to: Timestamp, width: i64) -> Result<Vec<TurnStep>, StoreError> {
    const SQL: &str = "SELECT (at + $4) / $3 AS step, COUNT(*) AS turns, \
        COUNT(DISTINCT conversation_id) AS conversations, \
        CAST(SUM(CASE WHEN entry_id IS NOT NULL THEN 1 ELSE 0 END) AS BIGINT) AS answered, \
        CAST(SUM(CASE WHEN act = 'unsure' THEN 1 ELSE 0 END) AS BIGINT) AS unknown, AVG(mood_value) AS mood \
        FROM turn_fact WHERE at >= $1 AND at < $2 GROUP BY (at + $4) / $3 ORDER BY step";
    Ok(reading!(db, pool => sqlx::query_as(SQL).bind(from.0).bind(to.0).bind(width).bind(CHINA)
        .fetch_all(pool).await?))
}

/// Conversations with a turn.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn conversations(db: &Db, from: Timestamp, to: Timestamp) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(DISTINCT conversation_id) FROM turn_fact WHERE at >= $1 AND at < $2";
    Ok(reading!(db, pool => sqlx::query_scalar(SQL).bind(from.0).bind(to.0).fetch_one(pool).await?))
}

/// Messages of everybody. Ids begin with the milliseconds in which they were made (RFC 9562, version 7), so they are
/// counted from the index of the ids.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn messages(db: &Db, from: Timestamp, to: Timestamp) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM message WHERE id >= $1 AND id < $2";
    let id = |at: Timestamp| Uuid::from_u128(u128::try_from(at.0.clamp(0, (1 << 48) - 1)).unwrap_or(0) << 80);
    Ok(reading!(db, pool => sqlx::query_scalar(SQL).bind(id(from)).bind(id(to)).fetch_one(pool).await?))
}

/// A verdict of a shopper.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct VerdictRow {
    /// Where it was given.
    pub conversation_id: Uuid,
    /// When, in milliseconds.
    pub given_at: i64,
    /// Whether the matter was solved.
    pub solved: bool,
    /// The entry that was judged.
    pub entry_id: Option<String>,
}

/// Verdicts on answers.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn verdicts(db: &Db, from: Timestamp, to: Timestamp) -> Result<Vec<VerdictRow>, StoreError> {
    const SQL: &str = "SELECT verdict.conversation_id, verdict.given_at, verdict.verdict = 'solved' AS solved, \
        turn_fact.entry_id FROM verdict LEFT JOIN turn_fact ON turn_fact.conversation_id = verdict.conversation_id \
        AND turn_fact.sequence = verdict.sequence WHERE verdict.given_at >= $1 AND verdict.given_at < $2";
    Ok(reading!(db, pool => sqlx::query_as(SQL).bind(from.0).bind(to.0).fetch_all(pool).await?))
}

/// A call of a person.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct CallRow {
    /// Where.
    pub conversation_id: Uuid,
    /// When, in milliseconds.
    pub since: i64,
    /// Why.
    pub reason: String,
    /// What the shopper said of the service: 1 to 5.
    pub stars: Option<i64>,
}

/// Calls of persons.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn calls(db: &Db, from: Timestamp, to: Timestamp) -> Result<Vec<CallRow>, StoreError> {
    const SQL: &str = "SELECT conversation_id, since, reason, stars FROM desk_case WHERE since >= $1 AND since < $2";
    Ok(reading!(db, pool => sqlx::query_as(SQL).bind(from.0).bind(to.0).fetch_all(pool).await?))
}

/// Turns of a mood in a step of time.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct MoodStep {
    /// Steps since 1970 in China.
    pub step: i64,
    /// Name of the mood.
    pub mood: String,
    /// Turns.
    pub turns: i64,
    /// Sum of their values.
    pub sum: f64,
}

/// Moods by step of time.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn moods(db: &Db, from: Timestamp, to: Timestamp, width: i64) -> Result<Vec<MoodStep>, StoreError> {
    const SQL: &str = "SELECT (at + $4) / $3 AS step, mood, COUNT(*) AS turns, SUM(mood_value) AS sum FROM turn_fact \
        WHERE at >= $1 AND at < $2 AND mood <> '' GROUP BY (at + $4) / $3, mood ORDER BY step, mood";
    Ok(reading!(db, pool => sqlx::query_as(SQL).bind(from.0).bind(to.0).bind(width).bind(CHINA)
        .fetch_all(pool).await?))
}

/// What came of product suggestions in a step of time.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SuggestionStep {
    /// Steps since 1970 in China.
    pub step: i64,
    /// Products shown.
    pub impressions: i64,
    /// Those that were opened or put into the basket within seven days.
    pub clicks: i64,
}

/// Product suggestions by step of time.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn suggestions(
    db: &Db,
    from: Timestamp,
    to: Timestamp,
    width: i64,
) -> Result<Vec<SuggestionStep>, StoreError> {
    const SQL: &str = "SELECT (i.shown_at + $4) / $3 AS step, COUNT(*) AS impressions, \
        CAST(SUM(CASE WHEN EXISTS (SELECT 1 FROM event e WHERE e.shopper_id = i.shopper_id AND e.sku = i.sku \
            AND e.kind IN ('view', 'search', 'click', 'cart') AND e.at >= i.shown_at AND e.at < i.shown_at + 604800000 \
            AND NOT EXISTS (SELECT 1 FROM impression l WHERE l.shopper_id = i.shopper_id AND l.sku = i.sku \
                AND l.shown_at > i.shown_at AND l.shown_at <= e.at)) THEN 1 ELSE 0 END) AS BIGINT) AS clicks \
        FROM impression i WHERE i.shown_at >= $1 AND i.shown_at < $2 GROUP BY (i.shown_at + $4) / $3 ORDER BY step";
    Ok(reading!(db, pool => sqlx::query_as(SQL).bind(from.0).bind(to.0).bind(width).bind(CHINA)
        .fetch_all(pool).await?))
}

/// A product suggestion's slot, algorithm and arm with its impressions, clicks and purchases.
pub type SuggestionRow = (String, String, String, i64, i64, i64);

/// Product suggestions by slot, algorithm and arm.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn suggestion_rows(db: &Db, from: Timestamp, to: Timestamp) -> Result<Vec<SuggestionRow>, StoreError> {
    const SQL: &str = "SELECT i.slot, i.algorithm, i.arm, COUNT(*), \
        CAST(SUM(CASE WHEN EXISTS (SELECT 1 FROM event e WHERE e.shopper_id = i.shopper_id AND e.sku = i.sku \
            AND e.kind IN ('view', 'search', 'click', 'cart') AND e.at >= i.shown_at AND e.at < i.shown_at + 604800000 \
            AND NOT EXISTS (SELECT 1 FROM impression l WHERE l.shopper_id = i.shopper_id AND l.sku = i.sku \
                AND l.shown_at > i.shown_at AND l.shown_at <= e.at)) THEN 1 ELSE 0 END) AS BIGINT), \
        CAST(SUM(CASE WHEN EXISTS (SELECT 1 FROM event e WHERE e.shopper_id = i.shopper_id AND e.sku = i.sku \
            AND e.kind = 'buy' AND e.at >= i.shown_at AND e.at < i.shown_at + 604800000 \
            AND NOT EXISTS (SELECT 1 FROM impression l WHERE l.shopper_id = i.shopper_id AND l.sku = i.sku \
                AND l.shown_at > i.shown_at AND l.shown_at <= e.at)) THEN 1 ELSE 0 END) AS BIGINT) \
        FROM impression i WHERE i.shown_at >= $1 AND i.shown_at < $2 \
        GROUP BY i.slot, i.algorithm, i.arm ORDER BY i.slot, i.algorithm, i.arm";
    Ok(reading!(db, pool => sqlx::query_as(SQL).bind(from.0).bind(to.0).fetch_all(pool).await?))
}

/// How often each entry answered.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn shown(db: &Db, from: Timestamp, to: Timestamp) -> Result<Vec<(String, i64)>, StoreError> {
    const SQL: &str = "SELECT entry_id, COUNT(*) FROM turn_fact WHERE at >= $1 AND at < $2 AND entry_id IS NOT NULL \
        GROUP BY entry_id ORDER BY COUNT(*) DESC, entry_id";
    Ok(reading!(db, pool => sqlx::query_as(SQL).bind(from.0).bind(to.0).fetch_all(pool).await?))
}

/// When each entry answered last.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn last_shown(db: &Db) -> Result<Vec<(String, i64)>, StoreError> {
    const SQL: &str = "SELECT entry_id, MAX(at) FROM turn_fact WHERE entry_id IS NOT NULL GROUP BY entry_id";
    Ok(reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?))
}

/// After how many of its answers each entry was followed by a call of a person.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn called_after(db: &Db, from: Timestamp, to: Timestamp) -> Result<Vec<(String, i64)>, StoreError> {
    const SQL: &str = "SELECT turn_fact.entry_id, COUNT(DISTINCT desk_case.id) FROM desk_case JOIN turn_fact \
        ON turn_fact.conversation_id = desk_case.conversation_id AND turn_fact.at <= desk_case.since \
        AND turn_fact.at > desk_case.since - $3 WHERE desk_case.since >= $1 AND desk_case.since < $2 \
        AND turn_fact.entry_id IS NOT NULL GROUP BY turn_fact.entry_id";
    Ok(reading!(db, pool => sqlx::query_as(SQL).bind(from.0).bind(to.0).bind(CALLED_WITHIN).fetch_all(pool).await?))
}

/// When a version last changed each entry.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn changed(db: &Db) -> Result<Vec<(String, i64)>, StoreError> {
    const SQL: &str = "SELECT subject, MAX(knowledge_version.created_at) FROM knowledge_change \
        JOIN knowledge_version ON knowledge_version.version = knowledge_change.version WHERE part = 'faq' \
        GROUP BY subject";
    Ok(reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?))
}

/// Questions that were not known, by cluster: cluster, its question, how often, and how often a person was called.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn unknown(db: &Db, from: Timestamp, to: Timestamp) -> Result<Vec<(Uuid, String, i64, i64)>, StoreError> {
    const SQL: &str = "SELECT inbox_cluster.id, inbox_cluster.question, COUNT(*), \
        CAST(SUM(CASE WHEN inbox_signal.handed_over THEN 1 ELSE 0 END) AS BIGINT) FROM inbox_signal \
        JOIN inbox_cluster ON inbox_cluster.id = inbox_signal.cluster_id WHERE inbox_signal.at >= $1 \
        AND inbox_signal.at < $2 AND inbox_signal.kind = 'unknown' GROUP BY inbox_cluster.id, inbox_cluster.question \
        ORDER BY COUNT(*) DESC, inbox_cluster.id";
    Ok(reading!(db, pool => sqlx::query_as(SQL).bind(from.0).bind(to.0).fetch_all(pool).await?))
}
