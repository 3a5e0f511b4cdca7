//! Two products side by side: facts of the catalogue, nothing else.

use crate::model::catalogue::Product;

/// Rows in which two products differ, as label and the values of both; the price comes first, then what shoppers think,
/// then what is special about each. What is the same of both is left out.
pub fn differences(a: &Product, b: &Product) -> Vec<(String, String, String)> {
    let list = |values: &[String]| if values.is_empty() { "—".to_owned() } else { values.join("、") };
    let stock = |product: &Product| if product.in_stock() { "有货".to_owned() } else { "暂时缺货".to_owned() };
    let mut rows = vec![
        ("价格".to_owned(), format!("{} 元", a.price), format!("{} 元", b.price)),
        ("评分".to_owned(), format!("{:.1}", a.rating), format!("{:.1}", b.rating)),
        ("已售".to_owned(), format!("{} 件", a.sold), format!("{} 件", b.sold)),
        ("库存".to_owned(), stock(a), stock(b)),
        ("颜色".to_owned(), list(&a.colors), list(&b.colors)),
        ("特点".to_owned(), list(&a.tags), list(&b.tags)),
        ("适合".to_owned(), list(&a.occasions), list(&b.occasions)),
    ];
    let both = a.attributes.iter().filter_map(|(name, own)| Some((name, own, b.attributes.get(name)?)));
    rows.extend(both.map(|(name, own, other)| (name.clone(), own.clone(), other.clone())));
    rows.retain(|(_, own, other)| own != other);
    rows
}

/// The differences as a Markdown list, one line each.
pub fn in_words(a: &Product, b: &Product) -> String {
    let rows = differences(a, b).into_iter().map(|(label, own, other)| format!("- {label}：{own} / {other}"));
    let head = format!("**{}** 和 **{}**：", a.name, b.name);
    std::iter::once(head).chain(rows).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalogue::Money;

    #[test]
    fn only_differences_are_told() {
        let product = |name: &str, yuan: i64| Product {
            name: name.into(),
            price: Money(yuan * 100),
            stock: 3,
            rating: 4.5,
            ..Product::default()
        };
        assert_eq!(in_words(&product("A", 99), &product("B", 120)), "**A** 和 **B**：\n- 价格：99 元 / 120 元");
    }
}
