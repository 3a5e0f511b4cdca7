//! What an entry must be like, whatever way it comes in.

use super::Problem;
use crate::clock::Timestamp;
use crate::model::knowledge::{FaqEntry, Variant};
use crate::text::normalize::essence;
use std::collections::HashSet;

/// Longest texts, in characters.
pub(super) const QUESTION: usize = 200;
const ANSWER: usize = 5_000;
const CATEGORY: usize = 100;
const SHORT: usize = 50;

/// Most of a kind that an entry has.
const SIMILAR: usize = 1_000;
const FEW: usize = 10;
const TAGS: usize = 20;

/// The last moment that can be written as a date.
const LATEST: i64 = 253_402_300_799_000;

/// Category of entries without one.
pub(super) const NO_CATEGORY: &str = "未分类";

/// An entry as it is kept: no space around what is one line, line breaks of one kind, moments in whole seconds.
pub(super) fn tidy(entry: FaqEntry) -> FaqEntry {
    let line = |text: String| text.trim().to_owned();
    let lines =
        |texts: Vec<String>| -> Vec<String> { texts.into_iter().map(line).filter(|text| !text.is_empty()).collect() };
    let body = |text: String| text.replace("\r\n", "\n");
    let second = |at: Timestamp| Timestamp(at.0.clamp(0, LATEST) / 1_000 * 1_000);
    let mut extras = entry.extras;
    extras.quick_replies = lines(extras.quick_replies);
    extras.related = lines(extras.related);
    extras.products = lines(extras.products);
    extras.tags = lines(extras.tags);
    extras.tags.sort();
    extras.tags.dedup();
    extras.valid_from = extras.valid_from.map(second);
    extras.valid_until = extras.valid_until.map(second);
    let variant = |variant: Variant| Variant { answer: body(variant.answer), ..variant };
    extras.variants = extras.variants.into_iter().map(variant).collect();
    let levels: Vec<&str> = entry.category.split('/').map(str::trim).filter(|level| !level.is_empty()).collect();
    FaqEntry {
        id: line(entry.id),
        category: levels.join("/"),
        question: line(entry.question),
        similar: lines(entry.similar),
        answer: body(entry.answer),
        extras,
    }
}

/// What is wrong with an entry by itself, each with its field.
pub(super) fn problems(entry: &FaqEntry) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut wrong = |field: &str, reason: String| found.push(Problem::field(field, reason));
    for (field, text, most) in [
        ("category", &entry.category, CATEGORY),
        ("question", &entry.question, QUESTION),
        ("answer", &entry.answer, ANSWER),
    ] {
        if text.trim().is_empty() {
            wrong(field, "不能为空".to_owned());
        }
        if text.chars().count() > most {
            wrong(field, format!("太长了，最多 {most} 个字"));
        }
    }
    let extras = &entry.extras;
    let short = [("quick_replies", &extras.quick_replies), ("tags", &extras.tags)];
    for (field, texts, most_chars) in
        [("similar", &entry.similar, QUESTION)].into_iter().chain(short.map(|(field, texts)| (field, texts, SHORT)))
    {
        if let Some(long) = texts.iter().find(|text| text.chars().count() > most_chars) {
            wrong(field, format!("“{}…”太长了，最多 {most_chars} 个字", long.chars().take(10).collect::<String>()));
        }
    }
    for (field, count, most) in [
        ("similar", entry.similar.len(), SIMILAR),
        ("quick_replies", extras.quick_replies.len(), FEW),
        ("related", extras.related.len(), FEW),
        ("products", extras.products.len(), FEW),
        ("variants", extras.variants.len(), FEW),
        ("tags", extras.tags.len(), TAGS),
    ] {
        if count > most {
            wrong(field, format!("太多了，最多 {most} 个"));
        }
    }
    found.extend(of_lines(entry));
    found.extend(of_phrasings(entry));
    found.extend(of_extras(entry));
    found
}

/// Line breaks in what is one line, and characters that no database keeps.
fn of_lines(entry: &FaqEntry) -> Vec<Problem> {
    let extras = &entry.extras;
    let lists = [
        ("similar", &entry.similar),
        ("quick_replies", &extras.quick_replies),
        ("tags", &extras.tags),
        ("related", &extras.related),
        ("products", &extras.products),
    ];
    let single = [("category", &entry.category), ("question", &entry.question), ("id", &entry.id)];
    let lines = single
        .into_iter()
        .chain(lists.into_iter().flat_map(|(field, texts)| texts.iter().map(move |text| (field, text))));
    let bodies =
        [("answer", &entry.answer)].into_iter().chain(extras.variants.iter().map(|one| ("variants", &one.answer)));
    let broken = (lines.clone())
        .filter(|(_, text)| text.contains(['\n', '\r']))
        .map(|(field, _)| Problem::field(field, "不能换行"));
    let unkept = (lines.chain(bodies.clone()))
        .filter(|(_, text)| text.contains('\0'))
        .map(|(field, _)| Problem::field(field, "不能含有空字符"));
    let pictures = bodies.filter(|(_, text)| has_insecure_picture(text));
    broken
        .chain(unkept)
        .chain(pictures.map(|(field, _)| Problem::field(field, "图片地址必须以 https:// 开头")))
        .collect()
}

/// Where pictures lie that were uploaded.
const OWN_PICTURES: &str = "/pictures/";

/// Whether a Markdown text shows a picture that is neither ours nor fetched by https.
fn has_insecure_picture(text: &str) -> bool {
    text.match_indices("![").any(|(at, _)| {
        let address = text[at..].split_once("](").map(|(_, rest)| rest.trim_start().trim_start_matches('<'));
        let same_line = text[at..].split('\n').next().is_some_and(|line| line.contains("]("));
        let is_safe =
            |address: &str| address.to_ascii_lowercase().starts_with("https://") || address.starts_with(OWN_PICTURES);
        same_line && address.is_some_and(|address| !is_safe(address))
    })
}

/// Phrasings that say nothing, or the same twice.
fn of_phrasings(entry: &FaqEntry) -> Vec<Problem> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for (place, phrasing) in entry.phrasings().enumerate() {
        let field = if place == 0 { "question" } else { "similar" };
        let essence = essence(phrasing);
        if essence.is_empty() {
            let is_reported = phrasing.trim().is_empty();
            let reason = format!("“{phrasing}”里没有可以匹配的文字");
            found.extend((!is_reported).then(|| Problem::field(field, reason)));
        } else if !seen.insert(essence) {
            found.push(Problem::field(field, format!("问法“{phrasing}”在本条里重复")));
        }
    }
    found
}

fn of_extras(entry: &FaqEntry) -> Vec<Problem> {
    let extras = &entry.extras;
    let mut found = Vec::new();
    if extras.valid_from.zip(extras.valid_until).is_some_and(|(from, until)| from >= until) {
        found.push(Problem::field("valid_until", "失效时间必须晚于生效时间"));
    }
    if !entry.id.is_empty() && extras.related.contains(&entry.id) {
        found.push(Problem::field("related", "不能关联自己"));
    }
    for variant in &extras.variants {
        if variant.answer.trim().is_empty() {
            found.push(Problem::field("variants", "变体的答案不能为空"));
        }
        if variant.answer.chars().count() > ANSWER {
            found.push(Problem::field("variants", format!("变体的答案太长了，最多 {ANSWER} 个字")));
        }
        if variant.segment.is_none() && variant.sku.is_none() && variant.category.is_none() {
            found.push(Problem::field("variants", "变体至少要有一个条件：人群、商品或商品分类"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::knowledge::Extras;

    fn entry() -> FaqEntry {
        FaqEntry {
            category: "售后".into(),
            question: "怎么退货".into(),
            answer: "七天内可退".into(),
            ..FaqEntry::default()
        }
    }

    fn columns(entry: &FaqEntry) -> Vec<String> {
        problems(entry).into_iter().map(|problem| problem.column).collect()
    }

    #[test]
    fn every_mistake_is_named_with_its_field() {
        assert_eq!(columns(&entry()), Vec::<String>::new());
        let similar = vec!["怎么退货？".into(), "？？".into(), "两\n行".into()];
        assert_eq!(columns(&FaqEntry { similar, ..entry() }), ["similar", "similar", "similar"]);
        assert_eq!(columns(&FaqEntry { answer: "  ".into(), ..entry() }), ["answer"]);
        let picture = FaqEntry { answer: "见 ![图](http://a/b.png)".into(), ..entry() };
        assert_eq!(columns(&picture), ["answer"]);
        let picture = FaqEntry { answer: "见 ![图](https://a/b.png)，[链接](http://a)".into(), ..entry() };
        assert_eq!(columns(&picture), Vec::<String>::new());
        let window = Extras { valid_from: Some(Timestamp(9)), valid_until: Some(Timestamp(9)), ..Extras::default() };
        assert_eq!(columns(&FaqEntry { extras: window, ..entry() }), ["valid_until"]);
        let bare = Extras { variants: vec![Variant::default()], ..Extras::default() };
        assert_eq!(columns(&FaqEntry { extras: bare, ..entry() }), ["variants", "variants"]);
    }

    #[test]
    fn spaces_around_lines_go_and_the_answer_stays() {
        let kept = tidy(FaqEntry {
            category: " 售后 / 退货/ ".into(),
            question: " 怎么退货 ".into(),
            similar: vec![" a ".into(), "  ".into()],
            answer: " a\r\nb ".into(),
            ..FaqEntry::default()
        });
        assert_eq!((kept.category.as_str(), kept.question.as_str()), ("售后/退货", "怎么退货"));
        assert_eq!((kept.similar, kept.answer.as_str()), (vec!["a".to_owned()], " a\nb "));
    }
}
