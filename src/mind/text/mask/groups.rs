//! A text as groups of digits, whatever they are written in, and whether neighbours may belong to one number.

use crate::text::normalize::is_invisible;
use unicode_normalization::UnicodeNormalization;

/// Characters that may stand between two groups of one number.
const SEPARATION: usize = 3;

/// Digits before the last place of an identity card, which may be an X.
const BEFORE_X: usize = 17;

/// Words that people write directly before or behind a number to say how to reach them. Any other word of letters makes it
/// part of a code.
const CALLS: [&str; 14] =
    ["tel", "phone", "mobile", "call", "sj", "dh", "wx", "vx", "v", "x", "qq", "wechat", "weixin", "whatsapp"];

/// Digits that stand together.
pub(super) struct Group {
    /// Where it begins and ends in the text, in bytes.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Its digits in ASCII; an identity card's X may be the last.
    pub(super) digits: String,
    /// Whether it is part of a longer word of letters.
    pub(super) after_letter: bool,
    pub(super) before_letter: bool,
    /// Whether it may belong to one number with the group before it.
    pub(super) joins: bool,
}

/// The groups of a text, in their order.
pub(super) fn groups(text: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut open = false;
    // Characters since the last group, as far as they may stand inside of a number.
    let mut gap = Some(0);
    let mut chinese_before = false;
    let mut previous: Option<char> = None;
    for (at, c) in text.char_indices() {
        if is_invisible(c) {
            continue;
        }
        if let Some(digit) = digit(c) {
            let chinese = is_numeral(c);
            if !open || chinese != chinese_before {
                let joins = !groups.is_empty() && gap.is_some_and(|gap| gap <= SEPARATION);
                let after_letter = previous.is_some_and(is_letter) && !is_call(text[..at].chars().rev(), true);
                let group =
                    Group { start: at, end: at, digits: String::new(), after_letter, before_letter: false, joins };
                groups.push(group);
            }
            if let Some(group) = groups.last_mut() {
                group.digits.push(digit);
                group.end = at + c.len_utf8();
            }
            (open, chinese_before, gap) = (true, chinese, Some(0));
        } else {
            if open && is_letter(c) {
                end_in_letters(&mut groups, text, at);
            }
            open = false;
            gap = gap.filter(|_| is_separator(c)).map(|gap| gap + 1);
        }
        previous = Some(c);
    }
    groups
}

/// The letters that follow the last group: the X of an identity card, a word that says how to reach somebody, or the rest of
/// a code.
fn end_in_letters(groups: &mut [Group], text: &str, at: usize) {
    let rest = &text[at..];
    let is_code = !is_call(rest.chars(), false);
    let completes = completes_a_card(groups);
    let Some(group) = groups.last_mut() else { return };
    let mut following = rest.chars();
    if let Some(x @ ('x' | 'X' | 'ｘ' | 'Ｘ')) = following.next()
        && completes
        && !following.next().is_some_and(|next| is_letter(next) || digit(next).is_some())
    {
        group.digits.push('X');
        group.end = at + x.len_utf8();
    } else {
        group.before_letter = is_code;
    }
}

/// Whether the newest groups that may belong together lack only the last place of an identity card.
fn completes_a_card(groups: &[Group]) -> bool {
    let mut digits = 0;
    for group in groups.iter().rev() {
        digits += group.digits.len();
        if digits >= BEFORE_X || !group.joins {
            break;
        }
    }
    digits == BEFORE_X
}

/// Whether the letters at the beginning, or read backwards, are a word that announces how to reach somebody.
fn is_call(letters: impl Iterator<Item = char>, backwards: bool) -> bool {
    let word = letters.take_while(|c| is_letter(*c)).flat_map(char::to_lowercase);
    let word: String = if backwards { word.collect::<Vec<_>>().into_iter().rev().collect() } else { word.collect() };
    CALLS.contains(&word.as_str())
}

const NUMERALS: [(char, char); 12] = [
    ('零', '0'),
    ('〇', '0'),
    ('一', '1'),
    ('幺', '1'),
    ('二', '2'),
    ('三', '3'),
    ('四', '4'),
    ('五', '5'),
    ('六', '6'),
    ('七', '7'),
    ('八', '8'),
    ('九', '9'),
];

fn is_numeral(c: char) -> bool {
    !c.is_ascii() && NUMERALS.iter().any(|(numeral, _)| *numeral == c)
}

/// A digit in whatever writing, in ASCII.
pub(super) fn digit(c: char) -> Option<char> {
    if c.is_ascii() {
        return c.is_ascii_digit().then_some(c);
    }
    match c {
        '\u{3007}' | '\u{4e00}'..='\u{9fff}' => {
            NUMERALS.iter().find(|(numeral, _)| *numeral == c).map(|(_, digit)| *digit)
        }
        '\u{b2}'
        | '\u{b3}'
        | '\u{b9}'
        | '\u{2070}'..='\u{2089}'
        | '\u{2460}'..='\u{2468}'
        | '\u{24ea}'
        | '\u{ff10}'..='\u{ff19}'
        | '\u{1d7ce}'..='\u{1d7ff}' => std::iter::once(c).nfkc().next().filter(char::is_ascii_digit),
        _ => None,
    }
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, 'Ａ'..='Ｚ' | 'ａ'..='ｚ')
}

/// Whether people write it between the digits of one number.
fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '-' | '_' | '.' | ',' | '/' | '(' | ')' | '·' | '~' | '+' | '\u{2010}'
                ..='\u{2015}'
                    | '\u{2212}'
                    | '－'
                    | '＿'
                    | '．'
                    | '，'
                    | '、'
                    | '。'
                    | '／'
                    | '（'
                    | '）'
                    | '～'
                    | '•'
                    | '・'
                    | 'ー'
        )
}
