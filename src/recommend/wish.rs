//! What a shopper wants to buy, in slots read from the words: category, price, colour, person, occasion, size.

use crate::model::catalogue::{Category, Product};
use crate::text::Text;
use crate::text::entity::{Entities, PriceRange};
use crate::text::normalize::normalize;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

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
const CHEAPER: [&str; 6] = ["便宜点", "便宜一点", "便宜些", "再便宜", "更便宜", "太贵"];

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
        let mut rest = text.normal.clone();
        for (word, category) in &self.goods {
            if rest.contains(word.as_str()) {
                wish.goods.insert(word.clone());
                wish.categories.insert(category.clone());
                rest = rest.replace(word.as_str(), " ");
            }
        }
        let named = |words: &[String]| words.iter().filter(|word| rest.contains(word.as_str())).cloned().collect();
        wish.persons = named(&self.persons);
        wish.occasions = named(&self.occasions);
        wish.colors = named(&self.colors);
        if wish.colors.is_empty() {
            wish.colors.extend(
                COLOR_FAMILIES.iter().filter(|family| rest.contains(&format!("{family}色"))).map(|f| (*f).to_owned()),
            );
        }
        wish.cheaper = CHEAPER.iter().any(|phrase| rest.contains(phrase));
        wish
    }
}

impl Wish {
    /// Whether the words say anything about what to buy.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the words name goods, not only their properties.
    pub fn names_goods(&self) -> bool {
        !self.categories.is_empty()
    }

    /// This wish as a continuation of an earlier one: new goods start anew, otherwise each slot that is named again
    /// replaces the earlier one.
    #[must_use]
    pub fn refining(self, earlier: &Self) -> Self {
        if self.names_goods() {
            return self;
        }
        let or = |new: BTreeSet<String>, old: &BTreeSet<String>| if new.is_empty() { old.clone() } else { new };
        Self {
            categories: earlier.categories.clone(),
            goods: earlier.goods.clone(),
            price: self.price.or(earlier.price),
            colors: or(self.colors, &earlier.colors),
            persons: or(self.persons, &earlier.persons),
            occasions: or(self.occasions, &earlier.occasions),
            sizes: or(self.sizes, &earlier.sizes),
            cheaper: self.cheaper,
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
