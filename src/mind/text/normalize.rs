//! Normalisation: many ways to type the same thing become one.
//!
//! In this order: NFKC (full-width forms, compatibility characters), removal of control and zero-width characters,
//! lower case, traditional to simplified Chinese, runs of white space to one space. Emoji stay: they carry mood.

use serde::{Deserialize, Serialize};
use tokenizers::{NormalizedString, Normalizer};

/// The shop's normaliser as a step of the Hugging Face pipeline; it has no settings, so that index, models and
/// queries cannot disagree about them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "ShopNormalizer")]
pub struct ShopNormalizer {}

impl Normalizer for ShopNormalizer {
    fn normalize(&self, text: &mut NormalizedString) -> tokenizers::Result<()> {
        text.nfkc();
        text.filter(|c| !is_invisible(c));
        text.map(|c| if c.is_whitespace() || c.is_control() { ' ' } else { c });
        text.lowercase();
        simplify(text);
        squeeze_spaces(text);
        text.strip();
        Ok(())
    }
}

/// Normalises without keeping offsets.
pub fn normalize(raw: &str) -> String {
    let mut text = NormalizedString::from(raw);
    match (ShopNormalizer {}).normalize(&mut text) {
        Ok(()) => text.get().to_owned(),
        Err(_) => raw.to_owned(),
    }
}

/// A text without punctuation, spaces and case: what is the same here is asked alike.
pub fn essence(text: &str) -> String {
    normalize(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Characters that take part in no word and can be used to hide one: zero-width, direction marks, byte order mark,
/// soft hyphen, variation selectors. The zero-width joiner goes too: emoji sequences fall apart into their parts,
/// which is all that mood reading needs.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}')
        || (c.is_control() && !c.is_whitespace())
}

/// Traditional to simplified. The converter works on phrases; where a phrase changes its length, characters are
/// converted one by one so that offsets stay true.
fn simplify(text: &mut NormalizedString) {
    if text.get().is_ascii() {
        return;
    }
    let before = text.get().to_owned();
    let converted = hanconv::t2s(&before);
    if converted == before {
        return;
    }
    let same_length = converted.chars().count() == before.chars().count();
    let after: Vec<(char, isize)> = if same_length {
        converted.chars().map(|c| (c, 0)).collect()
    } else {
        before.chars().map(|c| (simplify_char(c), 0)).collect()
    };
    text.transform(after, 0);
}

fn simplify_char(c: char) -> char {
    let converted = hanconv::t2s(c.to_string());
    let mut chars = converted.chars();
    match (chars.next(), chars.next()) {
        (Some(single), None) => single,
        _ => c,
    }
}

/// Leaves one space of each run.
fn squeeze_spaces(text: &mut NormalizedString) {
    if !text.get().contains("  ") {
        return;
    }
    let before = text.get().to_owned();
    let mut after: Vec<(char, isize)> = Vec::with_capacity(before.len());
    let mut last_was_space = false;
    for c in before.chars() {
        match (c == ' ' && last_was_space, after.last_mut()) {
            (true, Some(previous)) => previous.1 -= 1,
            _ => after.push((c, 0)),
        }
        last_was_space = c == ' ';
    }
    text.transform(after, 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_for_many_ways_to_type() {
        assert_eq!(normalize("  ＱＱ　退款１２３！ "), "qq 退款123!");
        assert_eq!(normalize("運費到底誰出"), "运费到底谁出");
        assert_eq!(normalize("退\u{200b}款\u{202e}"), "退款");
        assert_eq!(normalize("怎\n\n  么\t退"), "怎 么 退");
        assert_eq!(normalize("ＡＢc ①"), "abc 1");
        assert_eq!(normalize("好的👌🏻"), "好的👌🏻");
        assert_eq!(normalize("\u{0}\u{7}"), "");
    }

    #[test]
    fn offsets_lead_back_to_what_was_typed() {
        let raw = "Ｐ  運費\u{200b}誰出";
        let mut text = NormalizedString::from(raw);
        (ShopNormalizer {}).normalize(&mut text).unwrap();
        assert_eq!(text.get(), "p 运费谁出");
        let who = text.get().find('谁').unwrap();
        let back = text.get_range_original(tokenizers::tokenizer::normalizer::Range::Normalized(who..who + 3));
        assert_eq!(back, Some("誰"));
    }
}
