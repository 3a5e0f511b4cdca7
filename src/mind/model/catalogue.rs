//! What the shop sells.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// An amount in fen (a hundredth of a yuan), so that prices add up exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(pub i64);

impl Money {
    /// From yuan as people write them; rounds to the nearest fen.
    pub fn from_yuan(yuan: f64) -> Self {
        #[allow(clippy::cast_possible_truncation)]
        Self((yuan * 100.0).round() as i64)
    }

    /// The amount in yuan, for arithmetic on scales and bands, not for sums.
    pub fn yuan(self) -> f64 {
        self.0 as f64 / 100.0
    }
}

/// `269` or `26.90`: without decimals where there are none.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fen) = (self.0 / 100, (self.0 % 100).abs());
        if fen == 0 { write!(f, "{whole}") } else { write!(f, "{whole}.{fen:02}") }
    }
}

/// A stock keeping unit: the shop's own name of a product, for example `SS-001`.
pub type Sku = String;

/// A group of goods, one level deep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Category {
    /// Short English name, also in URLs: `sport-shoes`.
    pub id: String,
    /// What the shopper reads: `运动鞋`.
    pub name: String,
    /// Everything shoppers call goods of this category. A word belongs to one category only.
    pub words: Vec<String>,
    /// One sentence for the category page.
    pub description: String,
    /// Bought again and again (food, nappies): a past purchase is then a reason to suggest, not to hold back.
    pub consumable: bool,
    /// Categories that are bought together with this one.
    pub complements: Vec<String>,
}

/// One thing that can be bought.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Product {
    /// The shop's own name of it; unique.
    pub sku: Sku,
    /// Title as shown on the page.
    pub name: String,
    /// [`Category::id`].
    pub category: String,
    /// Brand as shown.
    pub brand: String,
    /// What it costs now.
    pub price: Money,
    /// What it cost before a reduction; equal to the price where there is none.
    pub original_price: Money,
    /// Pieces that can be sent today. Zero hides it from suggestions, not from its page.
    pub stock: i64,
    /// Colours as shoppers say them.
    pub colors: Vec<String>,
    /// Sizes on offer; empty for goods without.
    pub sizes: Vec<String>,
    /// Material, weight, capacity and the like, in the shop's own words.
    pub attributes: BTreeMap<String, String>,
    /// Selling points.
    pub tags: Vec<String>,
    /// For whom it suits: 妈妈, 男友.
    pub persons: Vec<String>,
    /// When it suits: 通勤, 露营.
    pub occasions: Vec<String>,
    /// 四季, 夏季, …
    pub season: String,
    /// Two to four sentences.
    pub description: String,
    /// The main colour of its picture, `#rrggbb`.
    pub image_color: String,
    /// Name of its drawing; empty for that of its category.
    #[serde(default)]
    pub picture: String,
    /// Mean rating from 0 to 5.
    pub rating: f64,
    /// Pieces sold so far.
    pub sold: i64,
    /// ISO date of its first day in the shop, `2026-03-12`.
    pub listed_on: String,
}

impl Product {
    /// Name of the drawing that shows it.
    pub fn drawing(&self) -> &str {
        if self.picture.is_empty() { &self.category } else { &self.picture }
    }

    /// Whether it can be sent today.
    pub fn in_stock(&self) -> bool {
        self.stock > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_prints_as_shops_write_it() {
        assert_eq!(Money(26_900).to_string(), "269");
        assert_eq!(Money(2_690).to_string(), "26.90");
        assert_eq!(Money(5).to_string(), "0.05");
        assert_eq!(Money::from_yuan(19.9), Money(1_990));
    }
}
