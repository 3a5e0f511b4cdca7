//! Variables of quick replies: `{{name}}`, `{{order}}`, `{{agent}}`, `{{shop}}`.

/// A text with its variables filled in, and the names of those that nothing is known for; these stay as they are.
pub fn fill(text: &str, values: &[(&str, Option<&str>)]) -> (String, Vec<String>) {
    let (mut filled, mut missing) = (String::with_capacity(text.len()), Vec::new());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        filled.push_str(before);
        let Some((name, tail)) = after.split_once("}}") else {
            filled.push_str("{{");
            rest = after;
            continue;
        };
        match values.iter().find(|(known, _)| *known == name.trim()).and_then(|(_, value)| *value) {
            Some(value) => filled.push_str(value),
            None => {
                filled.push_str(&format!("{{{{{name}}}}}"));
                missing.push(name.trim().to_owned());
            }
        }
        rest = tail;
    }
    filled.push_str(rest);
    (filled, missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_filled_in_and_the_rest_stays() {
        let values = [("name", Some("王女士")), ("order", None)];
        let (text, missing) = fill("{{name}}您好，订单 {{ order }} 已发出，{{x}", &values);
        assert_eq!(text, "王女士您好，订单 {{ order }} 已发出，{{x}");
        assert_eq!(missing, ["order"]);
        // A value is not read again.
        assert_eq!(fill("{{name}}", &[("name", Some("{{name}}"))]).0, "{{name}}");
    }
}
