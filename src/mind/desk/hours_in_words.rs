//! Business hours as shoppers read them: `周一至周五 9:00-18:00，周六、周日 10:00-17:00`, and when people are back.

use crate::clock::Timestamp;
use crate::desk::hours::Hours;
use crate::model::date::Date;
use crate::model::desk::{OpeningHours, Stretch};

const DAYS: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];

/// The hours of a usual week; days with the same hours are named together. Special days are left out.
pub fn week(hours: &OpeningHours) -> String {
    let mut kinds: Vec<(&Vec<Stretch>, Vec<usize>)> = Vec::new();
    for (day, open) in hours.week.iter().enumerate().filter(|(_, open)| !open.is_empty()) {
        match kinds.iter_mut().find(|(known, _)| *known == open) {
            Some((_, days)) => days.push(day),
            None => kinds.push((open, vec![day])),
        }
    }
    let texts: Vec<String> = kinds.iter().map(|(open, days)| format!("{} {}", days_of(days), times(open))).collect();
    if texts.is_empty() { "暂未安排".to_owned() } else { texts.join("，") }
}

/// `每天`, `周一至周五`, `周一、周三`.
fn days_of(days: &[usize]) -> String {
    let in_row = days.windows(2).all(|pair| pair[1] == pair[0] + 1);
    match days {
        [0, 1, 2, 3, 4, 5, 6] => "每天".to_owned(),
        [first, .., last] if in_row && days.len() > 2 => format!("{}至{}", DAYS[*first], DAYS[*last]),
        _ => days.iter().map(|day| DAYS[*day]).collect::<Vec<_>>().join("、"),
    }
}

fn times(open: &[Stretch]) -> String {
    let time = |minutes: u16| format!("{}:{:02}", minutes / 60, minutes % 60);
    let text = |one: &Stretch| match (one.from, one.to) {
        (0, 1_440) => "全天".to_owned(),
        (from, to) => format!("{}-{}", time(from), time(to)),
    };
    open.iter().map(text).collect::<Vec<_>>().join("、")
}

/// When people are back: `今天 14:00`, `明天 9:00`, `周三 9:00`, `10月8日 9:00`; none where they never are.
pub fn back_at(hours: &Hours, now: Timestamp) -> Option<String> {
    let at = hours.next_open(now)?;
    let day = Date::of(at);
    let minutes = (at.0 - day.begin().0) / 60_000;
    let date = match day.0 - Date::of(now).0 {
        0 => "今天".to_owned(),
        1 => "明天".to_owned(),
        2..=6 => DAYS[usize::try_from(day.weekday()).unwrap_or(0)].to_owned(),
        _ => day.in_words(),
    };
    Some(format!("{date} {}:{:02}", minutes / 60, minutes % 60))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::desk::SpecialDay;

    fn stretch(from: u16, to: u16) -> Stretch {
        Stretch { from: from * 60, to: to * 60 }
    }

    #[test]
    fn days_with_the_same_hours_are_named_together() {
        let (work, rest) = (vec![stretch(9, 12), stretch(13, 18)], vec![stretch(10, 17)]);
        let mut hours = OpeningHours { week: vec![work; 5], special: Vec::new() };
        hours.week.extend([rest.clone(), rest]);
        assert_eq!(week(&hours), "周一至周五 9:00-12:00、13:00-18:00，周六、周日 10:00-17:00");
        assert_eq!(week(&OpeningHours::default()), "每天 9:00-22:00");
        hours.week = vec![Vec::new(); 7];
        assert_eq!(week(&hours), "暂未安排");
        hours.week[2] = vec![stretch(0, 24)];
        assert_eq!(week(&hours), "周三 全天");
    }

    #[test]
    fn the_way_back_is_told_as_people_tell_it() {
        // Monday, 2026-11-23, 23:00 in China.
        let now = Timestamp(1_795_446_000_000);
        let back = |hours: &OpeningHours| back_at(&Hours::read(hours).expect("hours"), now);
        assert_eq!(back(&OpeningHours::default()).as_deref(), Some("明天 9:00"));
        let mut hours = OpeningHours { week: vec![Vec::new(); 7], special: Vec::new() };
        assert_eq!(back(&hours), None);
        hours.week[3] = vec![Stretch { from: 570, to: 600 }];
        assert_eq!(back(&hours).as_deref(), Some("周四 9:30"));
        hours.week[3].clear();
        hours.special.push(SpecialDay { date: "2026-12-08".to_owned(), open: vec![stretch(9, 10)] });
        assert_eq!(back(&hours).as_deref(), Some("12月8日 9:00"));
    }
}
