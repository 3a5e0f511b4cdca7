//! What a message about goods means where it was said: on a product's page, after a list of cards, in the course of a wish.
//!
//! - "便宜点的" is cheaper than the product on the page, or than the first of those shown last, which fitted best; of its
//!   kind, and for as long as the wish lasts.
//! - "配这条裤子穿什么鞋" points at the product on the page, or at the one shown last.
//! - "有没有黑色的" on a page is a question about that product; after a list it refines the wish.
//! - "这两款哪个好" means cards by their places, products by their titles, the page, the last list, and what was looked at
//!   before, in this order.

use crate::dialogue::ordinals;
use crate::dialogue::product_facts::Fact;
use crate::dialogue::state::State;
use crate::dialogue::understand::{Heard, says_only};
use crate::dialogue::{Context, Knowledge};
use crate::model::catalogue::{Product, Sku};
use crate::recommend::diversity::{likeness, looks};
use crate::recommend::in_conversation::{self, Ordering, Suggestions};
use crate::recommend::wish::Wish;
use crate::search::faq::SearchError;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Characters of a part of a title that names a product, at least.
const NAMED: usize = 4;

/// Turns for which a list is what is talked about.
const LASTS: u32 = 3;

/// Products that another may be compared with, at most.
const OFFERED: usize = 3;

/// What it counts that a product is kin to the one on the screen, against the best hit of the words.
const KINSHIP: f64 = 1.5;

/// Words that point at products, besides those that name their places; longer ones first.
const POINTING: [&str; 12] =
    ["这两个", "这两款", "这俩", "这几个", "这几款", "这个", "这款", "那个", "它们", "两个", "两款", "和"];

/// A colour or size that is asked of the product on the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// The product.
    pub sku: Sku,
    /// What was asked for, in words.
    pub asked: String,
    /// What the answer should say of the product.
    pub facts: Vec<Fact>,
    /// Whether the product has it.
    pub there: bool,
}

/// The product that the shopper is looking at.
pub(super) fn on_page(about: &Context) -> Option<&str> {
    about.page.as_ref()?.sku.as_deref()
}

/// Whether the last list is what is talked about.
fn list_is_the_matter(before: &State) -> bool {
    let lately = before.suggested_at.is_some_and(|at| before.turns.saturating_sub(at) < LASTS);
    lately && !before.last_list().is_empty()
}

/// Share of the characters of two names and their selling points that stand in both: 跑步鞋 and 跑鞋 are kin.
fn shared_characters(a: &Product, b: &Product) -> f64 {
    let of = |product: &Product| -> BTreeSet<char> {
        let name = product.name.trim_start_matches(product.brand.as_str());
        name.chars().chain(product.tags.iter().flat_map(|tag| tag.chars())).collect()
    };
    let (a, b) = (of(a), of(b));
    a.intersection(&b).count() as f64 / a.union(&b).count().max(1) as f64
}

impl Knowledge {
    /// What is wanted after a message; none where it says nothing of goods.
    pub fn wish(&self, heard: &Heard, before: &State, about: &Context, variant: Option<&Variant>) -> Option<Wish> {
        let mut said = heard.wish.clone();
        if let Some(variant) = variant {
            // Others of its kind are looked for only where the product itself does not come so.
            let product = self.product(&variant.sku).filter(|_| !variant.there)?;
            said.categories.insert(product.category.clone());
            return Some(said);
        }
        if !heard.wants_products() {
            return None;
        }
        if said.cheaper
            && let Some(dear) = self.too_dear(before, about)
        {
            said.below = Some(dear.price);
            if !said.names_goods() && !before.wish.names_goods() && on_page(about).is_some() {
                said.categories.insert(dear.category.clone());
            }
        }
        if said.companion
            && let Some(anchor) = self.pointed_at(before, about)
        {
            said.goes_with = Some(anchor.sku.clone());
            let complements = self.complements(anchor);
            let both: BTreeSet<String> =
                said.categories.iter().filter(|category| complements.contains(category)).cloned().collect();
            if !both.is_empty() {
                said.categories = both;
            }
        }
        Some(said.refining(&before.wish))
    }

    /// Products for the wish that a message belongs to.
    ///
    /// # Errors
    /// [`SearchError`] where the index cannot be read.
    pub fn suggest(&self, heard: &Heard, state: &State, about: &Context) -> Result<Suggestions, SearchError> {
        let hits = self.products.find(&heard.text)?;
        let mut relevance: HashMap<usize, f64> = hits.into_iter().map(|hit| (hit.product, hit.relevance)).collect();
        self.prefer_kin(&mut relevance, state, about);
        let mut withheld = about.withheld.clone();
        // What is on the screen needs no card, and neither does what something should go with.
        withheld.extend(about.page.iter().filter_map(|page| page.sku.clone()));
        withheld.extend(state.wish.goes_with.clone());
        let anchor = state.wish.goes_with.as_deref().and_then(|sku| self.product(sku));
        let content = &self.content;
        let choose = |withheld: &HashSet<Sku>| {
            let ordering = Ordering {
                relevance: &relevance,
                personal: &about.personal,
                withheld,
                goes_with: anchor.map(|anchor| (anchor, self.complements(anchor))),
            };
            let limits = &content.shop.suggestions;
            in_conversation::suggest(&content.products, &content.categories, &state.wish, &ordering, limits)
        };
        let fits = |found: &Suggestions| found.loosened.is_empty() && !found.products.is_empty();
        let says_more = heard.wish.names_goods() || heard.wish.continues() && !heard.wish.more;
        let known = choose(&withheld);
        if state.shown.is_empty() || (says_more && fits(&known)) {
            return Ok(known);
        }
        // The same request again wants others than those shown before, unless only those fit; and where nothing fits,
        // something else is better than the same again.
        let others: HashSet<Sku> = withheld.iter().chain(&state.shown).cloned().collect();
        let fresh = choose(&others);
        if fits(&fresh) || heard.wish.more || !fits(&known) {
            return Ok(if fresh.products.is_empty() { known } else { fresh });
        }
        Ok(known)
    }

    /// Where the kind alone is wanted and one of it is on the screen, its kin come first: beside a running shoe a running
    /// shoe.
    fn prefer_kin(&self, relevance: &mut HashMap<usize, f64>, state: &State, about: &Context) {
        let wish = &state.wish;
        let Some(own) = on_page(about).and_then(|sku| self.product(sku)) else { return };
        if !wish.goods.is_empty() || !wish.categories.contains(&own.category) {
            return;
        }
        for (place, other) in self.content.products.iter().enumerate().filter(|(_, one)| one.category == own.category) {
            *relevance.entry(place).or_default() += KINSHIP * shared_characters(own, other);
        }
    }

    /// Products that a message compares, two or three; one alone where it is not said with what.
    pub fn compared(&self, heard: &Heard, state: &State, about: &Context) -> Vec<Sku> {
        let Some(besides) = &heard.compares else { return Vec::new() };
        let normal = &heard.text.normal;
        let list = if list_is_the_matter(state) { state.last_list() } else { &[] };
        let places = ordinals::places(normal, list.len());
        let mut meant: Vec<Sku> = self.named(normal).map(|product| product.sku.clone()).collect();
        meant.extend(places.iter().map(|place| list[*place].clone()));
        let all = if meant.is_empty() { list.len().clamp(2, 3) } else { 2 };
        let count = ordinals::count(normal).unwrap_or(all).max(meant.len().min(3));
        // What is better of other things, 优惠券和满减, is another question.
        let only_points = says_only(&ordinals::without(besides), &POINTING);
        if meant.is_empty() && !only_points {
            return Vec::new();
        }
        let page = on_page(about).map(str::to_owned);
        let list_first = list.len() == count;
        meant.extend(page.clone().filter(|_| !list_first));
        meant.extend(list.iter().cloned());
        meant.extend(page);
        meant.extend(about.personal.recent().cloned());
        let mut skus: Vec<Sku> = Vec::with_capacity(count);
        for sku in meant {
            if skus.len() < count && !skus.contains(&sku) && self.product(&sku).is_some() {
                skus.push(sku);
            }
        }
        skus
    }

    /// Products in stock of the same kind, the likest first.
    pub fn like(&self, sku: &str) -> Vec<Sku> {
        let Some(product) = self.product(sku) else { return Vec::new() };
        let of_its_kind = self.content.products.iter().filter(|other| other.category == product.category);
        let others: Vec<&Product> = of_its_kind.filter(|other| other.sku != product.sku && other.in_stock()).collect();
        let looks = looks(others.iter().copied().chain([product]));
        let own = &looks[others.len()];
        let mut ranked: Vec<(f64, &Product)> = (others.into_iter().zip(&looks))
            .map(|(other, look)| (likeness(own, look) + shared_characters(product, other), other))
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.rating.total_cmp(&a.1.rating)).then(a.1.sku.cmp(&b.1.sku)));
        ranked.into_iter().take(OFFERED).map(|(_, other)| other.sku.clone()).collect()
    }

    /// A colour or size that is asked of the product on the screen, where nothing else was shown of late.
    pub fn variant(&self, heard: &Heard, before: &State, about: &Context) -> Option<Variant> {
        let wish = &heard.wish;
        let one = wish.properties() == 1 && !(wish.colors.is_empty() && wish.sizes.is_empty());
        let apart = wish.names_goods() || wish.more || wish.gift || list_is_the_matter(before);
        if !heard.only_wishes || !one || apart {
            return None;
        }
        let product = self.product(on_page(about)?)?;
        let has = |wanted: &BTreeSet<String>, offered: &[String]| {
            wanted.iter().all(|word| offered.iter().any(|offer| offer.to_lowercase().contains(word)))
        };
        let sizes = wish.sizes.iter().all(|size| product.sizes.contains(size));
        let there = has(&wish.colors, &product.colors) && sizes && product.in_stock();
        let facts = vec![if wish.colors.is_empty() { Fact::Sizes } else { Fact::Colors }];
        Some(Variant { sku: product.sku.clone(), asked: wish.in_words(), facts, there })
    }

    /// Products whose titles, or long parts of them, stand in a normalised text.
    fn named<'a>(&'a self, normal: &'a str) -> impl Iterator<Item = &'a Product> {
        let is_named = move |title: &String| {
            let mut parts = title.split_whitespace().chain([title.as_str()]);
            parts.any(|part| part.chars().count() >= NAMED && normal.contains(part))
        };
        self.content.products.iter().zip(&self.titles).filter(move |(_, title)| is_named(title)).map(|(one, _)| one)
    }

    /// The product on the page, or else the one that was shown last.
    fn pointed_at(&self, before: &State, about: &Context) -> Option<&Product> {
        let shown = before.product.as_deref().filter(|_| before.suggested_at.is_some());
        on_page(about).or(shown).and_then(|sku| self.product(sku))
    }

    /// Categories that are bought together with a product's own.
    fn complements(&self, product: &Product) -> &[String] {
        let category = self.content.categories.iter().find(|category| category.id == product.category);
        category.map_or(&[], |category| &category.complements)
    }

    /// What cheaper is cheaper than: the first of those shown last, which fitted best, or else the product on the page.
    /// Of two, the first that anything of its kind is cheaper than: the cheapest of a list does not end the search.
    fn too_dear(&self, before: &State, about: &Context) -> Option<&Product> {
        let shown = before.last_list().first().map(Sku::as_str).filter(|_| list_is_the_matter(before));
        let mut meant = [shown, on_page(about)].into_iter().flatten().filter_map(|sku| self.product(sku));
        let first = meant.next()?;
        Some(if self.has_cheaper(first) { first } else { meant.find(|dear| self.has_cheaper(dear)).unwrap_or(first) })
    }

    fn has_cheaper(&self, dear: &Product) -> bool {
        self.content.products.iter().any(|other| other.category == dear.category && other.price < dear.price)
    }
}
