//! `xiaoer bench fit`: how long the solver takes on the rows of a file, and how far it comes. With `--export` the rows
//! are written out, so that another solver can be run on exactly the same features (`benches/fit.sh`).

use crate::classify::classifier::{Design, Example, TrainSettings, Weighting};
use crate::classify::features::{FeatureSet, VocabularySettings};
use crate::classify::fit::{FitSettings, fit};
use crate::command::evaluate::table::Table;
use crate::text::Language;
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::path::Path;
use std::time::Instant;

/// What to fit.
pub struct Data<'a> {
    /// Labelled texts.
    pub data: &'a Path,
    /// Column of the label.
    pub label_column: &'a str,
    /// Column of the text.
    pub text_column: &'a str,
    /// Inverse strength of the penalty.
    pub c: f64,
    /// The fit ends when no component of the gradient is larger.
    pub tolerance: f64,
}

/// The figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Figures {
    rows: usize,
    features: usize,
    classes: usize,
    c: f64,
    tolerance: f64,
    /// Seconds of the fit alone; the rows were ready.
    seconds: f64,
    threads: usize,
    objective: f64,
    gradient: f64,
    iterations: usize,
}

/// Measures and prints.
///
/// # Errors
/// Unreadable files and bad rows, by line.
pub fn run(data: &Data<'_>, export: Option<&Path>, json: bool) -> anyhow::Result<()> {
    let language = Language::new(&[]);
    let table = Table::read(data.data)?;
    let pairs = table.pairs(data.label_column, data.text_column)?;
    let bar = ProgressBar::new(pairs.len() as u64)
        .with_style(ProgressStyle::with_template("读取并分词 {wide_bar} {pos}/{len} {eta}")?);
    let read = |(label, text): (String, String)| {
        bar.inc(1);
        Example { text: language.read(&text), label }
    };
    let examples: Vec<Example> = pairs.into_iter().map(read).collect();
    bar.finish_and_clear();
    let settings = TrainSettings {
        fit: FitSettings { c: data.c, dropout: 0.0, gradient_tolerance: data.tolerance, max_iterations: 2_000 },
        vocabulary: VocabularySettings { features: FeatureSet::Opinion, min_documents: 2, max_features: 1_000_000 },
        weighting: Weighting::Telling,
        meaning: 0.0,
        temperature: Some(1.0),
    };
    let design = Design::new(&language, &examples.iter().collect::<Vec<_>>(), &settings);
    if let Some(folder) = export {
        write(&design, data.c, data.tolerance, folder)?;
    }
    let begun = Instant::now();
    let (_, report) = fit(&design.rows, &design.classes, design.labels.len(), &settings.fit)?;
    let figures = Figures {
        rows: design.rows.len(),
        features: design.rows.width(),
        classes: design.labels.len(),
        c: data.c,
        tolerance: data.tolerance,
        seconds: begun.elapsed().as_secs_f64(),
        threads: rayon::current_num_threads(),
        objective: report.objective,
        gradient: report.gradient_norm,
        iterations: report.iterations,
    };
    if json {
        println!("{}", serde_json::to_string(&figures)?);
    } else {
        println!(
            "{} 行，{} 个特征，{} 类：{:.2} 秒（{} 个线程），{} 步，目标值 {:.9}，最大梯度 {:.1e}",
            figures.rows,
            figures.features,
            figures.classes,
            figures.seconds,
            figures.threads,
            figures.iterations,
            figures.objective,
            figures.gradient
        );
    }
    Ok(())
}

/// Compressed sparse rows as raw little-endian files: `starts.i64`, `columns.i32`, `values.f32`, `classes.i32`, and
/// `shape.json`.
fn write(design: &Design, c: f64, tolerance: f64, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let (mut starts, mut columns, mut values, mut end) = (0_i64.to_le_bytes().to_vec(), Vec::new(), Vec::new(), 0_i64);
    for row in 0..design.rows.len() {
        for (column, value) in design.rows.row(row) {
            columns.extend(i32::try_from(column)?.to_le_bytes());
            #[allow(clippy::cast_possible_truncation)]
            values.extend((value as f32).to_le_bytes());
            end += 1;
        }
        starts.extend(end.to_le_bytes());
    }
    let mut classes = Vec::with_capacity(design.classes.len() * 4);
    for class in &design.classes {
        classes.extend(i32::try_from(*class)?.to_le_bytes());
    }
    let shape = serde_json::json!({ "rows": design.rows.len(), "features": design.rows.width(), "c": c, "tolerance": tolerance });
    std::fs::write(folder.join("shape.json"), shape.to_string())?;
    for (name, bytes) in
        [("starts.i64", starts), ("columns.i32", columns), ("values.f32", values), ("classes.i32", classes)]
    {
        std::fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}
