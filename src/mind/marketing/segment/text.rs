//! Rules as people read and write them.
//!
//! ```text
//! rule      = all ( "或" all )*
//! all       = one ( "且" one )*
//! one       = "非" one | "(" rule ")" | field sign value
//! value     = 是 | 否 | a number, with its unit or without | words, in “ ” where they hold 且, 或 or a bracket
//! ```
//!
//! A mistake names the character at which it stands, counted from 1.

use super::{Comparison, Condition, Rule};
use crate::marketing::profile::{Field, Kind, Value};
use std::fmt;
use std::str::FromStr;

/// Longest rule, in characters, and deepest nesting.
const LIMITS: (usize, usize) = (1_000, 20);

/// Why a rule cannot be read; the text is for the admin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("第 {at} 个字：{reason}")]
pub struct BadRule {
    /// Which character, from 1.
    pub at: usize,
    /// What is wrong there.
    pub reason: String,
}

impl FromStr for Rule {
    type Err = BadRule;
    fn from_str(text: &str) -> Result<Self, BadRule> {
        let mut reader = Reader { text: text.chars().collect(), at: 0 };
        if reader.text.len() > LIMITS.0 {
            return Err(BadRule { at: LIMITS.0, reason: format!("规则最长 {} 个字", LIMITS.0) });
        }
        let rule = reader.any(0)?;
        reader.skip();
        if reader.at < reader.text.len() {
            return Err(reader.bad("这里应当是“且”或“或”"));
        }
        Ok(rule)
    }
}

struct Reader {
    text: Vec<char>,
    at: usize,
}

impl Reader {
    fn bad(&self, reason: impl Into<String>) -> BadRule {
        BadRule { at: self.at + 1, reason: reason.into() }
    }

    fn skip(&mut self) {
        while self.text.get(self.at).is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
    }

    fn eat(&mut self, wanted: &[char]) -> bool {
        self.skip();
        let found = self.text.get(self.at).is_some_and(|c| wanted.contains(c));
        self.at += usize::from(found);
        found
    }

    fn any(&mut self, depth: usize) -> Result<Rule, BadRule> {
        let mut rules = vec![self.all(depth)?];
        while self.eat(&['或']) {
            rules.push(self.all(depth)?);
        }
        Ok(if rules.len() == 1 { rules.remove(0) } else { Rule::Any(rules) })
    }

    fn all(&mut self, depth: usize) -> Result<Rule, BadRule> {
        let mut rules = vec![self.one(depth)?];
        while self.eat(&['且']) {
            rules.push(self.one(depth)?);
        }
        Ok(if rules.len() == 1 { rules.remove(0) } else { Rule::All(rules) })
    }

    fn one(&mut self, depth: usize) -> Result<Rule, BadRule> {
        if depth > LIMITS.1 {
            return Err(self.bad("括号套得太深了"));
        }
        if self.eat(&['非']) {
            return Ok(Rule::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.eat(&['(', '（']) {
            let rule = self.any(depth + 1)?;
            return if self.eat(&[')', '）']) { Ok(rule) } else { Err(self.bad("这里缺一个右括号")) };
        }
        self.condition().map(Rule::Is)
    }

    fn condition(&mut self) -> Result<Condition, BadRule> {
        let field = self.field()?;
        self.skip();
        let sign_at = self.at + 1;
        let comparison =
            self.sign().ok_or_else(|| self.bad(format!("“{}”后面要写 >=、<=、= 之类的比较", field.name())))?;
        if !comparison.suits(field.kind()) {
            let reason = format!("“{}”不能用“{}”比较", field.name(), comparison.sign());
            return Err(BadRule { at: sign_at, reason });
        }
        self.skip();
        let from = self.at;
        let words = self.words()?;
        let limit = limit(field, &words).map_err(|reason| BadRule { at: from + 1, reason })?;
        Ok(Condition { field, comparison, limit })
    }

    /// The field with the longest name that stands here; spaces count nowhere in it.
    fn field(&mut self) -> Result<Field, BadRule> {
        self.skip();
        let found = Field::ALL.iter().filter_map(|(field, name, _)| Some((self.after(name)?, *field)));
        match found.max_by_key(|(end, _)| *end) {
            Some((end, field)) => {
                self.at = end;
                Ok(field)
            }
            None => {
                let said: String =
                    self.text[self.at..].iter().take_while(|c| !"<>=!≤≥≠＜＞＝ ".contains(**c)).take(12).collect();
                let known: Vec<&str> = Field::ALL.iter().map(|(_, name, _)| *name).collect();
                let named = if said.is_empty() {
                    "这里缺一个条件".to_owned()
                } else {
                    format!("没有叫“{said}”的条件")
                };
                Err(self.bad(format!("{named}，可以用：{}", known.join("、"))))
            }
        }
    }

    /// Where a name ends that begins here.
    fn after(&self, name: &str) -> Option<usize> {
        let mut at = self.at;
        for wanted in name.chars().filter(|c| *c != ' ') {
            while self.text.get(at) == Some(&' ') {
                at += 1;
            }
            let found = *self.text.get(at)?;
            if found != wanted && !found.eq_ignore_ascii_case(&wanted) {
                return None;
            }
            at += 1;
        }
        Some(at)
    }

    fn sign(&mut self) -> Option<Comparison> {
        let rest: String = self.text[self.at..].iter().take(2).collect();
        let (comparison, sign) = Comparison::SIGNS.iter().find(|(_, sign)| rest.starts_with(sign))?;
        self.at += sign.chars().count();
        Some(*comparison)
    }

    fn words(&mut self) -> Result<String, BadRule> {
        if self.eat(&['“', '"']) {
            let rest = &self.text[self.at..];
            let end = rest.iter().position(|c| matches!(c, '”' | '"')).ok_or_else(|| self.bad("引号没有关上"))?;
            let words = rest[..end].iter().collect();
            self.at += end + 1;
            return Ok(words);
        }
        let ends = |c: &char| matches!(c, '且' | '或' | ')' | '）');
        let words: String = self.text[self.at..].iter().take_while(|c| !ends(c)).collect();
        self.at += words.chars().count();
        Ok(words.trim().to_owned())
    }
}

/// What a field is compared with.
fn limit(field: Field, words: &str) -> Result<Value, String> {
    match field.kind() {
        Kind::Text if words.is_empty() => Err(format!("“{}”要和什么比？", field.name())),
        Kind::Text => Ok(Value::Text(words.to_owned())),
        Kind::YesNo => match words {
            "是" => Ok(Value::Yes(true)),
            "否" => Ok(Value::Yes(false)),
            _ => Err(format!("“{}”只能写“是”或“否”", field.name())),
        },
        Kind::Number(unit) => {
            let number = words.trim_end_matches(unit).trim().parse::<f64>().ok().filter(|number| number.is_finite());
            number.map(Value::Number).ok_or_else(|| format!("“{words}”不是数字，应当形如：{} >= 3", field.name()))
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.field.name(), self.comparison.sign())?;
        match &self.limit {
            Value::Number(limit) => write!(f, "{limit}"),
            // What was read with quotes has no closing one inside, what was read without may have.
            Value::Text(words)
                if words.contains(['且', '或', ')', '）']) || words.starts_with('“') || words.trim() != words =>
            {
                write!(f, "“{words}”")
            }
            other => other.fmt(f),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |rules: &[Self], word: &str, bracket: fn(&Self) -> bool| {
            let one = |rule: &Self| if bracket(rule) { format!("({rule})") } else { rule.to_string() };
            rules.iter().map(one).collect::<Vec<_>>().join(word)
        };
        match self {
            Self::All(rules) => {
                f.write_str(&joined(rules, " 且 ", |rule| matches!(rule, Self::Any(_) | Self::All(_))))
            }
            Self::Any(rules) => f.write_str(&joined(rules, " 或 ", |rule| matches!(rule, Self::Any(_)))),
            Self::Not(rule) if matches!(**rule, Self::Is(_) | Self::Not(_)) => write!(f, "非 {rule}"),
            Self::Not(rule) => write!(f, "非 ({rule})"),
            Self::Is(condition) => condition.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_reads_as_it_is_written() {
        for text in [
            "距上次购买 <= 30 且 订单数 >= 3 或 累计消费 > 5000",
            "距上次购买 <= 30 且 (订单数 >= 3 或 累计消费 > 5000)",
            "非 同意邮件 = 是 且 偏好类目 包含 鞋",
            "偏好类目 包含 42”屏 且 订单数 >= 1",
            "偏好类目 包含 ““且”",
            "非 (订单数 = 0 或 客单价 < 20)",
            "相似客群 = 第 1 群 且 R 分 = 4",
            "偏好品牌 = “山或海”",
        ] {
            assert_eq!(text.parse::<Rule>().unwrap().to_string(), text);
        }
        let loose: Rule = "R分＝4且（客单价<251元或已登录=是）".parse().unwrap();
        assert_eq!(loose.to_string(), "R 分 = 4 且 (客单价 < 251 或 已登录 = 是)");
        let units: Rule = "购买概率 ≥ 30% 且 近30天浏览 > 5 次".parse().unwrap();
        assert_eq!(units.to_string(), "购买概率 >= 30 且 近 30 天浏览 > 5");
    }

    #[test]
    fn a_mistake_names_its_place() {
        for (bad, at, says) in [
            ("", 1, "缺一个条件"),
            ("身高 > 180", 1, "没有叫“身高”的条件"),
            ("订单数", 4, "比较"),
            ("订单数 >= 三", 8, "不是数字"),
            ("订单数 >= 3 且", 11, "缺一个条件"),
            ("订单数 >= NaN", 8, "不是数字"),
            ("(订单数 >= 3", 10, "右括号"),
            ("订单数 >= 3) 且 已登录 = 是", 9, "“且”或“或”"),
            ("已登录 = 对", 7, "“是”或“否”"),
            ("偏好类目 > 鞋", 6, "不能用“>”"),
            ("偏好类目 = “鞋", 9, "引号"),
        ] {
            let error = bad.parse::<Rule>().expect_err(bad);
            assert!(error.at == at && error.reason.contains(says), "{bad}: {error}");
        }
        assert!("(".repeat(500).parse::<Rule>().unwrap_err().reason.contains("太深"));
        assert!("订单数 > 1 且 ".repeat(200).parse::<Rule>().unwrap_err().reason.contains("最长"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_strange(text in "[订单数已登录偏好类目<>=!且或非()（）“” 0-9a-z是否天]{0,40}") {
            if let Ok(rule) = text.parse::<Rule>() {
                let written = rule.to_string();
                proptest::prop_assert_eq!(written.parse::<Rule>().unwrap().to_string(), written);
            }
        }
    }
}
