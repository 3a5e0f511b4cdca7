//! Many entries at once, all or none: moved, tagged, removed, taken through a review.

use super::entries::{no_draft, no_entry};
use super::{Keeper, Refused, content};
use crate::model::knowledge::FaqEntry;
use crate::store::audit::Deed;
use crate::store::faq::draft::{self, Draft, Effect, Stage, Step};
use crate::store::faq::{self, working};
use std::collections::HashSet;

/// Entries of a bulk change, at most.
const AT_ONCE: usize = 1_000;

/// Longest note of a review, in characters.
const NOTE: usize = 500;

/// A change of many entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bulk {
    /// Into another category.
    Move(String),
    /// Adds a tag.
    Tag(String),
    /// Takes a tag away.
    Untag(String),
    /// Takes them away with the next publish.
    Remove,
    /// Forgets their drafts.
    Discard,
    /// Moves their drafts on or back, with a note.
    Stage(Stage, String),
}

impl Keeper {
    /// Changes many entries, all or none. Returns how many were different before.
    ///
    /// # Errors
    /// [`Refused`]; nothing was changed then.
    pub async fn bulk(&self, by: &str, ids: &[String], bulk: &Bulk) -> Result<usize, Refused> {
        if ids.len() > AT_ONCE {
            return Err(Refused::Bad(format!("一次最多改 {AT_ONCE} 条")));
        }
        let review_required = self.settings().await?.review_required;
        let (mut steps, mut expected, mut deeds) = (Vec::new(), Vec::new(), Vec::new());
        for id in ids.iter().collect::<HashSet<_>>() {
            let (former, live) = (draft::get(&self.db, id).await?, faq::live(&self.db, id).await?);
            let step = self.bulk_step(by, id, former.as_ref(), live.as_ref(), bulk, review_required)?;
            let Some(step) = step else { continue };
            let before = former.as_ref().map(|draft| &draft.entry).or(live.as_ref());
            let after = match &step {
                Step::Put(draft) if draft.effect == Effect::Removed => None,
                Step::Put(draft) => Some(&draft.entry),
                Step::Drop { live, .. } => live.as_deref(),
            };
            let deed = Deed::new(by, bulk.action(), id, self.clock.now())
                .from_to(before.map(serde_json::to_value).transpose()?, after.map(serde_json::to_value).transpose()?);
            deeds.push(deed);
            expected.push((id.clone(), former.map_or(0, |draft| draft.revision)));
            steps.push(step);
        }
        self.change(&steps, expected, &deeds).await?;
        Ok(steps.len())
    }

    fn bulk_step(
        &self,
        by: &str,
        id: &str,
        former: Option<&Draft>,
        live: Option<&FaqEntry>,
        bulk: &Bulk,
        review_required: bool,
    ) -> Result<Option<Step>, Refused> {
        let current = former.map(|draft| &draft.entry).or(live).ok_or_else(|| no_entry(id))?;
        let edited = |edit: &dyn Fn(&mut FaqEntry)| {
            let mut entry = current.clone();
            edit(&mut entry);
            let entry = content::tidy(entry);
            Refused::unless_fine(content::problems(&entry))?;
            Ok((entry != *current).then(|| self.step(by, former, live, entry)))
        };
        let drop = || Step::Drop { id: id.to_owned(), live: live.cloned().map(Box::new) };
        let is_removed = former.is_some_and(|draft| draft.effect == Effect::Removed);
        match bulk {
            Bulk::Move(_) | Bulk::Tag(_) | Bulk::Untag(_) if is_removed => {
                Err(Refused::Conflict(format!("“{}”已经标记为删除，先撤销它的草稿", current.question)))
            }
            Bulk::Move(category) => edited(&|entry| entry.category.clone_from(category)),
            Bulk::Tag(tag) => edited(&|entry| entry.extras.tags.push(tag.clone())),
            Bulk::Untag(tag) => edited(&|entry| entry.extras.tags.retain(|known| known != tag)),
            Bulk::Remove => Ok((!is_removed).then(|| match live {
                None => drop(),
                Some(live) => self.removal(by, former, live),
            })),
            Bulk::Discard => {
                let draft = former.ok_or_else(|| no_draft(id))?;
                let is_new = draft.effect == Effect::Added && live.is_none();
                Ok(Some(if is_new { Step::Drop { id: id.to_owned(), live: None } } else { drop() }))
            }
            Bulk::Stage(stage, note) => staged(by, former.ok_or_else(|| no_draft(id))?, *stage, note, review_required)
                .map(|draft| {
                    Some(Step::Put(Box::new(Draft { revision: self.next_revision(Some(draft.revision)), ..draft })))
                }),
        }
    }

    /// Moves a category with what is below it. Returns how many entries were moved.
    ///
    /// # Errors
    /// [`Refused`]; nothing was moved then.
    pub async fn move_category(&self, by: &str, from: &str, to: &str) -> Result<usize, Refused> {
        let ids = working::in_category(&self.db, from).await?;
        if ids.is_empty() {
            return Err(Refused::NotFound(format!("分类“{from}”")));
        }
        let (mut steps, mut expected) = (Vec::new(), Vec::new());
        for id in &ids {
            let (former, live) = (draft::get(&self.db, id).await?, faq::live(&self.db, id).await?);
            let Some(current) = former.as_ref().map(|draft| &draft.entry).or(live.as_ref()) else { continue };
            let below = current.category.strip_prefix(from).unwrap_or_default();
            let moved = content::tidy(FaqEntry { category: format!("{to}{below}"), ..current.clone() });
            Refused::unless_fine(content::problems(&moved))?;
            expected.push((id.clone(), former.as_ref().map_or(0, |draft| draft.revision)));
            steps.push(self.step(by, former.as_ref(), live.as_ref(), moved));
        }
        let deed = Deed::new(by, "faq_category_moved", from, self.clock.now()).from_to(
            Some(serde_json::json!({ "category": from, "entries": ids })),
            Some(serde_json::json!({ "category": to })),
        );
        self.change(&steps, expected, &[deed]).await?;
        Ok(steps.len())
    }
}

impl Bulk {
    fn action(&self) -> &'static str {
        match self {
            Self::Move(_) => "faq_moved",
            Self::Tag(_) | Self::Untag(_) => "faq_tagged",
            Self::Remove => "faq_removed",
            Self::Discard => "faq_draft_discarded",
            Self::Stage(Stage::Draft, _) => "faq_sent_back",
            Self::Stage(Stage::InReview, _) => "faq_submitted",
            Self::Stage(Stage::Approved, _) => "faq_approved",
        }
    }
}

/// A draft at another stage.
fn staged(by: &str, draft: &Draft, stage: Stage, note: &str, review_required: bool) -> Result<Draft, Refused> {
    if note.chars().count() > NOTE {
        return Err(Refused::Bad(format!("说明最多 {NOTE} 个字")));
    }
    if stage == Stage::Approved && review_required && draft.updated_by == by {
        return Err(Refused::Conflict("需要另一个人审核：不能通过自己的改动".to_owned()));
    }
    if stage == Stage::Draft && draft.stage == Stage::Draft {
        return Err(Refused::Conflict("这份草稿还没有提交审核".to_owned()));
    }
    let mut staged = Draft { stage, review_note: note.to_owned(), ..draft.clone() };
    match stage {
        Stage::InReview => staged.submitted_by = Some(by.to_owned()),
        Stage::Approved | Stage::Draft => staged.reviewed_by = Some(by.to_owned()),
    }
    Ok(staged)
}
