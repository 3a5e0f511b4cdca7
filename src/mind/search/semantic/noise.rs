//! How people type: what becomes of a clean sentence on its way through thumbs, input methods and haste.
//!
//! Used in training only, so that models see typed pinyin, homophones, lost and swapped characters, and the small
//! talk around a question. Everything is drawn from a generator that is passed in.

use crate::text::pinyin;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};
use std::collections::HashMap;

const OPENINGS: [&str; 14] = [
    "请问",
    "你好",
    "亲",
    "那个",
    "我想问下",
    "老板",
    "在吗",
    "您好，",
    "问一下",
    "哎",
    "客服",
    "话说",
    "就是",
    "急急急",
];

const ENDINGS: [&str; 22] = [
    "啊",
    "呢",
    "吗",
    "呀",
    "哦",
    "嘛",
    "？",
    "！！",
    "？？",
    "。",
    "呗",
    "啦",
    "哈",
    "…",
    "😭",
    "🙏",
    "😡",
    "谢谢",
    "急",
    "亲",
    "在线等",
    "～",
];

/// Makes noise; knows which characters sound alike.
pub struct Noise {
    alike: HashMap<&'static str, Vec<char>>,
}

impl Noise {
    /// Learns the characters that are in use from texts.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut characters: Vec<char> = texts.into_iter().flat_map(str::chars).collect();
        characters.sort_unstable();
        characters.dedup();
        let mut alike: HashMap<&'static str, Vec<char>> = HashMap::new();
        for character in characters {
            if let Some(reading) = pinyin::reading(character) {
                alike.entry(reading).or_default().push(character);
            }
        }
        Self { alike }
    }

    /// A text as somebody might have typed it: one to three small changes.
    pub fn retype(&self, text: &str, random: &mut impl Rng) -> String {
        let mut characters: Vec<char> = text.chars().collect();
        for _ in 0..random.random_range(1..=3) {
            if characters.is_empty() {
                break;
            }
            let place = random.random_range(0..characters.len());
            match random.random_range(0..10) {
                0 | 1 => self.type_pinyin(&mut characters, place, random),
                2 | 3 => self.mishear(&mut characters, place, random),
                4 if characters.len() > 3 => drop(characters.remove(place)),
                5 if place + 1 < characters.len() => characters.swap(place, place + 1),
                6 => characters.splice(0..0, pick(&OPENINGS, random).chars()).for_each(drop),
                7 if characters.len() > 3 => characters.insert(place, characters[place]),
                _ => characters.extend(pick(&ENDINGS, random).chars()),
            }
        }
        characters.into_iter().collect()
    }

    /// One to three characters as pinyin.
    fn type_pinyin(&self, characters: &mut Vec<char>, place: usize, random: &mut impl Rng) {
        let end = (place + random.random_range(1..=3)).min(characters.len());
        let typed: Vec<char> = (characters[place..end].iter())
            .flat_map(|character| {
                pinyin::reading(*character)
                    .map_or_else(|| character.to_string(), str::to_owned)
                    .chars()
                    .collect::<Vec<_>>()
            })
            .collect();
        characters.splice(place..end, typed);
    }

    /// A character that sounds the same.
    fn mishear(&self, characters: &mut [char], place: usize, random: &mut impl Rng) {
        let alike = pinyin::reading(characters[place]).and_then(|reading| self.alike.get(reading));
        if let Some(other) = alike.and_then(|alike| alike.choose(random)) {
            characters[place] = *other;
        }
    }
}

fn pick(from: &[&'static str], random: &mut impl Rng) -> &'static str {
    from.choose(random).copied().unwrap_or_default()
}
