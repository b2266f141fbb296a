//! Kinds of personal data, and where it was found.

use std::ops::Range;

/// A kind of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PersonalKind {
    /// An e-mail address.
    Email,
    /// A phone number: with `+`, with a leading 0, or in the groups of North America.
    Phone,
    /// A payment card number: with the prefix and length of a large issuer and a valid Luhn digit.
    Card,
    /// An international bank account number with valid check digits.
    Iban,
}

impl PersonalKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Email, Self::Phone, Self::Card, Self::Iban];

    /// The text that replaces it when masked.
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
    /// What it probably is.
    pub kind: PersonalKind,
    /// Where it is, in bytes.
    pub range: Range<usize>,
}
