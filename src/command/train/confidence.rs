//! `xiaoer train confidence`: sets the confidence of the shipped rankers by questions that people asked.

use crate::command::evaluate::faq::{read_entries, read_queries};
use crate::search::calibration::{Asked, calibrate};
use crate::search::faq::Common;
use crate::search::ranking::Rankers;
use crate::search::semantic::SemanticModel;
use crate::text::Language;
use crate::text::word_vectors::WordVectors;
use anyhow::Context;
use std::path::Path;

/// Seed of the cut shops.
const SEED: u64 = 7;

/// Calibrates `rankers.json` of a folder of models in place.
///
/// # Errors
/// Unreadable files and bad rows, by line.
pub fn run(models: &Path, faq: &Path, queries: &Path) -> anyhow::Result<()> {
    let read = |name: &str| std::fs::read(models.join(name)).with_context(|| models.join(name).display().to_string());
    let text = |name: &str| anyhow::Ok(String::from_utf8(read(name)?)?);
    let language = Language::new(&[]).with_vectors(Some(WordVectors::load(&read("words/vectors.bin")?.into())?));
    let (tokenizer, weights) = (text("semantic/tokenizer.json")?, read("semantic/weights.bin")?);
    let semantic = SemanticModel::load(&tokenizer, &weights.into(), language.segmenter().clone())?;
    let mut rankers = Rankers::shipped(&text("rankers.json")?)?;
    let common = Common { semantic: Some(semantic), rankers: rankers.clone() };

    let entries = read_entries(faq)?;
    let (mut questions, mut foreign) = (Vec::new(), Vec::new());
    for query in read_queries(queries, &entries)? {
        match query.entry.and_then(|id| entries.iter().position(|entry| entry.id == id)) {
            Some(entry) => questions.push((query.text, entry)),
            None => foreign.push(query.text),
        }
    }
    let asked = Asked { faq: &entries, questions: &questions, foreign: &foreign };
    calibrate(&mut rankers.retail, &language, &common, &asked, SEED)?;
    std::fs::write(models.join("rankers.json"), serde_json::to_string_pretty(&rankers)?)?;
    println!("{} 条问法、{} 条超出范围的问法，已校准 {}", questions.len(), foreign.len(), models.display());
    Ok(())
}
