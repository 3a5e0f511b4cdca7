//! Segments by rules that read like a sentence: `距上次购买 <= 30 且 (订单数 >= 3 或 累计消费 > 5000)`.
//!
//! A rule is a tree of conditions; `text.rs` reads and writes it. Whoever asks "why is this person in it" gets the
//! conditions that decided, each with the person's own value; who is not in it gets those that failed. What is not known
//! of a person fulfils no condition.

mod text;

pub use text::BadRule;

use super::profile::{Field, Kind, Profile, Value, rounded};
use serde::{Deserialize, Serialize};

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// `<=`
    AtMost,
    /// `>=`
    AtLeast,
    /// `!=`
    Differs,
    /// `<`
    Below,
    /// `>`
    Above,
    /// `=`
    Equals,
    /// `包含`
    Contains,
}

impl Comparison {
    /// Every sign; the first of each comparison is the one that is written. Longer signs first: `<=` is not `<`.
    const SIGNS: [(Self, &'static str); 13] = [
        (Self::AtMost, "<="),
        (Self::AtLeast, ">="),
        (Self::Differs, "!="),
        (Self::Contains, "包含"),
        (Self::Below, "<"),
        (Self::Above, ">"),
        (Self::Equals, "="),
        (Self::AtMost, "≤"),
        (Self::AtLeast, "≥"),
        (Self::Differs, "≠"),
        (Self::Below, "＜"),
        (Self::Above, "＞"),
        (Self::Equals, "＝"),
    ];

    fn sign(self) -> &'static str {
        Self::SIGNS.iter().find(|(known, _)| *known == self).map_or("", |(_, sign)| sign)
    }

    fn suits(self, kind: Kind) -> bool {
        match kind {
            Kind::Number(_) => self != Self::Contains,
            Kind::Text => matches!(self, Self::Equals | Self::Differs | Self::Contains),
            Kind::YesNo => matches!(self, Self::Equals | Self::Differs),
        }
    }

    fn holds(self, value: &Value, limit: &Value) -> bool {
        match (value, limit) {
            (Value::Number(value), Value::Number(limit)) => match self {
                Self::AtMost => value <= limit,
                Self::AtLeast => value >= limit,
                Self::Below => value < limit,
                Self::Above => value > limit,
                Self::Equals => (value - limit).abs() < 1e-9,
                Self::Differs => (value - limit).abs() >= 1e-9,
                Self::Contains => false,
            },
            (Value::Text(value), Value::Text(limit)) if self == Self::Contains => value.contains(limit.as_str()),
            (value, limit) => match self {
                Self::Equals => value == limit,
                Self::Differs => value != limit,
                _ => false,
            },
        }
    }
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// What.
    pub field: Field,
    /// How.
    pub comparison: Comparison,
    /// With what.
    pub limit: Value,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// All of them have to hold; without any, everybody is meant.
    All(Vec<Rule>),
    /// One of them has to.
    Any(Vec<Rule>),
    /// It must not hold.
    Not(Box<Rule>),
    /// A condition.
    Is(Condition),
}

/// A condition as it stands for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// `订单数 4 单（>= 3）`
    pub text: String,
    /// Whether the condition holds.
    pub holds: bool,
}

/// Whether a person is in a segment, and which conditions decided it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reasons {
    /// Whether they are in it.
    pub holds: bool,
    /// The conditions that decided.
    pub lines: Vec<Line>,
}

impl Rule {
    /// Everybody.
    pub fn everybody() -> Self {
        Self::All(Vec::new())
    }

    /// Whether a person is in the segment.
    pub fn holds(&self, person: &Profile) -> bool {
        match self {
            Self::All(rules) => rules.iter().all(|rule| rule.holds(person)),
            Self::Any(rules) => rules.iter().any(|rule| rule.holds(person)),
            Self::Not(rule) => !rule.holds(person),
            Self::Is(condition) => condition.holds(person),
        }
    }

    /// The same with the conditions that decided: of 且 all, or those that fail; of 或 those that hold, or all.
    pub fn explain(&self, person: &Profile) -> Reasons {
        let lines = |kept: Vec<Reasons>| kept.into_iter().flat_map(|one| one.lines).collect();
        match self {
            Self::All(rules) => {
                let all: Vec<Reasons> = rules.iter().map(|rule| rule.explain(person)).collect();
                let holds = all.iter().all(|one| one.holds);
                Reasons { holds, lines: lines(all.into_iter().filter(|one| one.holds == holds).collect()) }
            }
            Self::Any(rules) => {
                let all: Vec<Reasons> = rules.iter().map(|rule| rule.explain(person)).collect();
                let holds = all.iter().any(|one| one.holds);
                Reasons { holds, lines: lines(all.into_iter().filter(|one| one.holds == holds).collect()) }
            }
            Self::Not(rule) => {
                let inner = rule.explain(person);
                Reasons { holds: !inner.holds, lines: inner.lines }
            }
            Self::Is(condition) => {
                let holds = condition.holds(person);
                Reasons { holds, lines: vec![Line { text: condition.about(person), holds }] }
            }
        }
    }

    /// The fields that it asks for.
    pub fn fields(&self) -> Vec<Field> {
        match self {
            Self::All(rules) | Self::Any(rules) => rules.iter().flat_map(Self::fields).collect(),
            Self::Not(rule) => rule.fields(),
            Self::Is(condition) => vec![condition.field],
        }
    }
}

impl Condition {
    fn holds(&self, person: &Profile) -> bool {
        person.value(self.field).is_some_and(|value| self.comparison.holds(value, &self.limit))
    }

    fn about(&self, person: &Profile) -> String {
        let unit = if let Kind::Number(unit) = self.field.kind() { unit } else { "" };
        let own = match person.value(self.field) {
            None => format!("{} 不详", self.field.name()),
            Some(value) => format!("{} {value} {unit}", self.field.name()),
        };
        let limit = match &self.limit {
            Value::Number(limit) => rounded(*limit).to_string(),
            other => other.to_string(),
        };
        format!("{}（{} {limit}）", own.trim_end(), self.comparison.sign())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::marketing::profile::Source;

    fn customer() -> Profile {
        let mut known = Profile::default();
        for (field, value) in [(Field::Recency, 12.0), (Field::Orders, 4.0), (Field::Spent, 1_000.0)] {
            known.number(field, value, Source::Orders, Timestamp(1));
        }
        known.text(Field::Category, "运动鞋", Source::Behaviour, Timestamp(1));
        known.put(Field::ConsentEmail, Value::Yes(true), Source::Own, Timestamp(1));
        known.number(Field::NextYear, 1_234.567, Source::Model, Timestamp(1));
        known
    }

    fn why(rule: &str) -> (bool, Vec<String>) {
        let reasons = rule.parse::<Rule>().unwrap().explain(&customer());
        assert_eq!(reasons.holds, rule.parse::<Rule>().unwrap().holds(&customer()), "{rule}");
        (reasons.holds, reasons.lines.into_iter().map(|line| line.text).collect())
    }

    #[test]
    fn why_somebody_is_in_a_segment_or_not() {
        let (holds, lines) = why("距上次购买 <= 30 且 (订单数 >= 3 或 累计消费 > 5000)");
        assert!(holds);
        assert_eq!(lines, ["距上次购买 12 天（<= 30）", "订单数 4 单（>= 3）"]);
        let (holds, lines) = why("距上次购买 <= 7 且 订单数 >= 3 且 非 同意邮件 = 是");
        assert!(!holds);
        assert_eq!(lines, ["距上次购买 12 天（<= 7）", "同意邮件 是（= 是）"]);
        let (holds, lines) = why("偏好类目 包含 鞋 且 预计一年消费 >= 1000");
        assert!(holds);
        assert_eq!(lines, ["偏好类目 运动鞋（包含 鞋）", "预计一年消费 1234.57 元（>= 1000）"]);
    }

    #[test]
    fn what_is_not_known_fulfils_no_condition() {
        let (holds, lines) = why("情绪 != 不满");
        assert!(!holds);
        assert_eq!(lines, ["情绪 不详（!= 不满）"]);
        assert!(why("非 情绪 = 不满").0);
        assert!(Rule::everybody().holds(&Profile::default()));
    }
}
