//! Products side by side: facts of the catalogue, nothing else.

use crate::model::catalogue::{Money, Product};
use std::collections::BTreeSet;

/// Difference of ratings that is worth a word.
const BETTER: f64 = 0.1;

/// Rows of a table, at most: what comes last tells least.
const ROWS: usize = 8;

/// Persons and occasions that are named of one product, at most.
const NAMED: usize = 2;

/// A property and what each product says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The property.
    pub label: String,
    /// One value for each product.
    pub values: Vec<String>,
}

/// The rows in which products differ: the price first, then what shoppers think, whom each suits, then what is special about
/// each. What is the same of all is left out.
pub fn differences(products: &[&Product]) -> Vec<Row> {
    let list = |values: &[String]| if values.is_empty() { "—".to_owned() } else { values.join("、") };
    let row = |label: &str, value: &dyn Fn(&Product) -> String| Row {
        label: label.to_owned(),
        values: products.iter().map(|product| value(product)).collect(),
    };
    let mut rows = vec![
        row("价格", &|product| format!("{} 元", product.price)),
        row("评分", &|product| format!("{:.1}", product.rating)),
        row("库存", &|product| if product.in_stock() { "有货".to_owned() } else { "暂时缺货".to_owned() }),
        row("适合谁", &|product| list(&product.persons)),
        row("特点", &|product| list(&product.tags)),
    ];
    // What one of them does not say cannot be compared.
    let said_of_all = |name: &&String| products.iter().all(|product| product.attributes.contains_key(*name));
    let names = products.first().into_iter().flat_map(|first| first.attributes.keys()).filter(said_of_all);
    rows.extend(names.map(|name| row(name, &|product| product.attributes[name].clone())));
    rows.push(row("颜色", &|product| list(&product.colors)));
    rows.retain(|row| row.values.iter().any(|value| *value != row.values[0]));
    rows.truncate(ROWS);
    rows
}

/// The differences as a Markdown table, and below it how to choose.
pub fn in_words(products: &[&Product]) -> String {
    let line = |cells: &mut dyn Iterator<Item = String>| format!("| {} |", cells.collect::<Vec<_>>().join(" | "));
    let names = products.iter().map(|product| cell(&product.name));
    let mut lines = vec![line(&mut std::iter::once(" ".to_owned()).chain(names))];
    lines.push(line(&mut (0..=products.len()).map(|_| "---".to_owned())));
    for row in differences(products) {
        lines.push(line(&mut std::iter::once(row.label).chain(row.values).map(|value| cell(&value))));
    }
    let table = lines.join("\n");
    let advice: Vec<String> = products.iter().filter_map(|product| advice(product, products)).collect();
    if advice.is_empty() { table } else { format!("{table}\n\n怎么选：{}。", advice.join("；")) }
}

/// A text that cannot end its cell.
fn cell(text: &str) -> String {
    text.replace('|', "/").replace(['\n', '\r'], " ")
}

/// What speaks for one of the products and for no other.
fn advice(product: &Product, all: &[&Product]) -> Option<String> {
    if !product.in_stock() {
        return Some(format!("「{}」暂时缺货", product.name));
    }
    let others: Vec<&&Product> = all.iter().filter(|other| other.sku != product.sku && other.in_stock()).collect();
    let mut reasons = Vec::new();
    if let Some(next) = others.iter().map(|other| other.price).min().filter(|next| product.price < *next) {
        let saved = Money(next.0 - product.price.0);
        reasons.push(if others.len() == 1 { format!("便宜 {saved} 元") } else { "最便宜".to_owned() });
    }
    if !others.is_empty() && others.iter().all(|other| product.rating >= other.rating + BETTER) {
        reasons.push(format!("评分高（{:.1}）", product.rating));
    }
    let only = |own: &[String], of: fn(&Product) -> &[String]| -> Vec<String> {
        let theirs: BTreeSet<&String> = others.iter().flat_map(|other| of(other)).collect();
        own.iter().filter(|one| !theirs.contains(one)).take(NAMED).cloned().collect()
    };
    let occasions = only(&product.occasions, |other| &other.occasions);
    let persons = only(&product.persons, |other| &other.persons);
    if !occasions.is_empty() && !others.is_empty() {
        reasons.push(format!("适合{}", occasions.join("、")));
    }
    if !persons.is_empty() && !others.is_empty() {
        reasons.push(format!("送{}合适", persons.join("、")));
    }
    (!reasons.is_empty()).then(|| format!("「{}」{}", product.name, reasons.join("，")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(name: &str, yuan: i64, rating: f64) -> Product {
        let price = Money(yuan * 100);
        Product { sku: name.into(), name: name.into(), price, stock: 3, rating, ..Product::default() }
    }

    #[test]
    fn only_differences_are_told() {
        let (a, b) = (product("A", 99, 4.5), product("B", 120, 4.5));
        let table = "|   | A | B |\n| --- | --- | --- |\n| 价格 | 99 元 | 120 元 |\n\n怎么选：「A」便宜 21 元。";
        assert_eq!(in_words(&[&a, &b]), table);
    }

    #[test]
    fn what_speaks_for_each() {
        let (a, mut b, mut c) = (product("A", 99, 4.2), product("B", 120, 4.8), product("C|D", 80, 4.9));
        b.persons = vec!["妈妈".into()];
        c.stock = 0;
        let told = in_words(&[&a, &b, &c]);
        assert!(told.ends_with("怎么选：「A」便宜 21 元；「B」评分高（4.8），送妈妈合适；「C|D」暂时缺货。"), "{told}");
        assert!(told.starts_with("|   | A | B | C/D |"), "{told}");
    }
}
