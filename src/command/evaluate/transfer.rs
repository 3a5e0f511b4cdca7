//! How far what was learned carries: each group of the training texts (a category, a shop) is judged by a model that
//! was fitted to all other groups. What a model gains by knowing its own field does not count here.

use crate::classify::classifier::{Classifier, Example, TrainSettings};
use crate::classify::metrics;
use crate::text::Language;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::collections::BTreeSet;

/// One group and how the model of the others did on it. Shares lie between 0 and 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Group {
    /// Its name; the mean over all groups has none.
    pub group: String,
    /// Its texts.
    pub texts: usize,
    /// Share of right labels.
    pub accuracy: f64,
    /// F1 averaged over the labels.
    pub macro_f1: f64,
    /// Mean negative logarithm of the probability of the right label.
    pub log_loss: f64,
    /// Expected calibration error in fifteen bins.
    pub ece: f64,
}

/// Measures every group; `groups` names that of each example.
///
/// # Errors
/// Where all examples are of one group.
pub fn measure(
    language: &Language,
    examples: &[Example],
    groups: &[String],
    settings: &TrainSettings,
) -> anyhow::Result<Vec<Group>> {
    let names: BTreeSet<&String> = groups.iter().collect();
    anyhow::ensure!(names.len() > 1, "只有一个组，没有别的组可以学");
    let style = ProgressStyle::with_template("跨组评估 {wide_bar} {pos}/{len} {eta}")?;
    let bar = ProgressBar::new(names.len() as u64).with_style(style);
    let mut measured = Vec::with_capacity(names.len());
    for name in names {
        measured.push(one(language, examples, groups, name, settings)?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(measured)
}

fn one(
    language: &Language,
    examples: &[Example],
    groups: &[String],
    name: &String,
    settings: &TrainSettings,
) -> anyhow::Result<Group> {
    let (inside, others): (Vec<_>, Vec<_>) = examples.iter().zip(groups).partition(|(_, group)| *group == name);
    let others = others.into_iter().map(|(example, _)| example);
    let (classifier, _) = Classifier::train(language, others, settings)?;
    let predictions: Vec<(Vec<f64>, usize)> = (inside.iter())
        .filter_map(|(example, _)| {
            let truth = classifier.labels().binary_search(&example.label).ok()?;
            Some((classifier.probabilities(&example.text), truth))
        })
        .collect();
    Ok(Group {
        group: name.clone(),
        texts: predictions.len(),
        accuracy: metrics::accuracy(&predictions),
        macro_f1: metrics::macro_f1(&predictions, classifier.labels().len()),
        log_loss: metrics::log_loss(&predictions),
        ece: metrics::calibration_error(&predictions),
    })
}

/// Prints one row a group and their mean.
pub fn print_table(groups: &[Group]) {
    let mean = |pick: fn(&Group) -> f64| groups.iter().map(pick).sum::<f64>() / groups.len().max(1) as f64;
    println!("  没有学过的组：accuracy  macro_f1  log_loss     ece");
    let row = |name: &str, texts: usize, figures: [f64; 4]| {
        let [accuracy, macro_f1, log_loss, ece] = figures;
        println!("  {accuracy:>22.4}    {macro_f1:.4}    {log_loss:.4}  {ece:.4}  {name}（{texts} 条）");
    };
    for group in groups {
        row(&group.group, group.texts, [group.accuracy, group.macro_f1, group.log_loss, group.ece]);
    }
    let texts = groups.iter().map(|group| group.texts).sum();
    row("平均", texts, [mean(|g| g.accuracy), mean(|g| g.macro_f1), mean(|g| g.log_loss), mean(|g| g.ece)]);
}
