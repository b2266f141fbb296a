//! Card and phone numbers.

use std::ops::Range;

use crate::personal_data::kinds::{PersonalData, PersonalKind};

/// The most digits of a card number.
const MAX_DIGITS: usize = 19;

/// Digits in groups, with separators between them. A run can have several numbers, such as a card number and the date when it ends.
struct Run<'a> {
    bytes: &'a [u8],
    /// Where the run begins: at a plus, a parenthesis or a digit.
    start: usize,
    groups: Vec<Range<usize>>,
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
        let run = Run::new(bytes, at);
        at = run.groups.last().map_or(at + 1, |last| last.end.max(at + 1));
        run.find(&mut found);
    }
    found
}

impl<'a> Run<'a> {
    fn new(bytes: &'a [u8], start: usize) -> Self {
        let mut groups: Vec<Range<usize>> = Vec::new();
        let mut at = start + usize::from(bytes[start] == b'+');
        let mut separators = 1;
        while at < bytes.len() {
            match bytes[at] {
                b'0'..=b'9' => {
                    if separators > 0 {
                        groups.push(at..at);
                    }
                    if let Some(group) = groups.last_mut() {
                        group.end = at + 1;
                    }
                    separators = 0;
                }
                b'(' | b')' if separators < 3 => separators += 1,
                b' ' | b'-' | b'.' | b'/' if separators < 2 => separators += 1,
                _ => break,
            }
            at += 1;
        }
        Self { bytes, start, groups }
    }

    /// Adds the numbers of the run: from each group on the longest one.
    fn find(&self, found: &mut Vec<PersonalData>) {
        let (mut first, mut end_of_number) = (0, 0);
        while first < self.groups.len() {
            let longest = self.ends(first).rev().find_map(|last| {
                let can_begin = first == end_of_number || self.can_begin(first);
                let can_end = last + 1 == self.groups.len() || self.can_end(last);
                let candidate = Candidate::new(self, first, last);
                let kind = candidate.kind(can_begin && can_end)?;
                Some((last, kind, candidate.range))
            });
            first += 1;
            if let Some((last, kind, range)) = longest {
                found.push(PersonalData { kind, range });
                first = last + 1;
                end_of_number = first;
            }
        }
    }

    /// The groups with which a number can end that begins with the group `first`.
    fn ends(&self, first: usize) -> Range<usize> {
        let mut n_digits = 0;
        let fits = self.groups[first..].iter().take_while(|group| {
            n_digits += group.len();
            n_digits <= MAX_DIGITS
        });
        first..first + fits.count()
    }

    /// The separators before a group.
    fn before(&self, group: usize) -> &'a [u8] {
        let end = match group.checked_sub(1) {
            Some(earlier) => self.groups[earlier].end,
            None => self.start,
        };
        &self.bytes[end..self.groups[group].start]
    }

    /// Whether a phone number can begin with a group that is not the first: the one before is too short to belong to a number.
    fn can_begin(&self, group: usize) -> bool {
        self.is_apart(group) && self.groups[group - 1].len() <= 2
    }

    /// Whether a phone number can end with a group that is not the last: what follows is too short to belong to a number, or begins
    /// another number or a date.
    fn can_end(&self, group: usize) -> bool {
        let next = &self.groups[group + 1..];
        let lengths: Vec<usize> = next.iter().take(3).map(Range::len).collect();
        let begins = matches!(lengths[..], [0..=2, ..] | [3, 3, 4] | [4, 2, 2]);
        self.is_apart(group + 1) && (begins || self.bytes[next[0].start] == b'0')
    }

    /// Whether the groups before and after this place are apart: a space or a parenthesis is between them.
    fn is_apart(&self, group: usize) -> bool {
        self.before(group)
            .iter()
            .any(|byte| matches!(byte, b' ' | b'(' | b')'))
    }
}

/// Some groups of a run that could be a number.
struct Candidate {
    range: Range<usize>,
    plus: bool,
    parenthesis: bool,
    /// Number of digits of each group between separators.
    groups: Vec<usize>,
    /// Whether any of the separators is a dot.
    dots: bool,
    /// Whether a space is the first separator.
    spaced: bool,
    digits: Vec<u8>,
}

impl Candidate {
    fn new(run: &Run<'_>, first: usize, last: usize) -> Self {
        let end = run.groups[last].end;
        let opening = run.before(first);
        let opens = opening.ends_with(b"(");
        let start = match first {
            0 => run.start,
            _ => run.groups[first].start - usize::from(opens),
        };
        let between = || (first + 1..=last).flat_map(|group| run.before(group));
        let digits = run.groups[first..=last]
            .iter()
            .flat_map(|group| &run.bytes[group.clone()]);
        // A letter directly after the last digit means that the digits are part of a word or a code.
        let is_word = run.bytes.get(end).is_some_and(u8::is_ascii_alphanumeric);
        Self {
            range: start..end,
            plus: first == 0 && run.bytes[run.start] == b'+',
            parenthesis: opens || between().any(|byte| matches!(byte, b'(' | b')')),
            groups: run.groups[first..=last].iter().map(Range::len).collect(),
            dots: between().any(|&byte| byte == b'.'),
            spaced: last > first && run.before(first + 1).starts_with(b" "),
            digits: if is_word {
                Vec::new()
            } else {
                digits.map(|digit| digit - b'0').collect()
            },
        }
    }

    /// Returns what the number is. Only if it is alone, it can be a phone number: these have no check digit.
    fn kind(&self, alone: bool) -> Option<PersonalKind> {
        let (groups, n_digits) = (&self.groups[..], self.digits.len());
        let dots = self.dots && groups != [4, 4, 4, 4];
        if !self.plus && !dots && is_issued(&self.digits) && luhn(&self.digits) {
            return Some(PersonalKind::Card);
        }
        // In 0.0123456789, the zero is not the start of a number to dial.
        let is_fraction = self.dots && groups.first() == Some(&1);
        let international = (self.plus && (8..=15).contains(&n_digits))
            || (self.digits.starts_with(&[0, 0]) && !is_fraction && (10..=17).contains(&n_digits));
        let national = self.digits.first() == Some(&0)
            && !is_fraction
            && (9..=12).contains(&n_digits)
            && !self.starts_with_date();
        let american =
            n_digits > 0 && matches!(groups, [3, 3, 4] | [1, 3, 3, 4]) && (!self.dots || !self.parenthesis);
        (alone && (international || national || american)).then_some(PersonalKind::Phone)
    }

    /// True if the groups of digits can begin with a date such as 01.02.2024 or 2024-01-02.
    fn starts_with_date(&self) -> bool {
        let few = self.groups.len() < 5;
        match self.groups.as_slice() {
            [1 | 2, 1 | 2, 4, ..] | [4, 2, 2, ..] => few || !self.spaced,
            [2, 2, 2, ..] => few,
            _ => false,
        }
    }
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
