//! Segments by rules that read like a sentence: `距上次购买 <= 30 且 订单数 >= 3`.
//!
//! A rule is a list of conditions that all have to hold, or several such lists joined by 或. Whoever asks "why is this
//! person in it" gets each condition with the person's own value.

use super::rfm::{Group, Rfm, Scores};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What can be asked about a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Days since the last purchase.
    Recency,
    /// Days since the first purchase.
    Age,
    /// Number of purchases.
    Orders,
    /// Yuan spent.
    Spent,
    /// Yuan a purchase.
    Average,
    /// Score of the last purchase, from 1 to 5.
    RecencyScore,
    /// Score of the number of purchases.
    FrequencyScore,
    /// Score of what was spent.
    MonetaryScore,
    /// Yuan that are expected within a year.
    NextYear,
}

impl Field {
    const NAMES: [(Self, &'static str, &'static str); 9] = [
        (Self::Recency, "距上次购买", "天"),
        (Self::Age, "距首次购买", "天"),
        (Self::Orders, "订单数", "单"),
        (Self::Spent, "累计消费", "元"),
        (Self::Average, "客单价", "元"),
        (Self::RecencyScore, "R 分", ""),
        (Self::FrequencyScore, "F 分", ""),
        (Self::MonetaryScore, "M 分", ""),
        (Self::NextYear, "预计一年消费", "元"),
    ];

    /// The name in rules.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(known, ..)| *known == self).map_or("", |(_, name, _)| name)
    }

    fn unit(self) -> &'static str {
        Self::NAMES.iter().find(|(known, ..)| *known == self).map_or("", |(.., unit)| unit)
    }
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// `<=`
    AtMost,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `>`
    Above,
    /// `=`
    Equals,
}

impl Comparison {
    /// Longer signs first: `<=` is not `<`.
    const SIGNS: [(Self, &'static str); 5] =
        [(Self::AtMost, "<="), (Self::AtLeast, ">="), (Self::Below, "<"), (Self::Above, ">"), (Self::Equals, "=")];

    fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::AtMost => value <= limit,
            Self::AtLeast => value >= limit,
            Self::Below => value < limit,
            Self::Above => value > limit,
            Self::Equals => (value - limit).abs() < 1e-9,
        }
    }

    fn sign(self) -> &'static str {
        Self::SIGNS.iter().find(|(known, _)| *known == self).map_or("", |(_, sign)| sign)
    }
}

/// One comparison.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// What.
    pub field: Field,
    /// How.
    pub comparison: Comparison,
    /// With what.
    pub limit: f64,
}

/// A rule: any of these lists, all of whose conditions hold.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Rule(pub Vec<Vec<Condition>>);

/// What is known of a customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Known {
    /// Their purchases.
    pub rfm: Rfm,
    /// Their scores among all customers.
    pub scores: Scores,
    /// Yuan that are expected within a year.
    pub next_year: f64,
}

impl Known {
    /// A field's value.
    pub fn value(&self, field: Field) -> f64 {
        match field {
            Field::Recency => self.rfm.recency_days as f64,
            Field::Age => self.rfm.age_days as f64,
            Field::Orders => f64::from(self.rfm.orders),
            Field::Spent => self.rfm.spent.yuan(),
            Field::Average => self.rfm.average().yuan(),
            Field::RecencyScore => f64::from(self.scores.recency),
            Field::FrequencyScore => f64::from(self.scores.frequency),
            Field::MonetaryScore => f64::from(self.scores.monetary),
            Field::NextYear => self.next_year,
        }
    }

    /// The group of the scores.
    pub fn group(&self) -> Group {
        self.scores.group()
    }
}

impl Rule {
    /// Why a customer is in the segment, each condition with their own value: `订单数 4 单（>= 3）`. None where they
    /// are not in it.
    pub fn why(&self, customer: &Known) -> Option<Vec<String>> {
        let list = self.0.iter().find(|list| list.iter().all(|condition| condition.holds(customer)))?;
        Some(list.iter().map(|condition| condition.why(customer)).collect())
    }
}

impl Condition {
    fn holds(&self, customer: &Known) -> bool {
        self.comparison.holds(customer.value(self.field), self.limit)
    }

    fn why(&self, customer: &Known) -> String {
        let (value, unit) = (customer.value(self.field), self.field.unit());
        let own = format!("{} {} {unit}", self.field.name(), rounded(value));
        format!("{}（{} {}）", own.trim_end(), self.comparison.sign(), rounded(self.limit))
    }
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.field.name(), self.comparison.sign(), self.limit)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |list: &Vec<Condition>| list.iter().map(Condition::to_string).collect::<Vec<_>>().join(" 且 ");
        f.write_str(&self.0.iter().map(list).collect::<Vec<_>>().join(" 或 "))
    }
}

/// Why a rule cannot be read; the text is for the admin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("看不懂“{0}”，应当形如：距上次购买 <= 30 且 订单数 >= 3")]
pub struct BadRule(String);

impl FromStr for Rule {
    type Err = BadRule;
    fn from_str(text: &str) -> Result<Self, BadRule> {
        let list = |text: &str| text.split('且').map(str::parse).collect::<Result<Vec<Condition>, BadRule>>();
        text.split('或').map(list).collect::<Result<_, _>>().map(Self)
    }
}

impl FromStr for Condition {
    type Err = BadRule;
    fn from_str(text: &str) -> Result<Self, BadRule> {
        let text = text.trim();
        let bad = || BadRule(text.to_owned());
        let found = Comparison::SIGNS.iter().find_map(|(comparison, sign)| Some((comparison, text.split_once(sign)?)));
        let (comparison, (name, limit)) = found.ok_or_else(bad)?;
        let field = Field::NAMES.iter().find(|(_, known, _)| *known == name.trim()).ok_or_else(bad)?.0;
        let limit = limit.trim().trim_end_matches(field.unit()).trim().parse::<f64>().ok();
        let limit = limit.filter(|limit| limit.is_finite()).ok_or_else(bad)?;
        Ok(Self { field, comparison: *comparison, limit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalogue::Money;

    fn customer() -> Known {
        let rfm = Rfm { recency_days: 12, age_days: 300, orders: 4, spent: Money(100_000) };
        Known { rfm, scores: Scores { recency: 4, frequency: 5, monetary: 4 }, next_year: 1_234.567 }
    }

    #[test]
    fn a_rule_reads_as_it_is_written_and_says_why() {
        let text = "距上次购买 <= 30 且 订单数 >= 3 或 累计消费 > 5000";
        let rule: Rule = text.parse().unwrap();
        assert_eq!(rule.to_string(), text);
        assert_eq!(rule.why(&customer()).unwrap(), ["距上次购买 12 天（<= 30）", "订单数 4 单（>= 3）"]);
        let stranger = Known { rfm: Rfm { orders: 1, ..customer().rfm }, ..customer() };
        assert_eq!(rule.why(&stranger), None);
        let rule: Rule = "R 分=4 且 客单价<251元 且 预计一年消费 >= 1000".parse().unwrap();
        assert_eq!(rule.why(&customer()).unwrap()[2], "预计一年消费 1234.57 元（>= 1000）");
        assert_eq!(customer().group().title(), "重要价值客户");
    }

    #[test]
    fn what_is_no_rule_is_named() {
        for bad in ["", "订单数", "订单数 >= 三", "身高 > 180", "订单数 >= 3 且", "订单数 >= NaN"] {
            assert!(bad.parse::<Rule>().is_err(), "{bad}");
        }
        assert!("身高 > 180".parse::<Rule>().unwrap_err().to_string().contains("身高 > 180"));
    }
}
