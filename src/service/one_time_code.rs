//! One-time codes by time: TOTP (RFC 6238) over HOTP (RFC 4226) with SHA-1, six digits, steps of thirty seconds. These are
//! the parameters that every authenticator takes. Pure: time and secret are passed in.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;

/// Seconds of a step.
const STEP: i64 = 30;

/// Steps before and after the present one whose codes are taken: clocks differ, and people type slowly.
const DRIFT: i64 = 1;

/// Bytes of a secret: as long as the hash (RFC 4226, section 4).
pub const SECRET_BYTES: usize = 20;

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The code of a time step.
pub fn code(secret: &[u8], step: i64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let start = usize::from(hash[hash.len() - 1] & 0x0f);
    let word = u32::from_be_bytes([hash[start], hash[start + 1], hash[start + 2], hash[start + 3]]) & 0x7fff_ffff;
    format!("{:06}", word % 1_000_000)
}

/// The time step whose code this is, near a moment in seconds since 1970; all are compared, each in constant time.
pub fn step_of(secret: &[u8], shown: &str, seconds: i64) -> Option<i64> {
    let now = seconds.div_euclid(STEP);
    let mut found = None;
    for step in now - DRIFT..=now + DRIFT {
        if bool::from(code(secret, step).as_bytes().ct_eq(shown.as_bytes())) {
            found = Some(step);
        }
    }
    found
}

/// Bytes in Base32 (RFC 4648) without padding.
pub fn base32(bytes: &[u8]) -> String {
    let (mut text, mut bits, mut held) = (String::new(), 0_u32, 0_u32);
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            text.push(char::from(ALPHABET[((bits >> held) & 31) as usize]));
        }
        bits &= (1 << held) - 1;
    }
    if held > 0 {
        text.push(char::from(ALPHABET[((bits << (5 - held)) & 31) as usize]));
    }
    text
}

/// The bytes of a text in Base32; none where another character stands in it.
pub fn from_base32(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0_u32);
    for letter in text.bytes() {
        let value = ALPHABET.iter().position(|known| *known == letter.to_ascii_uppercase())?;
        bits = (bits << 5) | u32::try_from(value).ok()?;
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff).ok()?);
            bits &= (1 << held) - 1;
        }
    }
    Some(bytes)
}

/// The address that an authenticator reads from the picture.
pub fn address(issuer: &str, account: &str, secret: &str) -> String {
    let escape = |text: &str| -> String {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
    };
    let issuer = escape(issuer);
    format!("otpauth://totp/{issuer}:{}?secret={secret}&issuer={issuer}", escape(account))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, SHA-1, the last six of its eight digits.
        let secret = b"12345678901234567890";
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(secret, seconds / STEP), expected, "{seconds}");
            assert_eq!(step_of(secret, expected, seconds + 29), Some(seconds / STEP), "a little late");
            assert_eq!(step_of(secret, expected, seconds + 90), None, "too late");
        }
    }

    #[test]
    fn base32_goes_and_comes() {
        // RFC 4648, section 10.
        for (plain, coded) in [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foob", "MZXW6YQ"), ("foobar", "MZXW6YTBOI")] {
            assert_eq!(base32(plain.as_bytes()), coded);
            assert_eq!(from_base32(coded).as_deref(), Some(plain.as_bytes()));
        }
        assert_eq!(from_base32("M1"), None);
    }

    #[test]
    fn names_are_escaped() {
        let address = address("小二", "a b", "MY");
        assert_eq!(address, "otpauth://totp/%E5%B0%8F%E4%BA%8C:a%20b?secret=MY&issuer=%E5%B0%8F%E4%BA%8C");
    }
}
