//! What a shopper wants to buy, in slots read from the words: category, price, colour, person, occasion, size.

use crate::model::catalogue::{Category, Product};
use crate::text::Text;
use crate::text::entity::{Entities, PriceRange};
use crate::text::normalize::normalize;
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The slots. Empty ones do not restrict.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Wish {
    /// Category ids that the words name.
    #[serde(default)]
    pub categories: BTreeSet<String>,
    /// The very words that named goods: 跑步鞋 is narrower than its category.
    #[serde(default)]
    pub goods: BTreeSet<String>,
    /// Price limits.
    #[serde(default)]
    pub price: Option<PriceRange>,
    /// Colours.
    #[serde(default)]
    pub colors: BTreeSet<String>,
    /// For whom.
    #[serde(default)]
    pub persons: BTreeSet<String>,
    /// For what.
    #[serde(default)]
    pub occasions: BTreeSet<String>,
    /// Sizes.
    #[serde(default)]
    pub sizes: BTreeSet<String>,
    /// "比这个便宜": cheaper than what was shown.
    #[serde(default)]
    pub cheaper: bool,
    /// "配这条裤子": goes with something, which is not what is wanted.
    #[serde(default)]
    pub companion: bool,
}

/// Reads wishes with the words of one catalogue.
#[derive(Debug, Clone, Default)]
pub struct WishReader {
    /// Word and category id, longest words first.
    goods: Vec<(String, String)>,
    colors: Vec<String>,
    persons: Vec<String>,
    occasions: Vec<String>,
}

/// Phrases that ask for a lower price without naming one.
const CHEAPER: [&str; 11] =
    ["便宜点", "便宜一点", "便宜些", "便宜的", "再便宜", "更便宜", "太贵", "别太贵", "实惠点", "实惠一点", "平价点"];

/// What else shoppers call a person.
const PERSON_WORDS: [(&str, &str); 10] = [
    ("我妈", "妈妈"),
    ("老妈", "妈妈"),
    ("母亲", "妈妈"),
    ("我爸", "爸爸"),
    ("老爸", "爸爸"),
    ("父亲", "爸爸"),
    ("女朋友", "女友"),
    ("男朋友", "男友"),
    ("妻子", "老婆"),
    ("丈夫", "老公"),
];

/// Words so general that they name the goods of several categories by their ends: 鞋 is every category that has a word
/// ending with it.
const HEADS: [&str; 8] = ["鞋", "裤子", "裙子", "包", "帽子", "衣服", "袜子", "外套"];

/// What something should go with: "配这条裤子穿什么鞋", "这条裤子搭什么鞋".
static COMPANION: LazyLock<Regex> = LazyLock::new(|| {
    let thing = r"(?:这|那|我的?|刚买的?)(?:一)?(?:条|件|双|个|款|只|身|套|顶)?[^配搭,，。?？穿选买用什哪]{1,8}";
    let pattern = format!(r"(?:搭配|搭|配)(?:着|上)?{thing}|{thing}(?:搭配|配|搭)");
    Regex::new(&pattern).expect("the pattern is part of the program and covered by tests")
});

/// Colour families: the word a shopper says, as it stands inside the shop's colour names (浅灰, 藏青色).
const COLOR_FAMILIES: [&str; 16] =
    ["黑", "白", "红", "蓝", "绿", "黄", "灰", "粉", "紫", "棕", "米", "橙", "咖", "银", "金", "杏"];

impl WishReader {
    /// Collects the words of a catalogue.
    pub fn new(categories: &[Category], products: &[Product]) -> Self {
        let mut goods: Vec<(String, String)> = categories
            .iter()
            .flat_map(|category| {
                let words = category.words.iter().chain(std::iter::once(&category.name));
                words.map(|word| (normalize(word), category.id.clone()))
            })
            .collect();
        goods.sort_by_key(|(word, _)| (std::cmp::Reverse(word.len()), word.clone()));
        goods.dedup();
        let collect = |pick: fn(&Product) -> &[String]| -> Vec<String> {
            let words: BTreeSet<String> = products.iter().flat_map(pick).map(|word| normalize(word)).collect();
            words.into_iter().filter(|word| word.chars().count() > 1).collect()
        };
        Self {
            goods,
            colors: collect(|product| &product.colors),
            persons: collect(|product| &product.persons),
            occasions: collect(|product| &product.occasions),
        }
    }

    /// The wish that one message speaks of.
    pub fn read(&self, text: &Text, entities: &Entities) -> Wish {
        let mut wish = Wish { price: entities.price, ..Wish::default() };
        wish.sizes.extend(entities.sizes.iter().cloned());
        let companion = COMPANION.is_match(&text.normal);
        // What it should go with is not what is wanted.
        let mut rest = COMPANION.replace_all(&text.normal, " ").into_owned();
        wish.companion = companion;
        for (word, category) in &self.goods {
            if rest.contains(word.as_str()) {
                wish.goods.insert(word.clone());
                wish.categories.insert(category.clone());
                rest = rest.replace(word.as_str(), " ");
            }
        }
        if wish.goods.is_empty() {
            self.read_heads(&rest, &mut wish);
        }
        let named = |words: &[String]| words.iter().filter(|word| rest.contains(word.as_str())).cloned().collect();
        wish.persons = self.read_persons(&rest);
        wish.occasions = named(&self.occasions);
        wish.colors = named(&self.colors);
        if wish.colors.is_empty() {
            let is_named = |family: &&&str| {
                // "要白的" names a colour by itself only at the end: 白的确良 is a cloth.
                rest.contains(&format!("{family}色"))
                    || ["的", "的吗", "的呢", "的有吗"]
                        .iter()
                        .any(|end| rest.trim_end().ends_with(&format!("{family}{end}")))
            };
            wish.colors.extend(COLOR_FAMILIES.iter().filter(is_named).map(|family| (*family).to_owned()));
        }
        wish.cheaper = CHEAPER.iter().any(|phrase| rest.contains(phrase));
        wish
    }
}

impl WishReader {
    /// Persons in the catalogue's words; what is part of a longer word for a person, 朋友 in 女朋友, is not named.
    fn read_persons(&self, rest: &str) -> BTreeSet<String> {
        let mut rest = rest.to_owned();
        let mut persons = BTreeSet::new();
        for (word, person) in PERSON_WORDS {
            if rest.contains(word) && self.persons.iter().any(|known| known == person) {
                rest = rest.replace(word, " ");
                persons.insert(person.to_owned());
            }
        }
        persons.extend(self.persons.iter().filter(|person| rest.contains(person.as_str())).cloned());
        persons
    }

    /// Goods named by a general word.
    fn read_heads(&self, rest: &str, wish: &mut Wish) {
        for head in HEADS.iter().filter(|head| rest.contains(**head)) {
            let ending = self.goods.iter().filter(|(word, _)| word.ends_with(head));
            wish.categories.extend(ending.map(|(_, category)| category.clone()));
            if !wish.categories.is_empty() {
                wish.goods.insert((*head).to_owned());
            }
        }
    }
}

impl Wish {
    /// How many properties the words name, besides the goods.
    pub fn properties(&self) -> usize {
        let sets = [&self.colors, &self.persons, &self.occasions, &self.sizes];
        sets.iter().filter(|set| !set.is_empty()).count()
            + usize::from(self.price.is_some())
            + usize::from(self.cheaper)
    }

    /// Whether the words say anything about what to buy.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the words name goods, not only their properties.
    pub fn names_goods(&self) -> bool {
        !self.categories.is_empty()
    }

    /// This wish as a continuation of an earlier one: other goods start anew, otherwise each slot that is named again
    /// replaces the earlier one.
    #[must_use]
    pub fn refining(self, earlier: &Self) -> Self {
        if self.names_goods() && self.categories != earlier.categories {
            return self;
        }
        let or = |new: BTreeSet<String>, old: &BTreeSet<String>| if new.is_empty() { old.clone() } else { new };
        Self {
            categories: earlier.categories.clone(),
            goods: or(self.goods, &earlier.goods),
            price: self.price.or(earlier.price),
            colors: or(self.colors, &earlier.colors),
            persons: or(self.persons, &earlier.persons),
            occasions: or(self.occasions, &earlier.occasions),
            sizes: or(self.sizes, &earlier.sizes),
            cheaper: self.cheaper,
            companion: self.companion,
        }
    }

    /// The conditions in the shopper's words: `跑步鞋、300 元以内、黑色`.
    pub fn in_words(&self) -> String {
        let mut parts: Vec<String> = self.goods.iter().cloned().collect();
        parts.extend(self.price.as_ref().and_then(price_in_words));
        parts.extend(
            self.colors.iter().map(|color| if color.ends_with('色') { color.clone() } else { format!("{color}色") }),
        );
        parts.extend(self.persons.iter().map(|person| format!("送{person}")));
        parts.extend(self.occasions.iter().cloned());
        parts.extend(self.sizes.iter().map(|size| format!("{size} 码")));
        parts.join("、")
    }
}

/// `300 元以内`, `100–200 元`, `500 元以上`.
pub fn price_in_words(price: &PriceRange) -> Option<String> {
    match (price.min, price.max) {
        (Some(min), Some(max)) => Some(format!("{min}–{max} 元")),
        (None, Some(max)) => Some(format!("{max} 元以内")),
        (Some(min), None) => Some(format!("{min} 元以上")),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalogue::Money;
    use crate::text::Language;
    use crate::text::entity::EntityReader;

    fn read(text: &str) -> Wish {
        let category = |id: &str, words: &[&str]| Category {
            id: id.into(),
            name: words[0].into(),
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            description: String::new(),
            consumable: false,
            complements: Vec::new(),
        };
        let categories = [
            category("sport-shoes", &["运动鞋", "跑步鞋"]),
            category("women-shoes", &["女鞋", "单鞋"]),
            category("menswear", &["男装", "休闲裤"]),
        ];
        let product = Product {
            persons: vec!["妈妈".into(), "女友".into(), "朋友".into()],
            colors: vec!["黑色".into()],
            occasions: vec!["通勤".into()],
            ..Product::default()
        };
        let text = Language::new(&[]).read(text);
        let entities = EntityReader::new(r"SG\d{12}").unwrap().read(&text.normal);
        WishReader::new(&categories, &[product]).read(&text, &entities)
    }

    #[test]
    fn slots_of_a_short_sentence() {
        let wish = read("送妈妈的，两百以内");
        assert_eq!(wish.persons, BTreeSet::from(["妈妈".to_owned()]));
        assert_eq!(wish.price.unwrap().max, Some(Money(20_000)));
        assert_eq!(wish.properties(), 2);
        assert_eq!(read("给我妈买件礼物").persons, BTreeSet::from(["妈妈".to_owned()]));
        assert_eq!(read("想买双鞋给女朋友").persons, BTreeSet::from(["女友".to_owned()]));
        assert!(read("要白的").colors.contains("白") && read("白的确良").colors.is_empty());
        assert!(["便宜的有吗", "有实惠点的吗", "别太贵"].into_iter().all(|text| read(text).cheaper));
        assert!(read("有没有黑色的").colors.contains("黑色"));
        assert!(read("比这个便宜点的").cheaper);
    }

    #[test]
    fn what_it_should_go_with_is_not_what_is_wanted() {
        for text in ["配这条裤子穿什么鞋", "这条休闲裤搭配什么鞋好看"] {
            let wish = read(text);
            assert!(wish.companion, "{text}");
            assert_eq!(wish.categories, BTreeSet::from(["sport-shoes".to_owned(), "women-shoes".to_owned()]), "{text}");
        }
        assert!(!read("想买跑步鞋").companion);
    }

    #[test]
    fn a_wish_is_refined_over_several_turns() {
        let first = read("想买双跑步鞋，三百以内");
        let second = read("有没有黑色的").refining(&first);
        assert_eq!((second.goods.len(), second.colors.len()), (1, 1));
        assert_eq!(second.price, first.price);
        let third = read("两百以内吧").refining(&second);
        assert_eq!(third.price.unwrap().max, Some(Money(20_000)));
        assert_eq!(third.colors, second.colors);
        let other = read("算了，看看男装").refining(&third);
        assert!(other.colors.is_empty() && other.price.is_none());
    }
}
