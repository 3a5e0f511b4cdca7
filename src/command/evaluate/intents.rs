//! `xiaoer evaluate intents`: how well a shop's intents are told apart, by cross-validation over its own utterances,
//! and what the reject option and the ambiguity margin make of it.

use crate::classify::intent::{IntentModel, Verdict};
use crate::classify::metrics;
use crate::command::evaluate::reliability;
use crate::command::print_figures;
use crate::service::import::{ImportError, read_folder};
use crate::text::Language;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::path::Path;

/// Parts of the cross-validation.
const FOLDS: usize = 5;

/// The figures. Shares lie between 0 and 1.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct IntentFigures {
    /// Utterances measured on.
    pub utterances: usize,
    /// Intents.
    pub intents: usize,
    /// Share of right first intents.
    pub accuracy: f64,
    /// F1 averaged over the intents.
    pub macro_f1: f64,
    /// Expected calibration error in fifteen bins.
    pub ece: f64,
    /// Utterances that are sure.
    pub sure: f64,
    /// Of them those that are right.
    pub sure_right: f64,
    /// Utterances between two intents.
    pub ambiguous: f64,
    /// Of them those of which one of the two is right.
    pub ambiguous_right: f64,
    /// Utterances in which no intent is heard.
    pub rejected: f64,
    /// Of them those whose first intent would have been right.
    pub rejected_right: f64,
}

/// Measures and prints.
///
/// # Errors
/// An unreadable folder, with every problem.
pub fn run(knowledge: &Path, plot: Option<&Path>, json: bool) -> anyhow::Result<()> {
    let content = read_folder(knowledge).map_err(ImportError::Problems)?;
    let language = Language::new(&content.dictionary);
    let all = IntentModel::examples(&language, &content.intents, &[]);
    let mut labels: Vec<&str> = content.intents.iter().map(|intent| intent.name.as_str()).collect();
    labels.sort_unstable();
    let bar = ProgressBar::new(FOLDS as u64)
        .with_style(ProgressStyle::with_template("交叉验证 {wide_bar} {pos}/{len} {eta}")?);
    let mut predictions = Vec::with_capacity(all.len());
    for fold in 0..FOLDS {
        let inside = all.iter().enumerate().filter(|(at, _)| at % FOLDS != fold).map(|(_, one)| one);
        let (model, _) = IntentModel::train_from(None, &language, inside)?;
        for example in all.iter().skip(fold).step_by(FOLDS) {
            let truth = labels.binary_search(&example.label.as_str()).unwrap_or_default();
            predictions.push((model.classifier().probabilities(&example.text), truth));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let figures = figures(&predictions, labels.len());
    if let Some(plot) = plot {
        reliability::write(plot, &predictions)?;
    }
    print_figures(&figures, json, print_table)
}

fn figures(predictions: &[(Vec<f64>, usize)], intents: usize) -> IntentFigures {
    let mut figures = IntentFigures {
        utterances: predictions.len(),
        intents,
        accuracy: metrics::accuracy(predictions),
        macro_f1: metrics::macro_f1(predictions, intents),
        ece: metrics::calibration_error(predictions),
        ..IntentFigures::default()
    };
    let mut counts = [(0.0, 0.0); 3];
    for (probabilities, truth) in predictions {
        let mut order: Vec<usize> = (0..probabilities.len()).collect();
        order.sort_by(|a, b| probabilities[*b].total_cmp(&probabilities[*a]));
        let of = |rank: usize| order.get(rank).map_or(0.0, |place| probabilities[*place]);
        let verdict = Verdict::of(of(0), of(1));
        let looked_at = if verdict == Verdict::Ambiguous { 2 } else { 1 };
        let (count, right) = &mut counts[verdict as usize];
        *count += 1.0;
        *right += f64::from(u8::from(order.iter().take(looked_at).any(|place| place == truth)));
    }
    let share = |(count, right): (f64, f64)| (count / predictions.len().max(1) as f64, right / count.max(1.0));
    (figures.sure, figures.sure_right) = share(counts[Verdict::Sure as usize]);
    (figures.ambiguous, figures.ambiguous_right) = share(counts[Verdict::Ambiguous as usize]);
    (figures.rejected, figures.rejected_right) = share(counts[Verdict::Rejected as usize]);
    figures
}

fn print_table(figures: &IntentFigures) {
    println!("{} 句，{} 个意图，{FOLDS} 折交叉验证", figures.utterances, figures.intents);
    println!("  {:.4}  准确率 accuracy", figures.accuracy);
    println!("  {:.4}  宏平均 F1 macro_f1", figures.macro_f1);
    println!("  {:.4}  校准误差 ece", figures.ece);
    println!("  {:.4}  听清了，其中 {:.4} 是对的", figures.sure, figures.sure_right);
    println!("  {:.4}  两个难分，其中 {:.4} 有一个是对的", figures.ambiguous, figures.ambiguous_right);
    println!("  {:.4}  没听出来，其中 {:.4} 第一个本来是对的", figures.rejected, figures.rejected_right);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_worked_out_by_hand() {
        let predictions = [
            (vec![0.8, 0.1, 0.1], 0),
            (vec![0.45, 0.4, 0.15], 1),
            (vec![0.45, 0.2, 0.2], 2),
            (vec![0.9, 0.05, 0.05], 1),
        ];
        let figures = figures(&predictions, 3);
        assert_eq!((figures.sure, figures.sure_right), (0.5, 0.5));
        assert_eq!((figures.ambiguous, figures.ambiguous_right), (0.25, 1.0));
        assert_eq!((figures.rejected, figures.rejected_right), (0.25, 0.0));
    }
}
