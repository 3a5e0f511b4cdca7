//! The assistant that would answer if the drafts were published: for trying, for the gate, and, where nothing has changed
//! since, for the publish itself.

use super::{Keeper, Refused};
use crate::model::knowledge::{FaqEntry, Knowledge};
use crate::model::publication::{self, Change, Part};
use crate::service::publish::INTENT_MODEL;
use crate::service::publish::Ready;
use crate::store::correction::{self, CorrectionState};
use crate::store::faq::draft::{self, Document, Draft, Effect};
use crate::store::knowledge::{self, Published as Stored};
use std::collections::HashMap;

/// An assistant with the name of the state it was built from.
pub(super) struct DraftBuild {
    mark: String,
    pub(super) ready: Ready,
}

/// What the drafts make of what is live.
pub(super) struct Overlay {
    /// What is live.
    pub(super) stored: Stored,
    /// From what is live to the drafts.
    pub(super) changes: Vec<Change>,
    /// Names the state of the drafts.
    pub(super) mark: String,
}

impl Keeper {
    /// What these drafts change, with or without the drafts of words.
    pub(super) async fn overlay(&self, drafts: &[Draft], with_words: bool) -> Result<Overlay, Refused> {
        let stored = knowledge::newest(&self.db).await?.ok_or_else(|| Refused::NotFound("知识库".to_owned()))?;
        let documents = draft::documents(&self.db).await?;
        let live: HashMap<&str, &FaqEntry> =
            stored.knowledge.faq.iter().map(|entry| (entry.id.as_str(), entry)).collect();
        let mut changes = Vec::new();
        for draft in drafts {
            let after = (draft.effect != Effect::Removed).then_some(&draft.entry);
            changes.extend(Change::entry(live.get(draft.entry.id.as_str()).copied(), after)?);
        }
        if with_words {
            changes.extend(word_changes(&stored.knowledge, &documents)?);
        }
        let mark = format!("{}+{}", stored.version, draft::mark(drafts, &documents));
        // A model that has learned since is another one.
        let mark = format!("{mark}+{}", self.learned().await?);
        Ok(Overlay { mark, stored, changes })
    }

    /// Names what the intent model has learned.
    async fn learned(&self) -> Result<String, Refused> {
        let all = correction::all(&self.db, INTENT_MODEL).await?;
        let learned = all.iter().filter(|one| one.state == CorrectionState::Learned);
        let (count, newest) = learned.fold((0, 0), |(count, newest), one| (count + 1, one.learned_in.max(newest)));
        Ok(format!("{count}-{newest}"))
    }

    /// The assistant with all drafts, built anew only where a draft or the live state has changed.
    ///
    /// # Errors
    /// [`Refused`] where it cannot be built.
    pub async fn draft_assistant(&self) -> Result<Ready, Refused> {
        let mut build = self.build.lock().await;
        let drafts = draft::all(&self.db).await?;
        let overlay = self.overlay(&drafts, true).await?;
        if let Some(known) = build.as_ref().filter(|known| known.mark == overlay.mark) {
            return Ok(known.ready.clone());
        }
        let ready = self.publisher.prepare(overlay.next()?, false).await?;
        *build = Some(DraftBuild { mark: overlay.mark, ready: ready.clone() });
        Ok(ready)
    }

    /// The assistant that was built for this state, if it was.
    pub(super) async fn built_for(&self, mark: &str) -> Option<Ready> {
        self.build.lock().await.as_ref().filter(|known| known.mark == mark).map(|known| known.ready.clone())
    }

    /// Forgets the assistant of drafts that are published.
    pub(super) async fn forget_build(&self) {
        *self.build.lock().await = None;
    }
}

/// The documents of words that differ from what is live.
fn word_changes(live: &Knowledge, documents: &[Document]) -> Result<Vec<Change>, Refused> {
    let mut changes = Vec::new();
    for (name, document, _) in documents {
        let change = match name.as_str() {
            "synonyms" => Change::document(Part::Synonyms, &live.synonyms, document)?,
            "dictionary" => Change::document(Part::Dictionary, &live.dictionary, document)?,
            "stop_words" => Change::document(Part::StopWords, &live.stop_words, document)?,
            _ => None,
        };
        changes.extend(change);
    }
    Ok(changes)
}

impl Overlay {
    /// The knowledge with the changes, as the next version.
    pub(super) fn next(&self) -> Result<Stored, Refused> {
        let mut next = self.stored.clone();
        publication::apply(&mut next.knowledge, &self.changes)?;
        next.version += 1;
        Ok(next)
    }
}
