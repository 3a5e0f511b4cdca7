//! The Hugging Face pipeline: the one definition of how text becomes numbered tokens.
//!
//! Its normaliser is [`ShopNormalizer`], its pre-tokenizer is jieba, its model is a word-level vocabulary that was
//! counted on the training data. A model directory keeps it as `tokenizer.json`; the file names the dictionary
//! that jieba used, and loading it with another dictionary is an error, because the same text would then fall into
//! other tokens than the weights were fitted to.

use crate::text::normalize::ShopNormalizer;
use crate::text::segment::Segmenter;
use crate::text::vocabulary::Vocabulary;
use crate::text::{Text, Word};
use serde::{Deserialize, Serialize};
use tokenizers::{
    DecoderWrapper, OffsetReferential, OffsetType, PostProcessorWrapper, PreTokenizedString, PreTokenizer,
    TokenizerImpl,
};

type Tokenizer = TokenizerImpl<Vocabulary, ShopNormalizer, JiebaPreTokenizer, PostProcessorWrapper, DecoderWrapper>;

/// Splits at the segmenter's word boundaries. A value that came from a file has no segmenter until
/// [`Pipeline::from_json`] binds one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename = "Jieba")]
pub struct JiebaPreTokenizer {
    /// [`Segmenter::checksum`] of the dictionary in use.
    dictionary: String,
    #[serde(skip)]
    segmenter: Option<Segmenter>,
}

impl PreTokenizer for JiebaPreTokenizer {
    fn pre_tokenize(&self, text: &mut PreTokenizedString) -> tokenizers::Result<()> {
        let segmenter = self.segmenter.as_ref().ok_or("the pre-tokenizer has no dictionary yet")?;
        text.split(|_, piece| {
            let words = segmenter.words(piece.get());
            Ok(words
                .into_iter()
                .filter_map(|range| piece.slice(tokenizers::tokenizer::normalizer::Range::Normalized(range)))
                .collect::<Vec<_>>())
        })
    }
}

/// A pipeline from text to numbered tokens.
#[derive(Clone)]
pub struct Pipeline {
    tokenizer: Tokenizer,
}

/// Why a `tokenizer.json` was refused.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// Not the JSON of such a pipeline.
    #[error("tokenizer.json cannot be read: {0}")]
    Malformed(String),
    /// Made with other words in the user dictionary.
    #[error("tokenizer.json was made with user dictionary {found}, this shop uses {expected}; train the model again")]
    OtherDictionary {
        /// What the file says.
        found: String,
        /// What the segmenter in use says.
        expected: String,
    },
}

impl Pipeline {
    /// A pipeline over a segmenter and a vocabulary.
    pub fn new(segmenter: Segmenter, vocabulary: Vocabulary) -> Self {
        let mut tokenizer = Tokenizer::new(vocabulary);
        tokenizer
            .with_normalizer(Some(ShopNormalizer {}))
            .expect("setting a normalizer over an empty added vocabulary");
        tokenizer.with_pre_tokenizer(Some(JiebaPreTokenizer {
            dictionary: segmenter.checksum().to_owned(),
            segmenter: Some(segmenter),
        }));
        Self { tokenizer }
    }

    /// The pipeline as `tokenizer.json`.
    pub fn to_json(&self) -> String {
        self.tokenizer.to_string(false).expect("a pipeline of plain data can always be written")
    }

    /// Reads `tokenizer.json` and binds the segmenter in use.
    ///
    /// # Errors
    /// [`PipelineError::Malformed`] for anything but such a file, [`PipelineError::OtherDictionary`] where the
    /// file was made with other words.
    pub fn from_json(json: &str, segmenter: &Segmenter) -> Result<Self, PipelineError> {
        let loaded = Self::from_json_with_more_words(json, segmenter.clone())?;
        let found = loaded.tokenizer.get_pre_tokenizer().map(|pre| pre.dictionary.clone()).unwrap_or_default();
        let expected = segmenter.checksum().to_owned();
        if found == expected { Ok(loaded) } else { Err(PipelineError::OtherDictionary { found, expected }) }
    }

    /// Reads the `tokenizer.json` of a model that was trained without any shop's words. A shop's segmenter may cut
    /// some words differently; such a model must not depend on them alone.
    ///
    /// # Errors
    /// [`PipelineError::Malformed`] for anything but such a file.
    pub fn from_json_with_more_words(json: &str, segmenter: Segmenter) -> Result<Self, PipelineError> {
        let mut tokenizer: Tokenizer =
            serde_json::from_str(json).map_err(|error| PipelineError::Malformed(error.to_string()))?;
        let dictionary = tokenizer.get_pre_tokenizer().map(|pre| pre.dictionary.clone()).unwrap_or_default();
        tokenizer.with_pre_tokenizer(Some(JiebaPreTokenizer { dictionary, segmenter: Some(segmenter) }));
        Ok(Self { tokenizer })
    }

    /// The number of a token, where the vocabulary knows it.
    pub fn id(&self, token: &str) -> Option<u32> {
        self.tokenizer.get_model().number(token)
    }

    /// The token with this number.
    pub fn token(&self, id: u32) -> Option<&str> {
        self.tokenizer.get_model().name(id)
    }

    /// How many tokens the vocabulary has.
    pub fn vocabulary_size(&self) -> usize {
        self.tokenizer.get_model().len()
    }

    /// Normalises and splits a text.
    pub fn read(&self, raw: &str) -> Text {
        self.try_read(raw).unwrap_or_else(|_| Text { raw: raw.to_owned(), normal: raw.to_owned(), words: Vec::new() })
    }

    fn try_read(&self, raw: &str) -> tokenizers::Result<Text> {
        use tokenizers::{NormalizedString, Normalizer};
        let mut normalized = NormalizedString::from(raw);
        (ShopNormalizer {}).normalize(&mut normalized)?;
        let normal = normalized.get().to_owned();
        let mut split = PreTokenizedString::from(normalized);
        if let Some(pre_tokenizer) = self.tokenizer.get_pre_tokenizer() {
            pre_tokenizer.pre_tokenize(&mut split)?;
        }
        let in_raw = split.get_splits(OffsetReferential::Original, OffsetType::Byte);
        let in_normal = split.get_splits(OffsetReferential::Normalized, OffsetType::Byte);
        let words = in_normal
            .into_iter()
            .zip(in_raw)
            .map(|((_, normal, _), (_, raw, _))| Word { normal: normal.0..normal.1, raw: raw.0..raw.1 })
            .collect();
        Ok(Text { raw: raw.to_owned(), normal, words })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::knowledge::DictionaryWord;

    fn segmenter() -> Segmenter {
        Segmenter::new(&[DictionaryWord { word: "运费险".into(), frequency: Some(100_000), tag: None }])
    }

    #[test]
    fn words_know_where_they_stood_in_the_message() {
        let pipeline = Pipeline::new(segmenter(), Vocabulary::default());
        let text = pipeline.read(" 有ＡＢ運費險吗");
        assert_eq!(text.normal, "有ab运费险吗");
        assert_eq!(text.words().collect::<Vec<_>>(), ["有", "ab", "运费险", "吗"]);
        assert_eq!(&text.raw[text.words[2].raw.clone()], "運費險");
    }

    #[test]
    fn a_saved_pipeline_numbers_tokens_as_before() {
        let vocabulary: Vocabulary = ["运费险", "吗"].into_iter().collect();
        let json = Pipeline::new(segmenter(), vocabulary).to_json();
        let loaded = Pipeline::from_json(&json, &segmenter()).unwrap();
        assert_eq!((loaded.id("运费险"), loaded.id("吗"), loaded.id("退款")), (Some(0), Some(1), None));
        assert_eq!(loaded.vocabulary_size(), 2);
    }

    #[test]
    fn another_dictionary_is_refused() {
        let json = Pipeline::new(segmenter(), Vocabulary::default()).to_json();
        let refused = Pipeline::from_json(&json, &Segmenter::new(&[])).err().unwrap();
        assert!(matches!(refused, PipelineError::OtherDictionary { .. }), "{refused}");
        assert!(matches!(Pipeline::from_json("{", &segmenter()), Err(PipelineError::Malformed(_))));
    }
}
