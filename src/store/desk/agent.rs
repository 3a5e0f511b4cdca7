//! Who works at the desk: names, capacity, skill groups, signs of life.

use crate::clock::Timestamp;
use crate::model::customer::Role;
use crate::model::desk::{HandoverRule, Named};
use crate::model::id::StaffId;
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use sqlx::types::Json;
use std::collections::HashMap;
use uuid::Uuid;

/// Somebody at the desk.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentRow {
    /// Who.
    pub id: StaffId,
    /// The name they sign in with.
    pub name: String,
    /// The name that shoppers see.
    pub display_name: String,
    /// What they may do.
    pub role: Role,
    /// Open conversations at a time; none for the shop's default.
    pub capacity: Option<i64>,
    /// Whether they take no new conversations; none where they never said.
    pub away: Option<bool>,
    /// The newest sign of life.
    pub seen_at: Timestamp,
    /// Open cases.
    pub open: i64,
    /// Skill groups.
    pub groups: Vec<Named>,
}

#[derive(sqlx::FromRow)]
struct Raw {
    id: Uuid,
    name: String,
    role: String,
    display_name: Option<String>,
    capacity: Option<i64>,
    away: Option<bool>,
    seen_at: Option<i64>,
    open: i64,
}

/// Everybody who may sign in, by name.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn all(db: &Db) -> Result<Vec<AgentRow>, StoreError> {
    const SQL: &str = "SELECT staff.id, staff.name, staff.role, display_name, capacity, away, seen_at, \
        (SELECT COUNT(*) FROM desk_case WHERE agent_id = staff.id AND state = 'open') AS open \
        FROM staff LEFT JOIN desk_agent ON desk_agent.staff_id = staff.id \
        WHERE NOT staff.disabled ORDER BY staff.name";
    const MEMBERS: &str = "SELECT desk_member.staff_id, desk_group.id, desk_group.name FROM desk_member \
        JOIN desk_group ON desk_group.id = desk_member.group_id ORDER BY desk_group.name";
    let rows: Vec<Raw> = reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    let members: Vec<(Uuid, Uuid, String)> = reading!(db, pool => sqlx::query_as(MEMBERS).fetch_all(pool).await?);
    let mut groups: HashMap<Uuid, Vec<Named>> = HashMap::new();
    for (staff, id, name) in members {
        groups.entry(staff).or_default().push(Named { id, name });
    }
    rows.into_iter()
        .map(|raw| {
            Ok(AgentRow {
                id: StaffId(raw.id),
                display_name: raw.display_name.filter(|name| !name.is_empty()).unwrap_or_else(|| raw.name.clone()),
                role: raw.role.parse().map_err(StoreError::corrupt("role"))?,
                capacity: raw.capacity,
                away: raw.away,
                seen_at: Timestamp(raw.seen_at.unwrap_or_default()),
                open: raw.open,
                groups: groups.remove(&raw.id).unwrap_or_default(),
                name: raw.name,
            })
        })
        .collect()
}

/// Keeps how somebody works. Whether they take conversations is left to them, and until they say, to their role.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn put(
    db: &Db,
    id: StaffId,
    display_name: &str,
    capacity: Option<i64>,
    groups: &[Uuid],
) -> Result<(), StoreError> {
    const PUT: &str = "INSERT INTO desk_agent (staff_id, display_name, capacity, away, seen_at) \
        SELECT id, $2, $3, role <> 'agent', 0 FROM staff WHERE id = $1 \
        ON CONFLICT (staff_id) DO UPDATE SET display_name = excluded.display_name, capacity = excluded.capacity";
    const JOIN: &str = "INSERT INTO desk_member (group_id, staff_id) SELECT id, $2 FROM desk_group WHERE id = $1";
    writing!(db, tx => {
        sqlx::query(PUT).bind(id.0).bind(display_name).bind(capacity).execute(&mut *tx).await?;
        sqlx::query("DELETE FROM desk_member WHERE staff_id = $1").bind(id.0).execute(&mut *tx).await?;
        for group in groups {
            sqlx::query(JOIN).bind(*group).bind(id.0).execute(&mut *tx).await?;
        }
    });
    Ok(())
}

/// Keeps whether somebody takes new conversations.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn set_away(db: &Db, id: StaffId, away: bool, now: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO desk_agent (staff_id, display_name, capacity, away, seen_at) \
        VALUES ($1, '', NULL, $2, $3) ON CONFLICT (staff_id) DO UPDATE SET away = excluded.away, \
        seen_at = excluded.seen_at";
    writing!(db, tx => sqlx::query(SQL).bind(id.0).bind(away).bind(now.0).execute(&mut *tx).await?.rows_affected());
    Ok(())
}

/// Keeps signs of life.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn seen(db: &Db, ids: &[StaffId], away: bool, now: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO desk_agent (staff_id, display_name, capacity, away, seen_at) \
        VALUES ($1, '', NULL, $2, $3) ON CONFLICT (staff_id) DO UPDATE SET seen_at = excluded.seen_at";
    writing!(db, tx => {
        for id in ids {
            sqlx::query(SQL).bind(id.0).bind(away).bind(now.0).execute(&mut *tx).await?;
        }
    });
    Ok(())
}

/// All skill groups, by name.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn groups(db: &Db) -> Result<Vec<Named>, StoreError> {
    const SQL: &str = "SELECT id, name FROM desk_group ORDER BY name";
    let rows: Vec<(Uuid, String)> = reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    Ok(rows.into_iter().map(|(id, name)| Named { id, name }).collect())
}

/// Adds a skill group, or gives it another name. Returns false where another one has that name.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn put_group(db: &Db, group: &Named, now: Timestamp) -> Result<bool, StoreError> {
    const TAKEN: &str = "SELECT COUNT(*) FROM desk_group WHERE name = $1 AND id <> $2";
    const PUT: &str = "INSERT INTO desk_group (id, name, created_at) VALUES ($1, $2, $3) \
        ON CONFLICT (id) DO UPDATE SET name = excluded.name";
    let put = writing!(db, tx => {
        let taken: i64 = sqlx::query_scalar(TAKEN).bind(&group.name).bind(group.id).fetch_one(&mut *tx).await?;
        if taken == 0 {
            sqlx::query(PUT).bind(group.id).bind(&group.name).bind(now.0).execute(&mut *tx).await?;
        }
        taken == 0
    });
    Ok(put)
}

/// Removes a skill group; its cases are anybody's then, and so is what rules would send to it. Returns whether there
/// was one.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn remove_group(db: &Db, id: Uuid) -> Result<bool, StoreError> {
    const FREE: &str = "UPDATE desk_case SET group_id = NULL, revision = revision + 1 WHERE group_id = $1";
    const PUT_RULE: &str = "UPDATE desk_rule SET detail = $2 WHERE id = $1";
    let removed = writing!(db, tx => {
        let rules: Vec<(Json<HandoverRule>,)> =
            sqlx::query_as("SELECT detail FROM desk_rule").fetch_all(&mut *tx).await?;
        for (Json(mut rule),) in rules.into_iter().filter(|(rule,)| rule.group == Some(id)) {
            rule.group = None;
            sqlx::query(PUT_RULE).bind(rule.id).bind(Json(&rule)).execute(&mut *tx).await?;
        }
        sqlx::query("DELETE FROM desk_member WHERE group_id = $1").bind(id).execute(&mut *tx).await?;
        sqlx::query(FREE).bind(id).execute(&mut *tx).await?;
        sqlx::query("DELETE FROM desk_group WHERE id = $1").bind(id).execute(&mut *tx).await?.rows_affected()
    });
    Ok(removed > 0)
}
