//! `xiaoer train words`: vectors of words, from any Chinese texts.

use crate::text::Language;
use crate::text::word_vectors::train::{Settings, train};
use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Longer texts are cut, so that no single one outweighs the others, in characters.
const LONGEST: usize = 200;

/// Trains and writes `vectors.bin` and `card.md`.
///
/// # Errors
/// Unreadable files.
pub fn run(files: &[PathBuf], out: &Path) -> anyhow::Result<()> {
    let language = Language::new(&[]);
    let texts = read(files, &language)?;
    let settings = Settings::default();
    let bar = ProgressBar::new(settings.rounds as u64)
        .with_style(ProgressStyle::with_template("学习词向量 {wide_bar} {pos}/{len} {eta}")?);
    let vectors = train(&texts, &settings, |_| bar.inc(1));
    bar.finish_and_clear();
    std::fs::create_dir_all(out)?;
    std::fs::write(out.join("vectors.bin"), vectors.to_bytes())?;
    std::fs::write(out.join("card.md"), card(files, texts.len(), vectors.len(), &settings))?;
    println!("{} 句，{} 个词，写到 {}", texts.len(), vectors.len(), out.display());
    Ok(())
}

/// Every cell with Chinese characters is a text; each is taken once.
fn read(files: &[PathBuf], language: &Language) -> anyhow::Result<Vec<Vec<String>>> {
    let mut distinct: BTreeSet<String> = BTreeSet::new();
    for file in files {
        let content = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let cells = content.lines().flat_map(|line| line.split('\t'));
        let chinese = |cell: &&str| cell.chars().any(|character| ('\u{4e00}'..='\u{9fff}').contains(&character));
        distinct.extend(cells.filter(chinese).map(|cell| cell.chars().take(LONGEST).collect()));
    }
    if distinct.is_empty() {
        bail!("这些文件里没有中文");
    }
    let bar = ProgressBar::new(distinct.len() as u64)
        .with_style(ProgressStyle::with_template("读取并分词 {wide_bar} {pos}/{len} {eta}")?);
    let texts = (distinct.iter())
        .map(|text| {
            bar.inc(1);
            language.read(text).words().map(str::to_owned).collect()
        })
        .collect();
    bar.finish_and_clear();
    Ok(texts)
}

fn card(files: &[PathBuf], texts: usize, words: usize, settings: &Settings) -> String {
    let mut names: Vec<String> = (files.iter())
        .map(|file| {
            let folder = file.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            folder.map_or(name.clone(), |folder| format!("{folder}/{name}"))
        })
        .collect();
    names.sort();
    format!(
        "# Word vectors\n\nWhat words have in common, learned from how they keep company in unlabelled text; see \
         `src/mind/text/word_vectors`.\n\n## Data\n\n{texts} distinct texts of: {}. The texts are not part of this \
         repository, except for the topics.\n\n## Settings\n\n{words} words that occur at least {} times, vectors of {} \
         numbers rounded to 8 bits, window of {} words to each side.\n\nRepeat with \
         `xiaoer train words --texts FILE …`.\n\n## Known weaknesses\n\nOpposites keep the same company: 好 and 差 point \
         the same way. So vectors tell what a text is about, never how it is meant.\n",
        names.join(", "),
        settings.min_count,
        settings.dimensions,
        settings.window,
    )
}
