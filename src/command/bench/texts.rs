//! What the load generator says: the shop's own questions and utterances.

use crate::config::Config;
use crate::dialogue::flows::words;
use crate::service::import;
use crate::text::normalize::normalize;

/// All phrasings of the FAQ and all utterances of the intents, but for those that withdraw what was said before: a lookup
/// that is given up while it is under way has no answer, and each message of a measurement has to have one.
///
/// # Errors
/// A knowledge folder that cannot be imported.
pub(super) fn of_shop(config: &Config) -> anyhow::Result<Vec<String>> {
    let knowledge = import::read_folder(&config.knowledge.folder).map_err(import::ImportError::Problems)?;
    let phrasings = knowledge.faq.iter().flat_map(|entry| entry.phrasings().map(str::to_owned));
    let utterances = knowledge.intents.iter().flat_map(|intent| intent.utterances.clone());
    let mut texts: Vec<String> = phrasings.chain(utterances).map(|text| text.replace(['\n', '\r'], " ")).collect();
    texts.retain(|text| !text.trim().is_empty() && !words::gives_up(&normalize(text)));
    texts.sort();
    texts.dedup();
    Ok(texts)
}
