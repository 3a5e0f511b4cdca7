//! Reading a message: words, entities, intents, mood, wish.

use crate::classify::mood::{Mood, MoodReading};
use crate::dialogue::{Knowledge, Models};
use crate::model::knowledge::Lane;
use crate::recommend::wish::Wish;
use crate::text::entity::Entities;
use crate::text::{Text, normalize};
use serde::{Deserialize, Serialize};

/// Probability from which an intent counts as heard.
const HEARD: f64 = 0.5;

/// Characters of a message that only continues a wish, at most.
const SHORT: usize = 24;

/// Phrases that compare.
const COMPARES: [&str; 9] =
    ["哪个好", "哪款好", "哪个更", "哪款更", "有什么区别", "有啥区别", "对比一下", "比较一下", "选哪个"];

/// Wishes for a person that are so plain that no probability may overrule them.
const CALLS_FOR_A_PERSON: [&str; 14] = [
    "转人工",
    "人工客服",
    "人工服务",
    "要人工",
    "找人工",
    "叫人工",
    "真人",
    "活人",
    "zhuanrengong",
    "zhuan人工",
    "接人工",
    "换人工",
    "人工在吗",
    "客服人员",
];

/// Everything that was understood of one message.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// The words.
    pub text: Text,
    /// Order numbers, amounts and the like.
    pub entities: Entities,
    /// Intents with their lanes, the most probable first.
    pub intents: Vec<HeardIntent>,
    /// The mood of this message alone.
    pub mood: MoodReading,
    /// What the message says about goods.
    pub wish: Wish,
    /// Whether the words plainly ask for a person, whatever the classifier says.
    pub calls_for_person: bool,
    /// Whether the words ask which of two products is better, or how they differ.
    pub compares: bool,
    /// Whether goods were talked about before, or one is on the screen: then a property alone continues the wish.
    pub among_goods: bool,
}

/// One intent of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeardIntent {
    /// Its name.
    pub name: String,
    /// Its lane.
    pub lane: Lane,
    /// Calibrated probability.
    pub probability: f64,
}

impl Heard {
    /// The most probable intent, if it is probable enough to act on.
    pub fn intent(&self) -> Option<&HeardIntent> {
        self.intents.first().filter(|intent| intent.probability >= HEARD)
    }

    /// Probability of all intents of a lane together.
    pub fn lane(&self, lane: Lane) -> f64 {
        self.intents.iter().filter(|intent| intent.lane == lane).map(|intent| intent.probability).sum()
    }

    /// Whether the message is about buying something.
    pub fn wants_products(&self) -> bool {
        let asks = self.lane(Lane::Product) >= HEARD;
        (asks && !self.wish.is_empty())
            || self.intent().is_some_and(|intent| intent.name == "product_recommend")
            || self.continues_a_wish()
    }

    /// "有没有黑色的", "比这个便宜点的", "送妈妈的，两百以内": properties without goods, said among goods or several at
    /// once; or goods to go with something. Longer messages have another matter.
    fn continues_a_wish(&self) -> bool {
        let short = self.text.normal.chars().count() <= SHORT;
        let among_goods = self.among_goods && self.wish.properties() >= 1;
        let goes_with = self.wish.companion && self.wish.names_goods();
        short && self.entities.orders.is_empty() && (among_goods || self.wish.properties() >= 2 || goes_with)
    }

    /// Whether the message is a complaint.
    pub fn is_complaint(&self) -> bool {
        self.lane(Lane::Complaint) >= HEARD
    }

    /// Whether the shopper is upset in this very message.
    pub fn is_upset(&self) -> bool {
        self.mood.mood <= Mood::Upset
    }
}

/// Reads a message.
pub fn read(models: &Models, knowledge: &Knowledge, raw: &str) -> Heard {
    let text = models.language.read(raw);
    let entities = models.entities.read(&text.normal);
    let wish = knowledge.wishes.read(&text, &entities);
    let intents = (models.intents.read(&text).ranked.into_iter())
        .map(|scored| HeardIntent {
            lane: knowledge.lane(&scored.label),
            name: scored.label,
            probability: scored.probability,
        })
        .collect();
    let mood = models.mood.read(&text);
    let compact: String = text.normal.split_whitespace().collect();
    let calls_for_person = CALLS_FOR_A_PERSON.iter().any(|phrase| compact.contains(&normalize::normalize(phrase)));
    let compares = COMPARES.iter().any(|phrase| compact.contains(phrase));
    Heard { text, entities, intents, mood, wish, calls_for_person, compares, among_goods: false }
}
