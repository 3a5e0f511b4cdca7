//! `xiaoer evaluate retrieval`: one phrasing of each question is indexed, another is asked.
//!
//! With `--bases` the corpus is cut into small knowledge bases, and each query is asked inside its own. Questions
//! from outside are asked too: `oos_auc` is the probability that a question with an answer is held to be answerable
//! rather than one without.

use crate::classify::metrics::auc;
use crate::command::evaluate::table::Table;
use crate::command::print_figures;
use crate::model::knowledge::FaqEntry;
use crate::search::analyser::Analyser;
use crate::search::faq::FaqIndex;
use crate::service::shipped::ShippedModels;
use crate::text::Language;
use anyhow::bail;
use indicatif::ProgressBar;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Ranks that count.
const RANKS: usize = 10;

/// The figures. Shares lie between 0 and 1.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct RetrievalFigures {
    /// Indexed questions.
    pub corpus: usize,
    /// Queries.
    pub queries: usize,
    /// The right question comes first.
    pub top1: f64,
    /// It is among the first three.
    pub top3: f64,
    /// Mean reciprocal rank among the first ten.
    pub mrr10: f64,
    /// It is among the first ten.
    pub recall10: f64,
    /// How well answerable questions are told from unanswerable ones; `None` without the latter.
    pub oos_auc: Option<f64>,
}

/// What is measured on.
pub struct Files<'a> {
    /// `faq_id`, `question`: what is indexed.
    pub corpus: &'a Path,
    /// `query`, `faq_id`: what is asked.
    pub queries: &'a Path,
    /// `faq_id`, `base`: knowledge bases that are asked each by itself.
    pub bases: Option<&'a Path>,
    /// Queries that nothing answers, one a line.
    pub oos: Option<&'a Path>,
}

/// Measures and prints.
///
/// # Errors
/// Unreadable files and bad rows, by line.
pub fn run(shipped: &ShippedModels, files: &Files<'_>, json: bool) -> anyhow::Result<()> {
    let corpus = Table::read(files.corpus)?.pairs("faq_id", "question")?;
    let queries = Table::read(files.queries)?.pairs("query", "faq_id")?;
    let bases: HashMap<String, String> = match files.bases {
        Some(bases) => Table::read(bases)?.pairs("faq_id", "base")?.into_iter().collect(),
        None => HashMap::new(),
    };
    let oos = files.oos.map(|oos| Table::read_single(oos, "query")).transpose()?.unwrap_or_default();
    let figures = measure(shipped, &corpus, &queries, &bases, &oos)?;
    print_figures(&figures, json, print_table)
}

fn measure(
    shipped: &ShippedModels,
    corpus: &[(String, String)],
    queries: &[(String, String)],
    bases: &HashMap<String, String>,
    oos: &[String],
) -> anyhow::Result<RetrievalFigures> {
    let language = Language::new(&[]).with_vectors(shipped.vectors()?);
    let common = shipped.common(language.segmenter())?;
    let base_of = |id: &str| bases.get(id).cloned().unwrap_or_default();
    let mut entries: BTreeMap<String, Vec<FaqEntry>> = BTreeMap::new();
    for (id, question) in corpus {
        let entry = FaqEntry { id: id.clone(), question: question.clone(), ..FaqEntry::default() };
        entries.entry(base_of(id)).or_default().push(entry);
    }
    let mut asked: BTreeMap<String, Vec<(&str, &str)>> = BTreeMap::new();
    for (query, id) in queries {
        asked.entry(base_of(id)).or_default().push((query, id));
    }
    let bar = ProgressBar::new((queries.len() + oos.len()) as u64);
    let mut counts = Counts::default();
    let share = oos.len().div_ceil(entries.len().max(1)).max(1);
    for (number, (base, entries)) in entries.iter().enumerate() {
        let index = FaqIndex::build(Analyser::new(language.clone(), &[]), entries, common.clone())?;
        for (query, id) in asked.remove(base).unwrap_or_default() {
            let result = index.ask(&language.read(query))?;
            let rank = result.ranked.iter().take(RANKS).position(|ranked| ranked.id == id);
            counts.add(rank, result.answerable);
            bar.inc(1);
        }
        // Each unanswerable question is asked in one of the bases.
        for query in oos.iter().skip(number * share).take(share) {
            counts.answerable.push((index.ask(&language.read(query))?.answerable, false));
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    if let Some((_, rest)) = asked.into_iter().next() {
        bail!("语料里没有问题 {:?}", rest.first().map_or("", |(_, id)| id));
    }
    Ok(counts.figures(corpus.len()))
}

#[derive(Default)]
struct Counts {
    queries: usize,
    first: usize,
    in_three: usize,
    in_ten: usize,
    reciprocal: f64,
    /// Probability that anything answers, and whether something does.
    answerable: Vec<(f64, bool)>,
}

impl Counts {
    fn add(&mut self, rank: Option<usize>, answerable: f64) {
        self.queries += 1;
        self.answerable.push((answerable, true));
        if let Some(rank) = rank {
            self.first += usize::from(rank == 0);
            self.in_three += usize::from(rank < 3);
            self.in_ten += 1;
            self.reciprocal += 1.0 / (rank + 1) as f64;
        }
    }

    fn figures(&self, corpus: usize) -> RetrievalFigures {
        let of_all = |part: f64| part / self.queries.max(1) as f64;
        RetrievalFigures {
            corpus,
            queries: self.queries,
            top1: of_all(self.first as f64),
            top3: of_all(self.in_three as f64),
            mrr10: of_all(self.reciprocal),
            recall10: of_all(self.in_ten as f64),
            oos_auc: self.answerable.iter().any(|(_, answerable)| !answerable).then(|| auc(&self.answerable)),
        }
    }
}

fn print_table(figures: &RetrievalFigures) {
    println!("语料 {} 条，查询 {} 条", figures.corpus, figures.queries);
    for (name, value) in [
        ("首位命中 top1", Some(figures.top1)),
        ("前三命中 top3", Some(figures.top3)),
        ("平均倒数排名 mrr10", Some(figures.mrr10)),
        ("前十召回 recall10", Some(figures.recall10)),
        ("超出范围 AUC oos_auc", figures.oos_auc),
    ] {
        if let Some(value) = value {
            println!("  {value:.3}  {name}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_worked_out_by_hand() {
        let mut counts = Counts::default();
        counts.add(Some(0), 0.9);
        counts.add(Some(3), 0.8);
        counts.add(None, 0.1);
        counts.answerable.push((0.5, false));
        let figures = counts.figures(7);
        assert_eq!((figures.queries, figures.corpus), (3, 7));
        assert!((figures.top1 - 1.0 / 3.0).abs() < 1e-12 && (figures.top3 - 1.0 / 3.0).abs() < 1e-12);
        assert!((figures.recall10 - 2.0 / 3.0).abs() < 1e-12);
        assert!((figures.mrr10 - 1.25 / 3.0).abs() < 1e-12);
        assert!((figures.oos_auc.unwrap() - 2.0 / 3.0).abs() < 1e-12);
    }
}
