//! A case as it is read.

use crate::clock::Timestamp;
use crate::model::chat::{Body, HandoverReason};
use crate::model::desk::{CaseState, Named, Preview, ServiceRating};
use crate::model::id::{CaseId, ConversationId, ShopperId, StaffId};
use crate::store::StoreError;
use crate::store::conversation::parse_author;
use crate::text::mask::mask;
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
pub(super) struct Raw {
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

pub(super) const COLUMNS: &str = "SELECT desk_case.id, revision, desk_case.conversation_id, desk_case.shopper_id, desk_case.state, \
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

pub(super) const STATES: [(CaseState, &str); 4] = [
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
    // Before it is cut: half a number is not known for one.
    let text = mask(text).chars().take(PREVIEW).collect();
    Ok(Preview { sequence, author: parse_author(author)?, text, at: Timestamp(at) })
}

/// `rows!(db, "WHERE …", bind, bind)`: cases with what lists show around them.
macro_rules! rows {
    ($db:expr, $tail:expr $(, $bind:expr)*) => {{
        let sql = format!("{}{}", $crate::store::desk::case::row::COLUMNS, $tail);
        let rows: Vec<$crate::store::desk::case::row::Raw> = reading!($db, pool => sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str()))
            $(.bind($bind))*.fetch_all(pool).await?);
        rows.into_iter().map(CaseRow::try_from).collect::<Result<Vec<CaseRow>, StoreError>>()
    }};
}

pub(super) use rows;
