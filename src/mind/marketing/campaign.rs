//! What a campaign is: when it begins for somebody, what they get, by which way, and how it is measured. A plan is plain
//! data; [`Plan::mistakes`] names everything that is wrong with it.

use super::segment::Rule;
use super::wording::{NAMES, names_in};
use crate::clock::Timestamp;
use crate::model::catalogue::Sku;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a message is due for somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Trigger {
    /// Somebody is in the audience, now or later; once for each.
    SegmentEntry,
    /// Somebody opens a page; once a day.
    Page {
        /// Its path; `*` stands for anything: `/category/*`.
        path: String,
    },
    /// Goods lie in the basket and were not bought.
    CartLeft {
        /// So many minutes after the last one was put in.
        minutes: u32,
    },
    /// An order was placed and not paid.
    OrderUnpaid {
        /// So many minutes after it was placed.
        minutes: u32,
    },
    /// Something that was looked at or put into the basket costs less.
    PriceDrop {
        /// By so many percent at least.
        percent: u8,
    },
    /// Something that was looked at while it was sold out is there again.
    BackInStock,
    /// It is somebody's birthday.
    Birthday {
        /// From this minute of the day on.
        minute: u16,
    },
    /// At one moment, for everybody in the audience.
    Schedule {
        /// When, in milliseconds since 1970 UTC.
        #[schema(value_type = i64)]
        at: Timestamp,
    },
}

impl Trigger {
    /// The trigger in Chinese.
    pub fn title(&self) -> &'static str {
        match self {
            Self::SegmentEntry => "进入人群",
            Self::Page { .. } => "打开页面",
            Self::CartLeft { .. } => "购物车未结算",
            Self::OrderUnpaid { .. } => "下单未付款",
            Self::PriceDrop { .. } => "看过的商品降价",
            Self::BackInStock => "看过的商品到货",
            Self::Birthday { .. } => "生日",
            Self::Schedule { .. } => "定时",
        }
    }

    /// Whether it comes with products of its own.
    pub fn has_products(&self) -> bool {
        matches!(self, Self::CartLeft { .. } | Self::OrderUnpaid { .. } | Self::PriceDrop { .. } | Self::BackInStock)
    }
}

/// By which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A message in the chat.
    Widget,
    /// An e-mail.
    Email,
    /// A short message, by the shop's gateway.
    Sms,
    /// A WeChat message, by the shop's gateway.
    Wechat,
}

impl Channel {
    /// Every channel with its name in the database and in Chinese.
    pub const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Widget, "widget", "站内消息"),
        (Self::Email, "email", "邮件"),
        (Self::Sms, "sms", "短信"),
        (Self::Wechat, "wechat", "微信"),
    ];

    /// The name in the database and on the wire.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, ..)| *known == self).map_or("", |(_, name, _)| name)
    }

    /// The channel in Chinese.
    pub fn title(self) -> &'static str {
        Self::ALL.iter().find(|(known, ..)| *known == self).map_or("", |(.., title)| title)
    }
}

impl std::str::FromStr for Channel {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|(_, name, _)| *name == text).map(|(channel, ..)| *channel);
        found.ok_or_else(|| format!("unknown channel {text:?}"))
    }
}

/// Which products a message shows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Products {
    /// None.
    #[default]
    None,
    /// These.
    Listed {
        /// Which.
        skus: Vec<Sku>,
    },
    /// What the recommender chooses for the person.
    Recommended {
        /// How many.
        count: u8,
    },
    /// What began it: the goods in the basket, the one that costs less.
    Trigger,
}

/// What somebody gets.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Heading of an e-mail.
    #[serde(default)]
    pub subject: String,
    /// The words; `{name}`, `{shop}`, `{product}` and `{price}` are filled in.
    pub text: String,
    /// What it shows.
    #[serde(default)]
    pub products: Products,
}

/// A bound on how often somebody gets something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// So many times at most …
    pub times: u32,
    /// … within so many days that end now.
    pub days: u32,
}

impl Cap {
    /// Days that a bound may look back, at most. What was sent is kept as long (`retention.campaigns`).
    pub const LONGEST: u32 = 365;

    /// What is wrong with it.
    pub fn mistake(self) -> Option<String> {
        let good = self.times > 0 && (1..=Self::LONGEST).contains(&self.days);
        (!good).then(|| format!("每人至少 1 次，天数在 1 到 {} 之间", Self::LONGEST))
    }

    /// The beginning of the days that end at a moment.
    pub fn since(self, now: Timestamp) -> Timestamp {
        Timestamp(now.0 - i64::from(self.days) * 86_400_000)
    }
}

/// A campaign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Why a message is due.
    pub trigger: Trigger,
    /// Who may get it, as a rule; empty for everybody.
    #[serde(default)]
    pub audience: String,
    /// By which way.
    pub channel: Channel,
    /// What they get: one, or several that are compared.
    pub variants: Vec<Content>,
    /// Of a hundred persons so many get nothing and are watched.
    #[serde(default)]
    pub holdout_percent: u8,
    /// How often one person gets it at most.
    pub cap: Cap,
    /// Days after the message in which a purchase counts.
    #[serde(default = "a_week")]
    pub credited_days: u32,
    /// When it ends by itself, in milliseconds since 1970 UTC.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub ends_at: Option<Timestamp>,
}

fn a_week() -> u32 {
    7
}

/// What is wrong with a plan, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The field: `audience`, `variants[1].text`.
    pub place: String,
    /// What is wrong, for the admin.
    pub reason: String,
}

/// Longest texts, in characters: of a message, of a short message with its signature, of a heading.
const LONGEST: (usize, usize, usize) = (500, 300, 60);

/// Products of a message, and variants, at most.
const MOST: (usize, usize) = (6, 4);

impl Plan {
    /// The audience's rule.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn rule(&self) -> Result<Rule, super::segment::BadRule> {
        if self.audience.trim().is_empty() { Ok(Rule::everybody()) } else { self.audience.parse() }
    }

    /// Everything that is wrong with it; `knows` says whether there is such a product.
    pub fn mistakes(&self, knows: impl Fn(&str) -> bool) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        let mut bad = |place: &str, reason: String| mistakes.push(Mistake { place: place.to_owned(), reason });
        if let Err(error) = self.rule() {
            bad("audience", error.to_string());
        }
        if self.trigger == Trigger::SegmentEntry && self.audience.trim().is_empty() {
            bad("audience", "“进入人群”要写明是哪些人".to_owned());
        }
        match &self.trigger {
            Trigger::Page { path } if !path.starts_with('/') || path.chars().count() > 200 => {
                bad("trigger.path", "页面要以 / 开头，可以用 * 代表任意内容，最长 200 个字".to_owned());
            }
            Trigger::CartLeft { minutes } | Trigger::OrderUnpaid { minutes } if !(1..=1_440).contains(minutes) => {
                bad("trigger.minutes", "分钟数要在 1 到 1440 之间".to_owned());
            }
            Trigger::PriceDrop { percent } if !(1..=90).contains(percent) => {
                bad("trigger.percent", "降幅要在 1% 到 90% 之间".to_owned());
            }
            Trigger::Birthday { minute } if *minute >= 1_440 => bad("trigger.minute", "时间要在一天之内".to_owned()),
            _ => {}
        }
        if self.variants.is_empty() || self.variants.len() > MOST.1 {
            bad("variants", format!("内容要有 1 到 {} 个版本", MOST.1));
        }
        if self.holdout_percent > 90 {
            bad("holdout_percent", "对照组最多占 90%".to_owned());
        }
        if let Some(reason) = self.cap.mistake() {
            bad("cap", reason);
        }
        if !(1..=90).contains(&self.credited_days) {
            bad("credited_days", "统计成交的天数要在 1 到 90 之间".to_owned());
        }
        for (place, content) in self.variants.iter().enumerate() {
            mistakes.extend(self.mistakes_of(place, content, &knows));
        }
        mistakes
    }

    fn mistakes_of(&self, number: usize, content: &Content, knows: &impl Fn(&str) -> bool) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        let mut bad = |place: &str, reason: String| {
            mistakes.push(Mistake { place: format!("variants[{number}].{place}"), reason });
        };
        let longest = if self.channel == Channel::Sms { LONGEST.1 } else { LONGEST.0 };
        if content.text.trim().is_empty() || content.text.chars().count() > longest {
            bad("text", format!("文字要有 1 到 {longest} 个字"));
        }
        if self.channel == Channel::Email && content.subject.trim().is_empty() {
            bad("subject", "邮件要有标题".to_owned());
        }
        if content.subject.chars().count() > LONGEST.2 || content.subject.contains(['\r', '\n']) {
            bad("subject", format!("标题只有一行，最长 {} 个字", LONGEST.2));
        }
        for name in names_in(&content.text).into_iter().chain(names_in(&content.subject)) {
            if !NAMES.contains(&name.as_str()) {
                bad("text", format!("没有 {{{name}}} 这个变量，可以用 {{name}}、{{shop}}、{{product}}、{{price}}"));
            }
        }
        match &content.products {
            Products::Listed { skus } if skus.is_empty() || skus.len() > MOST.0 => {
                bad("products", format!("商品要有 1 到 {} 件", MOST.0));
            }
            Products::Listed { skus } => {
                for sku in skus.iter().filter(|sku| !knows(sku)) {
                    bad("products", format!("没有编号为 {sku} 的商品"));
                }
            }
            Products::Recommended { count } if !(1..=MOST.0).contains(&usize::from(*count)) => {
                bad("products", format!("推荐商品要有 1 到 {} 件", MOST.0));
            }
            Products::Trigger if !self.trigger.has_products() => {
                bad("products", "这种触发方式不带商品，请选别的商品来源".to_owned());
            }
            _ => {}
        }
        mistakes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan {
            trigger: Trigger::CartLeft { minutes: 30 },
            audience: "订单数 >= 1".into(),
            channel: Channel::Widget,
            variants: vec![Content { text: "{name}，购物车里的{product}还在".into(), ..Content::default() }],
            holdout_percent: 10,
            cap: Cap { times: 1, days: 7 },
            credited_days: 7,
            ends_at: None,
        }
    }

    #[test]
    fn everything_that_is_wrong_is_named() {
        assert_eq!(plan().mistakes(|_| true), []);
        let mut bad = plan();
        bad.audience = "身高 > 180".into();
        bad.trigger = Trigger::Page { path: "category".into() };
        bad.channel = Channel::Email;
        bad.cap.times = 0;
        bad.variants.push(Content { text: "{who}".into(), products: Products::Trigger, ..Content::default() });
        bad.variants.push(Content {
            text: "x".into(),
            products: Products::Listed { skus: vec!["X".into()] },
            subject: "a\nb".into(),
        });
        let places: Vec<String> = bad.mistakes(|_| false).into_iter().map(|mistake| mistake.place).collect();
        let expected = [
            "audience",
            "trigger.path",
            "cap",
            "variants[0].subject",
            "variants[1].subject",
            "variants[1].text",
            "variants[1].products",
            "variants[2].subject",
            "variants[2].products",
        ];
        assert_eq!(places, expected);
    }

    #[test]
    fn a_plan_comes_back_as_it_was() {
        let json = serde_json::to_string(&plan()).unwrap();
        assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan());
        assert!(serde_json::from_str::<Plan>(&json.replace("\"minutes\"", "\"hours\"")).is_err());
    }
}
