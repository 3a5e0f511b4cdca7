//! From a text to feature names and numbers.
//!
//! Names carry a mark in front, so that the word 退款 and the character pair 退款 are different features: `w` for a
//! word, `p` for a pair of neighbouring words, `c` for one to three characters. The numbers come from the word-level
//! vocabulary of the Hugging Face pipeline that was counted on the training data.

use crate::text::Text;
use crate::text::tokenizer::{Pipeline, Vocabulary};
use std::collections::HashMap;

/// Longest run of characters that is a feature.
const MAX_CHARACTERS: usize = 3;

/// Calls back with each feature name of a text, with repetitions.
pub fn each_feature(text: &Text, mut found: impl FnMut(&str)) {
    let mut name = String::with_capacity(32);
    let mut previous: Option<&str> = None;
    for word in text.words() {
        name.clear();
        name.extend(["w", word]);
        found(&name);
        if let Some(previous) = previous {
            name.clear();
            name.extend(["p", previous, " ", word]);
            found(&name);
        }
        previous = Some(word);
    }
    let normal = text.normal.as_str();
    let starts: Vec<usize> = normal.char_indices().map(|(at, _)| at).chain([normal.len()]).collect();
    for length in 1..=MAX_CHARACTERS {
        for window in starts.windows(length + 1) {
            name.clear();
            name.extend(["c", &normal[window[0]..window[length]]]);
            found(&name);
        }
    }
}

/// Counts on the training data which features are kept: those that occur in at least `min_documents` texts, the most
/// frequent `max_features` of them. Numbers follow frequency, ties the name, so the same data gives the same numbers.
pub fn count_vocabulary(texts: &[Text], min_documents: u32, max_features: usize) -> (Vocabulary, Vec<f32>) {
    let mut frequencies: HashMap<String, u32> = HashMap::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (number, text) in texts.iter().enumerate() {
        each_feature(text, |name| match seen.get_mut(name) {
            Some(last) if *last == number => {}
            Some(last) => {
                *last = number;
                *frequencies.entry(name.to_owned()).or_default() += 1;
            }
            None => {
                seen.insert(name.to_owned(), number);
                frequencies.insert(name.to_owned(), 1);
            }
        });
    }
    let mut kept: Vec<(String, u32)> =
        frequencies.into_iter().filter(|(_, frequency)| *frequency >= min_documents).collect();
    kept.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    kept.truncate(max_features);
    let total = texts.len() as f32;
    let inverse = kept.iter().map(|(_, frequency)| ((1.0 + total) / (1.0 + *frequency as f32)).ln() + 1.0).collect();
    let numbers = kept.into_iter().zip(0..).map(|((name, _), number)| (name, number)).collect();
    (numbers, inverse)
}

/// The vector of a text: sublinear term frequency times inverse document frequency, of length one. Ascending by
/// feature.
pub fn vector(text: &Text, pipeline: &Pipeline, inverse_frequencies: &[f32]) -> Vec<(u32, f32)> {
    let mut ids = Vec::with_capacity(96);
    each_feature(text, |name| ids.extend(pipeline.id(name)));
    ids.sort_unstable();
    let mut vector: Vec<(u32, f32)> = Vec::with_capacity(ids.len());
    for run in ids.chunk_by(|a, b| a == b) {
        let frequency = 1.0 + (run.len() as f32).ln();
        let inverse = inverse_frequencies.get(run[0] as usize).copied().unwrap_or(0.0);
        vector.push((run[0], frequency * inverse));
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

    #[test]
    fn words_pairs_and_characters() {
        let mut names = Vec::new();
        each_feature(&Language::new(&[]).read("不退款"), |name| names.push(name.to_owned()));
        assert_eq!(names, ["w不", "w退款", "p不 退款", "c不", "c退", "c款", "c不退", "c退款", "c不退款"]);
    }

    #[test]
    fn vectors_have_length_one_and_unknown_texts_none() {
        let language = Language::new(&[]);
        let texts = [language.read("怎么退款"), language.read("怎么发货")];
        let (vocabulary, inverse) = count_vocabulary(&texts, 1, 1_000);
        let pipeline = language.pipeline(vocabulary);
        let known = vector(&texts[0], &pipeline, &inverse);
        let length: f32 = known.iter().map(|(_, value)| value * value).sum();
        assert!((length - 1.0).abs() < 1e-5);
        assert!(vector(&language.read("xyz"), &pipeline, &inverse).is_empty());
    }
}
