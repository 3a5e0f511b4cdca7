//! `xiaoer evaluate faq`: does the right entry come first, and does the assistant know when it does not know?
//!
//! The threshold is the product's own ([`Thresholds::answer`] on a confidence that was trained from the FAQ file
//! alone), never one tuned on these queries.

use crate::command::print_figures;
use crate::config::Config;
use crate::dialogue::policy::{Outcome, Thresholds};
use crate::model::knowledge::FaqEntry;
use crate::search::analyser::Analyser;
use crate::search::faq::FaqIndex;
use crate::service::knowledge::EXPECTS_NOTHING;
use crate::service::shipped::ShippedModels;
use crate::text::Language;
use anyhow::{Context, bail};
use serde::Serialize;
use std::collections::HashSet;
use std::path::Path;

/// Ranks that count for the mean reciprocal rank.
const RANKS: usize = 10;

/// Entries that a question back offers.
const OFFERED: usize = 3;

/// A query and the entry that answers it, if any.
pub(crate) struct Query {
    pub(crate) text: String,
    pub(crate) entry: Option<String>,
}

/// The figures. Shares lie between 0 and 1.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct FaqFigures {
    /// In-scope queries.
    pub in_scope: usize,
    /// Out-of-scope queries.
    pub out_of_scope: usize,
    /// The right entry comes first, of the in-scope queries.
    pub top1: f64,
    /// The right entry is among the first three.
    pub top3: f64,
    /// Mean reciprocal rank among the first ten.
    pub mrr10: f64,
    /// Of the refused queries, those that are out of scope.
    pub oos_precision: f64,
    /// Of the out-of-scope queries, those that are refused.
    pub oos_recall: f64,
    /// Harmonic mean of the two.
    pub oos_f1: f64,
    /// Answered rightly or rightly refused, of all queries.
    pub right: f64,
    /// Of all queries, those that were answered with a question back.
    pub asked_back: f64,
    /// Of these, the share that has the right entry among the three that are offered.
    pub asked_back_rightly: f64,
    /// The confidence from which the product answers, at which all this was counted.
    pub threshold: f64,
}

/// Measures and prints.
///
/// # Errors
/// Unreadable files and bad rows, by line.
pub fn run(config: &Config, faq: &Path, queries: &Path, oos: Option<&Path>, json: bool) -> anyhow::Result<()> {
    let shipped = ShippedModels::load(config.knowledge.models.as_deref())?;
    let entries = read_entries(faq)?;
    let mut asked = read_queries(queries, &entries)?;
    if let Some(oos) = oos {
        let text = std::fs::read_to_string(oos).with_context(|| oos.display().to_string())?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        asked.extend(lines.map(|line| Query { text: line.to_owned(), entry: None }));
    }
    let figures = measure(&shipped, &config.thresholds, &entries, &asked)?;
    print_figures(&figures, json, print_table)
}

fn measure(
    shipped: &ShippedModels,
    thresholds: &Thresholds,
    entries: &[FaqEntry],
    queries: &[Query],
) -> anyhow::Result<FaqFigures> {
    let language = Language::new(&[]).with_vectors(shipped.vectors()?);
    let common = shipped.common(language.segmenter())?;
    let index = FaqIndex::build(Analyser::new(language.clone(), &[]), entries, common)?;
    let mut counts = Counts::default();
    for query in queries {
        let result = index.ask(&language.read(&query.text))?;
        let ids: Vec<&str> = result.ranked.iter().map(|entry| entry.id.as_str()).collect();
        counts.add(query.entry.as_deref(), &ids, thresholds.outcome(&result));
    }
    Ok(FaqFigures { threshold: thresholds.answer, ..counts.figures() })
}

#[derive(Default)]
struct Counts {
    in_scope: usize,
    out_of_scope: usize,
    first: usize,
    in_three: usize,
    reciprocal: f64,
    refused: usize,
    rightly_refused: usize,
    rightly_answered: usize,
    asked_back: usize,
    rightly_asked_back: usize,
}

impl Counts {
    fn add(&mut self, right: Option<&str>, ranked: &[&str], outcome: Outcome) {
        let answers = outcome == Outcome::Answer;
        if outcome == Outcome::AskBack {
            self.asked_back += 1;
            let offered = ranked.iter().take(OFFERED).any(|id| Some(*id) == right);
            self.rightly_asked_back += usize::from(offered);
        }
        if !answers {
            self.refused += 1;
        }
        let Some(right) = right else {
            self.out_of_scope += 1;
            self.rightly_refused += usize::from(!answers);
            return;
        };
        self.in_scope += 1;
        if let Some(rank) = ranked.iter().take(RANKS).position(|id| *id == right) {
            self.first += usize::from(rank == 0);
            self.in_three += usize::from(rank < 3);
            self.reciprocal += 1.0 / (rank + 1) as f64;
            self.rightly_answered += usize::from(rank == 0 && answers);
        }
    }

    fn figures(&self) -> FaqFigures {
        let share = |part: usize, whole: usize| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
        let precision = share(self.rightly_refused, self.refused);
        let recall = share(self.rightly_refused, self.out_of_scope);
        let both = precision + recall;
        FaqFigures {
            in_scope: self.in_scope,
            out_of_scope: self.out_of_scope,
            top1: share(self.first, self.in_scope),
            top3: share(self.in_three, self.in_scope),
            mrr10: if self.in_scope == 0 { 0.0 } else { self.reciprocal / self.in_scope as f64 },
            oos_precision: precision,
            oos_recall: recall,
            oos_f1: if both > 0.0 { 2.0 * precision * recall / both } else { 0.0 },
            right: share(self.rightly_answered + self.rightly_refused, self.in_scope + self.out_of_scope),
            asked_back: share(self.asked_back, self.in_scope + self.out_of_scope),
            asked_back_rightly: share(self.rightly_asked_back, self.asked_back),
            threshold: 0.0,
        }
    }
}

fn print_table(figures: &FaqFigures) {
    println!("问法 {} 条，超出范围 {} 条", figures.in_scope, figures.out_of_scope);
    for (name, value) in [
        ("首位命中 top1", figures.top1),
        ("前三命中 top3", figures.top3),
        ("平均倒数排名 mrr10", figures.mrr10),
        ("拒答精确率 oos_precision", figures.oos_precision),
        ("拒答召回率 oos_recall", figures.oos_recall),
        ("拒答 F1 oos_f1", figures.oos_f1),
        ("答对或拒对 right", figures.right),
        ("反问 asked_back", figures.asked_back),
        ("反问里有对的 asked_back_rightly", figures.asked_back_rightly),
        ("答复线 threshold", figures.threshold),
    ] {
        println!("  {value:.3}  {name}");
    }
}

/// Reads a JSONL file, or all `.jsonl` files of a directory such as `knowledge_base/faq`.
pub(crate) fn read_entries(path: &Path) -> anyhow::Result<Vec<FaqEntry>> {
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        let listed = std::fs::read_dir(path)?.collect::<Result<Vec<_>, _>>()?;
        files = listed
            .into_iter()
            .map(|file| file.path())
            .filter(|file| file.extension() == Some("jsonl".as_ref()))
            .collect();
        files.sort();
    }
    let mut entries = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let place = || format!("{} 第 {} 行", file.display(), index + 1);
            entries.push(serde_json::from_str(line).with_context(place)?);
        }
    }
    if entries.is_empty() {
        bail!("{} 里没有条目", path.display());
    }
    Ok(entries)
}

pub(crate) fn read_queries(path: &Path, entries: &[FaqEntry]) -> anyhow::Result<Vec<Query>> {
    let known: HashSet<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let mut queries = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let place = || format!("{} 第 {} 行", path.display(), index + 1);
        let Some((query, id)) = line.split_once('\t') else { bail!("{}：缺少制表符", place()) };
        let id = id.trim();
        if index == 0 && (query == "query" || id == "faq_id") {
            continue;
        }
        let entry = match id {
            EXPECTS_NOTHING => None,
            id if known.contains(id) => Some(id.to_owned()),
            id => bail!("{}：没有编号为 {id:?} 的条目", place()),
        };
        queries.push(Query { text: query.to_owned(), entry });
    }
    Ok(queries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_worked_out_by_hand() {
        let mut counts = Counts::default();
        counts.add(Some("a"), &["a", "b"], Outcome::Answer); // first, answered: right
        counts.add(Some("a"), &["b", "a"], Outcome::Answer); // second, answered: wrong
        counts.add(Some("a"), &["a"], Outcome::AskBack); // first, but not answered: wrong
        counts.add(Some("a"), &[], Outcome::Unsure); // not found
        counts.add(None, &["a"], Outcome::AskBack); // not answered: right
        counts.add(None, &["a"], Outcome::Answer); // answered: wrong
        let figures = counts.figures();
        assert_eq!((figures.in_scope, figures.out_of_scope), (4, 2));
        assert_eq!((figures.top1, figures.top3, figures.mrr10), (0.5, 0.75, 0.625));
        assert_eq!((figures.oos_precision, figures.oos_recall), (1.0 / 3.0, 0.5));
        assert!((figures.oos_f1 - 0.4).abs() < 1e-12);
        assert!((figures.right - 2.0 / 6.0).abs() < 1e-12);
        assert_eq!((figures.asked_back, figures.asked_back_rightly), (2.0 / 6.0, 0.5));
    }
}
