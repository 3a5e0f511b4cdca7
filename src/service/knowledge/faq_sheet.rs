//! Entries as rows of a sheet, in the columns that Chinese shops know.

use super::fields::{from_china, in_china};
use super::sheet::Sheet;
use super::transfer::Working;
use super::{Refused, content, entries};
use crate::model::knowledge::{FaqEntry, Variant};
use crate::text::normalize::essence;
use std::collections::HashMap;

/// Field, the name of its column, other names it goes by.
pub(super) const COLUMNS: [(&str, &[&str]); 12] = [
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
pub(super) fn title(field: &str) -> &str {
    COLUMNS.iter().find(|(known, _)| *known == field).map_or(field, |(_, names)| names[0])
}

/// An entry of a file: which fields the file has of it, and where it stands.
pub(super) struct FileEntry {
    pub(super) row: i64,
    pub(super) entry: FaqEntry,
}

/// The entries of a sheet, each laid over the one that it is about.
pub(super) fn of_sheet(sheet: &Sheet, working: &Working) -> Result<Vec<FileEntry>, Refused> {
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

/// The values of a cell: one a line, or parted by `|`; `\|` and `\\` are a bar and a backslash.
pub(super) fn values(cell: &str) -> Vec<String> {
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

pub(super) fn row_of(entry: &FaqEntry) -> Result<Vec<String>, Refused> {
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
