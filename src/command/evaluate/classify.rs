//! `xiaoer evaluate classify`: the project's logistic regression on labelled texts of one's own.
//!
//! Features, weighting and penalty are chosen on the training file alone, by cross-validation or on `--dev`; the
//! test file is read once, at the end.

use crate::classify::classifier::{Classifier, Example};
use crate::classify::metrics;
use crate::classify::selection::{self, Tried};
use crate::command::evaluate::reliability;
use crate::command::evaluate::table::Table;
use crate::command::evaluate::transfer;
use crate::command::print_figures;
use crate::service::shipped::ShippedModels;
use crate::text::{Language, Text};
use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::path::Path;
use std::time::Instant;

/// The figures. Shares lie between 0 and 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassifyFigures {
    /// Texts measured on.
    pub texts: usize,
    /// Labels.
    pub labels: usize,
    /// Share of right labels.
    pub accuracy: f64,
    /// F1 averaged over the labels.
    pub macro_f1: f64,
    /// Area under the ROC curve, for two labels; the label that sorts last counts as positive.
    pub auc: Option<f64>,
    /// Mean negative logarithm of the probability of the right label.
    pub log_loss: f64,
    /// Expected calibration error in fifteen bins.
    pub ece: f64,
    /// What was chosen.
    pub chosen: String,
    /// Seconds of reading, choosing and fitting.
    pub train_seconds: f64,
    /// Texts read and judged in a second, by one thread.
    pub texts_per_second: f64,
    /// Each group of training texts, judged by a model of all others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Vec<transfer::Group>>,
}

/// The files and columns.
pub struct Data<'a> {
    /// Texts to learn from.
    pub train: &'a Path,
    /// Texts to choose on; without them cross-validation chooses.
    pub dev: Option<&'a Path>,
    /// Texts to measure on.
    pub test: &'a Path,
    /// Column of the label.
    pub label_column: &'a str,
    /// Column of the text.
    pub text_column: &'a str,
    /// Column of the groups, where the transfer between them is measured.
    pub group_column: Option<&'a str>,
}

/// Measures and prints.
///
/// # Errors
/// Unreadable files and bad rows, by line.
pub fn run(shipped: &ShippedModels, data: &Data<'_>, plot: Option<&Path>, json: bool) -> anyhow::Result<()> {
    let language = Language::new(&[]).with_vectors(shipped.vectors()?);
    let begun = Instant::now();
    let table = Table::read(data.train)?;
    let train = examples(data, &table, &language)?;
    let groups = data.group_column.map(|column| table.values(column)).transpose()?.unwrap_or_default();
    let dev = data.dev.map(|dev| examples(data, &Table::read(dev)?, &language)).transpose()?;
    let style = ProgressStyle::with_template("选择参数 {wide_bar} {pos}/{len} {eta}")?;
    let bar = ProgressBar::new(selection::steps(&language, train.len(), dev.is_some()) as u64).with_style(style);
    let choice = selection::choose(&language, &train, dev.as_deref(), || bar.inc(1))?;
    bar.finish_and_clear();
    for Tried { settings, log_loss, accuracy } in choice.tried.iter().chain([&choice.chosen]) {
        eprintln!("  {log_loss:.4} log_loss  {accuracy:.4} accuracy  {settings}");
    }
    let chosen = choice.chosen.settings;
    let transfer = data.group_column.map(|_| transfer::measure(&language, &train, &groups, &chosen)).transpose()?;
    let all: Vec<Example> = train.into_iter().chain(dev.unwrap_or_default()).collect();
    let (classifier, report) = Classifier::train(&language, &all, &chosen)?;
    let train_seconds = begun.elapsed().as_secs_f64();
    tracing::info!(objective = report.objective, gradient = report.gradient_norm, report.iterations, "fitted");

    let test = Table::read(data.test)?;
    let (label, text) = (test.column(data.label_column)?, test.column(data.text_column)?);
    let begun = Instant::now();
    let mut predictions = Vec::with_capacity(test.len());
    for (line, row) in test.rows() {
        let Ok(truth) = classifier.labels().binary_search(&row[label]) else {
            bail!("{}：标签 {:?} 在训练数据里没有", test.place(line), row[label]);
        };
        predictions.push((classifier.probabilities(&language.read(&row[text])), truth));
    }
    let seconds = begun.elapsed().as_secs_f64();
    let binary = classifier.labels().len() == 2;
    let figures = ClassifyFigures {
        texts: predictions.len(),
        labels: classifier.labels().len(),
        accuracy: metrics::accuracy(&predictions),
        macro_f1: metrics::macro_f1(&predictions, classifier.labels().len()),
        auc: binary
            .then(|| metrics::auc(&predictions.iter().map(|(p, truth)| (p[1], *truth == 1)).collect::<Vec<_>>())),
        log_loss: metrics::log_loss(&predictions),
        ece: metrics::calibration_error(&predictions),
        chosen: chosen.to_string(),
        train_seconds,
        texts_per_second: predictions.len() as f64 / seconds.max(1e-9),
        transfer,
    };
    if let Some(plot) = plot {
        reliability::write(plot, &predictions)?;
    }
    print_figures(&figures, json, print_table)
}

fn examples(data: &Data<'_>, table: &Table, language: &Language) -> anyhow::Result<Vec<Example>> {
    let (label, text) = (table.column(data.label_column)?, table.column(data.text_column)?);
    let style = ProgressStyle::with_template("读取并分词 {wide_bar} {pos}/{len} {eta}")?;
    let bar = ProgressBar::new(table.len() as u64).with_style(style);
    let mut examples = Vec::with_capacity(table.len());
    for (line, row) in table.rows() {
        if row[label].trim().is_empty() {
            bail!("{}：标签是空的", table.place(line));
        }
        let read: Text = language.read(&row[text]);
        examples.push(Example { text: read, label: row[label].clone() });
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(examples)
}

fn print_table(figures: &ClassifyFigures) {
    println!("{} 条，{} 个标签，选择：{}", figures.texts, figures.labels, figures.chosen);
    for (name, value) in [
        ("准确率 accuracy", Some(figures.accuracy)),
        ("宏平均 F1 macro_f1", Some(figures.macro_f1)),
        ("AUC auc", figures.auc),
        ("对数损失 log_loss", Some(figures.log_loss)),
        ("校准误差 ece", Some(figures.ece)),
    ] {
        if let Some(value) = value {
            println!("  {value:.4}  {name}");
        }
    }
    if let Some(groups) = &figures.transfer {
        transfer::print_table(groups);
    }
    println!("  训练 {:.1} 秒，每秒 {:.0} 条", figures.train_seconds, figures.texts_per_second);
}
