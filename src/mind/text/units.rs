//! A text in its smallest parts.

/// Single characters in their order; a run of ASCII letters and digits is one part, so that `sg2026` does not match
/// everything with a 2 in it. Together they are the whole text.
pub fn units(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let length = if first.is_ascii_alphanumeric() {
            rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (unit, after) = rest.split_at(length);
        rest = after;
        Some(unit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_letters_and_digits_stay_together_and_nothing_is_lost() {
        let found: Vec<&str> = units("退款，sg2026 码é1").collect();
        assert_eq!(found, ["退", "款", "，", "sg2026", " ", "码", "é", "1"]);
        assert_eq!(units("").count(), 0);
    }
}
