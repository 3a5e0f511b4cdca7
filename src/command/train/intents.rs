//! `xiaoer train intents`: the intent model of a knowledge folder, trained before the shop's first start.

use crate::classify::intent::IntentModel;
use crate::service::import::{self, ImportError};
use crate::service::publish::intents_checksum;
use crate::service::shipped::ShippedModels;
use crate::service::trained::TrainedBefore;
use crate::text::Language;
use std::path::Path;

/// Trains the model and writes it into the folder.
///
/// # Errors
/// Broken rows by file and line; a folder that cannot be written to.
pub fn run(folder: &Path) -> anyhow::Result<()> {
    let content = import::read_folder(folder).map_err(ImportError::Problems)?;
    let language = Language::new(&content.dictionary).with_vectors(ShippedModels::load(None)?.vectors()?);
    let (model, report) = IntentModel::train(&language, &content.intents)?;
    let kept = TrainedBefore::of(folder);
    kept.keep(&intents_checksum(&language, &content.intents, &[])?, &model)?;
    println!("{} 个意图，{} 次迭代，写到 {}", content.intents.len(), report.iterations, kept.file().display());
    Ok(())
}
