//! `xiaoer train sentiment`: the sentiment model, from labelled reviews.

use crate::classify::classifier::{Classifier, Example, TrainSettings, Weighting};
use crate::classify::features::{FeatureSet, VocabularySettings};
use crate::classify::fit::FitSettings;
use crate::classify::metrics;
use crate::command::evaluate::reliability;
use crate::text::Language;
use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::Path;

/// Chosen on a held-out tenth of the training reviews; the size keeps the files small enough to ship.
const SENTIMENT: TrainSettings = TrainSettings {
    fit: FitSettings { c: 16.0, dropout: 4.0, gradient_tolerance: 1e-5, max_iterations: 300 },
    vocabulary: VocabularySettings { features: FeatureSet::Opinion, min_documents: 10, max_features: 80_000 },
    weighting: Weighting::Telling,
    meaning: 0.0,
    temperature: None,
};

/// Every so many rows one is held out to measure on.
const HELD_OUT: usize = 10;

/// Trains and writes the model with its card.
///
/// # Errors
/// Unreadable files and bad rows, by line.
pub fn run(data: &Path, out: &Path) -> anyhow::Result<()> {
    // No shop's words: the model must serve every shop.
    let language = Language::new(&[]);
    let examples = read_reviews(data, &language)?;
    let bar = ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {msg} {elapsed}")?);
    bar.enable_steady_tick(std::time::Duration::from_millis(200));

    bar.set_message("留出十分之一评估");
    let held_out: Vec<&Example> = examples.iter().step_by(HELD_OUT).collect();
    let others = examples.iter().enumerate().filter(|(row, _)| row % HELD_OUT != 0).map(|(_, example)| example);
    let (trial, _) = Classifier::train(&language, others, &SENTIMENT)?;
    let predictions: Vec<(Vec<f64>, usize)> = (held_out.iter())
        .map(|example| (trial.probabilities(&example.text), usize::from(example.label == "1")))
        .collect();

    bar.set_message("用全部数据训练");
    let (classifier, report) = Classifier::train(&language, &examples, &SENTIMENT)?;
    bar.finish_and_clear();

    let figures = Figures {
        rows: examples.len(),
        held_out: held_out.len(),
        features: classifier.features(),
        accuracy: metrics::accuracy(&predictions),
        auc: metrics::auc(&predictions.iter().map(|(p, truth)| (p[1], *truth == 1)).collect::<Vec<_>>()),
        log_loss: metrics::log_loss(&predictions),
        calibration_error: metrics::calibration_error(&predictions),
        objective: report.objective,
        gradient_norm: report.gradient_norm,
        iterations: report.iterations,
    };
    std::fs::create_dir_all(out)?;
    std::fs::write(out.join("tokenizer.json"), classifier.tokenizer_json())?;
    std::fs::write(out.join("weights.bin"), classifier.weights_bytes())?;
    std::fs::write(out.join("card.md"), figures.card())?;
    reliability::write(&out.join("reliability.svg"), &predictions)?;
    println!("{}", figures.card());
    Ok(())
}

struct Figures {
    rows: usize,
    held_out: usize,
    features: usize,
    accuracy: f64,
    auc: f64,
    log_loss: f64,
    calibration_error: f64,
    objective: f64,
    gradient_norm: f64,
    iterations: usize,
}

impl Figures {
    fn card(&self) -> String {
        format!(
            "# Sentiment model\n\n\
             Binary logistic regression: does a text speak well (1) or ill (0) of what it is about?\n\n\
             ## Data\n\n{} Chinese product reviews of ten categories (online_shopping_10_cats, training part). \
             The texts are not part of this repository.\n\n\
             ## Settings\n\nFeatures: the opinion set (jieba words 1-2, characters 1-3, negation, contrast, degree, \
             edges, short clauses, emphasis), sublinear tf-idf times how unevenly a feature falls on the labels, \
             L2-normalised; at least {} documents, at most {} features ({} kept). C = {}, dropout {}, L-BFGS to a gradient of {:.0e}; temperature chosen on \
             three held-out folds; weights rounded to 16 bits.\n\n\
             ## Figures\n\nMeasured on every tenth row ({} rows) by a model that was fitted to the others:\n\n\
             | accuracy | AUC | log-loss | ECE (15 bins) |\n|---|---|---|---|\n| {:.4} | {:.4} | {:.4} | {:.4} |\n\n\
             ![Reliability on the held-out rows](reliability.svg)\n\n\
             The shipped model was fitted to all rows: objective {:.6}, largest gradient {:.1e}, {} iterations.\n\n\
             Repeat with `xiaoer train sentiment --data train.tsv`.\n\n\
             ## Known weaknesses\n\nReviews are not chat: a question about a problem reads as negative. The mood \
             reader therefore uses this model only to shade what the words of a message say plainly. Irony is not \
             learned. Other domains lose several points of accuracy.\n",
            self.rows,
            SENTIMENT.vocabulary.min_documents,
            SENTIMENT.vocabulary.max_features,
            self.features,
            SENTIMENT.fit.c,
            SENTIMENT.fit.dropout,
            SENTIMENT.fit.gradient_tolerance,
            self.held_out,
            self.accuracy,
            self.auc,
            self.log_loss,
            self.calibration_error,
            self.objective,
            self.gradient_norm,
            self.iterations,
        )
    }
}

fn read_reviews(path: &Path, language: &Language) -> anyhow::Result<Vec<Example>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let rows: Vec<&str> = text.lines().collect();
    let bar = ProgressBar::new(rows.len() as u64)
        .with_style(ProgressStyle::with_template("读取并分词 {wide_bar} {pos}/{len} {eta}")?);
    let mut examples = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        bar.inc(1);
        let columns: Vec<&str> = row.split('\t').collect();
        let place = || format!("{} 第 {} 行", path.display(), index + 1);
        let &[label, _, review] = columns.as_slice() else { bail!("{}：应当有三列", place()) };
        if index == 0 && label == "label" {
            continue;
        }
        if !matches!(label, "0" | "1") {
            bail!("{}：label 应当是 0 或 1，现在是 {label:?}", place());
        }
        examples.push(Example { text: language.read(review), label: label.to_owned() });
    }
    bar.finish_and_clear();
    Ok(examples)
}
