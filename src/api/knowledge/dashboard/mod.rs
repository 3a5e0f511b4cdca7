//! Figures that people look at: totals, series and tables, each with the period before, and as CSV.

mod entries;
mod feelings;
mod overview;
mod questions;
mod recommendations;

use super::files::attachment;
use crate::api::ApiState;
use crate::api::error::{ApiError, ApiResult};
use crate::service::knowledge::dashboard::Period;
use crate::service::knowledge::{FileFormat, csv_of};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

/// The routes of this folder.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(overview::routes())
        .merge(questions::routes())
        .merge(feelings::routes())
        .merge(entries::routes())
        .merge(recommendations::routes())
}

/// Which stretch of time.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PeriodQuery {
    /// Milliseconds since 1970 UTC; seven days before `to` where it is left out.
    from: Option<i64>,
    /// Now where it is left out.
    to: Option<i64>,
    /// `hour`, `day` or `week`.
    #[serde(default)]
    step: String,
    /// `json`, `csv` or `xlsx`.
    #[serde(default)]
    format: String,
}

impl PeriodQuery {
    fn period(&self, state: &ApiState) -> Result<Period, ApiError> {
        Ok(Period::new(self.from, self.to, &self.step, state.keeper.now())?)
    }

    fn file(&self) -> Option<FileFormat> {
        FileFormat::parse(&self.format).filter(|_| !self.format.is_empty())
    }
}

/// Rows of objects as a file; the heading is in the order of `fields`.
fn file(name: &str, fields: &[&str], rows: &[Value], format: FileFormat) -> ApiResult<Response> {
    let cell = |value: Option<&Value>| match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| fields.iter().map(|field| cell(row.get(field))).collect()).collect();
    Ok(attachment(name, format, csv_of(name, fields, &rows, format)?))
}

fn values<T: Serialize>(rows: &[T]) -> Vec<Value> {
    rows.iter().map(|row| serde_json::to_value(row).unwrap_or_default()).collect()
}
