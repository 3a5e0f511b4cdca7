//! Days as people name them: 昨天, 上周三, 11月18号, 三天前. What was read depends on the words alone; the day that is
//! meant is found with [`DayMention::resolve`] once somebody says what today is.

use crate::model::date::Date;
use crate::text::entity::number;
use regex::{Captures, Regex};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// A day as it was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayMention {
    /// So many days ago: 昨天, 三天前.
    Ago(i64),
    /// A day of the week, counted from Monday as 0, so many weeks ago: 上周三, 周日.
    Weekday {
        /// 0 for this week.
        weeks_ago: i64,
        /// 0 for Monday.
        weekday: i64,
    },
    /// A day of a month, or of the running one: 11月18号, 18号.
    OfMonth {
        /// From 1.
        month: Option<i64>,
        /// From 1.
        day: i64,
    },
    /// With its year: 2026-11-18.
    Full(Date),
}

impl DayMention {
    /// The day that is meant: the newest such day that is not in the future.
    pub fn resolve(self, today: Date) -> Option<Date> {
        let (year, month, _) = today.parts();
        match self {
            Self::Ago(days) => Some(today.plus(-days)),
            Self::Weekday { weeks_ago, weekday } => {
                let day = today.plus(weekday - today.weekday() - 7 * weeks_ago);
                Some(if day > today { day.plus(-7) } else { day })
            }
            Self::OfMonth { month: Some(month), day } => {
                Date::new(year, month, day).filter(|day| *day <= today).or_else(|| Date::new(year - 1, month, day))
            }
            Self::OfMonth { month: None, day } => {
                let before = if month == 1 { (year - 1, 12) } else { (year, month - 1) };
                let this = Date::new(year, month, day).filter(|day| *day <= today);
                this.or_else(|| Date::new(before.0, before.1, day))
            }
            Self::Full(date) => Some(date),
        }
    }
}

const NUMERAL: &str = "[0-9一二两三四五六七八九十]{1,3}";

/// A form of a day and how it is read.
type Rule = (Regex, fn(&Captures<'_>) -> Option<DayMention>);

static RULES: LazyLock<[Rule; 6]> = LazyLock::new(|| {
    [
        (rule(r"(20\d\d)\s*[-年/.]\s*(\d{1,2})\s*[-月/.]\s*(\d{1,2})"), full),
        (rule(&format!("({NUMERAL})月({NUMERAL})[日号]?")), of_month),
        (rule(&format!("({NUMERAL})天(?:以)?前")), days_ago),
        (rule("(上上|上|这|本)?个?(?:周|星期|礼拜)([一二三四五六日天])"), weekday),
        (rule("大前天|前天|昨[天晚日]|今[天早晚日]"), named),
        (rule(&format!("(?:^|[^0-9月一二三四五六七八九十])({NUMERAL})号")), day_of_month),
    ]
});

fn rule(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is part of the program and covered by tests")
}

/// The days that a normalised text names, each once.
pub fn days(normal: &str) -> Vec<DayMention> {
    let mut found = Vec::new();
    if !normal.contains(['天', '号', '日', '月', '周', '期', '拜', '-', '/', '.', '晚', '早', '年']) {
        return found;
    }
    let mut rest = normal.to_owned();
    for (rule, read) in RULES.iter() {
        found.extend(rule.captures_iter(&rest).filter_map(|captures| read(&captures)));
        // What one rule has read is not read again by the next: the 18号 of 11月18号.
        rest = rule.replace_all(&rest, " ").into_owned();
    }
    found
}

fn integer(text: &str) -> Option<i64> {
    #[allow(clippy::cast_possible_truncation)]
    number(text).map(|value| value as i64)
}

fn full(found: &Captures<'_>) -> Option<DayMention> {
    Date::new(found[1].parse().ok()?, found[2].parse().ok()?, found[3].parse().ok()?).map(DayMention::Full)
}

fn of_month(found: &Captures<'_>) -> Option<DayMention> {
    let (month, day) = (integer(&found[1])?, integer(&found[2])?);
    ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some(DayMention::OfMonth { month: Some(month), day })
}

fn day_of_month(found: &Captures<'_>) -> Option<DayMention> {
    integer(&found[1]).filter(|day| (1..=31).contains(day)).map(|day| DayMention::OfMonth { month: None, day })
}

fn days_ago(found: &Captures<'_>) -> Option<DayMention> {
    integer(&found[1]).map(DayMention::Ago)
}

fn weekday(found: &Captures<'_>) -> Option<DayMention> {
    let weeks_ago = match found.get(1).map(|word| word.as_str()) {
        Some("上上") => 2,
        Some("上") => 1,
        _ => 0,
    };
    let weekday = "一二三四五六日".chars().position(|name| found[2].starts_with(name)).unwrap_or(6);
    Some(DayMention::Weekday { weeks_ago, weekday: i64::try_from(weekday).ok()? })
}

fn named(found: &Captures<'_>) -> Option<DayMention> {
    Some(DayMention::Ago(match found[0].chars().next()? {
        '大' => 3,
        '前' => 2,
        '昨' => 1,
        _ => 0,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_as_people_name_them() {
        // A Thursday.
        let today: Date = "2026-11-26".parse().unwrap();
        for (text, expected) in [
            ("昨天买的那单", vec!["2026-11-25"]),
            ("前天晚上下的", vec!["2026-11-24"]),
            ("大前天", vec!["2026-11-23"]),
            ("上周三买的", vec!["2026-11-18"]),
            ("上个星期天", vec!["2026-11-22"]),
            ("周二下的单", vec!["2026-11-24"]),
            ("周六那单", vec!["2026-11-21"]),
            ("11月18号的订单", vec!["2026-11-18"]),
            ("十一月十八日", vec!["2026-11-18"]),
            ("18号买的", vec!["2026-11-18"]),
            ("28号买的", vec!["2026-10-28"]),
            ("12月1号", vec!["2025-12-01"]),
            ("2026年11月3日", vec!["2026-11-03"]),
            ("2026-11-03", vec!["2026-11-03"]),
            ("三天前", vec!["2026-11-23"]),
            ("我的快递", vec![]),
            ("42号的鞋", vec![]),
            ("今天天气", vec!["2026-11-26"]),
        ] {
            let read: Vec<String> =
                days(text).into_iter().filter_map(|day| day.resolve(today)).map(|day| day.to_string()).collect();
            assert_eq!(read, expected, "{text}");
        }
    }
}
