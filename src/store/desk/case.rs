//! Cases: reading, and the few changes that no message tells of (tags, ratings).

use crate::clock::Timestamp;
use crate::model::chat::{Body, HandoverReason};
use crate::model::desk::{CaseState, Named, Preview, ServiceRating};
use crate::model::id::{CaseId, ConversationId, ShopperId, StaffId};
use crate::store::conversation::parse_author;
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use sqlx::types::Json;
use uuid::Uuid;

/// Characters of a preview.
const PREVIEW: usize = 60;

/// A case with what lists show around it.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseRow {
    /// The case.
    pub id: CaseId,
    /// Grows with every change.
    pub revision: i64,
    /// Its conversation.
    pub conversation: ConversationId,
    /// Whose it is.
    pub shopper: ShopperId,
    /// Where it stands.
    pub state: CaseState,
    /// Whether it began outside business hours.
    pub ticket: bool,
    /// Why a person is needed.
    pub reason: HandoverReason,
    /// Its skill group.
    pub group: Option<Named>,
    /// Who has it, or had it last.
    pub agent: Option<Named>,
    /// The agent that the shopper knows, and until when it is kept for them.
    pub known: Option<(StaffId, Timestamp)>,
    /// Its place in the queue.
    pub rank_at: Timestamp,
    /// Since when a person is wanted.
    pub since: Timestamp,
    /// Since when it is in the queue.
    pub queued_at: Timestamp,
    /// When an agent took it first.
    pub claimed_at: Option<Timestamp>,
    /// When an agent answered first.
    pub answered_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When the clock of the first answer warns and is over its target.
    pub first_answer: (Timestamp, Timestamp),
    /// When the clock of the resolution warns and is over its target.
    pub resolve: (Timestamp, Timestamp),
    /// Why it ended.
    pub resolution: Option<String>,
    /// Title of the intent.
    pub intent: Option<String>,
    /// Mood, from -2 to 2.
    pub mood: f64,
    /// Whether it presses.
    pub urgent: bool,
    /// What the shopper has bought, in fen.
    pub spent: i64,
    /// Tags.
    pub tags: Vec<String>,
    /// The sequence with which it began.
    pub started_sequence: i64,
    /// What the shopper thought of it.
    pub rating: Option<ServiceRating>,
    /// The newest sequence of the conversation.
    pub last_sequence: i64,
    /// The newest message.
    pub last: Option<Preview>,
    /// Messages of the shopper that no agent has read.
    pub unread: i64,
}

#[derive(sqlx::FromRow)]
struct Raw {
    id: Uuid,
    revision: i64,
    conversation_id: Uuid,
    shopper_id: Uuid,
    state: String,
    ticket: bool,
    reason: String,
    group_id: Option<Uuid>,
    group_name: Option<String>,
    agent_id: Option<Uuid>,
    agent_name: Option<String>,
    display_name: Option<String>,
    known_agent_id: Option<Uuid>,
    known_until: i64,
    rank_at: i64,
    since: i64,
    queued_at: i64,
    claimed_at: Option<i64>,
    answered_at: Option<i64>,
    ended_at: Option<i64>,
    first_warn_at: i64,
    first_due_at: i64,
    resolve_warn_at: i64,
    resolve_due_at: i64,
    resolution: Option<String>,
    intent: Option<String>,
    mood: f64,
    urgent: bool,
    spent: i64,
    tags: Json<Vec<String>>,
    started_sequence: i64,
    solved: Option<bool>,
    stars: Option<i64>,
    comment: Option<String>,
    last_sequence: i64,
    last_author: Option<String>,
    last_body: Option<Json<Body>>,
    last_at: Option<i64>,
    unread: i64,
}

const COLUMNS: &str = "SELECT desk_case.id, revision, desk_case.conversation_id, desk_case.shopper_id, desk_case.state, \
    ticket, reason, group_id, desk_group.name AS group_name, agent_id, staff.name AS agent_name, \
    desk_agent.display_name, known_agent_id, known_until, rank_at, since, queued_at, claimed_at, answered_at, ended_at, \
    first_warn_at, first_due_at, resolve_warn_at, resolve_due_at, resolution, intent, mood, urgent, spent, tags, \
    started_sequence, solved, stars, comment, conversation.last_sequence, message.author AS last_author, \
    message.body AS last_body, message.created_at AS last_at, (SELECT COUNT(*) FROM message AS said \
        WHERE said.conversation_id = desk_case.conversation_id AND said.author = 'shopper' \
        AND said.sequence >= started_sequence AND said.sequence > COALESCE(read_position.sequence, 0)) AS unread \
    FROM desk_case JOIN conversation ON conversation.id = desk_case.conversation_id \
    LEFT JOIN message ON message.conversation_id = conversation.id AND message.sequence = conversation.last_sequence \
    LEFT JOIN read_position ON read_position.conversation_id = conversation.id AND read_position.reader = 'agent' \
    LEFT JOIN desk_group ON desk_group.id = group_id LEFT JOIN staff ON staff.id = agent_id \
    LEFT JOIN desk_agent ON desk_agent.staff_id = agent_id ";

const STATES: [(CaseState, &str); 4] = [
    (CaseState::Waiting, "waiting"),
    (CaseState::Open, "open"),
    (CaseState::Resolved, "resolved"),
    (CaseState::Cancelled, "cancelled"),
];

impl TryFrom<Raw> for CaseRow {
    type Error = StoreError;
    fn try_from(raw: Raw) -> Result<Self, StoreError> {
        let state = STATES.iter().find(|(_, name)| *name == raw.state).map(|(state, _)| *state);
        let named = |id: Option<Uuid>, name: Option<String>| id.zip(name).map(|(id, name)| Named { id, name });
        let last = match (raw.last_author, raw.last_body, raw.last_at) {
            (Some(author), Some(body), Some(at)) => Some(preview(raw.last_sequence, &author, &body.0, at)?),
            _ => None,
        };
        let display = raw.display_name.filter(|name| !name.is_empty()).or(raw.agent_name);
        let comment = raw.comment.unwrap_or_default();
        Ok(Self {
            id: CaseId(raw.id),
            revision: raw.revision,
            conversation: ConversationId(raw.conversation_id),
            shopper: ShopperId(raw.shopper_id),
            state: state.ok_or(raw.state).map_err(StoreError::corrupt("state of a case"))?,
            ticket: raw.ticket,
            reason: raw.reason.parse().map_err(StoreError::corrupt("reason"))?,
            group: named(raw.group_id, raw.group_name),
            agent: named(raw.agent_id, display),
            known: raw.known_agent_id.map(|agent| (StaffId(agent), Timestamp(raw.known_until))),
            rank_at: Timestamp(raw.rank_at),
            since: Timestamp(raw.since),
            queued_at: Timestamp(raw.queued_at),
            claimed_at: raw.claimed_at.map(Timestamp),
            answered_at: raw.answered_at.map(Timestamp),
            ended_at: raw.ended_at.map(Timestamp),
            first_answer: (Timestamp(raw.first_warn_at), Timestamp(raw.first_due_at)),
            resolve: (Timestamp(raw.resolve_warn_at), Timestamp(raw.resolve_due_at)),
            resolution: raw.resolution,
            intent: raw.intent,
            mood: raw.mood,
            urgent: raw.urgent,
            spent: raw.spent,
            tags: raw.tags.0,
            started_sequence: raw.started_sequence,
            rating: raw.solved.zip(raw.stars).map(|(solved, stars)| ServiceRating {
                solved,
                stars: u8::try_from(stars).unwrap_or_default(),
                comment,
            }),
            last_sequence: raw.last_sequence,
            last,
            unread: raw.unread,
        })
    }
}

fn preview(sequence: i64, author: &str, body: &Body, at: i64) -> Result<Preview, StoreError> {
    let text = if body.text.is_empty() && !body.products.is_empty() { "[商品]" } else { &body.text };
    let text = text.chars().take(PREVIEW).collect();
    Ok(Preview { sequence, author: parse_author(author)?, text, at: Timestamp(at) })
}

/// `rows!(db, "WHERE …", bind, bind)`: cases with what lists show around them.
macro_rules! rows {
    ($db:expr, $tail:expr $(, $bind:expr)*) => {{
        let sql = format!("{COLUMNS}{}", $tail);
        let rows: Vec<Raw> = reading!($db, pool => sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str()))
            $(.bind($bind))*.fetch_all(pool).await?);
        rows.into_iter().map(CaseRow::try_from).collect::<Result<Vec<CaseRow>, StoreError>>()
    }};
}

/// One case.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn by_id(db: &Db, id: CaseId) -> Result<Option<CaseRow>, StoreError> {
    Ok(rows!(db, "WHERE desk_case.id = $1", id.0)?.pop())
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

/// The first of the queue.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn queue(db: &Db, limit: usize) -> Result<Vec<CaseRow>, StoreError> {
    rows!(db, "WHERE desk_case.state = 'waiting' ORDER BY rank_at, desk_case.id LIMIT $1", limit as i64)
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

/// Who reads a list: agents see what they may take or took part in.
#[derive(Debug, Clone, Copy)]
pub struct Reader {
    /// Who.
    pub staff: StaffId,
    /// Whether they may see everything.
    pub all: bool,
}

/// What an agent may see, with `$1` whether all, and `$2` the agent.
const VISIBLE: &str = "($1 OR agent_id = $2 OR group_id IS NULL OR group_id IN (SELECT group_id FROM desk_member \
    WHERE staff_id = $2) OR EXISTS (SELECT 1 FROM desk_part WHERE case_id = desk_case.id AND agent_id = $2))";

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
