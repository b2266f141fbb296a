//! Kinds of personal data, and findings with their position.

use std::ops::Range;

/// A kind of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PersonalKind {
    /// An e-mail address.
    Email,
    /// A phone number: with `+`, with a leading 0, or grouped as in North America (3, 3 and 4 digits).
    Phone,
    /// A payment card number: has the prefix and length of a large issuer and a valid Luhn check digit.
    Card,
    /// An international bank account number with valid check digits.
    Iban,
}

impl PersonalKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Email, Self::Phone, Self::Card, Self::Iban];

    /// The text that replaces personal data of this kind when it is masked.
    #[must_use]
    pub fn mask(self) -> &'static str {
        match self {
            Self::Email => "[email]",
            Self::Phone => "[phone]",
            Self::Card => "[card]",
            Self::Iban => "[iban]",
        }
    }
}

/// Personal data within a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalData {
    /// The kind that it probably is.
    pub kind: PersonalKind,
    /// Its position in the text, as a byte range.
    pub range: Range<usize>,
}
