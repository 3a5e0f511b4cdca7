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
use rust_embed::RustEmbed;
use std::borrow::Cow;
use std::path::Path;

#[derive(RustEmbed)]
#[folder = "knowledge_base/models"]
#[allow_missing = true]
struct Embedded;

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
    tokenizer: Cow<'static, str>,
    weights: Cow<'static, [u8]>,
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
            .map(|files| SemanticModel::load(&files.tokenizer, &files.weights, segmenter.clone()))
            .transpose()
            .map_err(|error| Failure::Model(format!("semantic: {error}")))?;
        Ok(Common { semantic, rankers: self.rankers.clone() })
    }
}

fn bind_sentiment(files: &Files, segmenter: &Segmenter) -> Result<SentimentModel, Failure> {
    SentimentModel::from_files(&files.tokenizer, &files.weights, segmenter.clone())
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
        let tokenizer = self.file(&format!("{name}/tokenizer.json"))?;
        let weights = self.file(&format!("{name}/weights.bin"))?;
        match (tokenizer, weights) {
            (Some(tokenizer), Some(weights)) => Ok(Some(Files { tokenizer: text(tokenizer)?, weights })),
            (None, None) => Ok(None),
            _ => Err(Failure::Model(format!("{name}: tokenizer.json and weights.bin belong together, one is missing"))),
        }
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
