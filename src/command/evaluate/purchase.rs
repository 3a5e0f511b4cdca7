//! `xiaoer evaluate purchase`: which visits end with a purchase, by the project's logistic regression on a table of
//! one's own.
//!
//! Transformation and penalty are chosen on the validation part; then the model is fitted on training and validation
//! part together and measured on the test part, once.

use crate::classify::metrics::{auc, log_loss};
use crate::command::evaluate::table::Table;
use crate::recommend::purchase::{PurchaseModel, Visits, choose};
use anyhow::bail;
use serde::Serialize;
use std::path::Path;
use std::time::Instant;

/// The figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PurchaseFigures {
    /// Rows measured on.
    pub rows: usize,
    /// Area under the ROC curve.
    pub roc_auc: f64,
    /// Average precision: the area under the curve of precision and recall.
    pub pr_auc: f64,
    /// Mean negative logarithm of the probability of what happened.
    pub log_loss: f64,
    /// Mean squared difference of probability and what happened.
    pub brier: f64,
    /// Log-loss on the part that settings were chosen on.
    pub valid_log_loss: f64,
    /// Seconds of choosing and fitting.
    pub train_seconds: f64,
    /// What was chosen.
    pub chosen: String,
}

/// The files and columns.
pub struct Data<'a> {
    /// Rows to learn from.
    pub train: &'a Path,
    /// Rows to choose on.
    pub valid: &'a Path,
    /// Rows to measure on.
    pub test: &'a Path,
    /// Column that says whether something was bought: 0 or 1, true or false.
    pub target: &'a str,
    /// Columns not to look at.
    pub drop: &'a [String],
}

/// Measures and prints.
///
/// # Errors
/// Unreadable files, missing columns and bad rows, by line.
pub fn run(data: &Data<'_>, json: bool) -> anyhow::Result<()> {
    let (train, valid, test) = (read(data, data.train)?, read(data, data.valid)?, read(data, data.test)?);
    for (path, part) in [(data.valid, &valid), (data.test, &test)] {
        if part.columns != train.columns {
            bail!("{} 的列和训练数据不一样", path.display());
        }
    }
    let begun = Instant::now();
    let (settings, valid_log_loss) = choose(&train, &valid)?;
    let mut both = train;
    both.rows.extend(valid.rows);
    both.bought.extend(valid.bought);
    let model = PurchaseModel::fit(&both, &settings)?;
    let train_seconds = begun.elapsed().as_secs_f64();
    let scores: Vec<(f64, bool)> =
        test.rows.iter().map(|row| model.probability(row)).zip(test.bought.iter().copied()).collect();
    let figures = PurchaseFigures {
        rows: scores.len(),
        roc_auc: auc(&scores),
        pr_auc: average_precision(&scores),
        log_loss: log_loss(
            &scores.iter().map(|(p, bought)| (vec![1.0 - p, *p], usize::from(*bought))).collect::<Vec<_>>(),
        ),
        brier: scores.iter().map(|(p, bought)| (p - f64::from(u8::from(*bought))).powi(2)).sum::<f64>()
            / scores.len().max(1) as f64,
        valid_log_loss,
        train_seconds,
        chosen: format!("{:?} C {}", settings.transform, settings.c),
    };
    if json {
        println!("{}", serde_json::to_string(&figures)?);
    } else {
        println!("{} 行，选择：{}", figures.rows, figures.chosen);
        println!("  {:.4}  ROC-AUC roc_auc", figures.roc_auc);
        println!("  {:.4}  PR-AUC pr_auc", figures.pr_auc);
        println!("  {:.4}  对数损失 log_loss", figures.log_loss);
        println!("  {:.4}  Brier brier", figures.brier);
    }
    Ok(())
}

fn read(data: &Data<'_>, path: &Path) -> anyhow::Result<Visits> {
    let table = Table::read(path)?;
    let target = table.column(data.target)?;
    let dropped: Vec<usize> = data.drop.iter().map(|name| table.column(name)).collect::<anyhow::Result<_>>()?;
    let kept: Vec<usize> =
        (0..table.header().len()).filter(|place| *place != target && !dropped.contains(place)).collect();
    let mut visits =
        Visits { columns: kept.iter().map(|place| table.header()[*place].clone()).collect(), ..Visits::default() };
    for (line, row) in table.rows() {
        visits.bought.push(match row[target].trim().to_lowercase().as_str() {
            "1" | "true" => true,
            "0" | "false" => false,
            other => bail!("{}：{} 应当是 0 或 1，现在是 {other:?}", table.place(line), data.target),
        });
        visits.rows.push(kept.iter().map(|place| row[*place].clone()).collect());
    }
    Ok(visits)
}

/// The mean of the precision at each place of the ranking where something was bought; ties share the precision at
/// their end, as scikit-learn's `average_precision_score` has it.
pub fn average_precision(scores: &[(f64, bool)]) -> f64 {
    let mut sorted = scores.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut seen, mut hits, mut sum) = (0.0, 0.0, 0.0);
    for ties in sorted.chunk_by(|a, b| a.0 == b.0) {
        let new = ties.iter().filter(|(_, bought)| *bought).count() as f64;
        seen += ties.len() as f64;
        hits += new;
        sum += new * hits / seen;
    }
    if hits > 0.0 { sum / hits } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn average_precision_worked_out_by_hand() {
        // Hits in the first and third place: (1/1 + 2/3) / 2.
        let scores = [(0.9, true), (0.8, false), (0.7, true), (0.1, false)];
        assert!((average_precision(&scores) - (1.0 + 2.0 / 3.0) / 2.0).abs() < 1e-12);
        assert!((average_precision(&[(0.5, true), (0.5, false)]) - 0.5).abs() < 1e-12);
    }
}
