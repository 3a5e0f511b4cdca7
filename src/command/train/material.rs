//! What the models of the FAQ are trained from, read and prepared.

use crate::command::evaluate::table::Table;
use crate::search::rehearsal::{FOLDS, Material, without_half};
use crate::search::semantic::SemanticModel;
use crate::search::semantic::contrast::Paraphrases;
use crate::search::semantic::train::{Lesson, SemanticSettings, train, train_sense};
use crate::text::Language;
use anyhow::{Context, anyhow, bail};
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;
use std::path::Path;

/// The semantic models that rehearsals need.
pub(crate) struct Models {
    /// Learned from everything.
    pub(crate) shipped: SemanticModel,
    /// Each without a fold of the phrasings by topic.
    pub(crate) by_fold: Vec<SemanticModel>,
    /// Each without one half of the pairs.
    pub(crate) by_half: [SemanticModel; 2],
}

/// Trains them.
pub(crate) fn models(
    language: &Language,
    material: &Material,
    lessons: &[Lesson],
    pairs: &[(String, String)],
    settings: &SemanticSettings,
) -> anyhow::Result<Models> {
    let bar = bar("训练语义模型", (settings.epochs * (FOLDS + 1)) as u64)?;
    let data: Vec<Vec<Lesson>> =
        std::iter::once(lessons.to_vec()).chain((0..FOLDS).map(|fold| material.lessons_without(fold))).collect();
    let topics: Vec<SemanticModel> =
        data.par_iter().map(|lessons| train(language, lessons, pairs, settings, |_| bar.inc(1))).collect();
    bar.finish_and_clear();
    let halves = [0, 1].map(|half| without_half(pairs, half));
    let senses = data.iter().zip(&topics).map(|(lessons, model)| (model, lessons.as_slice(), pairs));
    let senses: Vec<_> = senses.chain(halves.iter().map(|half| (&topics[0], lessons, half.as_slice()))).collect();
    let mut finished: Vec<SemanticModel> = (senses.into_par_iter())
        .map(|(model, lessons, pairs)| train_sense(language, model, Paraphrases { lessons, pairs }, settings))
        .collect();
    let by_half: Vec<SemanticModel> = finished.drain(FOLDS + 1..).collect();
    let by_half = by_half.try_into().map_err(|_| anyhow!("two halves"))?;
    Ok(Models { shipped: finished.remove(0), by_fold: finished, by_half })
}

/// A bar with a name in front.
pub(crate) fn bar(what: &'static str, length: u64) -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}")?;
    Ok(ProgressBar::new(length).with_style(style).with_message(what))
}

/// Pairs of questions that mean the same; columns `q1`, `q2`, `label`.
pub(crate) fn read_pairs(path: &Path) -> anyhow::Result<Vec<(String, String)>> {
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
