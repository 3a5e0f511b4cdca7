//! The models that come with the program: what all shops have in common. They are part of the binary; a folder of the
//! same layout takes their place where the settings name one.

use crate::classify::mood::model::MoodModel;
use crate::classify::sentiment::SentimentModel;
use crate::search::faq::Common;
use crate::search::ranking::Rankers;
use crate::search::semantic::SemanticModel;
use crate::service::Failure;
use crate::text::segment::Segmenter;
use crate::text::word_vectors::WordVectors;
use flate2::read::GzDecoder;
use rust_embed::RustEmbed;
use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

#[derive(RustEmbed)]
#[folder = "knowledge_base/models"]
#[allow_missing = true]
#[exclude = "*/tokenizer.json"]
struct Embedded;

/// The tokenizers of the models that have one, packed by `build.rs`.
const TOKENIZERS: [(&str, &[u8]); 2] = [
    ("sentiment", include_bytes!(concat!(env!("OUT_DIR"), "/sentiment.json.gz"))),
    ("semantic", include_bytes!(concat!(env!("OUT_DIR"), "/semantic.json.gz"))),
];

/// The models, not yet bound to a shop's words.
#[derive(Debug, Clone)]
pub struct ShippedModels {
    sentiment: Files,
    mood: MoodModel,
    /// Absent where a folder of one's own has none; the FAQ is then found by words, characters and sounds alone.
    semantic: Option<Files>,
    /// Absent where a folder of one's own has none; intents are then read by their words alone.
    vectors: Option<Cow<'static, [u8]>>,
    rankers: Rankers,
}

/// The two files of a model. What lies in the binary stays there.
#[derive(Debug, Clone)]
struct Files {
    tokenizer: Tokenizer,
    weights: Cow<'static, [u8]>,
}

/// A `tokenizer.json`.
#[derive(Debug, Clone)]
enum Tokenizer {
    /// In the binary; unpacked each time that a model is bound to a shop's words, which is seldom.
    Packed(&'static [u8]),
    /// From a folder.
    Read(String),
}

impl Tokenizer {
    fn json(&self) -> Result<Cow<'_, str>, Failure> {
        match self {
            Self::Packed(packed) => {
                let mut json = String::new();
                let read = GzDecoder::new(*packed).read_to_string(&mut json);
                read.map_err(|error| Failure::Model(format!("tokenizer: {error}")))?;
                Ok(json.into())
            }
            Self::Read(json) => Ok(json.into()),
        }
    }
}

impl ShippedModels {
    /// Reads the models, from a folder or from the binary.
    ///
    /// # Errors
    /// [`Failure::Model`] where one is missing or cannot be read.
    pub fn load(folder: Option<&Path>) -> Result<Self, Failure> {
        let source = Source { folder };
        let sentiment = source.sentiment()?;
        let mood =
            source.file("mood/model.json")?.ok_or_else(|| Failure::Model("there is no mood model".to_owned()))?;
        let mood = MoodModel::from_json(&text(mood)?).map_err(|error| Failure::Model(error.to_string()))?;
        let semantic = source.model("semantic")?;
        let vectors = source.file("words/vectors.bin")?;
        let rankers = match source.file("rankers.json")? {
            Some(json) => Rankers::shipped(&text(json)?).map_err(|error| Failure::Model(error.to_string()))?,
            None => Rankers::default(),
        };
        Ok(Self { sentiment, mood, semantic, vectors, rankers })
    }

    /// What words have in common.
    ///
    /// # Errors
    /// [`Failure::Model`] where the file is foreign or damaged.
    pub fn vectors(&self) -> Result<Option<WordVectors>, Failure> {
        let loaded = self.vectors.as_ref().map(WordVectors::load).transpose();
        loaded.map_err(|error| Failure::Model(format!("words: {error}")))
    }

    /// The sentiment model alone, over jieba's own words: what the mood model is trained with.
    ///
    /// # Errors
    /// [`Failure::Model`] where the files are missing, foreign or damaged.
    pub fn sentiment_alone(folder: Option<&Path>, segmenter: &Segmenter) -> Result<SentimentModel, Failure> {
        bind_sentiment(&Source { folder }.sentiment()?, segmenter)
    }

    /// The sentiment model over a shop's words.
    ///
    /// # Errors
    /// [`Failure::Model`] where the files are foreign or damaged.
    pub fn sentiment(&self, segmenter: &Segmenter) -> Result<SentimentModel, Failure> {
        bind_sentiment(&self.sentiment, segmenter)
    }

    /// The mood model.
    pub fn mood(&self) -> &MoodModel {
        &self.mood
    }

    /// What FAQ indexes need, over a shop's words.
    ///
    /// # Errors
    /// [`Failure::Model`] where the files are foreign or damaged.
    pub fn common(&self, segmenter: &Segmenter) -> Result<Common, Failure> {
        let semantic = (self.semantic.as_ref())
            .map(|files| {
                let tokenizer = files.tokenizer.json()?;
                SemanticModel::load(&tokenizer, &files.weights, segmenter.clone())
                    .map_err(|error| Failure::Model(format!("semantic: {error}")))
            })
            .transpose()?;
        Ok(Common { semantic, rankers: self.rankers.clone() })
    }
}

fn bind_sentiment(files: &Files, segmenter: &Segmenter) -> Result<SentimentModel, Failure> {
    SentimentModel::from_files(&files.tokenizer.json()?, &files.weights, segmenter.clone())
        .map_err(|error| Failure::Model(format!("sentiment: {error}")))
}

struct Source<'a> {
    folder: Option<&'a Path>,
}

impl Source<'_> {
    fn sentiment(&self) -> Result<Files, Failure> {
        self.model("sentiment")?.ok_or_else(|| Failure::Model("there is no sentiment model".to_owned()))
    }

    fn model(&self, name: &str) -> Result<Option<Files>, Failure> {
        let weights = self.file(&format!("{name}/weights.bin"))?;
        match (self.tokenizer(name)?, weights) {
            (Some(tokenizer), Some(weights)) => Ok(Some(Files { tokenizer, weights })),
            (None, None) => Ok(None),
            _ => Err(Failure::Model(format!("{name}: tokenizer.json and weights.bin belong together, one is missing"))),
        }
    }

    fn tokenizer(&self, model: &str) -> Result<Option<Tokenizer>, Failure> {
        if self.folder.is_some() {
            let json = self.file(&format!("{model}/tokenizer.json"))?.map(text).transpose()?;
            return Ok(json.map(|json| Tokenizer::Read(json.into_owned())));
        }
        let packed = TOKENIZERS.iter().find(|(name, _)| *name == model);
        Ok(packed.map(|(_, packed)| Tokenizer::Packed(packed)))
    }

    fn file(&self, name: &str) -> Result<Option<Cow<'static, [u8]>>, Failure> {
        let Some(folder) = self.folder else { return Ok(Embedded::get(name).map(|file| file.data)) };
        match std::fs::read(folder.join(name)) {
            Ok(bytes) => Ok(Some(Cow::Owned(bytes))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::Model(format!("{}: {error}", folder.join(name).display()))),
        }
    }
}

fn text(bytes: Cow<'static, [u8]>) -> Result<Cow<'static, str>, Failure> {
    let text = match bytes {
        Cow::Borrowed(bytes) => str::from_utf8(bytes).map(Cow::Borrowed),
        Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).map_err(|error| error.utf8_error()),
    };
    text.map_err(|error| Failure::Model(error.to_string()))
}
