//! Personal numbers are masked before a text goes anywhere but to the conversation itself: logs, analytics, the list
//! of unknown questions, training data.
//!
//! Masked are mobile numbers, identity-card numbers with a right checksum (GB 11643) and bank-card numbers that
//! satisfy Luhn (ISO/IEC 7812). Order and product numbers satisfy none of these and stay readable.

use regex::{Captures, Regex};
use std::borrow::Cow;
use std::sync::LazyLock;

/// A run of digits, possibly grouped by spaces or hyphens, possibly with the identity card's closing X, that is not
/// part of a longer word of letters and digits.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[A-Za-z0-9]*\d(?:[ -]?\d){9,18}[xX]?[A-Za-z0-9]*").expect("the pattern is covered by tests")
});

/// Digits of the shortest number that is masked.
const FEWEST_DIGITS: usize = 10;

/// The text with all but the first and last digits of personal numbers replaced by `*`.
pub fn mask(text: &str) -> Cow<'_, str> {
    // Most texts have too few digits for any such number.
    if text.bytes().filter(u8::is_ascii_digit).count() < FEWEST_DIGITS {
        return Cow::Borrowed(text);
    }
    NUMBER.replace_all(text, |found: &Captures<'_>| {
        let written = &found[0];
        let digits: String = written.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        if is_mobile(&digits) {
            stars(&digits, 3, 4)
        } else if is_identity_card(&digits) {
            stars(&digits, 3, 2)
        } else if is_bank_card(&digits) {
            stars(&digits, 4, 4)
        } else {
            written.to_owned()
        }
    })
}

fn stars(digits: &str, head: usize, tail: usize) -> String {
    let hidden = digits.len() - head - tail;
    format!("{}{}{}", &digits[..head], "*".repeat(hidden), &digits[digits.len() - tail..])
}

fn is_mobile(digits: &str) -> bool {
    let bytes = digits.strip_prefix("86").filter(|rest| rest.len() == 11).unwrap_or(digits).as_bytes();
    bytes.len() == 11 && bytes[0] == b'1' && (b'3'..=b'9').contains(&bytes[1]) && bytes.iter().all(u8::is_ascii_digit)
}

/// Eighteen places, the last a weighted checksum modulo 11 (GB 11643-1999).
fn is_identity_card(digits: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: &[u8; 11] = b"10X98765432";
    let bytes = digits.as_bytes();
    if bytes.len() != 18 || !bytes[..17].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum: u32 = bytes.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    CHECKS[(sum % 11) as usize] == bytes[17].to_ascii_uppercase()
}

/// Fifteen to nineteen digits that satisfy the Luhn formula.
fn is_bank_card(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    if !(15..=19).contains(&bytes.len()) || !bytes.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum: u32 = (bytes.iter().rev().enumerate())
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0') * if place % 2 == 1 { 2 } else { 1 };
            value / 10 + value % 10
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_numbers_are_masked() {
        assert_eq!(mask("打13800138000找我"), "打138****8000找我");
        assert_eq!(mask("打 138-0013-8000 找我"), "打 138****8000 找我");
        assert_eq!(mask("身份证11010519491231002X。"), "身份证110*************2X。");
        assert_eq!(mask("卡号4111 1111 1111 1111"), "卡号4111********1111");
    }

    #[test]
    fn order_and_product_numbers_stay() {
        for text in [
            "SG202611180042",
            "货号SS-001",
            "订单SG202611180042退款",
            "2026-11-24",
            "买了3件, 300元",
            "110105194912310021",
        ] {
            assert_eq!(mask(text), text);
        }
    }
}
