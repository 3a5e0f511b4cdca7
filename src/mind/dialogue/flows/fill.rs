//! Filling in a wording: `{name}` is replaced by a value. A line with a name that has no value is left out, so that one
//! wording serves orders with and without a parcel.

use crate::model::order::Facts;

/// The names in braces of a wording, in order.
pub fn placeholders(wording: &str) -> impl Iterator<Item = &str> {
    let opened = wording.split('{').skip(1);
    opened.filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).filter(|name| is_name(name))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The wording with its values.
pub fn fill(wording: &str, values: &Facts) -> String {
    let lines = wording.lines().filter(|line| placeholders(line).all(|name| values.contains_key(name)));
    lines.map(|line| line_with(line, values)).collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// The values are put in at once: braces inside a value are the shopper's own and stay as they are.
fn line_with(line: &str, values: &Facts) -> String {
    let mut filled = String::new();
    let mut rest = line;
    while let Some((before, opened)) = rest.split_once('{') {
        filled.push_str(before);
        match opened.split_once('}').filter(|(name, _)| is_name(name)) {
            Some((name, after)) => {
                filled.push_str(values.get(name).map_or("", String::as_str));
                rest = after;
            }
            None => {
                filled.push('{');
                rest = opened;
            }
        }
    }
    filled.push_str(rest);
    filled
}

/// A shopper's words inside Markdown: without anything that would be taken for a mark.
pub fn plain(said: &str) -> String {
    said.chars().map(|c| if "*_`[]<>#\\".contains(c) || c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_its_value_is_left_out() {
        let values =
            Facts::from([("number".to_owned(), "SG1".to_owned()), ("steps".to_owned(), "- {到}\n- 发".to_owned())]);
        let wording = "订单 {number}\n快递 {carrier}\n{steps}\n{ 随便 }";
        assert_eq!(fill(wording, &values), "订单 SG1\n- {到}\n- 发\n{ 随便 }");
        assert_eq!(placeholders(wording).collect::<Vec<_>>(), ["number", "carrier", "steps"]);
    }
}
