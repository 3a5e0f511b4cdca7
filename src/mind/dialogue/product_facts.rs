//! What can be said of a product from the catalogue alone: "这个多少钱", "有货吗", "有什么颜色".

use crate::dialogue::phrases;
use crate::model::catalogue::Product;
use serde::{Deserialize, Serialize};

/// Something that the catalogue says of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// What it costs.
    Price,
    /// Whether it can be had.
    Stock,
    /// Its sizes.
    Sizes,
    /// Its colours.
    Colors,
}

const WORDS: [(Fact, &[&str]); 4] = [
    (Fact::Price, &["多少钱", "什么价", "价格", "几块", "贵不贵", "要钱吗"]),
    (Fact::Stock, &["有货", "没货", "现货", "库存", "卖完", "还有吗", "有没有了", "缺货"]),
    (Fact::Sizes, &["尺码", "什么码", "几个码", "哪些码", "有几码", "多大码"]),
    (Fact::Colors, &["颜色", "什么色", "几种色", "哪些色"]),
];

impl Fact {
    /// What the words of a message ask for.
    pub fn asked(words: &str) -> Vec<Self> {
        let asked = WORDS.iter().filter(|(_, words_of)| words_of.iter().any(|word| words.contains(word)));
        asked.map(|(fact, _)| *fact).collect()
    }

    /// In words for the shopper; nothing where the catalogue does not say.
    fn in_words(self, product: &Product) -> Option<String> {
        let list =
            |name: &str, values: &[String]| (!values.is_empty()).then(|| format!("{name}有 {}", values.join("、")));
        match self {
            Self::Price if product.original_price > product.price => {
                Some(format!("现价 {} 元（原价 {} 元）", product.price, product.original_price))
            }
            Self::Price => Some(format!("现价 {} 元", product.price)),
            Self::Stock if product.stock > 0 => Some("有现货".to_owned()),
            Self::Stock => Some("暂时缺货".to_owned()),
            Self::Sizes => list("尺码", &product.sizes),
            Self::Colors => list("颜色", &product.colors),
        }
    }
}

/// Whether a message asks for facts and names nothing that they could be of.
pub fn asks_only(message: &str) -> bool {
    !Fact::asked(message).is_empty() && phrases::is_only(message, &WORDS.map(|(_, words)| words))
}

/// The facts in one line; all of them where none was asked for by name. `None` where the catalogue says nothing of what
/// was asked.
pub fn in_words(product: &Product, asked: &[Fact]) -> Option<String> {
    let all = [Fact::Price, Fact::Stock, Fact::Sizes, Fact::Colors];
    let facts = if asked.is_empty() { &all[..] } else { asked };
    let words: Vec<String> = facts.iter().filter_map(|fact| fact.in_words(product)).collect();
    (!words.is_empty()).then(|| words.join("，"))
}
