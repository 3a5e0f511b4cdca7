//! What an editor is told while typing: phrasings of others, entries that are nearly the same, entries that the ranker
//! would mistake for this one.

use super::{Keeper, Problem, Refused, content};
use crate::dialogue::Assistant;
use crate::model::knowledge::FaqEntry;
use crate::search::faq::{SearchError, Without};
use crate::service::Failure;
use crate::service::apart::apart;
use crate::store::faq::working;
use crate::text::normalize::essence;
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;

/// Phrasings that are asked, at most: an editor does not wait.
const ASKED: usize = 40;

/// Warnings of a kind, at most.
const TOLD: usize = 5;

/// Probability from which the ranker takes another entry for the answer to the standard question.
const THE_SAME: f64 = 0.85;

/// Share of the first probability from which the second entry is as likely.
const AS_LIKELY: f64 = 0.6;

/// What a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WarningKind {
    /// The phrasing belongs to another entry.
    Owned,
    /// Another entry says nearly the same.
    NearDuplicate,
    /// The ranker hardly tells them apart, or prefers the other one.
    Confuses,
}

/// A warning.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Warning {
    /// What it is about.
    pub kind: WarningKind,
    /// The phrasing, where it is one.
    pub phrasing: Option<String>,
    /// The other entry.
    pub entry: String,
    /// Its standard question.
    pub question: String,
    /// How alike they are, 0 to 1.
    pub similarity: f64,
    /// In words.
    pub text: String,
}

/// Everything that is to be said of an entry that is being edited.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Warnings {
    /// What would stop saving.
    pub problems: Vec<Problem>,
    /// What would not.
    pub warnings: Vec<Warning>,
}

impl Keeper {
    /// Looks an entry over that may be incomplete.
    ///
    /// # Errors
    /// [`Refused`] where something fails inside.
    pub async fn check(&self, entry: FaqEntry) -> Result<Warnings, Refused> {
        let entry = content::tidy(entry);
        let mut problems = content::problems(&entry);
        problems.extend(self.contradictions(&entry).await?);
        let mut warnings = self.owned(&entry).await?;
        let assistant = self.publisher.published().assistant();
        let found = apart(move || likenesses(&assistant, &entry)).await?.map_err(Failure::from)?;
        warnings.extend(found);
        Ok(Warnings { problems, warnings })
    }

    async fn owned(&self, entry: &FaqEntry) -> Result<Vec<Warning>, Refused> {
        let phrasings: HashMap<String, &str> =
            entry.phrasings().map(|phrasing| (essence(phrasing), phrasing)).collect();
        let essences: Vec<String> = phrasings.keys().filter(|essence| !essence.is_empty()).cloned().collect();
        let owners = working::owners(&self.db, &essences).await?;
        let others = owners.into_iter().filter(|(_, owner, _)| *owner != entry.id);
        Ok(others
            .filter_map(|(essence, owner, question)| {
                let phrasing = (*phrasings.get(&essence)?).to_owned();
                let text = format!("“{phrasing}”已经是“{question}”的问法");
                let kind = WarningKind::Owned;
                Some(Warning { kind, phrasing: Some(phrasing), entry: owner, question, similarity: 1.0, text })
            })
            .collect())
    }
}

/// Entries of the assistant in force that are like this one.
fn likenesses(assistant: &Assistant, entry: &FaqEntry) -> Result<Vec<Warning>, SearchError> {
    let faq = &assistant.knowledge.faq;
    let own = faq.place(&entry.id);
    let question = |id: &str| assistant.knowledge.question(id).to_owned();
    let mut warnings = Vec::new();
    if !entry.question.trim().is_empty() {
        let text = assistant.models.language.read(&entry.question);
        let found = faq.ask_without(&text, Without { entry: own })?;
        if let Some(first) = found.ranked.first().filter(|first| first.probability >= THE_SAME) {
            let other = question(&first.id);
            warnings.push(Warning {
                kind: WarningKind::NearDuplicate,
                phrasing: None,
                entry: first.id.clone(),
                similarity: first.probability,
                text: format!("和“{other}”几乎是同一条"),
                question: other,
            });
        }
    }
    let mut confused: HashMap<String, Warning> = HashMap::new();
    for phrasing in entry.phrasings().filter(|phrasing| !essence(phrasing).is_empty()).take(ASKED) {
        let found = faq.ask_without(&assistant.models.language.read(phrasing), Without::default())?;
        let probability = |id: &str| found.ranked.iter().find(|one| one.id == id).map_or(0.0, |one| one.probability);
        let Some(other) = found.ranked.iter().find(|one| one.id != entry.id) else { continue };
        let mistaken = if own.is_some() {
            other.probability >= AS_LIKELY * probability(&entry.id)
        } else {
            // The entry is not there yet: what is answered now is what it takes the phrasing from.
            found.confidence >= assistant.thresholds.answer
        };
        let known = confused.get(&other.id).map_or(0.0, |known| known.similarity);
        if mistaken && other.probability >= assistant.thresholds.answer && other.probability > known {
            let title = question(&other.id);
            let text = format!("问“{phrasing}”时，小二分不清这一条和“{title}”");
            confused.insert(
                other.id.clone(),
                Warning {
                    kind: WarningKind::Confuses,
                    phrasing: Some(phrasing.to_owned()),
                    entry: other.id.clone(),
                    question: title,
                    similarity: other.probability,
                    text,
                },
            );
        }
    }
    let mut confused: Vec<Warning> = confused.into_values().collect();
    confused.sort_by(|a, b| b.similarity.total_cmp(&a.similarity).then_with(|| a.entry.cmp(&b.entry)));
    confused.truncate(TOLD);
    warnings.extend(confused);
    Ok(warnings)
}
