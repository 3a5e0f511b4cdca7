//! What the recommender needs to know about the goods themselves; products are numbers inside it.

use crate::model::catalogue::{Product, Sku};
use std::collections::HashMap;

/// The goods of a shop by number and by stock keeping unit.
#[derive(Debug, Clone, Default)]
pub struct Goods {
    numbers: HashMap<Sku, usize>,
    items: Vec<Item>,
}

#[derive(Debug, Clone)]
struct Item {
    sku: Sku,
    name: String,
    consumable: bool,
    rating: f64,
    sold: i64,
}

impl Goods {
    /// Numbered by their place; `consumable` holds category ids.
    pub fn new(products: &[Product], consumable: &[String]) -> Self {
        let items: Vec<Item> = products
            .iter()
            .map(|product| Item {
                sku: product.sku.clone(),
                name: product.name.clone(),
                consumable: consumable.contains(&product.category),
                rating: product.rating,
                sold: product.sold,
            })
            .collect();
        let numbers = items.iter().enumerate().map(|(number, item)| (item.sku.clone(), number)).collect();
        Self { numbers, items }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The number of a product.
    pub fn number(&self, sku: &str) -> Option<usize> {
        self.numbers.get(sku).copied()
    }

    /// The product of a number.
    pub fn sku(&self, number: usize) -> &Sku {
        &self.items[number].sku
    }

    /// The name of a product.
    pub fn name(&self, number: usize) -> &str {
        &self.items[number].name
    }

    /// Whether it is bought again and again, so that a purchase is no reason to hold it back.
    pub fn is_consumable(&self, number: usize) -> bool {
        self.items[number].consumable
    }

    /// What the catalogue says for a product; it is true whatever shoppers did.
    pub fn word_of_catalogue(&self, number: usize) -> String {
        match &self.items[number] {
            Item { rating, .. } if *rating > 0.0 => format!("店里评分 {rating:.1}"),
            Item { sold, .. } if *sold > 0 => format!("已售 {sold} 件"),
            _ => "店里新品".to_owned(),
        }
    }

    /// Whether each number stands for the same product there.
    pub fn are_numbered_as(&self, others: &Self) -> bool {
        self.items.iter().map(|item| &item.sku).eq(others.items.iter().map(|item| &item.sku))
    }

    /// Where these products stand among others; none for those that the others lack.
    pub fn places_in(&self, others: &Self) -> Vec<Option<usize>> {
        self.items.iter().map(|item| others.number(&item.sku)).collect()
    }
}
