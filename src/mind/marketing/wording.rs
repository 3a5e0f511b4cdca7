//! What is filled into the words of a campaign, and which pages a pattern means.

/// Names that a text may have in braces.
pub(super) const NAMES: [&str; 4] = ["name", "shop", "product", "price"];

/// The names in braces of a text.
pub(super) fn names_in(text: &str) -> Vec<String> {
    let opened = text.split('{').skip(1);
    opened.filter_map(|rest| rest.split_once('}')).map(|(name, _)| name.to_owned()).collect()
}

/// Fills in what is known; a name that has no value becomes what stands for nobody in particular.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    NAMES.iter().fold(text.to_owned(), |text, name| {
        let value = values.iter().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| *value);
        let value = value.unwrap_or(if *name == "name" { "您" } else { "" });
        text.replace(&format!("{{{name}}}"), value)
    })
}

/// Whether a path is meant by a pattern in which `*` stands for anything.
pub fn fits(pattern: &str, path: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_filled_and_pages_are_meant() {
        assert_eq!(fill("{name}，{product}到货了{price}", &[("product", "跑步鞋")]), "您，跑步鞋到货了");
        for (pattern, path, meant) in [
            ("/category/*", "/category/shoes", true),
            ("/category/*", "/product/1", false),
            ("/cart", "/cart", true),
            ("/cart", "/cart/2", false),
            ("/*/sale*", "/shoes/sale-11", true),
            ("*", "/", true),
        ] {
            assert_eq!(fits(pattern, path), meant, "{pattern} {path}");
        }
    }
}
