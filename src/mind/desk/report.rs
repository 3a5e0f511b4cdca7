//! The figures of the desk, each with its definition beside it.

use std::collections::BTreeMap;

/// A case, as far as figures care; moments in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Case {
    /// The agent or group that it is counted for.
    pub of: Option<String>,
    /// Whether it is resolved.
    pub resolved: bool,
    /// When it began.
    pub since: i64,
    /// When an agent answered first.
    pub answered: Option<i64>,
    /// When it was resolved.
    pub ended: Option<i64>,
    /// Target of the first answer.
    pub answer_due: i64,
    /// Target of the resolution.
    pub end_due: i64,
    /// Times that it was handed on.
    pub transfers: i64,
    /// 已解决 or 未解决, and stars.
    pub rating: Option<(bool, i64)>,
}

/// The figures of one agent or group, or of all.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row {
    /// Whose.
    pub name: String,
    /// See [`DEFINITIONS`].
    pub volume: i64,
    /// See [`DEFINITIONS`].
    pub resolved: i64,
    /// See [`DEFINITIONS`]; seconds.
    pub first_answer_p50_s: Option<f64>,
    /// See [`DEFINITIONS`]; seconds.
    pub first_answer_p90_s: Option<f64>,
    /// See [`DEFINITIONS`].
    pub first_answer_in_time: Option<f64>,
    /// See [`DEFINITIONS`]; seconds.
    pub resolution_p50_s: Option<f64>,
    /// See [`DEFINITIONS`].
    pub resolution_in_time: Option<f64>,
    /// See [`DEFINITIONS`].
    pub transfer_rate: Option<f64>,
    /// See [`DEFINITIONS`].
    pub solved_rate: Option<f64>,
    /// See [`DEFINITIONS`].
    pub stars: Option<f64>,
    /// See [`DEFINITIONS`].
    pub rated: i64,
}

/// Field, heading, definition.
pub const DEFINITIONS: [(&str, &str, &str); 14] = [
    ("name", "名称", "客服或技能组；“全部”是所有会话，“无”是还没有人接待或不属于任何组的会话"),
    ("volume", "会话量", "在这段时间里开始要求人工的会话数，包括取消的和还没结束的"),
    ("resolved", "已办结", "其中由客服办结的会话数"),
    (
        "first_answer_p50_s",
        "首次响应中位数（秒）",
        "从要求人工到客服发出第一句话的时间，一半的会话不超过它；没有响应的不计",
    ),
    ("first_answer_p90_s", "首次响应九成（秒）", "同上，九成的会话不超过它"),
    ("first_answer_in_time", "首次响应及时率", "在目标（按营业时间计）之内响应的会话，占已响应会话的比例"),
    ("resolution_p50_s", "办结时间中位数（秒）", "从要求人工到办结的时间，一半的已办结会话不超过它"),
    ("resolution_in_time", "办结及时率", "在目标（按营业时间计）之内办结的会话，占已办结会话的比例"),
    ("transfer_rate", "转接率", "至少转接过一次的会话，占会话量的比例；退回队列的掉线不算转接"),
    ("solved_rate", "解决率", "顾客评价“已解决”的会话，占有评价的会话的比例"),
    ("stars", "平均星级", "有评价的会话的平均星级，1 到 5"),
    ("rated", "评价数", "有评价的会话数"),
    (
        "bot_resolved_rate",
        "智能客服独立解决率",
        "顾客点了“已解决”且没有要求人工的会话，占智能客服回复过的会话的比例；没有表态的不算解决",
    ),
    ("bot_resolved", "智能客服独立解决", "上一项的分子；分母是 bot_conversations"),
];

/// All together first, then by name.
pub fn rows(cases: &[Case]) -> Vec<Row> {
    let mut of: BTreeMap<&str, Vec<&Case>> = BTreeMap::new();
    for case in cases {
        of.entry(case.of.as_deref().unwrap_or("无")).or_default().push(case);
    }
    let all = row("全部", &cases.iter().collect::<Vec<_>>());
    std::iter::once(all).chain(of.into_iter().map(|(name, cases)| row(name, &cases))).collect()
}

fn row(name: &str, cases: &[&Case]) -> Row {
    let count = |holds: &dyn Fn(&Case) -> bool| cases.iter().filter(|case| holds(case)).count();
    let answers = times(cases.iter().filter_map(|case| Some(case.answered? - case.since)));
    let resolved: Vec<&&Case> = cases.iter().filter(|case| case.resolved).collect();
    let ends = times(resolved.iter().filter_map(|case| Some(case.ended? - case.since)));
    let ratings: Vec<(bool, i64)> = cases.iter().filter_map(|case| case.rating).collect();
    let in_time = |at: Option<i64>, due: i64| at.is_some_and(|at| at <= due);
    Row {
        name: name.to_owned(),
        volume: cases.len() as i64,
        resolved: resolved.len() as i64,
        first_answer_p50_s: percentile(&answers, 0.5),
        first_answer_p90_s: percentile(&answers, 0.9),
        first_answer_in_time: share(count(&|case| in_time(case.answered, case.answer_due)), answers.len()),
        resolution_p50_s: percentile(&ends, 0.5),
        resolution_in_time: share(count(&|case| case.resolved && in_time(case.ended, case.end_due)), resolved.len()),
        transfer_rate: share(count(&|case| case.transfers > 0), cases.len()),
        solved_rate: share(ratings.iter().filter(|(solved, _)| *solved).count(), ratings.len()),
        stars: share(ratings.iter().map(|(_, stars)| usize::try_from(*stars).unwrap_or_default()).sum(), ratings.len()),
        rated: ratings.len() as i64,
    }
}

/// Sorted seconds.
fn times(millis: impl Iterator<Item = i64>) -> Vec<f64> {
    let mut seconds: Vec<f64> = millis.map(|millis| millis.max(0) as f64 / 1_000.0).collect();
    seconds.sort_by(f64::total_cmp);
    seconds
}

/// The smallest value that this share of the values does not exceed.
fn percentile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(place.saturating_sub(1)).copied()
}

/// A part of a whole; none of nothing.
pub fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// A cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe (OWASP, "CSV Injection").
pub fn neutral(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_of_their_definitions() {
        let case = |of: &str, answered, ended: Option<i64>, transfers, rating| Case {
            of: Some(of.into()),
            resolved: ended.is_some(),
            since: 0,
            answered,
            ended,
            answer_due: 10_000,
            end_due: 60_000,
            transfers,
            rating,
        };
        let cases = [
            case("甲", Some(5_000), Some(50_000), 0, Some((true, 5))),
            case("甲", Some(20_000), Some(90_000), 1, Some((false, 2))),
            case("乙", None, None, 0, None),
        ];
        let rows = rows(&cases);
        assert_eq!(rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["全部", "乙", "甲"]);
        let all = &rows[0];
        assert_eq!((all.volume, all.resolved, all.rated), (3, 2, 2));
        assert_eq!((all.first_answer_p50_s, all.first_answer_p90_s), (Some(5.0), Some(20.0)));
        assert_eq!((all.first_answer_in_time, all.resolution_in_time), (Some(0.5), Some(0.5)));
        assert_eq!((all.solved_rate, all.stars), (Some(0.5), Some(3.5)));
        assert!((all.transfer_rate.unwrap() - 1.0 / 3.0).abs() < 1e-9);
        assert_eq!((rows[1].first_answer_p50_s, rows[1].stars), (None, None), "nothing is no figure");
    }

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@x", "\t=1"] {
            assert_eq!(neutral(cell), format!("'{cell}"));
        }
        assert_eq!(neutral("小王"), "小王");
    }
}
