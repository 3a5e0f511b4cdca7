//! Entries out as a file and in again, in the columns that Chinese shops know. What comes in becomes drafts, all or none.

use super::fields::{from_china, in_china};
use super::jobs::Progress;
use super::sheet::{self, FileFormat, Sheet};
use super::{Keeper, Problem, Refused, content, entries};
use crate::model::knowledge::{FaqEntry, Variant};
use crate::store::audit::Deed;
use crate::store::faq;
use crate::store::faq::draft::{self, Draft, Effect, Step};
use crate::text::normalize::essence;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use utoipa::ToSchema;
use uuid::Uuid;

/// Field, the name of its column, other names it goes by.
const COLUMNS: [(&str, &[&str]); 12] = [
    ("id", &["编号", "id", "ID"]),
    ("category", &["分类", "类目", "category"]),
    ("question", &["标准问", "标准问题", "问题", "question"]),
    ("similar", &["相似问", "相似问题", "相似问法", "similar"]),
    ("answer", &["答案", "回答", "answer"]),
    ("quick_replies", &["快捷回复"]),
    ("related", &["相关问题"]),
    ("products", &["商品"]),
    ("valid_from", &["生效时间"]),
    ("valid_until", &["失效时间"]),
    ("variants", &["变体"]),
    ("tags", &["标签"]),
];

/// What begins the name of a further column of similar phrasings: 相似问1, 相似问2.
const SIMILAR: &str = "相似问";

/// The name of a field's column.
fn title(field: &str) -> &str {
    COLUMNS.iter().find(|(known, _)| *known == field).map_or(field, |(_, names)| names[0])
}

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

/// An entry of a file: which fields the file has of it, and where it stands.
struct FileEntry {
    row: i64,
    entry: FaqEntry,
}

/// The working state, ready to be compared with.
struct Working {
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
        let read = tokio::task::spawn_blocking(move || sheet::read(&name, &bytes));
        let sheet = read.await.map_err(|error| crate::service::Failure::Model(error.to_string()))??;
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
            let mut drafts: HashMap<String, Draft> =
                draft::all(&self.db).await?.into_iter().map(|draft| (draft.entry.id.clone(), draft)).collect();
            let mut working = Vec::with_capacity(entries.len() + drafts.len());
            for entry in entries {
                match drafts.remove(&entry.id) {
                    None => working.push(entry),
                    Some(draft) if draft.effect == Effect::Removed => {}
                    Some(draft) => working.push(draft.entry),
                }
            }
            let mut new: Vec<Draft> = drafts.into_values().filter(|draft| draft.effect == Effect::Added).collect();
            new.sort_by(|a, b| (a.updated_at, &a.entry.id).cmp(&(b.updated_at, &b.entry.id)));
            working.extend(new.into_iter().map(|draft| draft.entry));
            entries = working;
        }
        let rows: Vec<Vec<String>> = entries.iter().map(row_of).collect::<Result<_, _>>()?;
        let heading: Vec<&str> = COLUMNS.iter().map(|(_, names)| names[0]).collect();
        let written = tokio::task::spawn_blocking(move || sheet::write("faq", &heading, &rows, format));
        written.await.map_err(|error| crate::service::Failure::Model(error.to_string()))?
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
    fn current(&self, id: &str) -> Option<&FaqEntry> {
        match self.drafts.get(id) {
            Some(draft) => (draft.effect != Effect::Removed).then_some(&draft.entry),
            None => self.live.get(id),
        }
    }

    fn ids(&self) -> impl Iterator<Item = &String> {
        let drafted = self.drafts.iter().filter(|(_, draft)| draft.effect != Effect::Removed).map(|(id, _)| id);
        drafted.chain(self.live.keys().filter(|id| !self.drafts.contains_key(*id)))
    }
}

/// The entries of a sheet, each laid over the one that it is about.
fn of_sheet(sheet: &Sheet, working: &Working) -> Result<Vec<FileEntry>, Refused> {
    let column =
        |field: &str| COLUMNS.iter().find(|(known, _)| *known == field).and_then(|(_, names)| sheet.column(names));
    let (Some(question), Some(_)) = (column("question"), column("answer")) else {
        let missing = ["question", "answer"].into_iter().filter(|field| column(field).is_none());
        let problems = missing.map(|field| sheet.problem(1, title(field), "缺少这一列"));
        return Err(Refused::Invalid(problems.collect()));
    };
    let known = |name: &String| {
        name.is_empty() || COLUMNS.iter().any(|(_, names)| names.contains(&name.as_str())) || is_similar(name)
    };
    let unknown = sheet.heading.iter().filter(|name| !known(name));
    Refused::unless_fine(unknown.map(|name| sheet.problem(1, name, "不认识这一列")).collect())?;

    let by_question: HashMap<String, &String> =
        working.ids().filter_map(|id| working.current(id).map(|entry| (essence(&entry.question), id))).collect();
    let similar: Vec<usize> = (sheet.heading.iter().enumerate())
        .filter(|(place, name)| column("similar") == Some(*place) || is_similar(name))
        .map(|(place, _)| place)
        .collect();
    let mut found: Vec<FileEntry> = Vec::with_capacity(sheet.rows.len());
    let mut problems = Vec::new();
    for row in &sheet.rows {
        let phrasings: Vec<String> = similar.iter().flat_map(|place| values(&row.cells[*place])).collect();
        let asked = row.cells[question].trim();
        if asked.is_empty() && column("id").is_none_or(|place| row.cells[place].trim().is_empty()) {
            // 相似问 that go on below the entry they belong to.
            let only_phrasings =
                (row.cells.iter().enumerate()).all(|(place, cell)| cell.trim().is_empty() || similar.contains(&place));
            match found.last_mut().filter(|_| only_phrasings) {
                Some(last) => last.entry.similar.extend(phrasings),
                None => problems.push(sheet.problem(row.number, title("question"), "不能为空")),
            }
            continue;
        }
        let own = column("id").map(|place| row.cells[place].trim().to_owned()).filter(|id| !id.is_empty());
        let id =
            own.or_else(|| by_question.get(&essence(asked)).map(|id| (*id).clone())).unwrap_or_else(entries::new_id);
        let mut entry = working.current(&id).cloned().unwrap_or_default();
        entry.id = id;
        if !similar.is_empty() {
            entry.similar = phrasings;
        }
        for (field, _) in COLUMNS.iter().filter(|(field, _)| !["id", "similar"].contains(field)) {
            if let Some(place) = column(field)
                && let Err(reason) = take(&mut entry, field, &row.cells[place])
            {
                problems.push(sheet.problem(row.number, title(field), reason));
            }
        }
        if entry.category.trim().is_empty() {
            content::NO_CATEGORY.clone_into(&mut entry.category);
        }
        found.push(FileEntry { row: row.number, entry });
    }
    Refused::unless_fine(problems)?;
    for one in &mut found {
        one.entry = content::tidy(std::mem::take(&mut one.entry));
    }
    name_relations(&mut found, &by_question);
    Ok(found)
}

fn is_similar(name: &str) -> bool {
    name.strip_prefix(SIMILAR).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Relations may be written as standard questions.
fn name_relations(found: &mut [FileEntry], by_question: &HashMap<String, &String>) {
    let own: HashMap<String, String> =
        found.iter().map(|one| (essence(&one.entry.question), one.entry.id.clone())).collect();
    for one in found {
        for related in &mut one.entry.extras.related {
            let essence = essence(related);
            if let Some(id) = own.get(&essence).or_else(|| by_question.get(&essence).copied()) {
                related.clone_from(id);
            }
        }
    }
}

/// A cell into its field.
fn take(entry: &mut FaqEntry, field: &str, cell: &str) -> Result<(), String> {
    let moment = || match cell.trim() {
        "" => Ok(None),
        text => from_china(text).map(Some).ok_or_else(|| format!("“{text}”不是时间，应当形如 2026-11-11 08:00")),
    };
    match field {
        "category" => cell.clone_into(&mut entry.category),
        "question" => cell.clone_into(&mut entry.question),
        "answer" => cell.clone_into(&mut entry.answer),
        "quick_replies" => entry.extras.quick_replies = values(cell),
        "related" => entry.extras.related = values(cell),
        "products" => entry.extras.products = values(cell),
        "tags" => entry.extras.tags = values(cell),
        "valid_from" => entry.extras.valid_from = moment()?,
        "valid_until" => entry.extras.valid_until = moment()?,
        "variants" if cell.trim().is_empty() => entry.extras.variants = Vec::new(),
        "variants" => {
            entry.extras.variants =
                serde_json::from_str::<Vec<Variant>>(cell).map_err(|_| "变体应当是导出时写的 JSON".to_owned())?;
        }
        _ => {}
    }
    Ok(())
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

/// The values of a cell: one a line, or parted by `|`; `\|` and `\\` are a bar and a backslash.
fn values(cell: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut chars = cell.chars().peekable();
    while let Some(c) = chars.next() {
        let last = values.len() - 1;
        match c {
            '\\' if matches!(chars.peek(), Some('|' | '\\')) => values[last].extend(chars.next()),
            '|' | '\n' | '\r' => values.push(String::new()),
            _ => values[last].push(c),
        }
    }
    values.into_iter().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()).collect()
}

/// The reverse of [`values`].
fn joined(values: &[String]) -> String {
    let escaped = values.iter().map(|value| value.replace('\\', "\\\\").replace('|', "\\|"));
    escaped.collect::<Vec<_>>().join("\n")
}

fn row_of(entry: &FaqEntry) -> Result<Vec<String>, Refused> {
    let extras = &entry.extras;
    let moment = |at: Option<crate::clock::Timestamp>| at.map(in_china).unwrap_or_default();
    let variants = if extras.variants.is_empty() { String::new() } else { serde_json::to_string(&extras.variants)? };
    Ok(vec![
        entry.id.clone(),
        entry.category.clone(),
        entry.question.clone(),
        joined(&entry.similar),
        entry.answer.clone(),
        joined(&extras.quick_replies),
        joined(&extras.related),
        joined(&extras.products),
        moment(extras.valid_from),
        moment(extras.valid_until),
        variants,
        joined(&extras.tags),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_values_of_a_cell_come_back() {
        let texts = ["a|b", "反\\斜", "\\|", "普通"].map(str::to_owned);
        assert_eq!(values(&joined(&texts)), texts);
        assert_eq!(values("甲|乙\n丙\r\n 丁 ||"), ["甲", "乙", "丙", "丁"]);
    }
}
