//! From a text to feature names and numbers.
//!
//! Names carry a mark in front, so that the word 退款 and the character pair 退款 are different features. The numbers
//! come from the word-level vocabulary of the Hugging Face pipeline that was counted on the training data.
//!
//! | mark | feature | sets |
//! |---|---|---|
//! | `w`, `p` | a word; a pair of neighbouring words | all |
//! | `c` | one to three characters | all |
//! | `^`, `$` | the first and the last one to three characters | all |
//! | `y` | one or two sounds, see [`crate::text::pinyin`] | [`FeatureSet::Sound`] |
//! | `n` | a word within reach of a negation | [`FeatureSet::Opinion`] |
//! | `f`, `l` | a word among the first, among the last | [`FeatureSet::Opinion`] |
//! | `b` | a word after 但是 and the like: what follows is what is meant | [`FeatureSet::Opinion`] |
//! | `t`, `g` | three words in a row; two words with one between them | [`FeatureSet::Opinion`] |
//! | `s` | a whole short clause | [`FeatureSet::Opinion`] |
//! | `d` | a degree word with the word after next | [`FeatureSet::Opinion`] |
//! | `x` | length, repeated punctuation | [`FeatureSet::Opinion`] |

use crate::text::Text;
use crate::text::pinyin;
use crate::text::tokenizer::Pipeline;
use crate::text::vocabulary::Vocabulary;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Longest run of characters that is a feature.
const MAX_CHARACTERS: usize = 3;

/// How far a negation reaches, in words; a punctuation mark ends it.
const NEGATION_REACH: usize = 4;

/// How many words count as the beginning and as the end of a text.
const EDGE_WORDS: usize = 6;

/// The longest clause that is a feature of its own, in characters.
const LONGEST_CLAUSE: usize = 8;

const NEGATIONS: [&str; 33] = [
    "不",
    "没",
    "没有",
    "别",
    "未",
    "无",
    "非",
    "莫",
    "勿",
    "不是",
    "不能",
    "不会",
    "不要",
    "从不",
    "毫无",
    "毫不",
    "并不",
    "不太",
    "不够",
    "不怎么",
    "不大",
    "绝不",
    "难以",
    "不再",
    "不曾",
    "从未",
    "不用",
    "不想",
    "一点都不",
    "并没有",
    "甭",
    "没法",
    "无法",
];

const CONTRASTS: [&str; 9] = ["但", "但是", "不过", "可是", "就是", "然而", "只是", "可", "却"];

const DEGREES: [&str; 18] = [
    "很", "非常", "太", "特别", "超", "超级", "挺", "蛮", "十分", "极其", "真", "真的", "好", "有点", "稍微", "略",
    "比较", "最",
];

/// Which features a model looks at. The set is part of a saved model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureSet {
    /// Words and characters: what is said.
    #[default]
    Topic,
    /// The same with what turns an opinion round: negation, contrast, degree, place, emphasis.
    Opinion,
    /// The same as [`FeatureSet::Topic`] with how it sounds, for typed pinyin and homophones.
    Sound,
}

impl FeatureSet {
    /// Calls back with each feature name of a text, with repetitions.
    pub fn each(self, text: &Text, mut found: impl FnMut(&str)) {
        let mut name = Name { buffer: String::with_capacity(32), found: &mut found };
        let words: Vec<&str> = text.words().collect();
        topic(text, &words, &mut name);
        match self {
            Self::Topic => {}
            Self::Opinion => opinion(text, &words, &mut name),
            Self::Sound => sound(text, &mut name),
        }
    }
}

/// Builds names in one buffer: a message has a hundred of them.
struct Name<'a> {
    buffer: String,
    found: &'a mut dyn FnMut(&str),
}

impl Name<'_> {
    fn say<'p>(&mut self, parts: impl IntoIterator<Item = &'p str>) {
        self.buffer.clear();
        self.buffer.extend(parts);
        (self.found)(&self.buffer);
    }
}

fn topic(text: &Text, words: &[&str], name: &mut Name<'_>) {
    for (place, word) in words.iter().enumerate() {
        name.say(["w", word]);
        if let Some(previous) = place.checked_sub(1) {
            name.say(["p", words[previous], " ", word]);
        }
    }
    let normal = text.normal.as_str();
    let starts: Vec<usize> = normal.char_indices().map(|(at, _)| at).chain([normal.len()]).collect();
    for length in 1..=MAX_CHARACTERS {
        for window in starts.windows(length + 1) {
            name.say(["c", &normal[window[0]..window[length]]]);
        }
        if let Some(last) = starts.len().checked_sub(length + 1) {
            name.say(["^", &normal[..starts[length]]]);
            name.say(["$", &normal[starts[last]..]]);
        }
    }
}

fn sound(text: &Text, name: &mut Name<'_>) {
    let sounds = pinyin::sounds(&text.normal);
    for (place, syllable) in sounds.iter().enumerate() {
        name.say(["y", syllable]);
        if let Some(next) = sounds.get(place + 1) {
            name.say(["y", syllable, " ", next]);
        }
    }
}

fn opinion(text: &Text, words: &[&str], name: &mut Name<'_>) {
    let (mut reach, mut after_contrast) = (0, false);
    for (place, word) in words.iter().enumerate() {
        if is_punctuation(word) {
            reach = 0;
        } else if NEGATIONS.contains(word) {
            reach = NEGATION_REACH;
        } else if reach > 0 {
            name.say(["n", word]);
            reach -= 1;
        }
        if after_contrast {
            name.say(["b", word]);
        }
        after_contrast |= CONTRASTS.contains(word);
        if let (true, Some(next)) = (DEGREES.contains(word), words.get(place + 2)) {
            name.say(["d", word, " ", next]);
        }
    }
    for window in words.windows(3) {
        let &[first, middle, last] = window else { continue };
        name.say(["t", first, " ", middle, " ", last]);
        name.say(["g", first, " ", last]);
    }
    for word in words.iter().take(EDGE_WORDS) {
        name.say(["f", word]);
    }
    for word in words.iter().rev().take(EDGE_WORDS) {
        name.say(["l", word]);
    }
    for clause in text.normal.split(is_break).filter(|clause| !clause.is_empty()) {
        if clause.chars().count() <= LONGEST_CLAUSE {
            name.say(["s", clause]);
        }
    }
    emphasis(text, name);
}

/// Length by powers of two and each mark of emphasis by how often it stands, up to three times.
fn emphasis(text: &Text, name: &mut Name<'_>) {
    let characters = text.normal.chars().count();
    let magnitude = (usize::BITS - characters.leading_zeros()).min(9).to_string();
    name.say(["x", "length ", &magnitude]);
    for mark in ["!", "?", "。", "~", "…", "."] {
        let times = text.normal.matches(mark).take(3).count();
        if times > 0 {
            name.say(["x", mark, ["1", "2", "3"][times - 1]]);
        }
    }
}

fn is_break(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '，' | '。' | '！' | '？' | '!' | '?' | ',' | '.' | ';' | '；' | '~' | '…' | '、')
}

fn is_punctuation(word: &str) -> bool {
    word.chars().all(is_break)
}

/// What a vocabulary keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VocabularySettings {
    /// Which features are looked at.
    pub features: FeatureSet,
    /// Texts that a feature must occur in.
    pub min_documents: u32,
    /// Features kept, at most.
    pub max_features: usize,
}

/// Counts on the training data which features are kept: those that occur in at least `min_documents` texts, the most
/// frequent `max_features` of them. Numbers follow frequency, ties the name, so the same data gives the same numbers.
/// Beside it the inverse document frequency of each: `ln((1 + n) / (1 + df)) + 1`.
pub fn count_vocabulary(texts: &[&Text], settings: &VocabularySettings) -> (Vocabulary, Vec<f32>) {
    let mut counts: HashMap<String, Count> = HashMap::new();
    for (number, text) in texts.iter().enumerate() {
        settings.features.each(text, |name| match counts.get_mut(name) {
            Some(count) if count.last == number => {}
            Some(count) => {
                count.last = number;
                count.documents += 1;
            }
            None => {
                counts.insert(name.to_owned(), Count { last: number, documents: 1 });
            }
        });
    }
    let mut kept: Vec<(String, u32)> = (counts.into_iter())
        .filter(|(_, count)| count.documents >= settings.min_documents)
        .map(|(name, count)| (name, count.documents))
        .collect();
    kept.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    kept.truncate(settings.max_features);
    let total = texts.len() as f32;
    let inverse = kept.iter().map(|(_, documents)| ((1.0 + total) / (1.0 + *documents as f32)).ln() + 1.0).collect();
    (kept.into_iter().map(|(name, _)| name).collect(), inverse)
}

struct Count {
    /// The last text that had the feature.
    last: usize,
    documents: u32,
}

/// The vector of a text: sublinear term frequency times the feature's weight, of length one. Ascending by feature.
pub fn vector(text: &Text, features: FeatureSet, pipeline: &Pipeline, weights: &[f32]) -> Vec<(u32, f32)> {
    let mut ids = Vec::with_capacity(128);
    features.each(text, |name| ids.extend(pipeline.id(name)));
    ids.sort_unstable();
    let mut vector: Vec<(u32, f32)> = Vec::with_capacity(ids.len());
    for run in ids.chunk_by(|a, b| a == b) {
        let frequency = 1.0 + (run.len() as f32).ln();
        vector.push((run[0], frequency * weights.get(run[0] as usize).copied().unwrap_or(0.0)));
    }
    let length = vector.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        for (_, value) in &mut vector {
            *value /= length;
        }
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    fn names(set: FeatureSet, text: &str) -> Vec<String> {
        let mut names = Vec::new();
        set.each(&Language::new(&[]).read(text), |name| names.push(name.to_owned()));
        names
    }

    #[test]
    fn words_pairs_and_characters() {
        let expected = [
            "w不",
            "w退款",
            "p不 退款",
            "c不",
            "c退",
            "c款",
            "^不",
            "$款",
            "c不退",
            "c退款",
            "^不退",
            "$退款",
            "c不退款",
            "^不退款",
            "$不退款",
        ];
        assert_eq!(names(FeatureSet::Topic, "不退款"), expected);
    }

    #[test]
    fn sounds_bring_typed_pinyin_and_characters_together() {
        let typed = names(FeatureSet::Sound, "tuikuan");
        assert!(typed.contains(&"ytui kuan".to_owned()));
        assert!(names(FeatureSet::Sound, "退款").contains(&"ytui kuan".to_owned()));
    }

    #[test]
    fn a_negation_reaches_to_the_next_mark() {
        let names = names(FeatureSet::Opinion, "不太满意，很好");
        assert!(names.contains(&"n满意".to_owned()));
        assert!(!names.contains(&"n好".to_owned()));
    }

    #[test]
    fn three_words_count_with_and_without_the_middle_one() {
        let names = names(FeatureSet::Opinion, "外观漂亮但是质量差");
        assert!(names.contains(&"t漂亮 但是 质量".to_owned()) && names.contains(&"g漂亮 质量".to_owned()), "{names:?}");
    }

    #[test]
    fn what_follows_a_contrast_is_marked() {
        let names = names(FeatureSet::Opinion, "外观漂亮但是质量差");
        assert!(names.contains(&"b质量".to_owned()) && !names.contains(&"b漂亮".to_owned()));
    }

    #[test]
    fn vectors_have_length_one_and_unknown_texts_none() {
        let language = Language::new(&[]);
        let texts = [language.read("怎么退款"), language.read("怎么发货")];
        let settings = VocabularySettings { features: FeatureSet::Topic, min_documents: 1, max_features: 1_000 };
        let (vocabulary, inverse) = count_vocabulary(&texts.iter().collect::<Vec<_>>(), &settings);
        let pipeline = language.pipeline(vocabulary);
        let known = vector(&texts[0], FeatureSet::Topic, &pipeline, &inverse);
        let length: f32 = known.iter().map(|(_, value)| value * value).sum();
        assert!((length - 1.0).abs() < 1e-5);
        assert!(vector(&language.read("xyz"), FeatureSet::Topic, &pipeline, &inverse).is_empty());
    }
}
