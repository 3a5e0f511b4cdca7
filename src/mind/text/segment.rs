//! Word segmentation by jieba with the shop's own dictionary.

use crate::model::knowledge::DictionaryWord;
use crate::text::normalize::normalize;
use flate2::read::GzDecoder;
use jieba_rs::{Jieba, TokenizeMode};
use sha2::{Digest, Sha256};
use std::fmt;
use std::io::BufReader;
use std::ops::Range;
use std::sync::Arc;

/// Jieba's dictionary (`dict.txt` of jieba-rs 0.11.0, MIT) without the parts of speech, which nothing here asks for: a
/// word and its frequency on each line. The library's own copy would stay in memory unpacked beside what is made from it.
const DICTIONARY: &[u8] = include_bytes!("dictionary.txt.gz");

/// A shared segmenter. Cloning is cheap: all clones are the same dictionary.
#[derive(Clone)]
pub struct Segmenter {
    jieba: Arc<Jieba>,
    /// Names the shop's additions, so that a model or an index built with others is noticed.
    checksum: String,
}

impl fmt::Debug for Segmenter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Segmenter").field("checksum", &self.checksum).finish_non_exhaustive()
    }
}

impl Segmenter {
    /// Jieba's own dictionary plus the shop's words, normalised as messages are.
    pub fn new(dictionary: &[DictionaryWord]) -> Self {
        let mut lines = BufReader::new(GzDecoder::new(DICTIONARY));
        let mut jieba = Jieba::with_dict(&mut lines).expect("the dictionary is part of the program");
        let mut hash = Sha256::new();
        for entry in dictionary {
            let word = normalize(&entry.word);
            if !word.is_empty() {
                jieba.add_word(&word, entry.frequency, entry.tag.as_deref());
                hash.update(word.as_bytes());
                hash.update(entry.frequency.unwrap_or(0).to_le_bytes());
            }
        }
        let checksum = hex::encode(&hash.finalize()[..8]);
        Self { jieba: Arc::new(jieba), checksum }
    }

    /// Sixteen hexadecimal digits that name the shop's dictionary.
    pub fn checksum(&self) -> &str {
        &self.checksum
    }

    /// Byte ranges of the words of a normalised text; together they cover it without gaps or overlaps.
    pub fn words(&self, normal: &str) -> Vec<Range<usize>> {
        let mut ranges = Vec::new();
        let mut start = 0;
        for token in self.jieba.cut(normal, true) {
            let end = start + token.word.len();
            ranges.push(start..end);
            start = end;
        }
        ranges
    }

    /// Words for a search index: long words and the shorter ones inside them, as byte ranges that may overlap.
    pub fn search_words(&self, normal: &str) -> Vec<Range<usize>> {
        let tokens = self.jieba.tokenize(normal, TokenizeMode::Search, true);
        tokens.into_iter().map(|token| token.byte_start..token.byte_end).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn word(text: &str) -> DictionaryWord {
        DictionaryWord { word: text.to_owned(), frequency: Some(100_000), tag: None }
    }

    fn cut<'a>(segmenter: &Segmenter, text: &'a str) -> Vec<&'a str> {
        segmenter.words(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn the_dictionary_is_jiebas() {
        let mut lines = String::new();
        GzDecoder::new(DICTIONARY).read_to_string(&mut lines).unwrap();
        assert_eq!(lines.lines().count(), 349_045);
        let digest = hex::encode(Sha256::digest(&lines));
        assert_eq!(digest, "d20ecdd7fe3e2c619a72c99bce1a6f4152cc88311a14810060f9242bbe1d082b");
    }

    #[test]
    fn the_shops_words_stay_whole() {
        let shop = Segmenter::new(&[word("七天无理由"), word("运费险")]);
        assert_eq!(cut(&shop, "七天无理由有运费险吗"), ["七天无理由", "有", "运费险", "吗"]);
        assert_ne!(shop.checksum(), Segmenter::new(&[]).checksum());
    }

    #[test]
    fn ranges_cover_the_text_and_lie_on_characters() {
        let segmenter = Segmenter::new(&[]);
        for text in ["", "a", "想买👟300块的", "\u{1f468}👩", "ﷺ𠮷野家", "....!!", "中 文  空格"] {
            let words = segmenter.words(text);
            assert_eq!(words.iter().map(|range| &text[range.clone()]).collect::<String>(), text);
            assert!(segmenter.search_words(text).into_iter().all(|range| text.get(range).is_some()));
        }
    }
}
