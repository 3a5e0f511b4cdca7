//! Things with a fixed form inside a message: order numbers, telephone numbers, e-mail addresses, amounts and price
//! limits, sizes, colours, days.
//!
//! Rules, not learned weights: their forms are fixed, and a wrong order number is worse than none. All readers work
//! on normalised text ([`crate::text::normalize`]), so digits are ASCII and letters are lower case.

use crate::model::catalogue::Money;
use crate::text::dates::{self, DayMention};
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::LazyLock;

/// What was found in one message.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Entities {
    /// Order numbers in the shop's form, upper case.
    pub orders: Vec<String>,
    /// Chinese mobile numbers.
    pub phones: Vec<String>,
    /// The price limits, where the message names any.
    pub price: Option<PriceRange>,
    /// Clothing or shoe sizes: `42`, `XL`.
    pub sizes: Vec<String>,
    /// E-mail addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    /// Plain amounts in fen: 269元, 三十块.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amounts: Vec<Money>,
    /// Colours: 黑色, 雾蓝色.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub colors: Vec<String>,
    /// Days, as they were named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<DayMention>,
}

/// Price limits in fen, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PriceRange {
    /// Not less than this.
    pub min: Option<Money>,
    /// Not more than this.
    pub max: Option<Money>,
}

impl PriceRange {
    /// Whether a price lies inside.
    pub fn contains(&self, price: Money) -> bool {
        self.min.is_none_or(|min| price >= min) && self.max.is_none_or(|max| price <= max)
    }
}

/// Reads entities; holds the shop's form of an order number.
#[derive(Debug, Clone)]
pub struct EntityReader {
    order_number: Regex,
}

/// Digits with an optional part, or Chinese numerals, or both mixed ("3百", "1千5").
const NUMBER: &str = r"(?:\d+(?:\.\d{1,2})?|[零一二两三四五六七八九十百千万半几0-9]+)";

static BETWEEN: LazyLock<Regex> = LazyLock::new(|| {
    rule(&format!(r"({NUMBER})(?:块|元|rmb)?\s*(?:-|~|到|至|—)\s*({NUMBER})\s*(块|元|以内|之间|左右|价位|的)"))
});
static AT_MOST: LazyLock<Regex> = LazyLock::new(|| {
    rule(&format!(
        r"(?:({NUMBER})\s*(?:块钱?|元|rmb|¥)?\s*(?:以内|以下|之内|内|封顶|为限))|(?:(?:不超过|低于|少于|最多|小于|不要超过|别超过|预算(?:是|在|只有|就)?|控制在)\s*({NUMBER})(?:\s*(?:块|元)|$|[^\d年月日天号码双件个]))"
    ))
});
static AT_LEAST: LazyLock<Regex> = LazyLock::new(|| {
    rule(&format!(
        r"(?:({NUMBER})\s*(?:块钱?|元)?\s*(?:以上|起步|往上))|(?:(?:不低于|至少|(?:^|[^不别要])(?:高于|超过))\s*({NUMBER})\s*(?:块|元))"
    ))
});
static ABOUT: LazyLock<Regex> =
    LazyLock::new(|| rule(&format!(r"({NUMBER})\s*(?:块钱?|元|rmb)?\s*(?:左右|上下|价位|差不多)")));
static ALONE: LazyLock<Regex> = LazyLock::new(|| {
    rule(&format!(r"^(?:大概|大约|差不多|就)?\s*({NUMBER})\s*(?:块钱|块|元|rmb)?\s*(?:吧|的|了|就行|就好)?$"))
});
static PHONE: LazyLock<Regex> = LazyLock::new(|| rule(r"(?:^|\D)(1[3-9]\d{9})(?:\D|$)"));
static SIZE: LazyLock<Regex> =
    LazyLock::new(|| rule(r"(?:^|[^a-z0-9])(\d{2}(?:\.5)?|x{0,4}[sl]|m|[2-5]xl)\s*(?:码|号)"));

static EMAIL: LazyLock<Regex> = LazyLock::new(|| rule(r"([a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+)"));
static AMOUNT: LazyLock<Regex> = LazyLock::new(|| rule(&format!(r"({NUMBER})\s*(?:块钱?|元|rmb)")));
static COLOR: LazyLock<Regex> = LazyLock::new(|| {
    rule("((?:深|浅|米|雾|薄荷|藏|酒|墨|天|粉|奶|卡其|象牙|荧光|玫瑰|军)?[黑白红蓝绿黄紫粉灰棕橙青银金褐杏咖]色)")
});

fn rule(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is part of the program and covered by tests")
}

impl EntityReader {
    /// A reader for a shop whose order numbers have this form.
    ///
    /// # Errors
    /// Says what is wrong with the pattern.
    pub fn new(order_number_pattern: &str) -> Result<Self, regex::Error> {
        let order_number = Regex::new(&format!("(?i){order_number_pattern}"))?;
        Ok(Self { order_number })
    }

    /// Reads all entities of a normalised text.
    pub fn read(&self, normal: &str) -> Entities {
        let orders: Vec<String> =
            self.order_number.find_iter(normal).map(|found| found.as_str().to_uppercase()).collect();
        let rest = if orders.is_empty() { Cow::Borrowed(normal) } else { self.order_number.replace_all(normal, " ") };
        // Telephone numbers and sizes begin with ASCII; most messages have none.
        let plain = !rest.contains(|character: char| character.is_ascii_alphanumeric());
        let all = |rule: &Regex| -> Vec<String> {
            if plain { Vec::new() } else { rule.captures_iter(&rest).map(|found| found[1].to_owned()).collect() }
        };
        Entities {
            orders,
            phones: all(&PHONE),
            price: price_range(&rest),
            sizes: all(&SIZE).into_iter().map(|size| size.to_uppercase()).collect(),
            emails: if rest.contains('@') { all(&EMAIL) } else { Vec::new() },
            amounts: amounts(&rest),
            colors: colors(&rest),
            days: dates::days(&rest),
        }
    }
}

/// The price limits that a normalised text names: 三百以内, 100到200元, 不超过50块, 300左右 (a fifth either way).
fn price_range(normal: &str) -> Option<PriceRange> {
    if !normal.contains(is_numeral) {
        return None;
    }
    if let Some(found) = BETWEEN.captures(normal) {
        let (low, high) = (number(&found[1])?, number(&found[2])?);
        if low < high {
            return Some(PriceRange { min: Some(Money::from_yuan(low)), max: Some(Money::from_yuan(high)) });
        }
    }
    let amount = |rule: &Regex| {
        let found = rule.captures(normal)?;
        number(found.get(1).or_else(|| found.get(2))?.as_str()).map(Money::from_yuan)
    };
    let (min, max) = (amount(&AT_LEAST), amount(&AT_MOST));
    if min.is_some() || max.is_some() {
        return Some(PriceRange { min, max });
    }
    let about = amount(&ABOUT)?;
    Some(PriceRange { min: Some(Money(about.0 * 8 / 10)), max: Some(Money(about.0 * 12 / 10)) })
}

/// The amounts of a normalised text.
fn amounts(normal: &str) -> Vec<Money> {
    if !normal.contains(['块', '元']) && !normal.contains("rmb") {
        return Vec::new();
    }
    AMOUNT.captures_iter(normal).filter_map(|found| number(&found[1])).map(Money::from_yuan).collect()
}

/// The colours of a normalised text.
fn colors(normal: &str) -> Vec<String> {
    if !normal.contains('色') {
        return Vec::new();
    }
    COLOR.captures_iter(normal).map(|found| found[1].to_owned()).collect()
}

/// A normalised text without the prices and sizes that it names.
pub fn without_prices_and_sizes(normal: &str) -> String {
    let mut rest = normal.to_owned();
    for rule in [&BETWEEN, &AT_LEAST, &AT_MOST, &ABOUT, &SIZE] {
        if let Cow::Owned(without) = rule.replace_all(&rest, " ") {
            rest = without;
        }
    }
    rest
}

/// The amount of a text that names one and says nothing else: `200`, `两百块吧`.
pub fn amount_alone(normal: &str) -> Option<Money> {
    let amount = ALONE.captures(normal.trim())?;
    number(&amount[1]).map(Money::from_yuan)
}

/// Whether a [`NUMBER`] can begin with it.
fn is_numeral(character: char) -> bool {
    character.is_ascii_digit() || "零一二两三四五六七八九十百千万半几".contains(character)
}

/// Reads `268`, `19.9`, `三百`, `两百五`, `1千5`, `一千二百`; nothing where it is no number.
pub fn number(text: &str) -> Option<f64> {
    if let Ok(plain) = text.parse::<f64>() {
        return Some(plain);
    }
    let (mut total, mut section, mut digit, mut last_unit) = (0.0, 0.0, None::<f64>, 1.0);
    for c in text.chars() {
        match c {
            '0'..='9' => digit = Some(digit.unwrap_or(0.0) * 10.0 + f64::from(c.to_digit(10)?)),
            '零' => last_unit = 10.0,
            '十' | '百' | '千' => {
                let unit = match c {
                    '十' => 10.0,
                    '百' => 100.0,
                    _ => 1_000.0,
                };
                section += digit.take().unwrap_or(1.0) * unit;
                last_unit = unit;
            }
            '万' => {
                total += (section + digit.take().unwrap_or(0.0)).max(1.0) * 10_000.0;
                section = 0.0;
                last_unit = 10_000.0;
            }
            _ => digit = Some(chinese_digit(c)?),
        }
    }
    // 两百五 means 250, 一万二 means 12,000; 二十五 and 一百零五 mean what they say.
    let tail = digit.map_or(0.0, |d| if last_unit >= 100.0 { d * last_unit / 10.0 } else { d });
    Some(total + section + tail)
}

fn chinese_digit(c: char) -> Option<f64> {
    let place = "一二三四五六七八九".chars().position(|digit| digit == c);
    match (place, c) {
        (Some(place), _) => Some(place as f64 + 1.0),
        (None, '两') => Some(2.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Entities {
        EntityReader::new(r"SG\d{12}").unwrap().read(&crate::text::normalize::normalize(text))
    }

    fn range(min: Option<i64>, max: Option<i64>) -> Option<PriceRange> {
        Some(PriceRange { min: min.map(|yuan| Money(yuan * 100)), max: max.map(|yuan| Money(yuan * 100)) })
    }

    #[test]
    fn numbers_as_people_write_them() {
        for (text, value) in [
            ("三百", 300.0),
            ("两百五", 250.0),
            ("1千5", 1500.0),
            ("一千二百", 1200.0),
            ("二十五", 25.0),
            ("一百零五", 105.0),
            ("十", 10.0),
            ("一万二", 12_000.0),
            ("19.9", 19.9),
        ] {
            assert_eq!(number(text), Some(value), "{text}");
        }
        assert_eq!(number("几"), None);
    }

    #[test]
    fn price_limits() {
        for (text, expected) in [
            ("想买一双三百以内的跑步鞋", range(None, Some(300))),
            ("有没有不超过200块的背包", range(None, Some(200))),
            ("100到200元的杯子", range(Some(100), Some(200))),
            ("两三百的", None),
            ("300左右的耳机", range(Some(240), Some(360))),
            ("500以上的箱子", range(Some(500), None)),
            ("预算５００，送妈妈", range(None, Some(500))),
            ("７天以内到吗", None),
            ("怎么退款", None),
        ] {
            assert_eq!(read(text).price, expected, "{text}");
        }
    }

    #[test]
    fn order_and_telephone_numbers_are_told_apart() {
        let found = read("订单sg202611180042的电话是13800138000，42码");
        assert_eq!(found.orders, ["SG202611180042"]);
        assert_eq!(found.phones, ["13800138000"]);
        assert_eq!(found.sizes, ["42"]);
        for (text, amount) in
            [("200", Some(20_000)), ("两百块吧", Some(20_000)), ("两百五", Some(25_000)), ("几", None)]
        {
            assert_eq!(amount_alone(text), amount.map(Money), "{text}");
        }
        assert_eq!(without_prices_and_sizes("三百以内 42码 黑色").trim(), "黑色");
        assert!(read("订单SG202611180042").phones.is_empty());
        assert_eq!(read("穿xl码还是m号").sizes, ["XL", "M"]);
    }

    #[test]
    fn what_a_task_asks_for() {
        let found = read("昨天买的269元那双，换成浅灰色42码，发票发到 Lin@example.com");
        assert_eq!(found.amounts, [Money(26_900)]);
        assert_eq!(found.colors, ["浅灰色"]);
        assert_eq!(found.sizes, ["42"]);
        assert_eq!(found.emails, ["lin@example.com"]);
        assert_eq!(found.days, [DayMention::Ago(1)]);
        assert_eq!(read("三十块").amounts, [Money(3_000)]);
        assert!(read("SG202611180042").days.is_empty());
    }
}
