//! The behaviour log of the demo shop, generated where the database has no events yet.

use crate::clock::Timestamp;
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
    ends_on: String,
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
    let ends =
        end_of_day(&settings.ends_on).ok_or_else(|| DemoError::Settings("ends_on 应当形如 2026-11-23".into()))?;
    let simulation = Simulation { seed: settings.seed, shoppers: settings.shoppers, days: settings.days, ends };
    let events = simulate(&knowledge.products, &knowledge.categories, &simulation);
    let receipt = event::Receipt { written_by: Uuid::now_v7(), at: ends };
    Ok(event::add(db, &events, receipt).await?.len() as u64)
}

/// The last moment of an ISO date in China (UTC+8), by the days-from-civil algorithm (Hinnant, 2013).
fn end_of_day(date: &str) -> Option<Timestamp> {
    let mut parts = date.splitn(3, '-').map(str::parse::<i64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    Some(Timestamp((days + 1) * 86_400_000 - 8 * 3_600_000 - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_end_at_midnight_in_china() {
        // 2026-11-23T23:59:59.999+08:00
        assert_eq!(end_of_day("2026-11-23"), Some(Timestamp(1_795_449_599_999)));
        assert_eq!(end_of_day("2026-13-01"), None);
        assert_eq!(end_of_day("gestern"), None);
    }
}
