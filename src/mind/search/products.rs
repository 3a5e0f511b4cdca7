//! The product index: from words to products.

use crate::model::catalogue::{Category, Product};
use crate::search::analyser::{Analyser, Views};
use crate::search::faq::SearchError;
use crate::search::view_index::ViewIndex;
use crate::text::Text;
use std::collections::HashMap;

/// Names, brands, tags and category words: what shoppers search by.
const TITLE_WORDS: usize = 0;
/// The same as characters, for words that jieba does not know.
const TITLE_CHARACTERS: usize = 1;
/// Descriptions and attributes: they help to order, not to find.
const DETAIL_WORDS: usize = 2;

/// How much each view counts.
const VIEW_WEIGHTS: [(usize, f64); 3] = [(TITLE_WORDS, 1.0), (TITLE_CHARACTERS, 0.5), (DETAIL_WORDS, 0.3)];

/// All products of one knowledge version.
pub struct ProductIndex {
    analyser: Analyser,
    index: ViewIndex,
    size: usize,
}

/// A product found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProductHit {
    /// Place in the list that the index was built from.
    pub product: usize,
    /// Text relevance, 1 for the best hit of a query.
    pub relevance: f64,
}

impl ProductIndex {
    /// Indexes the products.
    ///
    /// # Errors
    /// [`SearchError`] where the index cannot be built.
    pub fn build(analyser: Analyser, products: &[Product], categories: &[Category]) -> Result<Self, SearchError> {
        let names: HashMap<&str, &str> =
            categories.iter().map(|category| (category.id.as_str(), category.name.as_str())).collect();
        let views: Vec<(Views, Views)> = products
            .iter()
            .map(|product| {
                let category = names.get(product.category.as_str()).copied().unwrap_or_default();
                (analyser.read(&title(product, category)), analyser.read(&detail(product)))
            })
            .collect();
        let index = ViewIndex::build(
            &["title words", "title characters", "detail words"],
            (views.iter()).map(|(title, detail)| vec![&title.words[..], &title.characters[..], &detail.words[..]]),
        )?;
        Ok(Self { analyser, index, size: products.len() })
    }

    /// The products that share words with a text, best first.
    ///
    /// # Errors
    /// [`SearchError`] where the index cannot be read.
    pub fn find(&self, text: &Text) -> Result<Vec<ProductHit>, SearchError> {
        let views = self.analyser.views(text);
        let mut scores: HashMap<usize, f64> = HashMap::new();
        for (view, weight) in VIEW_WEIGHTS {
            let terms = if view == TITLE_CHARACTERS { &views.characters } else { &views.words };
            for hit in self.index.search(view, terms, self.size)? {
                *scores.entry(hit.document).or_default() += weight * f64::from(hit.score);
            }
        }
        let best = scores.values().copied().fold(0.0, f64::max);
        let mut hits: Vec<ProductHit> =
            (scores.into_iter()).map(|(product, score)| ProductHit { product, relevance: score / best }).collect();
        hits.sort_by(|a, b| b.relevance.total_cmp(&a.relevance).then(a.product.cmp(&b.product)));
        Ok(hits)
    }
}

fn title(product: &Product, category: &str) -> String {
    format!("{} {} {} {}", product.name, product.brand, category, product.tags.join(" "))
}

fn detail(product: &Product) -> String {
    let attributes: Vec<String> = product.attributes.iter().map(|(name, value)| format!("{name} {value}")).collect();
    format!(
        "{} {} {} {} {} {}",
        product.description,
        attributes.join(" "),
        product.colors.join(" "),
        product.persons.join(" "),
        product.occasions.join(" "),
        product.season
    )
}
