//! International bank account numbers (ISO 13616).

use std::ops::Range;

/// The digits that an IBAN with small letters must have: so many are not in a sentence by chance.
const MIN_DIGITS: usize = 10;

/// Finds IBANs: two letters, two check digits and 11 to 30 letters or digits, with or without spaces or hyphens. Letters are capital
/// letters, or there are at least ten digits. The check digits must be valid; if they are valid for several lengths, the longest is taken.
/// Returns byte ranges.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    while start + 4 <= bytes.len() {
        let before = start.checked_sub(1).map(|before| bytes[before]);
        let head = bytes[start..start + 2].iter().all(u8::is_ascii_alphabetic)
            && bytes[start + 2..start + 4].iter().all(u8::is_ascii_digit);
        let end = if head && !before.is_some_and(|byte| byte.is_ascii_alphanumeric()) {
            longest(bytes, start)
        } else {
            None
        };
        match end {
            Some(end) => {
                found.push(start..end);
                start = end;
            }
            None => start += 1,
        }
    }
    found
}

fn longest(bytes: &[u8], start: usize) -> Option<usize> {
    let mut characters: Vec<u8> = Vec::with_capacity(34);
    let (mut n_digits, mut has_small) = (0, false);
    let mut best = None;
    for (at, &byte) in bytes.iter().enumerate().skip(start) {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' if characters.len() < 34 => {
                characters.push(byte.to_ascii_uppercase());
            }
            b' ' | b'-' if bytes[at - 1].is_ascii_alphanumeric() => continue,
            _ => break,
        }
        n_digits += usize::from(byte.is_ascii_digit());
        has_small |= byte.is_ascii_lowercase();
        let ends_here = bytes.get(at + 1).is_none_or(|next| !next.is_ascii_alphanumeric());
        let is_likely = !has_small || n_digits >= MIN_DIGITS;
        if characters.len() >= 15 && ends_here && is_likely && is_valid(&characters) {
            best = Some(at + 1);
        }
    }
    best
}

/// Checks the IBAN: moves the first four characters to the end and replaces letters by 10 to 35; the resulting number must be 1
/// modulo 97.
fn is_valid(characters: &[u8]) -> bool {
    let (head, rest) = characters.split_at(4);
    let remainder = rest
        .iter()
        .chain(head)
        .fold(0_u32, |remainder, &byte| match byte {
            b'0'..=b'9' => (remainder * 10 + u32::from(byte - b'0')) % 97,
            _ => (remainder * 100 + u32::from(byte - b'A') + 10) % 97,
        });
    remainder == 1
}
