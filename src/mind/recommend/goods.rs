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

    /// Where these products stand among others; none for those that the others lack.
    pub fn places_in(&self, others: &Self) -> Vec<Option<usize>> {
        self.items.iter().map(|item| others.number(&item.sku)).collect()
    }
}
