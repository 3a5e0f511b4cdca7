//! From drafts to what answers, and back.

use super::draft_build::Overlay;
use super::{Keeper, Problem, Refused};
use crate::clock::Timestamp;
use crate::model::publication::{self, Change, Part, Source};
use crate::service::import::checksum;
use crate::service::publish::Ready;
use crate::store::audit::Deed;
use crate::store::faq::draft::{self, Draft, Effect, Stage};
use crate::store::faq::working;
use crate::store::knowledge::version::{self, NewVersion};
use crate::store::knowledge::{self, Applied, DraftTaken};
use crate::store::setting;
use crate::text::normalize::essence;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::time::Instant;
use utoipa::ToSchema;

/// Longest note, in characters.
const NOTE: usize = 500;

/// Name of the settings.
const SETTINGS: &str = "publishing";

/// How the knowledge is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct PublishSettings {
    /// Whether only drafts that somebody else has approved are published.
    pub review_required: bool,
}

/// What waits to be published.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    /// The version that answers.
    pub version: i64,
    /// How it is published.
    pub settings: PublishSettings,
    /// Drafts by stage.
    pub stages: HashMap<String, i64>,
    /// Entries that would be added, changed, removed.
    pub effects: (i64, i64, i64),
    /// Documents of words that would change.
    pub words: Vec<String>,
    /// Entries that a publish would take now.
    pub ready: i64,
    /// Names the state of the drafts.
    pub mark: String,
}

/// What was published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Publication {
    /// The version that answers now.
    pub version: i64,
    /// Entries added.
    pub added: i64,
    /// Entries changed.
    pub changed: i64,
    /// Entries removed.
    pub removed: i64,
    /// Documents of words that changed.
    pub words_changed: Vec<String>,
    /// From the request to the swap, in milliseconds.
    pub took_ms: i64,
    /// When.
    #[schema(value_type = i64)]
    pub at: Timestamp,
}

impl Keeper {
    /// How the knowledge is published.
    ///
    /// # Errors
    /// [`Refused`] where the database fails.
    pub async fn settings(&self) -> Result<PublishSettings, Refused> {
        Ok(setting::get(&self.db, SETTINGS).await?.unwrap_or_default())
    }

    /// Changes how the knowledge is published.
    ///
    /// # Errors
    /// [`Refused`] where the database fails.
    pub async fn put_settings(&self, by: &str, settings: PublishSettings) -> Result<(), Refused> {
        let before = serde_json::to_value(self.settings().await?)?;
        let after = serde_json::to_value(settings)?;
        let now = self.clock.now();
        let deed = Deed::new(by, "publish_settings_put", SETTINGS, now).from_to(Some(before), Some(after.clone()));
        Ok(setting::put(&self.db, SETTINGS, &after, Some(&deed), now).await?)
    }

    /// What waits to be published.
    ///
    /// # Errors
    /// [`Refused`] where the database fails.
    pub async fn pending(&self) -> Result<Pending, Refused> {
        let settings = self.settings().await?;
        let mark = draft::current_mark(&self.db).await?;
        let stages: HashMap<String, i64> = draft::stages(&self.db).await?.into_iter().collect();
        let effects: HashMap<String, i64> = draft::effects(&self.db).await?.into_iter().collect();
        let effect = |effect: Effect| effects.get(effect.name()).copied().unwrap_or_default();
        let version = self.publisher.published().assistant().version;
        let approved = stages.get(Stage::Approved.name()).copied().unwrap_or_default();
        Ok(Pending {
            version,
            settings,
            ready: if settings.review_required { approved } else { stages.values().sum() },
            stages,
            effects: (effect(Effect::Added), effect(Effect::Changed), effect(Effect::Removed)),
            words: draft::documents(&self.db).await?.into_iter().map(|(name, ..)| name).collect(),
            mark: format!("{version}+{mark}"),
        })
    }

    /// What the drafts change, with the titles of the entries.
    ///
    /// # Errors
    /// [`Refused`] where the database fails.
    pub async fn pending_changes(&self) -> Result<Vec<Change>, Refused> {
        Ok(self.overlay(&draft::all(&self.db).await?, true).await?.changes)
    }

    /// Publishes the drafts: those named, or all that may be, and then the words with them.
    ///
    /// # Errors
    /// [`Refused`]; the former version goes on answering then.
    pub async fn publish(&self, by: &str, note: &str, ids: Option<&[String]>) -> Result<Publication, Refused> {
        let begun = Instant::now();
        check_note(note)?;
        let _turn = self.publisher.turn().await;
        let (taken, left) = self.taken(ids).await?;
        let overlay = self.overlay(&taken, ids.is_none()).await?;
        if overlay.changes.is_empty() {
            return Err(Refused::NothingToPublish);
        }
        Refused::unless_fine(collisions(&overlay, &taken, &left))?;
        let trains = overlay.changes.iter().any(|change| change.part == Part::Dictionary);
        let is_all = left.is_empty() && ids.is_none() && !trains;
        let built = if is_all { self.built_for(&overlay.mark).await } else { None };
        let words = if ids.is_none() { draft::documents(&self.db).await? } else { Vec::new() };
        let taken: Vec<DraftTaken> =
            (taken.iter()).map(|draft| DraftTaken { id: draft.entry.id.clone(), revision: draft.revision }).collect();
        let words: Vec<DraftTaken> = words.into_iter().map(|(id, _, revision)| DraftTaken { id, revision }).collect();
        let new = Release { source: Source::Console, by, note, rolled_back_to: None, taken, words, built };
        self.release(&overlay, new, begun).await
    }

    /// Publishes the FAQ and the words of an earlier version again, as a new one. Drafts stay.
    ///
    /// # Errors
    /// [`Refused`]; the former version goes on answering then.
    pub async fn roll_back(&self, by: &str, note: &str, to: i64) -> Result<Publication, Refused> {
        let begun = Instant::now();
        check_note(note)?;
        let _turn = self.publisher.turn().await;
        let stored = knowledge::newest(&self.db).await?.ok_or_else(|| Refused::NotFound("知识库".to_owned()))?;
        if version::one(&self.db, to).await?.is_none() {
            return Err(Refused::NotFound(format!("版本 {to}")));
        }
        let mut changes = publication::way_back(version::changes_after(&self.db, to).await?);
        changes.retain(|change| matches!(change.part, Part::Faq | Part::Synonyms | Part::Dictionary | Part::StopWords));
        if changes.is_empty() {
            return Err(Refused::Conflict(format!("现在的问答和词库与版本 {to} 相同")));
        }
        let overlay = Overlay { stored, changes, mark: String::new() };
        let new = Release {
            source: Source::Rollback,
            by,
            note,
            rolled_back_to: Some(to),
            taken: Vec::new(),
            words: Vec::new(),
            built: None,
        };
        self.release(&overlay, new, begun).await
    }

    /// Builds, commits, swaps: in this order, so that nothing is published that cannot answer.
    pub(super) async fn release(
        &self,
        overlay: &Overlay,
        new: Release<'_>,
        begun: Instant,
    ) -> Result<Publication, Refused> {
        let next = overlay.next()?;
        if next.knowledge.faq.is_empty() {
            return Err(Refused::Conflict("至少要留一条问答".to_owned()));
        }
        let checksum = checksum(&next.knowledge)?;
        let ready = match new.built {
            Some(built) => built,
            None => self.publisher.prepare(next, true).await?,
        };
        let at = self.clock.now();
        let version = NewVersion {
            checksum: &checksum,
            source: new.source,
            actor: new.by,
            note: new.note,
            rolled_back_to: new.rolled_back_to,
            changes: &overlay.changes,
            at,
        };
        let applied = knowledge::apply(&self.db, overlay.stored.version, &version, &new.taken, &new.words).await?;
        let Applied::Published(number) = applied else { return Err(Refused::Stale) };
        self.publisher.release(ready);
        self.forget_build().await;
        let (added, changed, removed) = version.counts();
        let took_ms = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
        tracing::info!(version = number, added, changed, removed, took_ms, "knowledge published");
        let words = overlay
            .changes
            .iter()
            .filter(|change| matches!(change.part, Part::Synonyms | Part::Dictionary | Part::StopWords));
        let words_changed = words.map(|change| change.part.name().to_owned()).collect();
        Ok(Publication { version: number, added, changed, removed, words_changed, took_ms, at })
    }

    /// The drafts that a publish takes, and those that it leaves.
    async fn taken(&self, ids: Option<&[String]>) -> Result<(Vec<Draft>, Vec<Draft>), Refused> {
        let required = self.settings().await?.review_required;
        let all = draft::all(&self.db).await?;
        let named: Option<HashSet<&str>> = ids.map(|ids| ids.iter().map(String::as_str).collect());
        if let Some(named) = &named {
            let drafted: HashSet<&str> = all.iter().map(|draft| draft.entry.id.as_str()).collect();
            if let Some(unknown) = named.iter().find(|id| !drafted.contains(**id)) {
                return Err(Refused::NotFound(format!("{unknown} 的草稿")));
            }
            let raw = |draft: &&Draft| named.contains(draft.entry.id.as_str()) && draft.stage != Stage::Approved;
            if required && let Some(draft) = all.iter().find(raw) {
                return Err(Refused::Conflict(format!("“{}”还没有审核通过", draft.entry.question)));
            }
        }
        Ok(all.into_iter().partition(|draft| {
            named.as_ref().is_none_or(|named| named.contains(draft.entry.id.as_str()))
                && (!required || draft.stage == Stage::Approved)
        }))
    }

    /// Entries of the working state by state.
    ///
    /// # Errors
    /// [`Refused`] where the database fails.
    pub async fn counts(&self) -> Result<Vec<working::Count>, Refused> {
        Ok(working::states(&self.db).await?)
    }
}

/// What is released, and how.
pub(super) struct Release<'a> {
    pub(super) source: Source,
    pub(super) by: &'a str,
    pub(super) note: &'a str,
    pub(super) rolled_back_to: Option<i64>,
    pub(super) taken: Vec<DraftTaken>,
    pub(super) words: Vec<DraftTaken>,
    /// The assistant, where it was built before.
    pub(super) built: Option<Ready>,
}

fn check_note(note: &str) -> Result<(), Refused> {
    if note.chars().count() > NOTE {
        return Err(Refused::Bad(format!("说明最多 {NOTE} 个字")));
    }
    if note.contains('\0') { Err(Refused::Bad("说明不能含有空字符".to_owned())) } else { Ok(()) }
}

/// Phrasings of drafts that are taken which a live entry still has, because the draft that gives them up is left.
fn collisions(overlay: &Overlay, taken: &[Draft], left: &[Draft]) -> Vec<Problem> {
    if left.is_empty() {
        return Vec::new();
    }
    let left: HashSet<&str> = left.iter().map(|draft| draft.entry.id.as_str()).collect();
    let live = overlay.stored.knowledge.faq.iter().filter(|entry| left.contains(entry.id.as_str()));
    let owners: HashMap<String, &str> =
        live.flat_map(|entry| entry.phrasings().map(|phrasing| (essence(phrasing), entry.question.as_str()))).collect();
    let kept = taken.iter().filter(|draft| draft.effect != Effect::Removed);
    kept.flat_map(|draft| {
        draft.entry.phrasings().filter_map(|phrasing| {
            let owner = owners.get(&essence(phrasing))?;
            let reason = format!("“{phrasing}”现在还属于“{owner}”，要和它一起发布");
            Some(Problem::field("similar", reason))
        })
    })
    .collect()
}
