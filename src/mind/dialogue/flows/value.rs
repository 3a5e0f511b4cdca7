//! Reading the value of a slot from a message. Numbers, days and the like may stand anywhere in it; an address or free
//! words are taken only where they were asked for, or where a phrase announces them: 改成……, 寄到…….

use crate::dialogue::understand::Heard;
use crate::model::date::Date;
use crate::model::flow::{Slot, SlotKind};
use crate::text::entity::number;
use crate::text::normalize::normalize;

/// A message, and what is known around it.
#[derive(Debug, Clone, Copy)]
pub struct Ear<'a> {
    /// What was understood.
    pub heard: &'a Heard,
    /// The day.
    pub today: Date,
    /// The order on the screen.
    pub page_order: Option<&'a str>,
    /// The order that was talked about last.
    pub last_order: Option<&'a str>,
    /// Whether the FAQ surely answers it.
    pub known: bool,
    /// Whether it asks something.
    pub asks: bool,
}

/// Longest free text, in characters.
const LONGEST: usize = 120;

/// Shortest address, in characters.
const SHORTEST_ADDRESS: usize = 6;

/// Parts of an address; it has two of them at least.
const ADDRESS_PARTS: [&str; 24] = [
    "省", "市", "区", "县", "镇", "乡", "村", "路", "街", "道", "巷", "弄", "号", "楼", "室", "栋", "幢", "单元",
    "小区", "苑", "大厦", "园", "广场", "学校",
];

/// Phrases after which an address stands.
const BEFORE_ADDRESS: [&str; 13] =
    ["改成", "改到", "改为", "换成", "换到", "寄到", "送到", "发到", "应该是", "应为", "地址是", "地址:", "地址："];

/// Phrases after which free words stand.
const BEFORE_TEXT: [&str; 6] = ["应该是", "应为", "改成", "改为", "抬头是", "是因为"];

/// Words around a telephone number, which belong to no address.
const AROUND_PHONE: [&str; 6] = ["手机号是", "电话是", "手机号", "电话", "手机", "联系方式"];

/// The value of a slot in a message; `asked` where the message answers the question for it.
pub fn value(slot: &Slot, ear: &Ear<'_>, asked: bool) -> Option<String> {
    let entities = &ear.heard.entities;
    let normal = ear.heard.text.normal.as_str();
    match slot.kind {
        SlotKind::Order => entities.orders.first().cloned(),
        SlotKind::Phone => entities.phones.first().cloned(),
        SlotKind::Email => entities.emails.first().cloned(),
        SlotKind::Date => entities.days.first()?.resolve(ear.today).map(|day| day.to_string()),
        SlotKind::Amount => {
            let alone = || number(normal).filter(|_| asked).map(crate::model::catalogue::Money::from_yuan);
            entities.amounts.first().copied().or_else(alone).map(|amount| amount.to_string())
        }
        SlotKind::Size => entities.sizes.first().cloned().or_else(|| bare_size(normal).filter(|_| asked)),
        SlotKind::Color => {
            let named = || ear.heard.wish.colors.iter().next().cloned();
            entities.colors.first().cloned().or_else(|| named().filter(|_| asked))
        }
        // 退货运费谁出 chooses nothing.
        SlotKind::Choice => choice(slot, normal).filter(|_| !(ear.asks && ear.known)),
        SlotKind::Address => address(&ear.heard.text.raw, asked && !ear.asks),
        SlotKind::Text => text(ear, asked),
    }
}

/// The option that a message names: by its value or one of its words, the longest first.
fn choice(slot: &Slot, normal: &str) -> Option<String> {
    let words = slot.options.iter().flat_map(|option| {
        let names = std::iter::once(&option.value).chain(&option.words);
        names.map(move |word| (normalize(word), &option.value))
    });
    let found = words.filter(|(word, _)| normal.contains(word.as_str()));
    found.max_by_key(|(word, _)| word.chars().count()).map(|(_, value)| value.clone())
}

/// `42`, `xl` and nothing else.
fn bare_size(normal: &str) -> Option<String> {
    let size = normal.trim_matches(|c: char| !c.is_alphanumeric()).to_uppercase();
    let shoe = size.parse::<f64>().is_ok_and(|size| (15.0..60.0).contains(&size) || (90.0..200.0).contains(&size));
    let letters = !size.is_empty() && size.trim_start_matches(|c: char| "X2345".contains(c)).len() <= 1;
    let clothes = letters && size.ends_with(['S', 'M', 'L']);
    (shoe || clothes || size == "均码").then_some(size)
}

fn address(raw: &str, asked: bool) -> Option<String> {
    let after = after_last(raw, &BEFORE_ADDRESS);
    let words = after.or(asked.then_some(raw))?;
    let mut words = without_phone(words);
    for around in AROUND_PHONE {
        words = words.replace(around, "");
    }
    let words = words.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let length = words.chars().count();
    let parts = ADDRESS_PARTS.iter().filter(|part| words.contains(*part)).count();
    ((SHORTEST_ADDRESS..=LONGEST).contains(&length) && parts >= 2).then_some(words)
}

/// A text without runs of eleven digits or more.
fn without_phone(raw: &str) -> String {
    let mut kept = String::new();
    let mut digits = String::new();
    for c in raw.chars().chain(std::iter::once(' ')) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        if digits.len() < 11 {
            kept.push_str(&digits);
        }
        digits.clear();
        kept.push(c);
    }
    kept
}

fn text(ear: &Ear<'_>, asked: bool) -> Option<String> {
    if !asked || (ear.asks && ear.known) {
        return None;
    }
    let raw = ear.heard.text.raw.trim();
    let words = after_last(raw, &BEFORE_TEXT).filter(|words| !words.is_empty()).unwrap_or(raw).trim();
    let has_words = words.chars().any(char::is_alphanumeric);
    (has_words && words.chars().count() <= LONGEST).then(|| words.to_owned())
}

/// What stands after the last of these phrases.
fn after_last<'a>(raw: &'a str, phrases: &[&str]) -> Option<&'a str> {
    phrases.iter().filter_map(|phrase| raw.rfind(phrase).map(|at| at + phrase.len())).max().map(|at| &raw[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (said, asked, expected) in [
            ("浙江省杭州市西湖区文三路100号5幢302", true, Some("浙江省杭州市西湖区文三路100号5幢302")),
            ("把地址改成杭州市西湖区文三路 100 号，电话13800138000", false, Some("杭州市西湖区文三路 100 号")),
            ("不对，应该是上海市徐汇区漕溪路9号", true, Some("上海市徐汇区漕溪路9号")),
            ("寄到公司去", false, None),
            ("公司", true, None),
            ("浙江省杭州市西湖区文三路100号", false, None),
        ] {
            assert_eq!(address(said, asked).as_deref(), expected, "{said}");
        }
    }

    #[test]
    fn sizes_alone() {
        for (said, expected) in [
            ("42", Some("42")),
            ("xl", Some("XL")),
            ("37.5", Some("37.5")),
            ("m", Some("M")),
            ("12", None),
            ("好", None),
        ] {
            assert_eq!(bare_size(said).as_deref(), expected, "{said}");
        }
    }

    #[test]
    fn options_are_known_by_their_words() {
        let option = |value: &str, words: &[&str]| crate::model::flow::Choice {
            value: value.into(),
            words: words.iter().map(|word| (*word).to_owned()).collect(),
        };
        let slot = Slot {
            options: vec![option("退货", &["退", "不要了"]), option("换货", &["换"])],
            ..Slot::default()
        };
        assert_eq!(choice(&slot, "我想换一双").as_deref(), Some("换货"));
        assert_eq!(choice(&slot, "不要了").as_deref(), Some("退货"));
        assert_eq!(choice(&slot, "鞋子"), None);
    }
}
