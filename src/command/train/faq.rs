//! `xiaoer train faq`: the semantic model and the ranker that all shops start with, from phrasings by topic.

use crate::command::evaluate::table::Table;
use crate::search::ranking::Rankers;
use crate::search::rehearsal::{FOLDS, Material};
use crate::search::semantic::SemanticModel;
use crate::search::semantic::train::{Lesson, SemanticSettings, train};
use crate::text::Language;
use crate::text::word_vectors::WordVectors;
use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;
use std::path::Path;

/// Shops that are rehearsed.
const SHOPS: usize = 80;

/// What is learned from.
pub struct Files<'a> {
    /// Folder with phrasings by topic.
    pub topics: &'a Path,
    /// Pairs of questions that mean the same.
    pub pairs: Option<&'a Path>,
    /// Word vectors.
    pub words: &'a Path,
}

/// Trains and writes both models.
///
/// # Errors
/// Unreadable files and bad lines, by file and line.
pub fn run(files: &Files<'_>, out: &Path) -> anyhow::Result<()> {
    let vectors = std::fs::read(files.words).with_context(|| files.words.display().to_string())?;
    // No shop's words: the models must serve every shop.
    let language = Language::new(&[]).with_vectors(Some(WordVectors::load(&vectors)?));
    let lessons = read_topics(files.topics)?;
    let settings = SemanticSettings::default();
    println!("{} 句问法", lessons.len());

    let bar = bar("训练语义模型", (settings.epochs * (FOLDS + 1)) as u64)?;
    let material = Material::new(&language, &lessons);
    // The model that ships, then one for each fold of the rehearsals.
    let data: Vec<Vec<Lesson>> =
        std::iter::once(lessons.clone()).chain((0..FOLDS).map(|fold| material.lessons_without(fold))).collect();
    let mut models: Vec<SemanticModel> =
        data.par_iter().map(|lessons| train(&language, lessons, &settings, |_| bar.inc(1))).collect();
    let semantic = models.remove(0);
    bar.finish_and_clear();

    let bar = self::bar("演练小店", SHOPS as u64)?;
    let retail = material.rehearse(&models, SHOPS, settings.seed, |_| bar.inc(1))?;
    bar.finish_and_clear();

    let general = match files.pairs {
        Some(pairs) => material.rehearse_paraphrases(&semantic, &read_pairs(pairs)?, settings.seed)?,
        None => retail.clone(),
    };
    let rankers = Rankers { retail, general };
    let folder = out.join("semantic");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("tokenizer.json"), semantic.tokenizer_json())?;
    std::fs::write(folder.join("weights.bin"), semantic.weights_bytes())?;
    std::fs::write(folder.join("card.md"), card(&semantic, lessons.len(), &settings))?;
    std::fs::write(out.join("rankers.json"), serde_json::to_string_pretty(&rankers)?)?;
    println!("语义模型：{} 个话题，写到 {}", semantic.topics().len(), folder.display());
    Ok(())
}

fn card(model: &SemanticModel, lessons: usize, settings: &SemanticSettings) -> String {
    format!(
        "# Semantic model and rankers\n\n\
         The semantic model reads what a text is about: a softmax regression over {} topics of online shopping and of \
         what shops are asked by mistake, through vectors of {} numbers.\n\n\
         ## Data\n\n{lessons} phrasings of `knowledge_base/topics`, written for this project. Half of what the model \
         sees is retyped: typed pinyin, homophones, lost and swapped characters.\n\n\
         ## Settings\n\nWords, characters and sounds that occur at least {} times, {} epochs of AdaGrad with step {}, \
         {:.0} % of the features left out, {:.0} % of the truth spread over all topics. Vectors rounded to 8 bits.\n\n\
         The rankers (`rankers.json`) are logistic regressions over the features of a pair. `retail` learned from \
         {SHOPS} rehearsed shops whose questions neither they nor their semantic models saw; `general` from pairs of \
         paraphrases (AFQMC, training part, not part of this repository).\n\n\
         Repeat with `xiaoer train faq --pairs train_pairs.tsv`.\n\n\
         ## Known weaknesses\n\nAll phrasings come from one hand. Topics that shops have and the list lacks are only \
         found by words, characters and sounds.\n",
        model.topics().len(),
        settings.dimensions,
        settings.min_documents,
        settings.epochs,
        settings.step,
        settings.dropout * 100.0,
        settings.smoothing * 100.0,
    )
}

fn bar(what: &'static str, length: u64) -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}")?;
    Ok(ProgressBar::new(length).with_style(style).with_message(what))
}

/// Pairs of questions that mean the same; columns `q1`, `q2`, `label`.
fn read_pairs(path: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let table = Table::read(path)?;
    let (first, second, label) = (table.column("q1")?, table.column("q2")?, table.column("label")?);
    let same = table.rows().filter(|(_, row)| row[label] == "1");
    Ok(same.map(|(_, row)| (row[first].clone(), row[second].clone())).collect())
}

/// Reads all `.txt` files of a folder: after a line `# name`, one phrasing a line.
pub(crate) fn read_topics(folder: &Path) -> anyhow::Result<Vec<Lesson>> {
    let listed = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut files: Vec<_> = listed.map(|file| Ok(file?.path())).collect::<std::io::Result<Vec<_>>>()?;
    files.retain(|file| file.extension() == Some("txt".as_ref()));
    files.sort();
    let mut lessons = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let mut topic = None;
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            match (line.strip_prefix("# "), &topic) {
                (Some(name), _) => topic = Some(name.trim().to_owned()),
                (None, Some(topic)) => lessons.push(Lesson { text: line.trim().to_owned(), topic: topic.clone() }),
                (None, None) => bail!("{} 第 {} 行：前面还没有话题（# 话题名）", file.display(), index + 1),
            }
        }
    }
    if lessons.is_empty() {
        bail!("{} 里没有问法", folder.display());
    }
    Ok(lessons)
}
