//! Business hours: whether people answer, when they will, and how much business time lies between two moments.
//!
//! Days are those of China Standard Time (UTC+8, no daylight saving), so a day always has 24 hours and business time
//! is a sum of stretches. What is due is stored as a moment: [`Hours::add`] counts the hours in once.

use crate::clock::Timestamp;
use crate::model::date::Date;
use crate::model::desk::{OpeningHours, Stretch};
use std::collections::HashMap;
use std::time::Duration;

const DAY: i64 = 86_400_000;
const ZONE: i64 = 8 * 3_600_000;
const MINUTE: i64 = 60_000;

/// Days that are looked ahead: a shop that does not open within them never does.
const HORIZON: i64 = 400;

/// Opening hours, ready to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// Monday first.
    week: [Vec<Stretch>; 7],
    /// By day since 1970-01-01.
    special: HashMap<i64, Vec<Stretch>>,
}

impl Hours {
    /// Reads opening hours.
    ///
    /// # Errors
    /// What is wrong with them, in Chinese.
    pub fn read(hours: &OpeningHours) -> Result<Self, String> {
        let week: [Vec<Stretch>; 7] =
            hours.week.clone().try_into().map_err(|_| "营业时间要有星期一到星期日七天".to_owned())?;
        for day in week.iter().chain(hours.special.iter().map(|special| &special.open)) {
            check(day)?;
        }
        let special = hours.special.iter().map(|special| {
            let day: Date = special.date.parse()?;
            Ok((day.0, special.open.clone()))
        });
        Ok(Self { week, special: special.collect::<Result<_, String>>()? })
    }

    /// Whether people answer.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.stretches(at.china_day()).any(|(from, to)| from <= at.0 && at.0 < to)
    }

    /// The next moment from here on at which people answer; none where they never do.
    pub fn next_open(&self, at: Timestamp) -> Option<Timestamp> {
        let today = at.china_day();
        let mut stretches = (today..today + HORIZON).flat_map(|day| self.stretches(day));
        stretches.find(|(_, to)| *to > at.0).map(|(from, _)| Timestamp(from.max(at.0)))
    }

    /// The next moment at which open turns to closed or closed to open.
    pub fn changes_at(&self, at: Timestamp) -> Option<Timestamp> {
        if !self.is_open(at) {
            return self.next_open(at);
        }
        // Stretches that touch at midnight are one.
        let today = at.china_day();
        let mut end = at.0;
        for (from, to) in (today..today + HORIZON).flat_map(|day| self.stretches(day)).filter(|(_, to)| *to > at.0) {
            if from > end {
                return Some(Timestamp(end));
            }
            end = to;
        }
        (end > at.0 && end < (today + HORIZON) * DAY - ZONE).then_some(Timestamp(end))
    }

    /// Business time between two moments; none where the second lies before the first.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> Duration {
        let days = from.china_day()..=to.china_day();
        let overlaps = days.flat_map(|day| self.stretches(day)).map(|(start, end)| end.min(to.0) - start.max(from.0));
        let sum: i64 = overlaps.filter(|overlap| *overlap > 0).sum();
        Duration::from_millis(u64::try_from(sum).unwrap_or(0))
    }

    /// The first moment by which so much business time has passed; the end of the horizon where it never does.
    pub fn add(&self, at: Timestamp, time: Duration) -> Timestamp {
        let mut left = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        let today = at.china_day();
        for (from, to) in (today..today + HORIZON).flat_map(|day| self.stretches(day)).filter(|(_, to)| *to > at.0) {
            let from = from.max(at.0);
            if to - from >= left {
                return Timestamp(from + left);
            }
            left -= to - from;
        }
        Timestamp((today + HORIZON) * DAY)
    }

    /// The stretches of a day, in milliseconds since 1970 UTC.
    fn stretches(&self, day: i64) -> impl Iterator<Item = (i64, i64)> {
        // 1970-01-01 was a Thursday.
        let weekday = usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0);
        let midnight = day * DAY - ZONE;
        let stretches = self.special.get(&day).unwrap_or(&self.week[weekday]);
        stretches
            .iter()
            .map(move |one| (midnight + i64::from(one.from) * MINUTE, midnight + i64::from(one.to) * MINUTE))
    }
}

fn check(day: &[Stretch]) -> Result<(), String> {
    let whole = day.iter().all(|one| one.from < one.to && one.to <= 24 * 60);
    let ordered = day.windows(2).all(|pair| pair[0].to <= pair[1].from);
    if whole && ordered {
        Ok(())
    } else {
        Err("一天里的营业时间要从早到晚、互不重叠，最晚到 24:00".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::desk::SpecialDay;
    use proptest::prelude::*;

    /// 2026-01-05, a Monday, at so many minutes since midnight in China.
    fn monday(minutes: i64) -> Timestamp {
        Timestamp("2026-01-05".parse::<Date>().unwrap().begin().0 + minutes * MINUTE)
    }

    fn office() -> Hours {
        let day = vec![Stretch { from: 9 * 60, to: 12 * 60 }, Stretch { from: 13 * 60, to: 18 * 60 }];
        let mut week = vec![day; 5];
        week.extend([Vec::new(), Vec::new()]);
        let special = vec![
            SpecialDay { date: "2026-01-06".into(), open: Vec::new() },
            SpecialDay { date: "2026-01-10".into(), open: vec![Stretch { from: 600, to: 660 }] },
        ];
        Hours::read(&OpeningHours { week, special }).unwrap()
    }

    #[test]
    fn lunch_nights_weekends_and_holidays_are_closed() {
        let hours = office();
        assert!(hours.is_open(monday(9 * 60)) && !hours.is_open(monday(12 * 60)) && !hours.is_open(monday(18 * 60)));
        assert!(!hours.is_open(monday(24 * 60 + 600)), "a holiday");
        assert!(hours.is_open(monday(5 * 24 * 60 + 601)), "a working Saturday");
        // Ten minutes before Monday's end, half an hour of business time: Tuesday is a holiday.
        let due = hours.add(monday(18 * 60 - 10), Duration::from_secs(30 * 60));
        assert_eq!(due, monday(2 * 24 * 60 + 9 * 60 + 20));
        assert_eq!(hours.next_open(monday(12 * 60 + 5)), Some(monday(13 * 60)));
        assert_eq!(hours.changes_at(monday(10 * 60)), Some(monday(12 * 60)));
    }

    #[test]
    fn a_shop_that_never_opens_promises_nothing() {
        let never = Hours::read(&OpeningHours { week: vec![Vec::new(); 7], special: Vec::new() }).unwrap();
        assert_eq!((never.next_open(monday(0)), never.changes_at(monday(0))), (None, None));
        let day = vec![Stretch { from: 0, to: 24 * 60 }];
        let always = Hours::read(&OpeningHours { week: vec![day; 7], special: Vec::new() }).unwrap();
        assert_eq!(always.changes_at(monday(5)), None);
        assert!(Hours::read(&OpeningHours { week: vec![Vec::new(); 6], special: Vec::new() }).is_err());
    }

    fn any_hours() -> impl Strategy<Value = Hours> {
        let stretch = prop::collection::btree_set(0_u16..=1_440, 0..6).prop_map(|points| {
            let points: Vec<u16> = points.into_iter().collect();
            points.chunks_exact(2).map(|pair| Stretch { from: pair[0], to: pair[1] }).collect::<Vec<_>>()
        });
        let special = prop::collection::hash_map(20_458_i64..20_480, stretch.clone(), 0..4);
        (prop::collection::vec(stretch, 7), special)
            .prop_map(|(week, special)| Hours { week: week.try_into().unwrap(), special })
    }

    proptest! {
        #[test]
        fn business_time_adds_up(hours in any_hours(), a in 0_i64..20 * DAY, b in 0_i64..20 * DAY, c in 0_i64..20 * DAY) {
            let mut moments = [a, b, c].map(|at| monday(0).0 + at);
            moments.sort_unstable();
            let [a, b, c] = moments.map(Timestamp);
            prop_assert_eq!(hours.between(a, b) + hours.between(b, c), hours.between(a, c));
            prop_assert!(hours.between(a, c) <= c.since(a));
            prop_assert_eq!(hours.between(c, a), if a == c { hours.between(a, a) } else { Duration::ZERO });
        }

        #[test]
        fn what_is_due_is_due_after_just_that_time(hours in any_hours(), at in 0_i64..20 * DAY, time in 1_u64..40 * 3_600_000) {
            let (at, time) = (Timestamp(monday(0).0 + at), Duration::from_millis(time));
            let due = hours.add(at, time);
            prop_assert!(due >= at);
            if due.china_day() < at.china_day() + HORIZON - 1 {
                prop_assert_eq!(hours.between(at, due), time);
                prop_assert!(hours.between(at, Timestamp(due.0 - 1)) < time, "not later than needed");
                prop_assert!(hours.add(at, time + Duration::from_millis(1)) > due);
            }
        }

        #[test]
        fn it_opens_when_it_says(hours in any_hours(), at in 0_i64..20 * DAY) {
            let at = Timestamp(monday(0).0 + at);
            if let Some(open) = hours.next_open(at) {
                prop_assert!(hours.is_open(open) && open >= at);
                prop_assert_eq!(hours.between(at, open), Duration::ZERO);
            }
            if let Some(change) = hours.changes_at(at) {
                prop_assert!(change > at);
                prop_assert_ne!(hours.is_open(change), hours.is_open(at));
            }
        }
    }
}
