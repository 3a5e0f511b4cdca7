//! `xiaoer bench classify`: where the time of reading one message goes. One thread, medians.

use crate::classify::classifier::Classifier;
use crate::classify::intent::IntentModel;
use crate::service::import::{ImportError, read_folder};
use crate::service::shipped::ShippedModels;
use crate::text::Language;
use serde::Serialize;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

/// Medians in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
struct Split {
    /// Normalising and cutting into words; shared by all models.
    read_us: f64,
    /// From words to numbered features with values.
    features_us: f64,
    /// From features to probabilities.
    score_us: f64,
    /// Features of the message that the model knows.
    features: usize,
}

/// Both models.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
struct Figures {
    /// Characters of the message.
    characters: usize,
    intent: Split,
    sentiment: Split,
}

/// Measures and prints.
///
/// # Errors
/// An unreadable knowledge folder.
pub fn run(knowledge: &Path, text: &str, rounds: usize, json: bool) -> anyhow::Result<()> {
    let content = read_folder(knowledge).map_err(ImportError::Problems)?;
    let language = Language::new(&content.dictionary);
    let (intents, _) = IntentModel::train(&language, &content.intents)?;
    let sentiment = ShippedModels::sentiment_alone(None, language.segmenter())?;
    let figures = Figures {
        characters: text.chars().count(),
        intent: measure(&language, intents.classifier(), text, rounds),
        sentiment: measure(&language, sentiment.classifier(), text, rounds),
    };
    if json {
        println!("{}", serde_json::to_string(&figures)?);
        return Ok(());
    }
    println!("{} 个字，{rounds} 遍的中位数，微秒", figures.characters);
    for (name, split) in [("意图", figures.intent), ("褒贬", figures.sentiment)] {
        println!(
            "  {name}  读 {:.1}  特征 {:.1}  打分 {:.1}  特征和打分 {:.1}  （{} 个特征）",
            split.read_us,
            split.features_us,
            split.score_us,
            split.features_us + split.score_us,
            split.features
        );
    }
    Ok(())
}

fn measure(language: &Language, classifier: &Classifier, text: &str, rounds: usize) -> Split {
    let mut times = [Vec::with_capacity(rounds), Vec::with_capacity(rounds), Vec::with_capacity(rounds)];
    let mut features = 0;
    for _ in 0..rounds.max(1) {
        let begun = Instant::now();
        let read = language.read(black_box(text));
        let after_reading = Instant::now();
        let row = classifier.row(&read);
        let after_features = Instant::now();
        black_box(classifier.probabilities_of(&row));
        let end = Instant::now();
        features = row.len();
        for (times, (from, to)) in
            times.iter_mut().zip([(begun, after_reading), (after_reading, after_features), (after_features, end)])
        {
            times.push((to - from).as_secs_f64() * 1e6);
        }
    }
    let [read_us, features_us, score_us] = times.map(median);
    Split { read_us, features_us, score_us, features }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}
