//! Where a message may fall into parts: at marks, at spaces between Chinese words, and at words such as 另外.
//!
//! These are only places where it may. Whether a clause carries a wish of its own is for the dialogue to decide: most
//! clauses only tell the background of one question.

use crate::text::Text;
use std::ops::Range;

/// What a clause begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Boundary {
    /// Nothing: it is the first.
    Start,
    /// The clause before ended with a comma or a space.
    Pause,
    /// The clause before ended as a sentence does.
    Stop,
    /// A word that announces something else: 另外, 还有, 顺便.
    Announced,
}

/// A clause of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Byte range in [`Text::raw`], without the marks around it.
    pub raw: Range<usize>,
    /// What it begins with.
    pub begins: Boundary,
}

/// Words that announce something else wherever they stand.
const ANNOUNCING: [&str; 12] = [
    "另外问",
    "顺便",
    "顺带",
    "还想问",
    "还想咨询",
    "还要问",
    "再问",
    "再请问",
    "另外还有",
    "再咨询",
    "另外想",
    "另外请问",
];

/// Words that announce something else at the beginning of a clause; inside one they belong to it: 还有货吗, 填对了.
const ANNOUNCING_FIRST: [&str; 14] =
    ["另外", "还有", "以及", "对了", "此外", "再一个", "再就是", "其次", "第二", "同时", "然后", "并且", "再者", "2、"];

/// What follows 另外 where it means "other" and announces nothing: 另外一件, 另外的.
const OTHER: [char; 9] = ['一', '的', '两', '几', '三', '收', '加', '买', '寄'];

/// The clauses of a text, in its order.
pub fn clauses(text: &Text) -> Vec<Clause> {
    let normal = text.normal.as_str();
    let mut found = Vec::new();
    let (mut from, mut begins) = (0, Boundary::Start);
    for (at, character) in normal.char_indices() {
        if at < from {
            continue;
        }
        if let Some(boundary) = mark(normal, at, character) {
            push(text, from..at, begins, &mut found);
            begins = if at == from { begins.max(boundary) } else { boundary };
            from = at + character.len_utf8();
        } else if at > from && announces(&normal[at..]) {
            push(text, from..at, begins, &mut found);
            (from, begins) = (at, Boundary::Announced);
        }
    }
    push(text, from..normal.len(), begins, &mut found);
    found
}

impl Boundary {
    /// A sentence's end outweighs the comma or space beside it.
    fn max(self, other: Self) -> Self {
        if self == Self::Stop || other == Self::Start { self } else { other }
    }
}

/// What a character between two clauses is, if it stands there.
fn mark(normal: &str, at: usize, character: char) -> Option<Boundary> {
    let before = normal[..at].chars().next_back();
    let after = normal[at + character.len_utf8()..].chars().next();
    let between_digits = before.is_some_and(|c| c.is_ascii_digit()) && after.is_some_and(|c| c.is_ascii_digit());
    let between_latin = before.is_some_and(|c| c.is_ascii()) && after.is_some_and(|c| c.is_ascii());
    match character {
        '。' | '?' | '!' | ';' | '…' => Some(Boundary::Stop),
        '~' => Some(Boundary::Pause),
        ',' if !between_digits => Some(Boundary::Pause),
        ' ' if !between_latin => Some(Boundary::Pause),
        _ => None,
    }
}

/// Whether something else is announced in the middle of a clause.
fn announces(rest: &str) -> bool {
    let after = rest.strip_prefix("另外");
    after.is_some_and(|after| after.chars().next().is_some_and(|next| !OTHER.contains(&next)))
        || ANNOUNCING.iter().any(|word| rest.starts_with(word))
}

/// Keeps a clause that says something.
fn push(text: &Text, normal: Range<usize>, begins: Boundary, found: &mut Vec<Clause>) {
    let said = &text.normal[normal.clone()];
    if !said.chars().any(char::is_alphanumeric) {
        return;
    }
    let first = begins != Boundary::Start && ANNOUNCING_FIRST.iter().any(|word| said.starts_with(word));
    let begins = if first { Boundary::Announced } else { begins };
    let mut words = text.words.iter().filter(|word| normal.contains(&word.normal.start));
    let Some(first) = words.next() else { return };
    let last = words.next_back().unwrap_or(first);
    let begins = if found.is_empty() { Boundary::Start } else { begins };
    found.push(Clause { raw: first.raw.start..last.raw.end, begins });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    fn cut(raw: &str) -> Vec<(String, Boundary)> {
        let text = Language::new(&[]).read(raw);
        clauses(&text).into_iter().map(|clause| (text.raw[clause.raw].to_owned(), clause.begins)).collect()
    }

    #[test]
    fn marks_and_announcements_end_a_clause() {
        let expected = [("退货怎么弄".to_owned(), Boundary::Start), ("另外发票能补吗".to_owned(), Boundary::Announced)];
        assert_eq!(cut("退货怎么弄，另外发票能补吗"), expected);
        assert_eq!(cut("退货怎么弄另外发票能补吗"), expected);
        let expected = [("运费多少".to_owned(), Boundary::Start), ("几天到".to_owned(), Boundary::Stop)];
        assert_eq!(cut("运费多少？ 几天到！！"), expected);
        assert_eq!(cut("你好 在吗")[1].1, Boundary::Pause);
    }

    #[test]
    fn numbers_latin_words_and_other_things_stay_whole() {
        assert_eq!(cut("满1,000减50").len(), 1);
        assert_eq!(cut("iphone 15 pro有货吗").len(), 1);
        assert_eq!(cut("我要另外一件").len(), 1);
        assert_eq!(cut("黑色还有货吗").len(), 1);
        assert!(cut("？？！，，").is_empty());
    }
}
