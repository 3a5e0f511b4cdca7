//! How a text becomes index terms. One analyser serves index and query.
//!
//! Three views of each text are kept, because each fails where another works: words (jieba's search mode, with
//! synonyms mapped to one canonical word) carry meaning but break on typos and unknown words; single characters and
//! their bigrams survive both; sounds and pairs of sounds survive typed pinyin and homophones.

use crate::text::normalize::normalize;
use crate::text::units::units;
use crate::text::{Language, Text, pinyin};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Turns text into terms. Cloning is cheap.
#[derive(Clone)]
pub struct Analyser {
    language: Language,
    /// From each word to the canonical word of its group.
    synonyms: Arc<HashMap<String, String>>,
    stop_words: Arc<HashSet<String>>,
    version: Arc<str>,
}

/// Counts up whenever the same text would become other terms.
const VERSION: u32 = 1;

/// The terms of one text, with repetitions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Views {
    /// Words, synonyms folded.
    pub words: Vec<String>,
    /// Characters and character bigrams.
    pub characters: Vec<String>,
    /// Syllables and pairs of syllables; see [`crate::text::pinyin`].
    pub sounds: Vec<String>,
}

impl Analyser {
    /// An analyser over the shop's language and its groups of synonyms, whose first word is the canonical one.
    pub fn new(language: Language, groups: &[Vec<String>]) -> Self {
        let mut synonyms = HashMap::new();
        let mut hash = Sha256::new();
        for group in groups {
            let Some(canonical) = group.first().map(|word| normalize(word)) else { continue };
            for word in group {
                hash.update(normalize(word).as_bytes());
                hash.update(b"\t");
                synonyms.insert(normalize(word), canonical.clone());
            }
            hash.update(b"\n");
        }
        let synonyms_checksum = hex::encode(&hash.finalize()[..8]);
        let version = format!("{VERSION}-{}-{synonyms_checksum}", language.segmenter().checksum());
        Self { language, synonyms: Arc::new(synonyms), stop_words: Arc::default(), version: version.into() }
    }

    /// The same without words that say nothing about what is asked. A text that has no other word keeps them.
    #[must_use]
    pub fn without(self, stop_words: &[String]) -> Self {
        if stop_words.is_empty() {
            return self;
        }
        let words: BTreeSet<String> = stop_words.iter().map(|word| normalize(word)).collect();
        let hash = words.iter().fold(Sha256::new(), |hash, word| hash.chain_update(word).chain_update(b"\n"));
        let checksum = hex::encode(&hash.finalize()[..8]);
        let version = format!("{}-{checksum}", self.version);
        Self { stop_words: Arc::new(words.into_iter().collect()), version: version.into(), ..self }
    }

    /// The canonical word that a word is folded to, where it is another one.
    pub fn canonical(&self, word: &str) -> Option<&str> {
        self.synonyms.get(word).map(String::as_str).filter(|canonical| *canonical != word)
    }

    /// Whether a word is left out.
    pub fn is_stop_word(&self, word: &str) -> bool {
        self.stop_words.contains(word)
    }

    /// Names the code, the dictionary and the synonyms: texts become the same terms where it is the same.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The language it reads with.
    pub fn language(&self) -> &Language {
        &self.language
    }

    /// The terms of a text that was read before.
    pub fn views(&self, text: &Text) -> Views {
        Views {
            words: self.words(&text.normal),
            characters: with_pairs(&characters(&text.normal)),
            sounds: with_pairs(&pinyin::sounds(&text.normal)),
        }
    }

    /// The terms of a raw text.
    pub fn read(&self, raw: &str) -> Views {
        self.views(&self.language.read(raw))
    }

    fn words(&self, normal: &str) -> Vec<String> {
        let ranges = self.language.segmenter().search_words(normal);
        let words = ranges.into_iter().map(|range| &normal[range]);
        let words: Vec<&str> = words.filter(|word| word.chars().any(char::is_alphanumeric)).collect();
        let says_something = words.iter().any(|word| !self.is_stop_word(word));
        let kept = words.into_iter().filter(|word| !says_something || !self.is_stop_word(word));
        kept.map(|word| self.synonyms.get(word).cloned().unwrap_or_else(|| word.to_owned())).collect()
    }
}

/// The characters of a text that say something.
fn characters(normal: &str) -> Vec<&str> {
    units(normal).filter(|unit| unit.starts_with(char::is_alphanumeric)).collect()
}

/// The units and each pair of neighbours.
fn with_pairs(units: &[impl AsRef<str>]) -> Vec<String> {
    let pairs = units.windows(2).map(|pair| [pair[0].as_ref(), pair[1].as_ref()].concat());
    units.iter().map(|unit| unit.as_ref().to_owned()).chain(pairs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::knowledge::DictionaryWord;

    fn analyser() -> Analyser {
        Analyser::new(Language::new(&[]), &[vec!["运费".into(), "邮费".into()]])
    }

    #[test]
    fn synonyms_become_one_word() {
        let (fee, postage) = (analyser().read("运费多少"), analyser().read("邮费多少"));
        assert_eq!(fee.words, postage.words);
        assert_ne!(fee.characters, postage.characters);
    }

    #[test]
    fn stop_words_go_unless_there_is_nothing_else() {
        let plain = analyser();
        let analyser = analyser().without(&["请问".to_owned()]);
        assert_eq!(analyser.read("请问运费").words, plain.read("运费").words);
        assert_eq!(analyser.read("请问").words, plain.read("请问").words);
        assert_ne!(analyser.version(), plain.version());
    }

    #[test]
    fn the_version_names_dictionary_and_synonyms() {
        let word = DictionaryWord { word: "运费险".into(), frequency: Some(100_000), tag: None };
        let groups = [vec!["运费".to_owned(), "邮费".to_owned()]];
        let same = analyser();
        assert_eq!(analyser().version(), same.version());
        assert_ne!(Analyser::new(Language::new(&[word]), &groups).version(), same.version());
        assert_ne!(Analyser::new(Language::new(&[]), &[]).version(), same.version());
    }

    #[test]
    fn characters_and_bigrams_without_punctuation() {
        assert_eq!(analyser().read("退款,SG12!").characters, ["退", "款", "sg12", "退款", "款sg12"]);
        assert_eq!(analyser().read("？！…"), Views::default());
    }
}
