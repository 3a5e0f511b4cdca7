//! `xiaoer evaluate mood`: the five levels and urgency on labelled sentences.

use crate::classify::metrics;
use crate::classify::mood::{Mood, MoodReader};
use crate::command::evaluate::table::Table;
use crate::service::shipped::ShippedModels;
use crate::text::Language;
use anyhow::bail;
use serde::Serialize;
use std::path::Path;

/// A sentence with its labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// What was typed.
    pub text: String,
    /// The level.
    pub mood: Mood,
    /// Whether it presses.
    pub urgent: bool,
}

/// The figures. Shares lie between 0 and 1.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct MoodFigures {
    /// Sentences measured on.
    pub sentences: usize,
    /// Share of right levels.
    pub accuracy: f64,
    /// F1 averaged over the levels.
    pub macro_f1: f64,
    /// Mean distance to the right level, in levels.
    pub distance: f64,
    /// Expected calibration error of the most probable level.
    pub ece: f64,
    /// Of the furious and upset sentences, those that are read so.
    pub upset_recall: f64,
    /// Of the neutral sentences, those that are taken for upset or furious.
    pub false_upset: f64,
    /// F1 of urgency.
    pub urgent_f1: f64,
}

/// Measures and prints.
///
/// # Errors
/// Unreadable files and bad rows, by line.
pub fn run(path: &Path, models: Option<&Path>, json: bool) -> anyhow::Result<()> {
    let sentences = read(path)?;
    let language = Language::new(&[]);
    let shipped = ShippedModels::load(models)?;
    let reader = MoodReader::new(shipped.mood().clone(), shipped.sentiment(language.segmenter())?);
    let readings: Vec<_> =
        sentences.iter().map(|sentence| (sentence, reader.read(&language.read(&sentence.text)))).collect();
    let levels: Vec<_> = readings.iter().map(|(truth, read)| (truth.mood, read.mood)).collect();
    let urgent: Vec<_> = readings.iter().map(|(truth, read)| (truth.urgent, read.urgent)).collect();
    let predictions: Vec<_> =
        readings.iter().map(|(truth, read)| (read.probabilities.clone(), truth.mood as usize)).collect();
    let figures = MoodFigures { ece: metrics::calibration_error(&predictions), ..figures(&levels, &urgent) };
    if json {
        println!("{}", serde_json::to_string(&figures)?);
        return Ok(());
    }
    print_table(&figures, &levels);
    for (truth, read) in readings.iter().filter(|(truth, read)| truth.mood != read.mood || truth.urgent != read.urgent)
    {
        let press = if truth.urgent == read.urgent { "" } else { "（着急看错）" };
        println!("  {} → {}{press}：{}", truth.mood.title(), read.mood.title(), truth.text);
    }
    Ok(())
}

fn figures(levels: &[(Mood, Mood)], urgent: &[(bool, bool)]) -> MoodFigures {
    let share = |part: usize, whole: usize| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
    let one_hot = |mood: Mood| Mood::ALL.map(|one| f64::from(u8::from(one == mood))).to_vec();
    let decided: Vec<(Vec<f64>, usize)> =
        levels.iter().map(|(truth, read)| (one_hot(*read), *truth as usize)).collect();
    let upset = levels.iter().filter(|(truth, _)| *truth <= Mood::Upset);
    let neutral = levels.iter().filter(|(truth, _)| *truth == Mood::Neutral);
    let both = urgent.iter().filter(|(truth, read)| *truth && *read).count();
    let either = urgent.iter().map(|(truth, read)| usize::from(*truth) + usize::from(*read)).sum();
    MoodFigures {
        sentences: levels.len(),
        accuracy: metrics::accuracy(&decided),
        macro_f1: metrics::macro_f1(&decided, Mood::ALL.len()),
        distance: levels.iter().map(|(truth, read)| (truth.value() - read.value()).abs()).sum::<f64>()
            / levels.len().max(1) as f64,
        ece: 0.0,
        upset_recall: share(upset.clone().filter(|(_, read)| *read <= Mood::Upset).count(), upset.count()),
        false_upset: share(neutral.clone().filter(|(_, read)| *read <= Mood::Upset).count(), neutral.count()),
        urgent_f1: share(2 * both, either),
    }
}

fn print_table(figures: &MoodFigures, levels: &[(Mood, Mood)]) {
    println!("{} 句", figures.sentences);
    for (name, value) in [
        ("准确率 accuracy", figures.accuracy),
        ("宏平均 F1 macro_f1", figures.macro_f1),
        ("平均差几档 distance", figures.distance),
        ("校准误差 ece", figures.ece),
        ("不满和愤怒的召回 upset_recall", figures.upset_recall),
        ("平静被当成不满 false_upset", figures.false_upset),
        ("着急 F1 urgent_f1", figures.urgent_f1),
    ] {
        println!("  {value:.4}  {name}");
    }
    println!("  实际 ↓ 读成 → {}", Mood::ALL.map(Mood::title).join(" "));
    for truth in Mood::ALL {
        let row = Mood::ALL.map(|read| levels.iter().filter(|pair| **pair == (truth, read)).count().to_string());
        println!("  {}          {}", truth.title(), row.join("    "));
    }
}

/// Reads a file of labelled sentences: `level`, `urgent` (0 or 1), `text`.
///
/// # Errors
/// The file and the line that is wrong.
pub fn read(path: &Path) -> anyhow::Result<Vec<Sentence>> {
    let table = Table::read(path)?;
    let (level, urgent, text) = (table.column("level")?, table.column("urgent")?, table.column("text")?);
    let mut sentences = Vec::with_capacity(table.len());
    for (line, row) in table.rows() {
        let Ok(mood) = serde_json::from_value(serde_json::Value::String(row[level].clone())) else {
            bail!("{}：level 应当是 furious、upset、neutral、content、delighted 之一", table.place(line));
        };
        if !matches!(row[urgent].as_str(), "0" | "1") {
            bail!("{}：urgent 应当是 0 或 1", table.place(line));
        }
        if row[text].trim().is_empty() {
            bail!("{}：text 是空的", table.place(line));
        }
        sentences.push(Sentence { text: row[text].clone(), mood, urgent: row[urgent] == "1" });
    }
    Ok(sentences)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_worked_out_by_hand() {
        let levels = [(Mood::Furious, Mood::Upset), (Mood::Neutral, Mood::Upset), (Mood::Content, Mood::Content)];
        let figures = figures(&levels, &[(true, true), (true, false), (false, false)]);
        assert!((figures.accuracy - 1.0 / 3.0).abs() < 1e-12 && (figures.distance - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!((figures.upset_recall, figures.false_upset), (1.0, 1.0));
        assert!((figures.urgent_f1 - 2.0 / 3.0).abs() < 1e-12);
    }
}
