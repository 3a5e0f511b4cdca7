//! A change in words: which fields were different, before and after, and what exactly.

use crate::clock::Timestamp;
use crate::model::catalogue::Money;
use crate::model::publication::{Change, Part};
use crate::text::difference::{Kind, Piece, pieces};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// One field that is different.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldChange {
    /// Its name.
    pub field: String,
    /// What it said; lists have a line for each value.
    pub before: String,
    /// What it says.
    pub after: String,
    /// The difference in reading order, each piece `same`, `removed` or `added`.
    #[schema(value_type = Vec<Object>)]
    pub pieces: Vec<Piece>,
}

/// The order in which fields of an entry are shown; others follow by name.
const ORDER: [&str; 11] = [
    "category",
    "question",
    "similar",
    "answer",
    "quick_replies",
    "related",
    "products",
    "valid_from",
    "valid_until",
    "variants",
    "tags",
];

/// The fields of a change that are different; a thing that is new or gone has all its fields.
pub fn of_change(change: &Change) -> Vec<FieldChange> {
    of_values(change.part, change.before.as_ref(), change.after.as_ref())
}

/// The same for two values of a part.
pub(super) fn of_values(part: Part, before: Option<&Value>, after: Option<&Value>) -> Vec<FieldChange> {
    let empty = Map::new();
    let object = |value: Option<&Value>| match value {
        Some(Value::Object(fields)) => Some(fields.clone()),
        None => Some(empty.clone()),
        Some(_) => None,
    };
    let (Some(before_fields), Some(after_fields)) = (object(before), object(after)) else {
        let text = |value: Option<&Value>| value.map(|value| in_words("", value)).unwrap_or_default();
        return field(part.name(), text(before), text(after)).into_iter().collect();
    };
    let names: BTreeSet<&String> =
        before_fields.keys().chain(after_fields.keys()).filter(|name| *name != "id").collect();
    let mut names: Vec<&String> = names.into_iter().collect();
    names.sort_by_key(|name| ORDER.iter().position(|known| known == name).unwrap_or(ORDER.len()));
    let text = |fields: &Map<String, Value>, name: &String| {
        fields.get(name).map(|value| in_words(name, value)).unwrap_or_default()
    };
    names.into_iter().filter_map(|name| field(name, text(&before_fields, name), text(&after_fields, name))).collect()
}

fn field(name: &str, before: String, after: String) -> Option<FieldChange> {
    if before == after {
        return None;
    }
    let pieces = match (before.is_empty(), after.is_empty()) {
        (true, _) => vec![Piece { kind: Kind::Added, text: after.clone() }],
        (_, true) => vec![Piece { kind: Kind::Removed, text: before.clone() }],
        _ => pieces(&before, &after),
    };
    Some(FieldChange { field: name.to_owned(), before, after, pieces })
}

/// A value as people read it.
fn in_words(name: &str, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(is) => if *is { "是" } else { "否" }.to_owned(),
        Value::Number(number) => match (name, number.as_i64()) {
            ("valid_from" | "valid_until", Some(at)) => in_china(Timestamp(at)),
            ("price" | "original_price", Some(fen)) => Money(fen).to_string(),
            _ => number.to_string(),
        },
        Value::Array(values) => values.iter().map(one_line).collect::<Vec<_>>().join("\n"),
        Value::Object(fields) => {
            let lines = fields.iter().map(|(name, value)| format!("{name}: {}", one_line(value)));
            lines.collect::<Vec<_>>().join("\n")
        }
    }
}

/// An element of a list on one line.
fn one_line(value: &Value) -> String {
    match value {
        Value::Array(values) => values.iter().map(one_line).collect::<Vec<_>>().join(" "),
        Value::Object(fields) => {
            let parts = fields.values().filter(|value| !value.is_null()).map(one_line);
            parts.collect::<Vec<_>>().join(" ")
        }
        other => in_words("", other),
    }
}

/// A moment in China Standard Time: `2026-11-11 00:00:00`.
pub(super) fn in_china(at: Timestamp) -> String {
    let seconds = (at.0 + 8 * 3_600_000).div_euclid(1_000);
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let second = seconds.rem_euclid(86_400);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60)
}

/// A moment from its text in China Standard Time; the time of day may be left out or have no seconds, and the parts of
/// the date may be parted by `-`, `/` or `.`.
pub(super) fn from_china(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let (date, time) = text.split_once([' ', 'T']).unwrap_or((text, "00:00:00"));
    let mut parts = date.split(['-', '/', '.']).map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let mut parts = time.trim().split(':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next().unwrap_or(Some(0))?, parts.next().unwrap_or(Some(0))?);
    let fits = (1970..10_000).contains(&year)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..60).contains(&second);
    let days = days_from_civil(year, month, day);
    (fits && civil(days) == (year, month, day))
        .then(|| Timestamp(((days * 86_400 + hour * 3_600 + minute * 60 + second) - 8 * 3_600) * 1_000))
}

/// Year, month and day of a day since 1970 (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::knowledge::{Extras, FaqEntry};

    #[test]
    fn moments_are_written_and_read_in_china_time() {
        let at = from_china("2026-11-11").expect("a date");
        assert_eq!(in_china(at), "2026-11-11 00:00:00");
        assert_eq!(at.0, 1_794_326_400_000);
        assert_eq!(from_china("2026/2/29"), None);
        assert_eq!(from_china("2028.2.29 8:05").map(in_china).as_deref(), Some("2028-02-29 08:05:00"));
        assert_eq!(from_china("明天"), None);
        for day in (0..60_000).step_by(37) {
            let (year, month, date) = civil(day);
            assert_eq!(days_from_civil(year, month, date), day);
        }
    }

    #[test]
    fn fields_are_named_in_the_order_of_the_form() {
        let before =
            FaqEntry { id: "a".into(), question: "问".into(), answer: "满 59 元".into(), ..FaqEntry::default() };
        let extras =
            Extras { tags: vec!["x".into(), "y".into()], valid_until: Some(Timestamp(0)), ..Extras::default() };
        let after = FaqEntry { answer: "满 99 元".into(), similar: vec!["甲".into()], extras, ..before.clone() };
        let change = Change::entry(Some(&before), Some(&after)).expect("JSON").expect("a change");
        let fields = of_change(&change);
        let named: Vec<(&str, &str)> = fields.iter().map(|one| (one.field.as_str(), one.after.as_str())).collect();
        let expected =
            [("similar", "甲"), ("answer", "满 99 元"), ("valid_until", "1970-01-01 08:00:00"), ("tags", "x\ny")];
        assert_eq!(named, expected);
    }
}
