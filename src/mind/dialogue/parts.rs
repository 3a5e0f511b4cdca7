//! Several wishes in one message: "退货怎么弄，另外发票能补吗".
//!
//! Most messages with commas ask one thing and tell its background. So a clause counts as a part of its own only where
//! it would be answered by itself and differently from the parts before it, and where the shopper shows that it is a
//! question of its own: both are plainly asked, each is a sentence that asks, or the later one is announced (另外, 顺便,
//! 还有). And where the whole message is surely about an entry that none of its parts is about, it stays whole, unless the
//! other was announced.

use crate::dialogue::memo::Searched;
use crate::dialogue::phrases;
use crate::dialogue::policy::Thresholds;
use crate::dialogue::understand::HeardClause;
use crate::model::knowledge::Lane;
use crate::search::faq::FaqResult;
use crate::text::clauses::Boundary;
use std::sync::Arc;

/// Parts that a message is taken to have, at most.
const MOST: usize = 3;

/// The shortest clause that may be a part, in characters: 几天 and 可以吗 belong to what stands before.
const SHORTEST: usize = 4;

/// Probability from which the intent of a clause is hardly open to doubt.
const PLAIN: f64 = 0.8;

/// What makes a clause a question.
const QUESTION_WORDS: [&str; 23] = [
    "吗",
    "么",
    "嘛",
    "怎",
    "咋",
    "如何",
    "多少",
    "几",
    "什么",
    "啥",
    "哪",
    "谁",
    "能不能",
    "可不可以",
    "是不是",
    "有没有",
    "多久",
    "多大",
    "为何",
    "会不会",
    "要不要",
    "不?",
    "呢",
];

/// Last words of a question without a mark.
const QUESTION_ENDS: [&str; 4] = ["不", "没", "没有", "否"];

/// A part of a message with a wish of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// What was typed.
    pub said: String,
    /// Whether it wishes for goods.
    pub wants_products: bool,
    /// What the FAQ has on it.
    pub faq: Arc<Searched>,
}

impl Part {
    fn entry(&self) -> Option<&str> {
        self.faq.ranked.first().map(|entry| entry.id.as_str())
    }
}

/// The parts of a message: at least two, or none where it asks one thing. `ask` looks a clause up in the FAQ.
///
/// # Errors
/// What `ask` gives.
pub fn split<E>(
    clauses: &[HeardClause],
    whole: &FaqResult,
    lines: &Thresholds,
    mut ask: impl FnMut(&HeardClause) -> Result<Arc<Searched>, E>,
) -> Result<Vec<Part>, E> {
    let mut parts: Vec<Part> = Vec::new();
    let (mut last_asked, mut last_plain, mut announced) = (false, false, false);
    for clause in clauses {
        let faq = ask(clause)?;
        if !carries_a_wish(clause, &faq, lines) {
            continue;
        }
        let asks = is_question(clause.text.normal.as_str());
        let plain = is_plain(clause, &faq, lines);
        let own_sentence = clause.begins == Boundary::Stop && last_asked;
        let shown = clause.begins == Boundary::Announced || (asks && (plain && last_plain || own_sentence));
        let long = clause.text.normal.chars().count() >= SHORTEST;
        let part = Part { said: clause.text.raw.clone(), wants_products: clause.wants_products(), faq };
        let other = parts.iter().all(|known| known.entry() != part.entry());
        match parts.last_mut() {
            None => parts.push(part),
            Some(_) if shown && long && other => {
                announced |= clause.begins == Boundary::Announced;
                parts.push(part);
            }
            Some(last) if part.faq.confidence > last.faq.confidence => *last = part,
            Some(_) => {}
        }
        (last_asked, last_plain) = (asks, asks && plain);
    }
    let of_a_part = whole.ranked.first().is_none_or(|whole| parts.iter().any(|part| part.entry() == Some(&whole.id)));
    // Who says "another thing" asks two, even where one entry is near to both.
    let is_one = parts.len() < 2 || (!announced && whole.confidence >= lines.answer && !of_a_part);
    parts.truncate(if is_one { 0 } else { MOST });
    Ok(parts)
}

/// Whether a clause by itself would be answered, or surely is about the shop's business.
fn carries_a_wish(clause: &HeardClause, faq: &FaqResult, lines: &Thresholds) -> bool {
    if phrases::is_courtesy(&clause.text.normal) {
        return false;
    }
    let about = |lane| matches!(lane, Lane::Business | Lane::Product | Lane::Complaint);
    faq.confidence >= lines.answer || clause.intent().is_some_and(|intent| about(intent.lane))
}

/// Whether a clause that nothing announces is plainly about something: its answer is known, or its intent hardly open
/// to doubt.
fn is_plain(clause: &HeardClause, faq: &FaqResult, lines: &Thresholds) -> bool {
    faq.confidence >= lines.answer || clause.intent().is_some_and(|intent| intent.probability >= PLAIN)
}

/// Whether a normalised text asks something.
pub fn is_question(normal: &str) -> bool {
    QUESTION_WORDS.iter().any(|word| normal.contains(word))
        || QUESTION_ENDS.iter().any(|word| normal.ends_with(word))
        || offers_both(normal)
        || offers_either(normal)
}

/// A verb with its own negation, as in 发不发货 or 有没有货: either is asked for.
fn offers_both(normal: &str) -> bool {
    let characters: Vec<char> = normal.chars().collect();
    characters.windows(3).any(|three| matches!(three, [verb, '不' | '没', again] if verb == again))
}

/// Words before 还是 that make it "still": 到现在还是待处理.
const STILL: [&str; 7] = ["现在", "目前", "一直", "结果", "这双", "这个", "之后"];

/// One thing or another, as in 退货还是换货; 还是不合适 and 现在还是这样 say that something is still so.
fn offers_either(normal: &str) -> bool {
    normal.match_indices("还是").any(|(at, word)| {
        let (before, after) = (&normal[..at], &normal[at + word.len()..]);
        !before.is_empty() && !STILL.iter().any(|still| before.ends_with(still)) && !after.starts_with(['不', '没'])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_of_two_is_asked_and_still_is_not() {
        assert!(is_question("退货还是换货好") && is_question("走顺丰还是中通"));
        assert!(!is_question("到现在还是待处理") && !is_question("换来的还是不合适") && !is_question("还是算了"));
    }

    #[test]
    fn a_verb_with_its_negation_asks() {
        assert!(is_question("周末发不发货") && is_question("退没退"));
        assert!(!is_question("周末发货") && !is_question("不发货"));
    }
}
