//! Content: items are alike that share rare words, attributes and price bands.

use crate::model::catalogue::Product;
use crate::recommend::similarity::{Neighbours, strongest};
use rayon::prelude::*;
use std::collections::HashMap;

/// The traits of each item: words of the title, attributes, price band. Rare ones weigh more, each item's weights have
/// length one.
#[derive(Debug, Clone, Default)]
pub struct Traits {
    /// Traits of each item with their weights, ascending.
    of_items: Vec<Vec<(u32, f32)>>,
    /// Items of each trait with their weights.
    carriers: Vec<Vec<(u32, f32)>>,
}

impl Traits {
    /// From the names of the traits of each item; `ln(items / carriers)` is a trait's weight.
    pub fn new(items: &[Vec<String>]) -> Self {
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let mut counts: Vec<u32> = Vec::new();
        let numbered: Vec<Vec<u32>> = (items.iter())
            .map(|names| {
                let mut traits: Vec<u32> = (names.iter())
                    .map(|name| {
                        let next = numbers.len() as u32;
                        *numbers.entry(name).or_insert(next)
                    })
                    .collect();
                traits.sort_unstable();
                traits.dedup();
                counts.resize(numbers.len(), 0);
                traits.iter().for_each(|number| counts[*number as usize] += 1);
                traits
            })
            .collect();
        let total = items.len() as f32;
        let mut carriers = vec![Vec::new(); counts.len()];
        let of_items: Vec<Vec<(u32, f32)>> = (numbered.into_iter().zip(0_u32..))
            .map(|(traits, item)| {
                let weight = |number: u32| (total / counts[number as usize] as f32).ln();
                let length =
                    traits.iter().map(|number| weight(*number).powi(2)).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
                let weighted: Vec<(u32, f32)> =
                    traits.into_iter().map(|number| (number, weight(number) / length)).collect();
                weighted.iter().for_each(|(number, weight)| carriers[*number as usize].push((item, *weight)));
                weighted
            })
            .collect();
        Self { of_items, carriers }
    }

    /// How many different traits there are.
    pub fn len(&self) -> usize {
        self.carriers.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.carriers.is_empty()
    }

    /// Items of a trait with their weights.
    pub fn carriers(&self, number: usize) -> &[(u32, f32)] {
        &self.carriers[number]
    }

    /// The items most like each item: the cosine of their traits.
    pub fn neighbours(&self, keep: usize) -> Neighbours {
        let lists = (0..self.of_items.len())
            .into_par_iter()
            .map_init(
                || vec![0.0_f32; self.of_items.len()],
                |cosines, item| {
                    let mut touched = Vec::new();
                    for (number, weight) in &self.of_items[item] {
                        for (other, other_weight) in &self.carriers[*number as usize] {
                            let cosine = &mut cosines[*other as usize];
                            if *cosine == 0.0 {
                                touched.push(*other);
                            }
                            *cosine += weight * other_weight;
                        }
                    }
                    let list = touched.into_iter().map(|other| (other, std::mem::take(&mut cosines[other as usize])));
                    strongest(list.filter(|(other, _)| *other as usize != item).collect(), keep)
                },
            )
            .collect();
        Neighbours::from_lists(lists)
    }
}

/// Words of a free text as traits: runs of letters and digits in lower case; of scripts without spaces, pairs of
/// neighbouring characters.
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for run in text.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty()) {
        let characters: Vec<char> = run.chars().collect();
        for part in characters.chunk_by(|a, b| is_ideograph(*a) == is_ideograph(*b)) {
            if is_ideograph(part[0]) && part.len() > 2 {
                words.extend(part.windows(2).map(|pair| pair.iter().collect::<String>()));
            } else {
                words.push(part.iter().collect::<String>().to_lowercase());
            }
        }
    }
    words
}

/// The traits of a product of the catalogue: words of the name, tags, attributes, persons, occasions, category, brand,
/// price band.
pub fn traits_of(product: &Product) -> Vec<String> {
    let mut traits = words(&product.name);
    traits.extend(product.tags.iter().map(|tag| format!("tag={tag}")));
    traits.extend(product.attributes.iter().map(|(name, value)| format!("{name}={value}")));
    traits.extend(product.persons.iter().map(|person| format!("person={person}")));
    traits.extend(product.occasions.iter().map(|occasion| format!("occasion={occasion}")));
    traits.extend([format!("category={}", product.category), format!("brand={}", product.brand)]);
    traits.extend(price_band(product.price.yuan()));
    traits
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// The band of a price: three bands to each doubling.
pub fn price_band(price: f64) -> Option<String> {
    (price > 0.0).then(|| format!("price band {:.0}", (price.log2() * 3.0).floor()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_rare_traits_make_items_alike() {
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect();
        let traits =
            Traits::new(&[names(&["red", "shoe"]), names(&["red", "shoe"]), names(&["red", "hat"]), names(&["blue"])]);
        let neighbours = traits.neighbours(5);
        let (items, weights) = neighbours.of(0);
        assert_eq!(items, [1, 2]);
        assert!((weights[0] - 1.0).abs() < 1e-6 && weights[1] < 0.5);
        assert_eq!(words("Red Shoe-42"), ["red", "shoe", "42"]);
        assert_eq!(words("轻弹跑鞋 X2"), ["轻弹", "弹跑", "跑鞋", "x2"]);
        assert_eq!((price_band(8.0).unwrap(), price_band(0.0)), ("price band 9".to_owned(), None));
    }
}
