//! The report by agent and group, with definitions, and the same as CSV.

use super::{Desk, DeskRefused};
use crate::clock::Timestamp;
use crate::desk::report::{self, Case, DEFINITIONS, Row};
use crate::service::Failure;
use crate::store::desk::report as stored;

/// A report.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// All together first, then by name.
    pub rows: Vec<Row>,
    /// Conversations that the assistant settled alone, confirmed by the shopper.
    pub bot_resolved: i64,
    /// Conversations in which it answered.
    pub bot_conversations: i64,
}

impl Desk {
    /// Figures of the cases that began in a time.
    ///
    /// # Errors
    /// [`DeskRefused`].
    pub async fn report(&self, by_group: bool, from: Timestamp, to: Timestamp) -> Result<Report, DeskRefused> {
        if from >= to {
            return Err(DeskRefused::Invalid("开始要早于结束".to_owned()));
        }
        let cases = stored::cases(&self.db, from, to).await?.into_iter().map(|case| Case {
            of: if by_group { case.group_name } else { case.agent },
            resolved: case.state == "resolved",
            since: case.since,
            answered: case.answered_at,
            ended: case.ended_at,
            answer_due: case.first_due_at,
            end_due: case.resolve_due_at,
            transfers: case.transfers,
            rating: case.solved.zip(case.stars),
        });
        let rows = report::rows(&cases.collect::<Vec<_>>());
        let (bot_resolved, bot_conversations) = stored::settled_by_the_assistant(&self.db, from, to).await?;
        Ok(Report { rows, bot_resolved, bot_conversations })
    }
}

impl Report {
    /// As CSV with Chinese headings and a byte order mark, without which spreadsheets take it for another encoding.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be written.
    pub fn csv(&self) -> Result<String, Failure> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let written = |error: csv::Error| Failure::inside("csv", &error);
        writer.write_record(DEFINITIONS.iter().take(12).map(|(_, title, _)| *title)).map_err(written)?;
        for row in &self.rows {
            let number = |number: Option<f64>| number.map_or(String::new(), |number| format!("{number:.3}"));
            let cells = [
                report::neutral(&row.name),
                row.volume.to_string(),
                row.resolved.to_string(),
                number(row.first_answer_p50_s),
                number(row.first_answer_p90_s),
                number(row.first_answer_in_time),
                number(row.resolution_p50_s),
                number(row.resolution_in_time),
                number(row.transfer_rate),
                number(row.solved_rate),
                number(row.stars),
                row.rated.to_string(),
            ];
            writer.write_record(cells).map_err(written)?;
        }
        let bytes = writer.into_inner().map_err(|error| Failure::inside("csv", &error))?;
        Ok(format!("\u{feff}{}", String::from_utf8_lossy(&bytes)))
    }
}
