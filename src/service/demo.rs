//! The behaviour log of the demo shop, generated where the database has no events yet.

use crate::model::date::Date;
use crate::model::knowledge::Knowledge;
use crate::recommend::simulate::{Simulation, simulate};
use crate::store::{Db, StoreError, event};
use serde::Deserialize;
use std::path::Path;
use uuid::Uuid;

/// The settings file inside the knowledge folder; a shop without it starts with an empty log.
const SETTINGS: &str = "behaviour.toml";

/// Why no log was generated.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The settings cannot be read.
    #[error("{SETTINGS}：{0}")]
    Settings(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    seed: u64,
    shoppers: u32,
    days: u32,
    ends_on: Date,
}

/// Generates the log. Returns how many events were added; none where the folder has no settings or the database has
/// events already.
///
/// # Errors
/// [`DemoError`]; nothing was added then.
pub async fn generate_behaviour(db: &Db, folder: &Path, knowledge: &Knowledge) -> Result<u64, DemoError> {
    let Ok(text) = tokio::fs::read_to_string(folder.join(SETTINGS)).await else { return Ok(0) };
    if event::any(db).await? {
        return Ok(0);
    }
    let settings: Settings = toml::from_str(&text).map_err(|error| DemoError::Settings(error.message().to_owned()))?;
    let ends = settings.ends_on.end();
    let simulation = Simulation { seed: settings.seed, shoppers: settings.shoppers, days: settings.days, ends };
    let events = simulate(&knowledge.products, &knowledge.categories, &simulation);
    let receipt = event::Receipt { written_by: Uuid::now_v7(), at: ends };
    Ok(event::add(db, &events, receipt).await?.len() as u64)
}
