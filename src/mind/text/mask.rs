//! Personal numbers are masked before a text goes anywhere but to the conversation itself: logs, analytics, the list
//! of unknown questions, training data.
//!
//! Masked are telephone numbers (mobile, and fixed lines with their area code), identity-card numbers with a right
//! checksum and a possible birthday (GB 11643) and bank-card numbers that satisfy Luhn and begin as cards do
//! (ISO/IEC 7812), however they are written: full-width, in Chinese numerals, in groups with Western or Chinese
//! punctuation between them, with invisible characters inside. Order and product numbers satisfy none of these and
//! stay readable; a long number that is called an order number is no bank card.
//!
//! A text is read as groups of digits. Any neighbouring groups that together are a personal number are masked, the
//! longest first, so that a date before a telephone number does not hide it.

use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;

/// Digits of the shortest number that is masked.
const FEWEST_DIGITS: usize = 10;

/// Digits of the longest.
const MOST_DIGITS: usize = 19;

/// Characters that may stand between two groups of one number.
const SEPARATION: usize = 3;

/// Words before a number, without a gap, that do not make it part of a code.
const CALLS: [&str; 9] = ["tel", "phone", "mobile", "call", "sj", "dh", "wx", "vx", "wechat"];

/// Words that say that the number after them is the shop's.
const NUMBERED: [&str; 6] = ["单号", "订单", "货号", "编号", "物流", "快递"];

/// Characters before a number among which such a word counts.
const NEAR: usize = 8;

/// Digits that stand together.
struct Group {
    /// Where it begins and ends in the text, in bytes.
    start: usize,
    end: usize,
    /// Its digits in ASCII; an identity card's X may be the last.
    digits: String,
    /// Whether it is part of a longer word of letters.
    after_letter: bool,
    before_letter: bool,
    /// Whether it may belong to one number with the group before it.
    joins: bool,
}

/// The text with all but the first and last digits of personal numbers replaced by `*`.
pub fn mask(text: &str) -> Cow<'_, str> {
    // Most texts have too few digits for any such number.
    if text.chars().filter(|c| digit(*c).is_some()).take(FEWEST_DIGITS).count() < FEWEST_DIGITS {
        return Cow::Borrowed(text);
    }
    let groups = groups(text);
    let (mut masked, mut copied, mut place) = (String::new(), 0, 0);
    while place < groups.len() {
        let Some((last, stars)) = personal_from(text, &groups[place..]) else {
            place += 1;
            continue;
        };
        masked.push_str(&text[copied..groups[place].start]);
        masked.push_str(&stars);
        copied = groups[place + last].end;
        place += last + 1;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(&text[copied..]);
    Cow::Owned(masked)
}

/// The longest personal number that begins with the first group: its last group, and how it is shown.
fn personal_from(text: &str, groups: &[Group]) -> Option<(usize, String)> {
    let first = groups.first().filter(|first| !first.after_letter)?;
    let mut digits = String::with_capacity(MOST_DIGITS);
    let mut found = None;
    for (place, group) in groups.iter().enumerate() {
        if place > 0 && !group.joins {
            break;
        }
        digits.push_str(&group.digits);
        if digits.len() > MOST_DIGITS {
            break;
        }
        if !group.before_letter
            && let Some(stars) = shown(&digits, &text[..first.start])
        {
            found = Some((place, stars));
        }
    }
    found
}

/// How a personal number is shown; nothing where it is none.
fn shown(digits: &str, before: &str) -> Option<String> {
    if is_mobile(digits) {
        Some(stars(digits, digits.len() - 8, 4))
    } else if is_identity_card(digits) {
        Some(stars(digits, 3, 2))
    } else if is_bank_card(digits) && !is_numbered(before) {
        Some(stars(digits, 4, 4))
    } else if is_fixed_line(digits) && !is_numbered(before) {
        Some(stars(digits, 3, 2))
    } else {
        None
    }
}

/// Whether the words before a number say that it is the shop's.
fn is_numbered(before: &str) -> bool {
    let mut near: Vec<char> = before.chars().rev().take(NEAR).collect();
    near.reverse();
    let near: String = near.into_iter().collect();
    NUMBERED.iter().any(|word| near.contains(word))
}

fn stars(digits: &str, head: usize, tail: usize) -> String {
    let hidden = digits.len() - head - tail;
    format!("{}{}{}", &digits[..head], "*".repeat(hidden), &digits[digits.len() - tail..])
}

fn groups(text: &str) -> Vec<Group> {
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
        let end = at + c.len_utf8();
        if let Some(digit) = digit(c) {
            let chinese = is_numeral(c);
            if !open || chinese != chinese_before {
                let joins = !groups.is_empty() && gap.is_some_and(|gap| gap <= SEPARATION);
                let after_letter = previous.is_some_and(is_letter) && !is_called(&text[..at]);
                groups.push(Group { start: at, end, digits: String::new(), after_letter, before_letter: false, joins });
            }
            if let Some(group) = groups.last_mut() {
                group.digits.push(digit);
                group.end = end;
            }
            (open, chinese_before, gap) = (true, chinese, Some(0));
        } else {
            if let Some(group) = groups.last_mut().filter(|_| open && is_letter(c)) {
                let ends = !text[end..].chars().next().is_some_and(|next| is_letter(next) || digit(next).is_some());
                if ends && matches!(c, 'x' | 'X' | 'ｘ' | 'Ｘ') {
                    group.digits.push('X');
                    group.end = end;
                } else {
                    group.before_letter = true;
                }
            }
            open = false;
            gap = gap.filter(|_| is_separator(c)).map(|gap| gap + 1);
        }
        previous = Some(c);
    }
    groups
}

/// Whether a text ends in a word that announces a telephone number.
fn is_called(before: &str) -> bool {
    let tail: String = before.chars().rev().take_while(|c| is_letter(*c)).collect();
    let word: String = tail.chars().rev().flat_map(char::to_lowercase).collect();
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
fn digit(c: char) -> Option<char> {
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

/// Characters that can be put between digits without being seen.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fe00}'..='\u{fe0f}')
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
                    | '一'
        )
}

fn is_mobile(digits: &str) -> bool {
    let rest =
        ["0086", "86", "0"].iter().find_map(|prefix| digits.strip_prefix(prefix).filter(|rest| rest.len() == 11));
    let bytes = rest.unwrap_or(digits).as_bytes();
    bytes.len() == 11 && bytes[0] == b'1' && (b'3'..=b'9').contains(&bytes[1]) && bytes.iter().all(u8::is_ascii_digit)
}

/// An area code, which begins with 0, and seven or eight digits that begin with 2 to 9.
fn is_fixed_line(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    let area = if bytes.len() >= 2 && bytes[0] == b'0' && matches!(bytes[1], b'1' | b'2') { 3 } else { 4 };
    matches!(bytes.len().checked_sub(area), Some(7 | 8))
        && bytes[0] == b'0'
        && (b'1'..=b'9').contains(&bytes[1])
        && (b'2'..=b'9').contains(&bytes[area])
        && bytes.iter().all(u8::is_ascii_digit)
}

/// Eighteen places, a birthday inside, the last a weighted checksum modulo 11 (GB 11643-1999).
fn is_identity_card(digits: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: &[u8; 11] = b"10X98765432";
    let bytes = digits.as_bytes();
    if bytes.len() != 18 || !bytes[..17].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let number = |from: usize, to: usize| digits[from..to].parse::<u32>().unwrap_or_default();
    let born = (1_850..2_100).contains(&number(6, 10))
        && (1..=12).contains(&number(10, 12))
        && (1..=31).contains(&number(12, 14));
    let sum: u32 = bytes.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    born && bytes[0] != b'0' && CHECKS[(sum % 11) as usize] == bytes[17].to_ascii_uppercase()
}

/// Fifteen to nineteen digits that begin as cards do and satisfy the Luhn formula.
fn is_bank_card(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    let issued = matches!(bytes.first(), Some(b'3'..=b'6')) || digits.starts_with("9558");
    if !issued || !(15..=MOST_DIGITS).contains(&bytes.len()) || !bytes.iter().all(u8::is_ascii_digit) {
        return false;
    }
    luhn(bytes).is_multiple_of(10)
}

fn luhn(digits: &[u8]) -> u32 {
    (digits.iter().rev().enumerate())
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0') * if place % 2 == 1 { 2 } else { 1 };
            value / 10 + value % 10
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn personal_numbers_are_masked() {
        assert_eq!(mask("打13800138000找我"), "打138****8000找我");
        assert_eq!(mask("打 138-0013-8000 找我"), "打 138****8000 找我");
        assert_eq!(mask("身份证11010519491231002X。"), "身份证110*************2X。");
        assert_eq!(mask("卡号4111 1111 1111 1111"), "卡号4111********1111");
    }

    #[test]
    fn line_43_whatever_the_writing() {
        for (written, shown) in [
            ("１３８００１３８０００", "138****8000"),
            ("138，0013，8000", "138****8000"),
            ("138、0013、8000", "138****8000"),
            ("138－0013－8000", "138****8000"),
            ("１３８　００１３　８０００", "138****8000"),
            ("138\u{200b}0013\u{200b}8000", "138****8000"),
            ("一三八零零一三八零零零", "138****8000"),
            ("幺三八〇〇幺三八〇〇〇", "138****8000"),
            ("+86 138 0013 8000", "+86138****8000"),
            ("tel13800138000", "tel138****8000"),
            ("2026-11-24，13800138000", "2026-11-24，138****8000"),
            ("第一13800138000", "第一138****8000"),
            ("13800138000、13900139000", "138****8000、139****9000"),
            ("110105 19491231 002X", "110*************2X"),
            ("0571-88886666", "057*******66"),
            ("（010）6552 9988", "（010******88"),
            ("6222 0212 3456 7890 128", "6222***********0128"),
        ] {
            assert_eq!(mask(written), shown, "{written}");
        }
    }

    #[test]
    fn line_43_order_and_product_numbers_stay() {
        for text in [
            "SG202611180042",
            "货号SS-001",
            "订单SG202611180042退款",
            "2026-11-24",
            "买了3件, 300元",
            "110105194912310021",
            "订单号 4111111111111111",
            "400-820-0571",
            "12个月、24个月、36个月各几期",
            "ABC13800138000",
            "13800138000AB",
        ] {
            assert!(matches!(mask(text), Cow::Borrowed(_)), "{text}: {}", mask(text));
        }
    }

    /// A mobile number, an identity card, a bank card: each right by its checksum.
    fn personal() -> impl Strategy<Value = String> {
        let mobile = "1[3-9][0-9]{9}";
        let card = ("(4[0-9]{14}|62[0-9]{13,16}|5[1-5][0-9]{13})").prop_map(|head| {
            let check = (0..10).find(|check| luhn(format!("{head}{check}").as_bytes()).is_multiple_of(10));
            format!("{head}{}", check.expect("one of ten fits"))
        });
        let identity = ("[1-6][0-9]{5}", 1_900..2_026_u32, 1..13_u32, 1..29_u32, "[0-9]{3}").prop_map(
            |(region, year, month, day, order)| {
                let head = format!("{region}{year}{month:02}{day:02}{order}");
                let checks = "0123456789X".chars().find(|check| is_identity_card(&format!("{head}{check}")));
                format!("{head}{}", checks.expect("one fits"))
            },
        );
        prop_oneof![mobile.prop_map(|number| number), card, identity]
    }

    /// The same digits in another writing.
    fn written(number: &str, style: u8, separator: &str) -> String {
        let wide = |c: char| char::from_u32(u32::from(c) - u32::from('0') + u32::from('０')).unwrap_or(c);
        let digits = number.chars().map(|c| if style % 2 == 1 && c.is_ascii_digit() { wide(c) } else { c });
        let digits: Vec<String> = digits.map(String::from).collect();
        match style / 2 {
            0 => digits.concat(),
            _ => digits.chunks(4).map(<[String]>::concat).collect::<Vec<_>>().join(separator),
        }
    }

    fn plain_digits(text: &str) -> String {
        text.chars().filter_map(digit).collect()
    }

    proptest! {
        #[test]
        fn line_43_no_personal_number_survives(
            number in personal(),
            style in 0..4_u8,
            separator in prop_oneof![Just(" "), Just("-"), Just("，"), Just("、"), Just("　"), Just("－"), Just("\u{200b}")],
            before in prop_oneof![Just(""), Just("我的号码是"), Just("2026-11-24，"), Just("买了2件。电话：")],
            after in prop_oneof![Just(""), Just("，谢谢"), Just("。3天内回我")],
        ) {
            let text = format!("{before}{}{after}", written(&number, style, separator));
            let masked = mask(&text);
            let hidden = number.trim_end_matches('X');
            prop_assert!(!plain_digits(&masked).contains(hidden), "{text} became {masked}");
            prop_assert!(masked.contains('*'), "{text}");
            prop_assert_eq!(mask(&masked), masked.clone());
        }

        #[test]
        fn line_43_numbers_of_the_shop_always_stay(
            order in "SG20[0-9]{10}",
            product in "[A-Z]{2}-[0-9]{3}",
            amount in 0..100_000_u32,
        ) {
            let text = format!("订单{order}里的{product}，{amount}元，什么时候发货");
            prop_assert!(matches!(mask(&text), Cow::Borrowed(_)), "{}", mask(&text));
        }
    }
}
