//! What the routes of this folder share.

use crate::marketing::lift::Lift;
use crate::marketing::profile::Field;
use crate::marketing::report::Figures;
use crate::marketing::segment::Line;
use crate::marketing::sending::Refusal;
use serde::Serialize;
use utoipa::ToSchema;

/// A condition of a rule as it stands for a person.
#[derive(Serialize, ToSchema)]
pub(super) struct LineView {
    /// `订单数 4 单（>= 3）`
    text: String,
    holds: bool,
}

impl From<Line> for LineView {
    fn from(Line { text, holds }: Line) -> Self {
        Self { text, holds }
    }
}

/// Why something is not sent, and how often.
#[derive(Serialize, ToSchema)]
pub(super) struct ReasonView {
    reason: Refusal,
    /// In Chinese.
    title: &'static str,
    count: i64,
}

impl ReasonView {
    pub(super) fn new(reason: Refusal, count: i64) -> Self {
        Self { reason, title: reason.title(), count }
    }

    /// The most frequent first.
    pub(super) fn rank(&self) -> std::cmp::Reverse<i64> {
        std::cmp::Reverse(self.count)
    }
}

/// A difference of shares with its interval of 95 %.
#[derive(Serialize, ToSchema)]
pub(super) struct LiftView {
    value: f64,
    lower: f64,
    upper: f64,
}

impl From<Lift> for LiftView {
    fn from(Lift { value, lower, upper }: Lift) -> Self {
        Self { value, lower, upper }
    }
}

/// Figures of a variant, of all of them, or of those held out.
#[derive(Serialize, ToSchema)]
pub(super) struct FiguresView {
    persons: u64,
    sent: u64,
    seen: u64,
    clicked: u64,
    unsubscribed: u64,
    failed: u64,
    withdrawn: u64,
    bought: u64,
}

impl From<Figures> for FiguresView {
    fn from(figures: Figures) -> Self {
        let Figures { persons, sent, seen, clicked, unsubscribed, failed, withdrawn, bought } = figures;
        Self { persons, sent, seen, clicked, unsubscribed, failed, withdrawn, bought }
    }
}

/// A name as many may see it: the first character.
pub(super) fn masked(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| format!("{first}{}", "*".repeat(chars.count().max(1)))).unwrap_or_default()
}

/// The name of a field on the wire.
pub(super) fn wire_name(field: Field) -> String {
    serde_json::to_value(field).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}
