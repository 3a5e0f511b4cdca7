//! Entries out as a file and in again, in the columns that Chinese shops know. What comes in becomes drafts, all or none.

use super::faq_sheet::{COLUMNS, FileEntry, of_sheet, row_of, title};
use super::jobs::Progress;
use super::sheet::{self, FileFormat, Sheet};
use super::{Keeper, Problem, Refused, content};
use crate::model::knowledge::FaqEntry;
use crate::service::apart::apart;
use crate::store::audit::Deed;
use crate::store::faq;
use crate::store::faq::draft::{self, Draft, Effect, Step};
use crate::text::normalize::essence;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use utoipa::ToSchema;
use uuid::Uuid;

/// What an import does with entries that the file does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// They stay.
    Merge,
    /// They go.
    Replace,
}

impl Mode {
    /// By its name in the interface.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "merge" | "" => Some(Self::Merge),
            "replace" => Some(Self::Replace),
            _ => None,
        }
    }
}

/// What an import did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImportResult {
    /// Rows with an entry.
    pub rows: usize,
    /// Entries that are new.
    pub added: usize,
    /// Entries that change.
    pub changed: usize,
    /// Entries that go.
    pub removed: usize,
    /// Entries that are as they were.
    pub unchanged: usize,
    /// Whether nothing was saved, because it was only tried.
    pub dry_run: bool,
}

/// A file and what to do with it.
pub struct ImportOrder {
    /// Its name.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// What happens to entries that it does not have.
    pub mode: Mode,
    /// Whether it is only tried.
    pub dry_run: bool,
}

/// The working state, ready to be compared with.
pub(super) struct Working {
    live: HashMap<String, FaqEntry>,
    drafts: HashMap<String, Draft>,
    mark: String,
}

impl Keeper {
    /// Begins an import.
    ///
    /// # Errors
    /// [`Refused`] where the job cannot be begun.
    pub async fn import(&self, by: &str, order: ImportOrder) -> Result<Uuid, Refused> {
        let actor = by.to_owned();
        self.begin("faq_import", by, move |keeper, progress| async move {
            Ok(serde_json::to_value(keeper.take_in(&actor, order, &progress).await?)?)
        })
        .await
    }

    async fn take_in(&self, by: &str, order: ImportOrder, progress: &Progress) -> Result<ImportResult, Refused> {
        progress.tell("reading", 0, 0);
        let ImportOrder { name, bytes, mode, dry_run } = order;
        let sheet = apart(move || sheet::read(&name, &bytes)).await??;
        let working = self.working().await?;
        let found = of_sheet(&sheet, &working)?;
        let assistant = self.publisher.published().assistant();
        let skus: HashSet<&str> =
            assistant.knowledge.content.products.iter().map(|product| product.sku.as_str()).collect();
        Refused::unless_fine(mistakes(&sheet, &found, &working, mode, &skus, progress))?;
        let mut result = ImportResult { rows: found.len(), dry_run, ..ImportResult::default() };
        let mut steps = Vec::new();
        let named: HashSet<String> = found.iter().map(|one| one.entry.id.clone()).collect();
        for FileEntry { entry, .. } in found {
            let (former, live) = (working.drafts.get(&entry.id), working.live.get(&entry.id));
            match working.current(&entry.id) {
                Some(current) if *current == entry => result.unchanged += 1,
                Some(_) => {
                    result.changed += 1;
                    steps.push(self.step(by, former, live, entry));
                }
                None => {
                    result.added += 1;
                    steps.push(self.step(by, former, live, entry));
                }
            }
        }
        if mode == Mode::Replace {
            for id in working.ids().filter(|id| !named.contains(*id)) {
                result.removed += 1;
                let live = working.live.get(id);
                steps.push(match live {
                    Some(live) => self.removal(by, working.drafts.get(id), live),
                    None => Step::Drop { id: id.to_owned(), live: None },
                });
            }
        }
        if !dry_run && !steps.is_empty() {
            progress.tell("saving", 0, steps.len());
            let deed = Deed::new(by, "faq_imported", &sheet.name, self.clock.now()).from_to(
                Some(serde_json::json!({ "entries": working.ids().count() })),
                Some(serde_json::to_value(&result)?),
            );
            let expected = draft::Expected::Mark(working.mark.clone());
            if !draft::change(&self.db, &steps, &expected, &[deed]).await? {
                return Err(Refused::Stale);
            }
        }
        progress.tell("saving", result.rows, result.rows);
        Ok(result)
    }

    async fn working(&self) -> Result<Working, Refused> {
        let live = faq::all_live(&self.db).await?;
        let drafts = draft::all(&self.db).await?;
        let mark = draft::mark(&drafts, &[]);
        Ok(Working {
            live: live.into_iter().map(|entry| (entry.id.clone(), entry)).collect(),
            drafts: drafts.into_iter().map(|draft| (draft.entry.id.clone(), draft)).collect(),
            mark,
        })
    }

    /// All entries as a file: the working state, or what is live.
    ///
    /// # Errors
    /// [`Refused`] with the cells that the format cannot hold.
    pub async fn export(&self, live_only: bool, format: FileFormat) -> Result<Vec<u8>, Refused> {
        let mut entries = faq::all_live(&self.db).await?;
        if !live_only {
            let drafts = draft::all(&self.db).await?;
            let by_id: HashMap<&str, &Draft> = drafts.iter().map(|draft| (draft.entry.id.as_str(), draft)).collect();
            let laid_over = entries.into_iter().filter_map(|entry| match by_id.get(entry.id.as_str()) {
                None => Some(entry),
                Some(draft) => (draft.effect != Effect::Removed).then(|| draft.entry.clone()),
            });
            let new = drafts.iter().filter(|draft| draft.effect == Effect::Added).map(|draft| draft.entry.clone());
            let working: Vec<FaqEntry> = laid_over.chain(new).collect();
            entries = working;
        }
        let rows: Vec<Vec<String>> = entries.iter().map(row_of).collect::<Result<_, _>>()?;
        let heading: Vec<&str> = COLUMNS.iter().map(|(_, names)| names[0]).collect();
        apart(move || sheet::write("faq", &heading, &rows, format)).await?
    }

    /// An empty file with two rows as examples.
    ///
    /// # Errors
    /// [`Refused`] where it cannot be written.
    pub fn template(&self, format: FileFormat) -> Result<Vec<u8>, Refused> {
        let row = |cells: [&str; 4]| cells.map(str::to_owned).to_vec();
        let rows = [
            row([
                "售后/退货",
                "怎么申请退货",
                "我想退货\n退货在哪里点",
                "在“我的订单”里点“申请退货”，签收后 7 天内都可以。",
            ]),
            row(["物流", "几天能到", "多久能收到货|快递要几天", "一般 **2-3 天**送达，偏远地区 5 天左右。"]),
        ];
        sheet::write("faq-template", &["分类", "标准问", "相似问", "答案"], &rows, format)
    }
}

impl Working {
    /// What is worked on: the draft, else what is live; nothing where a draft takes it away.
    pub(super) fn current(&self, id: &str) -> Option<&FaqEntry> {
        match self.drafts.get(id) {
            Some(draft) => (draft.effect != Effect::Removed).then_some(&draft.entry),
            None => self.live.get(id),
        }
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &String> {
        let drafted = self.drafts.iter().filter(|(_, draft)| draft.effect != Effect::Removed).map(|(id, _)| id);
        drafted.chain(self.live.keys().filter(|id| !self.drafts.contains_key(*id)))
    }
}

/// Everything that is wrong with the entries of a sheet, by row and column.
fn mistakes(
    sheet: &Sheet,
    found: &[FileEntry],
    working: &Working,
    mode: Mode,
    skus: &HashSet<&str>,
    progress: &Progress,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut rows: HashMap<&str, i64> = HashMap::new();
    let named: HashSet<&str> = found.iter().map(|one| one.entry.id.as_str()).collect();
    // Phrasings of entries that stay as they are.
    let stay = working.ids().filter(|id| mode == Mode::Merge && !named.contains(id.as_str()));
    let mut owners: HashMap<String, String> = HashMap::new();
    for entry in stay.filter_map(|id| working.current(id)) {
        owners.extend(entry.phrasings().map(|phrasing| (essence(phrasing), format!("“{}”", entry.question))));
    }
    for (place, one) in found.iter().enumerate() {
        if place % 100 == 0 {
            progress.tell("checking", place, found.len());
        }
        if let Some(first) = rows.insert(&one.entry.id, one.row) {
            problems.push(sheet.problem(one.row, title("question"), format!("和第 {first} 行是同一条")));
            continue;
        }
        let own = content::problems(&one.entry);
        problems.extend(own.into_iter().map(|own| sheet.problem(one.row, title(&own.column), own.reason)));
        for (place, phrasing) in one.entry.phrasings().enumerate() {
            let field = title(if place == 0 { "question" } else { "similar" });
            match owners.insert(essence(phrasing), format!("第 {} 行", one.row)) {
                Some(owner) if owner != format!("第 {} 行", one.row) => {
                    problems.push(sheet.problem(one.row, field, format!("问法“{phrasing}”在{owner}里已经有了")));
                }
                _ => {}
            }
        }
        let is_known =
            |id: &String| named.contains(id.as_str()) || (mode == Mode::Merge && working.current(id).is_some());
        let unknown = one.entry.extras.related.iter().filter(|id| !is_known(id));
        problems.extend(unknown.map(|id| sheet.problem(one.row, title("related"), format!("没有“{id}”这条问答"))));
        let unknown = one.entry.extras.products.iter().filter(|sku| !skus.contains(sku.as_str()));
        problems
            .extend(unknown.map(|sku| sheet.problem(one.row, title("products"), format!("没有编号为 {sku} 的商品"))));
    }
    problems
}
