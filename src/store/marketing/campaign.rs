//! Campaigns and the limits of all of them.

use crate::clock::Timestamp;
use crate::marketing::campaign::Plan;
use crate::store::audit::{Deed, record};
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;

/// How far a campaign is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CampaignState {
    /// Being written.
    Draft,
    /// Sends.
    Running,
    /// Sends nothing for the moment.
    Paused,
    /// Over for good.
    Ended,
}

impl CampaignState {
    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Ended => "ended",
        }
    }

    fn read(name: &str) -> Result<Self, StoreError> {
        let known =
            [Self::Draft, Self::Running, Self::Paused, Self::Ended].into_iter().find(|state| state.name() == name);
        known.ok_or_else(|| StoreError::corrupt("campaign state")(name.to_owned()))
    }

    /// Whether it may become another by an admin's word.
    pub fn may_become(self, next: Self) -> bool {
        use CampaignState::{Draft, Ended, Paused, Running};
        matches!((self, next), (Draft | Paused, Running) | (Running, Paused) | (Running | Paused, Ended))
    }
}

/// A campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct CampaignRow {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// How far it is.
    pub state: CampaignState,
    /// What it does.
    pub plan: Plan,
    /// Grows with every change.
    pub revision: i64,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was first started.
    pub started_at: Option<Timestamp>,
}

type Row = (Uuid, String, String, Json<Plan>, i64, i64, Option<i64>);

const HEAD: &str = "SELECT id, name, state, plan, revision, updated_at, started_at FROM campaign ";

fn read((id, name, state, plan, revision, updated_at, started_at): Row) -> Result<CampaignRow, StoreError> {
    let state = CampaignState::read(&state)?;
    let (updated_at, started_at) = (Timestamp(updated_at), started_at.map(Timestamp));
    Ok(CampaignRow { id, name, state, plan: plan.0, revision, updated_at, started_at })
}

/// All of them, the newest first.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn all(db: &Db) -> Result<Vec<CampaignRow>, StoreError> {
    let sql = sqlx::AssertSqlSafe(format!("{HEAD} ORDER BY id DESC"));
    let rows: Vec<Row> = reading!(db, pool => sqlx::query_as(sql).fetch_all(pool).await?);
    rows.into_iter().map(read).collect()
}

/// Those that send.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn running(db: &Db) -> Result<Vec<CampaignRow>, StoreError> {
    let sql = sqlx::AssertSqlSafe(format!("{HEAD} WHERE state = 'running' ORDER BY id"));
    let rows: Vec<Row> = reading!(db, pool => sqlx::query_as(sql).fetch_all(pool).await?);
    rows.into_iter().map(read).collect()
}

/// One of them.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn by_id(db: &Db, id: Uuid) -> Result<Option<CampaignRow>, StoreError> {
    let sql = sqlx::AssertSqlSafe(format!("{HEAD} WHERE id = $1"));
    let row: Option<Row> = reading!(db, pool => sqlx::query_as(sql).bind(id).fetch_optional(pool).await?);
    row.map(read).transpose()
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is in force.
    Done,
    /// Somebody else changed it meanwhile, or it is gone.
    Stale,
    /// Another one has that name.
    NameTaken,
}

/// Keeps name and plan of a campaign that is not over, with who did it; revision 0 makes a new one.
///
/// # Errors
/// [`StoreError`] where the database fails; then nothing changed.
pub async fn put(db: &Db, campaign: &CampaignRow, deed: &Deed<'_>) -> Result<Kept, StoreError> {
    const TAKEN: &str = "SELECT COUNT(*) FROM campaign WHERE name = $1 AND id <> $2";
    const NEW: &str = "INSERT INTO campaign (id, name, state, plan, revision, created_at, updated_at) \
        VALUES ($1, $2, 'draft', $3, 1, $4, $4) ON CONFLICT DO NOTHING";
    const CHANGE: &str = "UPDATE campaign SET name = $2, plan = $3, revision = revision + 1, updated_at = $4 \
        WHERE id = $1 AND revision = $5 AND state IN ('draft', 'paused')";
    Ok(writing!(db, tx => {
        let taken: i64 = sqlx::query_scalar(TAKEN).bind(&campaign.name).bind(campaign.id).fetch_one(&mut *tx).await?;
        if taken > 0 {
            Kept::NameTaken
        } else {
            let change = if campaign.revision == 0 {
                sqlx::query(NEW).bind(campaign.id).bind(&campaign.name).bind(Json(&campaign.plan)).bind(campaign.updated_at.0)
            } else {
                sqlx::query(CHANGE).bind(campaign.id).bind(&campaign.name).bind(Json(&campaign.plan))
                    .bind(campaign.updated_at.0).bind(campaign.revision)
            };
            if change.execute(&mut *tx).await?.rows_affected() == 0 {
                Kept::Stale
            } else {
                record!(tx, deed);
                Kept::Done
            }
        }
    }))
}

/// Moves a campaign on, with who did it; returns whether it was where it was thought to be.
///
/// # Errors
/// [`StoreError`] where the database fails; then nothing changed.
pub async fn set_state(
    db: &Db,
    campaign: &CampaignRow,
    next: CampaignState,
    deed: &Deed<'_>,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE campaign SET state = $1, revision = revision + 1, updated_at = $2, \
        started_at = COALESCE(started_at, $3) WHERE id = $4 AND state = $5 AND revision = $6";
    let started = (next == CampaignState::Running).then_some(deed.at.0);
    Ok(writing!(db, tx => {
        let moved = sqlx::query(SQL).bind(next.name()).bind(deed.at.0).bind(started).bind(campaign.id)
            .bind(campaign.state.name()).bind(campaign.revision).execute(&mut *tx).await?.rows_affected() > 0;
        if moved {
            record!(tx, deed);
        }
        moved
    }))
}

/// Removes a draft, with who did it; returns whether there was one.
///
/// # Errors
/// [`StoreError`] where the database fails; then nothing changed.
pub async fn remove(db: &Db, id: Uuid, deed: &Deed<'_>) -> Result<bool, StoreError> {
    const SQL: &str = "DELETE FROM campaign WHERE id = $1 AND state = 'draft'";
    Ok(writing!(db, tx => {
        let gone = sqlx::query(SQL).bind(id).execute(&mut *tx).await?.rows_affected() > 0;
        if gone {
            record!(tx, deed);
        }
        gone
    }))
}
