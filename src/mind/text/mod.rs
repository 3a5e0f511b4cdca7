//! Chinese text in, tokens out.
//!
//! One [`Language`] serves the whole program: the FAQ index, the product index, the classifiers and the entity
//! reader all see the same normalised text and the same words, because they all get the same [`Text`].
//!
//! ```text
//! raw ── normalize ──> normal ── segment (jieba + shop's words) ──> words ── vocabulary ──> feature ids
//!        └────────── Hugging Face tokenizers pipeline (tokenizer) ──────────┘
//! ```
//!
//! Invariant: offsets in a [`Text`] always lie on character boundaries, and each word remembers where it stood in
//! the raw message, so that an explanation can point at what the shopper really typed.

pub mod clauses;
pub mod dates;
pub mod difference;
pub mod entity;
pub mod html;
pub mod mask;
pub mod model_file;
pub mod normalize;
pub mod nul;
pub mod pinyin;
pub mod rounded;
pub mod segment;
pub mod tokenizer;
pub mod units;
pub mod vocabulary;
pub mod word_vectors;

use crate::model::knowledge::DictionaryWord;
use segment::Segmenter;
use std::ops::Range;
use tokenizer::Pipeline;
use vocabulary::Vocabulary;
use word_vectors::WordVectors;

/// How this shop's text is read: normalisation, the segmenter with the shop's words, and the pipeline made of both.
#[derive(Clone)]
pub struct Language {
    segmenter: Segmenter,
    pipeline: Pipeline,
    vectors: Option<WordVectors>,
}

/// A message after reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// What was typed, byte for byte.
    pub raw: String,
    /// After NFKC, folding of width and case, traditional to simplified, and removal of invisible characters.
    pub normal: String,
    /// Words in reading order; spaces and punctuation are words of their own.
    pub words: Vec<Word>,
}

/// One word of a [`Text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Byte range in [`Text::normal`].
    pub normal: Range<usize>,
    /// Byte range in [`Text::raw`].
    pub raw: Range<usize>,
}

impl Text {
    /// The words as strings, without spaces.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(|word| &self.normal[word.normal.clone()]).filter(|word| !word.trim().is_empty())
    }

    /// Whether nothing in it can be read: no letter, no digit, no Chinese character.
    pub fn is_wordless(&self) -> bool {
        !self.normal.chars().any(char::is_alphanumeric)
    }
}

impl Language {
    /// Loads jieba's dictionary and adds the shop's own words. Takes about a tenth of a second.
    pub fn new(dictionary: &[DictionaryWord]) -> Self {
        let segmenter = Segmenter::new(dictionary);
        let pipeline = Pipeline::new(segmenter.clone(), Vocabulary::default());
        Self { segmenter, pipeline, vectors: None }
    }

    /// The same language with vectors that tell what its words mean.
    #[must_use]
    pub fn with_vectors(self, vectors: Option<WordVectors>) -> Self {
        Self { vectors, ..self }
    }

    /// What the words mean, where that is known.
    pub fn vectors(&self) -> Option<&WordVectors> {
        self.vectors.as_ref()
    }

    /// Reads a text: never fails, whatever the bytes mean.
    pub fn read(&self, raw: &str) -> Text {
        self.pipeline.read(raw)
    }

    /// The pipeline with a model's own vocabulary: the same tokens, numbered as that model numbers them.
    pub fn pipeline(&self, vocabulary: Vocabulary) -> Pipeline {
        Pipeline::new(self.segmenter.clone(), vocabulary)
    }

    /// The segmenter, for the search index.
    pub fn segmenter(&self) -> &Segmenter {
        &self.segmenter
    }
}
