//! Reads wishes from the words of a message.

use crate::model::catalogue::{Category, Money, Product};
use crate::recommend::wish::Wish;
use crate::text::Text;
use crate::text::entity::{Entities, amount_alone, without_prices_and_sizes};
use crate::text::normalize::normalize;
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

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

/// Phrases that ask for others than those shown.
const MORE: [&str; 20] = [
    "换一批",
    "换几个",
    "换几款",
    "换几件",
    "换一款看看",
    "换一个看看",
    "换点别的",
    "还有别的",
    "还有其他",
    "还有其它",
    "有没有别的",
    "有没有其他",
    "看看别的",
    "看看其他",
    "再推荐几个",
    "再推荐几款",
    "再来几个",
    "再来几款",
    "都不喜欢",
    "都不太喜欢",
];

/// The least amount that by itself is a budget: smaller ones are sizes, pieces, ages.
const LEAST_BUDGET: Money = Money(2_000);

/// Words for something that is given away.
const GIFTS: [&str; 7] = ["生日礼物", "小礼物", "礼物", "礼品", "送礼", "伴手礼", "送人"];

/// What else shoppers call a person.
const PERSON_WORDS: [(&str, &str); 17] = [
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
    ("婆婆", "妈妈"),
    ("丈母娘", "妈妈"),
    ("公公", "爸爸"),
    ("岳父", "爸爸"),
    ("媳妇", "老婆"),
    ("儿子", "孩子"),
    ("女儿", "孩子"),
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

    /// The wish that one message speaks of, and what the message says besides.
    pub fn read(&self, text: &Text, entities: &Entities) -> (Wish, String) {
        let mut wish = Wish { price: entities.price, ..Wish::default() };
        wish.sizes.extend(entities.sizes.iter().cloned());
        wish.companion = COMPANION.is_match(&text.normal);
        if wish.price.is_none() {
            wish.amount = amount_alone(&text.normal).filter(|amount| *amount >= LEAST_BUDGET);
        }
        // What it should go with is not what is wanted.
        let mut rest = COMPANION.replace_all(&text.normal, " ").into_owned();
        for (word, category) in &self.goods {
            if take(&mut rest, word) {
                wish.goods.insert(word.clone());
                wish.categories.insert(category.clone());
            }
        }
        if wish.goods.is_empty() {
            self.read_heads(&mut rest, &mut wish);
        }
        rest = without_prices_and_sizes(&rest);
        wish.cheaper = take_any(&mut rest, &CHEAPER);
        wish.more = take_any(&mut rest, &MORE);
        self.read_persons(&mut rest, &mut wish);
        wish.occasions = take_named(&mut rest, &self.occasions);
        wish.gift = take_any(&mut rest, &GIFTS);
        wish.colors = take_named(&mut rest, &self.colors);
        if wish.colors.is_empty() {
            read_color_families(&mut rest, &mut wish);
        }
        (wish, rest)
    }
}

/// Takes a word out of a text; whether it stood there.
fn take(rest: &mut String, word: &str) -> bool {
    let found = rest.contains(word);
    if found {
        *rest = rest.replace(word, " ");
    }
    found
}

fn take_any(rest: &mut String, words: &[&str]) -> bool {
    words.iter().filter(|word| take(rest, word)).count() > 0
}

/// All words that stand in the text; one does not hide another that overlaps with it.
fn take_named(rest: &mut String, words: &[String]) -> BTreeSet<String> {
    let named: BTreeSet<String> = words.iter().filter(|word| rest.contains(word.as_str())).cloned().collect();
    named.iter().for_each(|word| {
        take(rest, word);
    });
    named
}

/// Colours by their family: 黑色, and 黑的 at the end, because 白的确良 is a cloth.
fn read_color_families(rest: &mut String, wish: &mut Wish) {
    for family in COLOR_FAMILIES {
        let mut named = take(rest, &format!("{family}色"));
        for end in ["的", "的吗", "的呢", "的有吗"] {
            if let Some(before) = rest.trim_end().strip_suffix(&format!("{family}{end}")) {
                *rest = before.to_owned();
                named = true;
            }
        }
        if named {
            wish.colors.insert(family.to_owned());
        }
    }
}

impl WishReader {
    /// Persons in the catalogue's words; what is part of a longer word for a person, 朋友 in 女朋友, is not named.
    fn read_persons(&self, rest: &mut String, wish: &mut Wish) {
        for (word, person) in PERSON_WORDS {
            if self.persons.iter().any(|known| known == person) && take(rest, word) {
                wish.persons.insert(person.to_owned());
            }
        }
        wish.persons.extend(take_named(rest, &self.persons));
    }

    /// Goods named by a general word.
    fn read_heads(&self, rest: &mut String, wish: &mut Wish) {
        for head in HEADS {
            let ending = self.goods.iter().filter(|(word, _)| word.ends_with(head));
            let categories: BTreeSet<String> = ending.map(|(_, category)| category.clone()).collect();
            if !categories.is_empty() && take(rest, head) {
                wish.categories.extend(categories);
                wish.goods.insert(head.to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        WishReader::new(&categories, &[product]).read(&text, &entities).0
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
