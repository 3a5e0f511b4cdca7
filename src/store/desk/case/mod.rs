//! Cases: reading, and the few changes that no message tells of (tags, ratings).

mod row;
mod sight;

pub use row::CaseRow;
use row::rows;
use sight::VISIBLE;
pub use sight::{Reader, Unfinished, all_unfinished};

use crate::clock::Timestamp;
use crate::model::desk::{Named, ServiceRating};
use crate::model::id::{CaseId, ConversationId, ShopperId, StaffId};
use crate::store::db::{reading, writing};
use crate::store::portions::portions;
use crate::store::{Db, StoreError};
use sqlx::QueryBuilder;
use sqlx::types::Json;
use uuid::Uuid;

/// One case.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn by_id(db: &Db, id: CaseId) -> Result<Option<CaseRow>, StoreError> {
    Ok(rows!(db, "WHERE desk_case.id = $1", id.0)?.pop())
}

/// These cases, in no order.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn by_ids(db: &Db, ids: &[CaseId]) -> Result<Vec<CaseRow>, StoreError> {
    let mut found: Vec<row::Raw> = Vec::with_capacity(ids.len());
    for portion in portions(ids) {
        found.extend(reading!(db, pool => {
            let mut select = QueryBuilder::new(format!("{}WHERE desk_case.id IN (", row::COLUMNS));
            let mut list = select.separated(", ");
            for id in portion {
                list.push_bind(id.0);
            }
            select.push(")");
            select.build_query_as::<row::Raw>().fetch_all(pool).await?
        }));
    }
    found.into_iter().map(CaseRow::try_from).collect()
}

/// The unfinished case of a conversation.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn unfinished(db: &Db, conversation: ConversationId) -> Result<Option<CaseRow>, StoreError> {
    const TAIL: &str = "WHERE desk_case.conversation_id = $1 AND desk_case.state IN ('waiting', 'open')";
    Ok(rows!(db, TAIL, conversation.0)?.pop())
}

/// The newest case of a conversation.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn newest(db: &Db, conversation: ConversationId) -> Result<Option<CaseRow>, StoreError> {
    const TAIL: &str = "WHERE desk_case.conversation_id = $1 ORDER BY since DESC, desk_case.id DESC LIMIT 1";
    Ok(rows!(db, TAIL, conversation.0)?.pop())
}

/// Open cases of an agent, those with the newest words first.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn open_of(db: &Db, agent: StaffId) -> Result<Vec<CaseRow>, StoreError> {
    const TAIL: &str =
        "WHERE agent_id = $1 AND desk_case.state = 'open' ORDER BY conversation.updated_at DESC LIMIT 200";
    rows!(db, TAIL, agent.0)
}

/// Unfinished cases.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn live(db: &Db, limit: usize) -> Result<Vec<CaseRow>, StoreError> {
    rows!(db, "WHERE desk_case.state IN ('waiting', 'open') ORDER BY rank_at LIMIT $1", limit as i64)
}

/// Earlier cases of a shopper, the newest first.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn of_shopper(db: &Db, shopper: ShopperId, limit: usize) -> Result<Vec<CaseRow>, StoreError> {
    const TAIL: &str = "WHERE desk_case.shopper_id = $1 ORDER BY since DESC LIMIT $2";
    rows!(db, TAIL, shopper.0, limit as i64)
}

/// One page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Next in turn first.
    Waiting,
    /// Own open cases.
    Mine,
    /// Open cases of all agents.
    Open,
    /// Ended cases, the newest first.
    Ended,
}

/// A page and how many there are in the whole list. `after` is key and id of the last one of the page before.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn page(
    db: &Db,
    view: View,
    reader: Reader,
    after: Option<(i64, Uuid)>,
    limit: usize,
) -> Result<(Vec<CaseRow>, i64), StoreError> {
    let (filter, key, forward) = match view {
        View::Waiting => ("desk_case.state = 'waiting'", "rank_at", true),
        View::Mine => ("desk_case.state = 'open' AND agent_id = $2", "since", false),
        View::Open => ("desk_case.state = 'open'", "since", false),
        View::Ended => ("desk_case.state IN ('resolved', 'cancelled')", "ended_at", false),
    };
    let (compare, order) = if forward { (">", "ASC") } else { ("<", "DESC") };
    let start = if forward { (i64::MIN, Uuid::nil()) } else { (i64::MAX, Uuid::max()) };
    let (at, id) = after.unwrap_or(start);
    let tail = format!(
        "WHERE {filter} AND {VISIBLE} AND ({key} {compare} $3 OR ({key} = $3 AND desk_case.id {compare} $4)) \
         ORDER BY {key} {order}, desk_case.id {order} LIMIT $5"
    );
    let rows = rows!(db, tail, reader.all, reader.staff.0, at, id, limit as i64)?;
    let count = format!("SELECT COUNT(*) FROM desk_case WHERE {filter} AND {VISIBLE}");
    let total: i64 = reading!(db, pool => sqlx::query_scalar(sqlx::AssertSqlSafe(count.as_str()))
        .bind(reader.all).bind(reader.staff.0).fetch_one(pool).await?);
    Ok((rows, total))
}

/// Whether somebody may see a conversation: all of its cases decide, any one is enough.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn visible(db: &Db, conversation: ConversationId, reader: Reader) -> Result<bool, StoreError> {
    if reader.all {
        return Ok(true);
    }
    let sql = format!("SELECT COUNT(*) FROM desk_case WHERE {VISIBLE} AND desk_case.conversation_id = $3");
    let found: i64 = reading!(db, pool => sqlx::query_scalar(sqlx::AssertSqlSafe(sql.as_str()))
        .bind(false).bind(reader.staff.0).bind(conversation.0).fetch_one(pool).await?);
    Ok(found > 0)
}

/// Cases by conversation and the sequence that lies in them, for messages that were found.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn around(
    db: &Db,
    conversation: ConversationId,
    sequence: i64,
    reader: Reader,
) -> Result<Option<CaseRow>, StoreError> {
    let tail = format!(
        "WHERE {VISIBLE} AND desk_case.conversation_id = $3 \
         ORDER BY CASE WHEN started_sequence <= $4 THEN 0 ELSE 1 END, since DESC LIMIT 1"
    );
    Ok(rows!(db, tail, reader.all, reader.staff.0, conversation.0, sequence)?.pop())
}

/// The agents who took part in a case.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn parts(db: &Db, id: CaseId) -> Result<Vec<Named>, StoreError> {
    const SQL: &str = "SELECT staff.id, COALESCE(NULLIF(desk_agent.display_name, ''), staff.name) FROM desk_part \
        JOIN staff ON staff.id = desk_part.agent_id LEFT JOIN desk_agent ON desk_agent.staff_id = staff.id \
        WHERE desk_part.case_id = $1 ORDER BY since";
    let rows: Vec<(Uuid, String)> = reading!(db, pool => sqlx::query_as(SQL).bind(id.0).fetch_all(pool).await?);
    Ok(rows.into_iter().map(|(id, name)| Named { id, name }).collect())
}

/// Brings colleagues into the unfinished case of a conversation: they may see it from then on.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn bring_in(db: &Db, conversation: ConversationId, who: &[Uuid], now: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO desk_part (case_id, agent_id, since) SELECT id, $2, $3 FROM desk_case \
        WHERE conversation_id = $1 AND state IN ('waiting', 'open') ON CONFLICT DO NOTHING";
    writing!(db, tx => {
        for agent in who {
            sqlx::query(SQL).bind(conversation.0).bind(*agent).bind(now.0).execute(&mut *tx).await?;
        }
    });
    Ok(())
}

/// The agent who settled the shopper's newest case since a moment.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn known_agent(db: &Db, shopper: ShopperId, since: Timestamp) -> Result<Option<StaffId>, StoreError> {
    const SQL: &str = "SELECT agent_id FROM desk_case WHERE shopper_id = $1 AND state = 'resolved' \
        AND agent_id IS NOT NULL AND ended_at > $2 ORDER BY since DESC LIMIT 1";
    let row: Option<(Uuid,)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(shopper.0).bind(since.0).fetch_optional(pool).await?);
    Ok(row.map(|(agent,)| StaffId(agent)))
}

/// Puts tags in the place of the former ones. Returns whether there is such a case.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn set_tags(db: &Db, id: CaseId, tags: &[String]) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE desk_case SET tags = $2, revision = revision + 1 WHERE id = $1";
    let done =
        writing!(db, tx => sqlx::query(SQL).bind(id.0).bind(Json(tags)).execute(&mut *tx).await?.rows_affected());
    Ok(done > 0)
}

/// Keeps a rating, once. Returns whether this one was kept.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn rate(
    db: &Db,
    conversation: ConversationId,
    id: CaseId,
    rating: &ServiceRating,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE desk_case SET solved = $3, stars = $4, comment = $5, rated_at = $6, \
        revision = revision + 1 WHERE id = $1 AND conversation_id = $2 AND state = 'resolved' AND rated_at IS NULL";
    let done = writing!(db, tx => sqlx::query(SQL)
        .bind(id.0).bind(conversation.0).bind(rating.solved).bind(i64::from(rating.stars)).bind(&rating.comment)
        .bind(now.0).execute(&mut *tx).await?.rows_affected());
    Ok(done > 0)
}

/// Unfinished cases whose clock warns between two moments: conversation, and whether it is the first answer's.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn clocks_between(db: &Db, from: Timestamp, to: Timestamp) -> Result<Vec<CaseRow>, StoreError> {
    const TAIL: &str = "WHERE desk_case.state IN ('waiting', 'open') AND (\
        (answered_at IS NULL AND ((first_warn_at > $1 AND first_warn_at <= $2) OR (first_due_at > $1 AND first_due_at <= $2))) \
        OR (resolve_warn_at > $1 AND resolve_warn_at <= $2) OR (resolve_due_at > $1 AND resolve_due_at <= $2))";
    rows!(db, TAIL, from.0, to.0)
}
