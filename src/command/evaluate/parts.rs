//! `xiaoer evaluate parts`: are several questions in one message heard apart, and single ones left whole? Asks the
//! assistant of a knowledge folder, as shoppers would.

use crate::command::evaluate::table::Table;
use crate::dialogue::policy::{Act, Thresholds};
use crate::dialogue::state::State;
use crate::dialogue::{Assistant, Context};
use crate::service::import::{ImportError, read_folder};
use crate::service::publish::assemble;
use crate::service::shipped::ShippedModels;
use crate::store::knowledge::Published;
use crate::text::Language;
use serde::Serialize;
use std::path::Path;

/// The figures. Shares lie between 0 and 1.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct PartsFigures {
    /// Messages that ask one thing.
    pub single: usize,
    /// Of them those that were taken apart.
    pub split: f64,
    /// Messages that ask several things.
    pub several: usize,
    /// Of them those that were taken apart.
    pub seen: f64,
    /// Of them those whose every question was answered by its own entry.
    pub answered: f64,
}

/// Measures and prints.
///
/// # Errors
/// Unreadable files and bad rows, by line.
pub fn run(knowledge: &Path, queries: &Path, json: bool) -> anyhow::Result<()> {
    let (figures, wrong) = measure(&assistant(knowledge)?, queries)?;
    if json {
        println!("{}", serde_json::to_string(&figures)?);
        return Ok(());
    }
    let PartsFigures { single, split, several, seen, answered } = figures;
    println!("{single} 句只问一件事：误拆 split {split:.3}");
    println!("{several} 句问了几件事：听出 seen {seen:.3}，全部答对 answered {answered:.3}");
    for line in wrong {
        println!("  {line}");
    }
    Ok(())
}

/// Measures on a file; beside the figures the messages that were taken apart wrongly, or not.
///
/// # Errors
/// Unreadable files and bad rows, by line.
pub fn measure(assistant: &Assistant, queries: &Path) -> anyhow::Result<(PartsFigures, Vec<String>)> {
    let table = Table::read(queries)?;
    let (mut figures, mut wrong) = (PartsFigures::default(), Vec::new());
    for (query, ids) in table.pairs("query", "faq_ids")? {
        let expected: Vec<&str> = ids.split('+').collect();
        let answered = answered(assistant, &query)?;
        let apart = answered.len() > 1;
        if expected.len() > 1 {
            figures.several += 1;
            figures.seen += f64::from(u8::from(apart));
            figures.answered += f64::from(u8::from(expected.iter().all(|id| answered.iter().any(|one| one == id))));
        } else {
            figures.single += 1;
            figures.split += f64::from(u8::from(apart));
        }
        if apart != (expected.len() > 1) {
            wrong.push(format!("{query} → {}", answered.join("、")));
        }
    }
    figures.split /= figures.single.max(1) as f64;
    figures.seen /= figures.several.max(1) as f64;
    figures.answered /= figures.several.max(1) as f64;
    Ok((figures, wrong))
}

/// The assistant of a folder, as a server would build it.
///
/// # Errors
/// Every problem of the folder.
pub fn assistant(folder: &Path) -> anyhow::Result<Assistant> {
    let knowledge = read_folder(folder).map_err(ImportError::Problems)?;
    let language = Language::new(&knowledge.dictionary);
    let (intents, _) = crate::classify::intent::IntentModel::train(&language, &knowledge.intents)?;
    let stored = Published { version: 1, checksum: String::new(), knowledge };
    Ok(assemble(stored, language, intents, &ShippedModels::load(None)?, Thresholds::default())?)
}

/// Ids of the entries that a message is answered with; an open question counts as one without an id.
fn answered(assistant: &Assistant, query: &str) -> anyhow::Result<Vec<String>> {
    let turn = assistant.turn(&State::default(), query, &Context::default())?;
    Ok(match turn.trace.decision.act {
        Act::Answer { entry, .. } => vec![entry],
        Act::AnswerSeveral { answers, open, .. } => {
            let known = answers.into_iter().map(|one| one.entry);
            known.chain(open.into_iter().map(|one| format!("?{}", one.said))).collect()
        }
        Act::Suggest { also, .. } => {
            std::iter::once("?products".to_owned()).chain(also.into_iter().map(|one| one.entry)).collect()
        }
        _ => Vec::new(),
    })
}
