//! Products for a reply: the shopper's words decide what fits, the recommender decides the order, and each card says
//! why it is there.

use crate::model::catalogue::{Category, Product, Sku};
use crate::model::knowledge::SuggestionLimits;
use crate::recommend::diversity::{Look, diversified, looks};
use crate::recommend::taste::Taste;
use crate::recommend::wish::{Wish, price_in_words};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// A product to show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    /// Which.
    pub sku: Sku,
    /// The true reason, for the shopper.
    pub reason: String,
    /// Which part of the engine gave the decisive score.
    pub source: String,
    /// The score that ordered it, between 0 and about 3.
    pub score: f64,
}

/// Suggestions, and what had to be let go to find any.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Suggestions {
    /// Best first.
    pub products: Vec<Suggestion>,
    /// Conditions that nothing in stock fulfils, in words; empty where everything fits.
    pub loosened: Vec<String>,
}

/// What orders products that fit.
pub struct Ordering<'a> {
    /// Text relevance by place in the catalogue, from 0 to 1.
    pub relevance: &'a HashMap<usize, f64>,
    /// What the recommender says by product, for this shopper.
    pub personal: &'a Taste,
    /// Products not to show: just shown, dismissed, or bought and not consumed.
    pub withheld: &'a HashSet<Sku>,
    /// What the goods should go with, and the categories that are bought together with it.
    pub goes_with: Option<(&'a Product, &'a [String])>,
}

/// Conditions in the order in which they are let go when nothing fits; the goods themselves never are.
const CONDITIONS: [Condition; 5] =
    [Condition::Occasion, Condition::Size, Condition::Color, Condition::Person, Condition::Price];

/// Relevance, against the best hit, from which the words speak of a product.
const SPOKEN_OF: f64 = 0.25;

/// What makes a gift of a product, as it stands in its occasions and selling points.
const GIFT_WORDS: [&str; 5] = ["礼", "节", "生日", "纪念日", "过年"];

/// What each occasion counts that a product shares with what it should go with.
const COMPANY: f64 = 0.3;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Condition {
    Occasion,
    Size,
    Color,
    Person,
    Price,
}

/// Chooses products for a wish.
pub fn suggest(
    catalogue: &[Product],
    categories: &[Category],
    wish: &Wish,
    ordering: &Ordering<'_>,
    limits: &SuggestionLimits,
) -> Suggestions {
    let mut active: Vec<Condition> = CONDITIONS.to_vec();
    let mut loosened = Vec::new();
    loop {
        let fitting = (catalogue.iter().enumerate()).filter(|(_, product)| {
            product.in_stock()
                && !ordering.withheld.contains(&product.sku)
                && wish.below.is_none_or(|below| product.price < below)
                && fits_goods(product, wish)
                && active.iter().all(|condition| fulfils(product, wish, *condition))
        });
        let mut scored: Vec<Suggestion> =
            fitting.map(|(place, product)| score(place, product, wish, ordering)).collect();
        if scored.is_empty() && !active.is_empty() {
            let condition = active.remove(0);
            loosened.extend(in_words(wish, condition));
            continue;
        }
        keep_what_was_named(&mut scored, catalogue, wish, ordering);
        if wish.is_gift() && !wish.names_goods() {
            keep_what_is_given(&mut scored, catalogue, limits);
        }
        if let Some((anchor, _)) = ordering.goes_with {
            keep_what_suits_the_same(&mut scored, catalogue, anchor);
        }
        scored.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.sku.cmp(&b.sku)));
        let mut products = diverse(&scored, catalogue, wish, limits);
        for chosen in &mut products {
            if let Some(product) = catalogue.iter().find(|product| product.sku == chosen.sku) {
                (chosen.reason, chosen.source) = because(product, categories, wish, ordering);
            }
        }
        return Suggestions { products, loosened };
    }
}

/// Where goods are there that the words name, others of their category that the words do not speak of are left out: a
/// quilt is no answer to 保温杯.
fn keep_what_was_named(scored: &mut Vec<Suggestion>, catalogue: &[Product], wish: &Wish, ordering: &Ordering<'_>) {
    let named: HashSet<&str> = (catalogue.iter().enumerate())
        .filter(|(place, product)| {
            wish.goods.iter().any(|word| names(product, word))
                || ordering.relevance.get(place).is_some_and(|relevance| *relevance >= SPOKEN_OF)
        })
        .map(|(_, product)| product.sku.as_str())
        .collect();
    let literal = |sku: &str| {
        let product = catalogue.iter().find(|product| product.sku == sku);
        product.is_some_and(|product| wish.goods.iter().any(|word| names(product, word)))
    };
    if scored.iter().any(|one| literal(&one.sku)) {
        scored.retain(|one| named.contains(one.sku.as_str()));
    }
}

/// A gift is something that people give, where there are enough such things for a list: what suits a mother as well as
/// nappies do is left out.
fn keep_what_is_given(scored: &mut Vec<Suggestion>, catalogue: &[Product], limits: &SuggestionLimits) {
    let given: HashMap<&str, &str> =
        catalogue.iter().filter(|one| is_given(one)).map(|one| (one.sku.as_str(), one.category.as_str())).collect();
    let mut of_categories: HashMap<&str, usize> = HashMap::new();
    scored.iter().filter_map(|one| given.get(one.sku.as_str())).for_each(|category| {
        *of_categories.entry(category).or_default() += 1;
    });
    let places: usize = of_categories.values().map(|count| (*count).min(limits.category_cap)).sum();
    if places >= limits.max_cards {
        scored.retain(|one| given.contains_key(one.sku.as_str()));
    }
}

/// Whether its occasions or selling points speak of giving.
fn is_given(product: &Product) -> bool {
    let mut words = product.occasions.iter().chain(&product.tags);
    words.any(|word| GIFT_WORDS.iter().any(|gift| word.contains(gift)))
}

/// Beside a man's trousers stand a man's shoes, where there are any: what suits nobody whom the anchor suits is left out.
fn keep_what_suits_the_same(scored: &mut Vec<Suggestion>, catalogue: &[Product], anchor: &Product) {
    let suits = |sku: &str| {
        let product = catalogue.iter().find(|product| product.sku == sku);
        product.is_some_and(|product| shared(&product.persons, &anchor.persons) > 0)
    };
    if scored.iter().any(|one| suits(&one.sku)) {
        scored.retain(|one| suits(&one.sku));
    }
}

fn shared(one: &[String], other: &[String]) -> usize {
    one.iter().filter(|word| other.contains(word)).count()
}

/// The best that are unlike each other, at most so many of one category, unless one category was asked for.
fn diverse(scored: &[Suggestion], catalogue: &[Product], wish: &Wish, limits: &SuggestionLimits) -> Vec<Suggestion> {
    let products: HashMap<&str, &Product> = catalogue.iter().map(|product| (product.sku.as_str(), product)).collect();
    let best = scored.first().map_or(1.0, |first| first.score.max(f64::MIN_POSITIVE));
    let ranked: Vec<(f64, &Product)> =
        scored.iter().filter_map(|one| Some((one.score / best, *products.get(one.sku.as_str())?))).collect();
    let looks = looks(ranked.iter().map(|(_, product)| *product));
    let ranked: Vec<(f64, &Look)> = ranked.iter().zip(&looks).map(|((score, _), look)| (*score, look)).collect();
    let cap = if wish.categories.len() == 1 { usize::MAX } else { limits.category_cap };
    diversified(&ranked, limits.max_cards, cap).into_iter().map(|place| scored[place].clone()).collect()
}

fn fits_goods(product: &Product, wish: &Wish) -> bool {
    wish.categories.is_empty() || wish.categories.contains(&product.category)
}

fn fulfils(product: &Product, wish: &Wish, condition: Condition) -> bool {
    let any = |wanted: &std::collections::BTreeSet<String>, offered: &[String]| {
        wanted.is_empty() || wanted.iter().any(|word| offered.iter().any(|offer| offer.to_lowercase().contains(word)))
    };
    match condition {
        Condition::Price => wish.price.is_none_or(|price| price.contains(product.price)),
        Condition::Color => any(&wish.colors, &product.colors),
        Condition::Person => any(&wish.persons, &product.persons),
        Condition::Occasion => any(&wish.occasions, &product.occasions),
        Condition::Size => {
            wish.sizes.is_empty()
                || product.sizes.is_empty()
                || wish.sizes.iter().any(|size| product.sizes.contains(size))
        }
    }
}

fn in_words(wish: &Wish, condition: Condition) -> Option<String> {
    let only = match condition {
        Condition::Price => Wish { price: wish.price, ..Wish::default() },
        Condition::Color => Wish { colors: wish.colors.clone(), ..Wish::default() },
        Condition::Person => Wish { persons: wish.persons.clone(), ..Wish::default() },
        Condition::Occasion => Wish { occasions: wish.occasions.clone(), ..Wish::default() },
        Condition::Size => Wish { sizes: wish.sizes.clone(), ..Wish::default() },
    };
    Some(only.in_words()).filter(|words| !words.is_empty())
}

/// Relevance of the words first, then the goods named literally, then the shopper's own taste, then what others
/// think of it.
fn score(place: usize, product: &Product, wish: &Wish, ordering: &Ordering<'_>) -> Suggestion {
    let relevance = ordering.relevance.get(&place).copied().unwrap_or(0.0);
    let literal = wish.goods.iter().any(|word| names(product, word));
    let personal = ordering.personal.score(&product.sku).unwrap_or(0.0);
    let esteem = product.rating / 5.0 * 0.2 + (product.sold.max(0) as f64).ln_1p() / 50.0;
    let anchor = ordering.goes_with.filter(|(_, categories)| categories.contains(&product.category));
    let bonus = |applies: bool, worth: f64| if applies { worth } else { 0.0 };
    let company =
        anchor.map_or(0.0, |(anchor, _)| 0.8 + COMPANY * shared(&product.occasions, &anchor.occasions) as f64);
    let gift = if wish.is_gift() && !wish.names_goods() { worth_giving(product, wish) } else { 0.0 };
    let score = relevance + bonus(literal, 0.5) + company + gift + 0.6 * personal + esteem;
    Suggestion { sku: product.sku.clone(), reason: String::new(), source: String::new(), score }
}

/// How well a product suits as a gift: that it is one at all, that it is made for this very person, and that it is worth
/// what it may cost.
fn worth_giving(product: &Product, wish: &Wish) -> f64 {
    let first = product.persons.first().is_some_and(|person| wish.persons.contains(person));
    let most = wish.price.and_then(|price| price.max).or(wish.below);
    let share = most.map_or(0.0, |most| (product.price.yuan() / most.yuan().max(1.0)).min(1.0));
    0.4 * f64::from(is_given(product)) + 0.2 * f64::from(first) + 0.3 * share
}

/// Why a chosen product is there, and which part of the engine said so.
fn because(product: &Product, categories: &[Category], wish: &Wish, ordering: &Ordering<'_>) -> (String, String) {
    let taste = ordering.personal.of(&product.sku);
    let anchor = ordering.goes_with.filter(|(_, categories)| categories.contains(&product.category));
    let companion = anchor.map(|(anchor, _)| {
        let same: Vec<&str> =
            product.occasions.iter().filter(|one| anchor.occasions.contains(one)).map(String::as_str).collect();
        let same = if same.is_empty() { String::new() } else { format!("，都适合{}", same.join("、")) };
        format!("可以搭配「{}」{same}", anchor.name)
    });
    match (companion.or_else(|| reasons_from_wish(product, categories, wish)), taste) {
        (Some(fit), Some(taste)) if taste.score > 0.3 => {
            (format!("{fit}；{}", taste.reason), format!("wish+{}", taste.source.name()))
        }
        (Some(fit), _) => (fit, "wish".to_owned()),
        (None, Some(taste)) => (taste.reason, taste.source.name().to_owned()),
        (None, None) if product.sold > 0 => (format!("店里热卖，已售 {} 件", product.sold), "catalogue".to_owned()),
        (None, None) => ("店里新品".to_owned(), "catalogue".to_owned()),
    }
}

fn names(product: &Product, word: &str) -> bool {
    product.name.to_lowercase().contains(word) || product.tags.iter().any(|tag| tag.to_lowercase().contains(word))
}

/// The conditions of the wish that this product really fulfils, in words.
fn reasons_from_wish(product: &Product, categories: &[Category], wish: &Wish) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(price) = wish.price.filter(|price| price.contains(product.price)) {
        parts.extend(price_in_words(&price).map(|words| format!("符合 {words}")));
    }
    if let Some(color) =
        wish.colors.iter().find_map(|color| product.colors.iter().find(|have| have.contains(color.as_str())))
    {
        parts.push(format!("有{color}"));
    }
    if let Some(person) = wish.persons.iter().find(|person| product.persons.contains(person)) {
        parts.push(format!("适合送{person}"));
    }
    if let Some(occasion) = wish.occasions.iter().find(|occasion| product.occasions.contains(occasion)) {
        parts.push(format!("适合{occasion}"));
    }
    if let Some(word) = wish.goods.iter().find(|word| names(product, word)) {
        parts.push(format!("就是{word}"));
    } else if parts.is_empty() && wish.categories.contains(&product.category) {
        let name = categories.iter().find(|category| category.id == product.category).map(|category| &category.name);
        parts.extend(name.map(|name| format!("{name}里评分 {:.1}", product.rating)));
    }
    (!parts.is_empty()).then(|| parts.join("，"))
}
