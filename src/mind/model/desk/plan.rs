//! How the desk works: opening hours, targets, lists to choose from, and the rules that send conversations to a person.

use crate::model::catalogue::Money;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;
use uuid::Uuid;

/// Which conversations an admin sends to a person, and to whom. All conditions must hold; an empty one always does.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
pub struct HandoverRule {
    /// Its id; given by the server.
    #[serde(default)]
    pub id: Uuid,
    /// What the admin calls it.
    pub name: String,
    /// Whether it is in force.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Names of intents; one of them was understood.
    #[serde(default)]
    pub intents: Vec<String>,
    /// The largest purchase of the last 30 days is at least so much, in fen.
    #[serde(default)]
    #[ts(optional = nullable, type = "number")]
    #[schema(value_type = Option<i64>)]
    pub min_order_value: Option<Money>,
    /// Segments; the shopper is in one of them.
    #[serde(default)]
    pub segments: Vec<Segment>,
    /// Whether it calls a person by itself; otherwise it only chooses group and priority when somebody else calls.
    #[serde(default)]
    pub hand_over: bool,
    /// The skill group that takes such a case.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub group: Option<Uuid>,
    /// Seconds that such a case is put before others who came at the same time, 0 to 1,800.
    #[serde(default)]
    #[ts(type = "number")]
    pub head_start_s: u32,
}

fn yes() -> bool {
    true
}

/// Kinds of shoppers, from what they did in the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Segment {
    /// Bought nothing yet.
    New,
    /// Has bought.
    Customer,
    /// Has bought three times, or for 2,000 yuan.
    Loyal,
    /// Put something into the basket in the last seven days and did not buy it.
    Undecided,
}

/// A stretch of a day, in minutes since midnight; `from` below `to`, `to` at most 1,440.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Stretch {
    /// When people begin to answer.
    #[ts(type = "number")]
    pub from: u16,
    /// When they stop.
    #[ts(type = "number")]
    pub to: u16,
}

/// A day that is not like its weekday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct SpecialDay {
    /// `2026-10-01`.
    pub date: String,
    /// When people answer on it; empty for not at all.
    pub open: Vec<Stretch>,
}

/// When people answer, in China Standard Time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct OpeningHours {
    /// Seven days, Monday first. Stretches of a day are in order and do not overlap.
    pub week: Vec<Vec<Stretch>>,
    /// Holidays and working weekends.
    pub special: Vec<SpecialDay>,
}

impl Default for OpeningHours {
    fn default() -> Self {
        Self { week: vec![vec![Stretch { from: 9 * 60, to: 22 * 60 }]; 7], special: Vec::new() }
    }
}

/// How the desk works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(default)]
pub struct DeskSettings {
    /// When people answer.
    pub hours: OpeningHours,
    /// Whether the assistant goes on answering while the shopper waits.
    pub bot_while_waiting: bool,
    /// Whether the server gives conversations to agents; otherwise they take them from the queue.
    pub assign: bool,
    /// Open conversations that an agent can have, where nothing else is said of them.
    #[ts(type = "number")]
    pub capacity: i64,
    /// How long a returning shopper waits for the agent they know, in seconds.
    #[ts(type = "number")]
    pub known_agent_s: u32,
    /// How long a case waits for its skill group before anybody may take it, in seconds.
    #[ts(type = "number")]
    pub group_s: u32,
    /// Target of the first answer, in seconds of business time.
    #[ts(type = "number")]
    pub first_answer_s: u32,
    /// Target of the resolution, in seconds of business time.
    #[ts(type = "number")]
    pub resolution_s: u32,
    /// Reasons to resolve with.
    pub resolutions: Vec<String>,
    /// Tags to choose from.
    pub tags: Vec<String>,
    /// Points of the score sheet, each with the points it can give.
    pub score_sheet: Vec<ScoreItem>,
}

/// A point of the score sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct ScoreItem {
    /// What is looked at.
    pub name: String,
    /// Points, at most.
    #[ts(type = "number")]
    pub points: u32,
}

impl Default for DeskSettings {
    fn default() -> Self {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let item = |name: &str, points| ScoreItem { name: name.to_owned(), points };
        Self {
            hours: OpeningHours::default(),
            bot_while_waiting: true,
            assign: true,
            capacity: 5,
            known_agent_s: 60,
            group_s: 120,
            first_answer_s: 60,
            resolution_s: 30 * 60,
            resolutions: texts(&["已解决", "已退款", "已补发", "转线下处理", "顾客未回复", "无需处理"]),
            tags: texts(&["物流", "退款", "质量", "投诉", "咨询"]),
            score_sheet: vec![
                item("问候与礼貌", 20),
                item("理解问题", 20),
                item("答案正确", 30),
                item("响应及时", 15),
                item("跟进到底", 15),
            ],
        }
    }
}
