//! The one character that PostgreSQL cannot keep.
//!
//! U+0000 says nothing to anybody, but a text that holds it is refused by a database on PostgreSQL and kept by one on
//! SQLite. So it is replaced by U+FFFD wherever JSON comes in, as HTML does with it, and both databases keep the same.

use std::borrow::Cow;

/// JSON with every escaped U+0000 replaced by U+FFFD. Unescaped ones are not JSON.
pub fn without_nul(json: &str) -> Cow<'_, str> {
    const NUL: &str = "u0000";
    if !json.contains(NUL) {
        return Cow::Borrowed(json);
    }
    let mut clean = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        clean.push_str(before);
        let after = &escape[1..];
        if let Some(further) = after.strip_prefix(NUL) {
            clean.push('\u{fffd}');
            rest = further;
        } else {
            // The backslash and what it escapes, which may be another backslash.
            let end = 1 + after.chars().next().map_or(0, char::len_utf8);
            clean.push_str(&escape[..end]);
            rest = &escape[end..];
        }
    }
    clean.push_str(rest);
    Cow::Owned(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_escaped_character_is_replaced() {
        assert_eq!(without_nul(r#"{"a":"b\u0000c"}"#), "{\"a\":\"b\u{fffd}c\"}");
        assert_eq!(without_nul(r#""\\u0000 \"\u0000\\\u0000""#), "\"\\\\u0000 \\\"\u{fffd}\\\\\u{fffd}\"");
        assert_eq!(without_nul(r#""\中u0000""#), r#""\中u0000""#);
        assert!(matches!(without_nul(r#""a\u0001""#), Cow::Borrowed(_)));
        assert_eq!(without_nul(r"u0000\"), r"u0000\");
    }
}
