//! What the shop knows of one person, field by field. No field stands without its source and its age: an agent sees
//! where a value comes from, a rule never works on a guess that looks like a fact, and an export says both.

use crate::classify::mood::Mood;
use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What can be known of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Name of the person.
    Name,
    /// Mobile number.
    Phone,
    /// E-mail address.
    Email,
    /// `05-21` or `1990-05-21`.
    Birthday,
    /// Whether the shop has named the customer.
    SignedIn,
    /// Days since they were first seen.
    FirstSeen,
    /// Days since they last did something.
    LastSeen,
    /// Category they look at most.
    Category,
    /// Brand they look at most.
    Brand,
    /// Yuan of the product in the middle of those they looked at.
    PriceLevel,
    /// Looks at products within 30 days.
    Views,
    /// Products in the basket of the last 7 days that were not bought.
    Cart,
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
    /// The group of the three scores.
    Group,
    /// The cluster of customers who are alike.
    Cluster,
    /// Yuan that are expected within a year.
    NextYear,
    /// Probability of a purchase within 30 days, in percent.
    Purchase,
    /// Messages written to the shop.
    Messages,
    /// Mood of the conversation.
    Mood,
    /// Whether a complaint is open, or a person is waited for.
    Complaint,
    /// Whether messages in the chat are agreed to.
    ConsentWidget,
    /// Whether e-mail is agreed to.
    ConsentEmail,
    /// Whether short messages are agreed to.
    ConsentSms,
    /// Whether WeChat messages are agreed to.
    ConsentWechat,
}

/// What the values of a field are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number, with its unit.
    Number(&'static str),
    /// Words.
    Text,
    /// 是 or 否.
    YesNo,
}

impl Field {
    /// Every field with its name in rules and what its values are, in the order in which they are shown.
    pub const ALL: [(Self, &'static str, Kind); 31] = [
        (Self::Name, "姓名", Kind::Text),
        (Self::Phone, "手机号", Kind::Text),
        (Self::Email, "邮箱", Kind::Text),
        (Self::Birthday, "生日", Kind::Text),
        (Self::SignedIn, "已登录", Kind::YesNo),
        (Self::FirstSeen, "距首次到访", Kind::Number("天")),
        (Self::LastSeen, "距上次到访", Kind::Number("天")),
        (Self::Category, "偏好类目", Kind::Text),
        (Self::Brand, "偏好品牌", Kind::Text),
        (Self::PriceLevel, "常看价位", Kind::Number("元")),
        (Self::Views, "近 30 天浏览", Kind::Number("次")),
        (Self::Cart, "购物车商品", Kind::Number("件")),
        (Self::Recency, "距上次购买", Kind::Number("天")),
        (Self::Age, "距首次购买", Kind::Number("天")),
        (Self::Orders, "订单数", Kind::Number("单")),
        (Self::Spent, "累计消费", Kind::Number("元")),
        (Self::Average, "客单价", Kind::Number("元")),
        (Self::RecencyScore, "R 分", Kind::Number("")),
        (Self::FrequencyScore, "F 分", Kind::Number("")),
        (Self::MonetaryScore, "M 分", Kind::Number("")),
        (Self::Group, "客户价值", Kind::Text),
        (Self::Cluster, "相似客群", Kind::Text),
        (Self::NextYear, "预计一年消费", Kind::Number("元")),
        (Self::Purchase, "购买概率", Kind::Number("%")),
        (Self::Messages, "咨询条数", Kind::Number("条")),
        (Self::Mood, "情绪", Kind::Text),
        (Self::Complaint, "有未了结投诉", Kind::YesNo),
        (Self::ConsentWidget, "同意站内消息", Kind::YesNo),
        (Self::ConsentEmail, "同意邮件", Kind::YesNo),
        (Self::ConsentSms, "同意短信", Kind::YesNo),
        (Self::ConsentWechat, "同意微信", Kind::YesNo),
    ];

    fn entry(self) -> (&'static str, Kind) {
        Self::ALL.iter().find(|(known, ..)| *known == self).map_or(("", Kind::Text), |(_, name, kind)| (name, *kind))
    }

    /// The name in rules and on pages.
    pub fn name(self) -> &'static str {
        self.entry().0
    }

    /// What its values are.
    pub fn kind(self) -> Kind {
        self.entry().1
    }

    /// Whether it names the person: masked where it is shown to many.
    pub fn is_personal(self) -> bool {
        matches!(self, Self::Name | Self::Phone | Self::Email | Self::Birthday)
    }
}

/// A value of a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Whether it is so.
    Yes(bool),
    /// How much.
    Number(f64),
    /// What.
    Text(String),
}

/// To two decimals, without those that say nothing.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yes(yes) => f.write_str(if *yes { "是" } else { "否" }),
            Self::Number(number) => write!(f, "{}", rounded(*number)),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// What they did on the shop's pages.
    Behaviour,
    /// Orders.
    Orders,
    /// Conversations.
    Conversation,
    /// A token that the shop has signed.
    Shop,
    /// What they said or chose themselves.
    Own,
    /// Calculated from the others.
    Model,
}

impl Source {
    /// The source in Chinese.
    pub fn title(self) -> &'static str {
        match self {
            Self::Behaviour => "浏览与购物行为",
            Self::Orders => "订单",
            Self::Conversation => "会话",
            Self::Shop => "店铺登录信息",
            Self::Own => "顾客本人",
            Self::Model => "模型推算",
        }
    }
}

/// A value with where it comes from and the moment it is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// The value.
    pub value: Value,
    /// Where it comes from.
    pub source: Source,
    /// The newest thing it rests on.
    pub at: Timestamp,
}

/// Everything that is known of a person.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Profile(pub BTreeMap<Field, Fact>);

impl Profile {
    /// Adds a field.
    pub fn put(&mut self, field: Field, value: Value, source: Source, at: Timestamp) {
        self.0.insert(field, Fact { value, source, at });
    }

    /// Adds a number.
    pub fn number(&mut self, field: Field, value: f64, source: Source, at: Timestamp) {
        self.put(field, Value::Number(value), source, at);
    }

    /// Adds words; empty ones say nothing.
    pub fn text(&mut self, field: Field, value: &str, source: Source, at: Timestamp) {
        if !value.is_empty() {
            self.put(field, Value::Text(value.to_owned()), source, at);
        }
    }

    /// A field's value, where it is known.
    pub fn value(&self, field: Field) -> Option<&Value> {
        self.0.get(&field).map(|fact| &fact.value)
    }

    /// A field of words.
    pub fn words(&self, field: Field) -> Option<&str> {
        match self.value(field)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What a conversation says of them.
    pub fn hear(&mut self, messages: u32, mood: Mood, complaint: bool, at: Timestamp) {
        self.number(Field::Messages, f64::from(messages), Source::Conversation, at);
        self.text(Field::Mood, mood.title(), Source::Conversation, at);
        self.put(Field::Complaint, Value::Yes(complaint), Source::Conversation, at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_one_name_and_no_name_begins_another() {
        for (place, (field, name, kind)) in Field::ALL.iter().enumerate() {
            assert_eq!((field.name(), field.kind()), (*name, *kind));
            assert!(Field::ALL[..place].iter().all(|(_, other, _)| other != name), "{name}");
        }
    }

    #[test]
    fn a_field_says_where_it_comes_from() {
        let mut profile = Profile::default();
        profile.hear(3, Mood::Upset, true, Timestamp(7));
        profile.text(Field::Name, "", Source::Shop, Timestamp(1));
        assert_eq!(profile.value(Field::Name), None);
        assert_eq!(profile.words(Field::Mood), Some("不满"));
        let fact = &profile.0[&Field::Complaint];
        assert_eq!((fact.value.to_string(), fact.source.title(), fact.at), ("是".into(), "会话", Timestamp(7)));
        let json = serde_json::to_string(&profile).unwrap();
        assert_eq!(serde_json::from_str::<Profile>(&json).unwrap(), profile);
    }
}
