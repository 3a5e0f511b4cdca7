//! Entries one by one: reading, saving as drafts.

use super::fields::of_values;
use super::{Bulk, FieldChange, Keeper, Problem, Refused, content};
use crate::clock::Timestamp;
use crate::model::knowledge::FaqEntry;
use crate::model::publication::{Change, Part};
use crate::store::audit::Deed;
use crate::store::faq::draft::{self, Draft, Effect, Expected, Stage, Step};
use crate::store::faq::{self, working};
use crate::store::knowledge::version::{self, VersionRow};
use crate::text::normalize::essence;
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

/// Longest id, in bytes.
const LONGEST: usize = 64;

/// An entry with everything that the editor shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The draft, where there is one.
    pub draft: Option<Draft>,
    /// What is live.
    pub live: Option<FaqEntry>,
    /// From what is live to the draft.
    pub fields: Vec<FieldChange>,
}

impl Entry {
    /// What the editor edits: the draft, else what is live.
    pub fn content(&self) -> Option<&FaqEntry> {
        self.draft.as_ref().map(|draft| &draft.entry).or(self.live.as_ref())
    }
}

/// What became of a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// There is a draft.
    Draft,
    /// It was never live and is gone.
    Gone,
}

impl Keeper {
    /// An entry.
    ///
    /// # Errors
    /// [`Refused::NotFound`] where there is none.
    pub async fn entry(&self, id: &str) -> Result<Entry, Refused> {
        let (draft, live) = (draft::get(&self.db, id).await?, faq::live(&self.db, id).await?);
        if draft.is_none() && live.is_none() {
            return Err(no_entry(id));
        }
        let fields = match &draft {
            None => Vec::new(),
            Some(draft) => {
                let before = live.as_ref().map(serde_json::to_value).transpose()?;
                let after =
                    (draft.effect != Effect::Removed).then(|| serde_json::to_value(&draft.entry)).transpose()?;
                of_values(Part::Faq, before.as_ref(), after.as_ref())
            }
        };
        Ok(Entry { draft, live, fields })
    }

    /// Makes a new entry as a draft; without an id of its own it gets one.
    ///
    /// # Errors
    /// [`Refused`]; nothing was saved then.
    pub async fn create(&self, by: &str, mut entry: FaqEntry) -> Result<Entry, Refused> {
        if entry.id.trim().is_empty() {
            entry.id = new_id();
        }
        let entry = content::tidy(entry);
        if entry.id.len() > LONGEST || entry.id.chars().any(|c| c.is_whitespace() || c.is_control() || c == '/') {
            return Err(Refused::Invalid(vec![Problem::field("id", "编号最多 64 个字节，不能有空格和斜线")]));
        }
        if faq::live(&self.db, &entry.id).await?.is_some() || draft::get(&self.db, &entry.id).await?.is_some() {
            return Err(Refused::Invalid(vec![Problem::field("id", "这个编号已经有了")]));
        }
        self.save(by, 0, entry).await
    }

    /// Saves an entry as a draft over the revision that it was read at. What is the same as what is live is no draft.
    ///
    /// # Errors
    /// [`Refused`]; nothing was saved then.
    pub async fn save(&self, by: &str, revision: i64, entry: FaqEntry) -> Result<Entry, Refused> {
        let entry = content::tidy(entry);
        let mut problems = content::problems(&entry);
        problems.extend(self.contradictions(&entry).await?);
        Refused::unless_fine(problems)?;
        let (former, live) = (draft::get(&self.db, &entry.id).await?, faq::live(&self.db, &entry.id).await?);
        if former.as_ref().map_or(0, |draft| draft.revision) != revision {
            return Err(Refused::Stale);
        }
        let step = self.step(by, former.as_ref(), live.as_ref(), entry.clone());
        let before = former.map(|draft| draft.entry).or(live);
        let deed = Deed::new(by, "faq_saved", &entry.id, self.clock.now())
            .from_to(before.map(serde_json::to_value).transpose()?, Some(serde_json::to_value(&entry)?));
        self.change(&[step], vec![(entry.id.clone(), revision)], &[deed]).await?;
        self.entry(&entry.id).await
    }

    /// The step that makes an entry what is worked on.
    pub(super) fn step(&self, by: &str, former: Option<&Draft>, live: Option<&FaqEntry>, entry: FaqEntry) -> Step {
        if live == Some(&entry) {
            return Step::Drop { id: entry.id, live: live.cloned().map(Box::new) };
        }
        let effect = if live.is_some() { Effect::Changed } else { Effect::Added };
        Step::Put(Box::new(new_draft(by, former, effect, entry, self.clock.now())))
    }

    /// The step that takes an entry away with the next publish.
    pub(super) fn removal(&self, by: &str, former: Option<&Draft>, live: &FaqEntry) -> Step {
        Step::Put(Box::new(new_draft(by, former, Effect::Removed, live.clone(), self.clock.now())))
    }

    /// Takes an entry away with the next publish; one that was never live is gone at once.
    ///
    /// # Errors
    /// [`Refused`]; nothing was changed then.
    pub async fn remove(&self, by: &str, id: &str) -> Result<Saved, Refused> {
        let gone = faq::live(&self.db, id).await?.is_none();
        self.bulk(by, &[id.to_owned()], &Bulk::Remove).await?;
        Ok(if gone { Saved::Gone } else { Saved::Draft })
    }

    pub(super) fn next_revision(&self, former: Option<i64>) -> i64 {
        next_revision(former, self.clock.now())
    }

    pub(super) async fn change(
        &self,
        steps: &[Step],
        expected: Vec<(String, i64)>,
        deeds: &[Deed<'_>],
    ) -> Result<(), Refused> {
        let done = draft::change(&self.db, steps, &Expected::Revisions(expected), deeds).await?;
        if done { Ok(()) } else { Err(Refused::Stale) }
    }

    /// What an entry contradicts of the others: phrasings that belong to another one, relations and products that do
    /// not exist.
    pub(super) async fn contradictions(&self, entry: &FaqEntry) -> Result<Vec<Problem>, Refused> {
        let mut problems = Vec::new();
        let fields: BTreeMap<String, (&str, usize)> =
            entry.phrasings().enumerate().map(|(place, phrasing)| (essence(phrasing), (phrasing, place))).collect();
        let essences: Vec<String> = fields.keys().cloned().collect();
        for (essence, owner, question) in working::owners(&self.db, &essences).await? {
            if owner != entry.id
                && let Some((phrasing, place)) = fields.get(&essence)
            {
                let field = if *place == 0 { "question" } else { "similar" };
                problems.push(Problem::field(field, format!("问法“{phrasing}”已经属于“{question}”")));
            }
        }
        let known: HashSet<String> = working::known(&self.db, &entry.extras.related).await?.into_iter().collect();
        let unknown = entry.extras.related.iter().filter(|id| !known.contains(*id));
        problems.extend(unknown.map(|id| Problem::field("related", format!("没有编号为 {id} 的问答"))));
        let assistant = self.publisher.published().assistant();
        let unknown = entry.extras.products.iter().filter(|sku| assistant.knowledge.product(sku).is_none());
        problems.extend(unknown.map(|sku| Problem::field("products", format!("没有编号为 {sku} 的商品"))));
        let skus = entry.extras.variants.iter().filter_map(|variant| variant.sku.as_ref());
        let unknown = skus.filter(|sku| assistant.knowledge.product(sku).is_none());
        problems.extend(unknown.map(|sku| Problem::field("variants", format!("没有编号为 {sku} 的商品"))));
        let categories: HashSet<&str> =
            assistant.knowledge.content.categories.iter().map(|category| category.id.as_str()).collect();
        let named = entry.extras.variants.iter().filter_map(|variant| variant.category.as_ref());
        let unknown = named.filter(|category| !categories.contains(category.as_str()));
        problems.extend(unknown.map(|category| Problem::field("variants", format!("没有商品分类 {category}"))));
        Ok(problems)
    }

    /// A page of the working state, and how many there are.
    ///
    /// # Errors
    /// [`Refused`] where the database fails.
    pub async fn list(
        &self,
        filter: &working::Filter,
        limit: i64,
        offset: i64,
    ) -> Result<(Vec<ListedEntry>, i64), Refused> {
        let (rows, total) = working::list(&self.db, filter, self.clock.now(), limit, offset).await?;
        let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
        let counts: HashMap<String, i64> = working::phrasings(&self.db, &ids).await?.into_iter().collect();
        let mut tags: HashMap<String, Vec<String>> = HashMap::new();
        for (id, tag) in working::tags_of(&self.db, &ids).await? {
            tags.entry(id).or_default().push(tag);
        }
        let listed = rows.into_iter().map(|row| ListedEntry {
            similar: counts.get(&row.id).map_or(0, |count| (count - 1).max(0)),
            tags: tags.remove(&row.id).unwrap_or_default(),
            row,
        });
        Ok((listed.collect(), total))
    }

    /// The versions that changed an entry, the newest first, and how many there are.
    ///
    /// # Errors
    /// [`Refused`] where the database fails.
    pub async fn history(
        &self,
        id: &str,
        limit: i64,
        offset: i64,
    ) -> Result<(Vec<(VersionRow, Change)>, i64), Refused> {
        let (changes, total) = version::of_subject(&self.db, Part::Faq, id, limit, offset).await?;
        let mut history = Vec::with_capacity(changes.len());
        for (number, change) in changes {
            if let Some(row) = version::one(&self.db, number).await? {
                history.push((row, change));
            }
        }
        Ok((history, total))
    }
}

/// An entry in the list.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedEntry {
    /// What the database says.
    pub row: working::Row,
    /// Similar phrasings.
    pub similar: i64,
    /// Tags.
    pub tags: Vec<String>,
}

fn new_draft(by: &str, former: Option<&Draft>, effect: Effect, entry: FaqEntry, now: Timestamp) -> Draft {
    Draft {
        revision: next_revision(former.map(|draft| draft.revision), now),
        stage: Stage::Draft,
        effect,
        entry,
        updated_at: now,
        updated_by: by.to_owned(),
        submitted_by: None,
        reviewed_by: None,
        review_note: String::new(),
    }
}

/// Revisions follow the time, so that a draft that was dropped and begun again is another one.
fn next_revision(former: Option<i64>, now: Timestamp) -> i64 {
    former.map_or(now.0.max(1), |former| now.0.max(former + 1))
}

/// A short name that no other entry has.
pub(super) fn new_id() -> String {
    let id = Uuid::now_v7().simple().to_string();
    format!("q-{}", &id[20..])
}

pub(super) fn no_entry(id: &str) -> Refused {
    Refused::NotFound(format!("编号为 {id} 的问答"))
}

pub(super) fn no_draft(id: &str) -> Refused {
    Refused::NotFound(format!("{id} 的草稿"))
}
