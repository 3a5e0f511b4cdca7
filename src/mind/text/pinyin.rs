//! How a text sounds: Chinese characters and typed pinyin as the same syllables.
//!
//! "怎么退款", "zenme退款" and "怎么推款" differ in characters and sound alike. Tones are left out, because nobody types
//! them, and so are the distinctions that many regions do not make: zh/z, ch/c, sh/s, ang/an, eng/en, ing/in.

use crate::text::units::units;
use pinyin::ToPinyin;
use std::collections::HashSet;
use std::sync::LazyLock;

/// The longest syllable has six letters: zhuang.
const LONGEST_SYLLABLE: usize = 6;

/// All syllables of the common characters.
static SYLLABLES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let common = '\u{4e00}'..='\u{9fa5}';
    let syllables = common.filter_map(|character| character.to_pinyin()).map(|reading| reading.plain());
    // ü is typed as v.
    syllables.filter(|syllable| syllable.is_ascii()).chain(["lv", "nv", "lve", "nve"]).collect()
});

/// The sounds of a normalised text in reading order; punctuation and emoji make none.
pub fn sounds(normal: &str) -> Vec<String> {
    let mut sounds = Vec::with_capacity(normal.len() / 3);
    for unit in units(normal) {
        let Some(first) = unit.chars().next() else { continue };
        if first.is_ascii_alphanumeric() {
            match typed_syllables(unit) {
                Some(syllables) => sounds.extend(syllables.into_iter().map(blurred)),
                None => sounds.push(unit.to_owned()),
            }
        } else if let Some(reading) = first.to_pinyin() {
            sounds.push(blurred(reading.plain()));
        } else if first.is_alphanumeric() {
            sounds.push(unit.to_owned());
        }
    }
    sounds
}

/// Whether a run of letters can be read as pinyin.
pub fn is_typed_pinyin(letters: &str) -> bool {
    typed_syllables(letters).is_some()
}

/// The toneless reading of a character, as it would be typed.
pub fn reading(character: char) -> Option<&'static str> {
    character.to_pinyin().map(|reading| reading.plain())
}

/// Splits letters into the fewest syllables that cover all of them.
fn typed_syllables(letters: &str) -> Option<Vec<&str>> {
    if letters.len() < 2 || !letters.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    // best[end] is the start of the last syllable of the shortest cut of letters[..end], and its length in syllables.
    let mut best: Vec<Option<(usize, usize)>> = vec![None; letters.len() + 1];
    best[0] = Some((0, 0));
    for end in 1..=letters.len() {
        for start in end.saturating_sub(LONGEST_SYLLABLE)..end {
            let Some((_, count)) = best[start] else { continue };
            let shorter = best[end].is_none_or(|(_, known)| count + 1 < known);
            if shorter && SYLLABLES.contains(&letters[start..end]) {
                best[end] = Some((start, count + 1));
            }
        }
    }
    best[letters.len()]?;
    let (mut end, mut syllables) = (letters.len(), Vec::new());
    while end > 0 {
        let (start, _) = best[end]?;
        syllables.push(&letters[start..end]);
        end = start;
    }
    syllables.reverse();
    Some(syllables)
}

/// A syllable without the distinctions that many regions do not make.
fn blurred(syllable: &str) -> String {
    let (initial, rest) = match syllable.as_bytes() {
        [b'z' | b'c' | b's', b'h', ..] => (&syllable[..1], &syllable[2..]),
        _ => ("", syllable),
    };
    let rest = match rest {
        rest if rest.ends_with("ang") || rest.ends_with("eng") || rest.ends_with("ing") => &rest[..rest.len() - 1],
        rest => rest,
    };
    format!("{initial}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_pinyin_sounds_like_the_characters() {
        assert_eq!(sounds("zenme退款"), sounds("怎么退款"));
        assert_eq!(sounds("tuikuan"), ["tui", "kuan"]);
        assert_eq!(sounds("fahuo了吗"), sounds("发货了吗"));
    }

    #[test]
    fn homophones_and_regional_pronunciations_sound_alike() {
        assert_eq!(sounds("是不是"), sounds("四不四"));
        assert_eq!(sounds("换货流程"), sounds("换货流陈"));
    }

    #[test]
    fn other_words_stand_for_themselves() {
        assert_eq!(sounds("vip 12"), ["vip", "12"]);
        assert_eq!(sounds("😀！"), Vec::<String>::new());
        assert!(!is_typed_pinyin("iphone") && is_typed_pinyin("mima"));
    }
}
