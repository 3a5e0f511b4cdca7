//! Who may see a case: the one place that decides it. The database is asked for lists that it cuts into pages; what is sent
//! to everybody is read once and asked here. A test of the desk holds the two against each other.

use crate::model::desk::Named;
use crate::model::id::{CaseId, StaffId};
use crate::store::db::reading;
use crate::store::{Db, StoreError};
use uuid::Uuid;

/// Who reads a list: agents see what they may take or took part in.
#[derive(Debug, Clone, Copy)]
pub struct Reader {
    /// Who.
    pub staff: StaffId,
    /// Whether they may see everything.
    pub all: bool,
}

/// What an agent may see, with `$1` whether all, and `$2` the agent. [`Unfinished::is_for`] says the same.
pub(super) const VISIBLE: &str = "($1 OR agent_id = $2 OR group_id IS NULL OR group_id IN (SELECT group_id \
    FROM desk_member WHERE staff_id = $2) OR EXISTS (SELECT 1 FROM desk_part WHERE case_id = desk_case.id \
    AND agent_id = $2))";

/// An unfinished case, as far as it decides who is shown it and what it counts as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The case.
    pub id: CaseId,
    /// Grows with every change.
    pub revision: i64,
    /// Whether it waits; otherwise an agent has it.
    pub waits: bool,
    /// Whether it began outside business hours.
    pub ticket: bool,
    group: Option<Uuid>,
    /// Who has it, and who took part in it.
    parts: Vec<Uuid>,
}

impl Unfinished {
    /// Whether somebody in these skill groups may see it: what `VISIBLE` says.
    pub fn is_for(&self, reader: Reader, groups: &[Named]) -> bool {
        let is_theirs = |group: Uuid| groups.iter().any(|one| one.id == group);
        reader.all || self.group.is_none_or(is_theirs) || self.parts.contains(&reader.staff.0)
    }
}

/// Case, revision, state, ticket, group, who has it, and one of those who took part.
type Row = (Uuid, i64, String, bool, Option<Uuid>, Option<Uuid>, Option<Uuid>);

/// All unfinished cases, next in turn first.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn all_unfinished(db: &Db) -> Result<Vec<Unfinished>, StoreError> {
    // Who took part is asked only where the group does not decide it.
    const SQL: &str = "SELECT desk_case.id, revision, state, ticket, group_id, desk_case.agent_id, desk_part.agent_id \
        FROM desk_case LEFT JOIN desk_part ON case_id = desk_case.id AND group_id IS NOT NULL \
        WHERE state IN ('waiting', 'open') ORDER BY rank_at, desk_case.id";
    let rows: Vec<Row> = reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    let mut cases: Vec<Unfinished> = Vec::new();
    for (id, revision, state, ticket, group, owner, part) in rows {
        if cases.last().is_none_or(|last| last.id.0 != id) {
            let (waits, parts) = (state == "waiting", owner.into_iter().collect());
            cases.push(Unfinished { id: CaseId(id), revision, waits, ticket, group, parts });
        }
        if let Some(case) = cases.last_mut() {
            case.parts.extend(part);
        }
    }
    Ok(cases)
}
