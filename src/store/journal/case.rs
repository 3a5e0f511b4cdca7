//! Steps of cases, written in the transaction of the messages that tell of them.
//!
//! The conversation's guard (sequence and status as they were read) is the guard of its case as well: every step that
//! gives a case to somebody else adds a message or changes the status.

use crate::clock::Timestamp;
use crate::model::catalogue::Money;
use crate::model::chat::HandoverReason;
use crate::model::id::{CaseId, ShopperId, StaffId};
use uuid::Uuid;

/// What happens to the unfinished case of a conversation.
#[derive(Debug, Clone)]
pub enum CaseStep {
    /// A case begins.
    Begin(Box<NewCase>),
    /// An agent has it from now on.
    Give {
        /// Who.
        to: StaffId,
        /// Whether it comes from another agent.
        transfer: bool,
    },
    /// It goes back to the queue.
    Return {
        /// Its skill group from now on.
        group: Option<Uuid>,
        /// Its place in the queue.
        rank_at: Timestamp,
        /// Whether an agent sent it there.
        transfer: bool,
    },
    /// An agent has answered.
    Answer,
    /// The shopper has said something.
    Heard {
        /// Mood, from -2 to 2.
        mood: f64,
        /// Whether it presses.
        urgent: bool,
    },
    /// An agent ends it.
    Resolve {
        /// Why.
        resolution: String,
    },
    /// The shopper no longer wants a person.
    Cancel,
}

/// A case to begin.
#[derive(Debug, Clone)]
pub struct NewCase {
    /// Its id.
    pub id: CaseId,
    /// Whose.
    pub shopper: ShopperId,
    /// Why a person is needed.
    pub reason: HandoverReason,
    /// Whether it begins outside business hours.
    pub ticket: bool,
    /// The skill group that should take it.
    pub group: Option<Uuid>,
    /// The agent that the shopper knows, and until when it is kept for them.
    pub known: Option<(StaffId, Timestamp)>,
    /// Its place in the queue.
    pub rank_at: Timestamp,
    /// When the clock of the first answer warns and is over its target.
    pub first_answer: (Timestamp, Timestamp),
    /// When the clock of the resolution warns and is over its target.
    pub resolution: (Timestamp, Timestamp),
    /// Title of the intent.
    pub intent: Option<String>,
    /// Mood, from -2 to 2.
    pub mood: f64,
    /// Whether it presses.
    pub urgent: bool,
    /// What the shopper has bought.
    pub spent: Money,
}

/// Writes one step.
macro_rules! apply_case {
    ($tx:ident, $append:expr, $step:expr) => {{
        const UNFINISHED: &str = "conversation_id = $1 AND state IN ('waiting', 'open')";
        let (conversation, at) = ($append.conversation.0, $append.at.0);
        let sql = |set: &str| {
            sqlx::AssertSqlSafe(format!("UPDATE desk_case SET revision = revision + 1, {set} WHERE {UNFINISHED}"))
        };
        match $step {
            CaseStep::Begin(case) => {
                sqlx::query(
                    "INSERT INTO desk_case (id, conversation_id, shopper_id, revision, state, ticket, reason, \
                     group_id, known_agent_id, known_until, rank_at, since, queued_at, first_warn_at, first_due_at, \
                     resolve_warn_at, resolve_due_at, intent, mood, urgent, spent, tags, transfers, started_sequence) \
                     VALUES ($1, $2, $3, 1, 'waiting', $4, $5, $6, $7, $8, $9, $10, $10, $11, $12, $13, $14, $15, \
                     $16, $17, $18, $19, 0, $20)",
                )
                .bind(case.id.0)
                .bind(conversation)
                .bind(case.shopper.0)
                .bind(case.ticket)
                .bind(case.reason.name())
                .bind(case.group)
                .bind(case.known.map(|(agent, _)| agent.0))
                .bind(case.known.map_or(0, |(_, until)| until.0))
                .bind(case.rank_at.0)
                .bind(at)
                .bind(case.first_answer.0.0)
                .bind(case.first_answer.1.0)
                .bind(case.resolution.0.0)
                .bind(case.resolution.1.0)
                .bind(case.intent.as_deref())
                .bind(case.mood)
                .bind(case.urgent)
                .bind(case.spent.0)
                .bind(Json(Vec::<String>::new()))
                .bind($append.expected_sequence + 1)
                .execute(&mut *$tx)
                .await?;
            }
            CaseStep::Give { to, transfer } => {
                let part = "INSERT INTO desk_part (case_id, agent_id, since) SELECT id, $2, $3 FROM desk_case \
                    WHERE conversation_id = $1 AND state IN ('waiting', 'open') ON CONFLICT DO NOTHING";
                sqlx::query(part).bind(conversation).bind(to.0).bind(at).execute(&mut *$tx).await?;
                let set = "state = 'open', agent_id = $2, claimed_at = COALESCE(claimed_at, $3), \
                    transfers = transfers + $4";
                let transfers = i64::from(*transfer);
                sqlx::query(sql(set)).bind(conversation).bind(to.0).bind(at).bind(transfers).execute(&mut *$tx).await?;
            }
            CaseStep::Return { group, rank_at, transfer } => {
                let set = "state = 'waiting', agent_id = NULL, known_until = 0, group_id = $2, rank_at = $3, \
                    queued_at = $4, transfers = transfers + $5";
                let transfers = i64::from(*transfer);
                let update = sqlx::query(sql(set)).bind(conversation).bind(*group).bind(rank_at.0).bind(at);
                update.bind(transfers).execute(&mut *$tx).await?;
            }
            CaseStep::Answer => {
                let set = "answered_at = COALESCE(answered_at, $2)";
                sqlx::query(sql(set)).bind(conversation).bind(at).execute(&mut *$tx).await?;
            }
            CaseStep::Heard { mood, urgent } => {
                let set = "mood = $2, urgent = $3";
                sqlx::query(sql(set)).bind(conversation).bind(*mood).bind(*urgent).execute(&mut *$tx).await?;
            }
            CaseStep::Resolve { resolution } => {
                let set = "state = 'resolved', resolution = $2, ended_at = $3, ended_sequence = $4";
                let update = sqlx::query(sql(set)).bind(conversation).bind(resolution.as_str()).bind(at);
                update.bind($append.last_sequence()).execute(&mut *$tx).await?;
            }
            CaseStep::Cancel => {
                let set = "state = 'cancelled', ended_at = $2, ended_sequence = $3";
                let update = sqlx::query(sql(set)).bind(conversation).bind(at);
                update.bind($append.last_sequence()).execute(&mut *$tx).await?;
            }
        }
    }};
}

pub(super) use apply_case;
