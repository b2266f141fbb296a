//! Card and phone numbers.

use std::ops::Range;

use crate::personal_data::kinds::{PersonalData, PersonalKind};

/// A candidate: digits, possibly with separators between them.
struct Run {
    range: Range<usize>,
    plus: bool,
    parenthesis: bool,
    /// Number of digits of each group between separators.
    groups: Vec<usize>,
    /// Whether any of the separators is a dot.
    dots: bool,
    digits: Vec<u8>,
}

pub(super) fn find(text: &str) -> Vec<PersonalData> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let opens = bytes[at].is_ascii_digit() || bytes[at] == b'+' || bytes[at] == b'(';
        let joined = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] >= 0x80);
        if !opens || joined {
            at += 1;
            continue;
        }
        let run = run(bytes, at);
        if let Some(kind) = kind(&run) {
            found.push(PersonalData {
                kind,
                range: run.range.clone(),
            });
        }
        at = run.range.end.max(at + 1);
    }
    found
}

fn run(bytes: &[u8], start: usize) -> Run {
    let mut run = Run {
        range: start..start,
        plus: bytes[start] == b'+',
        parenthesis: false,
        groups: Vec::new(),
        dots: false,
        digits: Vec::new(),
    };
    let mut at = start + usize::from(run.plus);
    let mut separators = 1;
    while at < bytes.len() {
        match bytes[at] {
            digit @ b'0'..=b'9' => {
                if separators > 0 {
                    run.groups.push(0);
                }
                if let Some(group) = run.groups.last_mut() {
                    *group += 1;
                }
                run.digits.push(digit - b'0');
                separators = 0;
                run.range.end = at + 1;
            }
            b'(' | b')' if separators < 3 => {
                run.parenthesis = true;
                separators += 1;
            }
            b' ' | b'-' | b'.' | b'/' if separators < 2 => {
                run.dots |= bytes[at] == b'.';
                separators += 1;
            }
            _ => break,
        }
        at += 1;
    }
    // A letter directly after the last digit means that the digits are part of a word or a code.
    if bytes.get(run.range.end).is_some_and(u8::is_ascii_alphanumeric) {
        run.digits.clear();
    }
    run
}

fn kind(run: &Run) -> Option<PersonalKind> {
    let n_digits = run.digits.len();
    if !run.plus && !run.dots && is_issued(&run.digits) && luhn(&run.digits) {
        return Some(PersonalKind::Card);
    }
    let groups = &run.groups[..];
    // In 0.0123456789, the zero is not the start of a number to dial.
    let is_fraction = run.dots && groups.first() == Some(&1);
    let international = (run.plus && (8..=15).contains(&n_digits))
        || (run.digits.starts_with(&[0, 0]) && !is_fraction && (10..=17).contains(&n_digits));
    let national = run.digits.first() == Some(&0)
        && !is_fraction
        && (9..=12).contains(&n_digits)
        && !starts_with_date(groups);
    let american = matches!(groups, [3, 3, 4] | [1, 3, 3, 4]) && (!run.dots || !run.parenthesis);
    (international || national || american).then_some(PersonalKind::Phone)
}

/// True if the groups of digits can be a date such as 01.02.2024 or 2024-01-02.
fn starts_with_date(groups: &[usize]) -> bool {
    matches!(groups, [1 | 2, 1 | 2, 4, ..] | [4, 2, 2, ..] | [2, 2, 2, ..] if groups.len() < 5)
}

/// True if a large card issuer uses numbers with this prefix and length.
fn is_issued(digits: &[u8]) -> bool {
    let first = |n: usize| {
        digits
            .iter()
            .take(n)
            .fold(0_u32, |number, &digit| number * 10 + u32::from(digit))
    };
    match digits.len() {
        13 => first(1) == 4,
        14 => matches!(first(2), 30 | 36 | 38 | 39),
        15 => matches!(first(2), 34 | 37),
        16 => {
            matches!(first(1), 4 | 6) || matches!(first(2), 35 | 50..=59) || matches!(first(4), 2221..=2720)
        }
        17..=19 => matches!(first(1), 4 | 6),
        _ => false,
    }
}

/// The Luhn check: if every second digit from the right is doubled, the sum of all digits must end in 0. A number of only zeros
/// is rejected.
fn luhn(digits: &[u8]) -> bool {
    let doubled = |(place, &digit): (usize, &u8)| match (place % 2, digit) {
        (1, 5..) => u32::from(digit) * 2 - 9,
        (1, _) => u32::from(digit) * 2,
        _ => u32::from(digit),
    };
    let sum: u32 = digits.iter().rev().enumerate().map(doubled).sum();
    sum.is_multiple_of(10) && sum > 0
}
