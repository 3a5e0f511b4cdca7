//! `xiaoer evaluate ablation`: what each group of the ranker's features adds.
//!
//! The rankers are trained without one group after the other, from the same rehearsals, and asked the same questions.
//! Nothing is calibrated: the figures say how well a ranker ranks, and how well it tells that something answers.

use crate::classify::metrics::auc;
use crate::command::evaluate::faq::{read_entries, read_queries};
use crate::command::print_figures;
use crate::command::train::material::{models, read_pairs, read_topics};
use crate::search::analyser::Analyser;
use crate::search::calibration::{Asked, Cut, cut};
use crate::search::faq::{Common, FaqIndex};
use crate::search::features::Group;
use crate::search::ranking::{Ranker, Rankers};
use crate::search::rehearsal::Material;
use crate::search::semantic::SemanticModel;
use crate::search::semantic::train::SemanticSettings;
use crate::service::shipped::ShippedModels;
use crate::text::Language;
use serde::Serialize;
use std::path::Path;

/// Shops that are rehearsed for each ranker: fewer than for the one that ships.
const SHOPS: usize = 24;

/// Pairs that the ranker of a field learns from and is asked, at most.
const PAIRS: usize = 4_000;

/// Parts that are held out in turn where a field's ranker is measured.
const PARTS: usize = 2;

/// Seed of the shops that are asked.
const SEED: u64 = 7;

/// What is learned from and measured on.
pub struct Files<'a> {
    /// Folder with phrasings by topic.
    pub topics: &'a Path,
    /// Pairs of questions to one field that mean the same.
    pub pairs: &'a Path,
    /// A shop's entries.
    pub faq: &'a Path,
    /// What it was asked.
    pub queries: &'a Path,
}

/// What is left without a group. Shares lie between 0 and 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Without {
    /// The group; `None` where nothing is left out.
    pub group: Option<String>,
    /// The whole shop: the right entry comes first.
    pub shop_top1: f64,
    /// Small shops cut from it: the right entry comes first.
    pub small_top1: f64,
    /// Small shops: how well answerable questions are told from others.
    pub small_oos_auc: f64,
    /// Pairs of the field, held out: the right question comes first.
    pub field_top1: f64,
    /// Pairs of the field, held out: mean reciprocal rank among the first ten.
    pub field_mrr10: f64,
}

/// Measures and prints.
///
/// # Errors
/// Unreadable files and bad rows, by line.
pub fn run(shipped: &ShippedModels, files: &Files<'_>, json: bool) -> anyhow::Result<()> {
    let language = Language::new(&[]).with_vectors(shipped.vectors()?);
    let lessons = read_topics(files.topics)?;
    let mut pairs = read_pairs(files.pairs)?;
    let settings = SemanticSettings::default();
    let material = Material::new(&language, &lessons);
    let models = models(&language, &material, &lessons, &pairs, &settings)?;
    pairs.truncate(PAIRS);
    let mut retail = material.rehearse(&models.by_fold, SHOPS, settings.seed, |_| ())?;
    let mut field = material.rehearse_paraphrases(&models.by_half, &pairs, settings.seed)?;
    let exam = Exam::read(&language, models.shipped, files)?;
    let mut rows = Vec::new();
    for group in std::iter::once(None).chain(Group::ALL.map(Some)) {
        let (shop_top1, small_top1, small_oos_auc) = exam.sit(&retail.teach(group)?)?;
        let (field_top1, field_mrr10) = field.cross_validate(PARTS, group)?;
        let group = group.map(|group| format!("{group:?}").to_lowercase());
        rows.push(Without { group, shop_top1, small_top1, small_oos_auc, field_top1, field_mrr10 });
    }
    print_figures(&rows, json, |rows| print_table(rows))
}

/// What every ranker is asked.
struct Exam {
    language: Language,
    common: Common,
    /// The whole shop first, then the small ones.
    shops: Vec<Cut>,
}

impl Exam {
    fn read(language: &Language, semantic: SemanticModel, files: &Files<'_>) -> anyhow::Result<Self> {
        let entries = read_entries(files.faq)?;
        let (mut questions, mut foreign) = (Vec::new(), Vec::new());
        for query in read_queries(files.queries, &entries)? {
            match query.entry.and_then(|id| entries.iter().position(|entry| entry.id == id)) {
                Some(entry) => questions.push((query.text, entry)),
                None => foreign.push(query.text),
            }
        }
        let mut shops = cut(&Asked { faq: &entries, questions: &questions, foreign: &foreign }, SEED);
        let all = questions.into_iter().map(|(question, entry)| (question, Some(entry)));
        shops.insert(0, Cut { entries, questions: all.collect() });
        let common = Common { semantic: Some(semantic), rankers: Rankers::default() };
        Ok(Self { language: language.clone(), common, shops })
    }

    /// First places in the whole shop and in the small ones, and the AUC of the small ones' answerability.
    fn sit(&self, ranker: &Ranker) -> anyhow::Result<(f64, f64, f64)> {
        let (mut first, mut asked, mut answerable) = ([0.0; 2], [0.0; 2], Vec::new());
        for (number, shop) in self.shops.iter().enumerate() {
            let mut index =
                FaqIndex::build(Analyser::new(self.language.clone(), &[]), &shop.entries, self.common.clone())?;
            index.set_ranker(ranker.clone());
            let kind = usize::from(number > 0);
            for (question, right) in &shop.questions {
                let result = index.ask(&self.language.read(question))?;
                if kind == 1 {
                    answerable.push((result.answerable, right.is_some()));
                }
                if right.is_some() {
                    asked[kind] += 1.0;
                    first[kind] += f64::from(u8::from(result.ranked.first().map(|first| first.entry) == *right));
                }
            }
        }
        let share = |kind: usize| first[kind] / f64::max(asked[kind], 1.0);
        Ok((share(0), share(1), auc(&answerable)))
    }
}

fn print_table(rows: &[Without]) {
    println!("没有的特征组    整店首位  小店首位  小店可答 AUC  行业首位  行业 MRR@10");
    for row in rows {
        let group = row.group.as_deref().unwrap_or("（全都有）");
        println!(
            "{group:<14}  {:.3}     {:.3}     {:.3}         {:.3}     {:.3}",
            row.shop_top1, row.small_top1, row.small_oos_auc, row.field_top1, row.field_mrr10
        );
    }
}
