//! `xiaoer bench turn`: one message from its words to its reply, on one thread, part by part.
//!
//! Everything but the network, the database and the memo: what the server does for words that it has not heard before
//! ([`Assistant::turn_without_memo`]), over the shop's own folder, in conversations of a few messages.

use crate::classify::intent::IntentModel;
use crate::command::bench::times::{Part, Rounds, Spread, Stopwatch, print_rows};
use crate::command::print_figures;
use crate::dialogue::policy::Thresholds;
use crate::dialogue::state::State;
use crate::dialogue::{Assistant, Context};
use crate::service::shipped::ShippedModels;
use crate::service::{import, publish};
use crate::store::knowledge::Published;
use crate::text::Language;
use anyhow::{Context as _, bail};
use serde::Serialize;
use std::path::Path;

/// Messages of a conversation.
const CONVERSATION: usize = 4;

/// What a turn costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct TurnFigures {
    /// Different messages.
    messages: usize,
    /// Times that each was asked.
    rounds: usize,
    /// FAQ entries and their phrasings.
    entries: usize,
    phrasings: usize,
    /// The whole turn.
    #[serde(flatten)]
    whole: Spread,
    /// Each part by name, in the order of the turn.
    parts: Vec<Part>,
}

/// Measures and prints.
///
/// # Errors
/// Unreadable files.
pub fn run(knowledge: &Path, messages: Option<&Path>, rounds: usize, json: bool) -> anyhow::Result<()> {
    let assistant = assistant(knowledge)?;
    let messages = match messages {
        Some(file) => {
            let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
            text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
        }
        None => utterances(&assistant),
    };
    if messages.is_empty() {
        bail!("没有可以问的话");
    }
    let figures = measure(&assistant, &messages, rounds.max(1))?;
    print_figures(&figures, json, print_table)
}

/// The assistant of a knowledge folder, without a database.
fn assistant(folder: &Path) -> anyhow::Result<Assistant> {
    let problems = |problems: Vec<import::Problem>| import::ImportError::Problems(problems);
    let content = import::read_folder(folder).map_err(problems)?;
    let shipped = ShippedModels::load(None)?;
    let language = Language::new(&content.dictionary).with_vectors(shipped.vectors()?);
    let (intents, _) = IntentModel::train(&language, &content.intents)?;
    let stored = Published { version: 1, checksum: String::new(), knowledge: content };
    Ok(publish::assemble(stored, language, intents, &shipped, Thresholds::default())?)
}

/// The utterances of the intents, dealt so that neighbours differ in intent.
fn utterances(assistant: &Assistant) -> Vec<String> {
    let intents = &assistant.knowledge.content.intents;
    let longest = intents.iter().map(|intent| intent.utterances.len()).max().unwrap_or(0);
    let at = |place: usize| intents.iter().filter_map(move |intent| intent.utterances.get(place)).cloned();
    (0..longest).flat_map(at).collect()
}

fn measure(assistant: &Assistant, messages: &[String], rounds: usize) -> anyhow::Result<TurnFigures> {
    let mut times = Rounds::new(messages.len());
    let about = Context::default();
    for _ in 0..rounds {
        let mut state = State::default();
        for (place, message) in messages.iter().enumerate() {
            if place % CONVERSATION == 0 {
                state = State::default();
            }
            let mut watch = Stopwatch::start();
            let turn = assistant.turn_without_memo(&state, message, &about, &mut watch)?;
            times.add(place, watch);
            state = turn.state;
        }
    }
    let (whole, parts) = times.spreads();
    let faq = &assistant.knowledge.content.faq;
    Ok(TurnFigures {
        messages: messages.len(),
        rounds,
        entries: faq.len(),
        phrasings: faq.iter().map(|entry| entry.phrasings().count()).sum(),
        whole,
        parts,
    })
}

fn print_table(figures: &TurnFigures) {
    println!(
        "{} 句话各问 {} 遍，{} 条问答共 {} 个问法，单线程，微秒",
        figures.messages, figures.rounds, figures.entries, figures.phrasings
    );
    print_rows(&figures.parts, "whole turn", &figures.whole);
}
