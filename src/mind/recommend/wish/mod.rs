//! What a shopper wants to buy, in slots: category, price, colour, person, occasion, size. [`reader`] reads them from the
//! words of one message; [`Wish::refining`] gathers them over several.

pub mod reader;

use crate::model::catalogue::{Money, Sku};
use crate::text::entity::PriceRange;
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
    /// "配这条裤子": goes with something, which is not what is wanted.
    #[serde(default)]
    pub companion: bool,
    /// "礼物": to be given away.
    #[serde(default)]
    pub gift: bool,
    /// "换一批": others than those shown.
    #[serde(default)]
    pub more: bool,
    /// An amount and nothing else: the answer to what it may cost.
    #[serde(default)]
    pub amount: Option<Money>,
    /// What it must be cheaper than, once it is known what "cheaper than this" was said of.
    #[serde(default)]
    pub below: Option<Money>,
    /// What it should go with, once it is known what was pointed at.
    #[serde(default)]
    pub goes_with: Option<Sku>,
}

impl Wish {
    /// How many properties the words name, besides the goods.
    pub fn properties(&self) -> usize {
        let sets = [&self.colors, &self.persons, &self.occasions, &self.sizes];
        let gift = self.gift && (!self.persons.is_empty() || self.price.is_some());
        sets.iter().filter(|set| !set.is_empty()).count()
            + usize::from(self.price.is_some())
            + usize::from(self.cheaper)
            + usize::from(gift)
    }

    /// Whether it is for somebody else, as far as the words say.
    pub fn is_gift(&self) -> bool {
        self.gift || self.persons.iter().any(|person| person != "自己")
    }

    /// Whether something was said of what it may cost.
    pub fn has_price(&self) -> bool {
        self.price.is_some() || self.below.is_some()
    }

    /// Whether it says something about goods that are talked about already.
    pub fn continues(&self) -> bool {
        self.properties() > 0 || self.more || self.amount.is_some()
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
        if self.names_goods() && earlier.names_goods() && self.categories != earlier.categories {
            return self;
        }
        let or = |new: BTreeSet<String>, old: &BTreeSet<String>| if new.is_empty() { old.clone() } else { new };
        let (new_price, new_below) = (self.price.is_some() || self.amount.is_some(), self.below.is_some());
        let budget = self.amount.map(|most| PriceRange { min: None, max: Some(most) });
        Self {
            goods: if self.categories.is_empty() { or(self.goods, &earlier.goods) } else { self.goods },
            categories: or(self.categories, &earlier.categories),
            price: self.price.or(budget).or(earlier.price.filter(|_| !new_below)),
            colors: or(self.colors, &earlier.colors),
            persons: or(self.persons, &earlier.persons),
            occasions: or(self.occasions, &earlier.occasions),
            sizes: or(self.sizes, &earlier.sizes),
            below: self.below.or(earlier.below.filter(|_| !new_price)),
            goes_with: self.goes_with.or_else(|| earlier.goes_with.clone()),
            gift: self.gift || earlier.gift,
            amount: None,
            ..self
        }
    }

    /// The conditions in the shopper's words: `跑步鞋、300 元以内、黑色`.
    pub fn in_words(&self) -> String {
        let mut parts: Vec<String> = self.goods.iter().cloned().collect();
        parts.extend(self.price.as_ref().and_then(price_in_words));
        parts.extend(self.below.map(|below| format!("低于 {below} 元")));
        parts.extend(
            self.colors.iter().map(|color| if color.ends_with('色') { color.clone() } else { format!("{color}色") }),
        );
        parts.extend(self.persons.iter().map(|person| format!("送{person}")));
        if self.gift && self.persons.is_empty() {
            parts.push("送礼".to_owned());
        }
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

    fn words(words: &[&str]) -> BTreeSet<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn at_most(yuan: i64) -> Option<PriceRange> {
        Some(PriceRange { min: None, max: Some(Money(yuan * 100)) })
    }

    #[test]
    fn cheaper_than_something_holds_until_a_price_is_named() {
        let shoes = Wish { categories: words(&["shoes"]), price: at_most(300), ..Wish::default() };
        let cheaper = Wish { cheaper: true, below: Some(Money(19_900)), ..Wish::default() }.refining(&shoes);
        assert_eq!((cheaper.price, cheaper.below), (None, Some(Money(19_900))));
        let black = Wish { colors: words(&["黑色"]), ..Wish::default() }.refining(&cheaper);
        assert_eq!((black.below, black.cheaper), (Some(Money(19_900)), false));
        assert_eq!(black.in_words(), "低于 199 元、黑色");
        let priced = Wish { amount: Some(Money(25_000)), ..Wish::default() }.refining(&black);
        assert_eq!((priced.price, priced.below, priced.amount), (at_most(250), None, None));
    }

    #[test]
    fn goods_that_are_named_first_join_what_was_said_before() {
        let gift = Wish { persons: words(&["妈妈"]), price: at_most(200), gift: true, ..Wish::default() };
        let scarf = Wish { categories: words(&["scarves"]), goods: words(&["围巾"]), ..Wish::default() };
        let both = scarf.refining(&gift);
        assert!(
            both.persons.contains("妈妈") && both.gift && both.price == at_most(200) && both.goods.contains("围巾")
        );
        let other = Wish { categories: words(&["shoes"]), ..Wish::default() }.refining(&both);
        assert!(other.persons.is_empty() && other.price.is_none());
    }
}
