//! Names with numbers, in little memory.
//!
//! The models that come with the program know a hundred thousand names of a few bytes each. As two maps of strings, one
//! for each direction, they would take ten times what they say; here all names lie in one text, their ends tell a number's
//! name, and a hash table of numbers alone tells a name's number. Serialised it is the model of a Hugging Face
//! `tokenizer.json`, of the type `WordLevel`.

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::HashMap;
use std::fmt;
use std::hash::BuildHasher;
use std::path::{Path, PathBuf};
use tokenizers::models::wordlevel::WordLevelTrainer;
use tokenizers::{Model, Token};

/// The token that stands for everything outside the vocabulary; it is not in the vocabulary itself, so that an
/// unknown token simply has no number.
const UNKNOWN: &str = "[UNK]";

/// Names, numbered from 0 in the order in which they were added.
#[derive(Clone, Default)]
pub struct Vocabulary {
    /// All names, one after the other.
    names: String,
    /// Where each name ends.
    ends: Vec<u32>,
    /// All numbers, each where its name's hash says.
    numbers: HashTable<u32>,
}

impl fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vocabulary").field("names", &self.len()).finish_non_exhaustive()
    }
}

impl<S: AsRef<str>> FromIterator<S> for Vocabulary {
    /// Numbers the names in their order; one that comes again keeps its first number.
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let mut vocabulary = Self::default();
        for name in names {
            vocabulary.add(name.as_ref());
        }
        vocabulary.shrink();
        vocabulary
    }
}

impl Vocabulary {
    /// How many names there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The number of a name.
    pub fn number(&self, name: &str) -> Option<u32> {
        self.numbers.find(hash(name), |number| self.name(*number) == Some(name)).copied()
    }

    /// The name with this number.
    pub fn name(&self, number: u32) -> Option<&str> {
        named(&self.names, &self.ends, number)
    }

    /// The names in the order of their numbers.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        (0..).map_while(|number| self.name(number))
    }

    /// Adds a name; returns whether it is new.
    fn add(&mut self, name: &str) -> bool {
        if self.number(name).is_some() {
            return false;
        }
        // Names of four gigabytes would be a thousand times what any shop says.
        let (Ok(number), Ok(end)) = (u32::try_from(self.len()), u32::try_from(self.names.len() + name.len())) else {
            return false;
        };
        self.names.push_str(name);
        self.ends.push(end);
        let hash_of = |number: &u32| hash(named(&self.names, &self.ends, *number).unwrap_or_default());
        self.numbers.insert_unique(hash(name), number, hash_of);
        true
    }

    fn shrink(&mut self) {
        self.names.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

/// The name with a number, among names that lie in one text.
fn named<'a>(names: &'a str, ends: &[u32], number: u32) -> Option<&'a str> {
    let end = *ends.get(number as usize)? as usize;
    let start = number.checked_sub(1).map_or(0, |before| ends[before as usize] as usize);
    names.get(start..end)
}

fn hash(name: &str) -> u64 {
    FxBuildHasher.hash_one(name)
}

impl Model for Vocabulary {
    type Trainer = WordLevelTrainer;

    fn tokenize(&self, token: &str) -> tokenizers::Result<Vec<Token>> {
        let id = self.number(token).ok_or("the token is not in the vocabulary")?;
        Ok(vec![Token { id, value: token.to_owned(), offsets: (0, token.len()) }])
    }

    fn token_to_id(&self, token: &str) -> Option<u32> {
        self.number(token)
    }

    fn id_to_token(&self, id: u32) -> Option<String> {
        self.name(id).map(str::to_owned)
    }

    fn get_vocab(&self) -> HashMap<String, u32> {
        self.names().map(str::to_owned).zip(0..).collect()
    }

    fn get_vocab_size(&self) -> usize {
        self.len()
    }

    fn save(&self, _folder: &Path, _prefix: Option<&str>) -> tokenizers::Result<Vec<PathBuf>> {
        Err("a vocabulary is saved with its tokenizer".into())
    }

    fn get_trainer(&self) -> Self::Trainer {
        WordLevelTrainer::default()
    }
}

/// The model in a `tokenizer.json`.
#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename = "WordLevel")]
struct File<V> {
    vocab: V,
    unk_token: String,
}

struct Written<'a>(&'a Vocabulary);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.names().zip(0_u32..))
    }
}

impl Serialize for Vocabulary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        File { vocab: Written(self), unk_token: UNKNOWN.to_owned() }.serialize(serializer)
    }
}

struct Read(Vocabulary);

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder).map(Self)
    }
}

impl<'de> Deserialize<'de> for Vocabulary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        File::<Read>::deserialize(deserializer).map(|file| file.vocab.0)
    }
}

/// Reads names in the order of their numbers, as they are written.
struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Vocabulary;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("names with the numbers 0, 1, 2, … in this order")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut vocabulary = Vocabulary::default();
        while let Some((name, number)) = map.next_entry::<String, u32>()? {
            if vocabulary.len() != number as usize || !vocabulary.add(&name) {
                return Err(A::Error::custom(format!("{name:?} does not continue the numbers with {number}")));
            }
        }
        vocabulary.shrink();
        Ok(vocabulary)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_name_has_its_number_and_every_number_its_name(names in prop::collection::hash_set(".{0,6}", 0..300)) {
            let names: Vec<String> = names.into_iter().collect();
            let vocabulary: Vocabulary = names.iter().collect();
            prop_assert_eq!(vocabulary.names().collect::<Vec<_>>(), names.iter().map(String::as_str).collect::<Vec<_>>());
            for (name, number) in names.iter().zip(0..) {
                prop_assert_eq!((vocabulary.number(name), vocabulary.name(number)), (Some(number), Some(name.as_str())));
            }
            prop_assert_eq!((vocabulary.number("seven.letters"), vocabulary.name(names.len() as u32)), (None, None));
        }
    }

    #[test]
    fn a_name_that_comes_again_keeps_its_number() {
        let vocabulary: Vocabulary = ["a", "", "a", "b"].into_iter().collect();
        assert_eq!((vocabulary.len(), vocabulary.number(""), vocabulary.number("b")), (3, Some(1), Some(2)));
    }

    #[test]
    fn it_is_the_word_level_model_of_a_tokenizer_file() {
        let vocabulary: Vocabulary = ["退款", "吗"].into_iter().collect();
        let json = serde_json::to_string(&vocabulary).unwrap();
        assert_eq!(json, r#"{"type":"WordLevel","vocab":{"退款":0,"吗":1},"unk_token":"[UNK]"}"#);
        let model: tokenizers::models::wordlevel::WordLevel = serde_json::from_str(&json).unwrap();
        assert_eq!(model.token_to_id("吗"), Some(1));
        let back: Vocabulary = serde_json::from_str(&json).unwrap();
        assert_eq!(back.names().collect::<Vec<_>>(), ["退款", "吗"]);
    }

    #[test]
    fn numbers_with_gaps_are_refused() {
        for vocab in [r#"{"a":1}"#, r#"{"a":0,"b":2}"#, r#"{"a":0,"a":1}"#] {
            let json = format!(r#"{{"type":"WordLevel","vocab":{vocab},"unk_token":"[UNK]"}}"#);
            assert!(serde_json::from_str::<Vocabulary>(&json).is_err(), "{vocab}");
        }
    }
}
