//! A list that is good as a whole: maximal marginal relevance (Carbonell and Goldstein, 1998) with a cap on each
//! category.

use crate::model::catalogue::Product;
use std::collections::HashMap;

/// How much relevance counts against being unlike what is in the list already.
const RELEVANCE: f64 = 0.8;

/// Places of the chosen candidates, best first. Each step takes the candidate with the largest
/// `λ·score − (1 − λ)·max likeness to the chosen`, whose category has room; scores should lie between 0 and about 1.
/// Equal ones are taken in the order of the candidates.
pub fn diversified(candidates: &[(f64, &Product)], count: usize, category_cap: usize) -> Vec<usize> {
    let mut chosen: Vec<usize> = Vec::with_capacity(count);
    let mut taken: HashMap<&str, usize> = HashMap::new();
    let mut nearest = vec![0.0_f64; candidates.len()];
    while chosen.len() < count {
        let room = |place: &usize| {
            let category = candidates[*place].1.category.as_str();
            !chosen.contains(place) && taken.get(category).copied().unwrap_or(0) < category_cap
        };
        let value = |place: usize| RELEVANCE * candidates[place].0 - (1.0 - RELEVANCE) * nearest[place];
        let next = (0..candidates.len()).filter(room).reduce(|a, b| if value(b) > value(a) { b } else { a });
        let Some(next) = next else { break };
        *taken.entry(&candidates[next].1.category).or_default() += 1;
        for (place, near) in nearest.iter_mut().enumerate() {
            *near = near.max(likeness(candidates[place].1, candidates[next].1));
        }
        chosen.push(next);
    }
    chosen
}

/// How alike two products look on a shelf, 0 to 1: category, brand, price within a fifth, shared selling points.
pub fn likeness(a: &Product, b: &Product) -> f64 {
    let share = |yes: bool, weight: f64| if yes { weight } else { 0.0 };
    let dearer = a.price.0.max(b.price.0).max(1) as f64;
    let near_in_price = (a.price.0 - b.price.0).abs() as f64 / dearer < 0.2;
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
        let candidates = [(1.0, &first), (0.95, &twin), (0.85, &other)];
        assert_eq!(diversified(&candidates, 3, 9), [0, 2, 1]);
        assert_eq!(diversified(&candidates, 3, 1), [0, 2]);
        assert!(diversified(&[], 3, 1).is_empty());
    }

    #[test]
    fn likeness_worked_out_by_hand() {
        let (a, b) = (product("a", "shoes", "x", 100), product("b", "shoes", "y", 90));
        assert!((likeness(&a, &b) - 0.6).abs() < 1e-12);
    }
}
