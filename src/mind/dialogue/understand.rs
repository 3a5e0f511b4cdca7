//! Reading a message: words, entities, intents, mood, wish.

use crate::classify::intent::Verdict;
use crate::classify::mood::{Mood, MoodReading};
use crate::clock::Watch;
use crate::dialogue::danger::is_danger;
use crate::dialogue::phrases;
use crate::dialogue::{Knowledge, Models};
use crate::model::knowledge::Lane;
use crate::recommend::wish::Wish;
use crate::text::Text;
use crate::text::clauses::{Boundary, clauses};
use crate::text::entity::Entities;
use serde::{Deserialize, Serialize};

/// Probability from which a lane counts as heard.
const HEARD: f64 = 0.5;

/// Clauses that are read by themselves, at most.
const CLAUSES: usize = 6;

/// Characters of a message that only continues a wish, at most.
const SHORT: usize = 24;

/// Phrases that compare; longer ones first.
const COMPARES: [&str; 24] = [
    "有什么区别",
    "有什么不同",
    "有什么不一样",
    "有啥区别",
    "有啥不同",
    "区别在哪",
    "哪一个更",
    "哪一款更",
    "哪一个好",
    "哪一款好",
    "哪个更",
    "哪款更",
    "哪双更",
    "哪件更",
    "哪个好",
    "哪款好",
    "哪双好",
    "哪件好",
    "哪条好",
    "对比一下",
    "比较一下",
    "对比下",
    "选哪个",
    "选哪款",
];

/// What may stand in a wish for goods besides its slots; longer ones first.
const WISHING: [&str; 44] = [
    "有没有",
    "有木有",
    "推荐",
    "想买",
    "想要",
    "想看",
    "看看",
    "看下",
    "颜色",
    "预算",
    "价位",
    "价格",
    "这个",
    "这款",
    "这双",
    "这件",
    "那个",
    "那种",
    "适合",
    "找",
    "来",
    "买",
    "给",
    "送",
    "挑",
    "选",
    "比",
    "它",
    "件",
    "双",
    "条",
    "款",
    "只",
    "的",
    "点",
    "些",
    "再",
    "更",
    "帮",
    "色",
    "一",
    "两",
    "几",
    "那",
];

/// Wishes for a person that are so plain that no probability may overrule them; in normal form.
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
    /// Its clauses, where there are several: each may carry a wish of its own.
    pub clauses: Vec<HeardClause>,
    /// The mood of this message alone.
    pub mood: MoodReading,
    /// What the message says about goods.
    pub wish: Wish,
    /// Whether the words plainly ask for a person, whatever the classifier says.
    pub calls_for_person: bool,
    /// Whether the words say that a life may be in danger.
    pub danger: bool,
    /// Whether the message says nothing but what is wanted.
    pub only_wishes: bool,
    /// Whether the words ask which of some products is better, or how they differ: what the message says besides.
    pub compares: Option<String>,
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

/// A clause of a message, read by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct HeardClause {
    /// The words.
    pub text: Text,
    /// What it begins with.
    pub begins: Boundary,
    /// Intents with their lanes, the most probable first.
    pub intents: Vec<HeardIntent>,
}

impl HeardClause {
    /// The intent that one may act on.
    pub fn intent(&self) -> Option<&HeardIntent> {
        sure(&self.intents)
    }

    /// Whether it wishes for goods.
    pub fn wants_products(&self) -> bool {
        self.intent().is_some_and(|intent| intent.name == RECOMMEND)
    }
}

/// The intent that wishes for goods.
const RECOMMEND: &str = "product_recommend";

/// The verdict on intents, the most probable first.
fn verdict(intents: &[HeardIntent]) -> Verdict {
    let probability = |place: usize| intents.get(place).map_or(0.0, |intent| intent.probability);
    Verdict::of(probability(0), probability(1))
}

fn sure(intents: &[HeardIntent]) -> Option<&HeardIntent> {
    intents.first().filter(|_| verdict(intents) == Verdict::Sure)
}

impl Heard {
    /// The intent that one may act on.
    pub fn intent(&self) -> Option<&HeardIntent> {
        sure(&self.intents)
    }

    /// Whether the intent is sure, one of two, or none of the shop's.
    pub fn verdict(&self) -> Verdict {
        verdict(&self.intents)
    }

    /// Probability of all intents of a lane together.
    pub fn lane(&self, lane: Lane) -> f64 {
        self.intents.iter().filter(|intent| intent.lane == lane).map(|intent| intent.probability).sum()
    }

    /// Whether the message is about buying something.
    pub fn wants_products(&self) -> bool {
        // "黑色的会掉色吗" names a colour and asks for something else.
        let says_what = self.wish.names_goods() || (self.only_wishes && self.wish.continues());
        (self.lane(Lane::Product) >= HEARD && says_what)
            || self.intent().is_some_and(|intent| intent.name == RECOMMEND)
            || self.clauses.iter().any(HeardClause::wants_products)
            || self.continues_a_wish()
    }

    /// "有没有黑色的", "比这个便宜点的", "送妈妈的，两百以内": properties without goods, said among goods or several at
    /// once; or goods to go with something. Longer messages have another matter.
    fn continues_a_wish(&self) -> bool {
        let short = self.text.normal.chars().count() <= SHORT;
        let among_goods = self.among_goods && self.only_wishes && self.wish.continues();
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
pub fn read(models: &Models, knowledge: &Knowledge, raw: &str, watch: &mut impl Watch) -> Heard {
    let text = models.language.read(raw);
    watch.done("read");
    let entities = models.entities.read(&text.normal);
    let (wish, besides) = knowledge.wishes.read(&text, &entities);
    let only_wishes = !wish.is_empty() && (wish.amount.is_some() || says_only(&besides, &WISHING));
    watch.done("entities");
    let intents = read_intents(models, knowledge, &text);
    watch.done("intents");
    let clauses = read_clauses(models, knowledge, &text);
    watch.done("clauses");
    let mood = models.mood.read(&text);
    watch.done("mood");
    let compact: String = text.normal.split_whitespace().collect();
    let calls_for_person = CALLS_FOR_A_PERSON.iter().any(|phrase| compact.contains(phrase));
    let danger = is_danger(&text.normal);
    let compares = COMPARES.iter().find(|phrase| compact.contains(**phrase)).map(|phrase| compact.replace(phrase, ""));
    let among_goods = false;
    Heard { text, entities, intents, clauses, mood, wish, only_wishes, calls_for_person, danger, compares, among_goods }
}

/// Whether a text holds nothing but these words, small ones and marks.
pub fn says_only(text: &str, words: &[&str]) -> bool {
    let bare: String = text.chars().filter(|character| character.is_alphanumeric()).collect();
    phrases::is_only(&bare, &[words])
}

fn read_intents(models: &Models, knowledge: &Knowledge, text: &Text) -> Vec<HeardIntent> {
    let scored = models.intents.read(text).ranked.into_iter();
    scored
        .map(|scored| HeardIntent {
            lane: knowledge.lane(&scored.label),
            name: scored.label,
            probability: scored.probability,
        })
        .collect()
}

/// The first clauses, where there are several.
fn read_clauses(models: &Models, knowledge: &Knowledge, whole: &Text) -> Vec<HeardClause> {
    let found = clauses(whole);
    if found.len() < 2 {
        return Vec::new();
    }
    let read = |raw: &str| models.language.read(raw);
    (found.into_iter().take(CLAUSES))
        .map(|clause| {
            let text = read(&whole.raw[clause.raw]);
            HeardClause { intents: read_intents(models, knowledge, &text), begins: clause.begins, text }
        })
        .collect()
}
