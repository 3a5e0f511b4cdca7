//! Days of the calendar in the shop's time zone, China Standard Time (UTC+8, no daylight saving).

use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

const DAY_MS: i64 = 86_400_000;

/// China Standard Time is this far ahead of UTC.
const ZONE_MS: i64 = 8 * 3_600_000;

/// A day, as days since 1970-01-01; `2026-11-18` in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date(pub i64);

impl TryFrom<String> for Date {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

impl Date {
    /// The day on which a moment lies in China.
    pub fn of(at: Timestamp) -> Self {
        Self(at.china_day())
    }

    /// A day of the proleptic Gregorian calendar; none where there is no such day (Howard Hinnant, "chrono-Compatible
    /// Low-Level Date Algorithms").
    pub fn new(year: i64, month: i64, day: i64) -> Option<Self> {
        let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        let days = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let longest = *days.get(usize::try_from(month - 1).ok()?)?;
        if !(1..=longest).contains(&day) {
            return None;
        }
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let of_era = year - era * 400;
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        Some(Self(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468))
    }

    /// Year, month from 1, day from 1.
    pub fn parts(self) -> (i64, i64, i64) {
        let days = self.0 + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let years = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * years + years / 4 - years / 100);
        let shifted = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        (years + era * 400 + i64::from(month <= 2), month, day)
    }

    /// 0 for Monday to 6 for Sunday.
    pub fn weekday(self) -> i64 {
        // 1970-01-01 was a Thursday.
        (self.0 + 3).rem_euclid(7)
    }

    /// This day and so many more.
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        Self(self.0 + days)
    }

    /// Its first moment.
    pub fn begin(self) -> Timestamp {
        Timestamp(self.0 * DAY_MS - ZONE_MS)
    }

    /// Its last moment.
    pub fn end(self) -> Timestamp {
        Timestamp(self.plus(1).begin().0 - 1)
    }

    /// `11月18日`.
    pub fn in_words(self) -> String {
        let (_, month, day) = self.parts();
        format!("{month}月{day}日")
    }
}

/// `2026-11-18`.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// Reads `2026-11-18`.
impl FromStr for Date {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} 不是日期，应当形如 2026-11-23");
        let parts: Vec<&str> = text.split('-').collect();
        let [year, month, day] = parts[..] else { return Err(wrong()) };
        if (year.len(), month.len(), day.len()) != (4, 2, 2) {
            return Err(wrong());
        }
        let number = |part: &str| part.parse::<i64>().map_err(|_| wrong());
        Self::new(number(year)?, number(month)?, number(day)?).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_as_the_calendar_does() {
        for (text, days) in [("1970-01-01", 0), ("2000-03-01", 11_017), ("2026-11-25", 20_782), ("2024-02-29", 19_782)]
        {
            assert_eq!(text.parse(), Ok(Date(days)));
            assert_eq!(Date(days).to_string(), text);
        }
        for bad in ["2026-02-29", "2026-13-01", "2026-1-1", "", "2026-01-01-1", "abcd-ef-gh"] {
            assert!(bad.parse::<Date>().is_err(), "{bad}");
        }
        assert_eq!("2026-11-25".parse::<Date>().unwrap().weekday(), 2);
        assert_eq!("2026-11-25".parse::<Date>().unwrap().in_words(), "11月25日");
    }

    #[test]
    fn days_end_at_midnight_in_china() {
        // 2026-11-23T23:59:59.999+08:00
        assert_eq!("2026-11-23".parse::<Date>().unwrap().end(), Timestamp(1_795_449_599_999));
        assert_eq!(Date::of(Timestamp(1_795_449_600_000)).to_string(), "2026-11-24");
    }
}
