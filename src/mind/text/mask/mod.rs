//! Personal numbers are masked before a text goes anywhere but to the conversation itself: logs, analytics, the list
//! of unknown questions, training data.
//!
//! Masked are telephone numbers (mobile, and fixed lines with their area code), identity-card numbers with a right
//! checksum and a possible birthday (GB 11643) and bank-card numbers that satisfy Luhn and begin as cards do
//! (ISO/IEC 7812), however they are written: full-width, in Chinese numerals, in groups with Western or Chinese
//! punctuation between them, with invisible characters inside. Order and product numbers satisfy none of these and
//! stay readable; a long number directly behind the word for an order number is no bank card.
//!
//! A text is read as groups of digits (`groups`). Any neighbouring groups that together are a personal number
//! (`numbers`) are masked, the longest first, so that a date before a telephone number does not hide it.

mod groups;
mod numbers;

use groups::{Group, digit, groups};
use numbers::{MOST_DIGITS, is_bank_card, is_fixed_line, is_identity_card, is_mobile};
use std::borrow::Cow;

/// Digits of the shortest number that is masked.
const FEWEST_DIGITS: usize = 10;

/// Words that say that the number behind them is the shop's.
const NUMBERED: [&str; 7] = ["单号", "订单", "运单", "货号", "编号", "物流", "快递"];

/// Words that say that it is not, though one of the others follows: 银行卡编号.
const NOT_THE_SHOPS: [&str; 4] = ["卡", "账户", "账号", "证件"];

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

/// Every digit as a star, in whatever writing: for pieces of a text that holds a personal number, which do not show by
/// themselves that they are parts of one.
pub fn without_digits(piece: &str) -> String {
    piece.chars().map(|c| if digit(c).is_some() { '*' } else { c }).collect()
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

/// Whether the words directly before a number say that it is the shop's.
fn is_numbered(before: &str) -> bool {
    let said = before.trim_end_matches(|c: char| c.is_whitespace() || "码是为:：#＃【[（(".contains(c));
    NUMBERED.iter().any(|word| {
        let named = said.strip_suffix(word).map(|named| named.trim_end_matches('的'));
        named.is_some_and(|named| !NOT_THE_SHOPS.iter().any(|word| named.ends_with(word)))
    })
}

fn stars(digits: &str, head: usize, tail: usize) -> String {
    let hidden = digits.len() - head - tail;
    format!("{}{}{}", &digits[..head], "*".repeat(hidden), &digits[digits.len() - tail..])
}

#[cfg(test)]
mod tests {
    use super::numbers::luhn;
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
            ("v13800138000", "v138****8000"),
            ("我的QQ13800138000", "我的QQ138****8000"),
            ("13800138000vx同号", "138****8000vx同号"),
            ("13800138000 WeChat", "138****8000 WeChat"),
            ("13800138000x", "138****8000x"),
            ("1380\u{e0100}0138\u{7}000", "138****8000"),
            ("银行卡编号6222021234567890128", "银行卡编号6222***********0128"),
            ("订单退款退到6222021234567890128", "订单退款退到6222***********0128"),
            ("快递电话0571-88886666", "快递电话057*******66"),
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
            "订单编号：4111111111111111",
            "我的订单是4111111111111111",
            "快递单号0571-88886666",
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
