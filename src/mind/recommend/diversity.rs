//! A list that is good as a whole: maximal marginal relevance (Carbonell and Goldstein, 1998) with a cap on each
//! category.

use crate::model::catalogue::Product;
use std::collections::HashMap;

/// How much relevance counts against being unlike what is in the list already.
const RELEVANCE: f64 = 0.8;

/// What a product looks like on a shelf, its words numbered, so that two are compared without reading.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    category: u32,
    brand: u32,
    price: f64,
    tags: Vec<u32>,
}

/// The looks of products, to be compared with each other and with no others.
pub fn looks<'a>(products: impl IntoIterator<Item = &'a Product>) -> Vec<Look> {
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let mut number = |word: &'a str| {
        let next = numbers.len() as u32;
        *numbers.entry(word).or_insert(next)
    };
    let of = |product: &'a Product| Look {
        category: number(&product.category),
        brand: number(&product.brand),
        price: product.price.0 as f64,
        tags: product.tags.iter().map(|tag| number(tag)).collect(),
    };
    products.into_iter().map(of).collect()
}

/// Places of the chosen candidates, best first. Each step takes the candidate with the largest
/// `λ·score − (1 − λ)·max likeness to the chosen`, whose category has room; scores should lie between 0 and about 1.
/// Equal ones are taken in the order of the candidates.
pub fn diversified(candidates: &[(f64, &Look)], count: usize, category_cap: usize) -> Vec<usize> {
    let mut chosen: Vec<usize> = Vec::with_capacity(count.min(candidates.len()));
    let mut left: Vec<(usize, f64)> = (0..candidates.len()).map(|place| (place, 0.0)).collect();
    let value = |(place, nearest): &(usize, f64)| RELEVANCE * candidates[*place].0 - (1.0 - RELEVANCE) * nearest;
    while chosen.len() < count {
        let better = |a: usize, b: usize| if value(&left[b]) > value(&left[a]) { b } else { a };
        let Some(next) = (0..left.len()).reduce(better) else { break };
        let (next, _) = left.remove(next);
        let look = candidates[next].1;
        chosen.push(next);
        let same = chosen.iter().filter(|place| candidates[**place].1.category == look.category).count();
        if same >= category_cap {
            left.retain(|(place, _)| candidates[*place].1.category != look.category);
        }
        left.iter_mut().for_each(|(place, nearest)| *nearest = nearest.max(likeness(candidates[*place].1, look)));
    }
    chosen
}

/// How alike two products look on a shelf, 0 to 1: category, brand, price within a fifth, shared selling points.
pub fn likeness(a: &Look, b: &Look) -> f64 {
    let share = |yes: bool, weight: f64| if yes { weight } else { 0.0 };
    let dearer = a.price.max(b.price).max(1.0);
    let near_in_price = (a.price - b.price).abs() < 0.2 * dearer;
    let tags = a.tags.iter().filter(|tag| b.tags.contains(tag)).count() as f64;
    let all_tags = (a.tags.len() + b.tags.len()) as f64 - tags;
    share(a.category == b.category, 0.4)
        + share(a.brand == b.brand, 0.2)
        + share(near_in_price, 0.2)
        + 0.2 * tags / all_tags.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalogue::Money;

    fn product(sku: &str, category: &str, brand: &str, yuan: i64) -> Product {
        Product {
            sku: sku.into(),
            category: category.into(),
            brand: brand.into(),
            price: Money(yuan * 100),
            ..Product::default()
        }
    }

    #[test]
    fn a_twin_of_the_first_waits_behind_something_else() {
        let (first, twin) = (product("a", "shoes", "x", 100), product("b", "shoes", "x", 105));
        let other = product("c", "bags", "y", 300);
        let looks = looks([&first, &twin, &other]);
        let candidates = [(1.0, &looks[0]), (0.95, &looks[1]), (0.85, &looks[2])];
        assert_eq!(diversified(&candidates, 3, 9), [0, 2, 1]);
        assert_eq!(diversified(&candidates, 3, 1), [0, 2]);
        assert!(diversified(&[], 3, 1).is_empty());
    }

    #[test]
    fn likeness_worked_out_by_hand() {
        let (a, b) = (product("a", "shoes", "x", 100), product("b", "shoes", "y", 90));
        let looks = looks([&a, &b]);
        assert!((likeness(&looks[0], &looks[1]) - 0.6).abs() < 1e-12);
    }
}
