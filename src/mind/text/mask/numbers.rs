//! What a personal number is, by its digits alone; those of an identity card may end in an X.

/// Digits of the longest.
pub(super) const MOST_DIGITS: usize = 19;

pub(super) fn is_mobile(digits: &str) -> bool {
    let rest =
        ["0086", "86", "0"].iter().find_map(|prefix| digits.strip_prefix(prefix).filter(|rest| rest.len() == 11));
    let bytes = rest.unwrap_or(digits).as_bytes();
    bytes.len() == 11 && bytes[0] == b'1' && (b'3'..=b'9').contains(&bytes[1]) && bytes.iter().all(u8::is_ascii_digit)
}

/// An area code, which begins with 0, and seven or eight digits that begin with 2 to 9.
pub(super) fn is_fixed_line(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    let area = if bytes.len() >= 2 && bytes[0] == b'0' && matches!(bytes[1], b'1' | b'2') { 3 } else { 4 };
    matches!(bytes.len().checked_sub(area), Some(7 | 8))
        && bytes[0] == b'0'
        && (b'1'..=b'9').contains(&bytes[1])
        && (b'2'..=b'9').contains(&bytes[area])
        && bytes.iter().all(u8::is_ascii_digit)
}

/// Eighteen places, a birthday inside, the last a weighted checksum modulo 11 (GB 11643-1999).
pub(super) fn is_identity_card(digits: &str) -> bool {
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
pub(super) fn is_bank_card(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    let issued = matches!(bytes.first(), Some(b'3'..=b'6')) || digits.starts_with("9558");
    if !issued || !(15..=MOST_DIGITS).contains(&bytes.len()) || !bytes.iter().all(u8::is_ascii_digit) {
        return false;
    }
    luhn(bytes).is_multiple_of(10)
}

pub(super) fn luhn(digits: &[u8]) -> u32 {
    (digits.iter().rev().enumerate())
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0') * if place % 2 == 1 { 2 } else { 1 };
            value / 10 + value % 10
        })
        .sum()
}
