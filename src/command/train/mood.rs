//! `xiaoer train mood`: the mood model, from labelled sentences of chat and a lexicon.

use crate::classify::fit::FitSettings;
use crate::classify::metrics;
use crate::classify::mood::Mood;
use crate::classify::mood::evidence::{Evidence, evidence};
use crate::classify::mood::lexicon::Lexicon;
use crate::classify::mood::model::{MoodModel, NamedRegression};
use crate::command::evaluate::mood::{Sentence, read};
use crate::command::evaluate::reliability;
use crate::service::shipped::ShippedModels;
use crate::text::Language;
use anyhow::Context;
use std::path::Path;

/// Penalties that are tried.
const PENALTIES: [f64; 6] = [0.3, 1.0, 3.0, 6.0, 12.0, 25.0];

/// Trains and writes the model with its card.
///
/// # Errors
/// Unreadable files and bad rows, by line.
pub fn run(data: &Path, out: &Path) -> anyhow::Result<()> {
    let path = data.join("lexicon.toml");
    let toml = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let lexicon = Lexicon::parse(&toml).with_context(|| path.display().to_string())?;
    let sentences = read(&data.join("sentences.tsv"))?;
    // No shop's words: the model must serve every shop.
    let language = Language::new(&[]);
    let sentiment = ShippedModels::sentiment_alone(None, language.segmenter())?;
    let read = |sentence: &Sentence| {
        let text = language.read(&sentence.text);
        evidence(&text, &lexicon, sentiment.positive(&text))
    };
    let found: Vec<Vec<Evidence>> = sentences.iter().map(read).collect();
    let labelled = |class: fn(&Sentence) -> usize| -> Vec<(Vec<Evidence>, usize)> {
        found.iter().cloned().zip(sentences.iter().map(class)).collect()
    };
    let levels = Trained::choose(&labelled(|one| one.mood as usize), Mood::ALL.len())?;
    let urgency = Trained::choose(&labelled(|one| usize::from(one.urgent)), 2)?;

    std::fs::create_dir_all(out)?;
    let card = card(sentences.len(), &levels, &urgency);
    std::fs::write(out.join("card.md"), &card)?;
    reliability::write(&out.join("reliability.svg"), &levels.held_out)?;
    let model = MoodModel { lexicon, levels: levels.model, urgency: urgency.model };
    std::fs::write(out.join("model.json"), serde_json::to_string(&model)? + "\n")?;
    println!("{card}");
    Ok(())
}

/// Probabilities with the place of the truth.
type Predictions = Vec<(Vec<f64>, usize)>;

/// A regression with what cross-validation tells of it.
struct Trained {
    model: NamedRegression,
    c: f64,
    /// Calibrated probabilities of every sentence under models that did not see it.
    held_out: Predictions,
}

impl Trained {
    /// The penalty with the least log-loss after calibration, on held-out folds.
    fn choose(examples: &[(Vec<Evidence>, usize)], classes: usize) -> anyhow::Result<Self> {
        let mut best: Option<(f64, f64, Predictions)> = None;
        for c in PENALTIES {
            let scores = NamedRegression::held_out_scores(examples, classes, &settings(c))?;
            let temperature = metrics::best_temperature(&scores);
            let loss = metrics::log_loss_at(&scores, temperature);
            if best.as_ref().is_none_or(|(least, ..)| loss < *least) {
                let calibrated = scores.into_iter().map(|(scores, truth)| {
                    let mut scaled: Vec<f64> = scores.iter().map(|score| score / temperature).collect();
                    crate::classify::fit::softmax(&mut scaled);
                    (scaled, truth)
                });
                best = Some((loss, c, calibrated.collect()));
            }
        }
        let (_, c, held_out) = best.context("sentences.tsv 是空的")?;
        let (model, _) = NamedRegression::train(examples, classes, &settings(c))?;
        Ok(Self { model, c, held_out })
    }

    fn ece(&self) -> f64 {
        metrics::calibration_error(&self.held_out)
    }

    fn row(&self, what: &str, classes: usize) -> String {
        format!(
            "| {what} | {} | {} | {:.4} | {:.4} | {:.4} | {:.4} |\n",
            self.c,
            self.model.features(),
            metrics::accuracy(&self.held_out),
            metrics::macro_f1(&self.held_out, classes),
            metrics::log_loss(&self.held_out),
            self.ece(),
        )
    }
}

fn settings(c: f64) -> FitSettings {
    FitSettings { c, dropout: 0.0, gradient_tolerance: 1e-6, max_iterations: 500 }
}

fn card(sentences: usize, levels: &Trained, urgency: &Trained) -> String {
    format!(
        "# Mood model\n\n\
         Two logistic regressions over named evidence: one over five levels (furious, upset, neutral, content, \
         delighted), one over urgency.\n\n\
         ## Data\n\n{sentences} sentences of chat with shops, written for this project \
         (`knowledge_base/mood/sentences.tsv`), and a lexicon of words that tell a mood \
         (`knowledge_base/mood/lexicon.toml`). Beside them the reviews model's score.\n\n\
         ## Figures\n\nFive folds of cross-validation on these sentences; C was chosen by them for the least \
         log-loss:\n\n\
         | | C | features | accuracy | macro-F1 | log-loss | ECE (15 bins) |\n|---|---|---|---|---|---|---|\n{}{}\n\
         ![Reliability of the levels on held-out folds](reliability.svg)\n\n\
         Repeat with `xiaoer train mood`. Sentences that no fit saw stand in `tests/evaluation/mood`: measure on \
         them with `xiaoer evaluate mood --sentences tests/evaluation/mood/test.tsv`.\n\n\
         ## Known weaknesses\n\nAll sentences come from one hand. Irony is heard where praise stands beside waiting \
         or blame, or in a known turn; bare irony is not. After a new reviews model the mood model has to be trained \
         again.\n",
        levels.row("level", Mood::ALL.len()),
        urgency.row("urgency", 2),
    )
}
