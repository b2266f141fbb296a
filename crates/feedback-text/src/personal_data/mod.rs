//! Likely personal data: e-mail addresses, phone numbers, card numbers and IBANs.
//!
//! Findings are likely, not certain. Card numbers and IBANs must have valid check digits; phone numbers must only have the
//! format of a phone number. Names and postal addresses are not detected.

mod email;
mod iban;
mod kinds;
mod numbers;

use std::borrow::Cow;
use std::ops::Range;

pub use kinds::{PersonalData, PersonalKind};

/// Finds personal data, in the order of the text; findings do not overlap.
///
/// # Examples
///
/// ```
/// use feedback_text::personal_data::{PersonalKind, find_personal_data};
///
/// let text = "Write to ann@example.org or call +49 30 123456";
/// let found = find_personal_data(text);
/// assert_eq!((found[0].kind, &text[found[0].range.clone()]), (PersonalKind::Email, "ann@example.org"));
/// assert_eq!((found[1].kind, &text[found[1].range.clone()]), (PersonalKind::Phone, "+49 30 123456"));
/// ```
#[must_use]
pub fn find_personal_data(text: &str) -> Vec<PersonalData> {
    let of_kind = |kind, ranges: Vec<Range<usize>>| {
        let data = ranges.into_iter().map(|range| PersonalData { kind, range });
        data.collect::<Vec<_>>()
    };
    // The most reliable kinds come first; later findings that overlap an earlier one are dropped.
    let mut found = of_kind(PersonalKind::Email, email::find(text));
    keep_free(&mut found, of_kind(PersonalKind::Iban, iban::find(text)));
    keep_free(&mut found, numbers::find(text));
    found
}

/// Replaces personal data by `[email]`, `[phone]`, `[card]` or `[iban]`.
///
/// # Examples
///
/// ```
/// use feedback_text::personal_data::mask_personal_data;
///
/// assert_eq!(mask_personal_data("I am ann@example.org."), "I am [email].");
/// ```
#[must_use]
pub fn mask_personal_data(text: &str) -> Cow<'_, str> {
    replace_personal_data(text, |kind, _| kind.mask())
}

/// Replaces personal data by what `replacement` returns for the kind and the value.
///
/// # Examples
///
/// ```
/// use feedback_text::personal_data::replace_personal_data;
///
/// let replaced = replace_personal_data("I am ann@example.org.", |_, value| "x".repeat(value.len()));
/// assert_eq!(replaced, "I am xxxxxxxxxxxxxxx.");
/// ```
#[must_use]
pub fn replace_personal_data<T: AsRef<str>>(
    text: &str,
    replacement: impl Fn(PersonalKind, &str) -> T,
) -> Cow<'_, str> {
    let found = find_personal_data(text);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut replaced = String::with_capacity(text.len());
    let mut end = 0;
    for data in found {
        replaced.push_str(&text[end..data.range.start]);
        end = data.range.end;
        replaced.push_str(replacement(data.kind, &text[data.range]).as_ref());
    }
    replaced.push_str(&text[end..]);
    Cow::Owned(replaced)
}

/// Counts of the personal data in a list of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PersonalSummary {
    /// Number of texts with personal data.
    pub rows: usize,
    /// Number of e-mail addresses.
    pub emails: usize,
    /// Number of phone numbers.
    pub phones: usize,
    /// Number of card numbers.
    pub cards: usize,
    /// Number of IBANs.
    pub ibans: usize,
}

impl PersonalSummary {
    /// Counts the personal data in these texts.
    #[must_use]
    pub fn from_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut summary = Self::default();
        for text in texts {
            let found = find_personal_data(text);
            summary.rows += usize::from(!found.is_empty());
            for data in found {
                match data.kind {
                    PersonalKind::Email => summary.emails += 1,
                    PersonalKind::Phone => summary.phones += 1,
                    PersonalKind::Card => summary.cards += 1,
                    PersonalKind::Iban => summary.ibans += 1,
                }
            }
        }
        summary
    }
}

/// Adds the data of `new` that overlap none of `found`; both are in the order of the text, and so is the result.
fn keep_free(found: &mut Vec<PersonalData>, new: Vec<PersonalData>) {
    let is_free = |data: &PersonalData| {
        let next = found.partition_point(|old| old.range.end <= data.range.start);
        found
            .get(next)
            .is_none_or(|old| data.range.end <= old.range.start)
    };
    let free: Vec<PersonalData> = new.into_iter().filter(is_free).collect();
    found.extend(free);
    found.sort_by_key(|data| data.range.start);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn masked_examples() {
        let cases = [
            ("mail a.b+c@mail.example.co.uk!", "mail [email]!"),
            ("<Ann@Example.org>,bob@x.io", "<[email]>,[email]"),
            ("call 030 12345678 today", "call [phone] today"),
            ("call +1 (555) 123-4567.", "call [phone]."),
            ("or 555-123-4567, or (555) 123 4567", "or [phone], or [phone]"),
            ("0049-30-1234567", "[phone]"),
            ("card 4111 1111 1111 1111 exp 12/27", "card [card] exp 12/27"),
            ("4111111111111111", "[card]"),
            ("IBAN DE89 3704 0044 0532 0130 00, thanks", "IBAN [iban], thanks"),
            ("GB82WEST12345698765432", "[iban]"),
            ("gb82 west 1234 5698 7654 32.", "[iban]."),
            ("DE89-3704-0044-0532-0130-00", "[iban]"),
            ("My card is 4111 1111 1111 1111.", "My card is [card]."),
            ("4111-1111-1111-1111. Help", "[card]. Help"),
            ("4111.1111.1111.1111", "[card]"),
            ("4111 1111 1111 1111 (12/26)", "[card] (12/26)"),
            (
                "Visa 4111 1111 1111 1111 07/28 CVC 737",
                "Visa [card] 07/28 CVC 737",
            ),
            ("4111 1111 1111 1111/12/26", "[card]/12/26"),
            ("4111111111111111 5500000000000004", "[card] [card]"),
            ("4111 1111 1111 1111 5500 0000 0000 0004", "[card] [card]"),
            ("Call (555) 123-4567.", "Call [phone]."),
            ("Call 555 123 4567. 3 days", "Call [phone]. 3 days"),
            ("0170 1234567 12 times", "[phone] 12 times"),
            ("5 0170 1234567", "5 [phone]"),
            ("2024-01-02 (0170) 1234567", "2024-01-02 [phone]"),
            ("+49 170 1234567 2024-01-02", "[phone] 2024-01-02"),
            ("0170 1234567 0171 7654321", "[phone] [phone]"),
            ("555 123 4567 800 123 4567", "[phone] [phone]"),
            ("01 70 12 34 56", "[phone]"),
        ];
        for (text, expected) in cases {
            assert_eq!(mask_personal_data(text), expected);
        }
    }

    #[test]
    fn unchanged_examples() {
        let texts = [
            "order 123456789",
            "on 2024-01-02 at 10:30",
            "on 01.02.2024 10:15:00",
            "version 1.2.3.4567",
            "it costs 1,299.00 or 1299",
            "4111 1111 1111 1112",
            "DE89 3704 0044 0532 0130 01",
            "@handle and a@b and me@ example.org",
            "room 0815",
            "192.168.100.200",
            "0.001234567 and 0.0123456789",
            "0.12 0.15 0.18 0.21 0.24",
            "01.02.2024 03.04.2024",
            "01.02.2024 03.04",
            "from 2024-01-02 2024-01-03 to 05/06/2024 07/08/2024",
            "ab12 is the code that we got for the old one",
            "4111 1111 1111 1111x",
            "",
        ];
        for text in texts {
            assert_eq!(mask_personal_data(text), text);
        }
    }

    #[test]
    fn the_summary_counts() {
        let summary = PersonalSummary::from_texts(["a@b.org c@d.org", "none", "4111111111111111"]);
        assert_eq!(
            summary,
            PersonalSummary {
                rows: 2,
                emails: 2,
                phones: 0,
                cards: 1,
                ibans: 0
            }
        );
    }

    proptest! {
        #[test]
        fn ranges_ascend_and_masks_are_short(text in "([a-zé@. +()/-]|[0-9]|DE|GB|\\PC){0,60}") {
            let found = find_personal_data(&text);
            prop_assert!(found.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start));
            let masked = mask_personal_data(&text).into_owned();
            prop_assert!(masked.len() <= text.len() + 8 * found.len());
        }
    }
}
